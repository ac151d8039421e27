"""A course map as SVG: what comes first on the left, arrows to what rests on it. Text is escaped; nothing is fetched."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html import escape

from chatbot.learning.course_map import CourseMap

_WIDE, _HIGH, _ACROSS, _DOWN, _EDGE = 190, 46, 250, 66, 16  # pixels
_MOST_WIDTH = 24  # columns of a title; Chinese characters take two


def draw_map(
    course_map: CourseMap, known: Mapping[str, float] | None = None, *, title: str = "", next_up: str = ""
) -> str:
    """One SVG element. `known` (0..1 by concept) fills each box from the left; `next_up` is outlined.

    Colours come from the page's custom properties, so that day and night themes hold.
    """
    places = _places(course_map)
    across = max((column for column, _ in places.values()), default=0) * _ACROSS + _WIDE + 2 * _EDGE
    down = max((row for _, row in places.values()), default=0) * _DOWN + _HIGH + 2 * _EDGE
    arrows = [_arrow(places[need], places[c.id]) for c in course_map.concepts for need in c.requires]
    boxes = [_box(c.id, c.title, places[c.id], (known or {}).get(c.id), c.id == next_up) for c in course_map.concepts]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="course-map" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {across} {down}" width="{across}" height="{down}">'
        '<defs><marker id="map-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="var(--map-line, #8a8f98)"/></marker></defs>'
        f"{''.join(arrows)}{''.join(boxes)}</svg>"
    )


def _places(course_map: CourseMap) -> dict[str, tuple[int, int]]:
    """Column: the longest way from a beginning. Row: near the mean of the prerequisites' rows, so that arrows cross less."""
    columns: dict[str, int] = {}
    for concept_id in course_map.order:
        needs = course_map.by_id[concept_id].requires
        columns[concept_id] = 1 + max((columns[need] for need in needs), default=-1)
    rows: dict[str, int] = {}
    for column in range(max(columns.values(), default=-1) + 1):
        here = [concept_id for concept_id in course_map.order if columns[concept_id] == column]
        here.sort(key=lambda concept_id: _mean([rows[need] for need in course_map.by_id[concept_id].requires]))
        rows.update({concept_id: row for row, concept_id in enumerate(here)})
    return {concept_id: (columns[concept_id], rows[concept_id]) for concept_id in columns}


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = _EDGE + start[0] * _ACROSS + _WIDE, _EDGE + start[1] * _DOWN + _HIGH // 2
    x2, y2 = _EDGE + end[0] * _ACROSS, _EDGE + end[1] * _DOWN + _HIGH // 2
    bend = (x1 + x2) // 2
    return (
        f'<path d="M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}" fill="none" stroke="var(--map-line, #8a8f98)" '
        'stroke-width="1.5" marker-end="url(#map-arrow)"/>'
    )


def _box(concept_id: str, title: str, place: tuple[int, int], known: float | None, next_up: bool) -> str:
    x, y = _EDGE + place[0] * _ACROSS, _EDGE + place[1] * _DOWN
    share = "" if known is None else f" · {round(100 * known)} %"
    filled = "" if known is None else (
        f'<rect x="{x}" y="{y}" width="{round(_WIDE * min(max(known, 0), 1))}" height="{_HIGH}" rx="8" fill="var(--map-known, #bfe3cf)"/>'
    )  # fmt: skip
    line = (
        'stroke="var(--map-next, #1a6fb5)" stroke-width="3"'
        if next_up
        else 'stroke="var(--map-line, #8a8f98)" stroke-width="1.5"'
    )
    return (
        f'<g class="concept" data-concept="{escape(concept_id)}"><title>{escape(title + share)}</title>'
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="8" fill="var(--map-box, #ffffff)"/>{filled}'
        f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="8" fill="none" {line}/>'
        f'<text x="{x + _WIDE // 2}" y="{y + _HIGH // 2 + 5}" text-anchor="middle" font-size="14" '
        f'fill="var(--map-text, #1c1e21)">{escape(_short(title))}</text></g>'
    )


def _short(title: str) -> str:
    width, kept = 0, ""
    for character in title:
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > _MOST_WIDTH:
            return kept.rstrip() + "…"
        kept += character
    return kept
