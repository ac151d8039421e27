"""A folder of what was read, found again after a restart."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from bisect import bisect
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np

from chatbot.chat_model.units import Unit, shared_length

_FREE_SHARE = 0.01  # of the disk's free space that one of them may take: what is nearly full is left alone

_FORSAKEN_S = 7 * 86400.0

_log = logging.getLogger(__name__)

Tokens = tuple[int, ...]


@dataclass(slots=True)
class Saved:
    units: list[Unit]
    data: np.ndarray
    used: int  # the store's clock


class DiskPrefixes:
    """At most `limit_mb` of saved prefixes; only of text, since pictures are known by their bytes.

    `key` names the model and how its context was opened: what another one saved is never read. A file that is damaged or
    cannot be written is only a file less. One thread writes; others may ask what is `shared`.
    """

    def __init__(self, folder: Path, limit_mb: int, key: str) -> None:
        self._folder = folder / key
        self._limit = limit_mb * 1_000_000
        with suppress(OSError):  # told when something is to be written there
            self._folder.mkdir(parents=True, exist_ok=True)
        self._files: dict[Tokens, Path] = {}
        self._order: tuple[Tokens, ...] = ()  # sorted: the one that shares most with a prompt stands next to where it would stand
        for file in self._folder.glob("*.npz"):
            self._remember(file)
        self._sort()

    @property
    def is_there(self) -> bool:
        """False after its folder was removed, as with a course."""
        return self._folder.is_dir()

    def put(self, units: Sequence[Unit], data: np.ndarray) -> None:
        """Whatever has not been used for longest goes when there is no room."""
        tokens = _text_of(units)
        if len(tokens) < len(units) or self.shared(units) == len(units):
            return
        file = self._folder / f"{hashlib.sha256(np.asarray(tokens, np.int32).tobytes()).hexdigest()[:24]}.npz"
        part = file.with_suffix(".part")
        try:
            with part.open("wb") as opened:
                np.savez(opened, tokens=np.asarray(tokens, np.int32), data=data)
            part.replace(file)
            self._files[tokens] = file
            self._make_room()
        except OSError as error:
            _log.warning("what was read could not be kept in %s: %s", self._folder, error)
        self._sort()

    def has_room(self) -> bool:
        """Whether one more, as large as the largest, fits without anything having to go and without filling the disk."""
        try:
            free = shutil.disk_usage(self._folder).free
            sizes = [file.stat().st_size for file in self._files.values()]
        except OSError:
            return False
        one = max(sizes, default=0)
        return sum(sizes) + one <= self._limit and one < free * _FREE_SHARE

    def shared(self, units: Sequence[Unit]) -> int:
        """How many of the units, from the first, the best of the files holds."""
        return self._best(units)[0]

    def nearest(self, units: Sequence[Unit], more_than: int) -> Saved | None:
        length, tokens = self._best(units)
        if length <= more_than:
            return None
        file = self._files[tokens]
        try:
            with np.load(file) as found:
                data = found["data"]
            os.utime(file)
            return Saved(list(tokens), data, 0)
        except (OSError, ValueError, KeyError, EOFError) as error:
            _log.warning("%s cannot be read: %s", file, error)
            self._forget(tokens)
            self._sort()
            return None

    def keep_only(self, wanted: Collection[Tokens]) -> None:
        """Removes all others."""
        for tokens in [tokens for tokens in self._files if tokens not in wanted]:
            self._forget(tokens)
        self._sort()

    def remove_forsaken(self) -> None:
        """Removes what models that are no longer used have beside it: whatever nothing was read from or put into for long."""
        for folder in self._folder.parent.iterdir() if self.is_there else ():
            if folder == self._folder or not folder.is_dir():
                continue
            with suppress(OSError):
                last = max(file.stat().st_mtime for file in (folder, *folder.glob("*.npz")))
                if time.time() - last > _FORSAKEN_S:
                    shutil.rmtree(folder)

    def _best(self, units: Sequence[Unit]) -> tuple[int, Tokens]:
        tokens, order = _text_of(units), self._order
        at = bisect(order, tokens)
        beside = order[max(0, at - 1) : at + 1]
        return max(((shared_length(other, tokens), other) for other in beside), default=(0, ()))

    def _remember(self, file: Path) -> None:
        try:
            with np.load(file) as found:
                self._files[tuple(found["tokens"].tolist())] = file
        except Exception as error:  # a damaged zip raises kinds of its own; without this file all goes on
            _log.warning("%s cannot be read: %s", file, error)
            file.unlink(missing_ok=True)

    def _make_room(self) -> None:
        sizes = {tokens: file.stat() for tokens, file in self._files.items()}
        total = sum(about.st_size for about in sizes.values())
        for tokens in sorted(sizes, key=lambda tokens: sizes[tokens].st_mtime):
            if total <= self._limit:
                return
            total -= sizes[tokens].st_size
            self._forget(tokens)

    def _forget(self, tokens: Tokens) -> None:
        """`_sort` must follow."""
        self._files.pop(tokens).unlink(missing_ok=True)

    def _sort(self) -> None:
        self._order = tuple(sorted(self._files))


def _text_of(units: Sequence[Unit]) -> Tokens:
    """The tokens up to the first picture."""
    return tuple(takewhile(lambda unit: isinstance(unit, int), units))
