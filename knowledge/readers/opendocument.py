"""OpenDocument text (ODT) -> Document: headings, paragraphs, lists, tables, notes, formulas, pictures with captions."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.picture import MOST_BYTES
from knowledge.readers import Source
from knowledge.readers.archives import SafeArchive, open_archive
from knowledge.readers.equations import mathml_to_latex
from knowledge.readers.gathering import Cell, Gathering, Piece, spread, table_text
from knowledge.readers.markup import Element, attribute, child, children, parse_xml, tag

_SMALLEST = 48  # pixels a side: smaller pictures are bullets and logos
_DEEPEST = 40
_MOST_REPEATED = 60  # columns or rows that a cell may stand for: programs repeat an empty one a thousand times
_THROUGH = {"section", "numbered-paragraph", "list-header"}  # a table of contents, an index, a deletion are no text
_CAPTIONS = ("caption", "illustration", "figure", "table", "drawing", "text_20_caption")
_CODE = re.compile(r"preformatted|code|listing", re.IGNORECASE)
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def read_opendocument(source: Source) -> Document:
    """Reads an ODT file. Raises UnreadableDocument, also when it has a password."""
    with open_archive(source.path, name=source.name) as archive:
        _check_password(archive)
        if "content.xml" not in archive:
            raise _damaged(source.name)
        root = parse_xml(archive.read("content.xml"), name=source.name)
        text = child(root, "body", "text")
        if text is None:
            raise _damaged(source.name)
        body = _Body(archive, root)
        found = Gathering(source, smallest=_SMALLEST)
        found.take(list(_joined_code(body.blocks(text, 0))))
        found.warnings.extend(body.warnings)
        return found.document("opendocument", title=_title(archive))


def _joined_code(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The lines of a listing as one block."""
    lines: list[str] = []
    for piece in (*pieces, Piece("", "end")):
        if piece.kind == "code":
            lines.append(piece.text)
            continue
        if any(line.strip() for line in lines):
            code = "\n".join(lines).strip("\n")
            yield Piece(f"```\n{code}\n```", "code")
        lines = []
        if piece.kind != "end":
            yield piece


