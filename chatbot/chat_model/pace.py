"""How many replies a pass should write at: all at once is not always quickest.

What a pass takes does not grow evenly with its tokens: a processor's kernels take rows in fours or eights, and what does not
fit them is done one by one. On two cores with AVX2 eight replies took 436 ms in one pass and 254 ms in two of four. So it is
measured while it happens. Knows nothing of whose replies they are.
"""

from __future__ import annotations

from collections import deque
from math import ceil

_KEPT = 5  # times of a size; their least counts, since whatever else the machine does only adds
_STALE = 400  # passes after which a time is no longer believed: the machine may have become another


class Pace:
    """Times of passes by how many replies they wrote at. For one thread."""

    def __init__(self) -> None:
        self._passes = 0
        self._took: dict[int, deque[tuple[int, float]]] = {}

    def note(self, replies: int, seconds: float) -> None:
        """A pass that wrote a token at each of so many replies, and did nothing else, took so long."""
        self._passes += 1
        self._took.setdefault(replies, deque(maxlen=_KEPT)).append((self._passes, seconds))

    def together(self, replies: int) -> int:
        """How many of the replies the next pass should write at, so that all have their next token soonest.

        What was not tried lately is tried, the largest first.
        """
        sizes = sorted({ceil(replies / passes) for passes in range(1, replies + 1)}, reverse=True)
        times = {size: self._time(size) for size in sizes}
        untried = [size for size, time in times.items() if time is None]
        return untried[0] if untried else min(sizes, key=lambda size: ceil(replies / size) * times[size])

    def _time(self, size: int) -> float | None:
        lately = [took for at, took in self._took.get(size, ()) if self._passes - at < _STALE]
        return min(lately, default=None)
