"""The FAISS index for very large courses: vectors at a byte a number, in cells of which a question visits the nearest.

It is mapped from its file until it has to change. How many cells a question visits is measured when it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from knowledge.index import index_file
from knowledge.index.on_gpu import OnGpu

_TRAINED_ON = 64  # vectors a cell
_ASKED, _NEAREST = 200, 10  # vectors that are looked for, exactly and in cells, to choose how many cells to visit
_RECALL = 0.99


class CellIndex:
    """Made by `build` or `load`; ids and vectors as in the exact index."""

    def __init__(self, index: faiss.IndexIVF, file: Path | None = None) -> None:
        self._index = index
        self._mapped = file  # the file, as long as the vectors are only mapped
        self._on_gpu: OnGpu | None = None
        self._to_gpu = False

    @classmethod
    def build(cls, ids: np.ndarray, vectors: np.ndarray) -> CellIndex:
        """An index of these vectors, float32 (n, dimensions); takes about a minute for a million."""
        count, dimensions = vectors.shape
        cells = max(1, int(np.sqrt(count)))
        rng = np.random.default_rng(0)
        sample = vectors[rng.choice(count, min(count, _TRAINED_ON * cells), replace=False)]
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimensions), dimensions, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.niter, index.cp.min_points_per_centroid = 8, 1
        index.train(sample)
        index.add_with_ids(vectors, np.asarray(ids, np.int64))
        index.nprobe = _cells_to_visit(index, ids, vectors, rng)
        return cls(index)

    @classmethod
    def load(cls, file: Path, dimensions: int) -> CellIndex | None:
        """The index as saved, mapped into memory; None when it is missing, damaged or another: it is only a cache."""
        loaded = index_file.read(file, faiss.IndexIVFScalarQuantizer, dimensions, faiss.IO_FLAG_MMAP)
        return None if loaded is None else cls(loaded, file)

    def to_gpu(self) -> None:
        """From now on searches without a filter go to a copy on the GPU, made anew after every change."""
        self._to_gpu = True

    def save(self, file: Path) -> None:
        index_file.write(self._index, file)

    def add(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        if len(ids):
            self._into_memory()
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        if len(ids):
            self._into_memory()
            self._index.remove_ids(np.asarray(ids, np.int64))

    def ids(self) -> np.ndarray:
        lists = self._index.invlists
        held = [faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy() for cell in range(lists.nlist)]
        return np.concatenate(held) if held else np.zeros(0, np.int64)

    def search(self, vector: np.ndarray, k: int, among: np.ndarray | None = None) -> list[tuple[int, float]]:
        k = min(k, len(self) if among is None else len(among))
        if k == 0:
            return []
        if self._to_gpu and among is None:
            self._on_gpu = self._on_gpu or OnGpu(self._index)
            scores, ids = self._on_gpu.search(np.ascontiguousarray(vector[None, :], np.float32), k)
            return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        chosen = None
        if among is not None:  # what is asked for may lie in any cell
            chosen = faiss.SearchParametersIVF(sel=faiss.IDSelectorBatch(np.asarray(among, np.int64)), nprobe=self._index.nlist)
        scores, ids = self._index.search(np.ascontiguousarray(vector[None, :], np.float32), k, params=chosen)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def __len__(self) -> int:
        return self._index.ntotal

    def _into_memory(self) -> None:
        """A mapped file is only read; what changes must be loaded first, and a copy of it is no longer right."""
        self._on_gpu = None
        if self._mapped is not None:
            self._index = faiss.read_index(str(self._mapped))
            self._mapped = None


def _cells_to_visit(index: faiss.IndexIVF, ids: np.ndarray, vectors: np.ndarray, rng: np.random.Generator) -> int:
    """The fewest cells, doubling, in which _RECALL of the nearest vectors are found."""
    asked = vectors[rng.choice(len(vectors), min(_ASKED, len(vectors)), replace=False)]
    asked = asked + rng.standard_normal(asked.shape).astype(np.float32) * 0.5 / np.sqrt(asked.shape[1])  # as questions are
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    _, exact = faiss.knn(asked, vectors, min(_NEAREST, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT)
    wanted = [set(np.asarray(ids)[row].tolist()) for row in exact]
    visited = 4
    while visited < index.nlist:
        index.nprobe = visited
        _, found = index.search(asked, exact.shape[1])
        if np.mean([len(want & set(row.tolist())) / len(want) for want, row in zip(wanted, found, strict=True)]) >= _RECALL:
            break
        visited *= 2
    return min(visited, index.nlist)
