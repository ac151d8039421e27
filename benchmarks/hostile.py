"""Reads every file of a folder as adding does, and shows what became of it: no file may crash, hang or fill the memory.

    python -m benchmarks.hostile FOLDER [--engines] [--tsv FILE]

Between the files a good one is read again and again: whatever a hostile file did, it must come out the same. With
--engines pictures are read by OCR, as when adding; recordings are always refused here.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import ROOT
from knowledge.chunking import split
from knowledge.errors import CoursemateError
from knowledge.isolation import IsolatedReader
from knowledge.limits import Limits

_GOOD = ROOT / "examples" / "sample-course" / "snell-and-formulae.md"


@dataclass(frozen=True, slots=True)
class Read:
    """What became of one file. `peak_mb` is what the reading process held at most, 0 where it was killed."""

    file: str
    outcome: str
    seconds: float
    peak_mb: float


def read_all(folder: Path, reader: IsolatedReader, seer=None, report: Callable[[Read], None] = lambda _: None) -> list[Read]:
    """Reads the files below the folder; raises AssertionError when a good file suffers from a bad one."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    good = reader.read(_GOOD)
    found = []
    for file in files:
        began = time.monotonic()
        outcome = _outcome(reader, file, file.relative_to(folder).as_posix(), seer)
        found.append(Read(file.relative_to(folder).as_posix(), outcome, time.monotonic() - began, reader.spent.peak_mb))
        report(found[-1])
        assert reader.read(_GOOD) == good, f"after {file}"
    return found


def _outcome(reader: IsolatedReader, file: Path, name: str, seer) -> str:
    try:
        document = reader.read(file, name=name, seer=seer)
    except CoursemateError as error:
        return error.code
    chunks = split(document, count_tokens=lambda text: len(text) // 4)
    return f"read: {len(chunks)} chunks, {len(document.figures)} figures"


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engines", action="store_true", help="read pictures by OCR too")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="write the table to this file")
    arguments = parser.parse_args()
    seer = None
    if arguments.engines:
        from knowledge.seeing import RapidSeer

        seer = RapidSeer()
    rows = ["file\toutcome\tseconds\tpeak MB"]

    def report(read: Read) -> None:
        rows.append(f"{read.file}\t{read.outcome}\t{read.seconds:.2f}\t{read.peak_mb:.0f}")
        print(f"{read.seconds:7.2f} s {read.peak_mb:6.0f} MB  {read.outcome:40} {read.file}", flush=True)

    with IsolatedReader(Limits()) as reader:
        found = read_all(arguments.folder, reader, seer, report)
    if arguments.tsv:
        arguments.tsv.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for outcome, count in Counter(read.outcome.partition(":")[0] for read in found).most_common():
        print(f"{count:4} {outcome}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e3 if sys.platform.startswith("linux") else 1e6)
    print(
        f"{len(found)} files; slowest {max(read.seconds for read in found):.1f} s, most memory "
        f"{max(read.peak_mb for read in found):.0f} MB in the reading process, {own:.0f} MB here; the good file came "
        "out the same after every one"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run())
