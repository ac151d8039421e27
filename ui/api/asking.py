"""POST /api/ask and /api/read-aloud: a turn told as server-sent events. Leaving the connection stops the model.
POST /api/draft: what is being typed, so that the engine reads ahead."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, File, Form, Header, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from chatbot.conversation import Page
from knowledge.errors import CoursemateError, InvalidInput, InvalidQuestion
from knowledge.sound import joined
from ui.api.language import words_for
from ui.api.streaming import STREAM_HEADERS, batches_of
from ui.api.visiting import LEARNER_HEADER, LEARNER_ID, Visiting, learner_of
from ui.api.wire import error_json, error_response, server_sent, spoke_json, step_event
from ui.asking import Desk, Question
from ui.gate.visitors import Visitor
from ui.running import Run
from ui.sounds import Shelf
from ui.words import Words

_log = logging.getLogger(__name__)
_MOST_READ_ALOUD = 8000  # characters
_MOST_UPLOAD_MB = 20  # a photograph, or the longest question as uncompressed sound
_MOST_SHOWN = 2000  # characters of each word about the page


def page_in_view(
    page_title: Annotated[str, Form()] = "",
    page_heading: Annotated[str, Form()] = "",
    selected: Annotated[str, Form()] = "",
) -> Page | None:
    """What the student has in front of them, where a course page tells it."""
    told = [" ".join(part.split())[:_MOST_SHOWN] for part in (page_title, page_heading, selected)]
    return Page(*told) if any(told) else None


def routes(desk: Desk, shelf: Shelf, visiting: Visiting) -> APIRouter:
    router = APIRouter(prefix="/api")
    visit, in_view = Depends(visiting), Depends(page_in_view)

    @router.post("/ask")
    async def ask(
        request: Request,
        course: Annotated[str, Form()],
        question: Annotated[str, Form()] = "",
        speak: Annotated[bool, Form()] = False,
        language: Annotated[str, Form()] = "",
        conversation: Annotated[str, Form()] = "",
        draft: Annotated[str, Form()] = "",
        way: Annotated[str, Form()] = "explain",
        audio: Annotated[UploadFile | None, File()] = None,
        image: Annotated[UploadFile | None, File()] = None,
        page: Page | None = in_view,
        visitor: Visitor = visit,
        learner: Annotated[str, Header(alias=LEARNER_HEADER, pattern=LEARNER_ID)] = "",
    ) -> Response:
        words = words_for(request, language)
        try:
            visitor.check(course)
            await to_thread.run_sync(desk.library.open, course)
            sound, picture = await _bytes(audio), await _bytes(image)
            visiting.count(request, visitor, course)
        except CoursemateError as error:
            request.app.state.metrics.refused(error)
            return error_response(error, words)
        # A whole school may come from one address: a student of a course page is one by the session.
        who = visitor.student or (request.client.host if request.client else "")
        asked = Question(
            course, question, sound, picture, speak, language or None, conversation, draft, page, visitor.student, way=way,
            learner=learner_of(visitor, learner),
        )
        run = desk.begin(asked, who=who)
        return _events(run, lambda step: step_event(step, course, words, shelf.put), words)

    @router.post("/draft", status_code=204)
    def draft(
        course: Annotated[str, Form()],
        draft: Annotated[str, Form(max_length=64)],
        question: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        conversation: Annotated[str, Form()] = "",
        visitor: Visitor = visit,
    ) -> Response:
        """Reads ahead for words that are still being typed; `draft` names their box. Always 204: nothing was asked."""
        visitor.check(course)
        asked = Question(course, question, None, None, False, language or None, conversation, draft, None, visitor.student)
        desk.draft(asked)
        return Response(status_code=204)

    @router.post("/read-aloud")
    async def read_aloud(
        request: Request,
        text: Annotated[str, Form()],
        language: Annotated[str, Form()] = "en",
        visitor: Visitor = visit,
    ) -> Response:
        words = words_for(request, "")
        visiting.count(request, visitor, visitor.course)
        _check_length(text)
        run = Run(lambda: desk.tutor.read_aloud(text, language))
        return _events(run, lambda spoke: ("spoke", spoke_json(spoke, shelf.put)), words)

    @router.post("/read-aloud/file")
    def read_aloud_file(
        request: Request,
        text: Annotated[str, Form()],
        language: Annotated[str, Form()] = "en",
        visitor: Visitor = visit,
    ) -> Response:
        visiting.count(request, visitor, visitor.course)
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
    if upload is None or not upload.size:
        return None
    if upload.size > _MOST_UPLOAD_MB * 1_000_000:
        raise InvalidInput(
            f"The file is larger than {_MOST_UPLOAD_MB} MB. Send a smaller picture or a shorter recording.",
            code="upload_too_large",
            limit=f"{_MOST_UPLOAD_MB} MB",
        )
    return await upload.read()


def _events(run: Run, tell: Callable[[Any], tuple[str, dict[str, Any]]], words: Words) -> StreamingResponse:
    return StreamingResponse(_told(run, tell, words), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _told(run: Run, tell: Callable[[Any], tuple[str, dict[str, Any]]], words: Words) -> AsyncIterator[str]:
    """The run's items as events. The comment after a silence is what makes a closed connection show."""
    try:
        async for batch in batches_of(run):
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
