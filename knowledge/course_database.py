"""A course's database file: one connection for all threads, transactions, and its errors as ours. Knows no table."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.errors import CourseDamaged, CourseError, storage_full

_PATIENCE_S = 30.0  # that another process may take to write before we give up


class CourseDatabase:
    """`course.sqlite` in the course's folder. `turn` is held while it is used. Raises CourseDamaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.turn = threading.RLock()
        try:
            self._db = sqlite3.connect(
                folder / "course.sqlite", timeout=_PATIENCE_S, check_same_thread=False, isolation_level=None
            )
            self._db.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error as error:
            raise self.damaged(error) from error

    def close(self) -> None:
        self._db.close()

    def execute(self, sql: str, values: Iterable[object] = ()) -> sqlite3.Cursor:
        """Within a transaction."""
        return self._db.execute(sql, tuple(values))

    def executemany(self, sql: str, rows: Iterable[Iterable[object]]) -> None:
        """Within a transaction."""
        self._db.executemany(sql, rows)

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """What the database answers. Raises CourseDamaged."""
        with self.turn, self._translated():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.turn, self._translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The database's errors as ours: it is busy, the disk is full, or it is damaged."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name == "SQLITE_FULL":
                raise storage_full(self.folder) from error
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise CourseError(
                    f"Another Coursemate is writing to the course {self.folder.name!r}. Wait until it is finished and try again.",
                    code="course_busy",
                    course=self.folder.name,
                ) from error
            raise self.damaged(error) from error

    def damaged(self, error: Exception) -> CourseDamaged:
        """The error that says how a damaged course is mended."""
        return CourseDamaged(
            f"The course in {self.folder} is damaged ({error}). The files as given are still in its folder 'files'. Build "
            f"it anew from them with: coursemate course repair {self.folder.name}",
            code="course_damaged",
            course=self.folder.name,
            folder=str(self.folder),
            reason=str(error),
        )
