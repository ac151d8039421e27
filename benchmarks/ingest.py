"""Adding course material: how fast and in how much memory, beside the usual pipeline on the same PDFs.

    python -m benchmarks.ingest [--quick] [--eval FOLDER]

Each pipeline runs in a process of its own, one after the other, three times; its memory is what it and the processes
that it starts hold together (Linux only). --eval names a folder of courses: each is added, and what came of it shown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.long_pdf import write_book
from benchmarks.report import ROOT, Figure, main
from benchmarks.usual_pipeline import add_usual
from chatbot.loading import Engines, build_engines
from chatbot.settings import Settings, read_settings
from knowledge.adding import Outcome, Tools, add
from knowledge.library import Library
from knowledge.sound import HEARING_RATE, Sound, decode_sound
from knowledge.weights import WeightStore, load_catalogue
from ui.commands.serving import SAMPLE

_LOOK_EVERY_S = 0.05
_QUESTION = "How does a lens bend light?"


def measure(quick: bool, courses: Path | None = None) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = beside_the_usual(folder / "books", rounds=1 if quick else 3, pages=15 if quick else 40)
        if not quick:
            from benchmarks.adding import large_course  # here, for what it imports is no part of adding

            figures += [long_book(folder), lecture(folder, minutes=10), large_course(folder)]
        if courses is not None and courses.is_dir():
            figures += given_courses(folder, courses)
        return figures


# -- the same PDFs, the usual way and ours


def beside_the_usual(folder: Path, *, rounds: int, pages: int) -> list[Figure]:
    """Three books and the sample course's PDF, added by both, in turn."""
    folder.mkdir(parents=True)
    for seed in range(1, 4):
        write_book(folder / f"book{seed}.pdf", pages, seed=seed)
    sample = next(SAMPLE.glob("*.pdf"))
    (folder / sample.name).write_bytes(sample.read_bytes())
    ours, blind, usual = [], [], []
    there = importlib.util.find_spec("langchain_community") and importlib.util.find_spec("pypdf")
    for _ in range(rounds):
        ours.append(_in_a_process("ours", folder))
        blind.append(_in_a_process("blind", folder))
        if there:
            usual.append(_in_a_process("usual", folder))

    def figure(name: str, key: str, unit: str, bar: float | None, smaller: bool, runs: list | None = None) -> Figure:
        baseline = median(run[key] for run in usual) if usual else None
        value = median(run[key] for run in runs or ours)
        return Figure(name, value, unit, baseline, bar and baseline and bar * baseline, smaller)

    return [
        figure("PDFs added and found, engines loaded", "pages_per_s", "pages/s", 3.0, False),
        figure("the same with the program's start", "pages_per_s_from_start", "pages/s", None, False),
        figure("most memory while adding, all processes", "peak_mb", "MB", 0.5, True),
        figure("the same without reading the words in figures, as the usual does", "pages_per_s", "pages/s", 3.0, False, blind),
        figure("most memory, without reading the words in figures", "peak_mb", "MB", 0.5, True, blind),
        figure("pages of which there is a passage", "pages", "pages", 1.0, False),
        figure("passages", "passages", "", None, False),
    ]  # fmt: skip


