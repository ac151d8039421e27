"""Pinned weight files: where they lie, and how they are fetched and verified.

What a file holds is for the engines to know. Files lie at FOLDER/SET/FILE and are right when their SHA-256 is the one in
weights.toml; a stamp beside them remembers that, so that a start looks at sizes and times and hashes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from knowledge.errors import (
    DownloadFailed,
    StorageFull,
    WeightsCorrupt,
    WeightsError,
    WeightsMissing,
    disk_full_is_storage_full,
)
from knowledge.weight_catalogue import Catalogue, Part, WeightFile, WeightSet, load_catalogue, look_up

if TYPE_CHECKING:
    from knowledge.weight_sources import Source

__all__ = [
    "Catalogue",
    "FileStatus",
    "Part",
    "WeightFile",
    "WeightSet",
    "WeightStore",
    "load_catalogue",
    "pull_with_bar",
]

OnProgress = Callable[[int, int, str], None]  # bytes there so far, bytes in all, what is being fetched
STAMP = ".verified.json"
INCOMING = ".incoming"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What verifying one file found: nothing, or the error that names the remedy."""

    weights: str
    file: str
    error: WeightsError | None


class WeightStore:
    """A folder of weight files, which several processes may read and fill at the same time.

    `sources` are asked in order; by default the publisher, then the packages.
    """

    def __init__(
        self, folder: Path, catalogue: Catalogue, *, offline: bool = False, sources: Sequence[Source] | None = None
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.offline = offline
        self._sources = sources

    def path(self, name: str) -> Path:
        """The folder of a set whose files are all right. Raises WeightsMissing or WeightsCorrupt.

        Files that somebody put there by hand are hashed once, here.
        """
        weights = look_up(name, self.catalogue.weights)
        for file in weights.files:
            if problem := self._problem(weights, file):
                raise problem
        return self.folder / name

    def present(self, name: str) -> bool:
        try:
            self.path(name)
        except WeightsError:
            return False
        return True

    def verify(self, names: Sequence[str], on_progress: OnProgress | None = None) -> list[FileStatus]:
        """Hashes every file of these sets, whatever the stamps say."""
        tally = _Tally(self._sets(names), on_progress)
        found = []
        for weights, file in tally.files:
            tally.start(weights, file)
            found.append(FileStatus(weights.name, file.file, self._problem(weights, file, trust_stamp=False)))
            tally.at(file.bytes)
        return found

    def pull(self, names: Sequence[str], on_progress: OnProgress | None = None) -> None:
        """Brings what is missing of these sets; what is right already is not fetched again.

        An interruption at any moment loses nothing: the next pull goes on where this one stopped. Raises DownloadFailed,
        WeightsCorrupt or StorageFull.
        """
        tally = _Tally(self._sets(names), on_progress)
        if not (missing := [(weights, file) for weights, file in tally.files if self._problem(weights, file)]):
            return
        if self.offline:
            raise self._forbidden(*missing[0])
        with self._clear_disk_errors():
            self._check_room(missing)
            sources = list(self._sources if self._sources is not None else _default_sources())
            for weights in dict.fromkeys(weights for weights, _ in missing):
                with self._alone(weights, tally):
                    self._complete(weights, sources, tally)

    def _forbidden(self, weights: WeightSet, file: WeightFile) -> DownloadFailed:
        command = self.catalogue.pull_command(weights.name)
        return DownloadFailed(
            f"{file.file} ({weights.name}) is missing or damaged in {self.folder}, and COURSEMATE_OFFLINE=1 forbids to "
            f"fetch it. Unset it and run: {command}. Or copy the file there from another machine.",
            code="weights_offline",
            file=file.file,
            name=weights.name,
            folder=str(self.folder / weights.name),
            command=command,
        )

    def _sets(self, names: Sequence[str]) -> list[WeightSet]:
        return [look_up(name, self.catalogue.weights) for name in dict.fromkeys(names)]

    def _complete(self, weights: WeightSet, sources: list[Source], tally: _Tally) -> None:
        for file in weights.files:
            tally.start(weights, file)
            if self._problem(weights, file):
                self._fetch(weights, file, sources, tally)
            tally.at(file.bytes)
        shutil.rmtree(self.folder / weights.name / INCOMING, ignore_errors=True)

    def _fetch(self, weights: WeightSet, file: WeightFile, sources: list[Source], tally: _Tally) -> None:
        """Asks one source after the other; one that cannot be reached is not asked again in this pull."""
        from knowledge.weight_sources import SourceFailed, SourceUnreachable

        part = self.folder / weights.name / INCOMING / f"{file.file.replace('/', '__')}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        failures: list[str] = []
        error_type: type[WeightsError] = DownloadFailed
        for source in [source for source in sources if source.offers(weights, file)]:
            try:
                source.fetch(weights, file, part, tally.at)
            except SourceFailed as failure:
                failures.append(f"{source.name}: {failure}")
                if isinstance(failure, SourceUnreachable):
                    sources.remove(source)
                continue
            if _sha256(part) == file.sha256:
                self._put_in_place(weights, file, part)
                return
            part.unlink()
            error_type = WeightsCorrupt
            failures.append(f"{source.name}: what came has another SHA-256 than the catalogue's, and was thrown away")
        raise self._not_delivered(error_type, weights, file, failures)

    def _not_delivered(
        self, error_type: type[WeightsError], weights: WeightSet, file: WeightFile, failures: list[str]
    ) -> WeightsError:
        said = "; ".join(failures) or "no source that was asked before could be reached, and no other has it"
        command = self.catalogue.pull_command(weights.name)
        return error_type(
            f"{file.file} ({weights.name}) could not be fetched: {said}. Check the network and run again, which goes on "
            f"where this stopped: {command}. Or copy the file into {self.folder / weights.name}.",
            code="weights_corrupt" if error_type is WeightsCorrupt else "download_failed",
            file=file.file,
            name=weights.name,
            reason=said,
            command=command,
            folder=str(self.folder / weights.name),
        )

    def _put_in_place(self, weights: WeightSet, file: WeightFile, part: Path) -> None:
        target = self.folder / weights.name / file.file
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb+") as opened:
            os.fsync(opened.fileno())
        part.replace(target)
        self._stamp(weights, file)

    def _problem(self, weights: WeightSet, file: WeightFile, *, trust_stamp: bool = True) -> WeightsError | None:
        """What is wrong with a file, if anything. Hashes it when there is no stamp, or the stamp is not to be trusted."""
        path = self.folder / weights.name / file.file
        command = self.catalogue.pull_command(weights.name)
        details = {"file": str(path), "name": weights.name, "command": command}
        try:
            size = path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            offline = " and unset COURSEMATE_OFFLINE" if self.offline else ""
            message = f"The weights {weights.name} are not here: {path} is missing. Fetch them with: {command}{offline}"
            return WeightsMissing(message, code="weights_missing", **details)
        if size == file.bytes:
            if trust_stamp and self._stamps(weights).get(file.file) == _stamp_of(path, file):
                return None
            if _sha256(path) == file.sha256:
                self._stamp(weights, file)
                return None
        wrong = "another SHA-256" if size == file.bytes else f"{size} bytes where {file.bytes} are expected"
        self._stamp(weights, file, right=False)
        message = f"{path} is damaged: it has {wrong}. Fetch it again with: {command}"
        return WeightsCorrupt(message, code="weights_corrupt", **details)

    def _stamps(self, weights: WeightSet) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / weights.name / STAMP).read_text()))
        except (OSError, ValueError, TypeError):
            return {}  # the files are hashed again, and the stamp is written anew

    def _stamp(self, weights: WeightSet, file: WeightFile, *, right: bool = True) -> None:
        """Remembers that a file was found right. In a folder that cannot be written, each start hashes anew."""
        stamps = self._stamps(weights)
        stamps.pop(file.file, None)
        if right:
            stamps[file.file] = _stamp_of(self.folder / weights.name / file.file, file)
        stamp = self.folder / weights.name / STAMP
        with suppress(OSError):
            fresh = stamp.with_name(f"{STAMP}.{os.getpid()}")
            fresh.write_text(json.dumps(stamps, indent=1))
            fresh.replace(stamp)

    def _check_room(self, missing: Sequence[tuple[WeightSet, WeightFile]]) -> None:
        """Before the first byte: is there room for what is missing, and for one package beside it?"""
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        package = max((part.bytes for _, file in missing for part in file.parts), default=0)
        need = sum(file.bytes for _, file in missing) + 2 * package
        for name in {weights.name for weights, _ in missing}:
            need -= sum(part.stat().st_size for part in (self.folder / name / INCOMING).glob("*.part"))
        if free < need:
            raise StorageFull(
                f"The disk that holds {self.folder} has {free / 1e9:.1f} GB free, and the weights need {need / 1e9:.1f} GB. "
                "Free some space, or name another folder with COURSEMATE_WEIGHTS.",
                code="storage_full",
                folder=str(self.folder),
                free_bytes=free,
                need_bytes=need,
            )

    @contextmanager
    def _clear_disk_errors(self) -> Iterator[None]:
        try:
            with disk_full_is_storage_full(self.folder):
                yield
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            raise DownloadFailed(
                f"The weights cannot be stored: {error.filename or self.folder} cannot be written. Correct its permissions, "
                "or name another folder with COURSEMATE_WEIGHTS.",
                code="weights_folder_unwritable",
                folder=str(self.folder),
            ) from error

    @contextmanager
    def _alone(self, weights: WeightSet, tally: _Tally) -> Iterator[None]:
        """One process at a time fills a set. The system drops the lock when its holder dies, however it dies."""
        folder = self.folder / weights.name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("ab") as lock:
            while not _try_lock(lock):
                tally.at(0, "waiting for another download of the same weights")
                time.sleep(0.3)
            yield


