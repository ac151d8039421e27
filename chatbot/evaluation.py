"""A golden set put to a course: is the right passage found, is the answer grounded, is silence kept where it should be."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.conversation import Answer, Done, Exchange, Found, Turn
from chatbot.settings import Settings
from chatbot.tutor import Tutor
from knowledge.course import Course
from knowledge.documents import Locator, Passage
from knowledge.errors import CoursemateError
from knowledge.lexical import content_words, words
from knowledge.measures import Place, first_hits, hit_at, ndcg_at, recall_at, reciprocal_rank
from knowledge.picture import decode_picture
from knowledge.sound import decode_sound


class GoldenSetError(CoursemateError):
    """A golden file that cannot be read."""


class _Relevant(BaseModel):
    model_config = ConfigDict(extra="forbid")
    document: str
    locator: dict = Field(default_factory=dict)


class _Earlier(BaseModel):
    question: str
    answer: str


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str
    relevant: list[_Relevant]
    answer: str | None = None
    image: str | None = None
    audio: str | None = None
    history: list[_Earlier] = Field(default_factory=list)
    id: str = ""
    kind: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """One question of a golden set. No relevant place: the course does not answer it."""

    id: str
    kind: str
    turn: Turn
    asked: str
    history: tuple[Exchange, ...]
    relevant: tuple[Place, ...]
    answer: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `answer` is None when only retrieval was measured."""

    golden: GoldenQuestion
    passages: tuple[Passage, ...]
    ranks: tuple[int, ...]
    answer: Answer | None
    quotes_stand: bool | None


def read_golden(file: Path, settings: Settings) -> list[GoldenQuestion]:
    """Reads JSON lines; pictures and sounds are paths relative to the file. Raises GoldenSetError naming the line."""
    questions = []
    for number, text in enumerate(_lines(file), start=1):
        if not text.strip():
            continue
        try:
            line = _Line.model_validate_json(text)
            image = (file.parent / line.image).read_bytes() if line.image else None
            audio = (file.parent / line.audio).read_bytes() if line.audio else None
            relevant = tuple(Place(r.document, Locator(**r.locator)) for r in line.relevant)
        except (ValidationError, TypeError, OSError) as error:
            raise GoldenSetError(
                f"{file}, line {number}: {error}. Correct the line.",
                code="golden_invalid",
                file=str(file),
                line=number,
                reason=str(error),
            ) from error
        turn = Turn(
            question="" if audio else line.question,
            sound=decode_sound(audio, longest_s=settings.longest_question_s, name=line.audio or "") if audio else None,
            picture=decode_picture(image, name=line.image or "") if image else None,
            language=line.language,
        )
        history = tuple(Exchange(earlier.question, earlier.answer) for earlier in line.history)
        questions.append(
            GoldenQuestion(line.id or str(number), line.kind, turn, line.question, history, relevant, line.answer)
        )
    return questions


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldenSetError(
            f"The golden set {file} cannot be read: {error}. Check the path.",
            code="golden_unreadable",
            file=str(file),
            reason=str(error),
        ) from error


def evaluate(
    tutor: Tutor,
    course: Course,
    golden: Sequence[GoldenQuestion],
    *,
    answers: bool,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Outcome]:
    """Puts every question to the tutor; without `answers`, stops each turn after its passages are found."""
    for number, question in enumerate(golden, start=1):
        on_progress(number - 1, len(golden))
        passages, answer = _ask(tutor, course, question, answers)
        stand = None if answer is None else all(_stands(course, c.chunk_id, c.quote) for c in answer.citations)
        yield Outcome(question, passages, tuple(first_hits(passages, question.relevant)), answer, stand)
    on_progress(len(golden), len(golden))


def _ask(tutor: Tutor, course: Course, question: GoldenQuestion, answers: bool) -> tuple[tuple, Answer | None]:
    """The ranking that the answer was written from, or, where none was, the first that was tried; and the answer."""
    rankings: list[tuple[Passage, ...]] = []
    events = tutor.ask(course, question.turn, question.history)
    try:
        for event in events:
            if isinstance(event, Found):
                rankings.append(event.ranking)
                if not answers:
                    return event.ranking, None
            elif isinstance(event, Done):
                tried = rankings or [()]  # nothing is searched for where the tutor asks back
                return tried[-1 if event.answer.status == "answered" else 0], event.answer if answers else None
    finally:
        events.close()
    raise AssertionError("a turn that raises nothing ends with Done")


def _stands(course: Course, chunk_id: int, quote: str) -> bool:
    stored = course.passages([chunk_id])
    return bool(quote) and chunk_id in stored and quote in stored[chunk_id].text


def figures(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Means by kind of question, and over "all"; shares are 0..1."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups["all"].append(outcome)
        groups[outcome.golden.kind or "other"].append(outcome)
    return {kind: _figures(group) for kind, group in groups.items()}


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    told = [o for o in outcomes if o.golden.relevant]
    silent = [o for o in outcomes if not o.golden.relevant]
    found: dict[str, float] = {"questions": len(outcomes)}
    if told:
        for k in (1, 3, 6):
            found[f"hit@{k}"] = fmean(hit_at(o.ranks, k) for o in told)
        found["recall@6"] = fmean(recall_at(o.ranks, 6) for o in told)
        found["mrr"] = fmean(reciprocal_rank(o.ranks) for o in told)
        found["ndcg@6"] = fmean(ndcg_at(o.ranks, 6) for o in told)
    answered = [o for o in told if o.answer is not None]
    if answered:
        found["answered"] = fmean(o.answer.status == "answered" for o in answered)
        found["cites_right"] = fmean(_cites_right(o) for o in answered)
        found["quotes_stand"] = fmean(bool(o.quotes_stand) for o in answered)
        found["agrees"] = fmean(_agreement(o) for o in answered)
    asked = [o for o in outcomes if o.answer is not None]
    if any(o.answer.status == "unclear" for o in asked):
        found["asked_back"] = fmean(o.answer.status == "unclear" for o in asked)
    if judged := [o for o in silent if o.answer is not None]:
        found["not_found"] = fmean(o.answer.status == "not_found" for o in judged)
    return found


def _cites_right(outcome: Outcome) -> bool:
    return any(
        place.holds(citation.document, citation.locator)
        for citation in outcome.answer.citations
        for place in outcome.golden.relevant
    )


def _agreement(outcome: Outcome) -> float:
    """The share of the reference answer's content words that the answer has: recall of words, not of meaning."""
    wanted = content_words(outcome.golden.answer or "")
    there = set(words(outcome.answer.text)) if outcome.answer.status == "answered" else set()
    return sum(word in there for word in wanted) / len(wanted) if wanted else float(bool(there))


def to_json(outcome: Outcome) -> str:
    """One line about one question, for reading what went wrong."""
    answer = outcome.answer
    return json.dumps(
        {
            "id": outcome.golden.id,
            "kind": outcome.golden.kind,
            "question": outcome.golden.asked,
            "ranks": outcome.ranks,
            "relevant": [[p.document, p.locator.to_json()] for p in outcome.golden.relevant],
            "found": [[p.document, p.locator.to_json(), round(p.similarity, 3), round(p.overlap, 3)] for p in outcome.passages],
            "status": answer and answer.status,
            "answer": answer and answer.text,
            "heard": answer and answer.heard,
            "citations": answer and [citation.to_json() for citation in answer.citations],
            "reference": outcome.golden.answer,
            "timings": answer and answer.timings.to_json(),
        },
        ensure_ascii=False,
    )
