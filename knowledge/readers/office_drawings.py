"""What Office files keep in drawings besides pictures: the values of charts, the words of diagrams, alternative texts.

Word and PowerPoint write them alike. Knows nothing of where they stand.
"""

from __future__ import annotations

import re

from knowledge.readers.gathering import Piece, table_text
from knowledge.readers.markup import Element, child, children, tag

# What programs fill in where an author wrote nothing: "Shape 214", "Google Shape;214;p1", "Picture 3", "图片 1".
_FILLED_IN = re.compile(
    r"(?:(?:google\s+)?shape|picture|image|graphic|object|photo|content placeholder|screenshot|图片|图像|图形|形状|内容占位符)"
    r"[\s;:_-]*\d*(?:;\w+)*",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[^ ]*\.\w{3,4}")
_GUESSED = re.compile(r"\n\s*(?:Description automatically generated|AI-generated|自动生成)")


def described(text: str) -> str:
    """The alternative text that an author gave a picture; a file's or a shape's name, or a program's guess, is none."""
    text = _GUESSED.split(text)[0].strip()
    return "" if _FILE_NAME.fullmatch(text) or _FILLED_IN.fullmatch(text) else text


def choice(alternatives: Element) -> Element:
    """What newer programs show; the rest says the same for older ones."""
    found = child(alternatives, "Choice")
    return found if found is not None else next(iter(children(alternatives, "Fallback")), alternatives.makeelement("none"))


def chart_pieces(root: Element) -> list[Piece]:
    """A chart as the table of its values, under its title."""
    title = next((e for e in root.iter() if tag(e) == "title"), None)
    words = "".join(e.text or "" for e in title.iter() if tag(e) == "t") if title is not None else ""
    series = [e for e in root.iter() if tag(e) == "ser"]
    columns = [_values(child(one, "val") if child(one, "val") is not None else child(one, "yVal")) for one in series]
    first = next((_values(found) for one in series for key in ("cat", "xVal") if (found := child(one, key)) is not None), {})
    names = ["".join(_values(child(one, "tx")).values()) for one in series]
    rows = [["", *names]]
    rows += [[first.get(row, str(row + 1)), *(column.get(row, "") for column in columns)] for row in sorted(set().union(*columns))]
    caption = [Piece(words, "caption")] if words.strip() else []
    return [*caption, Piece(table_text(rows), "table")] if len(rows) > 1 else caption


def diagram_pieces(root: Element) -> list[Piece]:
    """The words of a SmartArt diagram, a line for each of its boxes."""
    boxes = [e for e in root.iter() if tag(e) == "pt"]
    lines = ["".join(e.text or "" for e in box.iter() if tag(e) == "t").strip() for box in boxes]
    return [Piece("\n".join(f"- {line}" for line in lines if line))]


def _values(element: Element | None) -> dict[int, str]:
    """The values that a chart keeps of a column, by their row."""
    points = [e for e in element.iter() if tag(e) == "pt"] if element is not None else []
    found = {}
    for place, point in enumerate(points):
        index = point.get("idx", "")
        found[int(index) if index.isdecimal() else place] = (child(point, "v").text or "") if child(point, "v") is not None else ""
    return found
