"""GET /v1/models and POST /v1/chat/completions: a course answers, whole or as it writes."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from chatbot.conversation import Answer, Done, Found, Said
from knowledge.errors import CoursemateError, EngineFailed
from ui.api.language import words_for
from ui.api.streaming import STREAM_HEADERS, batches_of
from ui.api.v1.messages import ChatRequest, question_of
from ui.api.v1.wire import error_json
from ui.api.visiting import Visiting, owner_of
from ui.api.wire import answer_json
from ui.asking import Begun, Desk, Step
from ui.gate.visitors import Visitor
from ui.running import Run
from ui.words import Words


def routes(desk: Desk, visiting: Visiting) -> APIRouter:
    router = APIRouter()
    program = Depends(visiting.program)

    @router.get("/models")
    def models(visitor: Visitor = program) -> dict[str, Any]:
        listed = [course for course in desk.library.list() if visitor.key is None or visitor.key.may(course.name)]
        return {"object": "list", "data": [_model_json(course) for course in listed]}

    @router.get("/models/{model}")
    def model(model: str, visitor: Visitor = program) -> dict[str, Any]:
        visitor.check(model)
        return _model_json(desk.library.open(model).summary())

    @router.post("/chat/completions")
    async def completions(request: Request, asked: ChatRequest, visitor: Visitor = program) -> Response:
        visitor.check(asked.model)
        words, question = words_for(request), question_of(asked, owner_of(visitor))
        await to_thread.run_sync(desk.library.open, asked.model)
        visiting.count(request, visitor, asked.model)
        run, told = desk.begin(question), _Completion(asked, words)
        if asked.stream:
            return StreamingResponse(_streamed(run, told), media_type="text/event-stream", headers=STREAM_HEADERS)
        answer = await _whole(run, told)
        return Response(json.dumps(told.whole(answer), ensure_ascii=False), media_type="application/json")

    return router


def _model_json(course) -> dict[str, Any]:
    more = {"title": course.title, "language": course.language, "documents": course.documents}
    return {"id": course.name, "object": "model", "created": 0, "owned_by": "coursemate", "coursemate": more}


async def _whole(run: Run[Step], told: _Completion) -> Answer:
    async for batch in batches_of(run):
        for step in batch:
            if isinstance(step, Begun):
                told.conversation = step.conversation
            elif isinstance(step, Done):
                return step.answer
    raise EngineFailed("The turn ended without an answer. Ask again.", code="engine_failed", name="chat", reason="no answer")


async def _streamed(run: Run[Step], told: _Completion) -> AsyncIterator[str]:
    """Chunks as OpenAI's clients read them; the last one carries the checked answer, which replaces what was streamed."""
    yield told.chunk({"role": "assistant", "content": ""})
    streamed = ""
    try:
        async for batch in batches_of(run):
            if not batch:
                yield ": still here\n\n"
            for step in batch:
                if isinstance(step, Begun):
                    told.conversation = step.conversation
                elif isinstance(step, Found) and streamed:
                    streamed = "\n\n"
                    yield told.chunk({"content": streamed})
                elif isinstance(step, Said):
                    streamed += step.text
                    yield told.chunk({"content": step.text})
                elif isinstance(step, Done):
                    if not streamed.strip() or step.answer.status == "not_found":
                        yield told.chunk({"content": f"\n\n{step.answer.text}" if streamed.strip() else step.answer.text})
                    yield told.last(step.answer)
                    if usage := told.usage_chunk(step.answer):
                        yield usage
    except CoursemateError as error:
        yield f"data: {json.dumps(error_json(error, told.words), ensure_ascii=False)}\n\n"
        return
    yield "data: [DONE]\n\n"


class _Completion:
    """What all parts of one completion share. `conversation` is empty where the client keeps it."""

    def __init__(self, asked: ChatRequest, words: Words) -> None:
        self.words, self.conversation = words, ""
        self._course = asked.model
        self._with_usage = asked.stream_options.include_usage
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": asked.model}

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._told("chat.completion", [choice], usage=_usage(answer), coursemate=self._more(answer))

    def chunk(self, delta: dict[str, Any]) -> str:
        return self._event([{"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}])

    def last(self, answer: Answer) -> str:
        choice = {"index": 0, "delta": {}, "finish_reason": "stop", "logprobs": None}
        return self._event([choice], coursemate=self._more(answer))

    def usage_chunk(self, answer: Answer) -> str:
        return self._event([], usage=_usage(answer)) if self._with_usage else ""

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> str:
        return f"data: {json.dumps(self._told('chat.completion.chunk', choices, **more), ensure_ascii=False)}\n\n"

    def _told(self, kind: str, choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return {**self._head, "object": kind, "choices": choices, **more}

    def _more(self, answer: Answer) -> dict[str, Any]:
        return answer_json(answer, self._course, self.words) | {"conversation": self.conversation}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.timings.prompt_tokens or 0, answer.timings.answer_tokens or 0
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
