"""/api/teach/courses/{course}/learning: the course map, its questions and the class. For the teacher alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from chatbot.learning.bank import QuestionBank, Standing
from chatbot.learning.classroom import concepts_in_class, missed_questions
from chatbot.learning.examples import find_questions
from chatbot.learning.map_file import to_map, write_map
from chatbot.learning.practice import Practice
from chatbot.learning.questions import Criterion, Key, Kind, Question
from chatbot.learning.rulings import Rulings
from knowledge.errors import CourseError
from knowledge.library import Library
from ui.api import figures
from ui.api.figures import SpotBody
from ui.api.language import words_for
from ui.api.learning_wire import Body, answers_of, given_of, place_json, ruling_json
from ui.teaching.access import teacher
from ui.teaching.writing import WritingRoom

_AT = "/teach/courses/{course}/learning"


class _Map(Body):
    """`merged`: concepts that are gone, each with the one that its questions go to."""

    after: int = Field(ge=0)
    concepts: list[dict[str, Any]] = Field(max_length=1000)
    merged: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=40)]] = Field(
        default={}, max_length=50
    )


class _Standing(Body):
    standing: Standing


class _Writing(Body):
    concept: str = Field(max_length=64)
    most: int = Field(default=3, ge=1, le=10)


class _Key(Body):
    value: float
    unit: str = Field(default="", max_length=40)
    tolerance: float = Field(default=0.02, ge=0, le=1)


class _Criterion(Body):
    statement: str = Field(min_length=1, max_length=300)
    phrases: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(min_length=1, max_length=20)
    foils: tuple[Annotated[str, Field(min_length=1, max_length=120)], ...] = Field(default=(), max_length=20)
    points: float = Field(default=1.0, gt=0, le=100)


class _Question(Body):
    """A question as a teacher writes or corrects it. `spot` is where in a figure a label belongs; without one it stays as it was."""

    concept: str = Field(max_length=64)
    kind: Kind
    text: str = Field(min_length=1, max_length=500)
    options: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(default=(), max_length=12)
    right: tuple[int, ...] = Field(default=(), max_length=12)
    key: _Key | None = None
    rubric: tuple[_Criterion, ...] = Field(default=(), max_length=12)
    spot: SpotBody | None = None
    quote: str = Field(default="", max_length=600)
    difficulty: float = Field(default=0.0, ge=-4, le=4)
    usual_s: float = Field(default=40.0, ge=3, le=3600)


class _Ruling(Body):
    """`granted`: the student is right, and the mark is changed. `note` is read by the student."""

    granted: bool
    note: str = Field(default="", max_length=500)


class _WritingJob(Body):
    concepts: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=200)
    most: int = Field(default=3, ge=1, le=10)


def routes(library: Library, practice: Practice, engines, room: WritingRoom) -> APIRouter:
    router = APIRouter(prefix=f"/api{_AT}", dependencies=[Depends(teacher)])
    _map_routes(router, library, practice)
    _class_routes(router, library, practice)
    _question_routes(router, library, practice, engines)
    _writing_routes(router, library, room)
    figures.routes(router, library, engines)
    return router


def _map_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    @router.put("/map")
    def save_map(course: str, changed: _Map) -> dict[str, int]:
        folder, drawn = library.open(course).folder, to_map(changed.concepts)
        revision = write_map(folder, drawn, after=changed.after)
        bank = QuestionBank(folder)
        for gone, kept in changed.merged.items():
            if kept in drawn.by_id and gone not in drawn.by_id and bank.reviewed():
                bank.move(gone, kept)
        return {"revision": revision}


def _class_routes(router: APIRouter, library: Library, practice: Practice) -> None:
    @router.get("/class")
    def class_view(course: str) -> dict[str, Any]:
        """Where the class stands on each concept, and the questions that it misses most."""
        opened, now = library.open(course), datetime.now(UTC)
        concepts = concepts_in_class(practice.record, course, practice.map(opened)[0], now)
        texts = {question.id: question.text for question, _ in QuestionBank(opened.folder).reviewed()}
        missed = [
            asdict(one) | {"text": texts[one.question]}
            for one in missed_questions(practice.record, course)
            if one.question in texts
        ]
        return {"concepts": [asdict(one) for one in concepts], "missed": missed}

    @router.get("/disagreements")
    def disagreements(course: str) -> dict[str, Any]:
        opened = library.open(course)
        rows = practice.record.disagreements(course)
        known = find_questions(opened, [row["question"] for row in rows])
        for row in rows:
            found = known.get(row["question"])
            row["given"] = given_of(found, row.pop("response")) if found else ""
            row |= {"text": found.text, "key": answers_of(found)} if found else {"text": row["question"], "key": []}
        return {"disagreements": rows}

    @router.put("/disagreements/{disagreement}")
    def rule(course: str, disagreement: str, ruling: _Ruling) -> dict[str, Any]:
        """Settles a disagreement: the mark is changed or stands, and the student is told. The question is corrected beside it."""
        opened = library.open(course)
        about = next((row["question"] for row in practice.record.disagreements(course) if row["id"] == disagreement), "")
        question = find_questions(opened, [about]).get(about)
        found = Rulings(practice.record).rule(
            course, disagreement, question, datetime.now(UTC), granted=ruling.granted, note=ruling.note
        )
        if found is None:
            raise CourseError(
                "That disagreement is not there any more. Load the page again.", code="disagreement_unknown"
            )
        return ruling_json(found, question)


def _writing_routes(router: APIRouter, library: Library, room: WritingRoom) -> None:
    @router.post("/writing", status_code=202)
    def begin(request: Request, course: str, wanted: _WritingJob) -> dict[str, Any]:
        """Has questions written on these concepts while the server goes on; one such job a course."""
        return room.begin(library.open(course), wanted.concepts, wanted.most).to_json(words_for(request))

    @router.get("/writing")
    def look(request: Request, course: str) -> dict[str, Any]:
        """The job that runs or was the last; `status` "none" where there was none."""
        library.open(course)
        job = room.job(course)
        return job.to_json(words_for(request)) if job else {"status": "none"}

    @router.delete("/writing", status_code=204)
    def cancel(course: str) -> Response:
        """Stops the job; what was written stays."""
        room.cancel(course)
        return Response(status_code=204)


def _question_routes(router: APIRouter, library: Library, practice: Practice, engines) -> None:
    @router.post("/questions", status_code=201)
    def write(course: str, wanted: _Writing) -> dict[str, Any]:
        """Has questions written. It takes some ten seconds each on a plain computer."""
        chat, embedder = engines.load("chat"), engines.load("embedder")
        seer = engines.load_if_set("seer")
        written = practice.write(library.open(course), wanted.concept, chat, embedder, wanted.most, seer=seer)
        return {"questions": [asdict(question) for question in written]}

    @router.put("/questions/{question}", status_code=204)
    def save(course: str, question: Annotated[str, Path(pattern=r"^[\w-]{1,64}$")], body: _Question) -> Response:
        """Adds or corrects a question and pins it; where the course says it stays as it was, unless it asks of another figure."""
        opened = library.open(course)
        bank = QuestionBank(opened.folder)
        before = next((found for found, _ in bank.reviewed() if found.id == question), None)
        key = Key(**body.key.model_dump()) if body.key else None
        rubric = tuple(Criterion(**criterion.model_dump()) for criterion in body.rubric)
        values = body.model_dump() | {"id": question, "key": key, "rubric": rubric}
        spot, place = body.spot.to_spot(opened) if body.spot else (before.spot, before.place) if before else (None, None)
        bank.put(Question(**values | {"spot": spot, "place": place}), "pinned")
        return Response(status_code=204)

    @router.get("/questions")
    def questions(request: Request, course: str) -> dict[str, Any]:
        opened, words = library.open(course), words_for(request)
        bank, rows = QuestionBank(opened.folder), []
        for question, standing in bank.reviewed():
            at = place_json(question.place, opened, words, question.quote) if question.place else None
            rows.append(asdict(question) | {"standing": standing, "source": at, "key_text": answers_of(question)})
        return {"questions": rows, "thrown_away": dict(bank.thrown_away())}

    @router.put("/questions/{question}/standing", status_code=204)
    def mark(course: str, question: str, change: _Standing) -> Response:
        QuestionBank(library.open(course).folder).mark(question, change.standing)
        return Response(status_code=204)
