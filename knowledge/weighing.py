"""The second look at what several searches found: candidates are compared with the question, closely and all alike.

Ranks say that a passage is first of a search, not by how much, nor whether the words that it shares with the question
stand together. So ranks choose the candidates, and what is measured here orders them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Measured on the odd questions of two sets of encyclopaedia passages, English and Chinese, and of a lecture course in both
# languages, and checked on the even ones: see docs/decisions.md.
WORDS, TOGETHER, TRANSLATED = 2.0, 2.0, 4.0
_WINDOW = 30  # words: about two sentences
_K1, _B = 1.2, 0.75  # BM25's usual constants (Robertson and Zaragoza, 2009), as in FTS5


@dataclass(frozen=True, slots=True)
class Closeness:
    """How one candidate compares: cosine to the question, shares of the question's words, and all of it as one number.

    `words` is BM25 relative to the best candidate, `together` the share that stands within two sentences, `covered` the
    share anywhere, `translated` the share in the other language. All but `total` and `meaning` are in 0..1.
    """

    meaning: float
    words: float
    together: float
    covered: float
    translated: float
    total: float


def weigh(
    meaning: Mapping[int, float],
    said: Mapping[int, Sequence[str]],
    rare: Mapping[str, float],
    glosses: Sequence[Mapping[tuple[str, ...], float]] = (),
) -> dict[int, Closeness]:
    """Compares candidates. `meaning`: cosines; `said`: the words of each, in order; `rare`: the question's words with their
    inverse document frequencies; `glosses`: for each word the ways to say it in the other language, with how much each tells.
    """
    if not meaning:
        return {}
    usual = sum(map(len, said.values())) / max(1, len(said)) or 1.0
    plain = {chunk: _bm25(words, rare, usual) for chunk, words in said.items()}
    best = max(plain.values(), default=0.0) or 1.0
    whole = sum(rare.values()) or 1.0
    covered = {chunk: sum(rare[w] for w in set(words) & rare.keys()) / whole for chunk, words in said.items()}
    trust = max(covered.values(), default=0.0)  # where no candidate has the words, being the best at them means little
    spread = np.array(list(meaning.values()))
    middle, width = float(spread.mean()), float(spread.std()) or 1.0
    found = {}
    for chunk, cosine in meaning.items():
        words = said.get(chunk, ())
        by_words = trust * plain.get(chunk, 0.0) / best
        together = _together(words, rare) / whole
        translated = _translated(words, glosses)
        told = max(WORDS * by_words + TOGETHER * together, TRANSLATED * translated)
        total = (cosine - middle) / width + told
        found[chunk] = Closeness(cosine, by_words, together, covered.get(chunk, 0.0), translated, total)
    return found


def least_word(rare: Mapping[str, float]) -> float:
    """What standing together with the question's other words is worth to the word of it that tells least, as a `total`."""
    return TOGETHER * min(rare.values()) / sum(rare.values()) if rare else 0.0


def _bm25(words: Sequence[str], rare: Mapping[str, float], usual: float) -> float:
    counts = Counter(word for word in words if word in rare)
    damping = _K1 * (1 - _B + _B * len(words) / usual)
    return sum(rare[word] * count * (_K1 + 1) / (count + damping) for word, count in counts.items())


def _together(words: Sequence[str], rare: Mapping[str, float]) -> float:
    """The most that the question's words weigh which stand within one window."""
    places = [(place, word) for place, word in enumerate(words) if word in rare]
    best = 0.0
    for first, (start, _) in enumerate(places):
        inside = {word for place, word in places[first:] if place - start <= _WINDOW}
        best = max(best, sum(rare[word] for word in inside))
    return best


def _translated(words: Sequence[str], glosses: Sequence[Mapping[tuple[str, ...], float]]) -> float:
    """The share of the question, by weight, of which some rendering stands here, all of its words."""
    whole = sum(max(ways.values()) for ways in glosses)
    if not whole:
        return 0.0
    there = set(words)
    return sum(max((w for way, w in ways.items() if there.issuperset(way)), default=0.0) for ways in glosses) / whole
