"""How long adding will still take, from what was measured so far; what was not measured is not guessed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import PurePosixPath

_LEAST_S, _LEAST_SHARE = 1.0, 0.02  # of a stage, before its rate means anything


class Remaining:
    """Seconds a byte, for each kind of file by its ending, learnt from every file that was finished."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._waiting = dict(sizes)
        self._took: dict[str, tuple[int, float]] = {}  # ending -> bytes and seconds of finished files
        self._name, self._size = "", 0
        self._began = self._stage_began = 0.0
        self._stage = ""

    def begin(self, name: str) -> None:
        self._name, self._size, self._stage = name, self._waiting.pop(name, 0), ""
        self._began = time.monotonic()

    def end(self, *, counts: bool) -> None:
        """The file is finished. `counts`: it was worked on, not recognised or refused."""
        if counts:
            size, seconds = self._took.get(_ending(self._name), (0, 0.0))
            took = time.monotonic() - self._began
            self._took[_ending(self._name)] = (size + self._size, seconds + took)

    def left_s(self, stage: str, share: float) -> float | None:
        """Seconds for the rest of this stage and, as far as such files were seen before, for all that follows."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began = stage, now
        took = now - self._stage_began
        if share < _LEAST_SHARE or took < _LEAST_S:
            return None
        left = took * (1 - share) / share
        if (rate := self._rate(self._name)) is not None:
            left = max(left, self._size * rate - (now - self._began))
        others = [(size, self._rate(name)) for name, size in self._waiting.items()]
        if any(rate is None for _, rate in others):
            return None
        return left + sum(size * rate for size, rate in others)

    def _rate(self, name: str) -> float | None:
        """Of such files, else of all; None before any was finished."""
        size, seconds = self._took.get(_ending(name), (0, 0.0))
        if not size:
            size, seconds = (sum(values) for values in zip(*self._took.values(), strict=True)) if self._took else (0, 0.0)
        return seconds / size if size else None


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
