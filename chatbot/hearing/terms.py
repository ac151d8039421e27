"""The course's own words, for the transcriber to expect: its title, its documents' titles, its headings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from knowledge.course import Course
from knowledge.language import detect_language

_MOST_CHARACTERS = 360  # about the hundred tokens that a transcriber has room for
_LONGEST_TERM = 48  # a longer heading is a sentence
_MARKUP = re.compile(r"[$\\`*_{}#|<>\[\]]")


def course_terms(course: Course, language: str | None = None) -> str:
    """Terms joined by commas, taken evenly from the whole course; in one language, lest the other be heard."""
    titles = [title for (title,) in course.rows("SELECT title FROM documents ORDER BY id")]
    trails = course.rows("SELECT DISTINCT trail FROM chunks ORDER BY document, ordinal")
    headings = [json.loads(trail)[-1] for (trail,) in trails if trail != "[]"]
    wanted = language or course.language
    chosen = _evenly([term for term in _terms([*titles, *headings]) if detect_language(term * 8, wanted) == wanted])
    return ", ".join(dict.fromkeys([course.title, *chosen]))


def _terms(headings: Iterable[str]) -> list[str]:
    """Each heading once, without its number."""
    found: dict[str, str] = {}
    for heading in headings:
        term = re.sub(r"^\W*(?:\d+[.):：、]?\s*)+", "", _MARKUP.sub(" ", heading)).strip(" .:-–—：。")
        if 1 < len(term) <= _LONGEST_TERM:
            found.setdefault(term.casefold(), " ".join(term.split()))
    return list(found.values())


def _evenly(terms: list[str]) -> list[str]:
    """As many as fit, from the beginning, the middle and the end alike."""
    mean = sum(map(len, terms)) / max(1, len(terms)) + 2
    step = max(1.0, len(terms) * mean / _MOST_CHARACTERS)
    return [terms[int(at * step)] for at in range(int(len(terms) / step))]
