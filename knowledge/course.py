"""Course: one folder on disk, complete and copyable. Library: the folder of courses.

    <course>/files/<hash>/<name>     the files as given
    <course>/course.sqlite           documents, chunks with their vectors, figures, keywords
    <course>/index.<revision>.faiss  only a cache of the vectors, rebuilt when missing, stale or damaged

A document is written in one transaction, after its file lies in place under its hash, so a process that is killed
leaves the course as before or as after that document.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.documents import Chunk, Document, Locator, Passage
from knowledge.errors import CourseDamaged, CourseError, CourseExists, CourseNotFound, disk_full_is_storage_full
from knowledge.lexical import fts_query, fts_text

_SCHEMA = """
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
CREATE VIRTUAL TABLE keywords USING fts5 (words, tokenize="unicode61");
"""
_NAME = re.compile(r"[\w][\w .-]{0,79}", re.UNICODE)
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
        self._index: tuple[int, object] | None = None
        try:
            self._db = sqlite3.connect(folder / "course.sqlite", check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA foreign_keys = ON")
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            self.name, self.title, self.language = folder.name, meta["title"], meta["language"]
            self.embedder, self._dimensions = meta["embedder"], int(meta["dimensions"])
        except (sqlite3.Error, KeyError, ValueError) as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        self._db.close()

    # -- what is in it

    def documents(self) -> tuple[DocumentSummary, ...]:
        rows = self._rows(
            """SELECT path, title, kind, language, pages, duration_s,
            (SELECT count(*) FROM chunks WHERE document = documents.id),
            (SELECT count(*) FROM figures WHERE document = documents.id), warnings FROM documents ORDER BY path"""
        )
        return tuple(DocumentSummary(*row[:-1], warnings=tuple(json.loads(row[-1]))) for row in rows)

    def summary(self) -> CourseSummary:
        counts = [self._rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("documents", "chunks", "figures")]
        return CourseSummary(self.name, self.title, self.language, *counts)

    def chunks(self, document: str) -> list[Passage]:
        """The document's chunks in reading order, each with its place as rank."""
        rows = self._rows(f"{_SELECT_PASSAGE} WHERE documents.path = ? ORDER BY chunks.ordinal", document)
        return [_passage(row, rank) for rank, row in enumerate(rows, start=1)]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """Chunks by id; unknown ids are left out."""
        marks = ",".join("?" * len(chunk_ids))
        return {
            row[0]: _passage(row, 0) for row in self._rows(f"{_SELECT_PASSAGE} WHERE chunks.id IN ({marks})", *chunk_ids)
        }

    def vectors(self, chunk_ids: Sequence[int]) -> dict[int, np.ndarray]:
        """The stored unit vectors of these chunks."""
        marks = ",".join("?" * len(chunk_ids))
        rows = self._rows(f"SELECT id, vector FROM chunks WHERE id IN ({marks})", *chunk_ids)
        return {row[0]: np.frombuffer(row[1], np.float32) for row in rows}

    def figures(self, document: str | None = None) -> list[StoredFigure]:
        rows = self._rows(
            """SELECT figures.id, documents.path, caption, text, locator, image FROM figures
            JOIN documents ON documents.id = figures.document WHERE ? IS NULL OR documents.path = ? ORDER BY figures.id""",
            document,
            document,
        )
        return [StoredFigure(*row[:4], Locator(**json.loads(row[4])), row[5]) for row in rows]

    def file(self, document: str) -> Path:
        """The file as given. Raises CourseError when the course has no such document or its file is gone."""
        rows = self._rows("SELECT sha256 FROM documents WHERE path = ?", document)
        if not rows:
            raise CourseError(
                f"The course {self.name!r} has no document {document!r}. Its documents: coursemate course list --json",
                code="document_unknown",
                course=self.name,
                document=document,
            )
        file = self._place(rows[0][0], document)
        if not file.is_file():
            raise CourseError(
                f"The file of {document!r} is missing from the course {self.name!r}. Add it again with: coursemate "
                f"course add {self.name} FILE",
                code="document_file_missing",
                course=self.name,
                document=document,
            )
        return file

    def holds(self, document: str, sha256: str) -> bool:
        """Whether exactly this content is stored under this path."""
        return bool(self._rows("SELECT 1 FROM documents WHERE path = ? AND sha256 = ?", document, sha256))

    # -- searching

    def nearest(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine to the vector, best first."""
        return self._current_index().search(vector, k)

    def matching(self, words: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Chunk ids with their BM25 score (higher is better) for any of these words, best first."""
        if not words:
            return []
        rows = self._rows(
            "SELECT rowid, -bm25(keywords) FROM keywords WHERE words MATCH ? ORDER BY bm25(keywords) LIMIT ?",
            fts_query(words),
            k,
        )
        return [(row[0], row[1]) for row in rows]

    def frequency(self, word: str) -> float:
        """The share of the course's chunks in which the word (a stem or bigram) stands, 0..1."""
        total = self._rows("SELECT count(*) FROM chunks")[0][0]
        with_it = self._rows("SELECT count(*) FROM keywords WHERE words MATCH ?", fts_query([word]))[0][0]
        return with_it / total if total else 0.0

    # -- changing

    def store(self, document: Document, file: Path, chunks: Sequence[Chunk], vectors: np.ndarray) -> None:
        """Stores a document with its file, replacing one of the same path. `vectors`: shape (len(chunks), dimensions)."""
        digest = sha256_of(file)
        place = self._place(digest, document.path)
        with disk_full_is_storage_full(self.folder):
            place.parent.mkdir(parents=True, exist_ok=True)
            partial = place.with_name(place.name + ".part")
            shutil.copyfile(file, partial)
            partial.replace(place)
            with self._transaction():
                self._forget(document.path)
                self._insert(document, digest, chunks, vectors)
                self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
        self._sweep()

    def remove(self, document: str) -> None:
        """Removes a document. Raises CourseError when there is none of that path."""
        self.file(document)
        with self._transaction():
            self._forget(document)
            self._db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
        self._sweep()

    def _insert(self, document: Document, digest: str, chunks: Sequence[Chunk], vectors: np.ndarray) -> None:
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

    def _forget(self, path: str) -> None:
        rows = self._db.execute(
            "SELECT chunks.id FROM chunks JOIN documents ON documents.id = document WHERE path = ?", (path,)
        ).fetchall()
        self._db.executemany("DELETE FROM keywords WHERE rowid = ?", rows)
        self._db.execute("DELETE FROM documents WHERE path = ?", (path,))

    def _sweep(self) -> None:
        """Removes files and indexes that no row speaks of any more."""
        kept = {row[0][:16] for row in self._rows("SELECT sha256 FROM documents")}
        for folder in (self.folder / "files").iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    # -- underneath

    def _place(self, sha256: str, document: str) -> Path:
        return self.folder / "files" / sha256[:16] / document.rpartition("/")[2]

    def _current_index(self):
        from knowledge.index.flat import FaissIndex

        with self._turn:
            revision = int(self._rows("SELECT value FROM meta WHERE key = 'revision'")[0][0])
            if self._index is None or self._index[0] != revision:
                file = self.folder / f"index.{revision}.faiss"
                index = FaissIndex.load(file, self._dimensions)
                if index is None:
                    index = self._built_index(FaissIndex(self._dimensions))
                    self._cache_index(index, file)
                self._index = (revision, index)
            return self._index[1]

    def _built_index(self, index):
        rows = self._rows("SELECT id, vector FROM chunks")
        if rows:
            index.add([row[0] for row in rows], np.stack([np.frombuffer(row[1], np.float32) for row in rows]))
        return index

    def _cache_index(self, index, file: Path) -> None:
        try:
            index.save(file)
        except (OSError, RuntimeError):
            return  # a cache that cannot be written is built again next time
        for old in self.folder.glob("index.*.faiss"):
            if old != file:
                old.unlink(missing_ok=True)

    def _rows(self, sql: str, *values: object) -> list[tuple]:
        with self._turn:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._damaged(error) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._turn:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _damaged(self, error: Exception) -> CourseDamaged:
        return CourseDamaged(
            f"The course in {self.folder} is damaged ({error}). The files as given are still in its folder 'files': "
            "create a new course and add them, or put back a copy of the folder.",
            code="course_damaged",
            course=self.folder.name,
            folder=str(self.folder),
            reason=str(error),
        )


class Library:
    """The folder of courses. An opened course is shared by all who open it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, Course] = {}
        self._turn = threading.Lock()

    def names(self) -> list[str]:
        return sorted(file.parent.name for file in self.folder.glob("*/course.sqlite"))

    def list(self) -> tuple[CourseSummary, ...]:
        """All courses that can be opened; a damaged one is left out here and reported when it is opened."""
        summaries = []
        for name in self.names():
            try:
                summaries.append(self.open(name).summary())
            except CourseDamaged:
                continue
        return tuple(summaries)

    def create(self, name: str, *, title: str = "", language: str = "en", embedder: str, dimensions: int) -> Course:
        """Makes an empty course whose vectors will come from the embedder of that name."""
        folder = self.check_new(name)
        with disk_full_is_storage_full(self.folder):
            (folder / "files").mkdir(parents=True, exist_ok=True)
            partial = folder / "course.sqlite.part"
            partial.unlink(missing_ok=True)
            db = sqlite3.connect(partial)
            with db:
                db.executescript(_SCHEMA)
                meta = {"title": title or name, "language": language, "embedder": embedder}
                meta |= {"dimensions": str(dimensions), "revision": "0"}
                db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            db.close()
            partial.replace(folder / "course.sqlite")
        return self.open(name)

    def check_new(self, name: str) -> Path:
        """The folder that a new course of that name gets. Raises CourseError or CourseExists."""
        folder = self._folder(name)
        if (folder / "course.sqlite").exists():
            raise CourseExists(
                f"There is a course named {name!r} already. Add to it with: coursemate course add {name} PATH, or "
                "choose another name.",
                code="course_exists",
                course=name,
            )
        return folder

    def open(self, name: str) -> Course:
        """Raises CourseNotFound naming the courses there are, or CourseDamaged."""
        folder = self._folder(name)
        with self._turn:
            if name not in self._open:
                if not (folder / "course.sqlite").is_file():
                    raise CourseNotFound(
                        f"There is no course named {name!r}. Courses here: {', '.join(self.names()) or 'none yet'}.",
                        code="course_not_found",
                        course=name,
                        courses=", ".join(self.names()),
                    )
                self._open[name] = Course(folder)
            return self._open[name]

    def remove(self, name: str) -> None:
        """Deletes the course with all its files."""
        folder = self._folder(name)
        if not folder.is_dir():
            self.open(name)
        with self._turn:
            if course := self._open.pop(name, None):
                course.close()
            shutil.rmtree(folder)

    def close(self) -> None:
        with self._turn:
            for course in self._open.values():
                course.close()
            self._open.clear()

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.endswith((".", " ")):
            raise CourseError(
                f"{name!r} cannot be a course's name. Use letters, digits, spaces, '-', '_' and '.', at most 80.",
                code="course_name_invalid",
                course=name,
            )
        return self.folder / name


def sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _passage(row: tuple, rank: int) -> Passage:
    chunk_id, text, trail, kind, locator, path, title = row
    return Passage(
        rank=rank, score=0.0, document=path, title=title, locator=Locator(**json.loads(locator)), text=text,
        trail=tuple(json.loads(trail)), kind=kind, chunk_id=chunk_id,
    )  # fmt: skip
