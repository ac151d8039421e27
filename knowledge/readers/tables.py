"""Tables of values (CSV, TSV, Excel) -> Document: Markdown tables, in Excel one under the name of each sheet."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.archives import open_archive
from knowledge.readers.gathering import Gathering, table_text
from knowledge.readers.markup import parse_xml
from knowledge.readers.plain_text import text_of

MOST_ROWS = 5_000  # of one table: what a course tells; more is a data set, of which a beginning shows the form
_MOST_COLUMNS = 60
_LONGEST_CELL = 2_000  # characters
_DELIMITERS = ",;\t|"
_MOST_UNPACKED = 200_000_000  # bytes of a workbook


def read_table(source: Source) -> Document:
    """Reads a CSV or TSV file; the delimiter is the one that gives rows of one length."""
    text = text_of(source)
    found = Gathering(source)
    lines = text.removeprefix("sep=").split("\n", 1)
    if text.startswith("sep=") and len(lines) == 2:  # how Excel is told the delimiter
        delimiter, text = lines[0].strip("\r\n")[:1] or ",", lines[1]
    else:
        delimiter = _delimiter(text)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    _add(_until_damaged(rows, source.name), found, source.name)
    return found.document("table", nothing="The table holds no rows.")


def read_workbook(source: Source) -> Document:
    """Reads an Excel workbook: values as last computed, one heading for each sheet. Raises UnreadableDocument."""
    _check_parts(source)
    found = Gathering(source)
    with source.path.open("rb") as file:
        workbook = _opened(file, source.name)
        for sheet in workbook.worksheets:
            found.add(sheet.title, "heading", level=1)
            if sheet.sheet_state != "visible":
                found.warnings.append(f"The sheet {sheet.title} is hidden in the workbook; it was read all the same.")
            try:
                sheet.reset_dimensions()  # some programs write a false size
                for part in _parted(sheet.iter_rows(values_only=True)):
                    _add(part, found, sheet.title)
            # what openpyxl raises for a damaged sheet has no common class; nothing else is done in this loop
            except Exception as error:
                raise _damaged(source.name) from error
        title = workbook.properties.title or ""
        workbook.close()
    said = any(block.kind != "heading" for block in found.blocks)
    if not said:
        found.blocks.clear()
    return found.document("table", title=title or source.path.stem, nothing="The workbook holds no values.")


def _check_parts(source: Source) -> None:
    """Has every part of the workbook's XML judged before openpyxl sees it: sizes, entities, damage."""
    with open_archive(source.path, most_bytes=_MOST_UNPACKED, name=source.name) as archive:
        for name in archive.names():
            if name.endswith((".xml", ".rels")) and archive.size(name) < 20_000_000:
                parse_xml(archive.read(name), name=source.name)
            elif name.endswith(".xml") and any(b"<!ENTITY" in piece for piece in archive.pieces(name)):
                raise _damaged(source.name)


def _opened(file: Any, name: str) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    # openpyxl lets through whatever its parts raise for a file that is not as it should be
    except (InvalidFileException, zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise _damaged(name) from error


def _parted(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[list[str]]]:
    """The tables of a sheet: what empty rows part."""
    part: list[list[str]] = []
    for values in rows:
        row = [_cell(value) for value in values[:_MOST_COLUMNS]]
        if any(row):
            part.append(row)
        elif part:
            yield part
            part = []
        if len(part) > MOST_ROWS:  # one more than is kept, so that it is told
            break
    if part:
        yield part


def _add(rows: Sequence[Sequence[str]], found: Gathering, called: str) -> None:
    """A table as one block, a single cell or a column without a header as lines of text."""
    if len(rows) > MOST_ROWS:
        found.warnings.append(f"{called} has many rows; the first {MOST_ROWS} were read.")
        rows = rows[:MOST_ROWS]
    cells = [[cell.strip()[:_LONGEST_CELL] for cell in row[:_MOST_COLUMNS]] for row in rows]
    cells = [row for row in cells if any(row)]
    widest = max((sum(bool(cell) for cell in row) for row in cells), default=0)
    if widest <= 1:
        found.add("\n".join("".join(row) for row in cells))
        return
    while cells and sum(bool(cell) for cell in cells[0]) == 1 and widest > 1:
        found.add("".join(cells.pop(0)), "caption")  # a title written above the table
    found.add(table_text(cells), "table")


def _until_damaged(rows: Iterator[list[str]], name: str) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in rows:
            found.append(row)
            if len(found) > MOST_ROWS:
                break
    except csv.Error as error:
        raise _damaged(name) from error
    return found


def _delimiter(text: str) -> str:
    """The character that parts the first lines into the most columns, most evenly; quoted ones do not count."""
    sample = "\n".join(text.split("\n")[:50])
    best, score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row)
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = widths.most_common(1)[0]
        likeness = (times / widths.total()) * (width > 1) * (1 + 0.01 * min(width, 30))
        if likeness > score:
            best, score = delimiter, likeness
    return best


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    return str(value)


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged or no table. Save it anew from the program it was made with, and add that.",
        code="document_damaged",
        name=name,
    )
