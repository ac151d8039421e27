"""/api/teach: what the teacher's screen asks for. Every route is for the teacher alone (ui/teaching/access.py)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

import anyio
from anyio import to_thread
from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from knowledge.errors import CourseError, CourseExists, InvalidInput
from knowledge.library import Library
from ui.api.language import words_for
from ui.api.wire import server_sent
from ui.teaching import page
from ui.teaching.access import teacher
from ui.teaching.bench import Bench, Look
from ui.teaching.download import zip_pieces
from ui.words import Words

_LOOK_EVERY_S = 0.3
_SIGN_OF_LIFE = 30  # looks without news
_UPLOAD = re.compile(r"/api/teach/courses/[^/]+/drops/[0-9a-f]+/file")

Named = Annotated[str, Body(embed=True)]


def is_upload(scope: dict[str, Any]) -> bool:
    """Whether a request is one that sends a course file, which may be larger than any other."""
    return scope["method"] == "PUT" and _UPLOAD.fullmatch(scope["path"]) is not None


def routes(bench: Bench) -> APIRouter:
    router = APIRouter(prefix="/api/teach/courses", dependencies=[Depends(teacher)])
    _course_routes(router, bench)
    _drop_routes(router, bench)
    return router


def _course_routes(router: APIRouter, bench: Bench) -> None:
    library = bench.library

    @router.post("", status_code=201)
    def create(name: Named, title: Named = "", language: Named = "en") -> dict[str, str]:
        name = name.strip()
        _check_new(library, name)  # before the embedder is asked for, which may still be loading
        embedder = bench.engines.load("embedder")
        course = library.create(
            name, title=title.strip(), language=language, embedder=embedder.name, dimensions=embedder.dimensions
        )
        return {"name": course.name, "title": course.title}

    @router.delete("/{course}")
    def remove(course: str, confirm: Named) -> Response:
        if confirm.strip() != course:
            raise InvalidInput(
                f"Type the course's name, {course}, to remove it.", code="removal_not_confirmed", course=course
            )
        bench.remove_course(course)
        return Response(status_code=204)

    @router.get("/{course}/list", response_class=HTMLResponse)
    def documents(request: Request, course: str) -> HTMLResponse:
        opened = library.open(course)
        return HTMLResponse(page.lists_html(opened, bench.readings(course), words_for(request)))

    @router.get("/{course}/zip")
    def everything(course: str) -> StreamingResponse:
        name = quote(f"{course}.zip")
        headers = {"content-disposition": f"attachment; filename*=utf-8''{name}", "cache-control": "no-store"}
        return StreamingResponse(zip_pieces(library.open(course)), media_type="application/zip", headers=headers)

    @router.delete("/{course}/document")
    def remove_document(course: str, document: str) -> Response:
        bench.remove_document(course, document)
        return Response(status_code=204)

    @router.delete("/{course}/refused")
    def dismiss(course: str, document: str) -> Response:
        bench.dismiss(course, document)
        return Response(status_code=204)


def _check_new(library: Library, name: str) -> None:
    """A name that cannot be a course's is no course that is missing, but input that cannot be used."""
    try:
        library.check_new(name)
    except CourseExists:
        raise
    except CourseError as error:
        raise InvalidInput(str(error), code="course_name_invalid", course=name) from error


def _drop_routes(router: APIRouter, bench: Bench) -> None:
    @router.post("/{course}/drops", status_code=201)
    def open_drop(course: str, replaces: Named = "") -> dict[str, str]:
        return {"id": bench.open_drop(course, replaces).id}

    @router.put("/{course}/drops/{drop}/file", status_code=201)
    async def take(request: Request, course: str, drop: str, path: str) -> Response:
        job = await to_thread.run_sync(bench.arriving, course, drop)
        path = bench.place_for(job, path)
        length = request.headers.get("content-length", "")
        declared = int(length) if length.isdigit() else None
        most = bench.settings.most_file_mb
        try:
            size = await job.incoming.take(path, request.stream(), declared=declared, most_mb=most)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        bench.arrived(job, path, size)
        return Response(json.dumps({"path": path, "size": size}), 201, media_type="application/json")

    @router.post("/{course}/drops/{drop}/start", status_code=202)
    def start(course: str, drop: str) -> dict[str, str]:
        return {"id": bench.start(course, drop).id}

    @router.delete("/{course}/drops/{drop}")
    def cancel(course: str, drop: str) -> Response:
        bench.cancel(course, drop)
        return Response(status_code=204)

    @router.get("/{course}/events")
    def events(request: Request, course: str) -> StreamingResponse:
        bench.library.folder_of(course)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        told = _told(bench, course, words_for(request))
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def _told(bench: Bench, course: str, words: Words) -> AsyncIterator[str]:
    """First everything, then everything when a list changed, and else only the step of the file that is read."""
    seen, quiet = Look((), -1, -1, -1), 0
    while not bench.closed:
        look = bench.look(course)
        if look.lists != seen.lists:
            jobs = [job.to_json(words) for job in look.jobs]
            yield server_sent("jobs", {"documents": look.documents, "jobs": jobs})
        elif look.steps != seen.steps:
            yield server_sent("step", {"jobs": [job.step_json() for job in look.jobs if not job.over]})
        if look.prepared != seen.prepared:
            yield server_sent("prepared", {"text": page.prepared_text(look.prepared, words)})
        quiet = quiet + 1 if look.steps == seen.steps else 0
        if quiet and quiet % _SIGN_OF_LIFE == 0:
            yield ": still here\n\n"
        seen = look
        await anyio.sleep(_LOOK_EVERY_S)
