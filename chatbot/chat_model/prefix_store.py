"""What was read and is not needed at this moment, as bytes outside the context: loading it takes a thousandth of reading.

A context has room for a few students; a class has more, and each comes back to his conversation. The least recently used
go first. With a folder, what memory has no room for is written there, and found again after a restart. What was read of courses
lies on shelves of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chatbot.chat_model.disk_prefixes import DiskPrefixes, Saved
from chatbot.chat_model.units import Unit, shared_length


class PrefixStore:
    """Holds at most `limit_mb` megabytes in memory, and what `shelves` have, such as that of a course. For one thread, except
    `shared` and `add_shelf`.
    """

    def __init__(self, limit_mb: int, disk: DiskPrefixes | None = None) -> None:
        self._limit = limit_mb * 1_000_000
        self._disk = disk
        self.shelves: dict[Path, DiskPrefixes] = {}
        self._saved: list[Saved] = []
        self._clock = 0

    @property
    def bytes(self) -> int:
        return sum(saved.data.nbytes for saved in self._saved)

    def holds(self, units: Sequence[Unit]) -> bool:
        """Whether nothing would be gained by saving these."""
        return self.shared(units) == len(units)

    def shared(self, units: Sequence[Unit]) -> int:
        """How many of the units, from the first, are saved. From any thread."""
        lengths = [shared_length(saved.units, units) for saved in self._saved]
        return max([0, *lengths, *(disk.shared(units) for disk in self._disks())])

    def add_shelf(self, folder: Path, shelf: DiskPrefixes) -> None:
        self.shelves = self.shelves | {folder: shelf}

    def put(self, units: Sequence[Unit], data: np.ndarray) -> None:
        kept = list(units)
        self._saved = [saved for saved in self._saved if shared_length(saved.units, kept) < len(saved.units)]
        self._clock += 1
        self._saved.append(Saved(kept, data, self._clock))
        while self._saved and self.bytes > self._limit:
            oldest = min(self._saved, key=lambda saved: saved.used)
            self._saved.remove(oldest)
            if self._disk is not None:
                self._disk.put(oldest.units, oldest.data)

    def nearest(self, units: Sequence[Unit]) -> tuple[int, Saved | None]:
        """How many of the units are shared with the best of what is saved, and that."""
        best = max(self._saved, key=lambda saved: shared_length(saved.units, units), default=None)
        length = shared_length(best.units, units) if best else 0
        disk = max(self._disks(), key=lambda disk: disk.shared(units), default=None)
        if disk is not None and (found := disk.nearest(units, more_than=length)):
            self._clock += 1
            return shared_length(found.units, units), found
        if best is not None:
            self._clock += 1
            best.used = self._clock
        return length, best

    def flush(self) -> None:
        """Writes what memory holds to the folder, if there is one: before the program ends."""
        if self._disk is not None:
            for saved in sorted(self._saved, key=lambda saved: saved.used):
                self._disk.put(saved.units, saved.data)

    def _disks(self) -> list[DiskPrefixes]:
        return [*([self._disk] if self._disk is not None else []), *self.shelves.values()]
