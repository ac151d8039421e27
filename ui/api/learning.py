"""/api/courses/{course}/learning: practice, its evidence, flashcards, the course map. Keys never leave the server before an answer.

On our own pages a learner is known by an unguessable id in the header `coursemate-learner`, which `POST /api/learners` gives out;
who knows it may read and write that learner's record, as with conversations. On a course page elsewhere the learner is the
student of the session, which no page can choose. What changes a course is in learning_teacher.py.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, Field

from chatbot.learning.bank import QuestionBank
from chatbot.learning.cards import Cards, Grade
from chatbot.learning.evidence import Confidence
from chatbot.learning.examples import find_questions
from chatbot.learning.figure_spots import mark
from chatbot.learning.flashcards import to_deck
from chatbot.learning.grading import MOST_CHARACTERS
from chatbot.learning.grading import Response as Given
from chatbot.learning.map_drawing import draw_map
from chatbot.learning.path import Goal
from chatbot.learning.practice import Effort, Practice
from chatbot.learning.rulings import Rulings
from chatbot.learning.shelving import Shelving, wants_of
from chatbot.ways.limits import read_limits
from chatbot.ways.practising import may_be_practised
from knowledge.errors import CourseError
from knowledge.library import Library
from ui.api.language import words_for
from ui.api.learning_wire import Body, card_json, hint_json, outcome_json, ruling_json, step_json
from ui.api.visiting import LEARNER_HEADER, LEARNER_ID, Visiting, learner_of


def _learner(request: Request, told: Annotated[str, Header(alias=LEARNER_HEADER, pattern=LEARNER_ID)] = "") -> str:
    if learner := learner_of(request.app.state.visiting(request), told):
        return learner
    raise RequestValidationError(
        [{"type": "missing", "loc": ("header", LEARNER_HEADER), "msg": "Field required", "input": None}]
    )


Learner = Annotated[str, Depends(_learner)]
_MOST_CARDS = 2000
_SVG_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cache-control": "no-store",
}


_PICTURE_HEADERS = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}


class _Wanted(Body):
    concepts: list[str] = Field(default=[], max_length=200)
    by: AwareDatetime | None = None
    minutes: float | None = Field(default=None, gt=0, le=600)
    most: int = Field(default=1, ge=1, le=30)
    alone: bool = False


class _Answer(Body):
    question: str = Field(max_length=64)
    chosen: list[int] = Field(default=[], max_length=20)
    text: str = Field(default="", max_length=MOST_CHARACTERS)
    hints: int = Field(default=0, ge=0, le=10)
    attempts: int = Field(default=1, ge=1, le=10)
    seconds: float | None = Field(default=None, gt=0, le=7200)
    confidence: Confidence | None = None


class _Recall(Body):
    grade: Grade


class _Said(Body):
    why: str = Field(min_length=1, max_length=500)


class _Choice(_Said):
    concept: str = Field(max_length=64)
    instead_of: str = Field(max_length=64)


class _Interests(Body):
    interests: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=10)
    most: int = Field(default=5, ge=1, le=20)


def routes(library: Library, practice: Practice, engines, visiting: Visiting) -> APIRouter:
    router = APIRouter(prefix="/api", dependencies=[Depends(visiting.of_course)])

    @router.post("/learners", status_code=201)
    def begin() -> dict[str, str]:
        return {"learner": secrets.token_urlsafe(24)}

    _student_routes(router, library, practice, visiting)
    _record_routes(router, library, practice)
    _card_routes(router, library, practice)
    _library_routes(router, library, practice, engines)
    return router


def _student_routes(router: APIRouter, library: Library, practice: Practice, visiting: Visiting) -> None:
    at = "/courses/{course}/learning"

    @router.post(f"{at}/next")
    def next_steps(request: Request, course: str, wanted: _Wanted, learner: Learner) -> dict[str, Any]:
        opened = library.open(course)
        goal = Goal(frozenset(wanted.concepts), wanted.by, wanted.minutes, wanted.alone)
        allowed = partial(may_be_practised, read_limits(opened.folder), opened)
        steps = practice.plan(learner, opened, goal, datetime.now(UTC), wanted.most, allowed=allowed)
        bank, words = QuestionBank(opened.folder), words_for(request)
        course_map = practice.map(opened)[0]
        return {"steps": [step_json(step, opened, course_map, bank, words) for step in steps]}

    @router.post(f"{at}/answer")
    def answer(request: Request, course: str, given: _Answer, learner: Learner) -> dict[str, Any]:
        """Grades and records an answer. It counts as a question does towards the hour's quotas."""
        effort = Effort(given.hints, given.attempts, given.seconds, given.confidence)
        response = Given(tuple(given.chosen), given.text)
        opened = library.open(course)
        visiting.count(request, visiting(request), course)
        outcome = practice.answer(learner, opened, given.question, response, effort)
        return outcome_json(outcome, opened, words_for(request))

    @router.post(f"{at}/questions/{{question}}/hints/{{rung}}")
    def hint(request: Request, course: str, question: str, rung: int, learner: Learner) -> dict[str, Any]:
        """The hint of that rung, from 1; it is counted against the answer."""
        opened = library.open(course)
        found, of = practice.hint(learner, opened, question, rung)
        return hint_json(found, rung, of, opened, words_for(request))

    @router.post(f"{at}/questions/{{question}}/disagree", status_code=204)
    def disagree(course: str, question: str, said: _Said, learner: Learner) -> Response:
        QuestionBank(library.open(course).folder).get(question)
        practice.record.disagreed(learner, course, question, said.why, datetime.now(UTC))
        return Response(status_code=204)

    @router.get(f"{at}/questions/{{question}}/picture")
    def picture(course: str, question: str) -> Response:
        """The figure of a question that asks for a label, the spot marked; 204 where there is none, or none any more."""
        opened = library.open(course)
        spot = QuestionBank(opened.folder).get(question).spot
        figures = opened.figures(spot.document) if spot else []
        if spot is None or not 0 <= spot.n < len(figures):
            return Response(status_code=204)
        return Response(mark(figures[spot.n].image, spot), media_type="image/png", headers=_PICTURE_HEADERS)

    @router.post(f"{at}/choice", status_code=204)
    def choice(course: str, chosen: _Choice, learner: Learner) -> Response:
        library.open(course)
        practice.record.chose(learner, course, chosen.concept, chosen.instead_of, chosen.why, datetime.now(UTC))
        return Response(status_code=204)


