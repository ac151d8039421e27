"""The teacher's pages: /teach lists the courses, ?course= shows one, and &document= what was read of a file.

`to=embed` leads on to the page for the tag, whose readers come here to sign in.
"""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from knowledge.errors import AccessRefused, CoursemateError
from ui.api.language import words_for
from ui.gate.teacher import NoPasswordYet, SignedOut
from ui.teaching import door, door_page, learning_page, page
from ui.teaching.access import teacher
from ui.teaching.bench import Bench
from ui.teaching.was_read import was_read_html

PATH = "/teach"
_POLICY = (  # stricter than the student's page, which Gradio needs; and no other page may frame it and lead clicks astray
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {"content-security-policy": _POLICY, "x-frame-options": "DENY", "cache-control": "no-store"}


def routes(bench: Bench, *, practises: bool = False) -> APIRouter:
    router = APIRouter(dependencies=[Depends(teacher)], include_in_schema=False)
    library = bench.library

    @router.get(PATH)
    def teach(request: Request, course: str = "", document: str = "", start: int = 0, to: str = "", part: str = "") -> Response:
        words = words_for(request)
        if to == "embed":
            return RedirectResponse(f"teach/embed?{urlencode({'course': course})}", 303)
        if not course:
            return _page(page.courses_html(library.list(), _broken(library), words))
        opened, readings = library.open(course), bench.readings(course)
        if practises and part in learning_page.PARTS:
            return _page(learning_page.part_html(opened, part, words))
        if not document:
            return _page(page.course_html(opened, readings, bench.settings.most_file_mb, words, practises=practises))
        summary = opened.document(document)
        if summary is None:
            opened.file(document)  # raises what is wrong
        return _page(was_read_html(opened, summary, readings.all().get(document), start, words))

    return router


def entrance() -> APIRouter:
    """Where the teacher signs in: for everybody."""
    return door.routes(PATH, _page)


def error_page(request: Request, error: CoursemateError) -> Response:
    """What went wrong on the way to a page, as a page: whoever is not signed in gets the door."""
    words = words_for(request)
    if isinstance(error, SignedOut):
        return _page(door_page.sign_in_html(words))
    if isinstance(error, NoPasswordYet):
        return _page(door_page.first_html(words))
    status = 403 if isinstance(error, AccessRefused) else 404
    make = page.refused_html if status == 403 else page.missing_html
    return _page(make(error, words), status)


def _page(html: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(html, status, headers={**_HEADERS, **(headers or {})})


def _broken(library) -> list[tuple[str, CoursemateError]]:
    """The courses that cannot be opened, each with what is wrong with it."""
    found = []
    for name in library.names():
        try:
            library.open(name)
        except CoursemateError as error:
            found.append((name, error))
    return found
