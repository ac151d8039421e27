"""GET /api/conversations and below: a student's conversations, read again. POST /api/feedback: what an answer was worth."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from chatbot.store import Store, StoredTurn
from knowledge.errors import CourseError
from ui.api.language import words_for
from ui.api.visiting import Visiting, own_student
from ui.api.wire import answer_json
from ui.gate.visitors import Visitor
from ui.words import Words

_PICTURE_HEADERS = {"cache-control": "private, max-age=3600", "content-security-policy": "default-src 'none'; sandbox"}


class Feedback(BaseModel):
    """`rating`: 1 it helped, -1 it did not, 0 neither, which takes back what was said before."""

    model_config = ConfigDict(extra="forbid")

    conversation: str
    turn: int
    rating: Literal[1, 0, -1]
    comment: str = Field("", max_length=2000)


def routes(store: Store, visiting: Visiting) -> APIRouter:
    router = APIRouter(prefix="/api")
    visit = Depends(visiting)

    @router.get("/conversations")
    def conversations(course: str, visitor: Visitor = visit) -> list[dict[str, Any]]:
        visitor.check(course)
        listed = store.conversations(course, own_student(visitor))
        return [{"id": c.id, "course": c.course, "began": c.began, "turns": c.turns, "question": c.question} for c in listed]

    @router.get("/conversations/{conversation}")
    def conversation(request: Request, conversation: str, language: str = "", visitor: Visitor = visit) -> dict[str, Any]:
        course, words = _of(visitor, conversation), words_for(request, language)
        turns = [_turn_json(turn, conversation, course, words) for turn in store.turns(conversation)]
        return {"id": conversation, "course": course, "turns": turns}

    @router.get("/conversations/{conversation}/pictures/{turn}")
    def picture(conversation: str, turn: int, visitor: Visitor = visit) -> Response:
        _of(visitor, conversation)
        shown = next((one.picture for one in store.turns(conversation) if one.id == turn), None)
        if shown is None:
            return Response(status_code=404)
        return Response(shown.data, media_type=shown.media_type, headers=_PICTURE_HEADERS)

    @router.post("/feedback")
    def feedback(given: Feedback, visitor: Visitor = visit) -> dict[str, bool]:
        _of(visitor, given.conversation)
        if not store.rate(given.conversation, given.turn, given.rating, given.comment):
            raise _unknown()
        return {"kept": True}

    def _of(visitor: Visitor, conversation: str) -> str:
        """The course of a conversation that is this visitor's. Raises CourseError for every other."""
        course = store.course(conversation)
        if course is None or not store.belongs(conversation, course, visitor.student):
            raise _unknown()
        visitor.check(course)
        return course

    return router


def _turn_json(turn: StoredTurn, conversation: str, course: str, words: Words) -> dict[str, Any]:
    return {
        "turn": turn.id,
        "question": turn.question,
        "heard": turn.heard,
        "picture": f"api/conversations/{conversation}/pictures/{turn.id}" if turn.picture else None,
        "answer": answer_json(turn.answer, course, words),
        "rating": turn.rating,
    }


def _unknown() -> CourseError:
    return CourseError("There is no such conversation here. Begin a new one.", code="conversation_unknown")
