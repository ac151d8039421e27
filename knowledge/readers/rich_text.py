"""Rich text (RTF) -> Document: words under their headings, tables, lists. Pictures in it are not read, and it is said."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering, table_text
from knowledge.readers.web_elements import raised

MOST_BYTES = 50_000_000  # pictures in RTF are written out as digits
_LONGEST_HEADING = 200
# striprtf drops the level of a paragraph, so the level is written into the text, between marks that no text holds
_MARK = "\ue0f0"
_HEAD = 20_000  # characters in which the file says what it is called
_TITLE = re.compile(r"\{\\info\b[^{}]*(?:\{[^{}]*\}[^{}]*)*?\{\\title ([^{}]+)\}")
_CONTROLS = r"(?:\\[a-z]+-?\d*){0,20}"  # not more: a hostile file would keep the expression busy
_HIDDEN = re.compile(rf"\{{{_CONTROLS}\\v(?![a-z0-9]){_CONTROLS} [^{{}}]*\}}")
_RAISED = re.compile(rf"(\{{{_CONTROLS}\\(super|sub){_CONTROLS} )([\d+-]{{1,6}})\}}")
_NOTE = re.compile(rf"\{{{_CONTROLS}\\footnote(?![a-z])(?:\\ftnalt)?")
_OUTLINE = re.compile(r"\\outlinelevel([0-8])(?!\d) ?")


def read_rich_text(source: Source) -> Document:
    """Reads an RTF file. Raises UnreadableDocument."""
    if source.path.stat().st_size > MOST_BYTES:
        raise UnreadableDocument(
            f"{source.name} is larger than {MOST_BYTES // 1_000_000} MB. Save it as .docx and add that.",
            code="document_too_large",
            name=source.name,
            limit=f"{MOST_BYTES // 1_000_000} MB",
        )
    raw = source.path.read_bytes().decode("latin-1")  # RTF is ASCII; what is not is a byte of its own code page
    if raw.rstrip("\0 \r\n").count("}") == 0:
        raise _damaged(source.name)
    found = Gathering(source)
    if r"\pict" in raw:
        found.warnings.append("The pictures in it were not read. Save it as .docx to have them read.")
    _add_lines(_text(raw, source.name).split("\n"), found)
    title = _TITLE.search(raw[:_HEAD])
    return found.document("rich text", title=_text(f"{{\\rtf1 {title[1]}}}", source.name) if title else "")


def _text(raw: str, name: str) -> str:
    body = raw.find(r"\pard")
    raw = raw[: max(body, 0)] + _with_notes(_RAISED.sub(_raised, _HIDDEN.sub("", raw[max(body, 0) :])))
    marked = raw[:body] + _OUTLINE.sub(lambda m: rf"\u{ord(_MARK) - 65536}?{m[1]}\u{ord(_MARK) - 65536}? ", raw[body:])
    try:
        return rtf_to_text(marked if body >= 0 else raw, errors="replace")
    # striprtf leaks whatever a malformed control word makes of its parser; it does nothing else
    except Exception as error:
        raise _damaged(name) from error


def _raised(match: re.Match[str]) -> str:
    """Digits above or below the line as such characters, as in H₂O."""
    turned = raised(match[3], below=match[2] == "sub")
    return match[1] + "".join(rf"\u{ord(c)}?" if not c.isascii() else c for c in turned) + "}"


def _with_notes(body: str) -> str:
    """Footnotes, which striprtf drops, in brackets where they are called."""
    parts, done = [], 0
    for note in _NOTE.finditer(body):
        if note.start() < done:
            continue
        depth, end = 1, note.end()
        while depth and end < len(body):
            escaped = body[end - 1] == "\\"
            depth += {"{": 1, "}": -1}.get(body[end], 0) if not escaped else 0
            end += 1
        parts += [body[done : note.start()], "{ (", body[note.end() : end - 1].lstrip().replace(r"\par ", " "), ")}"]
        done = end
    return "".join([*parts, body[done:]])


def _add_lines(lines: list[str], found: Gathering) -> None:
    """A line is a paragraph; lines with bars are the rows of a table."""
    rows: list[list[str]] = []
    for line in [*lines, ""]:
        level = re.search(f"{_MARK}(\\d){_MARK}", line)
        text = re.sub(f"{_MARK}\\d?{_MARK}?", "", line).strip().replace("\u00a0", " ")
        if text.count("|") > 1 and text.endswith("|"):
            rows.append([cell.strip() for cell in text.rstrip("|").split("|")])
            continue
        if rows:
            found.add(table_text(rows) if len(rows) > 1 else " ".join(rows[0]), "table" if len(rows) > 1 else "text")
            rows = []
        if level and len(text) <= _LONGEST_HEADING:
            found.add(text, "heading", level=int(level[1]) + 1)
        else:
            found.add(re.sub(r"^[•·]\s*", "- ", text))


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged or was cut off. Open it in a word processor, save it as .docx, and add that.",
        code="document_damaged",
        name=name,
    )
