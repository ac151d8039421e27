"""Kills a process that adds to a course, at random moments, and shows that nothing confirmed is lost.

    python -m benchmarks.kills [--times 200]

The process adds, replaces and removes small files, with real reading in its own process and an embedder that only
hashes, and writes a line for everything that is confirmed to it. After each kill the course must open, be whole
(knowledge/checking.py), and hold every confirmed document as confirmed, or one later step of it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.report import ROOT

_DOCUMENTS = 8
_LONGEST_S = 2.0  # from the start of its work to the kill


class HashEmbedder:
    """A direction for every text that means nothing, at no cost."""

    name, dimensions, most_tokens = "hash", 32, 512

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.embed_query(text) for text in texts]) if texts else np.zeros((0, 32), np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)
        return vector / np.linalg.norm(vector)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@dataclass(slots=True)
class Killed:
    """What was seen over all kills."""

    times: int = 0
    confirmed: int = 0
    lost: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def kill_often(home: Path, times: int, seed: int = 1) -> Killed:
    """Goes on with one course through all kills, so that what one leaves behind is there for the next."""
    chance = random.Random(seed)
    killed = Killed()
    state: dict[str, int] = {}  # document -> version that was confirmed; 0: removed
    start = 0
    for _ in range(times):
        start += 90_000  # a multiple of the steps in a round
        confirmed = _run_and_kill(home, start, chance.random() * _LONGEST_S)
        for name, step, removed in confirmed:
            state[name] = 0 if removed else step
        killed.times += 1
        killed.confirmed += len(confirmed)
        _look(home, state, confirmed[-1][1] + 1 if confirmed else start, killed)
    return killed


def _run_and_kill(home: Path, started: int, after_s: float) -> list[tuple[str, int, bool]]:
    """What the process confirmed before it was killed, so long after its first step."""
    command = [sys.executable, "-m", "benchmarks.kills", "--work", str(home), "--start", str(started)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout))
    reader.start()
    while not (home / "begun").exists() and process.poll() is None:
        time.sleep(0.005)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reader.join()
    (home / "begun").unlink(missing_ok=True)
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(name, int(step), bool(removed)) for name, step, *removed in whole]


def _look(home: Path, state: dict[str, int], step: int, killed: Killed) -> None:
    """`step` is the one that was going on: it may have been stored, and the kill come before the word of it."""
    from knowledge.checking import verify
    from knowledge.errors import CoursemateError
    from knowledge.library import Library

    library = Library(home / "courses")
    try:
        course = library.open("c")
        killed.broken += [f"after kill {killed.times}: {f.document}: {f.what}" for f in verify(course) if f.wrong]
        for name in sorted({*state, *(document.path for document in course.documents())}):
            found = _version(course, name)
            under_way = step if step % (_DOCUMENTS + 1) != _DOCUMENTS else 0
            its_name = _name(step) if under_way else _name(step - _DOCUMENTS)
            if found != state.get(name, 0) and (name, found) != (its_name, under_way):
                killed.lost.append(f"after kill {killed.times}: {name} is {found}, not {state.get(name, 0)}")
            state[name] = found
        if course.summary().chunks:
            course.nearest(HashEmbedder().embed_query("anything"), 3)
    except CoursemateError as error:
        killed.broken.append(f"after kill {killed.times}: {error}")
    finally:
        library.close()


def _version(course, name: str) -> int:
    """The version of a document, the same in all its passages and in its file; 0: there is none."""
    if course.document(name) is None:
        return 0
    said = {passage.text.split("version ")[1].split()[0] for passage in course.chunks(name)}
    said.add(course.file(name).read_text().split("version ")[1].split()[0])
    return int(said.pop()) if len(said) == 1 else -1


def work(home: Path, start: int) -> None:
    """Adds or replaces all documents, removes one, and so on until killed; tells each step when it is confirmed."""
    from knowledge.adding import Tools, add
    from knowledge.library import Library

    library = Library(home / "courses")
    embedder = HashEmbedder()
    if "c" not in library.names():
        library.create("c", embedder=embedder.name, dimensions=embedder.dimensions)
    course = library.open("c")
    given = home / "given"
    given.mkdir(exist_ok=True)
    (home / "begun").touch()
    for step in range(start, start + 1_000_000, _DOCUMENTS + 1):
        for n in range(_DOCUMENTS):
            text = "\n\n".join(f"# Part {part}\n\nversion {step + n} says this." for part in range(12))
            (given / _name(step + n)).write_text(text)
        for progress in add(course, given, Tools(embedder)):
            if progress.stage == "stored":
                print(progress.document, int(progress.document[3]) + step, flush=True)
        course.remove(_name(step))
        print(_name(step), step + _DOCUMENTS, "removed", flush=True)


def _name(step: int) -> str:
    return f"doc{step % (_DOCUMENTS + 1)}.md"


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=200, help="how often to kill (200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--start", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.start)
    with tempfile.TemporaryDirectory() as home:
        began = time.monotonic()
        killed = kill_often(Path(home), arguments.times, arguments.seed)
        took = time.monotonic() - began
    for line in (*killed.lost, *killed.broken):
        print(line)
    print(f"{killed.times} kills in {took:.0f} s, {killed.confirmed} steps confirmed: {len(killed.lost)} lost, "
          f"{len(killed.broken)} damaged")  # fmt: skip
    return 1 if killed.lost or killed.broken or not killed.confirmed else 0


if __name__ == "__main__":
    sys.exit(run())
