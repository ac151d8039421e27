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


def tell_progress(step: Progress) -> None:
    """One line a file, rewritten in place on a terminal."""
    if step.stage == "embedding" and not sys.stderr.isatty():
        return
    words = {
        "reading": "reading …",
        "embedding": f"indexing {step.share:.0%}",
        "stored": "added",
        "unchanged": "unchanged, skipped",
        "failed": "NOT added",
    }
    line = f"{step.document}: {words[step.stage]}" + (f" ({step.message})" if step.message else "")
    tell(f"\r\033[K{line}" if sys.stderr.isatty() else line, end="\n" if step.share >= 1.0 and step.stage != "embedding" else "" if sys.stderr.isatty() else "\n")
