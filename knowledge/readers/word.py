"""Word (DOCX) -> Document: headings, paragraphs, lists, tables, footnotes, formulas, text boxes, pictures with captions.

Read from the file's own XML: the usual library gives neither footnotes nor formulas, text boxes or tracked changes.
Deleted and hidden text is no text; inserted text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.documents import Document
from knowledge.readers import Source
from knowledge.readers.archives import open_archive
from knowledge.readers.equations import omml_to_latex
from knowledge.readers.gathering import Gathering, Piece, table_text
from knowledge.readers.markup import Element, attribute, child, tag
from knowledge.readers.office_drawings import choice, described
from knowledge.readers.web_elements import raised
from knowledge.readers.word_package import Numbering, Package, Style
from knowledge.readers.word_paragraphs import in_order

_SMALLEST = 48  # pixels a side: smaller pictures are bullets and logos
_DEEPEST = 40  # tables in tables, boxes in boxes
_THROUGH = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "hyperlink", "fldSimple", "Choice", "body", "dir", "bdo"}
_SYMBOL = dict(zip("abcdefghijklmnopqrstuvwxyzDFGLPQSWXY", "αβχδεφγηιϕκλμνοπθρστυϖωξψζΔΦΓΛΠΘΣΩΞΨ", strict=True))
_MONOSPACED = re.compile(r"courier|consolas|menlo|monaco|mono|lucida console|source code", re.IGNORECASE)
_CODE_STYLE = re.compile(r"\bcode\b|listing|preformatted|verbatim|代码", re.IGNORECASE)
_NO_TITLE = {"", "word document", "document", "untitled", "microsoft word document"}


def read_word(source: Source) -> Document:
    """Reads a DOCX file. Raises UnreadableDocument."""
    with open_archive(source.path, name=source.name) as archive:
        package = Package(archive)
        body = _Body(package)
        pieces = list(in_order(body.blocks(package.document, 0)))
        found = Gathering(source, smallest=_SMALLEST)
        found.take(pieces)
        if body.deleted:
            found.warnings.append("It holds tracked changes: it was read with all of them accepted.")
        if body.hidden:
            found.warnings.append("Hidden text in it was left out.")
        found.warnings.extend(package.warnings)
        given = package.title if package.title.casefold() not in _NO_TITLE and ".doc" not in package.title else ""
    own = next((piece.text for piece in pieces if piece.kind == "heading" and piece.level == 0), "")
    return found.document("word", title=own or given)


class _Body:
    """Walks the text of a Word file in order. `deleted` and `hidden` tell whether any was passed over."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.numbering = Numbering(package.part("numbering"))
        self.deleted = self.hidden = False

    def blocks(self, parent: Element, depth: int) -> Iterator[Piece]:
        """The paragraphs and tables in an element."""
        for element in parent:
            name = tag(element)
            if name == "p":
                yield from self.paragraph(element, depth)
            elif name == "tbl" and depth < _DEEPEST:
                yield from self.table(element, depth + 1)
            elif name in _THROUGH and depth < _DEEPEST:
                yield from self.blocks(element, depth + 1)
            elif name == "AlternateContent" and depth < _DEEPEST:
                yield from self.blocks(choice(element), depth + 1)
            elif name in ("del", "moveFrom"):
                self.deleted = True
            elif name == "oMathPara":
                yield Piece(f"$${omml_to_latex(element)}$$", "formula")

    def paragraph(self, element: Element, depth: int) -> Iterator[Piece]:
        """A paragraph, and behind it what hangs on it: display formulas, pictures, text boxes, footnotes."""
        line = _Line(self, depth)
        line.take(element)
        style, properties = self.package.style_of(element), child(element, "pPr")
        text = line.text
        level = style.level if (own := child(properties, "outlineLvl")) is None else _level(own)
        number = self.numbering.label(child(properties, "numPr"), style.numbering) if text.strip() else None
        if text.strip():
            yield self.classified(text, style, level, number, line.monospaced)
        yield from line.pieces

    def classified(self, text: str, style: Style, level: int | None, number: tuple[str, int] | None, mono: bool) -> Piece:
        """What a paragraph is: a heading, a caption, code, a list's item, or text."""
        label, indent = number or ("", 0)
        if level is not None and len(text) <= 300:
            return Piece(f"{label} {text}" if label not in ("", "-") else text, "heading", level)
        if style.is_caption:
            return Piece(text, "caption")
        if mono or _CODE_STYLE.search(style.name):
            return Piece(text, "code")
        if label:
            return Piece(f"{'  ' * indent}{label} {text.strip()}", "list")
        alone = re.fullmatch(r"\s*\$\$[^$]+\$\$\s*", text)
        return Piece(text, "formula" if alone else "text")

    def table(self, element: Element, depth: int) -> Iterator[Piece]:
        """A table of values as Markdown; a single row or column is a frame around text, and taken as that."""
        rows = [cells for row in _rows(element) if (cells := _cells(row))]
        if len(rows) < 2 or max(len(cells) for cells in rows) < 2:
            for cells in rows:
                for cell in cells:
                    yield from self.blocks(cell, depth)
            return
        covered: dict[int, str] = {}
        lines: list[list[str]] = []
        pictures: list[Piece] = []
        for cells in rows:
            line: list[str] = []
            for cell in cells:
                text, shown = self.cell(cell, depth)
                pictures += shown
                across = _span(cell)
                merged = child(cell, "tcPr", "vMerge")
                if merged is not None and attribute(merged, "val", "continue") == "continue":
                    text = text or covered.get(len(line), "")  # a cell over several rows stands in each of them
                covered[len(line)] = text
                # over several columns it stands in each, but over the whole row once
                line += [text] * across if len(cells) > 1 else [text]
            lines.append(line)
        yield Piece(table_text(lines), "table")
        yield from pictures

    def cell(self, cell: Element, depth: int) -> tuple[str, list[Piece]]:
        """The words of a cell on one line, and the pictures in it."""
        pieces = list(self.blocks(cell, depth))
        words = []
        for piece in pieces:
            if piece.kind == "table":
                rows = [line.strip("| ") for line in piece.text.split("\n") if set(line) - set("|- ")]
                words.append("; ".join(row.replace(" | ", ", ") for row in rows))
            elif piece.image is None:
                words.append(re.sub(r"\$\$(.+?)\$\$", r"$\1$", piece.text))
        return " ".join(" ".join(words).split()), [piece for piece in pieces if piece.image is not None]


