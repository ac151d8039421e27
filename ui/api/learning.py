"""/api/courses/{course}/learning: practice, its evidence, the course map. Keys never leave the server before an answer.

A learner is known by an unguessable id in the header `coursemate-learner`, which `POST /api/learners` gives out; who knows
it may read and write that learner's record, as with conversations. What changes a course is for the teacher alone.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chatbot.learning.bank import QuestionBank, Standing
from chatbot.learning.evidence import Confidence
from chatbot.learning.figure_spots import mark
from chatbot.learning.flashcards import to_deck
from chatbot.learning.grading import MOST_CHARACTERS
from chatbot.learning.grading import Response as Given
from chatbot.learning.map_drawing import draw_map
from chatbot.learning.map_file import to_map, write_map
from chatbot.learning.path import Goal, Step
from chatbot.learning.practice import Effort, Outcome, Practice
from chatbot.learning.questions import Criterion, Key, Kind, Question
from chatbot.learning.shelving import Shelving, wants_of
from knowledge.library import Library
from ui.api.language import words_for
from ui.teaching.access import teacher
from ui.words import Words

Learner = Annotated[str, Header(alias="coursemate-learner", pattern=r"^[\w-]{20,64}$")]
_MOST_CARDS = 2000
_SVG_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cache-control": "no-store",
}


_PICTURE_HEADERS = {"cache-control": "private, no-cache", "x-content-type-options": "nosniff"}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Wanted(_Body):
    concepts: list[str] = Field(default=[], max_length=200)
    by: AwareDatetime | None = None
    minutes: float | None = Field(default=None, gt=0, le=600)
    most: int = Field(default=1, ge=1, le=30)


class _Answer(_Body):
    question: str = Field(max_length=64)
    chosen: list[int] = Field(default=[], max_length=20)
    text: str = Field(default="", max_length=MOST_CHARACTERS)
    hints: int = Field(default=0, ge=0, le=10)
    attempts: int = Field(default=1, ge=1, le=10)
    seconds: float | None = Field(default=None, gt=0, le=7200)
    confidence: Confidence | None = None


class _Said(_Body):
    why: str = Field(min_length=1, max_length=500)


class _Choice(_Said):
    concept: str = Field(max_length=64)
    instead_of: str = Field(max_length=64)


class _Map(_Body):
    after: int = Field(ge=0)
    concepts: list[dict[str, Any]] = Field(max_length=1000)


class _Standing(_Body):
    standing: Standing


class _Interests(_Body):
    interests: list[Annotated[str, Field(max_length=200)]] = Field(default=[], max_length=10)
    most: int = Field(default=5, ge=1, le=20)


class _Writing(_Body):
    concept: str = Field(max_length=64)
    most: int = Field(default=3, ge=1, le=10)


class _Key(_Body):
    value: float
    unit: str = Field(default="", max_length=40)
    tolerance: float = Field(default=0.02, ge=0, le=1)


class _Criterion(_Body):
    statement: str = Field(min_length=1, max_length=300)
    phrases: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(min_length=1, max_length=20)
    foils: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(default=(), max_length=20)
    points: float = Field(default=1.0, gt=0, le=100)


class _Question(_Body):
    """A question as a teacher writes or corrects it."""

    concept: str = Field(max_length=64)
    kind: Kind
    text: str = Field(min_length=1, max_length=500)
    options: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=12)
    right: tuple[int, ...] = Field(default=(), max_length=12)
    key: _Key | None = None
    rubric: tuple[_Criterion, ...] = Field(default=(), max_length=12)
    quote: str = Field(default="", max_length=600)
    difficulty: float = Field(default=0.0, ge=-4, le=4)
    usual_s: float = Field(default=40.0, ge=3, le=3600)


def routes(library: Library, practice: Practice, engines) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.post("/learners", status_code=201)
    def begin() -> dict[str, str]:
        return {"learner": secrets.token_urlsafe(24)}

    _student_routes(router, library, practice)
    _record_routes(router, library, practice)
    _library_routes(router, library, practice, engines)
    _teacher_routes(router, library, practice)
    _question_routes(router, library, practice, engines)
    return router


def _student_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    at = "/courses/{course}/learning"

    @router.post(f"{at}/next")
    def next_steps(request: Request, course: str, wanted: _Wanted, learner: Learner) -> dict[str, Any]:
        opened = library.open(course)
        goal = Goal(frozenset(wanted.concepts), wanted.by, wanted.minutes)
        steps = practice.plan(learner, opened, goal, datetime.now(UTC), wanted.most)
        bank, words = QuestionBank(opened.folder), words_for(request)
        return {"steps": [_step_json(step, bank, words) for step in steps]}

    @router.post(f"{at}/answer")
    def answer(course: str, given: _Answer, learner: Learner) -> dict[str, Any]:
        effort = Effort(given.hints, given.attempts, given.seconds, given.confidence)
        response = Given(tuple(given.chosen), given.text)
        return _outcome_json(practice.answer(learner, library.open(course), given.question, response, effort))

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


def _library_routes(router: APIRouter, library: Library, practice: Practice, engines) -> None:
    shelving = Shelving(library)

    @router.post("/recommendations")
    def recommend(wanted: _Interests, learner: Learner) -> dict[str, Any]:
        """Courses by interests and gaps, with what each modality and each of them contributed."""
        embedder, now = engines.load("embedder"), datetime.now(UTC)
        practised = [library.open(name) for name in practice.record.courses(learner) if name in library.names()]
        wants = wants_of(embedder, wanted.interests, [practice.gaps(learner, course, now) for course in practised])
        return {"courses": [asdict(found) for found in shelving.recommend(embedder, wants, wanted.most)]}


def _teacher_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    at, alone = "/teach/courses/{course}/learning", [Depends(teacher)]

    @router.put(f"{at}/map", dependencies=alone)
    def save_map(course: str, changed: _Map) -> dict[str, int]:
        return {"revision": write_map(library.open(course).folder, to_map(changed.concepts), after=changed.after)}

    @router.get(f"{at}/disagreements", dependencies=alone)
    def disagreements(course: str) -> dict[str, Any]:
        library.open(course)
        return {"disagreements": practice.record.disagreements(course)}


def _question_routes(router: APIRouter, library: Library, practice: Practice, engines) -> None:
    at, alone = "/teach/courses/{course}/learning", [Depends(teacher)]

    @router.post(f"{at}/questions", dependencies=alone, status_code=201)
    def write(course: str, wanted: _Writing) -> dict[str, Any]:
        """Has questions written. It takes some ten seconds each on a plain computer."""
        chat, embedder = engines.load("chat"), engines.load("embedder")
        seer = engines.load_if_set("seer")
        written = practice.write(library.open(course), wanted.concept, chat, embedder, wanted.most, seer=seer)
        return {"questions": [asdict(question) for question in written]}

    @router.put(f"{at}/questions/{{question}}", dependencies=alone, status_code=204)
    def save(course: str, question: Annotated[str, Path(pattern=r"^[\w-]{1,64}$")], body: _Question) -> Response:
        """Adds or corrects a question and pins it; where the course says it, and the spot in a figure, stay as they were."""
        bank = QuestionBank(library.open(course).folder)
        before = next((found for found, _ in bank.reviewed() if found.id == question), None)
        key = Key(**body.key.model_dump()) if body.key else None
        rubric = tuple(Criterion(**criterion.model_dump()) for criterion in body.rubric)
        values = body.model_dump() | {"id": question, "key": key, "rubric": rubric}
        kept = {"place": before.place, "spot": before.spot} if before else {}
        bank.put(Question(**values, **kept), "pinned")
        return Response(status_code=204)

    @router.get(f"{at}/questions", dependencies=alone)
    def questions(course: str) -> dict[str, Any]:
        bank = QuestionBank(library.open(course).folder)
        rows = [asdict(question) | {"standing": standing} for question, standing in bank.reviewed()]
        return {"questions": rows, "thrown_away": dict(bank.thrown_away())}

    @router.put(f"{at}/questions/{{question}}/standing", dependencies=alone, status_code=204)
    def mark(course: str, question: str, change: _Standing) -> Response:
        QuestionBank(library.open(course).folder).mark(question, change.standing)
        return Response(status_code=204)


def _step_json(step: Step, bank: QuestionBank, words: Words) -> dict[str, Any]:
    reason = {"code": step.reason.code, "text": words(f"learning.reason_{step.reason.code}", **step.reason.values)}
    return {
        "kind": step.kind,
        "concept": step.concept,
        "success": round(step.success, 3),
        "seconds": step.seconds,
        "reason": reason,
        "question": _shown(bank.get(step.item.id)) if step.item else None,
    }


def _shown(question: Question) -> dict[str, Any]:
    """What a student may see before answering: no key, no rubric, no quote."""
    unit = question.key.unit if question.key else ""
    shown = {"id": question.id, "kind": question.kind, "text": question.text, "options": list(question.options)}
    return shown | {"unit": unit, "usual_s": question.usual_s}


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    question, moved = outcome.question, outcome.movement
    place = question.place
    return {
        "score": round(outcome.grade.score, 3),
        "unclear": outcome.grade.unclear,
        "findings": [asdict(finding) for finding in outcome.grade.findings],
        "right": list(question.right),
        "quote": question.quote,
        "document": place.document if place else None,
        "locator": place.locator.to_json() if place else None,
        "known": {"before": moved.before, "after": moved.after, "parts": dict(moved.parts)} if moved else None,
    }
