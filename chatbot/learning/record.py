"""What learners did and what is believed of them, in a SQLite file. An answer, what it moved and its event are written together."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatbot.learning.evidence import Observation
from chatbot.learning.hints import Hinted
from chatbot.learning.reviewing import Memory
from chatbot.learning.statements import HOME, answered, statement
from chatbot.learning.tracing import MASTERED, Estimate, Movement, Tracing
from chatbot.store import StoreDamaged
from knowledge.errors import disk_full_is_storage_full

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, learner TEXT NOT NULL, course TEXT NOT NULL, item TEXT NOT NULL, concept TEXT NOT NULL,
    at TEXT NOT NULL, score REAL NOT NULL, guess REAL NOT NULL, difficulty REAL NOT NULL, hints INTEGER NOT NULL,
    attempts INTEGER NOT NULL, time_ratio REAL, seconds REAL, confidence TEXT, response TEXT NOT NULL,
    known_before REAL NOT NULL, known_after REAL NOT NULL, moved TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_by_learner ON answers (learner, course, concept, id);
CREATE TABLE IF NOT EXISTS estimates (
    learner TEXT NOT NULL, course TEXT NOT NULL, concept TEXT NOT NULL, known REAL NOT NULL, answers INTEGER NOT NULL,
    stability REAL NOT NULL, difficulty REAL NOT NULL, last TEXT NOT NULL, due TEXT NOT NULL,
    PRIMARY KEY (learner, course, concept)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, learner TEXT NOT NULL, course TEXT NOT NULL, at TEXT NOT NULL, statement TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_learner ON events (learner, course, at);
CREATE TABLE IF NOT EXISTS cards (
    learner TEXT NOT NULL, course TEXT NOT NULL, item TEXT NOT NULL, stability REAL NOT NULL, difficulty REAL NOT NULL,
    last TEXT NOT NULL, due TEXT NOT NULL, PRIMARY KEY (learner, course, item)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settled (event TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rulings (
    event TEXT PRIMARY KEY, learner TEXT NOT NULL, course TEXT NOT NULL, item TEXT NOT NULL, answered TEXT NOT NULL,
    at TEXT NOT NULL, before REAL, after REAL, note TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rulings_by_learner ON rulings (learner, course, at);
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One answer that moved an estimate, as it is shown to whoever opens it.

    `first_score` is what it had before the teacher changed its mark; None where that did not happen.
    """

    item: str
    at: datetime
    score: float
    response: str
    movement: Movement
    first_score: float | None = None


