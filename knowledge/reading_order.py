"""In which order a person reads boxes on a page: columns first, then lines. Pure geometry; y grows downwards.

Serves pages of a PDF and pictures alike, so it knows only boxes: no characters, no fonts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Box(Protocol):
    x0: float
    y0: float
    x1: float
    y1: float


B = TypeVar("B", bound=Box)

_FEWEST = 3  # boxes a column must have, so that a heading beside a number is no column


def in_reading_order(boxes: Sequence[B]) -> list[list[B]]:
    """Groups boxes into stretches to be read one after the other; each stretch lies in one column.

    Where a gutter stands open for several lines, what is left of it is read before what is right of it; a box across
    the gutter (a title, a wide figure) is read between what stands above and what stands below it.
    """
    gutter = _gutter(boxes)
    if gutter is None:
        return [sorted(boxes, key=lambda box: (box.y0, box.x0))] if boxes else []
    left = [box for box in boxes if box.x1 <= gutter]
    right = [box for box in boxes if box.x0 >= gutter]
    across = sorted((box for box in boxes if box.x0 < gutter < box.x1), key=lambda box: box.y0)
    stretches: list[list[B]] = []
    top = float("-inf")
    for bar in [*across, None]:
        bottom = _middle(bar) if bar is not None else float("inf")
        for side in (left, right):
            here = [box for box in side if top <= _middle(box) < bottom]
            stretches.extend(in_reading_order(here))
        if bar is not None:
            if stretches and stretches[-1][-1] in across:
                stretches[-1].append(bar)
            else:
                stretches.append([bar])
            top = bottom
    return stretches


def in_lines(boxes: Sequence[B]) -> list[list[B]]:
    """Groups boxes of one stretch into lines from top to bottom, each from left to right.

    Two boxes share a line when they overlap by half the height of the lower one, so an index stays with its letter.
    """
    lines: list[list[B]] = []
    for box in sorted(boxes, key=_middle):
        for line in reversed(lines[-3:]):
            tallest = max(line, key=_height)
            overlap = min(box.y1, tallest.y1) - max(box.y0, tallest.y0)
            if overlap >= 0.5 * min(_height(box), _height(tallest)):
                line.append(box)
                break
        else:
            lines.append([box])
    lines.sort(key=lambda line: _middle(max(line, key=_height)))
    return [sorted(line, key=lambda box: box.x0) for line in lines]


def _gutter(boxes: Sequence[B]) -> float | None:
    """The x of an empty strip between two columns, or None.

    Both sides must look like columns of text: boxes that fill most of their column's width, side by side over most of
    the height of the shorter one. Cells of a table and labels of a drawing do not.
    """
    if len(boxes) < 2 * _FEWEST:
        return None
    heights = sorted(_height(box) for box in boxes)
    em = heights[len(heights) // 2]
    best: tuple[float, float] | None = None
    for x in sorted({box.x1 for box in boxes}):
        place = x + 0.3 * em
        left = [box for box in boxes if box.x1 <= place]
        right = [box for box in boxes if box.x0 >= place]
        across = len(boxes) - len(left) - len(right)
        if min(len(left), len(right)) < _FEWEST or across > 0.4 * len(boxes):
            continue
        if not (_is_column(left) and _is_column(right) and _side_by_side(left, right)):
            continue
        width = min(box.x0 for box in right) - max(box.x1 for box in left)
        if width < 0.8 * em:
            continue
        score = across - 0.01 * width / em
        if best is None or score < best[0]:
            best = (score, (max(box.x1 for box in left) + min(box.x0 for box in right)) / 2)
    return best[1] if best else None


def _is_column(boxes: Sequence[B]) -> bool:
    """Whether most boxes fill at least 60 % of the width that they span together, as running text does."""
    x0, x1 = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    em = sorted(_height(box) for box in boxes)[len(boxes) // 2]
    full = sum(box.x1 - box.x0 >= 0.6 * (x1 - x0) for box in boxes)
    return full >= 0.5 * len(boxes) and x1 - x0 >= 8 * em


def _side_by_side(left: Sequence[B], right: Sequence[B]) -> bool:
    top = max(min(box.y0 for box in left), min(box.y0 for box in right))
    bottom = min(max(box.y1 for box in left), max(box.y1 for box in right))
    shorter = min(max(box.y1 for box in side) - min(box.y0 for box in side) for side in (left, right))
    return bottom - top >= 0.5 * shorter


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _height(box: Box) -> float:
    return box.y1 - box.y0
