"""Is a course whole? Its files by their hashes, its database, its keywords and vectors, its index. Changes nothing."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge.course import Course, sha256_of
from knowledge.errors import CourseDamaged

Part = Literal["database", "file", "rows", "keywords", "index", "left over"]
_UNIT = 0.01  # that a vector's length may differ from 1
_READ_AT_ONCE = 1000  # vectors


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong`: something is lost or would be answered wrongly; else it is only worth knowing."""

    part: Part
    what: str
    document: str | None = None
    wrong: bool = True


def verify(course: Course) -> list[Finding]:
    """Everything that is wrong with the course, the worst first; empty when it is whole."""
    try:
        if broken := list(_database(course)):
            return broken  # nothing that it says of the rest can be trusted
        return [*_rows(course), *_files(course), *_keywords(course), *_index(course), *_left_over(course)]
    except (CourseDamaged, sqlite3.Error, ValueError, TypeError) as error:
        return [Finding("database", f"the database cannot be read: {error}")]


def _database(course: Course) -> Iterator[Finding]:
    for (line,) in course.rows("PRAGMA integrity_check(10)"):
        if line != "ok" and "FTS5" not in line:  # the keywords can be written anew: they are looked at below
            yield Finding("database", f"the database is damaged: {line}")


def _rows(course: Course) -> Iterator[Finding]:
    """Documents whose chunks are missing, out of order, or without a vector that can be compared."""
    for table, count in course.rows("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1"):
        yield Finding("rows", f"{count} rows in {table} belong to no document")
    for document_id, path, warnings in course.rows("SELECT id, path, warnings FROM documents ORDER BY path"):
        ordinals = [row[0] for row in course.rows("SELECT ordinal FROM chunks WHERE document = ? ORDER BY 1", document_id)]
        if not ordinals or ordinals != list(range(len(ordinals))):
            yield Finding("rows", "some of its passages are missing", path)
        elif reason := _unreadable(course, document_id, warnings):
            yield Finding("rows", reason, path)


def _unreadable(course: Course, document_id: int, warnings: str) -> str | None:
    """What cannot be read of a document's rows."""
    width = 4 * course.dimensions
    rows = course.rows("SELECT trail, locator, vector FROM chunks WHERE document = ?", document_id)
    try:
        json.loads(warnings)
        for trail, locator, _ in rows:
            json.loads(trail), json.loads(locator)
    except ValueError:
        return "what is known of its passages is damaged"
    if any(len(vector) != width for *_, vector in rows):
        return "some of its vectors are damaged"
    for start in range(0, len(rows), _READ_AT_ONCE):
        vectors = np.frombuffer(b"".join(row[2] for row in rows[start : start + _READ_AT_ONCE]), np.float32)
        lengths = np.linalg.norm(vectors.reshape(-1, course.dimensions), axis=1)
        if not np.all(np.abs(lengths - 1.0) < _UNIT):  # also when one is not a number
            return "some of its vectors are damaged"
    return None


def _files(course: Course) -> Iterator[Finding]:
    for path, digest in course.rows("SELECT path, sha256 FROM documents ORDER BY path"):
        file = course.place(digest, path)
        if not file.is_file():
            yield Finding("file", "its file is missing", path)
        elif sha256_of(file) != digest:
            yield Finding("file", "its file is not the one that was added", path)


def _keywords(course: Course) -> Iterator[Finding]:
    chunks = {row[0] for row in course.rows("SELECT id FROM chunks")}
    try:
        words = {row[0] for row in course.rows("SELECT rowid FROM keywords")}
        course.rows("INSERT INTO keywords (keywords, rank) VALUES ('integrity-check', 0)")
    except CourseDamaged as error:
        yield Finding("keywords", f"the keywords are damaged: {error.details['reason']}")
        return
    if missing := len(chunks - words):
        yield Finding("keywords", f"{missing} passages cannot be found by their words")
    if extra := len(words - chunks):
        yield Finding("keywords", f"{extra} keywords belong to no passage")


def _index(course: Course) -> Iterator[Finding]:
    """The index must hold the vectors of the course; a missing or an old one is made good when it is needed."""
    from knowledge.index.cells import CellIndex
    from knowledge.index.flat import FaissIndex

    revision = int(course.rows("SELECT value FROM meta WHERE key = 'revision'")[0][0])
    for file in course.folder.glob("index.*.faiss"):
        match = re.fullmatch(r"index\.(\d+)\.faiss", file.name)
        if match is None or int(match[1]) > revision:
            continue  # never used
        if CellIndex.load(file, course.dimensions) is not None:
            continue  # holds vectors rounded, which cannot be compared
        if (index := FaissIndex.load(file, course.dimensions)) is None:
            yield Finding("index", f"{file.name} is damaged, and is built anew when it is needed", wrong=False)
            continue
        ids = index.ids()
        for start in range(0, len(ids), _READ_AT_ONCE):
            stored = course.vectors(ids[start : start + _READ_AT_ONCE])
            if any(not np.array_equal(index.vector(chunk), vector) for chunk, vector in stored.items()):
                yield Finding("index", f"{file.name} holds other vectors than the course")
                break


def _left_over(course: Course) -> Iterator[Finding]:
    """What a process that was killed may leave behind."""
    for file in left_over(course):
        yield Finding("left over", f"{file.relative_to(course.folder)} belongs to no document", wrong=False)


def left_over(course: Course) -> list[Path]:
    """Files in the course's folder of files that no document speaks of."""
    kept = {course.place(digest, path) for digest, path in course.rows("SELECT sha256, path FROM documents")}
    return sorted(file for file in (course.folder / "files").rglob("*") if file.is_file() and file not in kept)
