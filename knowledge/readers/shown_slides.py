"""Which slides a film shows, and when: from small grey samples, a second apart, to showings of distinct slides.

A slide is what stands still. What moves all the time (a head, a film in the film) is left out of every comparison; what
moves a little (a pointer) is too small to count; what is added to a slide leaves it the same slide. Knows no words:
whether a picture that stands still is a slide at all, or only the wall behind a speaker, is for a reader to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

_BLOCK = 10  # pixels a side of a sample's block; a sample has 9 rows of 16
_CHANGED = 20  # steps of grey: what compressing a film does to a still picture stays below
_FEW = 4  # changed pixels of a block that count; a thin line has more
_POINTER = 3  # changed blocks that are no change: a mouse pointer covers four at most, and mostly two
_SHARE = 0.1  # of a slide's blocks with ink that may differ in what is still the same slide: page number, clock
_BARE = 3  # blocks with ink: fewer are an empty screen
_REMEMBERED = 150  # slides that one may be a return to: a film of nothing but changing pictures must end as well
_SHORTEST = 3  # samples: what is shown more briefly is a transition, or leafing through


@dataclass(frozen=True, slots=True)
class Showing:
    """A slide from sample `start` up to, not including, sample `end`. `best` shows it in its last state; `slide` counts from 0."""

    start: int
    end: int
    best: int
    slide: int


def find_slides(samples: Sequence[np.ndarray]) -> list[Showing]:
    """The showings in their order; a slide that is returned to keeps its number. Samples: shape (90, 160), uint8."""
    if len(samples) < _SHORTEST:
        return []
    live = _live(samples)
    return _numbered([run for run in _runs(samples, live) if run.end - run.start >= _SHORTEST], samples, live)


def looks_the_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two samples differ by no more than a pointer."""
    return one is other or int(_blocks(_differs(one, other)).sum()) <= _POINTER


def _differs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(np.int16) - other) > _CHANGED


def _blocks(pixels: np.ndarray) -> np.ndarray:
    """Where at least _FEW of a block's pixels are set: shape (9, 16)."""
    high, wide = pixels.shape[0] // _BLOCK, pixels.shape[1] // _BLOCK
    return pixels.reshape(high, _BLOCK, wide, _BLOCK).sum(axis=(1, 3)) >= _FEW


def _ink(sample: np.ndarray) -> np.ndarray:
    """The pixels where something is drawn: edges, so that coloured grounds do not count."""
    grey = sample.astype(np.int16)
    edges = np.zeros(sample.shape, bool)
    edges[:, 1:] |= np.abs(np.diff(grey, axis=1)) > _CHANGED
    edges[1:, :] |= np.abs(np.diff(grey, axis=0)) > _CHANGED
    return edges


def _live(samples: Sequence[np.ndarray]) -> np.ndarray:
    """Blocks that move all the time, for each sample: shape (n, 9, 16)."""
    count = len(samples)
    moved = np.zeros((count, *_blocks(samples[0] > 0).shape), np.float32)
    for i in range(1, count):
        if samples[i] is not samples[i - 1]:
            moved[i] = _blocks(_differs(samples[i - 1], samples[i]))
    # What changes once, and rests before and after, is a slide that changes, not something alive.
    moved[_total(moved, 3) < 2] = 0.0
    # Moves now; or often in these minutes, though it rests at times, as a speaker does.
    live = (_total(moved, 15) >= 10) | (_total(moved, 150) >= 9 + 0.12 * _total(np.ones_like(moved), 150))
    grown = live.copy()  # and a block around it, into which it moves next
    grown[:, 1:] |= live[:, :-1]
    grown[:, :-1] |= live[:, 1:]
    grown[:, :, 1:] |= live[:, :, :-1]
    grown[:, :, :-1] |= live[:, :, 1:]
    return grown


def _total(moved: np.ndarray, reach: int) -> np.ndarray:
    """The sum over the samples up to `reach` before and after each."""
    total = np.concatenate([np.zeros_like(moved[:1]), np.cumsum(moved, axis=0)])
    at = np.arange(len(moved))
    return total[np.minimum(at + reach + 1, len(moved))] - total[np.maximum(at - reach, 0)]


