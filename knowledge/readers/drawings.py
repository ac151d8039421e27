"""An SVG drawing -> Document: its texts as they stand in the file, and a picture of it drawn by resvg.

A drawing is a program from a stranger: before it is drawn, everything is taken out that would load something, and one
whose parts repeat one another without end is refused. The words in it are read by eye only where they are drawn as
outlines.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from knowledge.documents import Block, Document, Figure, Locator
from knowledge.errors import InvalidPicture, UnreadableDocument
from knowledge.language import detect_language
from knowledge.picture import LONGEST_SIDE, Picture, decode_picture
from knowledge.readers import Source

if TYPE_CHECKING:
    from knowledge.seeing import Seer

MOST_BYTES = 20_000_000
MOST_PARTS = 200_000  # counted as often as they are drawn
_DEEPEST = 100  # parts that draw parts that draw parts
_HUGE = 20_000.0  # user units of a tile: larger ones are no pattern, and take memory without end
_FEWEST_LETTERS = 3  # in texts: fewer, and the drawing's words are outlines
_LOADING = {"script", "foreignObject", "iframe", "audio", "video", "handler", "feImage"}
_TILES = {"pattern", "mask", "filter", "svg", "symbol", "marker"}
_SVG = "{http://www.w3.org/2000/svg}"
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)")
_NUMBER = re.compile(r"\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*([a-z%]*)", re.IGNORECASE)
_SCALE = re.compile(r"(?<=\d)\n(?=[-+]?\d[\d.,%]*(?:\n|$))")  # the numbers at an axis are one line
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def read_drawing(source: Source) -> Document:
    """Reads an SVG file: one figure, its texts as one block. Raises UnreadableDocument."""
    root = _parsed(_bytes_of(source), source.name)
    title = _child_text(root, "title") or Path(source.name).stem.replace("-", " ").replace("_", " ")
    description = _child_text(root, "desc")
    picture, paragraphs = _drawn_and_read(root, source.name, source.seer)
    warnings = () if paragraphs else ("No text was found in the drawing; it is found only by its name.",)
    text = "\n".join(filter(None, (description, *paragraphs)))
    locator = Locator(figure=1)
    return Document(
        path=source.name,
        title=title,
        kind="picture",
        language=detect_language(text, source.language),
        blocks=(Block(text, locator, "picture"),) if text else (),
        figures=(Figure(locator, picture.data, caption=title, text=text),),
        warnings=warnings,
    )


def is_drawing(data: bytes) -> bool:
    """Whether these bytes look like an SVG drawing."""
    head = data[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return head.startswith(b"<svg") or (head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head)


def draw(data: bytes, name: str, seer: Seer | None) -> tuple[Picture, str]:
    """An SVG drawing that another file shows, and the words in it. Raises UnreadableDocument."""
    picture, paragraphs = _drawn_and_read(_parsed(data, name), name, seer)
    text = "\n".join(paragraphs)
    return picture, _SCALE.sub(" ", text)


def _drawn_and_read(root: etree._Element, name: str, seer: Seer | None) -> tuple[Picture, list[str]]:
    """The picture, and the texts in the file, or, where letters are drawn as outlines, what is read by eye."""
    paragraphs = list(_texts(root))
    picture = _drawn(root, name)
    if sum(character.isalpha() for text in paragraphs for character in text) < _FEWEST_LETTERS:
        paragraphs = list(seer.look(picture).paragraphs) if seer is not None else []
    return picture, paragraphs


def _bytes_of(source: Source) -> bytes:
    if source.path.stat().st_size > MOST_BYTES:
        raise UnreadableDocument(
            f"{source.name} is larger than {MOST_BYTES // 10**6} MB. Export the drawing as PNG and add that.",
            code="document_too_large",
            name=source.name,
            limit=f"{MOST_BYTES // 10**6} MB",
        )
    return source.path.read_bytes()


def _parsed(data: bytes, name: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refused(name, "is damaged or no SVG drawing") from error
    if _local(root) != "svg":
        raise _refused(name, "is no SVG drawing")
    return root


def _texts(root: etree._Element) -> Iterator[str]:
    """The drawing's texts in the order of the file; a line that begins at a place of its own is a line."""
    for element in root.iter(f"{_SVG}text", "text"):
        lines = [""]
        for part, words in _pieces(element):
            if part is not None and (part.get("y") is not None or part.get("dy") is not None) and lines[-1].strip():
                lines.append("")
            lines[-1] += words
        if text := "\n".join(" ".join(line.split()) for line in lines if line.strip()):
            yield text


