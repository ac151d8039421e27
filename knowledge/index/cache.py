"""The index of a course, kept up to date by what changed.

Chunks never change and their ids are never given twice, so the difference between an index, however old, and the course
is a difference of ids: no journal is needed, and whatever moment a process was killed at, the next one catches up. The
file is written when the index was built anew, when much has changed, and when the course is closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

_SMALL = 2000  # chunks: an index of so many is written in milliseconds, so always
EXACT = 200_000  # chunks: so many are still compared one by one within some 20 ms
_MUCH = 0.1  # of the index, added or removed since it was last written
_REVISION = re.compile(r"index\.(\d+)\.faiss")


class Chunks(Protocol):
    """What the index asks its course."""

    def chunk_ids(self, above: int) -> np.ndarray:
        """The ids above this one, int64."""
        ...

    def chunk_count(self) -> int: ...

    def vectors(self, chunk_ids: Sequence[int]) -> Mapping[int, np.ndarray]: ...


class IndexCache:
    """Not safe to use from several threads by itself: the course takes turns."""

    def __init__(self, folder: Path, dimensions: int, *, on_gpu: bool = False) -> None:
        """`on_gpu`: an index in cells is searched there; a smaller one gains nothing by it."""
        self._folder, self._dimensions, self._gpu = folder, dimensions, on_gpu
        self._index = None
        self._revision = -1
        self._unsaved = 0  # ids added or removed since the file was written

    def current(self, revision: int, chunks: Chunks):
        """The index of the course at this revision."""
        if self._index is None:
            self._load(revision)
        if self._revision != revision:
            self._catch_up(chunks)
            self._grow()
            self._revision = revision
            if self._unsaved > max(_SMALL, _MUCH * len(self._index)) or len(self._index) < _SMALL:
                self.save()
        return self._index if not self._gpu else self._placed()

    def _placed(self):
        from knowledge.index.cells import CellIndex

        if isinstance(self._index, CellIndex):
            self._index.to_gpu()
        return self._index

    def save(self) -> None:
        """Writes what is not written yet. The revision is in the name: of a later one than the course's, it is not used."""
        if self._index is None or not self._unsaved:
            return
        file = self._folder / f"index.{self._revision}.faiss"
        try:
            self._index.save(file)
        except (OSError, RuntimeError):
            return  # a cache that cannot be written is built again next time
        self._unsaved = 0
        for old in self._folder.glob("index.*.faiss"):
            if old != file:
                old.unlink(missing_ok=True)

    def _grow(self) -> None:
        """From comparing every vector to visiting cells, when there are too many."""
        from knowledge.index.cells import CellIndex
        from knowledge.index.flat import FaissIndex

        if isinstance(self._index, FaissIndex) and len(self._index) > EXACT:
            ids = self._index.ids()
            self._index = CellIndex.build(ids, self._index.vectors())
            self._unsaved += len(ids)

    def _load(self, revision: int) -> None:
        """The newest file that is not from the future, which an index of a course since put back from a copy would be."""
        from knowledge.index.cells import CellIndex
        from knowledge.index.flat import FaissIndex

        found = {int(match[1]): file for file in self._folder.iterdir() if (match := _REVISION.fullmatch(file.name))}
        for number in sorted((n for n in found if n <= revision), reverse=True):
            file = found[number]
            index = FaissIndex.load(file, self._dimensions) or CellIndex.load(file, self._dimensions)
            if index is not None:
                self._index, self._revision, self._unsaved = index, number, 0
                return
        self._index, self._revision, self._unsaved = FaissIndex(self._dimensions), -1, 1

    def _catch_up(self, chunks: Chunks) -> None:
        """New ids are above all others; only when the numbers do not agree were chunks removed as well."""
        held = self._index.ids()
        new = chunks.chunk_ids(int(held.max(initial=0)))
        gone = held[:0]
        if len(held) + len(new) != chunks.chunk_count():
            gone = np.setdiff1d(held, chunks.chunk_ids(0))
        self._index.remove(gone)
        if len(new):
            vectors = chunks.vectors(new)
            present = [i for i in new.tolist() if i in vectors]  # another process may have removed some by now
            self._index.add(present, np.array([vectors[i] for i in present], np.float32))
        self._unsaved += len(gone) + len(new)
