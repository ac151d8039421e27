"""What a teacher sees of a class: where it stands on each concept, and which questions it misses. Counts only, never who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatbot.learning.course_map import CourseMap
from chatbot.learning.path import READY
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import MASTERED

LEVELS = ("beginning", "growing", "nearly", "mastered")
_GROWING = 0.4  # the probability of knowing below which a learner has hardly begun


@dataclass(frozen=True, slots=True)
class ConceptInClass:
    """How many learners stand at each level of a concept now, of those who were ever asked about it."""

    concept: str
    title: str
    learners: int
    levels: dict[str, int]
    mean: float | None


@dataclass(frozen=True, slots=True)
class QuestionInClass:
    """How a question fares: its answers, and their mean score."""

    question: str
    answers: int
    mean: float


def concepts_in_class(
    record: LearningRecord, course: str, course_map: CourseMap, when: datetime
) -> list[ConceptInClass]:
    """Every concept of the map, those where most learners are stuck first, those never asked about last."""
    known: dict[str, list[float]] = {concept.id: [] for concept in course_map.concepts}
    for concept, estimate in record.estimates_of_class(course):
        if concept in known:
            known[concept].append(record.tracing.known(estimate, when))
    found = [_in_class(concept.id, concept.title, known[concept.id]) for concept in course_map.concepts]
    return sorted(
        found, key=lambda one: (not one.learners, -one.levels["beginning"] - one.levels["growing"], one.mean or 0)
    )


def missed_questions(record: LearningRecord, course: str, most: int = 10) -> list[QuestionInClass]:
    """The questions that were answered least well, of those that were not always answered right."""
    sql = """SELECT item, count(*), avg(score) FROM answers WHERE course = ? GROUP BY item HAVING avg(score) < 1
    ORDER BY avg(score), count(*) DESC LIMIT ?"""
    return [QuestionInClass(item, count, round(mean, 3)) for item, count, mean in record.rows(sql, course, most)]


def _in_class(concept: str, title: str, known: Sequence[float]) -> ConceptInClass:
    levels = dict.fromkeys(LEVELS, 0)
    for probability in known:
        levels[_level(probability)] += 1
    return ConceptInClass(concept, title, len(known), levels, round(sum(known) / len(known), 3) if known else None)


def _level(probability: float) -> str:
    if probability >= MASTERED:
        return "mastered"
    return "nearly" if probability >= READY else "growing" if probability >= _GROWING else "beginning"
