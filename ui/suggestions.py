"""What to ask first: good questions for a course, made from its own headings. Knows no screen."""

from __future__ import annotations

from knowledge.course import Course
from knowledge.topics import topics
from ui.words import Words

MOST = 4


def suggest(course: Course, words: Words) -> list[str]:
    """At most four questions in the reader's language; the sample course brings its own."""
    own = [words(key) for n in range(1, MOST + 1) if words.knows(key := f"starters.{course.name}.{n}")]
    if own:
        return own
    forms = ("starters.what", "starters.explain", "starters.example", "starters.why")
    asked = [words(form, topic=topic) for form, topic in zip(forms, topics(course, MOST), strict=False)]
    return asked or [words("starters.overview")]
