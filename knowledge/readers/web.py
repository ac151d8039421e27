"""Web pages -> Document: the main text by its headings, tables, lists, code, formulas as LaTeX, pictures lying beside it.

What only a browser needs (scripts, styles, menus) is no text. Nothing is fetched, and no script is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.entities import html5

from lxml import etree
from lxml import html as lxml_html

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Cell, Gathering, spread, table_text
from knowledge.readers.markup import Element, safe_parser, tag
from knowledge.readers.plain_text import text_of
from knowledge.readers.web_elements import (
    HARD_SPACE,
    code_of,
    code_of_listing,
    dollars,
    formula_of,
    is_dropped,
    is_tex_script,
    raised,
    text_from,
)

MOST_BYTES = 50_000_000  # of a page: one that carries its pictures inside is large
_SMALLEST = 48  # pixels a side: smaller pictures are icons
_DEEPEST = 150  # elements within elements; what lies deeper is taken as plain words
_CHARSET = re.compile(rb"""<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_BLOCKS = set(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption header hgroup hr html li main "
    "p section summary ul ol table pre figure h1 h2 h3 h4 h5 h6 tr td th tbody thead caption".split()
)
_FORMULA_ALONE = re.compile(r"\$\$[^$]+\$\$")


def read_web(source: Source) -> Document:
    """Reads an HTML or XHTML page; pictures beside it become figures."""
    with source.path.open("rb") as file:
        declared = _CHARSET.search(file.read(4096))
    text = text_of(source, declared=declared[1].decode("ascii") if declared else None, most_bytes=MOST_BYTES)
    page = parse_page(text, name=source.name)
    found = Gathering(source, smallest=_SMALLEST)
    take_page(page, found)
    title = next((" ".join("".join(e.itertext()).split()) for e in page.iter() if tag(e) == "title"), "")
    return found.document("web", title=_heading_title(found) or title)


def parse_page(text: str, *, name: str) -> Element:
    """The root element of a page; XHTML is taken strictly if it is well formed, anything else as browsers do."""
    start = text[:2000].lower()
    if "<?xml" in start[:200] or "http://www.w3.org/1999/xhtml" in start:
        # without its DOCTYPE a page declares no entities of its own; HTML's are put in by name
        plain = _ENTITY.sub(_character, _DOCTYPE.sub("", text, count=1))
        try:
            return etree.fromstring(plain.encode("utf-8"), safe_parser(encoding="utf-8"))
        except (etree.XMLSyntaxError, ValueError):
            pass
    try:
        # the parser is told the encoding, so a page that claims another one does no harm
        parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(
            f"{name} holds no page that can be read. Save it again from the browser and add that.",
            code="document_damaged",
            name=name,
        ) from error
    return root


def take_page(page: Element, found: Gathering) -> None:
    """Adds what a page says to what was found."""
    _Page(found).take(_main(page))


def _character(match: re.Match[str]) -> str:
    name = match[1]
    return match[0] if name in ("lt", "gt", "amp", "quot", "apos") else html5.get(f"{name};", "")


def _heading_title(found: Gathering) -> str:
    heads = [block.text for block in found.blocks if block.kind == "heading" and block.level == 1]
    return heads[0] if len(heads) == 1 else ""


def _main(page: Element) -> Element:
    """The element that holds the text itself, if the page says so."""
    for wanted in (lambda e: tag(e) == "main" or e.get("role") == "main", lambda e: tag(e) == "article"):
        candidates = [element for element in page.iter() if tag(element) and wanted(element)]
        if len(candidates) == 1 and len("".join(candidates[0].itertext()).strip()) > 40:
            return candidates[0]
    return next((element for element in page.iter() if tag(element) == "body"), page)


