"""Programs, and data written as text -> Document: code, parted where a definition begins."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from knowledge.documents import Document
from knowledge.readers import Source
from knowledge.readers.gathering import Gathering
from knowledge.readers.plain_text import text_of

# A line that stands at the margin behind an empty one; a closing bracket belongs to what came before it.
_BEGINNINGS = re.compile(r"\n[ \t]*\n(?=[^\s)\]}])")
_LANGUAGES = {"py": "python", "r": "r", "m": "matlab", "jl": "julia", "rs": "rust", "sh": "bash", "hs": "haskell", "yml": "yaml"}


def read_source_code(source: Source) -> Document:
    """Reads a program as the code blocks of a page; what stands under one another without a gap stays together."""
    found = Gathering(source)
    suffix = PurePosixPath(source.name).suffix.lower().lstrip(".")
    for piece in _BEGINNINGS.split(text_of(source)):
        if piece.strip():
            found.add(f"```{_LANGUAGES.get(suffix, suffix)}\n{piece.strip(chr(10))}\n```", "code")
    return found.document("code", title=PurePosixPath(source.name).name)
