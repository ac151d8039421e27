"""A picture as a course file: one figure, or one for each page of a TIFF, and the text that can be read in it."""

from __future__ import annotations

from pathlib import Path

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import MOST_BYTES, Picture, count_pages, decode_picture
from knowledge.readers import Source
from knowledge.seeing import Sight

MOST_PAGES = 500  # of a TIFF: a scanned book


def read_picture(source: Source) -> Document:
    """Reads a picture file; its text becomes blocks in reading order when a seer is at hand, else its name does."""
    data = _bytes(source)
    pages = count_pages(data)
    warnings: list[str] = []
    if pages > MOST_PAGES:
        warnings.append(f"Only its first {MOST_PAGES} pages were read; it has {pages}.")
    if source.seer is None:
        warnings.append("The words in the picture were not read: no text recognition is at hand.")
    title = Path(source.name).stem.replace("-", " ").replace("_", " ")
    blocks: list[Block] = []
    figures: list[Figure] = []
    for page in range(1, min(pages, MOST_PAGES) + 1):
        picture = _page(source, data, page)
        locator = Locator(page=page if pages > 1 else None, figure=page)
        paragraphs: tuple[str, ...] = ()
        if source.seer is not None:
            sight = source.seer.look(picture)
            paragraphs = sight.paragraphs
            warnings += _shortcomings(sight, f" on page {page}" if pages > 1 else "")
        blocks += [Block(paragraph, locator, "picture") for paragraph in paragraphs]
        figures.append(Figure(locator, picture.data, caption=title, text="\n\n".join(paragraphs)))
        source.progress(page / min(pages, MOST_PAGES))
    if not blocks:  # a photo without a word in it is still found, by its name and by what it looks like
        blocks.append(Block(title, figures[0].locator, "caption"))
    return Document(
        path=source.name,
        title=title,
        kind="picture",
        language=detect_language("\n\n".join(block.text for block in blocks), source.language),
        blocks=tuple(blocks),
        figures=tuple(figures),
        pages=pages if pages > 1 else None,
        warnings=tuple(warnings),
    )


def _bytes(source: Source) -> bytes:
    if source.path.stat().st_size > MOST_BYTES:
        return b"\0" * (MOST_BYTES + 1)  # refused by its size when it is decoded, in the same words, unread
    return source.path.read_bytes()


def _page(source: Source, data: bytes, page: int) -> Picture:
    try:
        return decode_picture(data, name=source.name, page=page)
    except InvalidPicture as error:
        raise UnreadableDocument(str(error), code=error.code, **error.details) from error


def _shortcomings(sight: Sight, where: str) -> list[str]:
    if not sight.has_text:
        return [f"No text was found in the picture{where}; it is found by its name, and when a student shows it."]
    return [f"The words in the picture{where} were read, not what is drawn in it."] if sight.unseen else []
