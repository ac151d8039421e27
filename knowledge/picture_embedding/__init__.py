"""The role of the picture embedder: pictures and text in one space, so that words find a picture in which nothing is written.

Off unless the settings name one: whether it helps on a course is what `coursemate eval --compare` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from PIL import Image

from knowledge.engines import Engine


@runtime_checkable
class PictureEmbedder(Protocol):
    """`name` identifies the weights: vectors of different names are never compared, nor with those of an `Embedder`."""

    name: str
    dimensions: int

    def embed_pictures(self, pictures: Sequence[Image.Image]) -> np.ndarray:
        """Unit vectors, float32, shape (len(pictures), dimensions). Pictures are RGB, of any size."""
        ...

    def embed_query(self, text: str) -> np.ndarray:
        """A unit vector, float32, shape (dimensions,). A long text is cut where the model ends."""
        ...


ENGINES: dict[str, Engine] = {
    "clip": Engine("knowledge.picture_embedding.clip:ClipEmbedder", ("sentence_transformers", "torch")),
}
