"""Course: one folder on disk, complete and copyable.

    <course>/files/<hash>/<name>     the files as given
    <course>/course.sqlite           documents, chunks with their vectors, figures, keywords
    <course>/index.<revision>.faiss  only a cache of the vectors: see knowledge/index/cache.py

A document is written in one transaction, with its file in place under its hash before the end of it, so a process that
is killed leaves the course as before or as after that document.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.documents import Chunk, Document, Locator, Passage
from knowledge.errors import CourseDamaged, CourseError, UnreadableDocument, disk_full_is_storage_full, storage_full
from knowledge.index.cache import IndexCache
from knowledge.lexical import fts_query, fts_text

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL,
    sha256 TEXT NOT NULL, pages INTEGER, duration_s REAL, warnings TEXT NOT NULL
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, text TEXT NOT NULL, trail TEXT NOT NULL, kind TEXT NOT NULL, locator TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document, ordinal);
CREATE TABLE figures (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    caption TEXT NOT NULL, text TEXT NOT NULL, locator TEXT NOT NULL, image BLOB NOT NULL
);
CREATE INDEX figures_by_document ON figures (document);
CREATE VIRTUAL TABLE keywords USING fts5 (words, tokenize="unicode61");
"""
Beside = Callable[["Course", str, Sequence[int]], None]
_PATIENCE_S = 30.0  # that another process may take to write before we give up
_BUMP = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'"
# Without it, removing a document looks through the figures of all others; older courses get it when they are changed.
_FIGURES_BY_DOCUMENT = "CREATE INDEX IF NOT EXISTS figures_by_document ON figures (document)"
_SELECT_SUMMARY = """SELECT path, title, kind, language, pages, duration_s,
(SELECT count(*) FROM chunks WHERE document = documents.id),
(SELECT count(*) FROM figures WHERE document = documents.id), warnings FROM documents"""
_SELECT_PASSAGE = """SELECT chunks.id, chunks.text, chunks.trail, chunks.kind, chunks.locator, documents.path,
documents.title FROM chunks JOIN documents ON documents.id = chunks.document"""


