"""Work in a thread whose reports are yielded where it was started, and which stops when nobody listens any more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

Report = TypeVar("Report")
Result = TypeVar("Result")
_LOOK_UP_S = 0.2


def in_background(
    work: Callable[[Callable[[Report], None], threading.Event], Result], cancelled: threading.Event | None = None
) -> Generator[Report, None, Result]:
    """Calls work(report, stop), yields what it reports, and returns or raises what it does.

    `stop` is set when `cancelled` is, and when the generator is closed; it is the work's part to heed it, and the
    generator does not end before it has.
    """
    reports: queue.SimpleQueue = queue.SimpleQueue()
    stop, end = threading.Event(), object()
    found: list = []

    def run() -> None:
        try:
            found.append((work(reports.put, stop), None))
        except BaseException as error:  # raised again below, where it can be dealt with
            found.append((None, error))
        reports.put(end)

    thread = threading.Thread(target=run, name="coursemate-reading", daemon=True)
    thread.start()
    try:
        while True:
            try:
                report = reports.get(timeout=_LOOK_UP_S)
            except queue.Empty:
                report = None
            if cancelled is not None and cancelled.is_set():
                stop.set()
            if report is end:
                break
            if report is not None:
                yield report
    finally:
        stop.set()
        thread.join()
    result, error = found[0]
    if error is not None:
        raise error
    return result
