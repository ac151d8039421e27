"""PowerPoint (PPTX) -> Document: every slide's title, text in visual order, tables, pictures and speaker notes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import UnreadableDocument
from knowledge.language import detect_language
from knowledge.readers import Source
from knowledge.readers.archives import open_archive
from knowledge.readers.slide_shapes import Item, clean, flat, items_of, lines_of, text_of, unfold

_TITLE_WORDS = re.compile(r"[^\W\d_]{3}|[一-鿿]{2}")
_HAN = re.compile(r"[一-鿿]")
_PROGRAM = re.compile(r"[=(){}<>]|^\$ ")
_EDGE = 0.12  # of the slide's height: where its number stands
_TOP = 0.35  # of the slide's height, above which a title begins


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
    unfold(raw.shapes._spTree)
    height = float(raw.part.package.presentation_part.presentation.slide_height or 0)
    title_shape = raw.shapes.title
    title = clean(lines_of(title_shape.text_frame)) if title_shape is not None else ""
    items = []
    for shape, place in flat(raw.shapes):
        if title_shape is None or shape.shape_id != title_shape.shape_id:
            items.extend(items_of(shape, place, number, warnings))
    ordered = [item for item in _in_visual_order(items) if not _is_number(item, number, height)]
    if not title and ordered and _is_title(ordered[0], ordered[1:], height):
        title, ordered = clean(ordered[0].text), ordered[1:]  # many decks write the title into an ordinary box
    notes = ""
    if raw.has_notes_slide and raw.notes_slide.notes_text_frame is not None:
        notes = clean("\n".join(text_of(p._p) for p in raw.notes_slide.notes_text_frame.paragraphs), keep_lines=True)
    hidden = raw._element.get("show") in ("0", "false")
    return Slide(number, title, tuple(ordered), notes, hidden, tuple(warnings))


def _is_title(item: Item, others: Sequence[Item], height: float) -> bool:
    """Whether a box is set like a title: near the top, and one line of words."""
    if item.kind != "text" or "\n" in item.text or len(item.text) > 80 or item.y0 > _TOP * height:
        return False
    if not _TITLE_WORDS.search(item.text) or _PROGRAM.search(item.text):
        return False
    if " " in item.text.strip() or len(_HAN.findall(item.text)) > 3:
        return True
    middle = (item.y0 + item.y1) / 2  # one word with others beside it is a label
    return not any(other.y0 < middle < other.y1 for other in others if other.kind == "text")


def _is_number(item: Item, number: int, height: float) -> bool:
    """Whether a box shows the slide's number, at its edge; elsewhere it is a number like any other."""
    at_edge = item.y1 < _EDGE * height or item.y0 > (1 - _EDGE) * height
    return item.kind == "text" and at_edge and item.text.strip() == str(number)


def _without_furniture(slides: Sequence[Slide]) -> list[Slide]:
    """Drops what stands on the slides as on paper: a line repeated in its place on two in five."""
    places = Counter(_likeness(item) for slide in slides for item in slide.items if item.kind == "text")
    enough = max(3, 0.4 * len(slides))

    def is_furniture(item: Item) -> bool:
        if item.kind != "text" or "\n" in item.text or len(item.text) > 80:
            return False
        return places[_likeness(item)] >= enough

    return [replace(slide, items=tuple(i for i in slide.items if not is_furniture(i))) for slide in slides]


def _likeness(item: Item) -> tuple[str, int, int]:
    return item.text.strip(), round(item.x0 / 50_000), round(item.y0 / 50_000)


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
