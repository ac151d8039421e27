"""A picture as a course file: one figure, and the text that can be read in it."""

from __future__ import annotations

from pathlib import Path

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import MOST_BYTES, decode_picture
from knowledge.readers import Source


def read_picture(source: Source) -> Document:
    """Reads a picture file; its text becomes blocks in reading order when a seer is at hand."""
    try:
        if source.path.stat().st_size > MOST_BYTES:
            data = b"\0" * (MOST_BYTES + 1)  # refused by its size below, in the same words, unread
        else:
            data = source.path.read_bytes()
        picture = decode_picture(data, name=source.name)
    except InvalidPicture as error:
        raise UnreadableDocument(str(error), code=error.code, **error.details) from error
    locator = Locator(figure=1)
    warnings: list[str] = []
    paragraphs: tuple[str, ...] = ()
    if source.seer is None:
        warnings.append("The words in the picture were not read: no text recognition is at hand.")
    else:
        sight = source.seer.look(picture)
        paragraphs = sight.paragraphs
        if not sight.has_text:
            warnings.append("No text was found in the picture; it is found only by its name.")
        elif sight.unseen:
            warnings.append("The words in the picture were read, not what is drawn in it.")
    title = Path(source.name).stem.replace("-", " ").replace("_", " ")
    text = "\n\n".join(paragraphs)
    return Document(
        path=source.name,
        title=title,
        kind="picture",
        language=detect_language(text, source.language),
        blocks=tuple(Block(paragraph, locator, "picture") for paragraph in paragraphs),
        figures=(Figure(locator, picture.data, caption=title, text=text),),
        warnings=tuple(warnings),
    )
