"""How a course lies in its database: the tables, what is selected of them, and rows as values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.course_database import CourseDatabase
from knowledge.documents import Chunk, Document, Locator, Passage
from knowledge.lexical import fts_text

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL,
    sha256 TEXT NOT NULL, pages INTEGER, duration_s REAL, warnings TEXT NOT NULL, subtitles TEXT NOT NULL DEFAULT ''
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
# Without it, removing a document looks through the figures of all others; older courses get it when they are changed.
_FIGURES_BY_DOCUMENT = "CREATE INDEX IF NOT EXISTS figures_by_document ON figures (document)"
# The SHA-256 of the subtitles that a recording was read with; older courses get the column in the same way.
_SUBTITLES = "ALTER TABLE documents ADD COLUMN subtitles TEXT NOT NULL DEFAULT ''"
HAS_SUBTITLES = "SELECT 1 FROM pragma_table_info('documents') WHERE name = 'subtitles'"
SELECT_SUMMARY = """SELECT path, title, kind, language, pages, duration_s,
(SELECT count(*) FROM chunks WHERE document = documents.id),
(SELECT count(*) FROM figures WHERE document = documents.id), warnings FROM documents"""
SELECT_PASSAGE = """SELECT chunks.id, chunks.text, chunks.trail, chunks.kind, chunks.locator, documents.path,
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


def summary_of(row: tuple) -> DocumentSummary:
    """A row of SELECT_SUMMARY."""
    return DocumentSummary(*row[:-1], warnings=tuple(json.loads(row[-1])))


def passage_of(row: tuple, rank: int) -> Passage:
    """A row of SELECT_PASSAGE; nothing in it is known of a question."""
    chunk_id, text, trail, kind, locator, path, title = row
    return Passage(
        rank=rank, score=0.0, document=path, title=title, locator=Locator(**json.loads(locator)), text=text,
        trail=tuple(json.loads(trail)), kind=kind, chunk_id=chunk_id,
    )  # fmt: skip


def write_document(
    database: CourseDatabase,
    document: Document,
    sha256: str,
    subtitles: str,
    chunks: Sequence[Chunk],
    vectors: np.ndarray,
) -> list[int]:
    """Writes a document's rows within a transaction; `vectors`: shape (len(chunks), dimensions). The chunks' ids."""
    chunk_ids = []
    if not database.rows(HAS_SUBTITLES):
        database.execute(_SUBTITLES)
    database.execute(_FIGURES_BY_DOCUMENT)
    row = database.execute(
        """INSERT INTO documents (path, title, kind, language, sha256, pages, duration_s, warnings, subtitles)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id""",
        (
            document.path, document.title, document.kind, document.language, sha256, document.pages,
            document.duration_s, json.dumps(document.warnings, ensure_ascii=False), subtitles,
        ),
    ).fetchone()  # fmt: skip
    for ordinal, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True)):
        (chunk_id,) = database.execute(
            """INSERT INTO chunks (document, ordinal, text, trail, kind, locator, vector)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            (
                row[0], ordinal, chunk.text, json.dumps(chunk.trail, ensure_ascii=False), chunk.kind,
                json.dumps(chunk.locator.to_json(), ensure_ascii=False), np.asarray(vector, np.float32).tobytes(),
            ),
        ).fetchone()  # fmt: skip
        chunk_ids.append(chunk_id)
        keywords = fts_text(" ".join((document.title, *chunk.trail, chunk.text)))
        database.execute("INSERT INTO keywords (rowid, words) VALUES (?, ?)", (chunk_id, keywords))
    for figure in document.figures:
        database.execute(
            "INSERT INTO figures (document, caption, text, locator, image) VALUES (?, ?, ?, ?, ?)",
            (
                row[0], figure.caption, figure.text,
                json.dumps(figure.locator.to_json(), ensure_ascii=False), figure.image,
            ),
        )  # fmt: skip
    return chunk_ids
