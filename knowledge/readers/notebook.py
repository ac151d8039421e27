"""Jupyter notebooks -> Document: what is written, the code, and what it printed, each with the number of its cell."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from knowledge.documents import Document
from knowledge.errors import UnreadableDocument
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering
from knowledge.readers.markdown import take_markdown
from knowledge.readers.plain_text import text_of
from knowledge.readers.web import parse_page, take_page

MOST_BYTES = 100_000_000  # a notebook carries its pictures inside
_LONGEST_OUTPUT = 1500  # characters of what a cell printed
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours of a terminal
_NO_WORDS = re.compile(r"^<[\w.]+(?: at 0x[0-9a-f]+|:? .*)>$|^<Figure size .*>$|^\[<matplotlib.*>\]$", re.DOTALL)
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def read_notebook(source: Source) -> Document:
    """Reads an .ipynb file of format 3 or 4; cells count from 1. Raises UnreadableDocument."""
    notebook = _loaded(source)
    language = _language(notebook)
    found = Gathering(source)
    for number, cell in enumerate(_cells(notebook), 1):
        found.cell = number
        _take(cell, found, language)
    return found.document("notebook", title=_title(notebook), nothing="The notebook holds no cells.")


def _loaded(source: Source) -> dict[str, Any]:
    try:
        notebook = json.loads(text_of(source, most_bytes=MOST_BYTES))
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableDocument(
            f"{source.name} is no complete Jupyter notebook: it was cut off or edited by hand. Save it again from Jupyter "
            "and add that.",
            code="document_damaged",
            name=source.name,
        ) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", notebook.get("worksheets")), list):
        raise UnreadableDocument(
            f"{source.name} is named like a Jupyter notebook, but holds no cells. Save it again from Jupyter and add that.",
            code="document_not_its_type",
            name=source.name,
            type="Jupyter notebook",
        )
    return notebook


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells in order; format 3 kept them in worksheets."""
    cells = notebook.get("cells")
    if cells is None:
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or []]
    return [cell if isinstance(cell, dict) else {} for cell in cells]


def _take(cell: dict[str, Any], found: Gathering, language: str) -> None:
    """Adds what one cell says."""
    kind, text = cell.get("cell_type"), _string(cell.get("source", cell.get("input", "")))
    if kind == "heading":  # format 3
        level = cell.get("level", 1)
        found.add(text, "heading", level=level if isinstance(level, int) and 1 <= level <= 6 else 1)
    elif kind == "markdown":
        attachments = cell.get("attachments")
        found.open_picture = lambda address: _attached(address, attachments, found)
        take_markdown(text, found)
    elif kind == "code":
        written = str(cell.get("language") or language)
        if text.strip():
            found.add(f"```{_magic(text) or written}\n{text.rstrip()}\n```", "code")
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, dict):
                _take_output(output, found)
    elif text.strip():  # raw
        found.add(text)


def _take_output(output: dict[str, Any], found: Gathering) -> None:
    """Adds the richest form of what a cell brought forth that can be read: a picture, a table, a formula, text."""
    kind = output.get("output_type")
    if kind == "stream":
        found.add(_shortened(_string(output.get("text", ""))), "code")
        return
    if kind in ("error", "pyerr"):
        found.add(_shortened(f"{output.get('ename', '')}: {output.get('evalue', '')}"), "code")
        return
    data = output.get("data")
    if not isinstance(data, dict):  # format 3 kept them side by side, under short names
        short = {"png": "image/png", "jpeg": "image/jpeg", "html": "text/html", "latex": "text/latex", "text": "text/plain"}
        data = {long: output[key] for key, long in short.items() if key in output}
    plain = _string(data.get("text/plain", "")).strip()
    picture = next((data[key] for key in _PICTURES if key in data), None)
    if picture is not None:
        description = "" if _NO_WORDS.match(plain) else plain
        try:
            found.picture(base64.b64decode(_string(picture)), description=description[:300], called=f"in cell {found.cell}")
        except (binascii.Error, ValueError):
            found.warnings.append(f"A picture in cell {found.cell} is damaged and was left out.")
    elif "<table" in (html := _string(data.get("text/html", ""))):
        take_page(parse_page(html, name=found.source.name), found)
    elif latex := _string(data.get("text/latex", "")).strip().strip("$").removeprefix("\\displaystyle").strip():
        found.add(f"$${latex}$$", "formula")
    elif "text/markdown" in data:
        take_markdown(_string(data["text/markdown"]), found)
    elif plain and not _NO_WORDS.match(plain):
        found.add(_shortened(plain), "code")


def _attached(address: str, attachments: Any, found: Gathering) -> bytes:
    """A picture pasted into a cell, or one beside the notebook. Raises UnreadableDocument."""
    if not address.startswith("attachment:"):
        return found.beside(address)
    forms = attachments.get(address.removeprefix("attachment:")) if isinstance(attachments, dict) else None
    try:
        return base64.b64decode(_string(next(iter(forms.values()))))
    except (AttributeError, StopIteration, binascii.Error, ValueError) as error:
        raise found.left_out(address, "it is not attached to its cell") from error


def _shortened(text: str) -> str:
    """What was printed, in a fence; of much of it the beginning and the end."""
    text = "\n".join(line.rsplit("\r", 1)[-1].rstrip() for line in _ESCAPES.sub("", text).rstrip("\r\n").split("\n"))
    if len(text) > _LONGEST_OUTPUT:
        kept = _LONGEST_OUTPUT // 2
        text = f"{text[:kept].rstrip()}\n…\n{text[-kept:].lstrip()}"
    return f"```text\n{text}\n```" if text.strip(": \n") else ""


def _magic(code: str) -> str:
    """The language that a cell's first line asks for."""
    match = re.match(r"\s*%%(bash|sh|html|javascript|js|latex|R|sql|cython|perl|ruby)\b", code)
    return match[1] if match else ""


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    for group in ("language_info", "kernelspec"):
        found = metadata.get(group) if isinstance(metadata, dict) else None
        name = found.get("name" if group == "language_info" else "language") if isinstance(found, dict) else None
        if isinstance(name, str) and re.fullmatch(r"[\w+#-]{1,20}", name):
            return name
    return "python"


def _title(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else ""
    return title if isinstance(title, str) else ""


def _string(value: Any) -> str:
    """A notebook keeps text whole or as a list of lines."""
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else value if isinstance(value, str) else ""
