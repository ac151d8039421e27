"""Whether a text says what a phrase of a rubric says, by words alone: none missing, typing errors forgiven, in the phrase's sense.

The same words can say the opposite. So denials are counted, words that point one way must not point the other ("up" for "down"),
and the order counts where the phrase's sense hangs on it: in a bare list of steps, and around words such as "to" and "than".
What fails here may still be right in other words; who needs to know asks a reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from chatbot.learning.matching import Word, clauses_of, denies, same_word, words_of

_AXES = tuple(
    frozenset(axis.split())
    for axis in (
        "up down both", "before after", "above below", "over under", "in out", "into from", "more less fewer", "most least",
        "high low", "higher lower", "faster slower", "larger smaller", "bigger smaller", "longer shorter", "increases decreases",
        "increase decrease", "rises falls", "same different", "all none", "always never sometimes", "only both",
    )
)  # fmt: skip
_DIRECTED = frozenset().union(*_AXES)
_MERE = frozenset("up down both before after above below over under in out into from more most same all only".split())
_RELATION = re.compile(r"\b(?:from|into|to|than|before|after|above|below|over|under|causes?|follows?)\b")
_JOINTS = re.compile(r"\s*(?:[,、;]|->|→|\bthen\b)\s*")
_AND = re.compile(r"\b(?:and|or)\b|[和与或及]")


def says(text: str, phrase: str) -> bool:
    """Clause by clause, so that a denial elsewhere in the text does not count."""
    plain = _plain(phrase)
    wanted, ordered = words_of(phrase, _DIRECTED), _is_ordered(plain)
    for clause in clauses_of(text):
        span = _span(words_of(clause, _DIRECTED), wanted, ordered=ordered)
        if span is not None and _same_ways(span, wanted) and denies(clause) == denies(phrase):
            return True
    return False


def _plain(phrase: str) -> str:
    return unicodedata.normalize("NFKC", phrase).lower()


def _is_ordered(phrase: str) -> bool:
    """Whether the order of its words is what the phrase says: steps in a bare list, or a relation of one to the other."""
    steps = [part for part in _JOINTS.split(phrase) if part.strip()]
    return bool(_RELATION.search(phrase)) or (len(steps) >= 3 and not _AND.search(phrase))


def _span(typed: Sequence[Word], wanted: Sequence[Word], *, ordered: bool) -> Sequence[Word] | None:
    """The shortest run of what was typed that has every word wanted that is not a mere direction, each for itself.

    With as many words more at either end as the phrase has directions there. A phrase of directions alone is wanted whole.
    """
    solid = [word for word in wanted if word.typed not in _MERE] or list(wanted)
    if not solid:
        return None
    lead, tail = wanted.index(solid[0]), wanted[::-1].index(solid[-1])
    found = [
        (end - start, start, end)
        for start in range(len(typed))
        if same_word(typed[start], solid[0]) or not ordered
        for end in [_end(typed, start, solid, ordered=ordered)]
        if end is not None
    ]
    if not found:
        return None
    _, start, end = min(found)
    return typed[max(0, start - lead) : end + tail]


def _end(typed: Sequence[Word], start: int, solid: Sequence[Word], *, ordered: bool) -> int | None:
    """Where the run from `start` on has them all; None if it never has."""
    left = list(solid)
    for n in range(start, len(typed)):
        among = left[:1] if ordered else left
        if match := next((want for want in among if same_word(typed[n], want)), None):
            left.remove(match)
            if not left:
                return n + 1
    return None


def _same_ways(span: Sequence[Word], wanted: Sequence[Word]) -> bool:
    """Directions of one kind must be the phrase's own, in its order; where none is typed, the rest says it ("it slows")."""
    for axis in _AXES:
        here = [way for word in span if (way := _way(word, axis))]
        there = [word.typed for word in wanted if word.typed in axis]
        if here and there and here != there:
            return False
    return True


def _way(word: Word, axis: frozenset[str]) -> str:
    """The direction of that kind which the word is, or was meant to be; empty for another word.

    A first letter is seldom mistyped, and "power" is not "lower".
    """
    if word.typed in _DIRECTED:
        return word.typed if word.typed in axis else ""
    return next((way for way in sorted(axis) if way[0] == word.typed[0] and same_word(word, Word(way, way))), "")
