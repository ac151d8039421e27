"""What every benchmark prints: a table for people and, with --json, figures for programs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `bar` is what must be reached; `smaller` says which side of it is good."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    bar: float | None = None
    smaller: bool = True

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def ok(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value <= self.bar if self.smaller else self.value >= self.bar

    def to_json(self) -> dict:
        numbers = {"value": self.value, "baseline": self.baseline, "ratio": self.ratio, "bar": self.bar}
        rounded = {name: None if number is None else round(number, 4) for name, number in numbers.items()}
        return {"name": self.name, "unit": self.unit, **rounded, "ok": self.ok, "smaller": self.smaller}


def machine() -> str:
    """Processor, cores and system: what a figure of speed means nothing without."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table."""
    lines = ["| figure | value | baseline | ratio | bar | met |", "|---|---|---|---|---|---|"]
    for figure in figures:
        sign = "≤" if figure.smaller else "≥"
        cells = [
            figure.name,
            f"{figure.value:.3g} {figure.unit}",
            "" if figure.baseline is None else f"{figure.baseline:.3g} {figure.unit}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            "" if figure.bar is None else f"{sign} {figure.bar:g}",
            {True: "yes", False: "**no**", None: ""}[figure.ok],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(measure: Callable[[bool], list[Figure]], about: str, words: Sequence[str] | None = None) -> int:
    """Runs one benchmark as a script, with the words of its command line. Exit status 1 when a bar is not met."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    parser.add_argument("--quick", action="store_true", help="a rougher answer within 50 seconds")
    arguments = parser.parse_args(words)
    figures = measure(arguments.quick)
    print(table(figures))
    if arguments.json:
        found = {"machine": machine(), "commit": commit(), "figures": [figure.to_json() for figure in figures]}
        arguments.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(figure.ok is False for figure in figures) else 0
