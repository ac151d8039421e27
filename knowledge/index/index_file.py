"""A FAISS index as a file. It is only a cache: what cannot be read, or is another, counts as missing."""

from __future__ import annotations

import os
from pathlib import Path

import faiss


def read(file: Path, kind: type, dimensions: int, flags: int = 0) -> faiss.Index | None:
    """The index as saved, or None when the file is missing, damaged, of another kind or of another width."""
    try:
        loaded = faiss.read_index(str(file), flags)
    except RuntimeError:
        return None
    return loaded if loaded.d == dimensions and isinstance(loaded, kind) else None


def write(index: faiss.Index, file: Path) -> None:
    """Writes beside the file, then renames, so that a reader never sees half an index."""
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    faiss.write_index(index, str(partial))
    partial.replace(file)
