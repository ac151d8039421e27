"""What the server keeps of secrets: its own signing key, one a course for its site, the hashes of programs' keys, of the
teacher's password and of the sessions that it opened."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import CoursemateError, InvalidInput, disk_full_is_storage_full

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, courses TEXT NOT NULL, made REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS teacher_sessions (hash TEXT PRIMARY KEY, ends REAL NOT NULL);
"""
_SERVER = "server"
_TEACHER = "teacher"


class KeyRefused(CoursemateError):
    """A program came without a key, or with one that is not, or no longer, known."""


@dataclass(frozen=True, slots=True)
class Key:
    """A program's key as it is listed; the key itself was shown once. `courses` empty: all of them."""

    id: str
    name: str
    courses: tuple[str, ...]
    made: float

    def may(self, course: str) -> bool:
        return not self.courses or course in self.courses


class Vault:
    """Safe to use from several threads; the command line may change it while the server runs."""

    def __init__(self, file: Path | None = None) -> None:
        """Without a file, everything is forgotten when the process ends."""
        self._turn = threading.Lock()
        if file is not None:
            with disk_full_is_storage_full(file.parent):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch(mode=0o600)
            with suppress(OSError):  # a file system without modes
                os.chmod(file, 0o600)  # noqa: PTH101
        self._db = sqlite3.connect(file or ":memory:", check_same_thread=False, timeout=10)
        self._db.executescript(_SCHEMA)

    def server_secret(self) -> bytes:
        return bytes.fromhex(self._secret(_SERVER))

    def site_secret(self, course: str) -> str:
        """What a course's site signs its students' tokens with; made when it is first asked for."""
        return self._secret(f"site:{course}")

    def create_key(self, name: str, courses: tuple[str, ...] = ()) -> str:
        """The new key, which is nowhere kept. Raises InvalidInput when there is one of that name."""
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        try:
            with self._turn, self._db:
                row = (key_id, name, _hash(secret), "\n".join(courses), time.time())
                self._db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError as error:
            raise InvalidInput(
                f"There is a key named {name!r} already. Choose another name, or revoke it first: coursemate key revoke {name}",
                code="key_exists",
                name=name,
            ) from error
        return f"cm-{key_id}-{secret}"

    def keys(self) -> list[Key]:
        rows = self._rows("SELECT id, name, courses, made FROM keys ORDER BY made")
        return [Key(key_id, name, _courses(courses), made) for key_id, name, courses, made in rows]

    def revoke_key(self, name: str) -> None:
        """Raises InvalidInput when there is no key of that name."""
        with self._turn, self._db:
            gone = self._db.execute("DELETE FROM keys WHERE name = ?", (name,)).rowcount
        if not gone:
            raise InvalidInput(
                f"There is no key named {name!r}. See what there is with: coursemate key list",
                code="key_unknown",
                name=name,
            )

    def key(self, told: str) -> Key:
        """The key that a program shows. Raises KeyRefused."""
        prefix, _, rest = told.partition("-")
        key_id, _, secret = rest.partition("-")
        for name, hashed, courses, made in self._rows(
            "SELECT name, hash, courses, made FROM keys WHERE id = ?", key_id
        ):
            if prefix == "cm" and hmac.compare_digest(hashed, _hash(secret)):
                return Key(key_id, name, _courses(courses), made)
        raise KeyRefused(
            "This needs a key that is known here. Make one with: coursemate key create NAME", code="key_refused"
        )

    def teacher_password(self) -> str:
        """As ui/gate/passwords.py made it; empty until one is set."""
        rows = self._rows("SELECT value FROM secrets WHERE name = ?", _TEACHER)
        return rows[0][0] if rows else ""

    def set_teacher_password(self, kept: str, *, only_first: bool = False) -> bool:
        """Whether it was set: with `only_first` it is not where there is one. All sessions end with the old one."""
        how = "IGNORE" if only_first else "REPLACE"
        with self._turn, self._db:
            is_set = self._db.execute(f"INSERT OR {how} INTO secrets VALUES (?, ?)", (_TEACHER, kept)).rowcount > 0
            if is_set:
                self._db.execute("DELETE FROM teacher_sessions")
        return is_set

    def add_teacher_session(self, hashed: str, *, ends: float) -> None:
        """`ends` in seconds since 1970. Sessions that are over are forgotten."""
        with self._turn, self._db:
            self._db.execute("DELETE FROM teacher_sessions WHERE ends < ?", (time.time(),))
            self._db.execute("INSERT INTO teacher_sessions VALUES (?, ?)", (hashed, ends))

    def teacher_session_ends(self, hashed: str) -> float:
        """0 for one that is not known."""
        rows = self._rows("SELECT ends FROM teacher_sessions WHERE hash = ?", hashed)
        return rows[0][0] if rows else 0.0

    def remove_teacher_session(self, hashed: str) -> None:
        with self._turn, self._db:
            self._db.execute("DELETE FROM teacher_sessions WHERE hash = ?", (hashed,))

    def _secret(self, name: str) -> str:
        with self._turn, self._db:
            self._db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_hex(32)))
            return self._db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0]

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        with self._turn:
            return self._db.execute(sql, values).fetchall()


def is_key(token: str) -> bool:
    """Whether a token is a program's key, known or not, and no session."""
    return token.startswith("cm-")


def _hash(secret: str) -> str:
    """A plain hash suffices: the secret has 256 random bits, which nobody guesses."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _courses(told: str) -> tuple[str, ...]:
    return tuple(filter(None, told.split("\n")))