class LearningRecord:
    """Safe to use from several threads. `learner` is whatever id the caller knows a learner by."""

    def __init__(self, file: Path, tracing: Tracing) -> None:
        self.file, self.tracing, self.hinted = file, tracing, Hinted()
        self._turn = threading.Lock()
        with disk_full_is_storage_full(file.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(file, check_same_thread=False)
            self._db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(
                f"The learning record in {file} cannot be read ({error}). Move that file away to begin with an empty one; "
                "courses are not touched.",
                code="record_damaged",
                file=str(file),
                reason=str(error),
            ) from error

    def answer(
        self, learner: str, course: str, item: str, concepts: Sequence[str], seen: Observation, when: datetime,
        *, response: str, seconds: float | None = None, unless_since: datetime | None = None,
    ) -> dict[str, Movement] | None:  # fmt: skip
        """Records a graded answer and moves the estimates of its concepts: all of it with its events, or nothing.

        None, and nothing is recorded, when the learner has answered that question after `unless_since`: of two answers
        that arrive together, one counts.
        """
        moved = {}
        with self.changing():
            if unless_since is not None and self._answered_since(learner, course, item, unless_since):
                return None
            for concept in concepts:
                before = self.estimate(learner, course, concept) or self.tracing.start()
                after, moved[concept] = self.tracing.trace(before, seen, when)
                self.write_answer(learner, course, item, concept, seen, when, response, seconds, moved[concept])
                self.write_estimate(learner, course, concept, after)
                told = answered(learner, course, item, concept, seen, when, response=response, seconds=seconds)
                self.write_event(learner, course, told)
                if before.known < MASTERED <= after.known:
                    self.write_event(
                        learner, course, statement(learner, "mastered", course, f"concept/{concept}", when)
                    )
        return moved

    def chose(self, learner: str, course: str, concept: str, instead_of: str, why: str, when: datetime) -> None:
        """Records that a learner took another step than the proposed one, and the reason given."""
        told = statement(learner, "chose", course, f"concept/{concept}", when, instead_of=instead_of, why=why)
        with self.changing():
            self.write_event(learner, course, told)

    def disagreed(self, learner: str, course: str, item: str, why: str, when: datetime) -> None:
        """Records that a learner thinks a grade wrong; the teacher finds it among the course's disagreements."""
        told = statement(learner, "disagreed", course, f"question/{item}", when, why=why)
        with self.changing():
            self.write_event(learner, course, told)

    def disagreements(self, course: str) -> list[dict[str, Any]]:
        """What learners disagreed with and nobody has settled yet (rulings.py does), latest first: question, reason given,
        time, and the answer with its mark, if one was counted. Not who.
        """
        sql = """SELECT statement FROM events WHERE course = ? AND statement ->> '$.verb.display.en' = 'disagreed'
        AND id NOT IN (SELECT event FROM settled) ORDER BY at DESC, rowid DESC"""
        return [self._disagreement(course, json.loads(row[0])) for row in self.rows(sql, course)]

    def _disagreement(self, course: str, told: dict[str, Any]) -> dict[str, Any]:
        item, at = told["object"]["id"].rpartition("/")[2], told["timestamp"]
        sql = """SELECT response, score FROM answers WHERE learner = ? AND course = ? AND item = ? AND at <= ?
        ORDER BY id DESC LIMIT 1"""
        learner = told["actor"]["account"]["name"]
        response, score = next(iter(self.rows(sql, learner, course, item, utc(datetime.fromisoformat(at)))), ("", None))
        why = told["context"]["extensions"][f"{HOME}:why"]
        return {"id": told["id"], "question": item, "why": why, "at": at, "response": response, "score": score}

    def answered_since(self, learner: str, course: str, when: datetime) -> set[str]:
        """The questions whose keys the learner was shown after `when`."""
        sql = "SELECT DISTINCT item FROM answers WHERE learner = ? AND course = ? AND at > ?"
        return {row[0] for row in self.rows(sql, learner, course, utc(when))}

    def has_answered(self, learner: str, course: str, item: str) -> bool:
        """Whether the learner was ever shown this question's key."""
        return bool(
            self.rows(
                "SELECT 1 FROM answers WHERE learner = ? AND course = ? AND item = ? LIMIT 1", learner, course, item
            )
        )

    def estimates(self, learner: str, course: str) -> dict[str, Estimate]:
        """By concept; concepts that were never asked are missing."""
        sql = """SELECT concept, known, stability, difficulty, last, due, answers FROM estimates
        WHERE learner = ? AND course = ?"""
        return {row[0]: _estimate(row[1:]) for row in self.rows(sql, learner, course)}

    def estimates_of_class(self, course: str) -> list[tuple[str, Estimate]]:
        """The estimates of all learners with their concepts; not whose they are."""
        sql = "SELECT concept, known, stability, difficulty, last, due, answers FROM estimates WHERE course = ?"
        return [(row[0], _estimate(row[1:])) for row in self.rows(sql, course)]

    def curve(self, learner: str, course: str) -> list[tuple[datetime, str, float]]:
        """After each answer, oldest first: when, on which concept, and what was then believed of it."""
        sql = "SELECT at, concept, known_after FROM answers WHERE learner = ? AND course = ? ORDER BY id"
        return [(datetime.fromisoformat(at), concept, known) for at, concept, known in self.rows(sql, learner, course)]

    def courses(self, learner: str) -> list[str]:
        """The names of the courses in which the learner has answered anything."""
        return [row[0] for row in self.rows("SELECT DISTINCT course FROM estimates WHERE learner = ?", learner)]

    def evidence(self, learner: str, course: str, concept: str) -> list[Evidence]:
        """The answers that an estimate rests on, oldest first, each with what it moved."""
        rows = self.rows(
            """SELECT item, at, score, response, known_before, known_after, moved, (SELECT before FROM rulings r
            WHERE r.learner = a.learner AND r.course = a.course AND r.item = a.item AND answered = a.at AND after IS NOT NULL
            ORDER BY r.at LIMIT 1) FROM answers a WHERE learner = ? AND course = ? AND concept = ? ORDER BY id""",
            learner, course, concept,
        )  # fmt: skip
        return [
            Evidence(item, datetime.fromisoformat(at), score, response, Movement(before, after, _parts(moved)), first)
            for item, at, score, response, before, after, moved, first in rows
        ]

    def asked(self, learner: str, course: str, most: int = 200) -> list[str]:
        """The latest questions that were answered, oldest first."""
        sql = (
            "SELECT item FROM answers WHERE learner = ? AND course = ? GROUP BY item, at ORDER BY max(id) DESC LIMIT ?"
        )
        return [row[0] for row in self.rows(sql, learner, course, most)][::-1]

    def due(self, learner: str, course: str, when: datetime) -> list[tuple[str, datetime]]:
        """Concepts whose review time has come, with it, the longest due first."""
        sql = "SELECT concept, due FROM estimates WHERE learner = ? AND course = ? AND due <= ? ORDER BY due"
        return [(c, datetime.fromisoformat(due)) for c, due in self.rows(sql, learner, course, utc(when))]

    def statements(self, learner: str, course: str) -> list[dict[str, Any]]:
        """The learner's events as xAPI statements, oldest first."""
        sql = "SELECT statement FROM events WHERE learner = ? AND course = ? ORDER BY at, rowid"
        return [json.loads(row[0]) for row in self.rows(sql, learner, course)]

    def forget(self, learner: str) -> None:
        """Removes all that is recorded of a learner."""
        with self.changing():
            for table in ("answers", "estimates", "events", "cards", "rulings"):
                self._db.execute(f"DELETE FROM {table} WHERE learner = ?", (learner,))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All that is read and written inside is one transaction, which nobody writes beside, in this process or another."""
        with disk_full_is_storage_full(self.file.parent), self._turn, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    # -- underneath, within a transaction

    def _answered_since(self, learner: str, course: str, item: str, when: datetime) -> bool:
        sql = "SELECT 1 FROM answers WHERE learner = ? AND course = ? AND item = ? AND at > ? LIMIT 1"
        return self._db.execute(sql, (learner, course, item, utc(when))).fetchone() is not None

    def estimate(self, learner: str, course: str, concept: str) -> Estimate | None:
        sql = """SELECT known, stability, difficulty, last, due, answers FROM estimates
        WHERE learner = ? AND course = ? AND concept = ?"""
        row = self._db.execute(sql, (learner, course, concept)).fetchone()
        return _estimate(row) if row else None

    def write_answer(self, learner, course, item, concept, seen, when, response, seconds, movement: Movement) -> None:
        self._db.execute(
            """INSERT INTO answers (learner, course, item, concept, at, score, guess, difficulty, hints, attempts, time_ratio,
            seconds, confidence, response, known_before, known_after, moved)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                learner, course, item, concept, utc(when), seen.score, seen.guess, seen.difficulty, seen.hints,
                seen.attempts, seen.time_ratio, seconds, seen.confidence, response,
                movement.before, movement.after, json.dumps(movement.parts),
            ),
        )  # fmt: skip

    def write_estimate(self, learner: str, course: str, concept: str, estimate: Estimate) -> None:
        memory = estimate.memory
        self._db.execute(
            "INSERT OR REPLACE INTO estimates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                learner, course, concept, estimate.known, estimate.answers,
                memory.stability, memory.difficulty, utc(memory.last), utc(memory.due),
            ),
        )  # fmt: skip

    def write_event(self, learner: str, course: str, told: dict[str, Any]) -> None:
        row = (told["id"], learner, course, told["timestamp"], json.dumps(told, ensure_ascii=False))
        self._db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)

    def rows(self, sql: str, *values: object) -> list[tuple]:
        with self._turn, closing(self._db.execute(sql, values)) as cursor:
            return cursor.fetchall()


def _estimate(row: tuple) -> Estimate:
    known, stability, difficulty, last, due, answers = row
    memory = Memory(stability, difficulty, datetime.fromisoformat(last), datetime.fromisoformat(due))
    return Estimate(known, memory, answers)


def _parts(stored: str) -> tuple[tuple[str, float], ...]:
    return tuple((name, value) for name, value in json.loads(stored))


def utc(when: datetime) -> str:
    """One form for all times, so that their text sorts as they do."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")
