"""The pictures that stand for places: a page, a figure, a thumbnail. Always pixels that we encoded ourselves."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

from knowledge.course import Course
from knowledge.documents import Locator
from knowledge.picture import decode_picture
from ui import places

PAGE_WIDTH = 900  # pixels; sharp in a panel of 450 px on a dense screen
THUMBNAIL_WIDTH = 176
_WIDEST = 2000
_DRAWINGS = (".svg",)


@lru_cache(maxsize=24)
def rendered_page(file: Path, number: int, quote: str, width: int):
    """The page as a picture, with the marks of the quote. Kept a while: the panel asks for marks, then for pixels.

    A course's file never changes under its path, because the path holds the hash of what is in it.
    """
    from knowledge.page_images import render_page  # loads the PDF engine: only when a page is looked at

    return render_page(file, number, quote=quote, width=max(64, min(width, _WIDEST)))


def page(file: Path, number: int, quote: str, width: int) -> bytes:
    return rendered_page(file, number, quote, width).png


def thumbnail(course: Course, document: str, at: Locator) -> bytes | None:
    """A small picture of the place, or None where it has none and an icon must do."""
    kind, file = places.kind(document, at), course.file(document)
    if kind == "page":
        return _small(page(file, at.page or 1, "", THUMBNAIL_WIDTH * 2))
    if kind == "picture":
        return _small(whole(course, document))
    figures = course.figures(document)
    if at.figure is not None:  # a slide that is returned to in a film is a figure of other seconds
        figures = [figure for figure in figures if figure.locator.figure == at.figure]
    else:
        figures = [figure for figure in figures if figure.locator.agrees_with(at)]
    return _small(figures[0].image) if figures else None


def figure(course: Course, document: str, n: int) -> bytes | None:
    figures = course.figures(document)
    return figures[n].image if 0 <= n < len(figures) else None


def size(image: bytes) -> tuple[int, int]:
    """Width and height of a stored picture, read from its head."""
    return Image.open(io.BytesIO(image)).size


def whole(course: Course, document: str) -> bytes:
    """A picture file, decoded and encoded again, so that nothing in it but its pixels reaches the browser.

    A drawing was drawn when it was added, by a reader that is kept apart, and is not drawn again.
    """
    if document.lower().endswith(_DRAWINGS):
        return course.figures(document)[0].image
    return _decoded(course.file(document))


@lru_cache(maxsize=8)
def _decoded(file: Path) -> bytes:
    return decode_picture(file.read_bytes(), name=file.name).data


def _small(data: bytes) -> bytes:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH * 2), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
