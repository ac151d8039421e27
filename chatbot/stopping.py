"""How a turn is stopped from outside, at any depth, and what is said when there is no room for one more.

Whoever runs a turn in a thread opens a Stop around it. What waits in that turn, such as the chat engine while a prompt is
read, asks for the Stop that is open in its thread, and is woken at once instead of at its next piece.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from knowledge.errors import CoursemateError


class Busy(CoursemateError):
    """So many wait already that one more would wait too long."""


class Stopped(Exception):
    """The turn was stopped. Raised in the thread of the turn, on its way out of what waited."""


class Stop:
    """Set once. `whenever` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._calls: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._lock:
            self._set, calls, self._calls = True, self._calls, []
        for call in calls:
            call()

    @contextmanager
    def whenever(self, call: Callable[[], None]) -> Iterator[None]:
        """Calls `call` when the stop is set, from the thread that sets it; at once if it is set already."""
        with self._lock:
            late = self._set
            if not late:
                self._calls.append(call)
        if late:
            call()
        try:
            yield
        finally:
            with self._lock:
                if call in self._calls:
                    self._calls.remove(call)


_open = threading.local()


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """What this thread does inside can be stopped by `stop`."""
    before = getattr(_open, "stop", None)
    _open.stop = stop
    try:
        yield
    finally:
        _open.stop = before


def present_stop() -> Stop:
    """The stop that is open in this thread, or one that nobody sets."""
    return getattr(_open, "stop", None) or Stop()
