"""GET /api/courses and what lies under it: a course's sources, shown at their place. Only files the course knows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from knowledge.documents import Locator
from knowledge.library import Library
from ui import pictures, sources
from ui.api.language import words_for
from ui.api.visiting import Visiting

# A course's file is never a page of ours: it may only be played, shown as pixels, or saved.
_SHOWN = {
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
    ".m4a": "audio/mp4", ".flac": "audio/flac", ".aac": "audio/aac", ".mp4": "video/mp4", ".m4v": "video/mp4",
    ".webm": "video/webm", ".mov": "video/mp4", ".mkv": "video/x-matroska",
}  # fmt: skip
_FILE_HEADERS = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "private, max-age=60"}
_PICTURE_HEADERS = {"cache-control": "private, max-age=3600"}


def place(
    page: int | None = None,
    slide: int | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    heading: str | None = None,
    figure: int | None = None,
    cell: int | None = None,
) -> Locator:
    return Locator(page, slide, start_s, end_s, heading, figure, cell)


Place = Annotated[Locator, Depends(place)]


def routes(library: Library, visiting: Visiting) -> APIRouter:
    """Plain functions, which FastAPI runs in threads: reading a page may take a moment."""
    router = APIRouter(prefix="/api/courses", dependencies=[Depends(visiting.of_course)])

    @router.get("")
    def courses() -> list[dict[str, Any]]:
        return [asdict(course) for course in library.list()]

    @router.get("/{course}/documents")
    def documents(course: str) -> list[dict[str, Any]]:
        return [asdict(document) for document in library.open(course).documents()]

    @router.get("/{course}/source", response_class=HTMLResponse)
    def source(
        request: Request, course: str, document: str, at: Place, quote: str = "", language: str = ""
    ) -> HTMLResponse:
        words = words_for(request, language)
        return HTMLResponse(sources.source_html(library.open(course), document, at, quote, words))

    @router.get("/{course}/page")
    def page(course: str, document: str, page: int, quote: str = "", width: int = pictures.PAGE_WIDTH) -> Response:
        return _picture(pictures.page(library.open(course).file(document), page, quote, width))

    @router.get("/{course}/thumbnail")
    def thumbnail(course: str, document: str, at: Place) -> Response:
        return _picture(pictures.thumbnail(library.open(course), document, at))

    @router.get("/{course}/figure")
    def figure(course: str, document: str, n: int) -> Response:
        return _picture(pictures.figure(library.open(course), document, n))

    @router.get("/{course}/picture")
    def picture(course: str, document: str) -> Response:
        return _picture(pictures.whole(library.open(course), document))

    @router.get("/{course}/file")
    def file(course: str, document: str) -> FileResponse:
        return _file(library.open(course).file(document), document)

    return router


def _picture(data: bytes | None) -> Response:
    """The picture, or 204 where there is none to show: the page then keeps its icon."""
    if data is None:
        return Response(status_code=204)
    media_type = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Response(data, media_type=media_type, headers=_PICTURE_HEADERS)


def _file(file: Path, document: str) -> FileResponse:
    """The file as given, by ranges if asked; sound and film play, everything else is saved."""
    media_type = _SHOWN.get(file.suffix.lower())
    return FileResponse(
        file,
        media_type=media_type or "application/octet-stream",
        filename=document.rpartition("/")[2],
        content_disposition_type="inline" if media_type else "attachment",
        headers=_FILE_HEADERS,
    )