def _record_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    at = "/courses/{course}/learning"

    @router.get(f"{at}/progress")
    def progress(course: str, learner: Learner) -> dict[str, Any]:
        return {"concepts": practice.standing(learner, library.open(course), datetime.now(UTC))}

    @router.get(f"{at}/concepts/{{concept}}/evidence")
    def evidence(course: str, concept: str, learner: Learner) -> dict[str, Any]:
        """Which answers moved the estimate, and by how much: log-odds, part by part."""
        library.open(course)
        return {"answers": [asdict(found) for found in practice.record.evidence(learner, course, concept)]}

    @router.get(f"{at}/rulings")
    def rulings(course: str, learner: Learner) -> dict[str, Any]:
        """What the teacher decided where the learner disagreed with a mark, the latest first."""
        opened = library.open(course)
        found = Rulings(practice.record).of(learner, course)
        known = find_questions(opened, [one.question for one in found])
        return {"rulings": [ruling_json(one, known.get(one.question)) for one in found]}

    @router.post(f"{at}/rulings/{{ruling}}/seen", status_code=204)
    def saw(course: str, ruling: str, learner: Learner) -> Response:
        library.open(course)
        Rulings(practice.record).saw(learner, course, ruling)
        return Response(status_code=204)

    @router.get(f"{at}/curve")
    def curve(course: str, learner: Learner) -> dict[str, Any]:
        """After each answer: the mean of what was believed of all concepts, and how many were mastered."""
        return {"points": practice.curve(learner, library.open(course))}

    @router.get(f"{at}/progress.svg")
    def coloured(course: str, learner: Learner, next_up: str = "") -> Response:
        """The map, filled with what is believed of the concepts that were asked about."""
        opened = library.open(course)
        course_map, known = practice.gaps(learner, opened, datetime.now(UTC))
        drawn = draw_map(course_map, known, title=opened.title, next_up=next_up)
        return Response(drawn, media_type="image/svg+xml", headers=_SVG_HEADERS)

    @router.get(f"{at}/statements")
    def statements(course: str, learner: Learner) -> dict[str, Any]:
        library.open(course)
        return {"statements": practice.record.statements(learner, course)}

    @router.get(f"{at}/flashcards.apkg")
    def flashcards(course: str, learner: Learner) -> Response:
        """The questions that the learner has answered, and so seen the keys of, as a deck for Anki."""
        opened = library.open(course)
        asked = set(practice.record.asked(learner, course, _MOST_CARDS))
        chosen = [question for question in QuestionBank(opened.folder).questions() if question.id in asked]
        headers = {"content-disposition": 'attachment; filename="flashcards.apkg"', "cache-control": "no-store"}
        deck = to_deck(course, opened.title, chosen)
        return Response(deck, media_type="application/octet-stream", headers=headers)

    @router.get(f"{at}/map")
    def course_map(course: str) -> dict[str, Any]:
        found, revision = practice.map(library.open(course))
        return {"revision": revision, "concepts": [concept.to_json() for concept in found.concepts]}

    @router.get(f"{at}/map.svg")
    def drawing(course: str) -> Response:
        opened = library.open(course)
        drawn = draw_map(practice.map(opened)[0], title=opened.title)
        return Response(drawn, media_type="image/svg+xml", headers=_SVG_HEADERS)

    @router.delete("/learners/me", status_code=204)
    def forget(learner: Learner) -> Response:
        practice.record.forget(learner)
        return Response(status_code=204)


def _card_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    at, cards = "/courses/{course}/learning", Cards(practice.record)

    @router.get(f"{at}/cards")
    def due(request: Request, course: str, learner: Learner) -> dict[str, Any]:
        """The learner's flashcards, the longest due first, with their backs: their keys have been seen."""
        opened, words, now = library.open(course), words_for(request), datetime.now(UTC)
        found = cards.of(learner, course, QuestionBank(opened.folder).questions(), now)
        return {"now": now.isoformat(), "cards": [card_json(card, opened, words) for card in found]}

    @router.post(f"{at}/cards/{{question}}")
    def grade(course: str, question: str, given: _Recall, learner: Learner) -> dict[str, str]:
        QuestionBank(library.open(course).folder).get(question)
        if not practice.record.has_answered(learner, course, question):
            raise CourseError("Answer that question first; then it is a card.", code="card_unknown")
        return {"due": cards.grade(learner, course, question, given.grade, datetime.now(UTC)).due.isoformat()}


def _library_routes(router: APIRouter, library: Library, practice: Practice, engines) -> None:
    shelving = Shelving(library)

    @router.post("/recommendations")
    def recommend(wanted: _Interests, learner: Learner) -> dict[str, Any]:
        """Courses by interests and gaps, with what each modality and each of them contributed."""
        embedder, now = engines.load("embedder"), datetime.now(UTC)
        practised = [library.open(name) for name in practice.record.courses(learner) if name in library.names()]
        wants = wants_of(embedder, wanted.interests, [practice.gaps(learner, course, now) for course in practised])
        return {"courses": [asdict(found) for found in shelving.recommend(embedder, wants, wanted.most)]}
