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
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.course_database import CourseDatabase
from knowledge.course_rows import (
    HAS_SUBTITLES,
    SELECT_PASSAGE,
    SELECT_SUMMARY,
    CourseSummary,
    DocumentSummary,
    StoredFigure,
    passage_of,
    summary_of,
    write_document,
)
from knowledge.documents import Chunk, Document, Locator, Passage
from knowledge.errors import CourseError, UnreadableDocument, disk_full_is_storage_full
from knowledge.index.cache import IndexCache
from knowledge.lexical import fts_query, fts_text

Beside = Callable[["Course", str, Sequence[int]], None]
_BUMP = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'"


class Course:
    """Safe to use from several threads; made by Library."""

    def __init__(self, folder: Path, *, index_on_gpu: bool = False) -> None:
        self.folder, self._index_on_gpu = folder, index_on_gpu
        self._db = CourseDatabase(folder)
        self._turn = self._db.turn
        self.kept: dict[str, Any] = {}  # what modules of this package remember of an open course
        try:
            meta = dict(self._db.rows("SELECT key, value FROM meta"))
            self.name, self.title, self.language = folder.name, meta["title"], meta["language"]
            self.embedder, self.dimensions = meta["embedder"], int(meta["dimensions"])
            self._index = IndexCache(folder, self.dimensions, on_gpu=index_on_gpu)
        except (KeyError, ValueError) as error:
            raise self._db.damaged(error) from error

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
        return tuple(map(summary_of, self.rows(f"{SELECT_SUMMARY} ORDER BY path")))

    def document(self, path: str) -> DocumentSummary | None:
        rows = self.rows(f"{SELECT_SUMMARY} WHERE path = ?", path)
        return summary_of(rows[0]) if rows else None

    def summary(self) -> CourseSummary:
        counts = [self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("documents", "chunks", "figures")]
        return CourseSummary(self.name, self.title, self.language, *counts)

    def chunks(self, document: str) -> list[Passage]:
        """The document's chunks in reading order, each with its place as rank."""
        rows = self.rows(f"{SELECT_PASSAGE} WHERE documents.path = ? ORDER BY chunks.ordinal", document)
        return [passage_of(row, rank) for rank, row in enumerate(rows, start=1)]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """Chunks by id; unknown ids are left out."""
        marks = ",".join("?" * len(chunk_ids))
        return {
            row[0]: passage_of(row, 0) for row in self.rows(f"{SELECT_PASSAGE} WHERE chunks.id IN ({marks})", *chunk_ids)
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

    def same_content(self, sha256: str, subtitles: str = "") -> list[str]:
        """The paths under which exactly this content is stored, and was read with exactly these subtitles (a SHA-256)."""
        column = "subtitles" if self.rows(HAS_SUBTITLES) else "''"
        sql = f"SELECT path FROM documents WHERE sha256 = ? AND {column} = ? ORDER BY path"
        return [row[0] for row in self.rows(sql, sha256, subtitles)]

    def subtitled(self) -> list[str]:
        """The paths of the recordings that were read with subtitles."""
        if not self.rows(HAS_SUBTITLES):
            return []
        return [row[0] for row in self.rows("SELECT path FROM documents WHERE subtitles != '' ORDER BY path")]

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
        subtitles: str = "",
        beside: Sequence[Beside] = (),
    ) -> None:
        """Stores a document with its file, replacing one of the same path. `vectors`: shape (len(chunks), dimensions).

        `beside` write, in the same transaction, what else is kept of the document: they get the ids of its chunks.

        With `sha256`, which the file had when it was read, raises UnreadableDocument when it is another by now.
        `subtitles` is the SHA-256 of those that a recording was read with.
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
                chunk_ids = write_document(self._db, document, digest, subtitles, chunks, vectors)
                for write in beside:
                    write(self, document.path, chunk_ids)
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
            self._index = IndexCache(self.folder, self.dimensions, on_gpu=self._index_on_gpu)
            for file in self.folder.glob("index.*.faiss"):
                file.unlink(missing_ok=True)

    def write_keywords(self, where: str = "", *values: object) -> None:
        """Writes the keywords of these chunks anew. Called within a transaction."""
        rows = self.rows(f"{SELECT_PASSAGE} {where}", *values)
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
        return self._db.rows(sql, *values)

    def transaction(self) -> AbstractContextManager[None]:
        """All of what is written in it, or nothing. For the modules of this package."""
        return self._db.transaction()

    def _unknown(self, document: str) -> CourseError:
        return CourseError(
            f"The course {self.name!r} has no document {document!r}. Its documents: coursemate course list --json",
            code="document_unknown",
            course=self.name,
            document=document,
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
