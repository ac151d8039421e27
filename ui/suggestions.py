"""What to ask first: good questions for a course, made from its own headings. Knows no screen."""

from __future__ import annotations

import re

from knowledge.course import Course
from ui.words import Words

MOST = 4
_NUMBERING = re.compile(r"^(?:[\dIVX]+[.)、．]\s*)+|^第.{1,3}[章节]\s*")
_TOO_LONG = 60  # characters of a heading that still reads well inside a question


def suggest(course: Course, words: Words) -> list[str]:
    """At most four questions in the reader's language; the sample course brings its own."""
    own = [words(key) for n in range(1, MOST + 1) if words.knows(key := f"starters.{course.name}.{n}")]
    if own:
        return own
    topics = _topics(course)
    forms = ("starters.what", "starters.explain", "starters.example", "starters.why")
    asked = [words(form, topic=topic) for form, topic in zip(forms, topics, strict=False)]
    return asked or [words("starters.overview")]


def _topics(course: Course) -> list[str]:
    """Headings spread over the course's documents, one of each document in turn, without repeats."""
    per_document = [_headings(course, document.path) for document in course.documents()[:8]]
    topics: list[str] = []
    for row in range(MOST):
        for headings in per_document:
            if row < len(headings) and headings[row].casefold() not in {topic.casefold() for topic in topics}:
                topics.append(headings[row])
    return topics[:MOST]


def _headings(course: Course, document: str) -> list[str]:
    found: dict[str, None] = {}
    for passage in course.chunks(document):
        for heading in passage.trail[-1:]:
            topic = _NUMBERING.sub("", heading).strip(" .:：")
            if 3 <= len(topic) <= _TOO_LONG:
                found.setdefault(topic, None)
    return list(found)