def _in_a_process(which: str, folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.ingest", f"--{which}", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        peak_mb = 0.0
        while process.poll() is None:
            peak_mb = max(peak_mb, sum(map(_held_mb, _family(process.pid))))
            time.sleep(_LOOK_EVERY_S)
        out, err = process.communicate()
    if process.returncode:
        raise RuntimeError(f"adding ({which}) failed:\n{err}")
    took = time.perf_counter() - began
    found = json.loads(out.splitlines()[-1])
    rates = {"pages_per_s": found["pages"] / found["added_s"], "pages_per_s_from_start": found["pages"] / took}
    return {**found, **rates, "peak_mb": peak_mb}


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                yield from _family(int(child))
        except OSError:
            continue  # it has just ended


def _held_mb(pid: int) -> float:
    """What a process holds in memory, with its share of what it holds together with others: a fork begins as a copy."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))


def add_ours(folder: Path, *, sees: bool = True) -> dict[str, float]:
    """What `coursemate course add` does, and one search. Without `sees`, figures keep their captions and are not read."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        settings, engines = _engines(Path(home))
        library, tools = Library(settings.courses), _tools(settings, engines, sees=sees)
        tools.embedder.embed_query("warm up")
        loaded = time.perf_counter()
        course = _create(library, "c", tools)
        paths = [outcome.document for outcome in _outcomes(course, folder, tools) if outcome.error is None]
        course.nearest(tools.embedder.embed_query(_QUESTION), 4)
        added = time.perf_counter()
        passages = [(path, passage.locator.page) for path in paths for passage in course.chunks(path)]
        library.close()
    return {
        "loaded_s": loaded - began, "added_s": added - loaded, "pages": len(set(passages)), "passages": len(passages),
    }  # fmt: skip


# -- what has a bar of its own


def long_book(folder: Path) -> Figure:
    file = folder / "long.pdf"
    write_book(file, 300, seed=9)
    settings, engines = _engines(folder / "long")
    library, tools = Library(settings.courses), _tools(settings, engines)
    began = time.perf_counter()
    [outcome] = _outcomes(_create(library, "long", tools), file, tools)
    took = time.perf_counter() - began
    library.close()
    return Figure(f"a PDF of {outcome.pages} pages, {outcome.chunks} passages, added", took, "s", None, 60.0)


def lecture(folder: Path, *, minutes: int) -> Figure:
    """The sample lecture, over and over, as one recording."""
    said = decode_sound(next(SAMPLE.glob("*.mp3")).read_bytes(), longest_s=3600.0).samples
    file = folder / "lecture.wav"
    file.write_bytes(Sound(np.resize(said, minutes * 60 * HEARING_RATE), HEARING_RATE).to_wav())
    settings, engines = _engines(folder / "lecture")
    library, tools = Library(settings.courses), _tools(settings, engines, hears=True)
    began = time.perf_counter()
    [outcome] = _outcomes(_create(library, "lecture", tools), file, tools)
    took = time.perf_counter() - began
    library.close()
    name = f"a lecture of {minutes} minutes, {outcome.chunks} passages: faster than it was held"
    return Figure(name, minutes * 60 / took, "times", None, 10.0, smaller=False)


def given_courses(folder: Path, courses: Path) -> list[Figure]:
    """Every folder of `courses` that holds course files: how many were read, and what they gave."""
    settings, engines = _engines(folder / "given")
    library, tools = Library(settings.courses), _tools(settings, engines)
    figures = []
    for given in sorted(path for path in courses.iterdir() if path.name.startswith(("course-", "hostile"))):
        began = time.perf_counter()
        outcomes = _outcomes(_create(library, given.name, tools), given, tools)
        took = time.perf_counter() - began
        read = [outcome for outcome in outcomes if outcome.error is None]
        counts = (
            (f"files read of {len(outcomes)}", len(read)), ("passages", sum(o.chunks for o in read)),
            ("figures", sum(o.figures for o in read)), ("warnings", sum(len(o.warnings) for o in read)), ("seconds", took),
        )  # fmt: skip
        figures += [Figure(f"{given.name}: {name}", count, "") for name, count in counts]
    library.close()
    return figures


# -- underneath


def _engines(home: Path) -> tuple[Settings, Engines]:
    settings = read_settings(home=home, profile="starter")
    return settings, build_engines(settings)


def _tools(settings: Settings, engines: Engines, *, hears: bool = False, sees: bool = True) -> Tools:
    transcriber = engines.load("transcriber") if hears else None
    seer = engines.load("seer") if sees else None
    return Tools(engines.load("embedder"), seer, transcriber, settings.limits)


def _create(library: Library, name: str, tools: Tools):
    return library.create(name, embedder=tools.embedder.name, dimensions=tools.embedder.dimensions)


def _outcomes(course, path: Path, tools: Tools) -> list[Outcome]:
    return [step.outcome for step in add(course, path, tools) if step.outcome is not None]


def run() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--eval", type=Path, metavar="FOLDER")
    parser.add_argument("--ours", type=Path)
    parser.add_argument("--blind", type=Path)
    parser.add_argument("--usual", type=Path)
    arguments, others = parser.parse_known_args()
    if arguments.ours or arguments.blind:
        print(json.dumps(add_ours(arguments.ours or arguments.blind, sees=arguments.blind is None)))
        return 0
    if arguments.usual:
        settings = read_settings(profile="starter")
        store = WeightStore(settings.weights, load_catalogue(), offline=True)
        print(json.dumps(add_usual(arguments.usual, store.path("all-MiniLM-L6-v2"))))
        return 0
    return main(lambda quick: measure(quick, arguments.eval), __doc__, others)


if __name__ == "__main__":
    sys.exit(run())
