"""What a course is about, in its own headings."""

from __future__ import annotations

import re

from knowledge.course import Course

_NUMBERING = re.compile(r"^(?:[\dIVX]+[.)、．])+\d*\s*|^\d{1,2}\s+(?=[A-Z\u4e00-\u9fff])|^第.{1,3}[章节]\s*")
_TOO_LONG = 60  # characters of a heading that still reads well inside a question
_DOCUMENTS = 8  # that are looked at


def topics(course: Course, most: int) -> list[str]:
    """Headings spread over the course's documents, one of each document in turn, without repeats."""
    per_document = [_headings(course, document.path) for document in course.documents()[:_DOCUMENTS]]
    found: dict[str, str] = {}
    for row in range(most):
        for headings in per_document:
            if row < len(headings):
                found.setdefault(headings[row].casefold(), headings[row])
    return list(found.values())[:most]


def _headings(course: Course, document: str) -> list[str]:
    found: dict[str, None] = {}
    for passage in course.chunks(document):
        for heading in passage.trail[-1:]:
            topic = _NUMBERING.sub("", heading).strip(" .:：")
            if 3 <= len(topic) <= _TOO_LONG:
                found.setdefault(topic, None)
    return list(found)
