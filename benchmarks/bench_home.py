"""The home that benchmarks measure in: the sample course, read once and kept under .cache."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from benchmarks.report import ROOT
from chatbot.chat_model.llama import LlamaChatModel
from chatbot.course_reading import read_course
from chatbot.loading import Engines, build_engines
from chatbot.settings import Settings, read_settings
from knowledge.course import Course, sha256_of
from knowledge.library import Library
from knowledge.readers.bundle import course_files
from ui.commands.courses import prepare_sample
from ui.commands.output import tell
from ui.commands.serving import SAMPLE

COURSE_CACHE_MB = 2000
GOLDEN = ROOT / "examples" / "sample-course.golden.jsonl"


def sample_course(profile: str = "starter") -> tuple[Settings, Engines, Course]:
    """Settings of a home of its own, engines not loaded yet, and the sample course as the code of today reads it.

    The key of the folder is what the course depends on: its files and the code that reads, splits and stores them.
    """
    with course_files(SAMPLE) as files:
        sources = [file.path for file in files]
    sources += sorted(path for path in (ROOT / "knowledge").rglob("*.py"))
    key = sha256_of_all(sources)[:12]
    folder = ROOT / ".cache" / "benchmarks"
    home = folder / f"{profile}-{key}"
    for old in folder.glob(f"{profile}-*"):
        if old != home:
            shutil.rmtree(old)
    settings = read_settings(home=home, profile=profile)
    engines = build_engines(settings)
    library = Library(settings.courses)
    if not (home / "complete").exists():
        prepare_sample(library, settings, engines, SAMPLE)
        (home / "complete").touch()
    return settings, engines, library.open("sample")


def sha256_of_all(files: list[Path]) -> str:
    import hashlib

    digest = hashlib.sha256()
    for file in files:
        digest.update(sha256_of(file).encode())
    return digest.hexdigest()


def read_beforehand(course: Course, chat: LlamaChatModel) -> None:
    """The course as the chat model has read it while nobody asked: minutes the first time, hardly any time the second."""
    state = None
    for state in read_course(course, chat, COURSE_CACHE_MB):
        tell(f"\r\033[K{100 * state.seen // state.beginnings} % of the course read beforehand", end="")
    tell()
    assert state is not None and state.percent == 100


def forget_what_was_read(chat: LlamaChatModel) -> None:
    """Nothing of what was read for a question is known any more, so that none is helped by the one before. What was read of the
    course while nobody asked stays: that is so on every day but the first.
    """
    with chat._used() as loaded:
        while loaded.scheduler.busy:
            time.sleep(0.01)
        for stream in loaded.scheduler._places.streams:
            loaded.scheduler._places.cut(stream, 0)
        loaded.store._saved.clear()
        chat._judged.clear()
