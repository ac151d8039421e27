"""How commands speak: results to standard output, progress and troubles to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from knowledge.adding import Progress
from knowledge.documents import Locator


def tell(text: str = "", *, end: str = "\n") -> None:
    """A line of progress, for people."""
    print(text, file=sys.stderr, end=end, flush=True)


def result(text: str, *, end: str = "\n") -> None:
    print(text, end=end, flush=True)


def result_json(value: Any) -> None:
    result(json.dumps(value, ensure_ascii=False))


def result_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns as wide as their longest cell."""
    table = [list(header), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        result("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def place(locator: Locator) -> str:
    """A place as people say it: "p. 12", "slide 4", "3:07"."""
    if locator.page is not None:
        return f"p. {locator.page}"
    if locator.slide is not None:
        return f"slide {locator.slide}"
    if locator.start_s is not None:
        return f"{int(locator.start_s) // 60}:{int(locator.start_s) % 60:02}"
    return locator.heading or ""


_OUTCOMES = {
    "added": "added",
    "replaced": "replaced",
    "unchanged": "unchanged, skipped",
    "removed": "removed, its file is gone",
    "failed": "NOT added",
}
_STAGES = {"reading": "reading", "embedding": "indexing", "stopped": "stopped"}
_BAR = 20  # characters


def tell_progress(step: Progress) -> None:
    """One line a file, rewritten in place on a terminal; elsewhere only what became of it."""
    moving = sys.stderr.isatty()
    if step.outcome is not None:
        line = f"{step.document}: {_OUTCOMES[step.outcome.status]}" + (f" ({step.message})" if step.message else "")
        tell(f"\r\033[K{line}" if moving else line)
    elif moving:
        full = round(step.share * _BAR)
        left = f", {duration(step.left_s)} left" if step.left_s is not None else ""
        bar = f"{'█' * full}{'·' * (_BAR - full)} {step.share:4.0%}"
        tell(f"\r\033[K{step.document}: {_STAGES[step.stage]} {bar}{left}", end="")


def duration(seconds: float) -> str:
    """As people say it: "40 s", "3 min", "1 h 20 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