class _Line:
    """Collects one paragraph: its words in `text`, what hangs on it in `pieces`."""

    def __init__(self, body: _Body, depth: int) -> None:
        self.body, self.package, self.depth = body, body.package, depth
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.fonts: set[bool] = set()
        self.notes: list[Piece] = []

    @property
    def text(self) -> str:
        return "".join(self.parts).replace("\u00a0", " ").rstrip()

    @property
    def monospaced(self) -> bool:
        return self.fonts == {True} and "$" not in self.text

    def take(self, paragraph: Element) -> None:
        self.inside(paragraph, 0)
        self.pieces += self.notes

    def inside(self, element: Element, depth: int) -> None:
        for inner in element:
            name = tag(inner)
            if name == "oMath":
                self.parts.append(f"${omml_to_latex(inner)}$")
            elif name == "oMathPara":
                self.parts.append(f"\n$${omml_to_latex(inner)}$$\n")
            elif name == "r":
                self.run(inner)
            elif name in ("del", "moveFrom"):
                self.body.deleted = True
            elif name == "AlternateContent":
                self.inside(choice(inner), depth)
            elif name in _THROUGH and depth < _DEEPEST:
                self.inside(inner, depth + 1)

    def run(self, run: Element) -> None:
        properties = child(run, "rPr")
        if _is_on(child(properties, "vanish")):
            self.body.hidden = self.body.hidden or any(tag(inner) == "t" for inner in run)
            return
        place = attribute(child(properties, "vertAlign"), "val")
        self.run_inside(run, place)
        if any(tag(inner) == "t" and (inner.text or "").strip() for inner in run):
            fonts = child(properties, "rFonts")
            style = self.package.styles.get(attribute(child(properties, "rStyle"), "val"), Style())
            font = attribute(fonts, "ascii") or attribute(fonts, "hAnsi") or style.font
            self.fonts.add(bool(_MONOSPACED.search(font)))

    def run_inside(self, run: Element, place: str) -> None:
        for inner in run:
            name = tag(inner)
            if name == "t":
                text = inner.text or ""
                self.parts.append(raised(text, below=place == "subscript") if place.endswith("script") else text)
            elif name in ("tab", "ptab"):
                self.parts.append("\t")
            elif name in ("br", "cr"):
                self.parts.append("\n")
            elif name == "noBreakHyphen":
                self.parts.append("-")
            elif name == "sym":
                self.parts.append(_symbol(inner))
            elif name in ("footnoteReference", "endnoteReference"):
                self.note(inner, name.removesuffix("Reference"))
            elif name == "AlternateContent":
                self.run_inside(choice(inner), place)
            elif name in ("drawing", "pict", "object"):
                self.drawing(inner)
            elif name == "oMath":
                self.parts.append(f"${omml_to_latex(inner)}$")

    def note(self, reference: Element, kind: str) -> None:
        """A note stands behind its paragraph under the small number that it has in the text."""
        mark, element = self.package.note(kind, attribute(reference, "id"))
        if element is None:
            return
        self.parts.append(mark)
        words = " ".join(piece.text for piece in self.body.blocks(element, self.depth + 1) if piece.image is None)
        self.notes.append(Piece(f"{mark} {words.strip()}"))

    def drawing(self, drawing: Element) -> None:
        """The pictures, charts, diagrams and text boxes of a drawing."""
        properties = next((e for e in drawing.iter() if tag(e) in ("docPr", "shape")), None)
        description = attribute(properties, "descr") or attribute(properties, "alt")
        for element in _outside_boxes(drawing):
            name = tag(element)
            if name in ("blip", "imagedata"):
                image = self.package.picture(attribute(element, "embed") or attribute(element, "id"))
                if image is not None:
                    self.pieces.append(Piece(described(description), "picture", image=image))
            elif name == "chart" and attribute(element, "id"):
                self.pieces += self.package.chart(attribute(element, "id"))
            elif name == "relIds":
                self.pieces += self.package.diagram(attribute(element, "dm"))
            elif name == "txbxContent" and self.depth < _DEEPEST:
                self.pieces += self.body.blocks(element, self.depth + 1)


