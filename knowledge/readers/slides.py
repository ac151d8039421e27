"""PowerPoint (PPTX) -> Document: every slide's title, text in visual order, tables, pictures and speaker notes."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import Picture, decode_picture
from knowledge.readers import Source
from knowledge.readers.archives import open_archive

_SMALLEST = 60  # pixels a side: smaller pictures are bullets and logos


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


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide as read: `items` in visual order, without the title."""

    number: int
    title: str
    items: tuple[Item, ...]
    notes: str
    hidden: bool
    warnings: tuple[str, ...] = ()


def read_slides(source: Source) -> Document:
    """Reads a PPTX file; slides count from 1, hidden ones included."""
    blocks: list[Block] = []
    figures: list[Figure] = []
    warnings: list[str] = []
    presentation = open_slides(source.path, source.name)
    slides = _without_furniture([read_slide(raw, number) for number, raw in enumerate(presentation.slides, 1)])
    for number, slide in enumerate(slides, 1):
        warnings.extend(slide.warnings)
        if slide.hidden:
            warnings.append(f"Slide {number} is hidden in the presentation; it was read all the same.")
        blocks.extend(_blocks(slide))
        for figure in _figures(slide, len(figures), source.seer):
            figures.append(figure)
            described = figure.caption if figure.caption != slide.title else ""
            if text := "\n".join(part for part in (described, figure.text) if part):
                blocks.append(Block(text, figure.locator, "picture"))
        source.progress(number / len(slides))
    return Document(
        path=source.name,
        title=_title(presentation, blocks, source.name),
        kind="slides",
        language=detect_language(" ".join(block.text for block in blocks), source.language),
        blocks=tuple(blocks),
        figures=tuple(figures),
        pages=len(slides),
        warnings=tuple(warnings) if blocks else (*warnings, "The slides hold no text."),
    )


def open_slides(path: Path, name: str) -> Any:
    """The presentation as python-pptx opens it. Raises UnreadableDocument."""
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    open_archive(path, name=name).close()  # python-pptx unpacks whatever it is given
    try:
        return Presentation(str(path))
    # lxml, zipfile and python-pptx each raise their own for a damaged file; none of it is ours to tell apart
    except (PythonPptxError, zipfile.BadZipFile, OSError, ValueError, KeyError, AttributeError, SyntaxError) as error:
        raise UnreadableDocument(
            f"{name} is damaged or no PowerPoint file. Open it, save it as a new .pptx, and add that.",
            code="document_damaged",
            name=name,
        ) from error


def read_slide(raw: Any, number: int) -> Slide:
    """Reads one slide of python-pptx."""
    warnings: list[str] = []
    title_shape = raw.shapes.title
    title = _clean(title_shape.text_frame.text) if title_shape is not None else ""
    items = []
    for shape, place in _flat(raw.shapes):
        if title_shape is not None and shape.shape_id == title_shape.shape_id:
            continue
        item = _item(shape, place, number, warnings)
        if item is not None:
            items.append(item)
    ordered = _in_visual_order(items)
    if (
        not title
        and ordered
        and ordered[0].kind == "text"
        and len(ordered[0].text) <= 80
        and "\n" not in ordered[0].text
    ):
        title, ordered = ordered[0].text, ordered[1:]  # many decks write the title into an ordinary box
    notes = ""
    if raw.has_notes_slide and raw.notes_slide.notes_text_frame is not None:
        notes = _clean(raw.notes_slide.notes_text_frame.text, keep_lines=True)
    hidden = raw._element.get("show") in ("0", "false")
    return Slide(number, title, tuple(ordered), notes, hidden, tuple(warnings))


def _without_furniture(slides: Sequence[Slide]) -> list[Slide]:
    """Drops what stands on the slides as on paper: their numbers, and a line repeated in its place on two in five."""
    places = Counter(_likeness(item) for slide in slides for item in slide.items if item.kind == "text")
    enough = max(3, 0.4 * len(slides))

    def is_furniture(item: Item, slide: Slide) -> bool:
        if item.kind != "text" or "\n" in item.text or len(item.text) > 80:
            return False
        return places[_likeness(item)] >= enough or item.text.strip() == str(slide.number)

    return [replace(slide, items=tuple(i for i in slide.items if not is_furniture(i, slide))) for slide in slides]


def _likeness(item: Item) -> tuple[str, int, int]:
    return item.text.strip(), round(item.x0 / 50_000), round(item.y0 / 50_000)


