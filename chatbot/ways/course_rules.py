"""The formulas that a course states, each with its place, so that a student's line can be held against them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chatbot.ways.formulas import NoFormula, sides
from chatbot.ways.steps import CourseFormula
from knowledge.course import Course
from knowledge.documents import Passage

_MOST_PASSAGES = 4000
_DISPLAYED = re.compile(r"\$\$\s*(.+?)\s*\$\$|\\\[\s*(.+?)\s*\\\]", re.DOTALL)
_INLINE = re.compile(r"(?<!\$)\$([^$\n]{3,80})\$(?!\$)")


def formulas_in(text: str) -> Iterator[str]:
    """Formulas as they are written in a text, displayed ones first, without the full stop behind them."""
    for found in _DISPLAYED.finditer(text):
        yield (found[1] or found[2]).strip().rstrip(".,;")
    for found in _INLINE.finditer(_DISPLAYED.sub(" ", text)):
        if "=" in found[1]:
            yield found[1].strip()


def rules_of(course: Course, first: Sequence[Passage] = ()) -> list[CourseFormula]:
    """Every formula between three symbols or more that can be read; those of the passages that are near come first."""
    return [rule for passage in (*first, *_passages(course)) for rule in _rules(passage)]


def _passages(course: Course) -> Iterable[Passage]:
    left = _MOST_PASSAGES
    for document in course.documents():
        for passage in course.chunks(document.path)[:left]:
            left -= 1
            yield passage


def _rules(passage: Passage) -> Iterator[CourseFormula]:
    for text in formulas_in(passage.text):
        if "dots" in text:
            continue
        try:
            left, right, *rest = sides(text)
        except NoFormula:
            continue
        rule = CourseFormula(left, right, passage)
        if not rest and len(rule.symbols) >= 3 and not (left.has_units or right.has_units):
            yield replace(rule, at=(passage, text))