class _Tally:
    """Turns the bytes of one file that are there into the bytes of all files of some sets that are there."""

    def __init__(self, sets: Sequence[WeightSet], on_progress: OnProgress | None) -> None:
        self.files = [(weights, file) for weights in sets for file in weights.files]
        self._on_progress = on_progress
        self._total = sum(weights.bytes for weights in sets)
        self._before = 0
        self._label = ""

    def start(self, weights: WeightSet, file: WeightFile) -> None:
        self._before = sum(other.bytes for _, other in self.files[: self.files.index((weights, file))])
        self._label = weights.name

    def at(self, position: int, label: str = "") -> None:
        if self._on_progress:
            self._on_progress(self._before + position, self._total, label or self._label)


def _default_sources() -> list[Source]:
    from knowledge.weight_sources import Packages, Publisher

    return [Publisher(), Packages()]


def _stamp_of(path: Path, file: WeightFile) -> list[Any]:
    return [file.sha256, path.stat().st_mtime_ns]


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _try_lock(lock: IO[bytes]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def pull_with_bar(store: WeightStore, names: Sequence[str]) -> None:
    """Pulls with a bar on standard error: bytes, rate, time left. Ctrl-C becomes DownloadFailed, saying what is kept."""
    if all(store.present(name) for name in names):
        return
    from tqdm import tqdm

    every_s = 0.2 if sys.stderr.isatty() else 10.0  # a log file gets a line now and then
    with tqdm(unit="B", unit_scale=True, mininterval=every_s, delay=0.5, dynamic_ncols=True) as bar:

        def show(done: int, total: int, label: str) -> None:
            if bar.total is None:
                bar.total, bar.initial, bar.n = total, done, done
            bar.set_description(label, refresh=False)
            bar.update(done - bar.n)

        try:
            store.pull(names, show)
        except KeyboardInterrupt:
            command = store.catalogue.pull_command(names[0])
            raise DownloadFailed(
                f"The download was interrupted. What came so far is kept; go on with: {command}",
                code="download_interrupted",
                command=command,
            ) from None
