"""/api/teach/courses/{course}/limits: which ways of tutoring a teacher allows, for a course and its sections."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, Request

from chatbot.ways.limits import LimitRows, read_limits, write_limits
from knowledge.course import Course
from knowledge.errors import CourseError
from knowledge.library import Library
from ui.api.language import words_for
from ui.teaching.access import teacher

_MOST_HEADINGS = 400  # of a file


def routes(library: Library) -> APIRouter:
    router = APIRouter(prefix="/api/teach/courses/{course}/limits", dependencies=[Depends(teacher)])

    @router.get("")
    def limits(request: Request, course: str) -> dict[str, Any]:
        """Where the file of limits is damaged, none with what is wrong: saving sets them anew."""
        folder = library.open(course).folder
        try:
            return asdict(read_limits(folder))
        except CourseError as error:
            return {"limits": [], "damaged": words_for(request).of_error(error)}

    @router.get("/sections")
    def sections(course: str) -> dict[str, Any]:
        """The files and headings that a limit can be set for, as students' questions are held against them."""
        opened = library.open(course)
        named = [
            {"document": one.path, "title": one.title, "headings": _headings(opened, one.path)} for one in opened.documents()
        ]
        return {"documents": named}

    @router.put("")
    def save(course: str, rows: LimitRows) -> dict[str, Any]:
        """Replaces them all; what students ask from now on is answered within them."""
        folder = library.open(course).folder
        write_limits(folder, rows.to_limits())
        return asdict(read_limits(folder))

    return router


def _headings(course: Course, document: str) -> list[str]:
    """Each once, in the order of the file."""
    found = dict.fromkeys(heading for passage in course.chunks(document) for heading in passage.trail)
    return list(found)[:_MOST_HEADINGS]
