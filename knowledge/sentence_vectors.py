"""The vectors of a chunk's sentences: what a question asks is often said in one of them, and lost in the chunk's own vector.

They are kept as bytes, a quarter of the room, for looking closely at candidates; they are never searched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from knowledge.course import Beside, Course
from knowledge.sentences import sentences

_TABLE = """CREATE TABLE IF NOT EXISTS sentence_vectors
(chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, vectors BLOB NOT NULL)"""
_LEAST = 24  # characters, or half as many Chinese ones: a shorter sentence joins the one after it
_MOST = 12  # sentences of a chunk that are told apart


def pieces(text: str) -> list[str]:
    """The sentences of a chunk that are embedded; none where the chunk is but one."""
    parts: list[str] = []
    for sentence in sentences(text):
        if parts and len(parts[-1].encode()) < _LEAST:
            parts[-1] += f" {sentence}"
        elif sentence.strip():
            parts.append(sentence)
    if len(parts) > _MOST:
        edges = np.linspace(0, len(parts), _MOST + 1).astype(int).tolist()
        parts = [" ".join(parts[a:b]) for a, b in pairwise(edges)]
    return parts if len(parts) > 1 else []


def embed_pieces(embed: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str]) -> list[np.ndarray]:
    """For each text the vectors of its sentences, shape (sentences, dimensions), in one call of `embed`."""
    cut = [pieces(text) for text in texts]
    flat = [piece for parts in cut for piece in parts]
    vectors = embed(flat)
    edges = np.cumsum([0, *(len(parts) for parts in cut)])
    return [vectors[a:b] for a, b in pairwise(edges)]


def packed(vectors: np.ndarray) -> bytes:
    """Unit vectors as bytes, each stretched so that its largest component is 127."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return np.round(vectors / np.maximum(largest, 1e-9) * 127).astype(np.int8).tobytes()


def writer(parts: Sequence[np.ndarray]) -> Beside:
    """What writes the sentences' vectors of new chunks, in order, into the course's transaction."""

    def write(course: Course, document: str, chunk_ids: Sequence[int]) -> None:
        course.rows(_TABLE)
        for chunk, vectors in zip(chunk_ids, parts, strict=True):
            if len(vectors):
                course.rows("INSERT OR REPLACE INTO sentence_vectors VALUES (?, ?)", chunk, packed(vectors))

    return write


def forget(course: Course) -> None:
    """Deletes the vectors of all sentences. Called within a transaction."""
    course.rows(_TABLE)
    course.rows("DELETE FROM sentence_vectors")


def read(course: Course, chunk_ids: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Chunks that have sentences told apart, with their unit vectors, float32. A course made before has none."""
    if not course.rows("SELECT 1 FROM sqlite_master WHERE name = 'sentence_vectors'"):
        return
    wanted = json.dumps(list(chunk_ids))
    rows = course.rows(
        "SELECT chunk, vectors FROM sentence_vectors WHERE chunk IN (SELECT value FROM json_each(?))", wanted
    )
    for chunk, data in rows:
        if len(data) % course.dimensions == 0:
            vectors = np.frombuffer(data, np.int8).reshape(-1, course.dimensions).astype(np.float32)
            yield chunk, vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
