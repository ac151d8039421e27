"""The embedder that runs any sentence-transformers model from a local folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.errors import EngineFailed


class SentenceEmbedder:
    """Safe to call from several threads: PyTorch's inference holds no state between calls."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise EngineFailed(
                f"The embedding model in {folder} cannot be loaded: {error}. Check it with: coursemate weights verify",
                code="engine_failed",
                name="sentence-transformers",
                reason=str(error),
                remedy="coursemate weights verify",
            ) from error
        self.name = folder.name
        self.dimensions = int(self._model.get_embedding_dimension())
        self.most_tokens = int(self._model.max_seq_length)

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return self._encode(list(texts))

    def embed_query(self, text: str) -> np.ndarray:
        return self._encode([text])[0]

    def count_tokens(self, text: str) -> int:
        return len(self._model.tokenizer.encode(text, truncation=False, verbose=False))

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False).astype(
            np.float32, copy=False
        )