def _pieces(element: etree._Element) -> Iterator[tuple[etree._Element | None, str]]:
    """The words of an element and its parts, each with the part that it opens."""
    yield element, element.text or ""
    for child in element:
        if _local(child) in ("tspan", "textPath", "a"):
            yield from _pieces(child)
        yield None, child.tail or ""


def _drawn(root: etree._Element, name: str) -> Picture:
    import resvg_py  # machine code: only when there is a drawing

    _make_harmless(root)
    if _parts(root) > MOST_PARTS:
        raise _refused(name, "repeats its parts too often to be drawn")
    width, height = _sized(root)
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=etree.tostring(root, encoding="unicode"), background="white", width=width, height=height
        )
        return decode_picture(png, name=name)
    except (ValueError, RuntimeError, InvalidPicture) as error:
        raise _refused(name, f"cannot be drawn ({error})") from error


def _make_harmless(root: etree._Element) -> None:
    """Takes out what loads files or addresses, and tiles of any size; pictures inside are encoded anew."""
    for element in list(root.iter()):
        tag = _local(element)
        if tag in _LOADING or (tag in _TILES and element is not root and _is_huge(element)):
            _remove(element)
            continue
        for name in [name for name in element.attrib if etree.QName(name).localname == "href"]:
            if tag == "image" and (data := _encoded_anew(element.get(name))):
                element.set(name, data)
            elif not element.get(name).startswith("#"):
                del element.attrib[name]
        if tag == "style" and element.text:
            element.text = re.sub(r"@import[^;]*;?|url\((?!\s*['\"]?#)[^)]*\)", "", element.text)


def _encoded_anew(address: str) -> str | None:
    head, _, data = address.partition(",")
    if not re.fullmatch(r"data:image/(png|jpe?g|gif|webp);base64", head.strip()):
        return None
    try:
        return decode_picture(base64.b64decode(data)).to_data_uri()
    except (ValueError, InvalidPicture):
        return None


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        if element.tail:
            before = element.getprevious()
            holder, slot = (parent, "text") if before is None else (before, "tail")
            setattr(holder, slot, (getattr(holder, slot) or "") + element.tail)
        parent.remove(element)


def _is_huge(element: etree._Element) -> bool:
    return any(
        (_pixels(element.get(side)) or 0.0) > _HUGE for side in ("width", "height", "markerWidth", "markerHeight")
    )


def _parts(root: etree._Element) -> int:
    """How many parts are drawn, each counted as often as it is: ten that draw ten that draw ten are a thousand."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    known: dict[etree._Element, int] = {}

    def count(element: etree._Element, depth: int) -> int:
        if element in known:
            return known[element]
        if depth > _DEEPEST:  # or in a circle
            return MOST_PARTS + 1
        total = 1 + sum(count(child, depth + 1) for child in element)
        for name, value in element.attrib.items():
            targets = _REFERENCE.findall(value)
            if etree.QName(name).localname == "href" and value.startswith("#"):
                targets.append(value[1:])
            total += sum(count(by_id[target], depth + 1) for target in targets if target in by_id)
        known[element] = min(total, MOST_PARTS + 1)
        return known[element]

    return count(root, 0)


def _sized(root: etree._Element) -> tuple[int, int]:
    """Gives the drawing a size in pixels of ours, whatever it asks for, and returns it."""
    box = [
        float(number) for number in re.findall(r"[-+]?[\d.]+(?:e[-+]?\d+)?", root.get("viewBox", ""), re.IGNORECASE)[:4]
    ]
    width = _pixels(root.get("width")) or (box[2] if len(box) == 4 else 300.0)
    height = _pixels(root.get("height")) or (box[3] if len(box) == 4 else 150.0)
    width, height = (side if 0.01 < side < 1e6 else 300.0 for side in (width, height))
    if len(box) != 4 or min(box[2:]) <= 0:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    scale = LONGEST_SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    return size


def _pixels(length: str | None) -> float | None:
    found = _NUMBER.match(length or "")
    if found is None or found[2].lower() not in _PIXELS:
        return None
    try:
        return float(found[1]) * _PIXELS[found[2].lower()]
    except ValueError:
        return None


def _child_text(root: etree._Element, tag: str) -> str:
    return " ".join(next((" ".join(child.itertext()) for child in root if _local(child) == tag), "").split())


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _refused(name: str, reason: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} {reason}. Export the drawing as PNG and add that instead.",
        code="drawing_unreadable",
        name=name,
    )
