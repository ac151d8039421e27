"""The parts of a Word file that its text refers to: styles, numbering, notes, pictures, charts. Knows no order of reading."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from dataclasses import dataclass, replace

from knowledge.errors import UnreadableDocument
from knowledge.readers.archives import SafeArchive
from knowledge.readers.gathering import Piece
from knowledge.readers.markup import Element, attribute, child, children, parse_xml, tag
from knowledge.readers.office_drawings import chart_pieces, diagram_pieces

_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HAN = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph's style as far as it tells what the paragraph is; `level` is None for what is no heading, 0 for a title."""

    name: str = ""
    level: int | None = None
    is_caption: bool = False
    numbering: Element | None = None
    font: str = ""


class Package:
    """A Word file's parts, found by the relationships of its main part. Raises UnreadableDocument."""

    def __init__(self, archive: SafeArchive) -> None:
        self.archive = archive
        self.warnings: list[str] = []
        self._main = self._main_part()
        self._links = self._relationships(self._main)
        root = self._parse(self._main)
        body = child(root, "body")
        if body is None:
            raise UnreadableDocument(
                f"{archive.name} is damaged: it has no text part. Save it anew from Word and add that.",
                code="document_damaged",
                name=archive.name,
            )
        self.document: Element = body
        self.styles = self._styles()
        self._notes: dict[str, dict[str, Element]] = {}
        self._marks: dict[tuple[str, str], str] = {}

    @property
    def title(self) -> str:
        """What the file's properties call it."""
        if "docProps/core.xml" not in self.archive:
            return ""
        root = self._parse("docProps/core.xml")
        return next((" ".join((e.text or "").split()) for e in root if tag(e) == "title"), "")

    def part(self, kind: str) -> Element | None:
        """The root of the part of a kind ("numbering", "styles", "footnotes"), if there is one."""
        path = next((path for type, path in self._links.values() if type == kind), None)
        return self._parse(path) if path in self.archive else None

    def style_of(self, paragraph: Element) -> Style:
        name = attribute(child(paragraph, "pPr", "pStyle"), "val")
        return self.styles.get(name, Style())

    def note(self, kind: str, number: str) -> tuple[str, Element | None]:
        """The mark and the text of a "footnote" or "endnote"."""
        if kind not in self._notes:
            root = self.part(f"{kind}s")
            self._notes[kind] = {attribute(e, "id"): e for e in children(root, kind)}
        element = self._notes[kind].get(number)
        if element is None or attribute(element, "type") in ("separator", "continuationSeparator"):
            return "", None
        mark = self._marks.setdefault((kind, number), str(len(self._marks) + 1).translate(_DIGITS))
        return mark, element

    def picture(self, relation: str) -> bytes | None:
        """The bytes of a picture inside the file; one that is only linked to is never fetched."""
        _, path = self._links.get(relation, ("", ""))
        if path not in self.archive:
            if relation:
                self.warnings.append("A picture that is only linked to, not inside the file, was left out.")
            return None
        return self.archive.read(path)

    def chart(self, relation: str) -> list[Piece]:
        """A chart as the table of its values, under its title."""
        _, path = self._links.get(relation, ("", ""))
        if path not in self.archive:
            return []
        return chart_pieces(self._parse(path))

    def diagram(self, relation: str) -> list[Piece]:
        """The words of a SmartArt diagram, a line for each of its boxes."""
        _, path = self._links.get(relation, ("", ""))
        if path not in self.archive:
            return []
        return diagram_pieces(self._parse(path))

    def _main_part(self) -> str:
        for type, path in self._relationships("").values():
            if type == "officeDocument" and path in self.archive:
                return path
        return "word/document.xml"

    def _relationships(self, part: str) -> dict[str, tuple[str, str]]:
        """Id -> (kind, path in the archive) of what a part refers to inside the file."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self.archive:
            return {}
        found = {}
        for link in self._parse(path):
            if link.get("TargetMode") != "External":
                target = link.get("Target", "")
                inside = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], inside)
        return found

    def _parse(self, path: str) -> Element:
        if path not in self.archive:
            raise UnreadableDocument(
                f"{self.archive.name} is damaged: {path} is missing in it. Save it anew from Word and add that.",
                code="document_damaged",
                name=self.archive.name,
            )
        return parse_xml(self.archive.read(path), name=self.archive.name)

    def _styles(self) -> dict[str, Style]:
        raw = {attribute(e, "styleId"): e for e in children(self.part("styles"), "style")}
        return {key: _style(key, raw, 0) for key in raw}


def _style(key: str, raw: dict[str, Element], depth: int) -> Style:
    """A style with what it takes over from the style it is based on."""
    element = raw.get(key)
    if element is None or depth > 20:
        return Style()
    base = _style(attribute(child(element, "basedOn"), "val"), raw, depth + 1)
    name = attribute(child(element, "name"), "val")
    folded = name.casefold()
    style = replace(base, name=name, is_caption=base.is_caption or folded in ("caption", "题注", "图题", "figure caption", "image caption"))
    if (outline := child(element, "pPr", "outlineLvl")) is not None:
        value = attribute(outline, "val", "9")
        style = replace(style, level=int(value) + 1 if value.isdecimal() and int(value) < 9 else None)
    elif folded.startswith(("heading ", "标题 ")) and folded[-1:].isdecimal():
        style = replace(style, level=int(folded[-1]))
    if folded in ("title", "标题") and style.level is None:
        style = replace(style, level=0)
    if folded.startswith("toc ") or folded in ("toc heading", "header", "footer"):
        style = replace(style, level=None)
    if (numbering := child(element, "pPr", "numPr")) is not None:
        style = replace(style, numbering=numbering)
    fonts = child(element, "rPr", "rFonts")
    return replace(style, font=attribute(fonts, "ascii") or attribute(fonts, "hAnsi") or style.font)


class Numbering:
    """Counts the numbered paragraphs of a file, and writes their numbers as Word shows them."""

    def __init__(self, root: Element | None) -> None:
        self._abstract = {attribute(e, "abstractNumId"): e for e in children(root, "abstractNum")}
        self._lists = {attribute(e, "numId"): e for e in children(root, "num")}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def label(self, own: Element | None, of_style: Element | None) -> tuple[str, int] | None:
        """What stands before a paragraph, "-" for any bullet, and how far it is indented; None for no list's item."""
        number = attribute(child(own, "numId"), "val") or attribute(child(of_style, "numId"), "val")
        level = attribute(child(own, "ilvl"), "val") or attribute(child(of_style, "ilvl"), "val") or "0"
        if not number or number == "0" or number not in self._lists or not level.isdecimal():
            return None
        depth = min(int(level), 8)
        abstract = attribute(child(self._lists[number], "abstractNumId"), "val")
        levels = {attribute(e, "ilvl"): e for e in children(self._abstract.get(abstract), "lvl")}
        here = levels.get(str(depth))
        counts = self._counts[abstract]
        for deeper in [key for key in counts if key > depth]:
            del counts[deeper]
        counts[depth] = counts[depth] + 1 if depth in counts else _start(here)
        if attribute(child(here, "numFmt"), "val", "bullet") in ("bullet", "none"):
            return ("-", depth) if attribute(child(here, "numFmt"), "val", "bullet") == "bullet" else None
        text = attribute(child(here, "lvlText"), "val", f"%{depth + 1}.")
        for place in range(9):
            form = attribute(child(levels.get(str(place)), "numFmt"), "val", "decimal")
            text = text.replace(f"%{place + 1}", _written(counts.get(place, _start(levels.get(str(place)))), form))
        return text.strip(), depth


def _start(level: Element | None) -> int:
    value = attribute(child(level, "start"), "val", "1")
    return int(value) if value.isdecimal() and len(value) < 7 else 1


def _written(number: int, form: str) -> str:
    """A number in the form that a list asks for; what is rare is written in digits."""
    if form in ("lowerLetter", "upperLetter") and 1 <= number <= 26:
        letter = chr(96 + number)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 1 <= number < 90:
        roman = ""
        for value, sign in ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
            while number >= value:
                roman, number = roman + sign, number - value
        return roman if form == "lowerRoman" else roman.upper()
    if form.startswith(("chinese", "japaneseCounting", "ideograph")) and 1 <= number < 100:
        tens, ones = divmod(number, 10)
        return (_HAN[tens] if tens > 1 else "") + ("十" if tens else "") + (_HAN[ones] if ones else "")
    return str(number)
