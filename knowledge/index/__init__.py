"""The role of the vector index: unit vectors in, nearest ids out; and the table of its engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from knowledge.engines import Engine


@runtime_checkable
class VectorIndex(Protocol):
    """Vectors are float32 unit rows, so the inner product is the cosine."""

    def add(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        """Adds rows of shape (len(ids), dimensions)."""
        ...

    def remove(self, ids: Sequence[int]) -> None: ...

    def ids(self) -> np.ndarray:
        """The ids held, int64, in any order."""
        ...

    def search(self, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        """The k nearest as (id, cosine), best first; fewer when fewer are held. `among`: the only ids that count."""
        ...

    def __len__(self) -> int: ...


ENGINES: dict[str, Engine] = {
    "faiss": Engine("knowledge.index.flat:FaissIndex", ("faiss",)),
    "faiss-cells": Engine("knowledge.index.cells:CellIndex", ("faiss",)),
}
