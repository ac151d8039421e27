"""How good a ranking is: hit, recall, reciprocal rank and nDCG. Pure functions over which places were found where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.documents import Locator, Passage


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the course that answers a question; without locator, anywhere in the document."""

    document: str
    locator: Locator = Locator()

    def holds(self, document: str, locator: Locator) -> bool:
        return document == self.document and self.locator.agrees_with(locator)


def first_hits(passages: Sequence[Passage], relevant: Sequence[Place]) -> list[int]:
    """For each relevant place the rank, from 1, of the first passage that stands there; 0 where none does."""
    return [
        next((rank for rank, p in enumerate(passages, 1) if place.holds(p.document, p.locator)), 0) for place in relevant
    ]


def hit_at(ranks: Sequence[int], k: int) -> float:
    """1.0 if any relevant place stands among the first k."""
    return float(any(0 < rank <= k for rank in ranks))


def recall_at(ranks: Sequence[int], k: int) -> float:
    """The share of relevant places among the first k."""
    return sum(0 < rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int]) -> float:
    found = [rank for rank in ranks if rank]
    return 1 / min(found) if found else 0.0


def ndcg_at(ranks: Sequence[int], k: int) -> float:
    """Normalized discounted cumulative gain with gain 1 (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002).

    One passage can stand in several relevant places; it counts once, so places found at the same rank count as one.
    """
    got = sum(1 / math.log2(rank + 1) for rank in {rank for rank in ranks if 0 < rank <= k})
    most = min(len({rank or -i for i, rank in enumerate(ranks, 1)}), k)
    return got / sum(1 / math.log2(rank + 1) for rank in range(1, most + 1))
