"""The exact FAISS index: every vector compared, no training, right for the tens of thousands of chunks of a course."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from knowledge.index import index_file


class FaissIndex:
    def __init__(self, dimensions: int) -> None:
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))

    @classmethod
    def load(cls, file: Path, dimensions: int) -> FaissIndex | None:
        """The index as saved, or None when the file is missing, damaged or of another width: it is only a cache."""
        loaded = index_file.read(file, faiss.IndexIDMap2, dimensions)
        if loaded is None:
            return None
        index = cls(dimensions)
        index._index = loaded
        return index

    def save(self, file: Path) -> None:
        index_file.write(self._index, file)

    def add(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        if len(ids):
            self._index.remove_ids(np.asarray(ids, np.int64))

    def ids(self) -> np.ndarray:
        return faiss.vector_to_array(self._index.id_map)

    def vectors(self) -> np.ndarray:
        """All vectors, in the order of `ids`, float32."""
        return self._index.index.reconstruct_n(0, len(self)) if len(self) else np.zeros((0, self._index.d), np.float32)

    def vector(self, chunk_id: int) -> np.ndarray:
        return self._index.reconstruct(int(chunk_id))

    def search(self, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        k = min(k, len(self) if among is None else len(among))
        if k == 0:
            return []
        chosen = None if among is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.asarray(among, np.int64)))
        scores, ids = self._index.search(np.ascontiguousarray(vector[None, :], np.float32), k, params=chosen)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def __len__(self) -> int:
        return self._index.ntotal
