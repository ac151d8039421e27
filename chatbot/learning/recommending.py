"""Which courses of a library suit a learner: description, cover picture and recording, fused by attention. Knows no engine.

Each modality is embedded in its own space, and what a learner is interested in and lacks is embedded into each of them too. A
course's modalities are weighted by scaled dot-product attention (Vaswani et al., NeurIPS 2017): the better one of them speaks
to what is wanted, the more it counts. A missing modality takes no part in the softmax, so it is neither zero nor a penalty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MODALITIES = ("description", "cover", "recording")
_SHARPNESS = 6.0  # the inverse temperature of the attention between modalities
_CALM = 0.02  # cosines of one space are set apart by at least this, so that nothing is made of noise


@dataclass(frozen=True, slots=True)
class CourseVectors:
    """A course's embeddings by modality, of any length but one for each modality; missing, empty and zero ones are left out."""

    name: str
    title: str
    vectors: Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Want:
    """Something that a learner is interested in or lacks. `weight` is its importance; for a gap, what is not known of it, 0..1.

    `vectors` holds what it says in each modality's space: a text by a text encoder, for pictures by one that shares their space.
    """

    name: str
    kind: str  # "interest" or "gap"
    vectors: Mapping[str, np.ndarray]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`score` is comparable within one answer; `modalities` and `wants` each add up to it, shares of the score by their name."""

    name: str
    title: str
    score: float
    modalities: dict[str, float]
    wants: dict[str, float]


class Shelf:
    """All courses of a library as matrices, built once and asked often."""

    def __init__(self, courses: Sequence[CourseVectors]) -> None:
        self.courses = tuple(courses)
        self._matrices: dict[str, np.ndarray] = {}
        self._there = np.zeros((len(MODALITIES), len(courses)), bool)
        for m, modality in enumerate(MODALITIES):
            given = {
                n: vector
                for n, course in enumerate(courses)
                if (vector := _unit(course.vectors.get(modality))) is not None
            }
            if given:
                matrix = np.zeros((len(courses), len(next(iter(given.values())))), np.float32)
                for n, vector in given.items():
                    matrix[n] = vector
                self._matrices[modality] = matrix
                self._there[m, list(given)] = True

    def recommend(
        self, wants: Sequence[Want], k: int = 5, *, leave_out: Sequence[str] = ()
    ) -> tuple[Recommendation, ...]:
        """The k courses that suit best, best first; courses without any modality that a want speaks to are not among them."""
        wants = [want for want in wants if want.weight > 0]
        if not wants or not self.courses:
            return ()
        match, told = self._matches(wants)  # (wants, modalities, courses)
        weight = np.array([want.weight for want in wants])[:, None] * told.any(axis=1)
        weight = np.divide(weight, weight.sum(axis=0), out=np.zeros_like(weight), where=weight.sum(axis=0) > 0)
        attention = _softmax(_SHARPNESS * match, told)
        parts = weight[:, None, :] * attention * match
        score = parts.sum(axis=(0, 1))
        hidden = ~told.any(axis=(0, 1)) | np.isin([course.name for course in self.courses], list(leave_out))
        order = [n for n in np.argsort(-np.where(hidden, -np.inf, score), kind="stable")[:k] if not hidden[n]]
        return tuple(self._told(n, float(score[n]), parts[:, :, n], wants) for n in order)

    def _matches(self, wants: Sequence[Want]) -> tuple[np.ndarray, np.ndarray]:
        """How well each course's modality meets each want, and where there is anything to compare.

        Cosines of different spaces lie in different ranges, so each is told in standard deviations above its modality's mean
        over the library, and brought into 0..1 by the logistic function.
        """
        shape = (len(wants), len(MODALITIES), len(self.courses))
        match, told = np.zeros(shape), np.zeros(shape, bool)
        for m, modality in enumerate(MODALITIES):
            here = self._there[m]
            for w, want in enumerate(wants):
                vector = _unit(want.vectors.get(modality))
                if vector is None or modality not in self._matrices:
                    continue
                cosine = self._matrices[modality] @ vector
                spread = max(float(cosine[here].std()), _CALM)
                match[w, m] = 1 / (1 + np.exp(-(cosine - cosine[here].mean()) / spread))
                told[w, m] = here
        return match * told, told

    def _told(self, n: int, score: float, parts: np.ndarray, wants: Sequence[Want]) -> Recommendation:
        by_modality = {modality: float(parts[:, m].sum()) for m, modality in enumerate(MODALITIES) if self._there[m, n]}
        by_want: dict[str, float] = {}
        for w, want in enumerate(wants):
            by_want[want.name] = by_want.get(want.name, 0.0) + float(parts[w].sum())
        return Recommendation(self.courses[n].name, self.courses[n].title, score, by_modality, by_want)


def _unit(vector: np.ndarray | None) -> np.ndarray | None:
    """The vector at length 1; None for one that says nothing: missing, empty, zero, or not a number."""
    if vector is None or np.size(vector) == 0:
        return None
    length = float(np.linalg.norm(vector))
    return np.asarray(vector, np.float32) / length if np.isfinite(length) and length > 0 else None


def _softmax(logits: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Over the modalities (axis 1) that there are; all zero where there is none."""
    weights = np.where(told, np.exp(logits), 0.0)
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
