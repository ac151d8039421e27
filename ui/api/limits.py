"""GET and PUT /api/teach/courses/{course}/limits: which ways of tutoring a teacher allows, for a course and its sections."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends

from chatbot.ways.limits import LimitRows, read_limits, write_limits
from knowledge.library import Library
from ui.teaching.access import teacher


def routes(library: Library) -> APIRouter:
    router = APIRouter(prefix="/api/teach/courses/{course}/limits", dependencies=[Depends(teacher)])

    @router.get("")
    def limits(course: str) -> dict[str, Any]:
        return asdict(read_limits(library.open(course).folder))

    @router.put("")
    def save(course: str, rows: LimitRows) -> dict[str, Any]:
        """Replaces them all; what students ask from now on is answered within them."""
        folder = library.open(course).folder
        write_limits(folder, rows.to_limits())
        return asdict(read_limits(folder))

    return router
