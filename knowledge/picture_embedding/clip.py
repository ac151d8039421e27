"""The picture embedder that runs a CLIP, or a model of its kind, from a local folder through sentence-transformers.

Radford and others, "Learning transferable visual models from natural language supervision", ICML 2021.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from knowledge.errors import EngineFailed

_BATCH = 8
# Pixels: models look at 224 to 384 a side, so more is only memory; of fewer than 32, rows and channels can be confused.
_LONGEST, _LEAST = 512, 32
_LONG_TEXT = "a question that goes on " * 100


class ClipEmbedder:
    """Calls take turns: the tokenizer's settings change with every text, which two threads at once may not do."""

    def __init__(self, folder: Path) -> None:
        """Raises EngineFailed when the folder holds no model, or one that does not put text and pictures in one space."""
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer

        self.name = folder.name
        self._turn = threading.Lock()
        try:
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
            # Tried at once, so that a model of another kind fails here, named, and not in a student's question.
            pictured, told = self._encode([_square(Image.new("RGB", (9, 3)))])[0], self._encode([_LONG_TEXT])[0]
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, SafetensorError) as error:
            raise _failed(folder, str(error)) from error
        if pictured.shape != told.shape:
            raise _failed(folder, f"its pictures have {len(pictured)} dimensions and its text {len(told)}")
        self.dimensions = len(told)

    def embed_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        if not pictures:
            return np.zeros((0, self.dimensions), np.float32)
        return self._encode([_square(picture) for picture in pictures])

    def embed_query(self, text: str) -> np.ndarray:
        return self._encode([text])[0]

    def _encode(self, inputs: list[str] | list[Image.Image]) -> np.ndarray:
        with self._turn:
            found = self._model.encode(inputs, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return found.astype(np.float32, copy=False)


def _square(picture: Image.Image) -> Image.Image:
    """The picture in the middle of a white square: CLIP looks at the middle alone, where a wide drawing would lose its ends."""
    small = picture.convert("RGB")
    small.thumbnail((_LONGEST, _LONGEST))
    side = max(_LEAST, *small.size)
    square = Image.new("RGB", (side, side), "white")
    square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return square


def _failed(folder: Path, reason: str) -> EngineFailed:
    return EngineFailed(
        f"The picture embedder in {folder} cannot be loaded: {reason}. Name another folder in the setting "
        "picture_embedder, or none.",
        code="engine_failed",
        name="picture_embedder",
        reason=reason,
        remedy="coursemate doctor",
    )
