"""Adding to a course: what reading in a process of its own costs, what a large course costs, and what adding does to a
conversation that goes on meanwhile."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.bench_home import forget_what_was_read, sample_course
from benchmarks.kills import HashEmbedder
from benchmarks.report import Figure, main
from chatbot.conversation import Done, Turn
from chatbot.tutor import Tutor
from knowledge.adding import Tools, add
from knowledge.courtesy import Courtesy
from knowledge.documents import Chunk, Document, Locator
from knowledge.isolation import IsolatedReader
from knowledge.library import Library
from knowledge.readers import read
from ui.commands.serving import SAMPLE

MANY = 50_000
QUESTIONS = ("What is the law of reflection?", "what is accommodation", "lens formula", "Why does a diamond sparkle?")
_PICTURE = SAMPLE / "eye-diagram.png"
_PAGE = "\n\n".join(f"# Part {n}\n\nA lens of {n} dioptres bends light that passes through its rim." for n in range(20))


def measure(quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        return [*_isolation(Path(folder), quick), large_course(Path(folder)), *_conversation(Path(folder), quick)]


def _isolation(folder: Path, quick: bool) -> list[Figure]:
    file = folder / "page.md"
    file.write_text(_PAGE)
    times = 10 if quick else 50
    began = time.perf_counter()
    with IsolatedReader() as reader:
        reader.read(file)
        first = time.perf_counter() - began
        apart = _median_s(lambda: reader.read(file), times)
    here = _median_s(lambda: read(file), times)
    return [
        Figure("reading a page of text in a process of its own", apart * 1000, "ms", here * 1000),
        Figure("starting that process, once for all files", first, "s"),
    ]


def large_course(folder: Path) -> Figure:
    """Adding a file until it is found; what the exact search itself takes among so many is not adding's."""
    library, embedder = Library(folder / "courses"), HashEmbedder()
    seconds = {}
    for name, count in (("empty", 0), ("large", MANY)):
        course = library.create(name, embedder=embedder.name, dimensions=embedder.dimensions)
        _fill(course, folder, count)
        query = embedder.embed_query("anything")
        course.nearest(query, 5)
        taken = []
        for n in range(7):
            file = folder / f"new{n}.md"
            file.write_text(_PAGE.replace("rim", f"rim {n}"))
            began = time.perf_counter()
            list(add(course, file, Tools(embedder)))
            course.nearest(query, 5)
            found = time.perf_counter()
            course.nearest(query, 5)
            taken.append(2 * found - began - time.perf_counter())
        seconds[name] = median(taken)
    library.close()
    return Figure(f"adding a page to {MANY} passages, beside adding it to none", seconds["large"] / seconds["empty"], "times", None, 2.0)


def _fill(course, folder: Path, count: int) -> None:
    if count:
        vectors = np.random.default_rng(1).standard_normal((count, course.dimensions)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        chunks = [Chunk(f"Sentence {n} speaks of lens {n % 97}.", Locator()) for n in range(count)]
        file = folder / "old.md"
        file.write_text("old")
        course.store(Document("old.md", "Old", "markdown", "en", ()), file, chunks, vectors)


def _conversation(folder: Path, quick: bool) -> list[Figure]:
    """The same questions alone, and while a folder of pages and pictures is added to another course."""
    settings, engines, course = sample_course()
    courtesy = Courtesy()
    tutor = Tutor(engines, settings, courtesy)
    tools = Tools(engines.load("embedder"), engines.load("seer"), limits=settings.limits, courtesy=courtesy)
    library = Library(folder / "others")
    other = library.create("other", embedder=tools.embedder.name, dimensions=tools.embedder.dimensions)
    questions = QUESTIONS[:2] if quick else QUESTIONS
    next(iter(tutor.ask(course, Turn("warm up: what is a lens?"))), None)
    alone = [_ask(tutor, course, question) for question in questions]
    forget_what_was_read(engines.get("chat"))  # else the same questions would have nothing left to read
    stop = threading.Event()
    adding = threading.Thread(target=_add_until, args=(other, folder, tools, stop))
    adding.start()
    time.sleep(2)
    beside = [_ask(tutor, course, question + " ") for question in questions]
    stop.set()
    adding.join()
    stored = len(other.documents())
    library.close()
    engines.close()
    return [
        Figure("first token while files are added", _of(beside, 0), "s", _of(alone, 0), 2 * _of(alone, 0)),
        Figure("writing while files are added", _of(beside, 1), "tokens/s", _of(alone, 1), 0.5 * _of(alone, 1), smaller=False),
        Figure("files added meanwhile", stored, "files", smaller=False),
    ]


def _add_until(course, folder: Path, tools: Tools, stop: threading.Event) -> None:
    given = folder / "given"
    given.mkdir()
    for n in range(1000):
        (given / f"{n}.md").write_text(_PAGE.replace("rim", f"rim {n}") * 3)
        if n % 10 == 0:  # its words are read by OCR, the step that can least be put off once it has begun
            (given / f"{n}.png").write_bytes(_PICTURE.read_bytes() + bytes(n))
    for _ in add(course, given, tools, cancelled=stop):
        pass


def _ask(tutor: Tutor, course, question: str) -> tuple[float | None, float | None]:
    *_, done = tutor.ask(course, Turn(question))
    assert isinstance(done, Done)
    first = done.answer.timings.first_token_ms
    return first and first / 1000, done.answer.timings.tokens_per_s


def _of(turns: list[tuple[float | None, float | None]], which: int) -> float:
    return median(turn[which] for turn in turns if turn[which] is not None)


def _median_s(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken)


if __name__ == "__main__":
    raise SystemExit(main(measure, __doc__))