class _Comparison:
    """Two samples, apart from what is alive in either."""

    def __init__(self, old: np.ndarray, new: np.ndarray, live: np.ndarray) -> None:
        still = ~live
        differs = _differs(old, new)
        old_ink, new_ink = _ink(old), _ink(new)
        self.changed = int((_blocks(differs) & still).sum())
        self.old_blocks = int((_blocks(old_ink) & still).sum())
        self.new_blocks = int((_blocks(new_ink) & still).sum())
        self.lost = int((_blocks(differs & old_ink) & still).sum())
        self.gained = int((_blocks(differs & new_ink) & still).sum())

    @property
    def same(self) -> bool:
        return self.changed <= _POINTER

    @property
    def grew(self) -> bool:
        """Whether all that was drawn before is still there."""
        return self.old_blocks >= _BARE and self.lost <= _tolerance(self.old_blocks)

    @property
    def shrank(self) -> bool:
        """Whether all that is drawn now was there before."""
        return self.new_blocks >= _BARE and self.gained <= _tolerance(self.new_blocks)


def _tolerance(blocks: int) -> float:
    """How many blocks of so many may differ in what is still the same: a pointer's, but of a short title fewer."""
    return max(min(_POINTER, blocks // 4), _SHARE * blocks)


def _runs(samples: Sequence[np.ndarray], live: np.ndarray) -> list[Showing]:
    """Stretches in which one slide stands, with all its states; not yet numbered."""
    runs: list[Showing] = []
    run: Showing | None = None
    for i, sample in enumerate(samples):
        if live[i].mean() > 0.6 or not _rests(samples, live, i):
            continue
        if int((_blocks(_ink(sample)) & ~live[i]).sum()) < _BARE:
            run = None
            continue
        if run is not None and sample is samples[run.best]:
            change = None
        else:
            change = _Comparison(samples[run.best], sample, live[i] | live[run.best]) if run is not None else None
        if run is None or (change is not None and not (change.same or change.grew or change.shrank)):
            run = Showing(i, i + 1, i, -1)
            runs.append(run)
            continue
        # Its fullest state stands for a slide, and of several alike the first: that one has the pointer least often.
        best = i if change is not None and change.grew and not change.same and not change.shrank else run.best
        run = runs[-1] = replace(run, end=i + 1, best=best)
    return runs


def _rests(samples: Sequence[np.ndarray], live: np.ndarray, i: int) -> bool:
    """Whether a sample is no moment of a transition: it looks like the next one, or the one before."""
    for other in (i + 1, i - 1):
        if 0 <= other < len(samples):
            if samples[other] is samples[i]:
                return True
            if int((_blocks(_differs(samples[i], samples[other])) & ~live[i]).sum()) <= _POINTER:
                return True
    return False


def _numbered(runs: Sequence[Showing], samples: Sequence[np.ndarray], live: np.ndarray) -> list[Showing]:
    """Gives each run its slide's number; neighbours that show one slide become one showing."""
    fullest: list[int] = []  # the sample that stands for each slide
    found: list[Showing] = []
    for run in runs:
        slide = _known(run.best, fullest, samples, live)
        if slide == len(fullest):
            fullest.append(run.best)
        run = replace(run, slide=slide, best=fullest[slide])
        if found and found[-1].slide == slide and run.start - found[-1].end <= _SHORTEST:
            found[-1] = replace(found[-1], end=run.end)
        else:
            found.append(run)
    return found


def _known(best: int, fullest: Sequence[int], samples: Sequence[np.ndarray], live: np.ndarray) -> int:
    """The number of the slide that a sample shows; the next free one if it was not shown before."""
    for slide, other in reversed(list(enumerate(fullest))[-_REMEMBERED:]):
        change = _Comparison(samples[other], samples[best], live[other] | live[best])
        if change.same or change.shrank:
            return slide
    return len(fullest)
