"""A course embedded anew, when its language or its embedder changes: all of it or nothing, so that vectors never mix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from knowledge import figure_vectors, sentence_vectors
from knowledge.course import Course
from knowledge.embedding import Embedder
from knowledge.errors import CourseError
from knowledge.picture_embedding import PictureEmbedder

_BATCH = 32
_SELECT = """SELECT chunks.id, chunks.text, trail, title FROM chunks JOIN documents ON documents.id = document
ORDER BY chunks.id"""


def reembed(
    course: Course, embedder: Embedder, *, language: str = "", picture_embedder: PictureEmbedder | None = None
) -> Iterator[tuple[int, int]]:
    """Yields (passages done, of all), with a `picture_embedder` counting figures as well. Students go on searching the old
    vectors until the last step changes all at once.

    Without a `picture_embedder` the vectors of figures stay as they are. Raises CourseError when the course was changed meanwhile; then it stays as it was.
    """
    began = course.revision()
    rows = course.rows(_SELECT)
    figures = [row[0] for row in course.rows("SELECT id FROM figures ORDER BY id")] if picture_embedder else []
    total = len(rows) + len(figures)
    vectors: list[tuple[int, bytes]] = []
    parts: list[np.ndarray] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        texts = [f"{' > '.join(json.loads(trail)) or title}\n{text}" for _, text, trail, title in batch]
        whole, told = sentence_vectors.embed(embedder, texts, [row[1] for row in batch])
        vectors += [(row[0], vector.astype(np.float32).tobytes()) for row, vector in zip(batch, whole, strict=True)]
        parts += told
        yield min(start + _BATCH, len(rows)), total
    pictured: dict[int, np.ndarray | None] = {}
    for start in range(0, len(figures), figure_vectors.AT_ONCE):
        pictured |= _of_figures(course, picture_embedder, figures[start : start + figure_vectors.AT_ONCE])
        yield len(rows) + len(pictured), total
    with course.transaction():
        if course.revision() != began:
            raise CourseError(
                f"The course {course.name!r} was changed while it was embedded anew, and stays as it was. Try again.",
                code="course_busy",
                course=course.name,
            )
        for chunk_id, vector in vectors:
            course.rows("UPDATE chunks SET vector = ? WHERE id = ?", vector, chunk_id)
        sentence_vectors.forget(course)
        sentence_vectors.writer(parts)(course, "", [chunk_id for chunk_id, _ in vectors])
        if picture_embedder is not None:
            figure_vectors.keep(course, picture_embedder.name, pictured)
        meta = {"embedder": embedder.name, "dimensions": str(embedder.dimensions), "language": language or course.language}
        for key, value in meta.items():
            course.rows("UPDATE meta SET value = ? WHERE key = ?", value, key)
        course.rows("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
    course.embedder, course.dimensions, course.language = embedder.name, embedder.dimensions, meta["language"]
    course.drop_index()


def _of_figures(course: Course, embedder: PictureEmbedder, figures: Sequence[int]) -> dict[int, np.ndarray | None]:
    wanted = json.dumps(list(figures))
    rows = course.rows("SELECT id, image FROM figures WHERE id IN (SELECT value FROM json_each(?))", wanted)
    return dict(zip([row[0] for row in rows], figure_vectors.embed(embedder, [row[1] for row in rows]), strict=True))
