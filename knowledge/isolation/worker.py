"""The reading process: waits for a file's name, reads it in a process of its own, and sends what it found.

On Linux it forks for every file: Python and the parsers are loaded once, no file finds anything of the one before, and
a file that breaks its process breaks no other. Elsewhere, where forking is not safe with every library, it reads one
file and ends. Pictures and sound are sent to the parent to be read: the engines, large and trusted, stay there.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.errors import CoursemateError
from knowledge.isolation import confinement
from knowledge.isolation.wire import (
    Channel,
    WireError,
    document_to_wire,
    sight_from_wire,
    transcript_from_wire,
)
from knowledge.readers import FORMATS, read, sniff, source_root
from knowledge.readers.subtitled import subtitles_beside

_LEAST_STEP = 0.005  # of the share done; smaller steps are not worth a message
_FULL_SCALE = 32768.0  # of 16-bit sound, which is what was decoded
# These name no other files, so they need see none; a page or a notebook may show pictures that lie beside it.
_STAND_ALONE = (
    "pdf", "slides", "picture", "drawing", "recording", "text", "word", "opendocument", "rich text", "workbook", "ebook",
    "table", "subtitles", "code",
)  # fmt: skip


def main() -> None:
    incoming, outgoing = int(sys.argv[1]), int(sys.argv[2])
    channel = Channel(incoming, outgoing)
    while True:
        try:
            request = channel.receive()
        except WireError:
            return  # the parent has ended
        if request is None:
            continue
        job = request[0]
        _load_reader(Path(job["name"]).suffix.lower())
        if not sys.platform.startswith("linux"):
            _read_one(channel, job)
            return
        if not _read_in_a_fork(channel, job, incoming):
            return


def _load_reader(suffix: str) -> None:
    """Imports what such a file will need, judging by its name alone, so that every fork has it already."""
    for format in FORMATS.values():
        if suffix in format.suffixes:
            import_module(format.reader.partition(":")[0])
            if format is FORMATS.get("recording"):
                import_module("av")


def _read_in_a_fork(channel: Channel, job: dict[str, Any], incoming: int) -> bool:
    """Reads one file in a fork; whether the fork ended well. Else this process has had its day as well."""
    alive, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(alive)
        code = 1
        try:
            _read_one(channel, job)
            code = 0
        finally:
            os._exit(code)
    os.close(held)
    watch = select.poll()
    watch.register(alive, select.POLLHUP)
    watch.register(incoming, 0)  # only its end: the fork reads what the parent answers
    if alive not in [descriptor for descriptor, _ in watch.poll()]:
        os.kill(pid, signal.SIGKILL)
        return False
    os.close(alive)
    _, status, used = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    channel.send({"kind": "ended", "code": code, "peak_mb": used.ru_maxrss / 1000})
    return code == 0


def _read_one(channel: Channel, job: dict[str, Any]) -> None:
    """Confines this process, reads the file, and sends the document or why there is none."""
    path, name = Path(job["path"]), job["name"]
    try:
        document = _confined_read(channel, job, path, name)
        channel.send(*_answer(document))
    except CoursemateError as error:
        details = {key: str(value) for key, value in error.details.items()}
        channel.send(
            {"kind": "error", "type": type(error).__name__, "text": str(error), "code": error.code, "details": details}
        )
    except MemoryError:
        channel.send({"kind": "memory", "memory_mb": job["memory_mb"]})
    except WireError:
        return
    except Exception as error:  # a parser's own failure: told as one, and this process ends anyway
        if _is_out_of_memory(error):
            channel.send({"kind": "memory", "memory_mb": job["memory_mb"]})
        else:
            channel.send({"kind": "failed", "reason": f"{type(error).__name__}: {error}"[:300]})


def _answer(document) -> tuple[dict[str, Any], list[bytes]]:
    value, images = document_to_wire(document)
    return {"kind": "document", "document": value}, images


def _confined_read(channel: Channel, job: dict[str, Any], path: Path, name: str):
    confinement.limit_resources(job["memory_mb"] + job["sound_mb"], job["seconds"])
    confinement.deny_in_python()
    reader = read
    if job["reader"]:  # before anything is denied: it may be a module that is not loaded yet
        module, _, attribute = job["reader"].partition(":")
        reader = getattr(import_module(module), attribute)
    kind = sniff(path, name)
    if kind == "recording":
        job["memory_mb"] += job["sound_mb"]
    else:
        confinement.limit_memory(job["memory_mb"])
    confinement.deny_other_files(*_needed(path, name, kind, job["language"]))
    confinement.deny_system_calls()
    return reader(
        path,
        name=name,
        seer=_Seer(channel) if job["seer"] else None,
        transcriber=_Transcriber(channel, tuple(job["languages"])) if job["transcriber"] else None,
        language=job["language"],
        on_progress=_Progress(channel),
    )


def _needed(path: Path, name: str, kind: str, language: str) -> tuple[list[Path], list[Path]]:
    """The files and folders that the reader may read, and the folders whose names it may see."""
    if kind == "recording":  # its subtitles lie beside it
        subtitles = subtitles_beside(path, language)
        return [path, subtitles] if subtitles else [path], [path.parent]
    return [path] if kind in _STAND_ALONE else [path, source_root(path, name)], []


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether some library wrapped its want of memory into an error of its own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == 12 or "bad_alloc" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Progress:
    def __init__(self, channel: Channel) -> None:
        self._channel, self._told = channel, 0.0

    def __call__(self, share: float) -> None:
        if share - self._told >= _LEAST_STEP:
            self._told = share
            self._channel.send({"kind": "progress", "share": share})


@dataclass(frozen=True, slots=True)
class _Seer:
    """Asks the parent what can be read in a picture."""

    channel: Channel

    def look(self, picture):
        self.channel.send({"kind": "look"}, [picture.data])
        return sight_from_wire(_reply(self.channel))


@dataclass(frozen=True, slots=True)
class _Transcriber:
    """Asks the parent what is said in a sound. Progress is the parent's to tell, who hears it first."""

    channel: Channel
    languages: tuple[str, ...]

    def transcribe(self, sound, *, language: str | None = None, hints: str = "", on_progress=None):
        pcm = np.empty(len(sound.samples), "<i2")
        for start in range(0, len(pcm), 1 << 20):  # in pieces: four hours are too much to hold a third time
            piece = sound.samples[start : start + (1 << 20)] * _FULL_SCALE
            pcm[start : start + len(piece)] = np.clip(np.rint(piece), -32768, 32767)
        self.channel.send(
            {"kind": "transcribe", "rate": sound.rate, "language": language, "hints": hints}, [memoryview(pcm)]
        )
        return transcript_from_wire(_reply(self.channel))


def _reply(channel: Channel) -> dict[str, Any]:
    while (frame := channel.receive()) is None:
        pass
    return frame[0]["value"]


if __name__ == "__main__":
    main()
