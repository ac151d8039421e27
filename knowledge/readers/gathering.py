"""What a reader has found in one file so far, shared by every reader of running text.

Keeps blocks under their heading, gives pictures their numbers and captions, and looks up pictures inside the course
only. Knows no file format.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from knowledge.captions import caption_in
from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import MOST_BYTES, Picture, decode_picture
from knowledge.readers import Source

_MOST_CELLS = 100_000  # of a table, with those that merged cells cover
_MOST_WARNINGS = 12  # a teacher reads that many
_LONGEST_CAPTION = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in reading order; `kind` is a Block's, or "picture" with `image`, whose `text` is its description."""

    text: str
    kind: str = "text"
    level: int = 0
    image: bytes | None = None


class Gathering:
    """Blocks, figures and warnings of one file, and the heading and cell that hold for what comes next.

    `open_picture` gives the bytes at an address, or raises UnreadableDocument; by default the address is a path
    beside the file, inside the course. Pictures smaller than `smallest` pixels a side are ornaments.
    """

    def __init__(
        self, source: Source, *, open_picture: Callable[[str], bytes] | None = None, smallest: int = 0
    ) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.figures: list[Figure] = []
        self.warnings: list[str] = []
        self.heading: str | None = None
        self.cell: int | None = None
        self.smallest = smallest
        self.open_picture = open_picture or self.beside
        self._seen: set[bytes] = set()

    def add(self, text: str, kind: str = "text", *, level: int = 0) -> None:
        """Adds a block if it says anything; a heading holds from here on."""
        text = text.strip("\n") if kind == "code" else text.strip()
        if not text.strip():
            return
        if kind == "heading":
            self.heading = text = " ".join(text.split())
        self.blocks.append(Block(text, Locator(heading=self.heading, cell=self.cell), kind, level))

    def take(self, pieces: Sequence[Piece]) -> None:
        """Adds pieces in order; a picture gets the caption that stands behind it, else the one before it."""
        captions = {index: _caption_of(pieces, index) for index, piece in enumerate(pieces) if piece.image is not None}
        used = {index for index in captions.values() if index is not None}
        for index, piece in enumerate(pieces):
            if piece.image is not None:
                caption = captions[index]
                self.picture(piece.image, pieces[caption].text if caption is not None else "", description=piece.text)
            elif index not in used:
                self.add(piece.text, piece.kind, level=piece.level)

    def picture_at(self, address: str, caption: str = "", *, description: str = "") -> None:
        """Adds the picture at an address; where it cannot be had, its words stay and a warning says why."""
        try:
            data = data_address(address, name=self.source.name) if address.startswith("data:") else self.open_picture(address)
        except (UnreadableDocument, OSError) as error:
            self.warnings.append(
                str(error) if isinstance(error, UnreadableDocument) else f"The picture {address} was left out: {error}"
            )
            self.add(joined(caption, description), "caption")
            return
        shown = "in the page" if address.startswith("data:") else address
        self.picture(data, caption, description=description, called=shown)

    def picture(self, data: bytes, caption: str = "", *, description: str = "", called: str = "in the file") -> None:
        """Adds a picture as a figure, with its caption and what can be read in it as a block."""
        words = joined(caption, description)
        try:
            picture, written = self._decoded(data, called)
        except (InvalidPicture, UnreadableDocument) as error:
            self.warnings.append(f"The picture {called} was left out: {error}")
            self.add(words, "caption")
            return
        digest = hashlib.sha256(picture.data).digest()
        ornament = min(picture.width, picture.height) < self.smallest or (self.smallest and digest in self._seen)
        if ornament and not caption:
            return
        self._seen.add(digest)
        seen = written if written is not None else self.source.seer.look(picture).text if self.source.seer else ""
        locator = Locator(heading=self.heading, cell=self.cell, figure=len(self.figures) + 1)
        self.figures.append(Figure(locator, picture.data, caption=words, text=seen))
        if text := "\n".join(part for part in (words, seen) if part):
            self.blocks.append(Block(text, locator, "caption"))

    def _decoded(self, data: bytes, called: str) -> tuple[Picture, str | None]:
        """A picture, and the words that are known to be in it: those of a drawing, which need not be read by eye."""
        from knowledge.readers.drawings import draw, is_drawing

        return draw(data, called, self.source.seer) if is_drawing(data) else (decode_picture(data, name=called), None)

    def document(self, kind: str, *, title: str = "", nothing: str = "The file holds no text.") -> Document:
        """Everything found, as a Document; without a title the highest heading names it, else the file."""
        heads = [block for block in self.blocks if block.kind == "heading"]
        top = min(heads, key=lambda block: block.level, default=None)
        numbers = self._numbers()
        more = len(self.warnings) - _MOST_WARNINGS
        warnings = self.warnings[:_MOST_WARNINGS] + ([f"And {more} more like these."] if more > 0 else [])
        return Document(
            path=self.source.name,
            title=" ".join(title.split()) or (top.text if top else Path(self.source.name).stem),
            kind=kind,
            language=detect_language(" ".join(block.text for block in self.blocks), self.source.language),
            blocks=tuple(replace(block, locator=_renumbered(block.locator, numbers)) for block in self.blocks),
            figures=tuple(replace(figure, locator=_renumbered(figure.locator, numbers)) for figure in self.figures),
            warnings=tuple(warnings) if self.blocks else (*warnings, nothing),
        )

    def _numbers(self) -> dict[int, int]:
        """Place in the file -> number: what the captions say, once each; the others take what is left."""
        numbers: dict[int, int] = {}
        for place, figure in enumerate(self.figures, 1):
            caption = caption_in(figure.caption)
            number = int(caption.number) if caption and caption.number.isdigit() and len(caption.number) < 6 else None
            if number is not None and caption.kind == "figure" and number not in numbers.values():
                numbers[place] = number
        free = (number for number in range(1, 2 * len(self.figures) + 2) if number not in set(numbers.values()))
        return {place: numbers.get(place) or next(free) for place in range(1, len(self.figures) + 1)}

    def beside(self, address: str) -> bytes:
        """The bytes of the picture that a relative address names. Raises UnreadableDocument when it is elsewhere."""
        path = self.inside(address)
        if path.stat().st_size > MOST_BYTES:
            raise self.left_out(address, f"it is larger than {MOST_BYTES // 1_000_000} MB")
        return path.read_bytes()

    def inside(self, address: str) -> Path:
        """The file in the course that a relative address names. Raises UnreadableDocument when there is none."""
        try:
            parts = urlsplit(address)
        except ValueError as error:
            raise self.left_out(address, "its address is no file's") from error
        if parts.scheme or parts.netloc or address.startswith("/"):
            raise self.left_out(address, "it lies outside the course, and nothing is fetched")
        try:
            root = self.source.root.resolve()
            path = (self.source.path.parent / unquote(parts.path)).resolve()
            there = path.is_file()
        except (OSError, ValueError) as error:
            raise self.left_out(address, "its address is no file's") from error
        if not path.is_relative_to(root):
            raise self.left_out(address, "it lies outside the course's folder")
        if not there:
            raise self.left_out(address, "there is no such file in the course")
        return path

    def left_out(self, address: str, reason: str) -> UnreadableDocument:
        return UnreadableDocument(
            f"The picture {address[:200]} was left out: {reason}.", code="picture_left_out", name=self.source.name
        )


