"""The figures of a course in the space of a picture embedder: a question's words, or its picture, find them by what they show.

Vectors lie beside the figures that they belong to, with the name of the embedder they are from; those of another are left
alone until the course is embedded anew. All are compared: a course has some thousands. Knows no engine.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from knowledge.course import Beside, Course
from knowledge.picture import LONGEST_SIDE
from knowledge.picture_embedding import PictureEmbedder

AT_ONCE = 4  # pictures embedded between two reports
_TABLE = """CREATE TABLE IF NOT EXISTS figure_vectors
(figure INTEGER PRIMARY KEY REFERENCES figures ON DELETE CASCADE, embedder TEXT NOT NULL, vector BLOB NOT NULL)"""
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = 'figure_vectors'"
_FIGURES = 10  # that bring the chunks they stand with
_LOOKED_AT = 100  # figures, for those that stand with chunks that count
_CHUNKS = 40  # as many as any other search brings
_UNIT = 0.01  # that a vector's length may differ from 1


def embed(embedder: PictureEmbedder, images: Sequence[bytes]) -> list[np.ndarray | None]:
    """The vector of each figure's image as stored; None for what is no picture."""
    opened = [_opened(image) for image in images]
    vectors = iter(embedder.embed_pictures([picture for picture in opened if picture is not None]))
    return [None if picture is None else next(vectors) for picture in opened]


def writer(embedder: str, vectors: Sequence[np.ndarray | None]) -> Beside:
    """What writes the vectors of a new document's figures, in order, into the course's transaction."""

    def write(course: Course, document: str, chunk_ids: Sequence[int]) -> None:
        ids = course.rows(
            "SELECT figures.id FROM figures JOIN documents ON documents.id = document WHERE path = ? ORDER BY figures.id",
            document,
        )
        keep(course, embedder, {row[0]: vector for row, vector in zip(ids, vectors, strict=True)})

    return write


def keep(course: Course, embedder: str, vectors: Mapping[int, np.ndarray | None]) -> None:
    """Writes vectors by the ids of their figures, in place of any other's. Called within a transaction."""
    course.rows(_TABLE)
    for figure_id, vector in vectors.items():
        course.rows("DELETE FROM figure_vectors WHERE figure = ?", figure_id)
        if vector is not None:
            data = np.asarray(vector, np.float32).tobytes()
            course.rows("INSERT INTO figure_vectors VALUES (?, ?, ?)", figure_id, embedder, data)


def missing(course: Course, embedder: str) -> int:
    """The figures that have no vector of this embedder."""
    [(figures,)] = course.rows("SELECT count(*) FROM figures")
    if not course.rows(_IS_THERE):
        return figures
    return figures - course.rows("SELECT count(*) FROM figure_vectors WHERE embedder = ?", embedder)[0][0]


def can_search(course: Course, embedder: PictureEmbedder) -> bool:
    """Whether the course has figures with vectors of this embedder."""
    return len(_space_of(course, embedder).figures) > 0


def nearest(
    course: Course, embedder: PictureEmbedder, vector: np.ndarray, among: np.ndarray | None = None
) -> list[tuple[int, int]]:
    """The ids of the chunks that stand with the figures nearest to the vector, best first, each with its figure's rank,
    from 1; with `among`, only these chunks, and figures that none of them stands with have no rank.
    """
    space = _space_of(course, embedder)
    counting = None if among is None else set(among.tolist())
    found: dict[int, int] = {}
    rank = 0
    for figure_id in space.by_cosine(vector, _documents_of(course, among))[:_LOOKED_AT]:
        chunks = [chunk for chunk in space.chunks_at(course, figure_id) if counting is None or chunk in counting]
        rank += bool(chunks)
        for chunk in chunks:
            found.setdefault(chunk, rank)
        if rank == _FIGURES:
            break
    return list(found.items())[:_CHUNKS]


class _Space:
    """The vectors of one embedder in a course at one revision: `figures` ids, `documents` theirs, `vectors` (n, dimensions)."""

    def __init__(self, course: Course, embedder: PictureEmbedder) -> None:
        rows = []
        if course.rows(_IS_THERE):
            rows = course.rows(
                """SELECT figure, document, vector FROM figure_vectors JOIN figures ON figures.id = figure
                WHERE embedder = ? AND length(vector) = ? ORDER BY figure""",
                embedder.name,
                4 * embedder.dimensions,
            )
        vectors = np.frombuffer(b"".join(row[2] for row in rows), np.float32).reshape(-1, embedder.dimensions)
        whole = np.abs(np.linalg.norm(vectors, axis=1) - 1.0) < _UNIT  # a damaged vector is left out
        self.figures = np.array([row[0] for row in rows], np.int64)[whole]
        self.documents = np.array([row[1] for row in rows], np.int64)[whole]
        self.vectors = vectors[whole]
        self._chunks: dict[int, list[int]] = {}

    def by_cosine(self, vector: np.ndarray, documents: np.ndarray | None) -> list[int]:
        """Ids of figures, of these documents alone, the nearest first."""
        order = np.argsort(-(self.vectors @ vector), kind="stable")
        if documents is not None:
            order = order[np.isin(self.documents[order], documents)]
        return self.figures[order].tolist()

    def chunks_at(self, course: Course, figure_id: int) -> list[int]:
        if figure_id not in self._chunks:
            self._chunks[figure_id] = course.chunks_at_figure(figure_id)
        return self._chunks[figure_id]


def _space_of(course: Course, embedder: PictureEmbedder) -> _Space:
    """Read when first needed and whenever the course has changed since."""
    state = course.revision(), embedder.name, embedder.dimensions
    known = course.kept.get("figure vectors")
    if known is None or known[0] != state:
        course.kept["figure vectors"] = known = (state, _Space(course, embedder))
    return known[1]


def _documents_of(course: Course, chunks: np.ndarray | None) -> np.ndarray | None:
    if chunks is None:
        return None
    sql = "SELECT DISTINCT document FROM chunks WHERE id IN (SELECT value FROM json_each(?))"
    return np.array([row[0] for row in course.rows(sql, json.dumps(chunks.tolist()))], np.int64)


def _opened(image: bytes) -> Image.Image | None:
    """A figure's picture; None for bytes that are none, or larger than we ever keep."""
    try:
        picture = Image.open(io.BytesIO(image), formats=("PNG", "JPEG"))
        return picture.convert("RGB") if max(picture.size) <= LONGEST_SIDE else None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