class _Page:
    """Walks one page: words run together until a block begins or ends."""

    def __init__(self, found: Gathering) -> None:
        self.found = found
        self.words: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self.apart: tuple[Element, ...] = ()

    def take(self, root: Element) -> None:
        self.inside(root, 0)
        self.flush()

    def inside(self, element: Element, depth: int) -> None:
        """Everything between an element's tags."""
        self.words.append(element.text or "")
        for inner in element:
            if tag(inner) and inner not in self.apart and not is_dropped(inner):
                if depth > _DEEPEST:
                    self.words.append(" ".join(inner.itertext()))
                else:
                    self.element(inner, depth + 1)
            elif is_tex_script(inner):
                self.words.append(dollars(inner.text or "", display="mode=display" in inner.get("type", "")))
            self.words.append(inner.tail or "")

    def element(self, element: Element, depth: int) -> None:
        name = tag(element)
        if (formula := formula_of(element)) is not None:
            self.words.append(formula)
        elif name in _BLOCKS:
            self.flush()
            self.block(name, element, depth)
            self.flush()
        elif name == "br":
            self.words.append("\v")
        elif name == "img":
            self.picture(element)
        elif name in ("code", "kbd", "samp", "tt"):
            text = " ".join("".join(element.itertext()).split())
            self.words.append(f"`{text}`" if text and "`" not in text else text)
        elif name in ("sup", "sub") and not len(element):
            self.words.append(raised(element.text or "", below=name == "sub"))
        else:
            self.inside(element, depth)

    def block(self, name: str, element: Element, depth: int) -> None:
        if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.inside(element, depth)
            self.flush("heading", level=int(name[1]))
        elif name == "pre":
            self.found.add(code_of(element), "code")
        elif name in ("ul", "ol", "dl"):
            self.list(element, depth)
        elif name == "table":
            self.table(element, depth)
        elif name == "figure":
            self.figure(element, depth)
        else:
            self.inside(element, depth)

    def flush(self, kind: str = "text", *, level: int = 0) -> None:
        """Ends a block: its words become one, and the pictures met in it follow."""
        text, self.words = text_from("".join(self.words)), []
        pictures, self.pictures = self.pictures, []
        if kind == "text" and _FORMULA_ALONE.fullmatch(text):
            kind = "formula"
        self.found.add(text, kind, level=level)
        for address, description in pictures:
            self.found.picture_at(address, description=description)

    def picture(self, element: Element) -> None:
        address = element.get("src") or element.get("data-src") or ""
        if address.startswith("data:image/svg") or address.startswith("data:image/gif;base64,R0lGOD"):
            address = element.get("data-src") or ""  # a stand-in until a script loads the picture
        if element.get("width", "").isdecimal() and int(element.get("width", "")) < _SMALLEST:
            address = ""
        if address:
            self.pictures.append((address, " ".join(element.get("alt", "").split())))

    def figure(self, element: Element, depth: int) -> None:
        """A picture with its caption, or whatever else an author calls a figure: a table, code, a quotation."""
        captions = [inner for inner in element.iter() if tag(inner) == "figcaption"]
        pictures = [inner for inner in element.iter() if tag(inner) == "img"]
        if not pictures or any(tag(inner) in ("table", "pre") for inner in element.iter()):
            self.inside(element, depth)
            return
        caption = " ".join(self.words_of(inner, depth) for inner in captions)
        for image in pictures:
            self.picture(image)
        taken, self.pictures = self.pictures, []
        for number, (address, description) in enumerate(taken):
            self.found.picture_at(address, "" if number else caption, description=description)
        if not taken:
            self.found.add(caption, "caption")

    def words_of(self, element: Element, depth: int, *, apart: Sequence[Element] = ()) -> str:
        """The words in an element on one line, without those of the elements `apart`; its pictures are left for later."""
        inner = _Inline(self.found)
        inner.apart = tuple(apart)
        inner.inside(element, depth)
        self.pictures += inner.pictures
        return text_from("".join(inner.words)).replace("\n", " ")

    def list(self, element: Element, depth: int) -> None:
        """A list as one block; one that holds code, tables or headings is taken part by part."""
        if any(tag(inner) in ("pre", "table", "figure", "h1", "h2", "h3", "h4") for inner in element.iter()):
            for item in element:
                if tag(item):
                    self.flush()
                    self.inside(item, depth)
                    self.flush()
            return
        self.words.append("\v".join(self.lines(element, depth, 0)))
        self.flush()

    def lines(self, element: Element, depth: int, level: int) -> Iterator[str]:
        start = element.get("start", "1")
        number = int(start) if start.lstrip("-").isdecimal() and len(start) < 6 else 1
        indent = 2 * HARD_SPACE * level  # kept where spaces are made single
        for item in element:
            if tag(item) in ("ul", "ol") and depth < _DEEPEST:
                yield from self.lines(item, depth + 1, level + 1)
                continue
            if tag(item) not in ("li", "dt", "dd") or is_dropped(item):
                continue
            nested = [inner for inner in item if tag(inner) in ("ul", "ol")]
            mark = f"{number}. " if tag(element) == "ol" else {"dt": "", "dd": 2 * HARD_SPACE}.get(tag(item), "- ")
            number += 1
            if text := self.words_of(item, depth + 1, apart=nested):
                yield f"{indent}{mark}{text}"
            for inner in nested:
                yield from self.lines(inner, depth + 1, level + 1) if depth < _DEEPEST else ()

    def table(self, element: Element, depth: int) -> None:
        """A table of values as Markdown; one that only lays out the page is taken cell by cell."""
        if code_of_listing(element) is not None:
            self.found.add(code_of(code_of_listing(element)), "code")
            return
        inner = [tag(e) for e in element.iter() if e is not element]
        rows = [e for e in element.iter() if tag(e) == "tr"]
        widest = max((sum(tag(cell) in ("td", "th") for cell in row) for row in rows), default=0)
        laid_out = element.get("role") == "presentation" or "table" in inner or "pre" in inner or "h2" in inner
        if laid_out or widest < 2 or len(rows) < 2:
            self.inside(element, depth)
            return
        for caption in (e for e in element if tag(e) == "caption"):
            self.found.add(self.words_of(caption, depth), "caption")
        cells = [
            [
                Cell(self.words_of(cell, depth), _span(cell, "colspan", 50), _span(cell, "rowspan", 1000))
                for cell in row
                if tag(cell) in ("td", "th")
            ]
            for row in rows
        ]
        self.found.add(table_text(spread(cells)), "table")
        self.flush()  # the pictures met in its cells


class _Inline(_Page):
    """Walks what must stay on one line: blocks in it are parted by a space."""

    def flush(self, kind: str = "text", *, level: int = 0) -> None:
        self.words.append(" ")

    def block(self, name: str, element: Element, depth: int) -> None:
        self.inside(element, depth)


def _span(cell: Element, name: str, most: int) -> int:
    value = cell.get(name, "1").strip()
    return max(1, min(most, int(value))) if value.isdecimal() and len(value) < 6 else 1