class _Body:
    """Walks the text in order; what hangs on a paragraph (pictures, boxes, notes) follows it."""

    def __init__(self, archive: SafeArchive, root: Element) -> None:
        self.archive = archive
        self.warnings: list[str] = []
        self.styles = self._style_names(root)
        self.after: list[Piece] = []
        self.notes = 0

    def blocks(self, parent: Element, depth: int) -> Iterator[Piece]:
        if depth > _DEEPEST:
            yield Piece(" ".join(parent.itertext()))
            return
        for element in parent:
            name = tag(element)
            if name in ("p", "h"):
                yield from self.paragraph(name, element, depth)
            elif name == "list":
                yield Piece("\n".join(self.items(element, depth, 0)))
                yield from self.hanging()
            elif name == "table":
                yield from self.table(element, depth)
            elif name in _THROUGH:
                yield from self.blocks(element, depth + 1)
            elif name == "frame":
                self.frame(element, depth)
                yield from self.hanging()

    def paragraph(self, name: str, element: Element, depth: int) -> Iterator[Piece]:
        text = self.words(element, depth)
        style = self.styles.get(attribute(element, "style-name"), attribute(element, "style-name"))
        folded = style.casefold()
        if name == "h" or folded == "title":
            level = attribute(element, "outline-level", "1")
            yield Piece(text, "heading", int(level) if level.isdecimal() and 0 < int(level) < 10 else 1)
        elif folded in _CAPTIONS:
            yield Piece(text, "caption")
        elif _CODE.search(style):
            yield Piece(text.rstrip(), "code")
        else:
            yield Piece(text, "formula" if re.fullmatch(r"\s*\$[^$]+\$\s*", text) else "text")
        yield from self.hanging()

    def hanging(self) -> list[Piece]:
        pieces, self.after = self.after, []
        return pieces

    def words(self, element: Element, depth: int) -> str:
        """The words of a paragraph, spaces and line breaks as they are meant."""
        parts = [_single_spaced(element.text)]
        for inner in element:
            name = tag(inner)
            if name == "s":
                count = attribute(inner, "c", "1")
                parts.append(" " * min(200, int(count) if count.isdecimal() else 1))
            elif name == "tab":
                parts.append("\t")
            elif name == "line-break":
                parts.append("\n")
            elif name == "note":
                parts.append(self.note(inner, depth))
            elif name == "frame":
                parts.append(self.frame(inner, depth))
            elif name not in ("annotation", "annotation-end", "tracked-changes", "hidden-text") and depth < _DEEPEST:
                parts.append(self.words(inner, depth + 1))
            parts.append(_single_spaced(inner.tail))
        return "".join(parts).replace("\u00a0", " ")

    def note(self, note: Element, depth: int) -> str:
        """A footnote stands behind its paragraph, under a small number."""
        self.notes += 1
        mark = str(self.notes).translate(_DIGITS)
        body = child(note, "note-body")
        text = " ".join(self.words(p, depth + 1).strip() for p in (body.iter() if body is not None else ()) if tag(p) == "p")
        self.after.append(Piece(f"{mark} {text}"))
        return mark

    def frame(self, frame: Element, depth: int) -> str:
        """A frame's formula is returned as words; its picture and its text box come behind the paragraph."""
        description = " ".join(" ".join(e.itertext()) for e in frame if tag(e) in ("desc", "title")).strip()
        for inner in frame:
            name = tag(inner)
            if name == "object" and (formula := self.formula(inner)):
                return f"${formula}$"
            if name == "image":
                image = self.picture(attribute(inner, "href"))
                if image is not None:
                    self.after.append(Piece(description, "picture", image=image))
                    break  # the others are the same picture in older formats
            elif name == "text-box":
                kept, self.after = self.after, []
                inside = list(self.blocks(inner, depth + 1))
                self.after = [*kept, *inside]
        return ""

    def formula(self, element: Element) -> str:
        math = next((e for e in element.iter() if tag(e) == "math"), None)
        path = posixpath.normpath(posixpath.join(attribute(element, "href") or "none", "content.xml"))
        if math is None and path in self.archive:
            root = parse_xml(_without_doctype(self.archive.read(path)), name=self.archive.name)
            math = root if tag(root) == "math" else None
        return mathml_to_latex(math) if math is not None else ""

    def picture(self, address: str) -> bytes | None:
        path = posixpath.normpath(address) if address else ""
        if path in self.archive and self.archive.size(path) <= MOST_BYTES:
            return self.archive.read(path)
        self.warnings.append("A picture that is only linked to, not inside the file, was left out.")
        return None

    def items(self, element: Element, depth: int, level: int) -> Iterator[str]:
        for item in children(element, "list-item"):
            mark = "- "
            for inner in item:
                if tag(inner) in ("p", "h"):
                    if text := self.words(inner, depth).strip():
                        yield f"{'  ' * level}{mark}{text}"
                        mark = "  "
                elif tag(inner) == "list" and level < _DEEPEST:
                    yield from self.items(inner, depth + 1, level + 1)

    def table(self, element: Element, depth: int) -> Iterator[Piece]:
        """A table of values as Markdown; a single row or column is a frame around text."""
        rows = [row for row in element.iter() if tag(row) == "table-row" and _table_of(row) is element]
        cells = [[cell for cell in row if tag(cell) in ("table-cell", "covered-table-cell")] for row in rows]
        if len(rows) < 2 or max(map(len, cells), default=0) < 2:
            for cell in (cell for row in cells for cell in row):
                yield from self.blocks(cell, depth + 1)
            return
        lines: list[list[Cell]] = []
        shown: list[Piece] = []
        for row in cells:
            lines.append([])
            for cell in (cell for cell in row if tag(cell) == "table-cell"):  # the others lie under a merged one
                pieces = list(self.blocks(cell, depth + 1))
                shown += [piece for piece in pieces if piece.image is not None]
                text = " ".join(" ".join(piece.text.split()) for piece in pieces if piece.image is None)
                covers = Cell(text, _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned"))
                lines[-1] += [covers] * _count(cell, "number-columns-repeated")
        yield Piece(table_text(spread(lines)), "table")
        yield from shown

    def _style_names(self, root: Element) -> dict[str, str]:
        """Automatic style -> the named one it comes from: that is what tells a caption from a paragraph."""
        automatic = child(root, "automatic-styles")
        styles = children(automatic, "style")
        return {attribute(s, "name"): attribute(s, "parent-style-name") or attribute(s, "name") for s in styles}


def _count(cell: Element, name: str) -> int:
    value = attribute(cell, name, "1")
    return max(1, min(_MOST_REPEATED, int(value))) if value.isdecimal() and len(value) < 7 else 1


def _table_of(row: Element) -> Element | None:
    return next((above for above in row.iterancestors() if tag(above) == "table"), None)


def _single_spaced(text: str | None) -> str:
    """Line ends and spaces in the XML are no words: what is meant is written as an element."""
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _check_password(archive: SafeArchive) -> None:
    if "META-INF/manifest.xml" not in archive:
        return
    root = parse_xml(_without_doctype(archive.read("META-INF/manifest.xml")), name=archive.name)
    if any(tag(element) == "encryption-data" for element in root.iter()):
        raise UnreadableDocument(
            f"{archive.name} is protected by a password. Save a copy without the password and add that.",
            code="document_encrypted",
            name=archive.name,
        )


def _title(archive: SafeArchive) -> str:
    if "meta.xml" not in archive:
        return ""
    root = parse_xml(archive.read("meta.xml"), name=archive.name)
    return next((" ".join((e.text or "").split()) for e in root.iter() if tag(e) == "title"), "")


def _without_doctype(data: bytes) -> bytes:
    """Older programs name a DTD in these parts; it is left out, and nothing is looked for."""
    return re.sub(rb"<!DOCTYPE[^\[>]*>", b"", data[:2000]) + data[2000:]


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged: its text is missing. Save it anew from the program it was made with, and add that.",
        code="document_damaged",
        name=name,
    )
