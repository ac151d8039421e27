"""The map that a course goes by: the teacher's, or a draft, made once for a state of the course and kept as `map.draft.json`.

A draft reads the whole course, which takes seconds for a large one; every turn of a lesson and every screen of practice asks for it.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatbot.learning.course_map import CourseMap, InvalidMap
from chatbot.learning.drafting import draft_map
from chatbot.learning.map_file import read_map, to_map
from knowledge.course import Course

_NAME = "map.draft.json"
_RULES = 1  # goes up when drafting changes, so that drafts by the rules before are made anew


def map_of(course: Course) -> tuple[CourseMap, int]:
    """The map with its revision; a draft has revision 0. Raises CourseError when the teacher's is damaged."""
    return read_map(course.folder) or (_draft(course), 0)


def _draft(course: Course) -> CourseMap:
    # The revision alone starts again when a course is rebuilt.
    documents = [[document.path, document.chunks, document.figures] for document in course.documents()]
    file, state = course.folder / _NAME, [_RULES, course.revision(), documents]
    if (kept := _kept(file, state)) is not None:
        return kept
    drawn = draft_map(course)
    with suppress(OSError):  # on a full or read-only disk it is made again each time, which is slow but right
        _keep(file, state, drawn)
    return drawn


def _kept(file: Path, state: list[Any]) -> CourseMap | None:
    """The draft of that state; None for another's, and for a file that cannot be read: a draft can always be made again."""
    try:
        stored = json.loads(file.read_bytes())
        return to_map(stored["concepts"]) if stored["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError, InvalidMap):
        return None


def _keep(file: Path, state: list[Any], drawn: CourseMap) -> None:
    """In one step, and beside others who draft the same."""
    rows = {"state": state, "concepts": [concept.to_json() for concept in drawn.concepts]}
    handle, partial = tempfile.mkstemp(prefix=f"{_NAME}.", suffix=".part", dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(rows, out, ensure_ascii=False)
    Path(partial).replace(file)