def data_address(address: str, *, name: str) -> bytes:
    """The bytes inside a data: address. Raises UnreadableDocument."""
    head, comma, body = address.partition(",")
    try:
        if not comma or len(body) > 1.4 * MOST_BYTES:
            raise ValueError("no data, or too much")
        return base64.b64decode(unquote(body)) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise UnreadableDocument(
            f"The picture {address[:40]} was left out: what it holds is no picture.", code="picture_left_out", name=name
        ) from error


def joined(caption: str, description: str) -> str:
    """A caption and a description on two lines, or whichever says everything alone."""
    caption, description = " ".join(caption.split()), " ".join(description.split())
    if not caption or caption in description:
        return description
    return caption if description in caption else f"{caption}\n{description}"


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table, the first row its header; empty rows and columns are left out."""
    width = max((len(row) for row in rows), default=0)
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return ""
    columns = [column for column in range(width) if any(row[column] for row in cells)]
    lines = [f"| {' | '.join(row[column] for column in columns)} |" for row in cells]
    lines.insert(1, "|" + " --- |" * len(columns))
    return "\n".join(lines)


class Cell(NamedTuple):
    """A cell of a table with how many columns and rows it covers."""

    text: str
    across: int = 1
    down: int = 1


def spread(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """The cells of a table's rows; a cell that covers several stands in each, so that every row speaks for itself.

    One that covers a whole row stands there once.
    """
    grid: dict[tuple[int, int], str] = {}
    for number, cells in enumerate(rows):
        column = 0
        for cell in cells:
            while (number, column) in grid:
                column += 1
            down = min(cell.down, len(rows) - number) if len(grid) < _MOST_CELLS else 1
            for place in range(cell.across if len(cells) > 1 else 1):
                for below in range(down):
                    grid[number + below, column + place] = cell.text
            column += cell.across
    width = max((column for _, column in grid), default=-1) + 1
    return [[grid.get((number, column), "") for column in range(width)] for number in range(len(rows))]


def is_caption(text: str) -> bool:
    """Whether a short paragraph is a figure's caption, not a sentence about it: "Figure 3 shows" is none."""
    caption = caption_in(text)
    return caption is not None and caption.kind == "figure" and len(text) <= _LONGEST_CAPTION


def _caption_of(pieces: Sequence[Piece], index: int) -> int | None:
    """The place of the caption of the picture at `index`: behind it and its neighbours, else right before it."""
    after = next((i for i in range(index + 1, len(pieces)) if pieces[i].image is None), None)
    for place in (after, index - 1 if index else None):
        if place is None or pieces[place].image is not None:
            continue
        piece = pieces[place]
        if (piece.kind == "caption" and not re.match(r"\s*(?:table|tab\.|表)\s*\d", piece.text, re.IGNORECASE)) or (
            piece.kind == "text" and is_caption(piece.text)
        ):
            return place
    return None


def _renumbered(locator: Locator, numbers: dict[int, int]) -> Locator:
    return locator if locator.figure is None else replace(locator, figure=numbers[locator.figure])
