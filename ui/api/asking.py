"""POST /api/ask and /api/read-aloud: a turn told as server-sent events. Leaving the connection stops the model."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from knowledge.errors import CoursemateError, InvalidQuestion
from knowledge.sound import joined
from ui.api.language import words_for
from ui.api.wire import error_json, error_response, server_sent, spoke_json, step_event
from ui.asking import Desk, Question
from ui.running import Run
from ui.sounds import Shelf
from ui.words import Words

_log = logging.getLogger(__name__)
_PATIENCE_S = 0.25  # how soon a reader who went away is noticed
_MOST_READ_ALOUD = 8000  # characters
_END = object()


def routes(desk: Desk, shelf: Shelf) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/ask")
    async def ask(
        request: Request,
        course: Annotated[str, Form()],
        question: Annotated[str, Form()] = "",
        speak: Annotated[bool, Form()] = False,
        language: Annotated[str, Form()] = "",
        conversation: Annotated[str, Form()] = "",
        audio: Annotated[UploadFile | None, File()] = None,
        image: Annotated[UploadFile | None, File()] = None,
    ) -> Response:
        words = words_for(request, language)
        sound, picture = await _bytes(audio), await _bytes(image)
        asked = Question(course, question, sound, picture, speak, language or None, conversation)
        try:
            await to_thread.run_sync(desk.library.open, course)
        except CoursemateError as error:
            return error_response(error, words)
        run = desk.begin(asked)
        return _events(run, lambda step: step_event(step, course, words, shelf.put), words)

    @router.post("/read-aloud")
    async def read_aloud(
        request: Request, text: Annotated[str, Form()], language: Annotated[str, Form()] = "en"
    ) -> Response:
        words = words_for(request, "")
        _check_length(text)
        run = Run(lambda: desk.tutor.read_aloud(text, language))
        return _events(run, lambda spoke: ("spoke", spoke_json(spoke, shelf.put)), words)

    @router.post("/read-aloud/file")
    def read_aloud_file(text: Annotated[str, Form()], language: Annotated[str, Form()] = "en") -> Response:
        _check_length(text)
        whole = joined([spoke.sound for spoke in desk.tutor.read_aloud(text, language)])
        if whole is None:
            raise InvalidQuestion(
                "There is no voice for this language here, or nothing in the text that can be said.",
                code="read_aloud_nothing",
            )
        headers = {"content-disposition": 'attachment; filename="answer.wav"', "cache-control": "no-store"}
        return Response(whole.to_wav(), media_type="audio/wav", headers=headers)

    @router.get("/sounds/{key}")
    def sound(key: str) -> Response:
        wav = shelf.get(key)
        if wav is None:
            return Response(status_code=404)
        return Response(wav, media_type="audio/wav", headers={"cache-control": "private, max-age=600"})

    return router


def _check_length(text: str) -> None:
    if len(text) > _MOST_READ_ALOUD:
        raise InvalidQuestion(
            f"The text has {len(text)} characters; at most {_MOST_READ_ALOUD} can be read aloud at once.",
            code="read_aloud_too_long",
            characters=len(text),
            most=_MOST_READ_ALOUD,
        )


async def _bytes(upload: UploadFile | None) -> bytes | None:
    return await upload.read() if upload is not None and upload.size else None


def _events(run: Run, tell: Callable[[Any], tuple[str, dict[str, Any]]], words: Words) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_told(run, tell, words), media_type="text/event-stream", headers=headers)


async def _told(run: Run, tell: Callable[[Any], tuple[str, dict[str, Any]]], words: Words) -> AsyncIterator[str]:
    """The run's items as events. The comment after a silence is what makes a closed connection show."""
    batches = run.batches(_PATIENCE_S)
    try:
        while (batch := await to_thread.run_sync(_next, batches)) is not _END:
            if not batch:
                yield ": still here\n\n"
            for item in batch:
                yield server_sent(*tell(item))
    except CoursemateError as error:
        yield server_sent("error", error_json(error, words))
    except Exception:  # a fault of ours: whoever asked must be told, not left before a stream that just ends
        _log.exception("a turn failed")
        yield server_sent("error", {"code": "internal", "message": words("turn.failed_unknown")})
    finally:
        run.stop()


def _next(batches: Iterator[list[Any]]) -> Any:
    return next(batches, _END)
