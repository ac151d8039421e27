"""How much what was found has to do with the question: strong, fair or weak evidence that the course speaks of it.

Cosines of different embedders, and of one across languages, lie differently, so each is first laid on one scale by what
unrelated and related pairs measured. Then likeness and shared words count alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from knowledge.documents import Passage

Strength = Literal["strong", "fair", "weak"]

# Median cosine of the best passage to questions of another course and to questions of its own, by embedder and by the
# languages of question and passage: the odd ones of 1,488 questions on encyclopaedia passages and on a lecture course.
_USUAL = "all-MiniLM-L6-v2"
_MEDIANS: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    _USUAL: {("en", "en"): (0.21, 0.64)},
    "multilingual-e5-small-q4": {
        ("en", "en"): (0.782, 0.866),
        ("zh", "zh"): (0.845, 0.907),
        ("zh", "en"): (0.775, 0.84),
        ("en", "zh"): (0.775, 0.84),
    },
}
_MEDIANS["multilingual-e5-small"] = _MEDIANS["multilingual-e5-small-q4"]

# Of the even questions, 98 % of a course's own lie above FAIR and 97 to 98 % of another course's below; half of its own
# lie above STRONG.
FAIR, STRONG = 0.8, 1.6
_FIRST = 3  # passages that are looked at for shared words


def on_common_scale(cosine: float, embedder: str, question: str, passage: str) -> float:
    """The cosine as the English embedder would have it; languages are "en" or "zh". An unknown embedder's stays as it is."""
    usual = _MEDIANS[_USUAL]["en", "en"]
    medians = _MEDIANS.get(embedder, {})
    unrelated, related = medians.get((question, passage), usual)
    return usual[0] + (cosine - unrelated) / (related - unrelated) * (usual[1] - usual[0])


def evidence(passages: Sequence[Passage]) -> float:
    """Likeness, 0 as of unrelated and 1 as of related texts, plus the share of the question's words, 0..1."""
    if not passages:
        return 0.0
    unrelated, related = _MEDIANS[_USUAL]["en", "en"]
    likeness = max(passage.similarity for passage in passages)
    return (likeness - unrelated) / (related - unrelated) + max(passage.overlap for passage in passages[:_FIRST])


def strength(passages: Sequence[Passage]) -> Strength:
    """What the evidence is called. A figure that was recognised in the student's picture is strong."""
    if any("picture" in passage.why.ranks for passage in passages[:_FIRST] if passage.why):
        return "strong"
    found = evidence(passages)
    return "strong" if found >= STRONG else "fair" if found >= FAIR else "weak"