@dataclass(frozen=True, slots=True)
class CourseSummary:
    """What a list of courses shows."""

    name: str
    title: str
    language: str
    documents: int
    chunks: int
    figures: int


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a list of documents shows."""

    path: str
    title: str
    kind: str
    language: str
    pages: int | None
    duration_s: float | None
    chunks: int
    figures: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredFigure:
    """A figure of the course as stored; `image` is PNG or JPEG."""

    figure_id: int
    document: str
    caption: str
    text: str
    locator: Locator
    image: bytes


class Course:
    """Safe to use from several threads; made by Library."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self.kept: dict[str, Any] = {}  # what modules of this package remember of an open course
        try:
            self._db = sqlite3.connect(
                folder / "course.sqlite", timeout=_PATIENCE_S, check_same_thread=False, isolation_level=None
            )
            self._db.execute("PRAGMA foreign_keys = ON")
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            self.name, self.title, self.language = folder.name, meta["title"], meta["language"]
            self.embedder, self.dimensions = meta["embedder"], int(meta["dimensions"])
            self._index = IndexCache(folder, self.dimensions)
        except (sqlite3.Error, KeyError, ValueError) as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        with self._turn:
            self._index.save()
            self._db.close()

    def check_embedder(self, name: str) -> None:
        """Raises CourseError when the course's vectors come from another embedder: they cannot be compared."""
        if self.embedder != name:
            raise CourseError(
                f"The course {self.name!r} was made with the embedder {self.embedder!r}, but {name!r} "
                "is loaded. Choose the profile it was made with, or create the course again.",
                code="course_other_embedder",
                course=self.name,
                wanted=self.embedder,
                loaded=name,
            )

    # -- what is in it

    def documents(self) -> tuple[DocumentSummary, ...]:
        return tuple(map(_summary, self.rows(f"{_SELECT_SUMMARY} ORDER BY path")))

    def document(self, path: str) -> DocumentSummary | None:
        rows = self.rows(f"{_SELECT_SUMMARY} WHERE path = ?", path)
        return _summary(rows[0]) if rows else None

    def summary(self) -> CourseSummary:
        counts = [self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("documents", "chunks", "figures")]
        return CourseSummary(self.name, self.title, self.language, *counts)

    def chunks(self, document: str) -> list[Passage]:
        """The document's chunks in reading order, each with its place as rank."""
        rows = self.rows(f"{_SELECT_PASSAGE} WHERE documents.path = ? ORDER BY chunks.ordinal", document)
        return [_passage(row, rank) for rank, row in enumerate(rows, start=1)]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """Chunks by id; unknown ids are left out."""
        marks = ",".join("?" * len(chunk_ids))
        return {
            row[0]: _passage(row, 0) for row in self.rows(f"{_SELECT_PASSAGE} WHERE chunks.id IN ({marks})", *chunk_ids)
        }

    def vectors(self, chunk_ids: Sequence[int]) -> dict[int, np.ndarray]:
        """The stored unit vectors of these chunks; unknown ids and damaged vectors are left out."""
        wanted = json.dumps([int(chunk_id) for chunk_id in chunk_ids])
        sql = "SELECT id, vector FROM chunks WHERE id IN (SELECT value FROM json_each(?)) AND length(vector) = ?"
        rows = self.rows(sql, wanted, 4 * self.dimensions)
        return {row[0]: np.frombuffer(row[1], np.float32) for row in rows}

    def revision(self) -> int:
        """Grows with every change."""
        return int(self.rows("SELECT value FROM meta WHERE key = 'revision'")[0][0])

    def chunk_ids(self, above: int = 0) -> np.ndarray:
        """The ids above this one; a new chunk's id is above all that ever were."""
        return np.array([row[0] for row in self.rows("SELECT id FROM chunks WHERE id > ?", above)], np.int64)

    def chunk_count(self) -> int:
        return self.rows("SELECT count(*) FROM chunks")[0][0]

    def figures(self, document: str | None = None) -> list[StoredFigure]:
        rows = self.rows(
            """SELECT figures.id, documents.path, caption, text, locator, image FROM figures
            JOIN documents ON documents.id = figures.document WHERE ? IS NULL OR documents.path = ? ORDER BY figures.id""",
            document,
            document,
        )
        return [StoredFigure(*row[:4], Locator(**json.loads(row[4])), row[5]) for row in rows]

    def chunks_at_figure(self, figure_id: int) -> list[int]:
        """The ids of the chunks that stand where the figure does: those that name it, else those of its page or heading."""
        rows = self.rows("SELECT document, locator FROM figures WHERE id = ?", figure_id)
        if not rows:
            return []
        place = Locator(**json.loads(rows[0][1]))
        near = [
            (chunk_id, at)
            for chunk_id, locator in self.rows("SELECT id, locator FROM chunks WHERE document = ? ORDER BY ordinal", rows[0][0])
            if (at := Locator(**json.loads(locator))).agrees_with(place)
        ]
        return [chunk for chunk, at in near if at.figure is not None and at.figure == place.figure] or [c for c, _ in near]

    def file(self, document: str) -> Path:
        """The file as given. Raises CourseError when the course has no such document or its file is gone."""
        rows = self.rows("SELECT sha256 FROM documents WHERE path = ?", document)
        if not rows:
            raise self._unknown(document)
        file = self.place(rows[0][0], document)
        if not file.is_file():
            raise CourseError(
                f"The file of {document!r} is missing from the course {self.name!r}. Add it again with: coursemate "
                f"course add {self.name} FILE",
                code="document_file_missing",
                course=self.name,
                document=document,
            )
        return file

    def same_content(self, sha256: str) -> list[str]:
        """The paths under which exactly this content is stored."""
        return [row[0] for row in self.rows("SELECT path FROM documents WHERE sha256 = ? ORDER BY path", sha256)]

    def holds(self, document: str, sha256: str) -> bool:
        """Whether exactly this content is stored under this path."""
        return bool(self.rows("SELECT 1 FROM documents WHERE path = ? AND sha256 = ?", document, sha256))

    # -- searching

    def nearest(self, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """Chunk ids with their cosine to the vector, best first; with `among`, only of these chunks."""
        with self._turn:
            return self._index.current(self.revision(), self).search(vector, k, among)

    def matching(self, words: Sequence[str], k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """Chunk ids with their BM25 score (higher is better) for any of these words, best first; or only `among` these."""
        if not words:
            return []
        only = "" if among is None else "AND rowid IN (SELECT value FROM json_each(?))"
        rows = self.rows(
            f"SELECT rowid, -rank FROM keywords WHERE words MATCH ? {only} ORDER BY rank LIMIT ?",
            *(fts_query(words), *(() if among is None else (json.dumps(among.tolist()),)), k),
        )
        return [(row[0], row[1]) for row in rows]

    def within(self, documents: Sequence[str], section: str) -> np.ndarray | None:
        """The ids of the chunks of these documents, under headings that hold these words; None when neither is given."""
        if not documents and not section:
            return None
        rows = self.rows(
            """SELECT chunks.id FROM chunks JOIN documents ON documents.id = document
            WHERE (? = 0 OR path IN (SELECT value FROM json_each(?))) AND (? = '' OR instr(lower(trail), lower(?)))""",
            *(len(documents), json.dumps(list(documents)), section, json.dumps(section, ensure_ascii=False)[1:-1]),
        )
        return np.array([row[0] for row in rows], np.int64)

    # -- changing

    def store(
        self,
        document: Document,
        file: Path,
        chunks: Sequence[Chunk],
        vectors: np.ndarray,
        *,
        sha256: str | None = None,
        beside: Sequence[Beside] = (),
    ) -> None:
        """Stores a document with its file, replacing one of the same path. `vectors`: shape (len(chunks), dimensions).

        `beside` write, in the same transaction, what else is kept of the document: they get the ids of its chunks.

        With `sha256`, which the file had when it was read, raises UnreadableDocument when it is another by now.
        """
        with disk_full_is_storage_full(self.folder), self._copied(file) as (partial, digest):
            if sha256 not in (None, digest):
                raise UnreadableDocument(
                    f"{document.path} changed while it was read. Add it again when it is finished.",
                    code="document_changed",
                    name=document.path,
                )
            with self.transaction():
                replaced = self.forget(document.path)
                chunk_ids = self._insert(document, digest, chunks, vectors)
                for write in beside:
                    write(self, document.path, chunk_ids)
                self._db.execute(_FIGURES_BY_DOCUMENT)
                self._db.execute(_BUMP)
                self._put(partial, self.place(digest, document.path))
        self._sweep(replaced)

    def remove(self, document: str) -> None:
        """Removes a document. Raises CourseError when there is none of that path."""
        if not self.rows("SELECT 1 FROM documents WHERE path = ?", document):
            raise self._unknown(document)
        with self.transaction():
            replaced = self.forget(document)
            self._db.execute(_BUMP)
        self._sweep(replaced)

    def rename(self, document: str, path: str) -> None:
        """Gives a document another path, and another title if it had its title from its name. The path must be free."""
        place = self.file(document)
        [(document_id, title, digest)] = self.rows("SELECT id, title, sha256 FROM documents WHERE path = ?", document)
        if title == title_from(document):
            title = title_from(path)
        with disk_full_is_storage_full(self.folder), self._copied(place) as (partial, _), self.transaction():
            self._db.execute("UPDATE documents SET path = ?, title = ? WHERE id = ?", (path, title, document_id))
            self.write_keywords("WHERE documents.id = ?", document_id)
            self._put(partial, self.place(digest, path))
        self._sweep([(digest, document)])

    def drop_index(self) -> None:
        """Forgets the index, in memory and on disk; the next search builds it."""
        with self._turn:
            self._index = IndexCache(self.folder, self.dimensions)
            for file in self.folder.glob("index.*.faiss"):
                file.unlink(missing_ok=True)

    def write_keywords(self, where: str = "", *values: object) -> None:
        """Writes the keywords of these chunks anew. Called within a transaction."""
        rows = self.rows(f"{_SELECT_PASSAGE} {where}", *values)
        self._db.executemany("DELETE FROM keywords WHERE rowid = ?", [row[:1] for row in rows])
        for row in rows:
            words = fts_text(" ".join((row[6], *json.loads(row[2]), row[1])))
            self._db.execute("INSERT INTO keywords (rowid, words) VALUES (?, ?)", (row[0], words))

    @contextmanager
    def _copied(self, file: Path) -> Iterator[tuple[Path, str]]:
        """A copy of the file on the course's disk, safely written, and its SHA-256; removed unless it was put in place."""
        partial = self.folder / "files" / f"{os.getpid()}-{threading.get_ident()}.part"
        partial.parent.mkdir(exist_ok=True)
        try:
            shutil.copyfile(file, partial)
            with partial.open("rb+") as stream:
                os.fsync(stream.fileno())
            yield partial, sha256_of(partial)
        finally:
            partial.unlink(missing_ok=True)

    def _put(self, partial: Path, place: Path) -> None:
        """Within a transaction, so that no sweep, of whatever process, comes between the file and its row."""
        place.parent.mkdir(exist_ok=True)
        partial.replace(place)

    def _insert(self, document: Document, digest: str, chunks: Sequence[Chunk], vectors: np.ndarray) -> list[int]:
        chunk_ids = []
        row = self._db.execute(
            """INSERT INTO documents (path, title, kind, language, sha256, pages, duration_s, warnings)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            (
                document.path, document.title, document.kind, document.language, digest, document.pages,
                document.duration_s, json.dumps(document.warnings, ensure_ascii=False),
            ),
        ).fetchone()  # fmt: skip
        for ordinal, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True)):
            (chunk_id,) = self._db.execute(
                """INSERT INTO chunks (document, ordinal, text, trail, kind, locator, vector)
                VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
                (
                    row[0], ordinal, chunk.text, json.dumps(chunk.trail, ensure_ascii=False), chunk.kind,
                    json.dumps(chunk.locator.to_json(), ensure_ascii=False), np.asarray(vector, np.float32).tobytes(),
                ),
            ).fetchone()  # fmt: skip
            chunk_ids.append(chunk_id)
            keywords = fts_text(" ".join((document.title, *chunk.trail, chunk.text)))
            self._db.execute("INSERT INTO keywords (rowid, words) VALUES (?, ?)", (chunk_id, keywords))
        for figure in document.figures:
            self._db.execute(
                "INSERT INTO figures (document, caption, text, locator, image) VALUES (?, ?, ?, ?, ?)",
                (
                    row[0], figure.caption, figure.text,
                    json.dumps(figure.locator.to_json(), ensure_ascii=False), figure.image,
                ),
            )  # fmt: skip
        return chunk_ids

    def forget(self, path: str) -> list[tuple[str, str]]:
        """Deletes the document's rows within a transaction; returns (hash, path) of those that are gone, for the sweep."""
        replaced = self._db.execute("SELECT sha256, path FROM documents WHERE path = ?", (path,)).fetchall()
        rows = self._db.execute(
            "SELECT chunks.id FROM chunks JOIN documents ON documents.id = document WHERE path = ?", (path,)
        ).fetchall()
        self._db.executemany("DELETE FROM keywords WHERE rowid = ?", rows)
        self._db.execute("DELETE FROM documents WHERE path = ?", (path,))
        return replaced

    def _sweep(self, gone: Sequence[tuple[str, str]]) -> None:
        """Removes the files of these (hash, path), unless a row speaks of them by now."""
        if not gone:
            return
        with self.transaction():
            for digest, path in gone:
                kept = {row[0] for row in self.rows("SELECT path FROM documents WHERE sha256 = ?", digest)}
                place = self.place(digest, path)
                if place not in {self.place(digest, other) for other in kept}:
                    place.unlink(missing_ok=True)
                if not kept:
                    shutil.rmtree(place.parent, ignore_errors=True)

    # -- underneath

    def place(self, sha256: str, document: str) -> Path:
        """Where a document's file lies."""
        return self.folder / "files" / sha256[:16] / document.rpartition("/")[2]

    def rows(self, sql: str, *values: object) -> list[tuple]:
        """What the database answers. Raises CourseDamaged. For the modules of this package."""
        with self._turn, self._translated():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._turn, self._translated():
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
                    f"Another Coursemate is writing to the course {self.name!r}. Wait until it is finished and try again.",
                    code="course_busy",
                    course=self.name,
                ) from error
            raise self._damaged(error) from error

    def _unknown(self, document: str) -> CourseError:
        return CourseError(
            f"The course {self.name!r} has no document {document!r}. Its documents: coursemate course list --json",
            code="document_unknown",
            course=self.name,
            document=document,
        )

    def _damaged(self, error: Exception) -> CourseDamaged:
        return CourseDamaged(
            f"The course in {self.folder} is damaged ({error}). The files as given are still in its folder 'files'. Build "
            f"it anew from them with: coursemate course repair {self.folder.name}",
            code="course_damaged",
            course=self.folder.name,
            folder=str(self.folder),
            reason=str(error),
        )


def title_from(path: str) -> str:
    """The title that a picture or a recording gets from its file's name."""
    return Path(path).stem.replace("-", " ").replace("_", " ")


def sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _summary(row: tuple) -> DocumentSummary:
    return DocumentSummary(*row[:-1], warnings=tuple(json.loads(row[-1])))


def _passage(row: tuple, rank: int) -> Passage:
    chunk_id, text, trail, kind, locator, path, title = row
    return Passage(
        rank=rank, score=0.0, document=path, title=title, locator=Locator(**json.loads(locator)), text=text,
        trail=tuple(json.loads(trail)), kind=kind, chunk_id=chunk_id,
    )  # fmt: skip
