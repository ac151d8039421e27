"""Word keeps apart what belongs together: the items of a list, the lines of a program that were typed as paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.readers.gathering import Piece

# Lines of a program that were typed as ordinary paragraphs, told from prose by their form.
_PROGRAM = re.compile(
    r"^(?:>>> |\.\.\. |(?:if|elif|for|while|def|class|with|try|else|except)\b.*:\s*(?:#.*)?$|(?:import|from|return|public|"
    r"#include)\s.*[\w;>)]$|[\w.]+(?:\[[^\]]*\])?\s*[-+*/]?=[^=].*|[\w.]+\(.*\);?$|[{}]+;?$|.*[;{]$)"
)


def in_order(blocks: Iterator[Piece]) -> Iterator[Piece]:
    """Joins what Word keeps apart, line by line: the items of a list, the lines of a listing.

    A title (level 0) stands above the other headings, which then begin with level 2.
    """
    pieces = list(_with_programs(list(blocks)))
    titled = any(piece.kind == "heading" and piece.level == 0 for piece in pieces)
    last: Piece | None = None
    for piece in pieces:
        if piece.kind == "heading":
            piece = Piece(piece.text, "heading", piece.level + titled)
        if last is not None and piece.kind == last.kind and piece.kind in ("list", "code"):
            last = Piece(f"{last.text}\n{piece.text}", last.kind)
            continue
        if last is not None:
            yield _finished(last)
        last = piece
    if last is not None:
        yield _finished(last)


def _with_programs(pieces: list[Piece]) -> Iterator[Piece]:
    """Marks two and more paragraphs in a row as code if all look like a program; their indentation then counts."""
    run: list[Piece] = []
    for piece in [*pieces, Piece("", "end")]:
        indented = bool(run) and piece.text.startswith(("  ", "\t"))
        if piece.kind == "text" and (indented or _PROGRAM.match(piece.text.strip())):
            run.append(piece)
            continue
        for line in run:
            yield Piece(line.text.rstrip(), "code") if len(run) > 1 else line
        run = []
        if piece.kind != "end":
            yield piece


def _finished(piece: Piece) -> Piece:
    if piece.kind == "code":
        return Piece(f"```\n{piece.text.strip(chr(10))}\n```" if piece.text.strip() else "", "code")
    return Piece(piece.text) if piece.kind == "list" else piece
