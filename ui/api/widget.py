"""What the widget on a course page needs: its scripts, a session to begin with, and sources to show in a frame."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from chatbot.ways.limits import read_limits
from knowledge.course import Course
from knowledge.errors import CourseError
from knowledge.library import Library
from ui import assets, framed, sources
from ui.api.courses import Place
from ui.api.language import words_for
from ui.gate.border import PARTS, SCRIPT, SESSION
from ui.gate.visitors import OWN, SESSION_S, Gate, Visitor
from ui.suggestions import suggest
from ui.words import Words

_STARTERS_S = 60.0
FRAME = "/embed/source"
_SCRIPT_HEADERS = {
    "cache-control": "public, max-age=300", "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin",
    "vary": "Accept-Encoding, Referer",
}  # fmt: skip
_PART_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "Accept-Encoding",
}  # their names hold a hash


class _Starters:
    """First questions, made once a minute: every page load asks for them, and making them reads the course's headings."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], tuple[float, list[str]]] = {}

    def __call__(self, course: Course, words: Words) -> list[str]:
        at, questions = self._made.get((course.name, words.language), (-_STARTERS_S, []))
        if time.monotonic() - at >= _STARTERS_S:
            questions = suggest(course, words)
            self._made[course.name, words.language] = time.monotonic(), questions
        return questions


class Opening(BaseModel):
    """`login`: what the page's site signed for its student. `before`: the token of an earlier visit."""

    model_config = ConfigDict(extra="forbid")

    course: str
    language: str = Field("", max_length=16)
    login: str = Field("", max_length=4096)
    before: str = Field("", max_length=4096)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _javascript(script: bytes, headers: dict[str, str], *, packed: bool) -> Response:
    more = {"content-encoding": "gzip"} if packed else {}
    return Response(script, media_type="text/javascript", headers=headers | more)


def ways_of(course: Course, words: Words) -> list[dict[str, str]]:
    """The ways of tutoring that the teacher allows in the course, with their words; explaining alone where nobody can tell."""
    try:
        allowed = read_limits(course.folder).over_course().ways
    except CourseError:  # limits that are damaged: the answer to a question says so
        allowed = ("explain",)
    names, boxes = words.under("ways."), words.under("js.way_")
    return [
        {"way": way, "label": names[way], "placeholder": boxes[way], "next": names.get(f"next_{way}", ""), "progress": names.get(f"progress_{way}", "")}
        for way in allowed
    ]  # fmt: skip


def routes(library: Library, gate: Gate, *, practises: bool) -> APIRouter:
    """`practises`: there are routes of learning beside these."""
    router, starters = APIRouter(), _Starters()

    @router.get(SCRIPT, include_in_schema=False)
    async def script(request: Request) -> Response:
        packed, page = _takes_gzip(request), urlsplit(request.headers.get("referer", ""))
        listed = page.netloc == request.headers.get("host") or gate.origins.anywhere(f"{page.scheme}://{page.netloc}")
        return _javascript(assets.widget(compressed=packed, listed=listed), _SCRIPT_HEADERS, packed=packed)

    @router.get(f"{PARTS}{{name}}", include_in_schema=False)
    async def part(request: Request, name: str) -> Response:
        packed = _takes_gzip(request)
        found = assets.widget_part(name, compressed=packed)
        return Response(status_code=404) if found is None else _javascript(found, _PART_HEADERS, packed=packed)

    @router.post(SESSION)
    def session(request: Request, opening: Opening) -> dict[str, Any]:
        """A session for a student of the page that asks, and all that its widget shows before the first question."""
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        origin = visitor.origin if visitor else OWN
        token, _ = gate.open_session(opening.course, origin, login=opening.login, before=opening.before)
        course, words = library.open(opening.course), words_for(request, opening.language)
        return {
            "token": token,
            "seconds": SESSION_S,
            "language": words.language,
            "course": {"name": course.name, "title": course.title, "language": course.language},
            "starters": starters(course, words),
            "words": words.under("widget."),
            "ways": ways_of(course, words),
            "practises": practises,
            "formulas": {"script": assets.mathematics(), "style": "coursemate/katex.css"},
        }

    @router.get("/api/widget/words")
    def practice_words(request: Request, language: str = "") -> dict[str, dict[str, str]]:
        """What practice says, which is asked for when it is first needed."""
        return {"words": words_for(request, language).under("js.learn_")}

    @router.get(FRAME, include_in_schema=False)
    def source(
        request: Request, course: str, document: str, at: Place, quote: str = "", language: str = "", light: str = ""
    ) -> HTMLResponse:
        words = words_for(request, language)
        html = sources.source_html(library.open(course), document, at, quote, words)
        headers = {
            "content-security-policy": framed.policy(gate.origins.of(course)),
            "cache-control": "private, max-age=60",
        }
        return HTMLResponse(framed.document_html(html, words, dark=light == "dark"), headers=headers)

    return router
