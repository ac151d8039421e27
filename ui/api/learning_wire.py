"""What the routes of learning say, as JSON. Keys and quotes are told after an answer, never before."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict

from chatbot.learning.bank import QuestionBank
from chatbot.learning.cards import Card
from chatbot.learning.course_map import CourseMap, Place
from chatbot.learning.hints import Hint
from chatbot.learning.path import Step
from chatbot.learning.practice import Outcome
from chatbot.learning.questions import Question
from chatbot.learning.rulings import Ruling
from knowledge.course import Course
from ui import places
from ui.words import Words


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


def step_json(step: Step, course: Course, course_map: CourseMap, bank: QuestionBank, words: Words) -> dict[str, Any]:
    reason = {"code": step.reason.code, "text": words(f"learning.reason_{step.reason.code}", **step.reason.values)}
    concept = course_map.by_id[step.concept]
    return {
        "kind": step.kind,
        "concept": step.concept,
        "title": concept.title,
        "success": round(step.success, 3),
        "seconds": step.seconds,
        "reason": reason,
        "places": [place_json(place, course, words) for place in concept.places[:3]],
        "question": shown_json(bank.get(step.item.id)) if step.item else None,
    }


def shown_json(question: Question) -> dict[str, Any]:
    """What a student may see before answering: no key, no rubric, no quote."""
    unit = question.key.unit if question.key else ""
    shown = {"id": question.id, "kind": question.kind, "text": question.text, "options": list(question.options)}
    return shown | {"unit": unit, "usual_s": question.usual_s}


def outcome_json(outcome: Outcome, course: Course, words: Words) -> dict[str, Any]:
    question, moved = outcome.question, outcome.movement
    place = question.place
    return {
        "score": round(outcome.grade.score, 3),
        "unclear": outcome.grade.unclear,
        "findings": [
            asdict(finding) | {"text": words(f"learning.finding_{finding.code}")} for finding in outcome.grade.findings
        ],
        "right": list(question.right),
        "quote": question.quote,
        "document": place.document if place else None,
        "locator": place.locator.to_json() if place else None,
        "place": place_json(place, course, words, question.quote) if place else None,
        "known": {"before": moved.before, "after": moved.after, "parts": dict(moved.parts)} if moved else None,
    }


def hint_json(hint: Hint, rung: int, of: int, course: Course, words: Words) -> dict[str, Any]:
    place = place_json(hint.place, course, words) if hint.place else None
    values = hint.values | ({"document": place["title"]} if place and hint.code == "where" else {})
    return {
        "rung": rung,
        "of": of,
        "code": hint.code,
        "text": words(f"learning.hint_{hint.code}", **values),
        "place": place,
    }


def card_json(card: Card, course: Course, words: Words) -> dict[str, Any]:
    """A card with its back: its key has been seen."""
    question = card.question
    return {
        "question": shown_json(question),
        "concept": question.concept,
        "due": card.due.isoformat(),
        "new": card.memory is None,
        "answer": answers_of(question),
        "quote": question.quote,
        "place": place_json(question.place, course, words, question.quote) if question.place else None,
        "days": card.days,
    }


def answers_of(question: Question) -> list[str]:
    """The key as lines of text."""
    told = [question.options[n] for n in question.right]
    if question.key:
        told.append(f"{question.key.value:g} {question.key.unit}".strip())
    return told + [criterion.statement for criterion in question.rubric]


def given_of(question: Question, response: str) -> str:
    """An answer as it was recorded, the options that were chosen by their words."""
    if not question.options or not re.fullmatch(r"\d+(?:,\d+)*", response):
        return response
    chosen = [int(n) for n in response.split(",")]
    return "; ".join(question.options[n] for n in chosen if n < len(question.options))


def ruling_json(ruling: Ruling, question: Question | None) -> dict[str, Any]:
    """What the teacher decided, with the question's text where there still is one."""
    text = question.text if question else ruling.question
    return asdict(ruling) | {"at": ruling.at.isoformat(), "text": text, "granted": ruling.after is not None}


def place_json(place: Place, course: Course, words: Words, quote: str = "") -> dict[str, Any]:
    """A place with its names, and the address at which the page shows it, the quote marked."""
    summary = course.document(place.document)
    return {
        "document": place.document,
        "title": summary.title if summary else place.document,
        "label": places.label(place.locator, words),
        "source": places.address(
            "source", course.name, place.document, place.locator, quote=quote, language=words.language
        ),
    }
