"""The role of the reranker: reads question and passage together and says how well the one answers the other.

It is slow, so it only orders the first passages, and off unless the settings name one: whether it helps on a course is
what `coursemate eval --compare` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from knowledge.engines import Engine


@runtime_checkable
class Reranker(Protocol):
    name: str

    def scores(self, question: str, passages: Sequence[str]) -> np.ndarray:
        """Higher is better, float32, shape (len(passages),); comparable only for one question."""
        ...


ENGINES: dict[str, Engine] = {
    "cross-encoder": Engine(
        "knowledge.reranking.cross_encoder:CrossEncoderReranker", ("sentence_transformers", "torch")
    ),
}
