"""Flashcards: questions whose keys a learner has seen, each with a memory of its own, graded by the learner. Kept in the record.

Such a grade is the learner's word, not an answer: it sets when the card comes again, and moves no estimate of a concept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from fsrs import Rating

from chatbot.learning.questions import Question
from chatbot.learning.record import LearningRecord, utc
from chatbot.learning.reviewing import Memory
from chatbot.learning.statements import statement

Grade = Literal["again", "hard", "good", "easy"]
GRADES: tuple[str, ...] = get_args(Grade)
_RATINGS = dict(zip(GRADES, (Rating.Again, Rating.Hard, Rating.Good, Rating.Easy), strict=True))
_NEW_AFTER = timedelta(days=1)  # what was answered right is not asked again the same day; what was missed is


@dataclass(frozen=True, slots=True)
class Card:
    """`memory` is None for one that was never graded; `days` are those until it comes again, by grade."""

    question: Question
    due: datetime
    memory: Memory | None
    days: dict[str, float]


class Cards:
    """The cards of all learners."""

    def __init__(self, record: LearningRecord) -> None:
        self._record = record
        self._reviews = record.tracing.reviews

    def of(self, learner: str, course: str, questions: Sequence[Question], when: datetime) -> list[Card]:
        """A card for each of the questions that the learner has answered, the longest due first."""
        first, memories = self._first_due(learner, course), self._memories(learner, course)
        found = []
        for question in (one for one in questions if one.id in first):
            memory = memories.get(question.id)
            found.append(Card(question, memory.due if memory else first[question.id], memory, self._days(memory, when)))
        return sorted(found, key=lambda card: card.due)

    def grade(self, learner: str, course: str, item: str, grade: Grade, when: datetime) -> Memory:
        """Records how well a card was remembered, with its event."""
        with self._record.changing() as db:
            sql = "SELECT stability, difficulty, last, due FROM cards WHERE learner = ? AND course = ? AND item = ?"
            row = db.execute(sql, (learner, course, item)).fetchone()
            memory = self._reviews.rate(_memory(row) if row else None, _RATINGS[grade], when)
            db.execute(
                "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, ?, ?, ?)",
                (learner, course, item, memory.stability, memory.difficulty, utc(memory.last), utc(memory.due)),
            )
            told = statement(learner, "reviewed", course, f"question/{item}", when, grade=grade)
            self._record.write_event(learner, course, told)
        return memory

    def _days(self, memory: Memory | None, when: datetime) -> dict[str, float]:
        rated = {grade: self._reviews.rate(memory, rating, when) for grade, rating in _RATINGS.items()}
        return {grade: round((then.due - when).total_seconds() / 86400, 2) for grade, then in rated.items()}

    def _first_due(self, learner: str, course: str) -> dict[str, datetime]:
        sql = "SELECT item, score, at FROM answers WHERE learner = ? AND course = ? ORDER BY id"
        rows = self._record.rows(sql, learner, course)
        return {
            item: datetime.fromisoformat(at) + (_NEW_AFTER if score >= 1 else timedelta()) for item, score, at in rows
        }

    def _memories(self, learner: str, course: str) -> dict[str, Memory]:
        sql = "SELECT item, stability, difficulty, last, due FROM cards WHERE learner = ? AND course = ?"
        return {row[0]: _memory(row[1:]) for row in self._record.rows(sql, learner, course)}


def _memory(row: tuple) -> Memory:
    stability, difficulty, last, due = row
    return Memory(stability, difficulty, datetime.fromisoformat(last), datetime.fromisoformat(due))
