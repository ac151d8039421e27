"""WebSocket /api/listen: the microphone comes in as small pieces of PCM, the words go out while they are spoken.

In:  {"type": "start", "course": NAME, "rate": HZ, "by_itself": BOOL, "token": SESSION}, the session only from other sites, then 16-bit little-endian mono samples as binary messages;
     {"type": "end"} when the student says that this was all, {"type": "hold"} to let nothing else end this question,
     {"type": "drop"} to forget it.
Out: {"type": "ready"}, "began", "partial" {text}, "final" {text, language, waited_s}, "nothing", "error" {code, message}.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any

import numpy as np
from anyio import to_thread
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from chatbot.hearing import Began, Final, HeardEvent, Listener, Nothing, Partial, Reading
from chatbot.hearing.ear import Ear
from chatbot.hearing.terms import course_terms
from knowledge.errors import CoursemateError, InvalidInput
from knowledge.sound import Resampler
from ui.api.language import words_for
from ui.api.wire import error_json
from ui.asking import Desk
from ui.gate.visitors import Gate
from ui.words import Words

_RATES = range(8_000, 192_001)
_MOST_PIECE_BYTES = 1_000_000  # several seconds; a browser sends tenths of one
_START_S = 10.0  # for the start message to come
_MOST_OPEN = 64  # microphones; each holds at most the longest question, some 8 MB
_log = logging.getLogger(__name__)


def routes(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api")
    ear = Ear(lambda: desk.engines.get("transcriber"), lambda: _resting(desk))
    open_now: set[int] = set()

    @router.websocket("/listen")
    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        words = words_for(socket)
        open_now.add(id(socket))
        try:
            if len(open_now) > _MOST_OPEN:
                raise _too_many()
            await _Conversation(socket, desk, ear, words, gate).run()
        except CoursemateError as error:
            await _tell(socket, {"type": "error", **error_json(error, words)})
        except WebSocketDisconnect:
            pass
        except Exception:  # a fault of ours: the student must be told, not left before a microphone that hears nothing
            _log.exception("listening failed")
            await _tell(socket, {"type": "error", "code": "internal", "message": words("turn.failed_unknown")})
        finally:
            open_now.discard(id(socket))
            with suppress(RuntimeError):  # closed by the other side already
                await socket.close()

    return router


class _Conversation:
    """One socket from its start message to its end. Sound is taken in while a reading is under way."""

    def __init__(self, socket: WebSocket, desk: Desk, ear: Ear, words: Words, gate: Gate) -> None:
        self._socket, self._desk, self._ear, self._words, self._gate = socket, desk, ear, words, gate
        self._readings: set[asyncio.Task] = set()

    async def run(self) -> None:
        try:
            async with asyncio.timeout(_START_S):
                start = await self._socket.receive_json()
        except (ValueError, KeyError, TimeoutError):  # no JSON, no text, or nothing at all
            start = None
        if not isinstance(start, dict) or start.get("type") != "start":
            raise _misused("it began without a start message")
        rate = start.get("rate")
        if not isinstance(rate, int) or rate not in _RATES:
            raise _misused(f"the rate {rate!r} is none between {_RATES.start} and {_RATES.stop - 1}")
        await self._check_session(str(start.get("token", "")), str(start.get("course", "")))
        course = await to_thread.run_sync(self._desk.library.open, str(start.get("course", "")))
        self._hints = await to_thread.run_sync(course_terms, course)
        self._by_itself = bool(start.get("by_itself", True))
        longest_s = self._desk.settings.longest_question_s
        self._listener = await to_thread.run_sync(partial(Listener, longest_s, self._by_itself))
        self._resampler = Resampler(rate)
        self._desk.engines.get("transcriber")  # not loaded yet: the student is told now, not after speaking
        await _tell(self._socket, {"type": "ready"})
        try:
            while True:
                await self._take(await self._socket.receive())
        finally:
            self._listener.drop()
            for task in self._readings:
                task.cancel()

    async def _check_session(self, token: str, course: str) -> None:
        """Pages of other sites, which the border let in this far, need one for the course."""
        if origin := getattr(self._socket.state, "origin", ""):
            visitor = await to_thread.run_sync(self._gate.visitor, token, origin)
            visitor.check(course)

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1000)
        if (data := message.get("bytes")) is not None:
            await self._tell_all(self._listener.hear(self._samples(data)))
        else:
            await self._obey(message.get("text") or "")
        self._read_if_due()

    async def _obey(self, order: str) -> None:
        match order:
            case '{"type":"end"}':
                await self._tell_all(self._listener.finish())
                self._listener.by_itself = self._by_itself
            case '{"type":"hold"}':
                self._listener.by_itself = False
            case '{"type":"drop"}':
                self._listener.drop()
            case _:
                raise _misused("it sent something that is neither sound nor a word of the protocol")

    def _samples(self, data: bytes) -> np.ndarray:
        if len(data) > _MOST_PIECE_BYTES or len(data) % 2:
            raise _misused(f"a piece of {len(data)} bytes came")
        return self._resampler.feed(np.frombuffer(data, "<i2"))

    def _read_if_due(self) -> None:
        if reading := self._listener.due():
            task = asyncio.create_task(self._read(reading))
            self._readings.add(task)
            task.add_done_callback(self._readings.discard)

    async def _read(self, reading: Reading) -> None:
        try:
            transcript = await to_thread.run_sync(self._ear.read, reading, self._hints)
            await self._tell_all(self._listener.read(reading, transcript))
        except CoursemateError as error:
            self._listener.drop()
            self._listener.read(reading, None)
            await _tell(self._socket, {"type": "error", **error_json(error, self._words)})
        self._read_if_due()

    async def _tell_all(self, events: list[HeardEvent]) -> None:
        for event in events:
            await _tell(self._socket, heard_json(event))


def _resting(desk: Desk) -> AbstractContextManager[None]:
    """While it is open no draft is read ahead, which on two cores made the last words wait three times as long."""
    chat = desk.engines.get("chat") if desk.engines.ready and "chat" in desk.engines.roles else None
    return getattr(chat, "resting", nullcontext)()


def heard_json(event: HeardEvent) -> dict[str, Any]:
    match event:
        case Began():
            return {"type": "began"}
        case Partial(text=text):
            return {"type": "partial", "text": text}
        case Final(text=text, language=language, waited_s=waited):
            return {"type": "final", "text": text, "language": language, "waited_s": round(waited, 2)}
        case Nothing():
            return {"type": "nothing"}


async def _tell(socket: WebSocket, value: dict[str, Any]) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):  # the student has left; the reader of the socket notices
        await socket.send_json(value)


def _misused(reason: str) -> InvalidInput:
    return InvalidInput(
        f"Listening stopped because {reason}. Load the page again, or type the question.",
        code="listening_misused",
        reason=reason,
    )


def _too_many() -> InvalidInput:
    return InvalidInput(
        f"{_MOST_OPEN} microphones are open already. Type the question, or try again in a minute.",
        code="listening_full",
        most=_MOST_OPEN,
    )
