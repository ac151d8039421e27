"""A course file is read in a process of its own, with limits: a hostile file cannot hurt more than its own reading.

    with IsolatedReader(Limits()) as reader:
        document = reader.read(path, name="week1/slides.pptx", seer=seer, transcriber=transcriber)

The process parses; pictures and sound to be recognised come back to this one, are looked at as pictures or taken as plain
samples, and go to the engines that are loaded here. What each system's confinement is worth: see confinement.py.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.isolation.answers import crashed, document_from, too_long, too_much_memory
from knowledge.isolation.questions import look_or_listen
from knowledge.isolation.wire import Channel, Frame, WireError, number
from knowledge.limits import Limits
from knowledge.readers import FORMATS

_LOOK_UP_S = 0.25  # between two looks at the clock, at the wish to stop, and (not on Linux) at the memory
_SOUND_MB = 2900  # four hours of sound, while they are put together
_GENTLE = 15  # added to the process's niceness: a conversation goes first
_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The wish to stop, carried out."""


@dataclass(slots=True)
class Spent:
    """What the last file took."""

    seconds: float = 0.0
    peak_mb: float = 0.0


class IsolatedReader:
    """Holds one reading process, started when first needed and replaced after a failure; reads one file at a time.

    `reader` names another "module:callable" than knowledge.readers:read to be called there.
    """

    def __init__(self, limits: Limits | None = None, *, reader: str = "") -> None:
        self.limits = limits or Limits()
        self.spent = Spent()
        self._reader = reader
        self._turn = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._channel: Channel | None = None
        self._descriptors: tuple[int, ...] = ()
        self._folder: tempfile.TemporaryDirectory | None = None

    def read(
        self,
        path: Path,
        *,
        name: str | None = None,
        seer: Any = None,
        transcriber: Any = None,
        language: str = "en",
        on_progress: Callable[[float], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Document:
        """As knowledge.readers.read. Raises UnreadableDocument also when a limit is met, and Cancelled."""
        name = name or path.name
        self._check_size(path, name)
        with self._turn:
            job = _Job(path.absolute(), name, seer, transcriber, language, on_progress, cancelled)
            try:
                answer, ended = self._ask(job)
            except WireError as error:
                _log.debug("reading %s: %s", name, error)
                self._end()
                raise crashed(name) from error
            except BaseException:
                self._end()
                raise
        try:
            return document_from(answer, ended, name, self.limits)
        except WireError as error:
            _log.debug("reading %s: %s", name, error)
            raise crashed(name) from error

    def close(self) -> None:
        with self._turn:
            self._end()

    def __enter__(self) -> IsolatedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_size(self, path: Path, name: str) -> None:
        try:
            size = path.stat().st_size
        except OSError:
            return  # the reader says it better
        if size > self.limits.file_mb * 1_000_000:
            raise UnreadableDocument(
                f"{name} is larger than {self.limits.file_mb} MB. Split it and add the parts.",
                code="document_too_large",
                name=name,
                limit=f"{self.limits.file_mb} MB",
            )

    # -- one file

    def _ask(self, job: _Job) -> tuple[Frame | None, dict[str, Any]]:
        """What the process answered, if it did, and how it ended. On the way its questions are answered."""
        channel = self._started()
        channel.send(
            {
                "kind": "read", "path": str(job.path), "name": job.name, "language": job.language, "reader": self._reader,
                "seer": job.seer is not None, "transcriber": job.transcriber is not None,
                "languages": list(getattr(job.transcriber, "languages", ())),
                "memory_mb": self.limits.memory_mb, "sound_mb": _SOUND_MB, "seconds": self.limits.seconds,
            }
        )  # fmt: skip
        self.spent = Spent()
        watch = _Watch(self.limits, job, self._process.pid)
        answer: Frame | None = None
        while True:
            if (frame := channel.receive(_LOOK_UP_S)) is None:
                watch.look()
                continue
            header, attachments = frame
            kind = header.get("kind")
            if kind == "progress":
                watch.progress(number(header, "share"))
            elif kind in ("look", "transcribe"):
                with watch.paused():
                    channel.send({"kind": "reply", "value": look_or_listen(job, header, attachments)})
            elif kind == "ended":
                self.spent.peak_mb = number(header, "peak_mb")
                break
            else:
                answer = frame
                if not _FORKS:
                    break
        self.spent.seconds = watch.seconds
        if answer is None or not _FORKS:
            self._end()
        return answer, header

    # -- the process

    def _started(self) -> Channel:
        """The channel to a process that waits. It finds no environment but what Python needs, and an empty folder."""
        if self._process is not None and self._process.poll() is None:
            return self._channel
        self._end()
        self._folder = tempfile.TemporaryDirectory(prefix="coursemate-reading-")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "knowledge.isolation.worker", str(theirs_in), str(theirs_out)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if _log.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL,
            env=_environment(self._folder.name),
            cwd=self._folder.name,
            pass_fds=(theirs_in, theirs_out),
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, min(19, os.getpriority(os.PRIO_PROCESS, 0) + _GENTLE))
        self._descriptors = (ours_in, ours_out)
        self._channel = Channel(ours_in, ours_out)
        return self._channel

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for descriptor in self._descriptors:
                os.close(descriptor)
            self._folder.cleanup()
        self._process = self._channel = self._folder = None


_FORKS = sys.platform.startswith("linux")


@dataclass(frozen=True, slots=True)
class _Job:
    path: Path
    name: str
    seer: Any
    transcriber: Any
    language: str
    on_progress: Callable[[float], None] | None
    cancelled: threading.Event | None

    def stop_if_asked(self) -> None:
        if self.cancelled is not None and self.cancelled.is_set():
            raise Cancelled

    def progress(self, share: float) -> None:
        self.stop_if_asked()
        if self.on_progress is not None:
            self.on_progress(min(max(share, 0.0), 1.0))


class _Watch:
    """Looks at the clock and the memory of one reading."""

    def __init__(self, limits: Limits, job: _Job, pid: int) -> None:
        self._limits, self._job, self._pid = limits, job, pid
        self._memory_mb = limits.memory_mb + (_SOUND_MB if _is_recording(job.name) else 0)
        self._began = self._last = time.monotonic()
        self._share = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def progress(self, share: float) -> None:
        if share > self._share:  # a share that stands still or falls is no progress
            self._share, self._last = share, time.monotonic()
        self._job.progress(share)
        self.look()

    def look(self) -> None:
        self._job.stop_if_asked()
        now = time.monotonic()
        for most, since in ((self._limits.quiet_seconds, self._last), (self._limits.seconds, self._began)):
            if now - since > most:
                raise too_long(self._job.name, most)
        if not _FORKS and _resident_mb(self._pid) > self._memory_mb:
            raise too_much_memory(self._job.name, self._memory_mb)

    @contextlib.contextmanager
    def paused(self):
        """The clock stands while an engine of ours works."""
        self._job.stop_if_asked()
        began = time.monotonic()
        yield
        took = time.monotonic() - began
        self._began += took
        self._last += took


def _is_recording(name: str) -> bool:
    return Path(name).suffix.lower() in FORMATS["recording"].suffixes


def _environment(folder: str) -> dict[str, str]:
    """Nothing of ours but where Python finds things. One memory arena and one thread: more would count as memory used."""
    root = str(Path(__file__).resolve().parents[2])
    kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if key in os.environ}
    path = os.pathsep.join(dict.fromkeys(filter(None, (root, *os.environ.get("PYTHONPATH", "").split(os.pathsep)))))
    return {
        **kept, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": folder, "TMPDIR": folder,
        "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1",
    }  # fmt: skip


def _resident_mb(pid: int) -> float:
    """Memory that a process holds, as ps tells it."""
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return float(done.stdout.strip() or 0) / 1000
