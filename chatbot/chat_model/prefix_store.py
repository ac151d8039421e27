"""What was read and is not needed at this moment, as bytes outside the context: loading it takes a thousandth of reading.

A context has room for a few students; a class has more, and each comes back to his conversation. The least recently used
go first. With a folder, what memory has no room for is written there, and found again after a restart.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chatbot.chat_model.units import Unit, shared_length

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Saved:
    units: list[Unit]
    data: np.ndarray
    used: int  # the store's clock


class PrefixStore:
    """Holds at most `limit_mb` megabytes. For one thread."""

    def __init__(self, limit_mb: int, disk: DiskPrefixes | None = None) -> None:
        self._limit = limit_mb * 1_000_000
        self._disk = disk
        self._saved: list[Saved] = []
        self._clock = 0

    @property
    def bytes(self) -> int:
        return sum(saved.data.nbytes for saved in self._saved)

    def holds(self, units: Sequence[Unit]) -> bool:
        """Whether nothing would be gained by saving these."""
        return any(shared_length(saved.units, units) == len(units) for saved in self._saved)

    def shared(self, units: Sequence[Unit]) -> int:
        """How many of the units, from the first, memory holds. From any thread."""
        return max((shared_length(saved.units, units) for saved in self._saved), default=0)

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
        if self._disk is not None and (found := self._disk.nearest(units, more_than=length)):
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


class DiskPrefixes:
    """A folder of saved prefixes, at most `limit_mb` large; only of text, since pictures are known by their bytes.

    `key` names the model and how its context was opened: what another one saved is never read. A file that is damaged or
    cannot be written is only a file less.
    """

    def __init__(self, folder: Path, limit_mb: int, key: str) -> None:
        self._folder = folder / key
        self._limit = limit_mb * 1_000_000
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[Path, list[int]] = {}
        for file in sorted(self._folder.glob("*.npz")):
            self._remember(file)

    def put(self, units: Sequence[Unit], data: np.ndarray) -> None:
        if not all(isinstance(unit, int) for unit in units) or self._holds(units):
            return
        tokens = np.asarray(units, np.int32)
        file = self._folder / f"{hashlib.sha256(tokens.tobytes()).hexdigest()[:24]}.npz"
        part = file.with_suffix(".part")
        try:
            with part.open("wb") as opened:
                np.savez(opened, tokens=tokens, data=data)
            part.replace(file)
            self._known[file] = tokens.tolist()
            self._make_room()
        except OSError as error:
            _log.warning("what was read could not be kept in %s: %s", self._folder, error)

    def nearest(self, units: Sequence[Unit], more_than: int) -> Saved | None:
        lengths = {file: shared_length(tokens, units) for file, tokens in self._known.items()}
        file = max(lengths, key=lengths.__getitem__, default=None)
        if file is None or lengths[file] <= more_than:
            return None
        try:
            with np.load(file) as found:
                data = found["data"]
            os.utime(file)
            return Saved(list(self._known[file]), data, 0)
        except (OSError, ValueError, KeyError, EOFError) as error:
            _log.warning("%s cannot be read: %s", file, error)
            self._forget(file)
            return None

    def _holds(self, units: Sequence[Unit]) -> bool:
        return any(shared_length(tokens, units) == len(units) for tokens in self._known.values())

    def _remember(self, file: Path) -> None:
        try:
            with np.load(file) as found:
                self._known[file] = found["tokens"].tolist()
        except Exception as error:  # a damaged zip raises kinds of its own; without this file all goes on
            _log.warning("%s cannot be read: %s", file, error)
            self._forget(file)

    def _make_room(self) -> None:
        files = sorted(self._known, key=lambda file: file.stat().st_mtime)
        total = sum(file.stat().st_size for file in files)
        for file in files:
            if total <= self._limit:
                return
            total -= file.stat().st_size
            self._forget(file)

    def _forget(self, file: Path) -> None:
        self._known.pop(file, None)
        file.unlink(missing_ok=True)