def _outside_boxes(element: Element) -> Iterator[Element]:
    """Everything in a drawing but what stands in its text boxes; the boxes themselves too."""
    for inner in element:
        yield inner
        if tag(inner) == "AlternateContent":
            yield from _outside_boxes(choice(inner))
        elif tag(inner) != "txbxContent":
            yield from _outside_boxes(inner)


def _rows(table: Element) -> list[Element]:
    rows = []
    for element in table:
        if tag(element) == "tr" and child(element, "trPr", "del") is None:
            rows.append(element)
        elif tag(element) in ("sdt", "sdtContent", "ins", "customXml"):
            rows += _rows(element)
    return rows


def _cells(row: Element) -> list[Element]:
    cells = []
    for element in row:
        if tag(element) == "tc":
            cells.append(element)
        elif tag(element) in ("sdt", "sdtContent", "ins", "customXml"):
            cells += _cells(element)
    return cells


def _span(cell: Element) -> int:
    value = attribute(child(cell, "tcPr", "gridSpan"), "val", "1")
    return max(1, min(60, int(value))) if value.isdecimal() else 1


def _symbol(element: Element) -> str:
    """A letter of a symbol font; what has none in Unicode is a bullet or an arrow, and no word."""
    code = attribute(element, "char")
    try:
        character = chr(int(code, 16) & 0xFF) if int(code, 16) >= 0xF000 else chr(int(code, 16))
    except ValueError:
        return ""
    if attribute(element, "font").casefold() == "symbol":
        return _SYMBOL.get(character, character)
    return character if int(code, 16) < 0xF000 else ""


def _level(outline: Element) -> int | None:
    value = attribute(outline, "val", "9")
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else None


def _is_on(element: Element | None) -> bool:
    return element is not None and attribute(element, "val", "1") not in ("0", "off", "false")
