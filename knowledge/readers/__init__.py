"""A course file in, a Document out: the table of formats, and the choice among them by what the bytes are.

The name of a file decides only between formats that are all plain text. Every reader takes a Source and returns a
Document; what it cannot read it refuses with UnreadableDocument, naming the file and the remedy.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.picture import is_phone_picture
from knowledge.readers.refusals import refusal

if TYPE_CHECKING:
    from knowledge.seeing import Seer
    from knowledge.transcription import Transcriber

_HEAD = 4096  # bytes that the type is read from
_WRAPPING = 8_000_000  # bytes in which the directory of an encrypted Office file is looked for


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and what a reader may use for it. `name` is the path inside the course, `root` the course's folder."""

    path: Path
    name: str
    root: Path
    seer: Seer | None = None
    transcriber: Transcriber | None = None
    language: str = "en"
    on_progress: Callable[[float], None] | None = None

    def progress(self, share: float) -> None:
        """Tells whoever waits how much is done, 0..1."""
        if self.on_progress is not None:
            self.on_progress(share)


@dataclass(frozen=True, slots=True)
class Format:
    """A family of files: `label` is what people call it, `reader` is "module:callable"."""

    label: str
    suffixes: tuple[str, ...]
    reader: str


_PROGRAMS = tuple(  # and data that is written like one
    ".py .java .c .h .cpp .hpp .cc .cs .js .ts .r .m .jl .sql .sh .go .rs .kt .swift .scala .hs .ml .lua .php .rb .pl .asm .s "
    ".f90 .pas .v .vhd .json .jsonl .yaml .yml .toml .xml".split()
)
FORMATS: dict[str, Format] = {
    "pdf": Format("PDF", (".pdf",), "knowledge.readers.pdf:read_pdf"),
    "slides": Format("PowerPoint (PPTX)", (".pptx",), "knowledge.readers.slides:read_slides"),
    "word": Format("Word (DOCX)", (".docx", ".docm", ".dotx"), "knowledge.readers.word:read_word"),
    "opendocument": Format("OpenDocument text (ODT)", (".odt", ".ott"), "knowledge.readers.opendocument:read_opendocument"),
    "rich text": Format("rich text (RTF)", (".rtf",), "knowledge.readers.rich_text:read_rich_text"),
    "workbook": Format("Excel (XLSX)", (".xlsx", ".xlsm"), "knowledge.readers.tables:read_workbook"),
    "ebook": Format("EPUB", (".epub",), "knowledge.readers.ebook:read_ebook"),
    "markdown": Format("Markdown", (".md", ".markdown"), "knowledge.readers.markdown:read_markdown"),
    "web": Format("web page (HTML)", (".html", ".htm", ".xhtml"), "knowledge.readers.web:read_web"),
    "notebook": Format("Jupyter notebook", (".ipynb",), "knowledge.readers.notebook:read_notebook"),
    "latex": Format("LaTeX", (".tex", ".latex"), "knowledge.readers.latex:read_latex"),
    "table": Format("table (CSV, TSV)", (".csv", ".tsv", ".tab"), "knowledge.readers.tables:read_table"),
    "subtitles": Format("subtitles (SRT, VTT)", (".srt", ".vtt"), "knowledge.readers.subtitles:read_subtitles"),
    "text": Format("plain text", (".txt", ".text"), "knowledge.readers.plain_text:read_text"),
    "code": Format("program (Python, Java, C, R, SQL, …)", _PROGRAMS, "knowledge.readers.source_code:read_source_code"),
    "picture": Format(
        "picture (PNG, JPEG, HEIC, WebP, AVIF, GIF, BMP, TIFF)",
        (".png", ".jpg", ".jpeg", ".heic", ".heif", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"),
        "knowledge.readers.pictures:read_picture",
    ),
    "drawing": Format("drawing (SVG)", (".svg",), "knowledge.readers.drawings:read_drawing"),
    "recording": Format(
        "recording or film (MP3, WAV, M4A, MP4, MOV, MKV, Ogg, WebM, FLAC)",
        (".mp3", ".wav", ".m4a", ".mp4", ".ogg", ".opus", ".webm", ".flac", ".mkv", ".mov", ".aac"),
        "knowledge.readers.recordings:read_recording",
    ),
}

_TEXT_FORMATS = (  # told apart by their names
    "markdown", "drawing", "web", "notebook", "latex", "table", "subtitles", "text", "code",
)  # fmt: skip


def read(
    path: Path,
    *,
    name: str | None = None,
    seer: Seer | None = None,
    transcriber: Transcriber | None = None,
    language: str = "en",
    on_progress: Callable[[float], None] | None = None,
) -> Document:
    """Reads one file of a course. `name` is its path inside the course; `language` is the course's own.

    Pictures that a file points to are looked up inside the course only: the folder that `name` counts from, or the
    file's own folder. Raises UnreadableDocument.
    """
    name = name or path.name
    kind = sniff(path, name)
    source = Source(path, name, source_root(path, name), seer, transcriber, language, on_progress)
    module, _, attribute = FORMATS[kind].reader.partition(":")
    return getattr(import_module(module), attribute)(source)


def readable_suffixes() -> tuple[str, ...]:
    """The endings of the files that can be read, for a screen's file picker."""
    return tuple(suffix for format in FORMATS.values() for suffix in format.suffixes)


def sniff(path: Path, name: str) -> str:
    """The key in FORMATS of what a file really is. Raises UnreadableDocument when it is none of them."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UnreadableDocument(
            f"{name} cannot be opened: {error.strerror or error}. Check that the file exists and may be read.",
            code="document_missing",
            name=name,
        ) from error
    kind = _binary_kind(head, path)
    if kind in FORMATS:
        return kind
    suffix = PurePosixPath(name).suffix.lower()
    if kind is None and _is_text(head):
        for key in _TEXT_FORMATS:
            if suffix in FORMATS[key].suffixes:
                return key
        if _is_page(head) and suffix != ".svg":
            return "web"  # a page saved without an ending, or with that of the address it came from
        if suffix not in (*readable_suffixes(), ".mht", ".mhtml") and _is_prose(head, name):
            return "text"  # LICENSE, README, lab.do: what it is called is no reason to lose it
    raise refusal(name, kind, FORMATS)


def _binary_kind(head: bytes, path: Path) -> str | None:
    """What the first bytes say; a key of FORMATS, a kind in refusals.py, or None."""
    if not head.strip(b"\0 \r\n\t"):
        return "empty"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "encrypted office" if _holds_encrypted(path) else "old office"
    if head.startswith(b"{\\rtf"):
        return "rich text"
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")):
        return "picture"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "picture"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "picture", b"WAVE": "recording"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "picture" if is_phone_picture(head) else "recording"
    if head[4:8] in (b"moov", b"wide", b"mdat"):  # QuickTime, from before files said their kind
        return "recording"
    if head.startswith((b"ID3", b"OggS", b"fLaC", b"\x1a\x45\xdf\xa3")):
        return "recording"
    if head[0] == 0xFF and head[1:2] and head[1] & 0xE0 == 0xE0 and head[1] != 0xFE and head[1] & 0x18 != 0x08:
        return "recording"  # MPEG audio frame, or AAC in ADTS; FF FE is a UTF-16 text
    return None


def _zip_kind(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            declared = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError):
        return None
    if declared.strip() == b"application/epub+zip" or "META-INF/container.xml" in names:
        return "ebook"
    if declared.startswith(b"application/vnd.oasis.opendocument."):
        return "opendocument" if b".text" in declared else "other office"
    for folder, kind in (("ppt/presentation", "slides"), ("word/document", "word"), ("xl/workbook", "workbook")):
        # some programs number the main part, and Excel's binary workbook is another format
        if any(name.startswith(folder) and name.endswith(".xml") for name in names):
            return kind
    return None


def _holds_encrypted(path: Path) -> bool:
    """Whether an old container is but the wrapping of a new Office file with a password."""
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(_WRAPPING)


def _is_text(head: bytes) -> bool:
    from knowledge.readers.plain_text import utf16_without_mark

    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_mark(head):
        return True
    return b"\0" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head) <= len(head) // 100


def _is_prose(head: bytes, name: str) -> bool:
    """Whether most of a text is letters: columns of numbers, or bytes written as digits, say nothing to be found."""
    from knowledge.readers.plain_text import decoded

    text = decoded(head, name=name)
    return sum(map(str.isalpha, text)) > 0.5 * sum(not character.isspace() for character in text)


def _is_page(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def source_root(path: Path, name: str) -> Path:
    """The course's folder: where `name` counts from if the path ends with it, else the file's own folder."""
    parts = PurePosixPath(name).parts
    if path.parts[-len(parts) :] == parts:
        return path.parents[len(parts) - 1]
    return path.parent
