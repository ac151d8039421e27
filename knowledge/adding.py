"""A file becomes part of a course: read, split, embed, store. Says how far it is while it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge.chunking import split
from knowledge.course import Course, sha256_of
from knowledge.documents import Chunk, Document
from knowledge.embedding import Embedder
from knowledge.errors import UnreadableDocument
from knowledge.readers import read
from knowledge.readers.bundle import course_files

_BATCH = 32  # chunks embedded between two reports


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of adding: `share` of this file that is done, 0..1."""

    document: str
    stage: Literal["reading", "embedding", "stored", "unchanged", "failed"]
    share: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What reading may need. Without `seer` pictures stay unread; without `transcriber` recordings are refused."""

    embedder: Embedder
    seer: object | None = None
    transcriber: object | None = None


def add(course: Course, path: Path, tools: Tools, *, name: str | None = None) -> Iterator[Progress]:
    """Adds a file, a folder or a zip. A file that cannot be read is reported as "failed" and leaves the others alone."""
    with course_files(path, name) as files:
        for file in files:
            try:
                if file.error is not None:
                    raise file.error
                yield from _add_file(course, file.path, file.name, tools)
            except UnreadableDocument as error:
                yield Progress(file.name, "failed", 1.0, str(error))


def _add_file(course: Course, file: Path, inside: str, tools: Tools) -> Iterator[Progress]:
    if course.holds(inside, sha256_of(file)):
        yield Progress(inside, "unchanged", 1.0)
        return
    yield Progress(inside, "reading", 0.0)
    document = read(file, name=inside, seer=tools.seer, transcriber=tools.transcriber, language=course.language)
    chunks = split(document, count_tokens=tools.embedder.count_tokens)
    if not chunks:
        raise UnreadableDocument(
            f"Nothing could be read in {inside}: it holds no text, no speech and no words in pictures.",
            code="document_empty",
            document=inside,
        )
    vectors = np.zeros((len(chunks), tools.embedder.dimensions), np.float32)
    for start in range(0, len(chunks), _BATCH):
        batch = chunks[start : start + _BATCH]
        vectors[start : start + _BATCH] = tools.embedder.embed_passages([embedded_text(document, c) for c in batch])
        yield Progress(inside, "embedding", (start + len(batch)) / len(chunks))
    course.store(document, file, chunks, vectors)
    yield Progress(inside, "stored", 1.0, "; ".join(document.warnings))


def embedded_text(document: Document, chunk: Chunk) -> str:
    """What the embedder sees: the headings say what a paragraph takes for granted."""
    trail = " > ".join(chunk.trail) or document.title
    return f"{trail}\n{chunk.text}"


def every_progress(steps: Iterator[Progress], report: Callable[[Progress], None]) -> list[Progress]:
    """Runs the steps to their end, reporting each; returns those that failed."""
    failed = []
    for step in steps:
        report(step)
        if step.stage == "failed":
            failed.append(step)
    return failed
