"""Any LangChain vector store as an index: Qdrant, Milvus, pgvector and the rest. LangChain's types stay in this file.

A store wants to embed texts itself. It is given ids for texts, and an embedder that hands over the vectors that belong to
them, so that every store works which keeps what it is given.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from knowledge.course import Course

_BATCH = 500


class HandedOver(Embeddings):
    """Says for each text the vector that was put here for it."""

    def __init__(self) -> None:
        self.vectors: dict[str, list[float]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.vectors[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.vectors[text]


class LangChainIndex:
    """`make` makes the store around the embedder it is given; `key` turns a chunk's id into one that the store accepts."""

    def __init__(self, make: Callable[[Embeddings], VectorStore], *, key: Callable[[int], str | int] = str) -> None:
        self._handed = HandedOver()
        self._store, self._key = make(self._handed), key
        self._held: set[int] = set()
        self._turn = threading.Lock()

    def catch_up(self, course: Course) -> None:
        """Adds the chunks of the course that are not here yet, and removes those that are gone from it."""
        wanted = set(course.chunk_ids().tolist())
        self.remove(sorted(self._held - wanted))
        new = sorted(wanted - self._held)
        for start in range(0, len(new), _BATCH):
            vectors = course.vectors(new[start : start + _BATCH])
            self.add(list(vectors), np.array(list(vectors.values()), np.float32))

    def add(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        if not len(ids):
            return
        with self._turn:
            texts = [str(int(chunk)) for chunk in ids]
            self._handed.vectors = dict(zip(texts, np.asarray(vectors, float).tolist(), strict=True))
            self._store.add_texts(texts, ids=[self._key(int(chunk)) for chunk in ids])
            self._held |= {int(chunk) for chunk in ids}

    def remove(self, ids: Sequence[int]) -> None:
        if not len(ids):
            return
        with self._turn:
            self._store.delete(ids=[self._key(int(chunk)) for chunk in ids])
            self._held -= {int(chunk) for chunk in ids}

    def ids(self) -> np.ndarray:
        return np.array(sorted(self._held), np.int64)

    def search(self, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The nearest with the score that the store gives, which is a cosine or a distance as the store was made."""
        counts = None if among is None else set(among.tolist())
        wanted = len(self._held) if counts is not None else min(k, len(self._held))  # stores differ in how they filter
        if not wanted:
            return []
        with self._turn:
            self._handed.vectors = {"?": np.asarray(vector, float).tolist()}
            found = self._store.similarity_search_with_score("?", k=wanted)
        ranked = [(int(document.page_content), float(score)) for document, score in found]
        return [(chunk, score) for chunk, score in ranked if counts is None or chunk in counts][:k]

    def __len__(self) -> int:
        return len(self._held)
