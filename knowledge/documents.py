"""The nouns of a course: Document, Locator, Block, Figure, Chunk, Passage. Plain values; nothing here reads or stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Locator:
    """Where in a document something stands. Pages and slides count from 1, seconds from the start of the recording."""

    page: int | None = None
    slide: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    heading: str | None = None
    figure: int | None = None
    cell: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Only the keys that apply."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def agrees_with(self, other: Locator) -> bool:
        """Whether both can mean the same place: every key that both have agrees; spans of seconds agree if they overlap."""
        for key in ("page", "slide", "heading", "figure", "cell"):
            mine, theirs = getattr(self, key), getattr(other, key)
            if mine is not None and theirs is not None and mine != theirs:
                return False
        if None not in (self.start_s, self.end_s, other.start_s, other.end_s):
            return self.start_s < other.end_s and other.start_s < self.end_s
        return True


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text that belongs together: a paragraph, a heading, a table, a caption, what was said in a few seconds.

    `kind` is one of "text", "heading", "table", "formula", "code", "caption", "notes", "transcript", "picture".
    `level` counts from 1 and means something for headings alone.
    """

    text: str
    locator: Locator
    kind: str = "text"
    level: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a document. `image` is PNG or JPEG bytes that we encoded; `text` what can be read in it."""

    locator: Locator
    image: bytes
    caption: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One course file as read. `path` is relative to the course, with forward slashes; `warnings` are for the teacher."""

    path: str
    title: str
    kind: str
    language: str
    blocks: tuple[Block, ...]
    figures: tuple[Figure, ...] = ()
    pages: int | None = None
    duration_s: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is embedded and found. `trail` holds the headings above it, outermost first."""

    text: str
    locator: Locator
    trail: tuple[str, ...] = ()
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found: its rank, from 1, in each search that found it, and the question's words that it has.

    Searches are "meaning", "words", "translation" (words that a dictionary has for the question's in the other
    language), "picture", and "figure" (the rank of the figure that it stands with, by what is seen in it); "reranker" is its
    rank after reading it together with the question.
    """

    ranks: Mapping[str, int]
    words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"ranks": dict(self.ranks), "words": list(self.words)}


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved for one question. `rank` counts from 1.

    `score`, in 0..1, is comparable only within one retrieval; `similarity` is the cosine to the question on a scale
    that is common to all embedders (knowledge/evidence.py);
    `overlap` is the share of the question's content words that stand in the passage, themselves or translated, in 0..1.
    """

    rank: int
    score: float
    document: str
    title: str
    locator: Locator
    text: str
    trail: tuple[str, ...] = ()
    kind: str = "text"
    similarity: float = 0.0
    overlap: float = 0.0
    chunk_id: int = field(default=0, compare=False)
    figure_id: int | None = field(default=None, compare=False)
    why: Why | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The form of the command line's and the API's contract; `why` where it is known."""
        told = {
            "rank": self.rank,
            "score": round(self.score, 6),
            "document": self.document,
            "locator": self.locator.to_json(),
            "text": self.text,
        }
        return told | {"why": self.why.to_json()} if self.why else told