def _flat(shapes: Any, dx: float = 0.0, dy: float = 0.0, sx: float = 1.0, sy: float = 1.0) -> Iterator[tuple[Any, Any]]:
    """Every shape that is no group, with its place (x0, y0, x1, y1) on the slide."""
    for shape in shapes:
        left, top = shape.left or 0, shape.top or 0
        width, height = shape.width or 0, shape.height or 0
        x0, y0 = dx + sx * left, dy + sy * top
        if hasattr(shape, "shapes"):
            transform = shape._element.grpSpPr.find("{*}xfrm")
            child = [transform.find(f"{{*}}{tag}") for tag in ("chOff", "chExt")] if transform is not None else [None]
            if None in child:
                yield from _flat(shape.shapes, dx, dy, sx, sy)
                continue
            offset, extent = child
            kx = sx * width / (int(extent.get("cx")) or 1)
            ky = sy * height / (int(extent.get("cy")) or 1)
            yield from _flat(shape.shapes, x0 - kx * int(offset.get("x")), y0 - ky * int(offset.get("y")), kx, ky)
        else:
            yield shape, (x0, y0, x0 + sx * width, y0 + sy * height)


def _item(shape: Any, place: tuple[float, float, float, float], number: int, warnings: list[str]) -> Item | None:
    """What a shape says or shows, or None: lines, empty boxes, the slide's number and date say nothing."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    dull = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
    if shape.is_placeholder and shape.placeholder_format.type in dull:
        return None
    if getattr(shape, "has_table", False) and shape.has_table:
        return Item("table", *place, text=_table(shape.table))
    try:
        image = getattr(shape, "image", None)
    except (ValueError, KeyError, AttributeError):  # a linked picture, or a placeholder still empty
        image = None
    if image is not None:
        try:
            picture = decode_picture(image.blob, name=f"a picture on slide {number}")
        except InvalidPicture as error:
            warnings.append(f"Slide {number}: {error}")
            return None
        if min(picture.width, picture.height) < _SMALLEST:
            return None
        return Item("picture", *place, text=_description(shape), picture=picture)
    text = _shape_text(shape) if shape.has_text_frame else ""
    return Item("text", *place, text=text) if text else None


def _shape_text(shape: Any) -> str:
    """The lines of a shape: list items are marked, and spaces at the front stay, for a slide may show code."""
    lines = []
    for paragraph in shape.text_frame.paragraphs:
        marker = "  " * (paragraph.level - 1) + "- " if paragraph.level and not paragraph.text.startswith("-") else ""
        for line in paragraph.text.replace("\v", "\n").splitlines():
            if line.strip():
                lines.append(marker + line.rstrip().replace("\t", "    ").replace("\u00a0", " "))
    return "\n".join(lines).strip("\n")


def _description(shape: Any) -> str:
    """The alternative text that an author gave a picture; what programs fill in (a file's name) is none."""
    text = (shape._element.xpath(".//p:cNvPr/@descr") or [""])[0].strip()
    return "" if "." in text[-5:] and " " not in text else _clean(text)


def _table(table: Any) -> str:
    rows = [[_clean(cell.text).replace("|", "\\|") for cell in row.cells] for row in table.rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def _in_visual_order(items: Sequence[Item]) -> list[Item]:
    """Cuts the slide along empty strips, across first, then down: rows of boxes, columns within a row."""
    if len(items) < 2:
        return list(items)
    for low, high in (("y0", "y1"), ("x0", "x1")):
        slack = 0.3 * min(getattr(item, high) - getattr(item, low) for item in items)
        groups: list[list[Item]] = []
        end = float("-inf")
        for item in sorted(items, key=lambda item: getattr(item, low)):
            if not groups or getattr(item, low) >= end - slack:
                groups.append([])
            groups[-1].append(item)
            end = max(end, getattr(item, high))
        if len(groups) > 1:
            return [item for group in groups for item in _in_visual_order(group)]
    return sorted(items, key=lambda item: (item.y0, item.x0))


def _blocks(slide: Slide) -> Iterator[Block]:
    locator = Locator(slide=slide.number)
    if slide.title:
        yield Block(slide.title, locator, "heading", 1)
    for item in slide.items:
        if item.kind != "picture" and item.text:
            yield Block(item.text, locator, item.kind)
    if slide.notes:
        yield Block(slide.notes, locator, "notes")


def _figures(slide: Slide, before: int, seer: Any) -> Iterator[Figure]:
    """The slide's pictures, numbered through the document; without a description the title stands for one."""
    pictures = [item for item in slide.items if item.picture is not None]
    for number, item in enumerate(pictures, before + 1):
        seen = seer.look(item.picture).text if seer is not None else ""
        locator = Locator(slide=slide.number, figure=number)
        yield Figure(locator, item.picture.data, caption=item.text or slide.title, text=seen)


def _title(presentation: Any, blocks: list[Block], name: str) -> str:
    given = (presentation.core_properties.title or "").strip()
    if given and given.casefold() not in ("powerpoint presentation", "presentation", "untitled", "slide 1"):
        return given
    return next((block.text for block in blocks if block.kind == "heading"), Path(name).stem)


def _clean(text: str, *, keep_lines: bool = False) -> str:
    """PowerPoint keeps a line break as a vertical tab; spaces are made single."""
    lines = [" ".join(line.split()) for line in text.replace("\v", "\n").splitlines()]
    return ("\n" if keep_lines else " ").join(line for line in lines if line)
