"""What a citation opens: the page as an image with the quote marked, or the slide as plain parts. Stores nothing."""

from __future__ import annotations

import ctypes
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import is_cjk
from knowledge.picture import Picture, decode_picture
from knowledge.readers.pdf_file import LOCK, open_pdf, page_transform, shown
from knowledge.readers.slides import Slide, open_slides, read_slide

_FEWEST_WORDS = 5  # of a quote that is found in part; fewer could stand anywhere
_FEWEST_HAN = 8
_TALLEST = 4000  # pixels
Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PageImage:
    """A rendered page. `marks` are boxes (x0, y0, x1, y1) around the quote's lines, in shares of width and height."""

    png: bytes
    width: int
    height: int
    marks: tuple[Rect, ...] = ()


@dataclass(frozen=True, slots=True)
class SlideView:
    """The parts of a slide, for a screen to lay out: slides have no renderer here."""

    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[str, ...]
    notes: str
    pictures: tuple[Picture, ...]


def render_page(path: Path, page: int, *, quote: str = "", width: int = 900) -> PageImage:
    """Renders page `page` (from 1) of a PDF, or a picture file, `width` pixels wide, and marks the quote on it.

    White space, hyphens, ligatures and punctuation of the quote need not agree with the page. When the whole quote is
    not found, its longest run of at least five words is marked; else nothing. Raises UnreadableDocument.
    """
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            return _picture(path, page, width)
    with open_pdf(path, path.name) as pdf, LOCK:
        if not 1 <= page <= len(pdf):
            raise UnreadableDocument(
                f"{path.name} has {len(pdf)} pages, and no page {page}. Add the file to the course again.",
                code="page_missing",
                name=path.name,
                page=page,
            )
        sheet = pdf[page - 1]
        try:
            size = sheet.get_size()
            image = sheet.render(scale=min(width / size[0], _TALLEST / size[1])).to_pil()
            boxes = _find(_letters(sheet), quote) if quote.strip() else []
        finally:
            sheet.close()
    return PageImage(_png(image), *image.size, tuple(_share(line, size) for line in _in_lines(boxes)))


def thumbnail(path: Path, page: int = 1, *, width: int = 160) -> PageImage:
    """A small image of a page or picture."""
    return render_page(path, page, width=width)


def slide_view(path: Path, slide: int) -> SlideView:
    """What slide number `slide` (from 1) says and shows. Raises UnreadableDocument."""
    return slide_views(path, [slide])[slide]


def slide_views(path: Path, numbers: Sequence[int]) -> dict[int, SlideView]:
    """What these slides say and show; the file is opened once. Raises UnreadableDocument."""
    slides = list(open_slides(path, path.name).slides)
    if missing := [number for number in numbers if not 1 <= number <= len(slides)]:
        raise UnreadableDocument(
            f"{path.name} has {len(slides)} slides, and no slide {missing[0]}. Add the file to the course again.",
            code="page_missing",
            name=path.name,
            page=missing[0],
        )
    return {number: _slide_view(read_slide(slides[number - 1], number)) for number in numbers}


def _slide_view(found: Slide) -> SlideView:
    return SlideView(
        found.title,
        tuple(item.text for item in found.items if item.kind == "text"),
        tuple(item.text for item in found.items if item.kind == "table"),
        found.notes,
        tuple(item.picture for item in found.items if item.picture is not None),
    )


def _picture(path: Path, page: int, width: int) -> PageImage:
    try:
        picture = decode_picture(path.read_bytes(), name=path.name, page=page)
    except InvalidPicture as error:
        raise UnreadableDocument(str(error), code=error.code, **error.details) from error
    image = picture.to_image()
    image.thumbnail((width, _TALLEST), Image.Resampling.LANCZOS)
    return PageImage(_png(image), *image.size)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, format="PNG", compress_level=4)
    return out.getvalue()


def _letters(sheet: pdfium.PdfPage) -> list[tuple[str, Rect]]:
    """The page's characters that count in a comparison, each with its box in points from the upper left corner."""
    transform, box = page_transform(sheet), raw.FS_RECTF()
    text = sheet.get_textpage()
    found: list[tuple[str, Rect]] = []
    try:
        for index in range(raw.FPDFText_CountChars(text)):
            code = raw.FPDFText_GetUnicode(text, index)
            letters = _normal(chr(code)) if code > 32 and not 0xD800 <= code < 0xE000 else ""
            if letters and raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box)):
                place = shown(transform, box.left, box.bottom, box.right, box.top)
                found.extend((letter, place) for letter in letters)
    finally:
        text.close()
    return found


def _normal(text: str) -> str:
    """Only letters and digits, without the difference of ligatures, indices, width and case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _find(letters: Sequence[tuple[str, Rect]], quote: str) -> list[Rect]:
    """The boxes of the quote's letters on the page; empty when too little of it is there."""
    page, wanted = "".join(letter for letter, _ in letters), _normal(quote)
    if not wanted:
        return []
    start = page.find(wanted)
    if start >= 0:
        return [box for _, box in letters[start : start + len(wanted)]]
    match = SequenceMatcher(None, page, wanted, autojunk=False).find_longest_match()
    run = wanted[match.b : match.b + match.size]
    if not _is_enough(quote, match.b, match.b + match.size, run):
        return []
    return [box for _, box in letters[match.a : match.a + match.size]]


def _is_enough(quote: str, start: int, end: int, run: str) -> bool:
    """Whether the letters from start to end make up five whole words of the quote, or eight Han characters."""
    if sum(map(is_cjk, run)) >= _FEWEST_HAN:
        return True
    words, place = 0, 0
    for word in quote.split():
        length = len(_normal(word))
        words += bool(length) and place >= start and place + length <= end
        place += length
    return words >= _FEWEST_WORDS


def _in_lines(boxes: Iterable[Rect]) -> list[Rect]:
    """One box for the letters that follow one another on a line."""
    lines: list[list[float]] = []
    for x0, y0, x1, y1 in boxes:
        last = lines[-1] if lines else None
        level = last is not None and min(y1, last[3]) - max(y0, last[1]) > 0.4 * min(y1 - y0, last[3] - last[1])
        if level and -2.0 * (y1 - y0) < x0 - last[2] < 3.0 * (y1 - y0):
            last[:] = [min(last[0], x0), min(last[1], y0), max(last[2], x1), max(last[3], y1)]
        else:
            lines.append([x0, y0, x1, y1])
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in lines]


def _share(box: Rect, size: tuple[float, float]) -> Rect:
    x0, y0, x1, y1 = box
    shares = (x0 / size[0], y0 / size[1], x1 / size[0], y1 / size[1])
    return tuple(round(min(max(share, 0.0), 1.0), 5) for share in shares)
