"""What a whole course has to choose wrong options from: its definitions, its terms and what its lists name. No model."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from chatbot.learning.material import Definition, Entry, Group, Statement, matter_of
from chatbot.learning.terms import Terms, is_name, sort_of
from knowledge.documents import Passage
from knowledge.embedding import Embedder
from knowledge.lexical import content_words, words

_TOO_NEAR = 0.75  # cosine from which something from elsewhere may well belong here too
_SAME_PLACE = 0.47  # from which one term may be true where another stood: "crop" for "plant", "wire" for "circuit" (0.50 and 0.58)
_TOO_LIKE = 0.93  # the same for terms that differ in the word before their noun: "concave mirror" and "convex mirror" are near and never one
_LIKELY = 5  # the likest, of which three are shown: not always the same ones beside a term
_LEAST_LEFT = 4  # content words that a sentence must keep beside its gap


class Stock:
    """Gathered from a course's sections, in their order. Vectors are made once, when first needed."""

    def __init__(self, sections: Iterable[Passage], embedder: Embedder) -> None:
        self._embedder = embedder
        self.definitions: list[Definition] = []
        self._things: dict[str, None] = {}
        self._vectors: dict[str, np.ndarray] = {}
        sections = list(sections)
        spans: dict[str, None] = {}
        listed: list[str] = []
        for section in sections:
            for matter in matter_of(section.text):
                match matter:
                    case Statement():
                        spans |= dict.fromkeys(matter.spans)
                    case Definition():
                        self.definitions.append(matter)
                        listed.append(matter.term)
                    case Group():
                        self._things |= dict.fromkeys(matter.items)
                    case Entry():
                        self._things[matter.term] = None
                        listed.append(matter.term)
        self.terms = Terms(sections, spans, listed)

    def other_definitions(self, of: Definition, passage: str, most: int) -> list[str]:
        """What the course says of other terms, nearest in length first, and unlike what it says of this one."""
        told = set(words(passage))
        others = [
            d for d in self.definitions
            if d.term.lower() != of.term.lower() and not set(content_words(d.term)) <= told
            and not set(content_words(d.term)) & set(content_words(of.term))
        ]  # fmt: skip
        far = self._unlike(of.said, [d.said for d in others])
        near_length = sorted(far, key=lambda said: abs(len(said) - len(of.said)))
        return list(dict.fromkeys(near_length))[:most]

    def strangers(self, items: Sequence[str], passage: str, most: int) -> list[str]:
        """Things that other lists of the course name, of which the passage does not speak; the likest first, but not too like."""
        told = set(words(passage))
        away = [thing for thing in self._things if not set(content_words(thing)) & told and content_words(thing)]
        if not away:
            return []
        mine, theirs = self._of(items), self._of(away)
        nearness = (theirs @ mine.T).max(axis=1)
        size = sum(map(len, items)) / len(items)
        fitting = [
            n for n in np.argsort(-nearness) if nearness[n] < _TOO_NEAR and 0.4 * size < len(away[n]) < 2.2 * size
        ]
        return [away[n] for n in fitting[:most]]

    def gaps(self, statement: Statement) -> Iterator[tuple[str, list[str]]]:
        """Terms of the course that may be left out of the sentence, what says most first, and for each three others to put there.

        The others fit where the term stood, name something of its sort, and do not stand in the sentence.
        """
        of_the_course = [term for term in statement.spans if term in self.terms]
        for term in sorted(of_the_course, key=self._commonness):
            left = set(content_words(statement.sentence.replace(term, " ")))
            if len(left) < _LEAST_LEFT or left & set(content_words(term)):  # a word of it that stands elsewhere gives it away
                continue
            apart = self._others(term, statement.sentence)[:_LIKELY]
            if len(apart) >= 3:
                yield term, random.Random(statement.sentence).sample(apart, 3)

    def _commonness(self, term: str) -> tuple[bool, int]:
        """Names of several words say most, then words that the course uses least."""
        return " " not in term, self.terms.counts[self.terms.written(term)]

    def _others(self, term: str, sentence: str) -> list[str]:
        """Terms that could be taken for it, the likest first, no two of them alike in a word."""
        before = sentence[: sentence.index(term)].rstrip().rpartition(" ")[2].lower()
        told, term = set(content_words(sentence)), self.terms.written(term)
        fitting = [
            other for other in self.terms.counts
            if sort_of(other) == sort_of(term) and self.terms.plural(other) == self.terms.plural(term)
            and _fits(other, term, before) and not set(content_words(other)) <= told
        ]  # fmt: skip
        if not fitting:
            return []
        nearness = dict(zip(fitting, self._of(fitting) @ self._of([term])[0], strict=True))
        wrong = [other for other in fitting if nearness[other] < (_TOO_LIKE if _contrasted(other, term) else _SAME_PLACE)]
        apart: list[str] = []
        for other in sorted(wrong, key=lambda other: -nearness[other]):
            if not any(_share(other, chosen) for chosen in apart) and not any(_within(a, b) for a, b in ((other, term), (term, other))):
                apart.append(other)
        return apart

    def _unlike(self, text: str, others: Sequence[str]) -> list[str]:
        if not others:
            return []
        nearness = self._of(others) @ self._of([text])[0]
        return [other for other, near in zip(others, nearness, strict=True) if near < _TOO_NEAR]

    def _of(self, texts: Sequence[str]) -> np.ndarray:
        if missing := [text for text in dict.fromkeys(texts) if text not in self._vectors]:
            self._vectors |= dict(zip(missing, self._embedder.embed_passages(missing), strict=True))
        return np.array([self._vectors[text] for text in texts])


def _share(a: str, b: str) -> bool:
    """Whether they have a word in common that is not the last of both: "thin lens" and "thick lens" may stand side by side."""
    one, other = content_words(a), content_words(b)
    return bool(set(one) & set(other)) and not _contrasted(a, b)


def _contrasted(a: str, b: str) -> bool:
    """Whether the same noun stands behind different words: the likest that are never the same."""
    one, other = words(a), words(b)
    return min(len(one), len(other)) > 1 and one[-1] == other[-1] and not set(one[:-1]) & set(other[:-1])


def _within(a: str, b: str) -> bool:
    """Whether one is the other with fewer words: "image" is right wherever "real image" is."""
    return set(content_words(a)) <= set(content_words(b))


def _fits(other: str, term: str, before: str) -> bool:
    """Whether the other can stand where the term does: about as long, as much of a name, and after the same article."""
    if abs(len(other.split()) - len(term.split())) > 1 or not 0.4 <= len(other) / len(term) <= 2.5:
        return False
    if is_name(other) != is_name(term) or re.search(r"\d", other + term):
        return False
    return before not in ("a", "an") or (other[:1].lower() in "aeiou") == (term[:1].lower() in "aeiou")
