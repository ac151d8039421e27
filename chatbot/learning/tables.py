"""What a table offers to be asked: a cell by its row and column, and a row by one of its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.learning.sections import TALK
from knowledge.lexical import content_words

_TABLE = re.compile(r"(?:^\|.*\|[ \t]*(?:\n|\Z)){4,}", re.MULTILINE)
_RULE = re.compile(r"^\|[\s|:-]+\|\s*$")
_MOST = 3  # of each way of asking, over the whole table
_LONGEST_CELL = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table says of a row in a column; `others` stand in the same column. `head` says what the rows are."""

    row: str
    column: str
    value: str
    others: tuple[str, ...]
    quote: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The row that has a value in a column; `others` are the names of the other rows, `head` says what they name."""

    head: str
    column: str
    value: str
    row: str
    others: tuple[str, ...]
    quote: str


def cells(text: str) -> Iterator[Cell | Row]:
    """A few of every table whose first column names things; values that stand twice in a column tell nothing apart.

    No cell is asked about in both ways.
    """
    for table in _TABLE.findall(text):
        lines = _lines(table)
        head, *rows = _rows(lines)
        if len(rows) < 3 or any(len(row) != len(head) for row in rows):
            continue
        found = [
            (n, at) for at in range(1, len(head)) for n in range(len(rows))
            if _tells_apart(rows, at, rows[n]) and content_words(head[at]) and _plain(rows[n], lines[n + 1])
        ]  # fmt: skip
        backwards = {n for n in range(len(found)) if n % 2} if _names(head[0], rows) else set()
        forth = [spot for n, spot in enumerate(found) if n not in backwards]
        back = [spot for n, spot in enumerate(found) if n in backwards]
        for n, at in _spread(forth):
            others = tuple(row[at] for row in rows if row is not rows[n])
            yield Cell(rows[n][0], head[at], rows[n][at], others, lines[n + 1], head[0] if content_words(head[0]) else "")
        for n, at in _spread(back):
            others = tuple(row[0] for row in rows if row is not rows[n])
            yield Row(head[0], head[at], rows[n][at], rows[n][0], others, lines[n + 1])


def is_row(quote: str) -> bool:
    """Whether a quote is the row of a table."""
    return quote.startswith("|") and quote.rstrip().endswith("|")


def spelled_out(text: str) -> str:
    """The text with each table as a line of words for each of its rows: a small model loses its place between bars."""
    return _TABLE.sub(lambda table: _in_words(table[0]), text)


def _in_words(table: str) -> str:
    head, *rows = _rows(_lines(table))
    lines = [
        f"{head[0]} {row[0]}: ".lstrip() + ", ".join(f"{column} {value}" for column, value in zip(head[1:], row[1:], strict=True)) + "."
        for row in rows if len(row) == len(head)
    ]  # fmt: skip
    return "\n".join(lines) + "\n" if len(lines) == len(rows) else table


def _lines(table: str) -> list[str]:
    return [line for line in table.strip().splitlines() if not _RULE.match(line)]


def _rows(lines: list[str]) -> list[list[str]]:
    return [[cell.strip(" *_") for cell in line.strip().strip("|").split("|")] for line in lines]


def _spread(spots: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return spots[:: max(1, len(spots) // _MOST)][:_MOST]


def _names(head: str, rows: list[list[str]]) -> bool:
    """Whether the first column says what it names and names every row differently."""
    return bool(content_words(head)) and len({row[0] for row in rows}) == len(rows)


def _plain(row: list[str], line: str) -> bool:
    return bool(content_words(row[0])) and not set("`{}$<>") & set(line) and not TALK.search(line)


def _tells_apart(rows: list[list[str]], at: int, row: list[str]) -> bool:
    column = [other[at] for other in rows]
    return re.search(r"\w", row[at]) is not None and len(row[at]) <= _LONGEST_CELL and len(set(column)) == len(column)
