"""What one shape of a PowerPoint slide says or shows: text with its formulas, tables, charts, diagrams, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.picture import Picture, decode_picture
from knowledge.readers.equations import omml_to_latex
from knowledge.readers.gathering import Piece, table_text
from knowledge.readers.markup import Element, attribute, child, children, parse_xml, tag
from knowledge.readers.office_drawings import chart_pieces, choice, described, diagram_pieces

_SMALLEST = 60  # pixels a side: smaller pictures are bullets and logos
_TYPED_BULLET = re.compile(r"^\s*[-–—•*·▪◦‣○➢]\s+")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a slide: `kind` is "text", "table" or "picture"; places are in EMU from the upper left corner."""

    kind: str
    x0: float
    y0: float
    x1: float
    y1: float
    text: str = ""
    picture: Picture | None = None


def unfold(parent: Element) -> None:
    """Puts in place what newer programs show where a slide has a choice: a box with a formula stands in one.

    Without a14, the dialect of formulas, the fallback is what we can read: a picture.
    """
    for element in [e for e in parent if tag(e) == "AlternateContent"]:
        named, fallback = child(element, "Choice"), child(element, "Fallback")
        readable = attribute(named, "Requires") == "a14" or fallback is None or not len(fallback)
        place = parent.index(element)
        parent[place : place + 1] = list(named if readable and named is not None else fallback if fallback is not None else [])
    for element in parent:
        if tag(element) == "grpSp":
            unfold(element)


def flat(shapes: Any, dx: float = 0.0, dy: float = 0.0, sx: float = 1.0, sy: float = 1.0) -> Iterator[tuple[Any, Box]]:
    """Every shape that is no group, with its place (x0, y0, x1, y1) on the slide."""
    for shape in shapes:
        left, top = shape.left or 0, shape.top or 0
        width, height = shape.width or 0, shape.height or 0
        x0, y0 = dx + sx * left, dy + sy * top
        if hasattr(shape, "shapes"):
            transform = shape._element.grpSpPr.find("{*}xfrm")
            offset, extent = [transform.find(f"{{*}}{tag}") for tag in ("chOff", "chExt")] if transform is not None else (None, None)
            if offset is None or extent is None:
                yield from flat(shape.shapes, dx, dy, sx, sy)
                continue
            kx = sx * width / (int(extent.get("cx")) or 1)
            ky = sy * height / (int(extent.get("cy")) or 1)
            yield from flat(shape.shapes, x0 - kx * int(offset.get("x")), y0 - ky * int(offset.get("y")), kx, ky)
        else:
            yield shape, (x0, y0, x0 + sx * width, y0 + sy * height)


def items_of(shape: Any, place: Box, number: int, warnings: list[str]) -> Iterator[Item]:
    """What a shape says or shows; lines, empty boxes, the slide's number and date say nothing."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    dull = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
    if shape.is_placeholder and shape.placeholder_format.type in dull:
        return
    if tag(shape._element) == "graphicFrame":
        for piece in _frame(shape, number, warnings):
            if piece.text:
                yield Item("table" if piece.kind == "table" else "text", *place, text=piece.text)
        return
    try:
        image = getattr(shape, "image", None)
    except (ValueError, KeyError, AttributeError):  # a linked picture, or a placeholder still empty
        image = None
    if image is not None:
        yield from _picture(shape, image.blob, place, number, warnings)
    elif shape.has_text_frame and (text := lines_of(shape.text_frame)):
        yield Item("text", *place, text=text)


def lines_of(frame: Any) -> str:
    """The lines of a box: list items are marked, and spaces at the front stay, for a slide may show code."""
    lines = []
    for paragraph in frame.paragraphs:
        marker = "  " * (paragraph.level - 1) + "- " if paragraph.level else ""
        for line in text_of(paragraph._p).replace("\v", "\n").splitlines():
            if line.strip():
                line = line.rstrip().replace("\t", "    ").replace("\u00a0", " ")
                lines.append(marker + _TYPED_BULLET.sub("", line) if marker else line)
    return "\n".join(lines).strip("\n")


def text_of(paragraph: Element) -> str:
    """A paragraph's words, a line break as a vertical tab, its formulas as LaTeX."""
    parts = []
    for element in paragraph:
        name = tag(element)
        if name in ("r", "fld"):
            parts.extend(text.text or "" for text in children(element, "t"))
        elif name == "br":
            parts.append("\v")
        elif name == "m":
            parts.extend(f"${latex}$" for math in element if (latex := omml_to_latex(math)))
        elif name == "AlternateContent":
            parts.append(text_of(choice(element)))
    return "".join(parts)


def clean(text: str, *, keep_lines: bool = False) -> str:
    """PowerPoint keeps a line break as a vertical tab; spaces are made single."""
    lines = [" ".join(line.split()) for line in text.replace("\v", "\n").splitlines()]
    return ("\n" if keep_lines else " ").join(line for line in lines if line)


def _picture(shape: Any, data: bytes, place: Box, number: int, warnings: list[str]) -> Iterator[Item]:
    try:
        picture = decode_picture(data, name=f"a picture on slide {number}")
    except InvalidPicture as error:
        warnings.append(f"Slide {number}: {error}")
        return
    if min(picture.width, picture.height) >= _SMALLEST:
        text = (shape._element.xpath(".//p:cNvPr/@descr") or [""])[0]
        yield Item("picture", *place, text=clean(described(text)), picture=picture)


def _frame(shape: Any, number: int, warnings: list[str]) -> list[Piece]:
    """A table, or the values of a chart and the words of a diagram, which lie in parts of their own."""
    if shape.has_table:
        rows = [[clean(" ".join(text_of(p._p) for p in cell.text_frame.paragraphs)) for cell in row.cells] for row in shape.table.rows]
        return [Piece(table_text(rows), "table")]
    for element in shape._element.iter():
        found = {"chart": ("id", chart_pieces), "relIds": ("dm", diagram_pieces)}.get(tag(element))
        if found is None or not (relation := attribute(element, found[0])):
            continue
        try:
            return found[1](parse_xml(shape.part.related_part(relation).blob, name=f"A drawing on slide {number}"))
        except (KeyError, UnreadableDocument):
            warnings.append(f"Slide {number}: a chart or diagram on it is damaged and was left out.")
    return []
