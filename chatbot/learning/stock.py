"""What a whole course has to choose wrong options from: its definitions, its terms and what its lists name. No model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from chatbot.learning.material import Definition, Entry, Group, Statement, matter_of
from knowledge.documents import Passage
from knowledge.embedding import Embedder
from knowledge.lexical import content_words, words

_TOO_NEAR = 0.75  # cosine from which something from elsewhere may well belong here too
_TERM = 2  # sentences of the course in which a run of words stands from which it is one of its terms


class Stock:
    """Gathered from a course's sections, in their order. Vectors are made once, when first needed."""

    def __init__(self, sections: Iterable[Passage], embedder: Embedder) -> None:
        self._embedder = embedder
        self.definitions: list[Definition] = []
        self._things: dict[str, None] = {}
        self._vectors: dict[str, np.ndarray] = {}
        self._terms: Counter[str] = Counter()
        nouns: set[str] = set()
        for section in sections:
            for matter in matter_of(section.text):
                match matter:
                    case Statement():
                        self._terms.update(set(matter.spans))
                        nouns.update(span for span in matter.spans if _named(span, matter.sentence))
                    case Definition():
                        self.definitions.append(matter)
                    case Group():
                        self._things |= dict.fromkeys(matter.items)
                    case Entry():
                        self._things[matter.term] = None

        self._terms = Counter({term: count for term, count in self._terms.items() if term in nouns})

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

    def gap(self, statement: Statement, passage: str) -> tuple[str, list[str]] | None:
        """A term of the course that may be left out of the sentence, and three others to put there; None if there are too few.

        A term is what the course says in several sentences. The others do not stand in the passage and fit where the term stood.
        """
        lengths = {term: len(term.split()) for term in statement.spans if self._terms[term] >= _TERM}
        for term in sorted(lengths, key=lambda term: (-lengths[term], -statement.sentence.index(term))):
            before = statement.sentence[: statement.sentence.index(term)].rstrip().rpartition(" ")[2].lower()
            fitting = [
                other for other in self._terms
                if _fits(other, term, before) and not set(content_words(other)) & set(words(passage))
            ]  # fmt: skip
            nearness = dict(zip(fitting, self._of(fitting) @ self._of([term])[0], strict=True)) if fitting else {}
            wrong = [
                other for other in sorted(fitting, key=lambda other: -nearness[other]) if nearness[other] < _TOO_NEAR
            ]
            apart = [
                other for n, other in enumerate(wrong) if not any(set(words(other)) & set(words(o)) for o in wrong[:n])
            ]
            if len(apart) >= 3:
                return term, apart[:3]
        return None

    def _unlike(self, text: str, others: Sequence[str]) -> list[str]:
        if not others:
            return []
        nearness = self._of(others) @ self._of([text])[0]
        return [other for other, near in zip(others, nearness, strict=True) if near < _TOO_NEAR]

    def _of(self, texts: Sequence[str]) -> np.ndarray:
        if missing := [text for text in dict.fromkeys(texts) if text not in self._vectors]:
            self._vectors |= dict(zip(missing, self._embedder.embed_passages(missing), strict=True))
        return np.array([self._vectors[text] for text in texts])


def _named(span: str, sentence: str) -> bool:
    """Whether the words stand where a noun does: after an article, or as a name or Chinese."""
    return (
        re.search(r"[\u4e00-\u9fff]", span) is not None
        or re.search(
            rf"\b(?:an?|the|of|its|every|each)\s+{re.escape(span)}\b|(?<=[a-z,] ){re.escape(span)}\b(?<=[A-Z]{{2}})",
            sentence,
        )
        is not None
    )


def _fits(other: str, term: str, before: str) -> bool:
    """Whether the other can stand where the term does: about as long, as much of a name, and after the same article."""
    if abs(len(other.split()) - len(term.split())) > 1 or not 0.4 <= len(other) / len(term) <= 2.5:
        return False
    if (
        other[:1].isupper() != term[:1].isupper()
        or other.endswith("s") != term.endswith("s")
        or re.search(r"\d", other + term)
    ):
        return False
    return before not in ("a", "an") or (other[:1].lower() in "aeiou") == (term[:1].lower() in "aeiou")
