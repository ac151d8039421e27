"""What a teacher decides where a student disagrees with a mark, and what that changes: the mark, what is believed, the events.

The events stay as they were written; a decision for the student is a statement of its own, which names the one it is about.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

from chatbot.learning.evidence import Observation
from chatbot.learning.questions import Question
from chatbot.learning.record import LearningRecord, utc
from chatbot.learning.statements import answered, statement
from chatbot.learning.tracing import MASTERED

_MEANT = timedelta(days=1)  # how long before a disagreement the answer may lie that it is about
_OBSERVED = "score, guess, difficulty, hints, attempts, time_ratio, confidence"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`before` and `after` are the mark in 0..1: `after` is None where it stands, `before` where nothing had been counted."""

    id: str
    question: str
    at: datetime
    before: float | None
    after: float | None
    note: str
    seen: bool = False


class Rulings:
    """The decisions on all disagreements. Made over a record, as often as wanted."""

    def __init__(self, record: LearningRecord) -> None:
        self._record = record

    def rule(
        self, course: str, disagreement: str, question: Question | None, when: datetime, *, granted: bool, note: str = ""
    ) -> Ruling | None:  # fmt: skip
        """Settles a disagreement, all of it or nothing. None when the course has no open one of that id.

        `granted`: the student is right, and the answer counts in full from when it was given. `question` may be None for one
        that is gone: then only an answer that was counted can be given its mark.
        """
        with self._record.changing() as db:
            if (told := _open(db, course, disagreement)) is None:
                return None
            learner, item = told["actor"]["account"]["name"], told["object"]["id"].rpartition("/")[2]
            meant = _meant(db, learner, course, item, datetime.fromisoformat(told["timestamp"]))
            before = meant[1] if meant else None
            after = 1.0 if granted and (meant or question) else None
            at = meant[0] if meant else told["timestamp"]
            ruling = Ruling(disagreement, item, when, before, after, note)
            row = (disagreement, learner, course, item, at, utc(when), before, after, note, 0)
            db.execute("INSERT INTO rulings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute("INSERT OR IGNORE INTO settled VALUES (?)", (disagreement,))
            if after is not None:
                self._grant(db, learner, course, ruling, at, question, counted=meant is not None)
        return ruling

    def of(self, learner: str, course: str) -> list[Ruling]:
        """What was decided on the learner's disagreements, the latest first."""
        sql = """SELECT event, item, at, before, after, note, seen FROM rulings WHERE learner = ? AND course = ?
        ORDER BY at DESC"""
        return [
            Ruling(event, item, datetime.fromisoformat(at), before, after, note, bool(seen))
            for event, item, at, before, after, note, seen in self._record.rows(sql, learner, course)
        ]

    def saw(self, learner: str, course: str, ruling: str) -> None:
        """The learner has read it; another's stays as it is."""
        sql = "UPDATE rulings SET seen = 1 WHERE event = ? AND learner = ? AND course = ?"
        with self._record.changing() as db:
            db.execute(sql, (ruling, learner, course))

    # -- underneath, within a transaction

    def _grant(
        self, db: Connection, learner: str, course: str, ruling: Ruling, at: str, question: Question | None, *, counted: bool
    ) -> None:  # fmt: skip
        record = self._record
        if counted:
            given = (learner, course, ruling.question, at)
            where = "learner = ? AND course = ? AND item = ? AND at = ?"
            concepts = [row[0] for row in db.execute(f"SELECT DISTINCT concept FROM answers WHERE {where}", given)]
            about = _statement_of(db, learner, course, ruling.question, at)
            db.execute(f"UPDATE answers SET score = ? WHERE {where}", (ruling.after, *given))
            result = {"score": {"scaled": ruling.after}, "success": True}
            told = statement(
                learner, "scored", course, f"question/{ruling.question}", ruling.at, result=result, about=about,
                instead_of=ruling.before, disagreement=ruling.id,
            )  # fmt: skip
            record.write_event(learner, course, told)
        else:  # nobody had understood it, so nothing was counted: it counts now
            concepts = [question.concept]
            seen, when = Observation(ruling.after, question.item().guess, question.difficulty), datetime.fromisoformat(at)
            before = record.estimate(learner, course, question.concept) or record.tracing.start()
            _, moved = record.tracing.trace(before, seen, when)
            record.write_answer(learner, course, question.id, question.concept, seen, when, "", None, moved)
            told = answered(
                learner, course, question.id, question.concept, seen, ruling.at, response="", seconds=None, about=ruling.id
            )
            record.write_event(learner, course, told)
        for concept in concepts:
            self._trace_again(db, learner, course, concept, ruling.at)

    def _trace_again(self, db: Connection, learner: str, course: str, concept: str, when: datetime) -> None:
        """The estimate as it would be if every answer had had the mark that it has now; each answer's movement with it."""
        record, tracing = self._record, self._record.tracing
        before, estimate = record.estimate(learner, course, concept) or tracing.start(), tracing.start()
        sql = f"SELECT id, at, {_OBSERVED} FROM answers WHERE learner = ? AND course = ? AND concept = ? ORDER BY id"
        for answer, at, *seen in db.execute(sql, (learner, course, concept)).fetchall():
            estimate, moved = tracing.trace(estimate, Observation(*seen), datetime.fromisoformat(at))
            db.execute(
                "UPDATE answers SET known_before = ?, known_after = ?, moved = ? WHERE id = ?",
                (moved.before, moved.after, json.dumps(moved.parts), answer),
            )
        record.write_estimate(learner, course, concept, estimate)
        if before.known < MASTERED <= estimate.known:
            record.write_event(learner, course, statement(learner, "mastered", course, f"concept/{concept}", when))


def _open(db: Connection, course: str, disagreement: str) -> dict[str, Any] | None:
    """The statement of a disagreement that nobody has settled."""
    sql = """SELECT statement FROM events WHERE id = ? AND course = ? AND statement ->> '$.verb.display.en' = 'disagreed'
    AND id NOT IN (SELECT event FROM settled)"""
    row = db.execute(sql, (disagreement, course)).fetchone()
    return json.loads(row[0]) if row else None


def _meant(db: Connection, learner: str, course: str, item: str, said: datetime) -> tuple[str, float] | None:
    """When the answer that a disagreement is about was given, and its mark; None when it was not counted."""
    sql = """SELECT at, score FROM answers WHERE learner = ? AND course = ? AND item = ? AND at <= ? AND at > ?
    ORDER BY id DESC LIMIT 1"""
    return db.execute(sql, (learner, course, item, utc(said), utc(said - _MEANT))).fetchone()


def _statement_of(db: Connection, learner: str, course: str, item: str, at: str) -> str:
    """The id of the statement that the answer was told in."""
    sql = """SELECT statement FROM events WHERE learner = ? AND course = ? AND statement ->> '$.verb.display.en' = 'answered'
    AND statement ->> '$.object.id' LIKE ? ORDER BY rowid"""
    told: Sequence[dict] = [json.loads(row[0]) for row in db.execute(sql, (learner, course, f"%/question/{item}"))]
    when = datetime.fromisoformat(at)
    return next((one["id"] for one in told if datetime.fromisoformat(one["timestamp"]) == when), "")
