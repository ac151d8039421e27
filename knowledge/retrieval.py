"""Retriever: a question to the passages of a course that bear on it. Dense and keyword search, fused by rank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.embedding import Embedder
from knowledge.lexical import content_words, words

# Reciprocal rank fusion: Cormack, Clarke, Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
# learning methods", SIGIR 2009; k = 60 is theirs.
_RANK_OFFSET = 60
# Measured on examples/sample-course.dev.jsonl: 0.5, 1.0 and 1.5 gave a mean reciprocal rank of 0.80, 0.87 and 0.88.
KEYWORD_WEIGHT = 1.5
# Measured on 18 questions about figures of the sample course other than the golden set's: 1.0, 0.5, 0.33 and 0.2 put the
# figure's own page among the first three for 78, 94, 94 and 94 %, with a mean reciprocal rank of 0.74, 0.82, 0.88, 0.93.
BESIDE_PICTURE = 0.25
_MANY_WORDS = 3  # content words of a picture
_CANDIDATES = 40  # per search, before fusion


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `seen` is the text read in the student's picture, searched for beside the question."""

    text: str
    seen: str = ""


class Retriever:
    """Finds passages with the embedder that the course was made with."""

    def __init__(self, embedder: Embedder, *, keyword_weight: float = KEYWORD_WEIGHT) -> None:
        self._embedder = embedder
        self._keyword_weight = keyword_weight

    def retrieve(self, course: Course, query: Query, k: int = 6) -> tuple[Passage, ...]:
        """At most k passages, best first, without near-duplicates. Raises CourseError if the embedder is another."""
        course.check_embedder(self._embedder.name)
        asked = [
            _Asked(content_words(text), self._embedder.embed_query(text), weight) for text, weight in _texts(query)
        ]
        rankings = []
        for one in asked:
            rankings.append((one.weight, course.nearest(one.vector, _CANDIDATES)))
            rankings.append((one.weight * self._keyword_weight, course.matching(one.about, _CANDIDATES)))
        scores = fuse(rankings)
        best = sorted(scores, key=scores.__getitem__, reverse=True)[: k * 2]
        passages, vectors = course.passages(best), course.vectors(best)
        weights = [_weigh(course, one.about) for one in asked]
        return tuple(
            replace(
                passages[chunk_id],
                rank=rank,
                score=scores[chunk_id],
                similarity=max((float(vectors[chunk_id] @ one.vector) for one in asked), default=0.0),
                overlap=max((_overlap(wanted, passages[chunk_id]) for wanted in weights), default=0.0),
            )
            for rank, chunk_id in enumerate(_without_twins(best, vectors)[:k], start=1)
        )


    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosine of a text to each of several others."""
        vectors = self._embedder.embed_passages([text, *others])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One text that is searched for: its words, its vector, and how much it counts."""

    about: list[str]
    vector: np.ndarray
    weight: float


def _texts(query: Query) -> list[tuple[str, float]]:
    """The question and the words of the picture, with their weights.

    Beside a picture that is full of words, a question such as "what is the first one called?" says little about where.
    """
    seen, about = content_words(query.seen), content_words(query.text)
    texts = [(query.seen, 1.0)] if query.seen.strip() else []
    if query.text.strip() and (about or not texts):
        texts.insert(0, (query.text, BESIDE_PICTURE if len(seen) >= _MANY_WORDS else 1.0))
    return texts


def fuse(rankings: Sequence[tuple[float, Sequence[tuple[int, float]]]]) -> dict[int, float]:
    """Weighted reciprocal rank fusion of (weight, [(id, score), best first]); 1.0 would be first everywhere."""
    scores: dict[int, float] = {}
    total = sum(weight for weight, _ in rankings) or 1.0
    for weight, ranking in rankings:
        for place, (chunk_id, _) in enumerate(ranking):
            gain = weight / total * (_RANK_OFFSET + 1) / (_RANK_OFFSET + 1 + place)
            scores[chunk_id] = scores.get(chunk_id, 0.0) + gain
    return scores


def _without_twins(ranked: Sequence[int], vectors: dict[int, np.ndarray], alike: float = 0.97) -> list[int]:
    """Leaves out a chunk that says nearly the same as a better one."""
    kept: list[int] = []
    for chunk_id in ranked:
        if all(float(vectors[chunk_id] @ vectors[other]) < alike for other in kept):
            kept.append(chunk_id)
    return kept


def _weigh(course: Course, about: Sequence[str]) -> dict[str, float]:
    """How much each word of the question tells: inverse document frequency, a word the course never says the most."""
    return {word: -math.log(max(course.frequency(word), 0.002)) + 0.1 for word in about}


def _overlap(wanted: dict[str, float], passage: Passage) -> float:
    if not wanted:
        return 0.0
    there = set(words(" ".join((passage.title, *passage.trail, passage.text))))
    return sum(weight for word, weight in wanted.items() if word in there) / sum(wanted.values())
