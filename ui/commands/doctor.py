"""coursemate doctor: what is here, what is missing, and what to do about it."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.loading import missing_weights
from chatbot.settings import Settings
from knowledge import figure_vectors
from knowledge.errors import CoursemateError
from knowledge.library import Library
from ui.commands.output import result


@dataclass(frozen=True, slots=True)
class Finding:
    mark: Literal["ok", "note", "MISSING"]
    what: str
    remedy: str = ""


def doctor(arguments: Namespace, settings: Settings) -> int:
    """Exit status 1 when something is missing without which questions cannot be answered."""
    findings = [*_machine(settings), *_engines(), *_weights(settings), *_courses(settings)]
    for finding in findings:
        result(f"{finding.mark:8} {finding.what}" + (f"\n         -> {finding.remedy}" if finding.remedy else ""))
    return 1 if any(finding.mark == "MISSING" for finding in findings) else 0


def _machine(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}: {sys.executable}")
    yield Finding("ok", f"home {settings.home}, weights {settings.weights}, profile {settings.profile}")
    home = settings.home if settings.home.exists() else settings.home.anchor
    free = shutil.disk_usage(home).free / 1e9
    if free < 3:
        yield Finding("note", f"{free:.1f} GB free on the disk of {settings.home}", "A course and weights need about 3 GB.")
    with socket.socket() as probe:
        if probe.connect_ex((settings.host, settings.port)) == 0:
            yield Finding(
                "note",
                f"something answers on {settings.host}:{settings.port} already",
                f"If it is not Coursemate, serve on another port: coursemate serve --port {settings.port + 1}",
            )


def _engines() -> Iterator[Finding]:
    from chatbot import chat_model, speech
    from knowledge import embedding, index, transcription

    tables = {
        "chat": chat_model, "embedder": embedding, "index": index, "transcriber": transcription, "voice": speech,
    }  # fmt: skip
    for role, module in tables.items():
        for name, engine in module.ENGINES.items():
            missing = engine.missing()
            if not missing:
                yield Finding("ok", f"{role} engine {name}")
            elif engine.extra:
                yield Finding("note", f"{role} engine {name} is not installed", f'pip install "coursemate[{engine.extra}]"')
            else:
                yield Finding("MISSING", f"{role} engine {name} needs {', '.join(missing)}", "make install")
    if not shutil.which("espeak-ng"):
        yield Finding("note", "espeak-ng is not installed: no voice for Chinese", "Install the package espeak-ng.")


def _weights(settings: Settings) -> Iterator[Finding]:
    missing = missing_weights(settings)
    for name in missing:
        yield Finding("MISSING", f"weights {name}", f"coursemate weights pull {settings.profile}")
    if not missing:
        yield Finding("ok", f"weights of the profile {settings.profile}")


def _courses(settings: Settings) -> Iterator[Finding]:
    library = Library(settings.courses)
    for name in library.names():
        try:
            course = library.open(name)
            summary = course.summary()
            yield Finding("ok", f"course {name}: {summary.documents} documents, {summary.chunks} passages")
            if (pictures := settings.picture_embedder) and (left := figure_vectors.missing(course, pictures.name)):
                yield Finding(
                    "note",
                    f"course {name}: {left} of {summary.figures} figures were not embedded with {pictures.name}",
                    f"coursemate course embed {name}",
                )
        except CoursemateError as error:
            yield Finding("MISSING", f"course {name}", str(error))
    if not library.names():
        yield Finding("note", "no course yet", "coursemate serve creates the sample course; or: coursemate course add NAME PATH")
