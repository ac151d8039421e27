"""Conversations in a SQLite file, so that they survive a reload and a restart."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from chatbot.conversation import Answer, Citation, Exchange, Progress, Turn
from knowledge.documents import Locator
from knowledge.errors import CoursemateError, disk_full_is_storage_full
from knowledge.picture import Picture

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, course TEXT NOT NULL, language TEXT NOT NULL, began REAL NOT NULL,
    owner TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations, asked REAL NOT NULL,
    typed TEXT NOT NULL, picture BLOB, picture_type TEXT, picture_width INTEGER, picture_height INTEGER,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation, id);
CREATE TABLE IF NOT EXISTS feedback (
    turn INTEGER PRIMARY KEY REFERENCES turns, rating INTEGER NOT NULL, comment TEXT NOT NULL, given REAL NOT NULL
);
"""


class StoreDamaged(CoursemateError):
    """The file of conversations cannot be read."""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as it was. `question` is what was typed; what was spoken is `heard`. `rating`: 1 good, -1 not, 0 unsaid."""

    question: str
    heard: str | None
    picture: Picture | None
    answer: Answer
    id: int = 0
    rating: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is listed. `began` in seconds since 1970; `question` is its first."""

    id: str
    course: str
    began: float
    turns: int
    question: str


class Store:
    """Safe to use from several threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._turn = threading.Lock()
        with disk_full_is_storage_full(file.parent):
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(file, check_same_thread=False)
            self._db.executescript(_SCHEMA)
            if "owner" not in {row[1] for row in self._db.execute("PRAGMA table_info(conversations)")}:
                self._db.execute("ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT ''")
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(
                f"The conversations in {file} cannot be read ({error}). Move that file away to begin with an empty one; "
                "courses are not touched.",
                code="store_damaged",
                file=str(file),
                reason=str(error),
            ) from error

    def begin(self, course: str, language: str, owner: str = "") -> str:
        """Begins a conversation. Its id cannot be guessed: who knows it may read the conversation, if it has no owner."""
        conversation = secrets.token_urlsafe(24)
        row = (conversation, course, language, time.time(), owner)
        with self._turn, self._db:
            self._db.execute("INSERT INTO conversations (id, course, language, began, owner) VALUES (?, ?, ?, ?, ?)", row)
        return conversation

    def belongs(self, conversation: str, course: str, owner: str = "") -> bool:
        """Whether there is such a conversation on that course, and it is this owner's."""
        return bool(
            self._rows("SELECT 1 FROM conversations WHERE id = ? AND course = ? AND owner = ?", conversation, course, owner)
        )

    def conversations(self, course: str, owner: str) -> list[Conversation]:
        """The owner's conversations on a course, the newest first."""
        rows = self._rows(
            """SELECT c.id, c.course, c.began, count(t.id), coalesce((SELECT answer FROM turns WHERE conversation = c.id
            ORDER BY id LIMIT 1), '{}') FROM conversations c LEFT JOIN turns t ON t.conversation = c.id
            WHERE c.course = ? AND c.owner = ? GROUP BY c.id ORDER BY c.began DESC""",
            course,
            owner,
        )
        return [Conversation(*row[:4], json.loads(row[4]).get("question", "")) for row in rows]

    def course(self, conversation: str) -> str | None:
        """The course of a conversation, or None if there is no such conversation."""
        rows = self._rows("SELECT course FROM conversations WHERE id = ?", conversation)
        return rows[0][0] if rows else None

    def append(self, conversation: str, turn: Turn, answer: Answer) -> int:
        """Keeps the turn and returns its id."""
        picture = turn.picture
        row = (conversation, time.time(), turn.question, *_picture_row(picture), json.dumps(_to_row(answer)))
        with disk_full_is_storage_full(self.file.parent), self._turn, self._db:
            inserted = self._db.execute(
                """INSERT INTO turns (conversation, asked, typed, picture, picture_type, picture_width, picture_height,
                answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                row,
            )
        return inserted.lastrowid or 0

    def rate(self, conversation: str, turn: int, rating: int, comment: str = "") -> bool:
        """Keeps what a student thinks of an answer, in place of what they thought before. False: no such turn."""
        if not self._rows("SELECT 1 FROM turns WHERE id = ? AND conversation = ?", turn, conversation):
            return False
        with disk_full_is_storage_full(self.file.parent), self._turn, self._db:
            self._db.execute("INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)", (turn, rating, comment, time.time()))
        return True

    def turns(self, conversation: str) -> list[StoredTurn]:
        """The conversation from its beginning; empty if there is none of that id."""
        rows = self._rows(
            """SELECT typed, picture, picture_type, picture_width, picture_height, answer, id, coalesce(rating, 0)
            FROM turns LEFT JOIN feedback ON turn = id WHERE conversation = ? ORDER BY id""",
            conversation,
        )
        stored = []
        for typed, data, media_type, width, height, answer, turn, rating in rows:
            told = _from_row(json.loads(answer))
            picture = Picture(data, media_type, width, height) if data else None
            stored.append(StoredTurn(typed, told.heard, picture, told, turn, rating))
        return stored

    def history(self, conversation: str) -> tuple[Exchange, ...]:
        """The turns as the tutor is reminded of them; what the course did not say is not repeated to the model."""
        return tuple(
            Exchange(turn.answer.question, turn.answer.text, turn.picture, turn.answer.seen or "", turn.answer.progress)
            for turn in self.turns(conversation)
            if turn.answer.status == "answered"
        )

    def close(self) -> None:
        self._db.close()

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        with self._turn:
            return self._db.execute(sql, values).fetchall()


def _picture_row(picture: Picture | None) -> tuple:
    return (picture.data, picture.media_type, picture.width, picture.height) if picture else (None,) * 4


def _to_row(answer: Answer) -> dict:
    return {
        "status": answer.status,
        "text": answer.text,
        "language": answer.language,
        "citations": [_citation_row(citation) for citation in answer.citations],
        "nearest": [_citation_row(citation) for citation in answer.nearest],
        "question": answer.question,
        "heard": answer.heard,
        "seen": answer.seen,
        "notices": list(answer.notices),
        "progress": asdict(answer.progress) if answer.progress else None,
        "topics": list(answer.topics),
    }


def _citation_row(citation: Citation) -> dict:
    return {**citation.to_json(), "title": citation.title, "chunk_id": citation.chunk_id}


def _from_row(row: dict) -> Answer:
    return Answer(
        **row
        | {
            "citations": tuple(_citation(citation) for citation in row["citations"]),
            "nearest": tuple(_citation(citation) for citation in row["nearest"]),
            "notices": tuple(row["notices"]),
            "progress": _progress(row.get("progress")),
            "topics": tuple(row.get("topics", ())),
        }
    )


def _progress(row: dict | None) -> Progress | None:
    return Progress(**row | {"asked": tuple(row["asked"])}) if row else None


def _citation(row: dict) -> Citation:
    return Citation(**row | {"locator": Locator(**row["locator"])})
