"""Plain text -> Document, and the text of any file in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering

MOST_BYTES = 10_000_000  # of text: some ten thousand pages
_ENOUGH = 200_000  # bytes that an encoding is told from
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON_HAN = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法"
    "学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实這個們來為國說時會對於過發後裡種經麼學現當沒動還進樣開從實"
)


def read_text(source: Source) -> Document:
    """Reads plain text: paragraphs are what blank lines part."""
    found = Gathering(source)
    for piece in re.split(r"\n\s*\n", text_of(source)):
        found.add(piece)
    return found.document("text")


def text_of(source: Source, *, declared: str | None = None, most_bytes: int = MOST_BYTES) -> str:
    """The file's text with "\\n" at the ends of lines. Raises UnreadableDocument when it is too large or no text.

    `declared` is an encoding that the file's kind says it has; it is tried first.
    """
    if source.path.stat().st_size > most_bytes:
        raise UnreadableDocument(
            f"{source.name} is larger than {most_bytes // 1_000_000} MB of text. Split it and add the parts.",
            code="document_too_large",
            name=source.name,
            limit=f"{most_bytes // 1_000_000} MB",
        )
    return decoded(source.path.read_bytes(), name=source.name, declared=declared)


def decoded(data: bytes, *, name: str, declared: str | None = None) -> str:
    """Bytes as text: by their mark, as UTF-8, as what they declare, else by what reads like a language."""
    for encoding in _candidates(data, declared):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise UnreadableDocument(
        f"{name} is text in an encoding that is not known. Save it as UTF-8 and add it again.",
        code="document_encoding",
        name=name,
    )


def utf16_without_mark(head: bytes) -> str | None:
    """The byte order of UTF-16 text that has no mark, told from where its zero bytes stand; None when it is none."""
    even, odd, half = head[0::2].count(0), head[1::2].count(0), len(head) // 2
    if half < 2 or max(even, odd) < 0.3 * half or min(even, odd) > 0.05 * half:
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = head.decode(encoding, "ignore")
    strange = sum(not (character.isprintable() or character in "\r\n\t\f") for character in text)
    return encoding if strange <= len(text) // 50 else None


def _candidates(data: bytes, declared: str | None) -> Iterator[str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            yield encoding
            return
    if encoding := utf16_without_mark(data[:4096]):
        yield encoding
    yield "utf-8"
    if declared:
        # browsers read what calls itself Latin-1 as Windows-1252, and GB2312 as the larger GB18030
        yield {"iso-8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(declared.lower(), declared)
    sample = data[:_ENOUGH]
    if chinese := _chinese(sample):
        yield chinese
    from charset_normalizer import from_bytes  # only files that are none of the above pay for loading it

    if best := from_bytes(sample, cp_exclusion=["utf_16", "utf_32", "utf_7"]).best():
        yield {"latin_1": "cp1252", "cp1250": "cp1252"}.get(best.encoding, best.encoding)
    yield "cp1252"


def _chinese(sample: bytes) -> str | None:
    """GB18030 or Big5, if the bytes become common Chinese words in one of them; short files too."""
    best, score = None, 0.0
    for encoding in ("gb18030", "big5hkscs"):
        try:
            # a sample may end inside a character, so its last bytes are let go
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        high = [character for character in text if ord(character) > 127]
        han = [character for character in high if "\u4e00" <= character <= "\u9fff"]
        common = sum(character in _COMMON_HAN for character in han) / max(1, len(han))
        likeness = common * len(han) / max(1, len(high))
        if likeness > score:
            best, score = encoding, likeness
    return best if score > 0.05 else None
