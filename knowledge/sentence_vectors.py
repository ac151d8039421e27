"""The vectors of a chunk's sentences: what a question asks is often said in one of them, and lost in the chunk's own vector.

They are kept as bytes, a quarter of the room, for looking closely at candidates; they are never searched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from knowledge.course import Beside, Course
from knowledge.embedding import Embedder, PartEmbedder
from knowledge.sentences import sentences

_TABLE = """CREATE TABLE IF NOT EXISTS sentence_vectors
(chunk INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE, vectors BLOB NOT NULL)"""
_LEAST = 24  # characters, or half as many Chinese ones: a shorter sentence joins the one after it
_MOST = 12  # sentences of a chunk that are told apart


def spans(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a chunk stand that are told apart, (first character, the one after the last); none where the
    chunk is but one.
    """
    found: list[tuple[int, int]] = []
    at = 0
    for sentence in sentences(text):
        start = text.index(sentence, at)
        at = start + len(sentence)
        if found and len(text[slice(*found[-1])].encode()) < _LEAST:
            found[-1] = (found[-1][0], at)
        elif sentence.strip():
            found.append((start, at))
    if len(found) > _MOST:
        edges = np.linspace(0, len(found), _MOST + 1).astype(int).tolist()
        found = [(found[a][0], found[b - 1][1]) for a, b in pairwise(edges)]
    return found if len(found) > 1 else []


def embed(embedder: Embedder, texts: Sequence[str], bodies: Sequence[str]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The vectors of the texts, and for each those of the sentences of its body, shape (sentences, dimensions).

    A text is what stands above a body, and the body.
    """
    within = [
        [(len(text) - len(body) + first, len(text) - len(body) + last) for first, last in spans(body)]
        for text, body in zip(texts, bodies, strict=True)
    ]
    if isinstance(embedder, PartEmbedder):
        return embedder.embed_parts(texts, within)
    flat = [text[first:last] for text, parts in zip(texts, within, strict=True) for first, last in parts]
    alone = embedder.embed_passages(flat) if flat else np.zeros((0, embedder.dimensions), np.float32)
    edges = np.cumsum([0, *map(len, within)])
    return embedder.embed_passages(texts), [alone[a:b] for a, b in pairwise(edges)]


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
