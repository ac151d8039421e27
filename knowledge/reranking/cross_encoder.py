"""The reranker that runs any sentence-transformers cross-encoder with one output from a local folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge.errors import EngineFailed


class CrossEncoderReranker:
    """Safe to call from several threads: PyTorch's inference holds no state between calls."""

    def __init__(self, folder: Path) -> None:
        """Raises EngineFailed when the folder holds no model, or one that tells classes apart instead of giving a score."""
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise _failed(folder, str(error)) from error
        if self._model.num_labels != 1:
            raise _failed(folder, f"it has {self._model.num_labels} outputs where a reranker has one")
        self.name = folder.name

    def scores(self, question: str, passages: Sequence[str]) -> np.ndarray:
        if not passages:
            return np.zeros(0, np.float32)
        pairs = [(question, passage) for passage in passages]
        found = self._model.predict(pairs, batch_size=8, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(found, np.float32).reshape(-1)


def _failed(folder: Path, reason: str) -> EngineFailed:
    return EngineFailed(
        f"The reranker in {folder} cannot be loaded: {reason}. Name another folder in the setting reranker, or none.",
        code="engine_failed",
        name="reranker",
        reason=reason,
        remedy="coursemate doctor",
    )
