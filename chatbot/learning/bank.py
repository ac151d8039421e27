"""A course's questions, in its folder, so that they travel with it: kept, pinned or dropped by the teacher."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

from chatbot.learning.course_map import Place
from chatbot.learning.questions import Box, Criterion, Key, Question, Spot
from knowledge.documents import Locator
from knowledge.errors import CourseError, InvalidInput, disk_full_is_storage_full

Standing = Literal["kept", "pinned", "dropped"]
_FILE = "questions.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (id TEXT PRIMARY KEY, standing TEXT NOT NULL, question TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS thrown_away (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""


class InvalidItem(InvalidInput):
    """A question that could not be graded as it stands."""


class QuestionBank:
    """Safe to use from several threads. A course that has no questions yet gets no file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _FILE
        self._turn = threading.Lock()

    def put(self, question: Question, standing: Standing = "kept") -> None:
        """Adds a question, or replaces the one of its id. Raises InvalidItem."""
        check(question)
        row = (question.id, standing, json.dumps(asdict(question), ensure_ascii=False))
        with self._turn, disk_full_is_storage_full(self._file.parent), closing(self._open()) as db, db:
            db.execute("INSERT OR REPLACE INTO questions VALUES (?, ?, ?)", row)

    def mark(self, question_id: str, standing: Standing) -> None:
        """Pins, keeps or drops a question. Raises CourseError when there is none of that id."""
        if standing not in get_args(Standing):
            raise ValueError(standing)
        self.get(question_id)
        with self._turn, closing(self._open()) as db, db:
            db.execute("UPDATE questions SET standing = ? WHERE id = ?", (standing, question_id))

    def move(self, concept: str, to: str) -> None:
        """Questions on one concept become questions on another, as when a teacher takes the two for one."""
        with self._turn, closing(self._open()) as db, db:
            db.execute(
                "UPDATE questions SET question = json_set(question, '$.concept', ?) WHERE question ->> '$.concept' = ?",
                (to, concept),
            )

    def count_thrown_away(self, reasons: Mapping[str, int]) -> None:
        """Adds to the counts of what failed verification."""
        with self._turn, disk_full_is_storage_full(self._file.parent), closing(self._open()) as db, db:
            for reason, count in reasons.items():
                db.execute(
                    "INSERT INTO thrown_away VALUES (?, ?) ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count",
                    (reason, count),
                )

    def thrown_away(self) -> Counter[str]:
        return Counter(dict(self._rows("SELECT reason, count FROM thrown_away")))

    def questions(self) -> list[Question]:
        """All that students may be asked."""
        return [question for question, standing in self.reviewed() if standing != "dropped"]

    def reviewed(self) -> list[tuple[Question, Standing]]:
        """All questions with their standing, pinned ones first."""
        rows = self._rows("SELECT question, standing FROM questions ORDER BY standing = 'pinned' DESC, rowid")
        return [(to_question(json.loads(row)), standing) for row, standing in rows]

    def get(self, question_id: str) -> Question:
        """Raises CourseError when there is none of that id."""
        if rows := self._rows("SELECT question FROM questions WHERE id = ?", question_id):
            return to_question(json.loads(rows[0][0]))
        raise CourseError(
            f"The course has no question {question_id!r} any more. Ask for the next one.",
            code="item_unknown",
            question=question_id,
        )

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        if not self._file.is_file():
            return []
        with self._turn, closing(self._open()) as db:
            return db.execute(sql, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        """A connection for one use: a course's folder may be removed or replaced at any time."""
        try:
            db = sqlite3.connect(self._file, timeout=30)
            db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            raise CourseError(
                f"The questions in {self._file} cannot be read ({error}). Move that file away to begin with none.",
                code="bank_damaged",
                file=str(self._file),
                reason=str(error),
            ) from error
        return db


def check(question: Question) -> None:
    """Raises InvalidItem when the question lacks what its kind is graded by."""
    right, count = set(question.right), len(question.options)
    places = len(right) == len(question.right) and all(0 <= n < count for n in right)
    distinct = len({option.strip().lower() for option in question.options}) == count
    fits = {
        "choice": count >= 2 and len(right) == 1 and places and distinct,
        "several": count >= 2 and bool(right) and places and distinct,
        "label": count >= 2 and len(right) == 1 and places and distinct and question.spot is not None,
        "order": count >= 2 and len(right) == count and places and distinct,
        "number": question.key is not None,
        "short": bool(question.rubric) and all(criterion.points > 0 for criterion in question.rubric),
    }
    if not fits[question.kind] or not question.text.strip():
        raise InvalidItem(
            "That question cannot be graded: it needs a text, distinct options with the right ones among them, or a key or rubric.",
            code="item_invalid",
        )


def to_question(row: dict[str, Any]) -> Question:
    """A question from the form in which it is stored."""
    place = row["place"] and Place(row["place"]["document"], Locator(**row["place"]["locator"]))
    rubric = tuple(
        Criterion(**criterion | {"phrases": tuple(criterion["phrases"]), "foils": tuple(criterion["foils"])})
        for criterion in row["rubric"]
    )
    key = row["key"] and Key(**row["key"])
    rest = {"options": tuple(row["options"]), "right": tuple(row["right"]), "spot": _spot(row.get("spot"))}
    return Question(**row | rest | {"place": place or None, "rubric": rubric, "key": key or None})


def _spot(row: dict[str, Any] | None) -> Spot | None:
    if not row:
        return None
    return Spot(row["document"], row["n"], Box(**row["marked"]), tuple(Box(**box) for box in row["covered"]))
