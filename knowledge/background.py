"""Work in a thread, whose reports are heard where it was started, at once or later, and which stops when it is closed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

Report = TypeVar("Report")
Result = TypeVar("Result")
_LOOK_UP_S = 0.2


class Background(Generic[Report, Result]):
    """Calls work(report, stop) in a thread, from now on. Whoever made it closes it.

    `stop` is set when it is closed, and when `cancelled` is while somebody listens; it is the work's part to heed it.
    """

    def __init__(
        self,
        work: Callable[[Callable[[Report], None], threading.Event], Result],
        cancelled: threading.Event | None = None,
    ) -> None:
        self._work, self._cancelled = work, cancelled
        self._reports: queue.SimpleQueue = queue.SimpleQueue()
        self._stop, self._end = threading.Event(), object()
        self._found: tuple[Result | None, BaseException | None] = (None, None)
        self._thread = threading.Thread(target=self._run, name="coursemate-reading", daemon=True)
        self._thread.start()

    def reports(self) -> Generator[Report, None, Result]:
        """Yields what the work reports, and returns or raises what it does."""
        while True:
            try:
                report = self._reports.get(timeout=_LOOK_UP_S)
            except queue.Empty:
                report = None
            if self._cancelled is not None and self._cancelled.is_set():
                self._stop.set()
            if report is self._end:
                break
            if report is not None:
                yield report
        result, error = self._found
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """Tells the work to stop, and waits until it has."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._found = (self._work(self._reports.put, self._stop), None)
        except BaseException as error:  # raised again where it can be dealt with
            self._found = (None, error)
        self._reports.put(self._end)
