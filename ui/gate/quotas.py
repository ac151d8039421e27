"""How many questions an hour a student, an address and a course may ask. Counted in memory: a restart forgives."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable

from knowledge.errors import CoursemateError

_WINDOW_S = 3600.0
_MOST_NAMES = 20_000  # counted at once; whose last question is an hour old is forgotten first


class QuotaReached(CoursemateError):
    """Too many questions. `details["seconds"]` says when the next one will be taken."""


class Quotas:
    """Safe to use from several threads. A limit of 0 is none."""

    def __init__(
        self, student: int = 60, address: int = 600, course: int = 2000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = {"student": student, "address": address, "course": course}
        self._clock = clock
        self._asked: dict[tuple[str, str], deque[float]] = {}
        self._turn = threading.Lock()

    def take(self, *, student: str = "", address: str = "", course: str = "") -> None:
        """Counts one question for each that is named. Raises QuotaReached, and then counts it for none."""
        named = {"student": student, "address": address, "course": course}
        now = self._clock()
        with self._turn:
            counted = [self._times(kind, name, now) for kind, name in named.items() if name and self._limits[kind]]
            for kind, times in counted:
                if len(times) >= self._limits[kind]:
                    raise _reached(kind, self._limits[kind], math.ceil(times[0] + _WINDOW_S - now))
            for _, times in counted:
                times.append(now)
            self._forget(now)

    def _times(self, kind: str, name: str, now: float) -> tuple[str, deque[float]]:
        times = self._asked.setdefault((kind, name), deque())
        while times and times[0] <= now - _WINDOW_S:
            times.popleft()
        return kind, times

    def _forget(self, now: float) -> None:
        if len(self._asked) > _MOST_NAMES:
            self._asked = {name: times for name, times in self._asked.items() if times and times[-1] > now - _WINDOW_S}


def _reached(kind: str, limit: int, seconds: int) -> QuotaReached:
    minutes = max(1, math.ceil(seconds / 60))
    return QuotaReached(
        f"At most {limit} questions an hour are answered here. Ask again in {minutes} minutes.",
        code="quota_student" if kind == "student" else "quota_address" if kind == "address" else "quota_course",
        limit=limit,
        minutes=minutes,
        seconds=max(1, seconds),
    )
