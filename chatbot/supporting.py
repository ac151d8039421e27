"""How far a place in a passage supports a claim: by its words, by what a dictionary has for them, by its meaning.

Of a passage the place is chosen, one or two sentences, that supports the claim most. A number of the claim that the passage
does not have makes all else worth nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from knowledge.documents import Passage
from knowledge.glosses import Gloss, glossary
from knowledge.language import language_of_question
from knowledge.lexical import content_words, words
from knowledge.sentences import sentences

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,\s\u00a0\u2009\u202f](?=\d{3}(?!\d))")  # 299,792 and 299 792 are one number
_FORMULA = re.compile(r"\$\$?(.+?)\$\$?", re.DOTALL)
_SYMBOL = re.compile(r"\\[a-z]+|(?<![A-Za-z\\])[A-Za-zα-ωΑ-Ω](?![A-Za-z])|\d+(?:\.\d+)?|[=≈]")
_WINDOW = 2  # a claim may rest on that many neighbouring sentences of the passage
CLAIMS = 3  # content words; "Yes." and "Here is how:" claim nothing that a place could show

Likeness = Callable[[str, Sequence[str]], Sequence[float]]  # the cosine of a text to each of several


@dataclass(frozen=True, slots=True)
class Place:
    """A place in passage `n` of those shown. `shared`: the share of the claim's words, 0..1, that it and the headings above
    it have; across languages the share that it has a rendering of. `alike`: the cosine of its meaning to the claim's.
    """

    n: int
    passage: Passage
    quote: str
    shared: float
    across: bool = False
    alike: float = 0.0
    words: int = 0  # across languages: how many of the claim's words the dictionary knows


def places(claim: str, passages: Sequence[Passage]) -> list[Place]:
    """Of each passage that has all numbers of the claim the place with most of its words."""
    language = language_of_question(claim)
    glosses = None
    found = []
    for n, passage in enumerate(passages, start=1):
        if not _numbers_stand(claim, passage):
            continue
        if language == language_of_question(passage.text):
            found.append(_by_words(claim, n, passage))
        else:
            glosses = _glosses(claim) if glosses is None else glosses
            found.append(_by_renderings(claim, glosses, n, passage))
    return found


def by_meaning(claim: str, place: Place, likeness: Likeness) -> Place:
    """The place of the same passage that means most what the claim says, be it in other words.

    For English alone: texts in other scripts all look alike to an English embedder.
    """
    quotes = sentences(place.passage.text)
    if place.across or language_of_question(claim) == "zh" or not quotes:
        return place
    alike, quote = max(zip(likeness(claim, quotes), quotes, strict=True))
    return replace(place, quote=quote, alike=float(alike))


def shared(claim: str, quote: str) -> float:
    """The share of the claim's words that the quote has; of a claim that is mostly formula, of its symbols as well."""
    wanted, there = set(content_words(claim)), set(words(quote))
    if len(wanted) < CLAIMS or "$" in claim or "=" in claim:
        wanted, there = wanted | _symbols(claim), there | _symbols(quote)
    return len(wanted & there) / len(wanted) if wanted else 0.0


def has_figures(claim: str) -> bool:
    """Whether the claim says a number of two digits or more."""
    return any(len(number) > 1 for number in _numbers(claim))


def _by_words(claim: str, n: int, passage: Passage) -> Place:
    """Headings count with what stands under them: a paragraph under "Snell's law" need not name it."""
    quote = max(_quotes(passage), key=lambda quote: (shared(claim, quote), -len(quote)), default="")
    there = shared(claim, quote)
    return Place(n, passage, quote, shared(claim, f"{_headings(passage)} {quote}") if there else 0.0)


def _by_renderings(claim: str, glosses: Sequence[Gloss], n: int, passage: Passage) -> Place:
    """Numbers count as words that both languages share."""
    numbers = set(_numbers(claim))
    above = set(words(_headings(passage)))

    def share(quote: str) -> float:
        there = above | set(words(quote))
        known = sum(any(there.issuperset(way) for way in gloss) for gloss in glosses)
        return known / len(glosses) if glosses else 0.0

    quotes = _quotes(passage) or [passage.text]
    quote = max(quotes, key=lambda quote: (share(quote), len(numbers & set(_numbers(quote))), -len(quote)))
    return Place(n, passage, quote, share(quote), across=True, words=len(glosses))


def _glosses(claim: str) -> list[Gloss]:
    """What the claim's words are called in the other language, each word once."""
    return list(dict.fromkeys(dictionary.of(claim))) if (dictionary := glossary()) else []


def _headings(passage: Passage) -> str:
    return " ".join((passage.title, *passage.trail))


def _quotes(passage: Passage) -> list[str]:
    """What may be quoted: every stretch of one to _WINDOW sentences."""
    parts = sentences(passage.text)
    windows = [parts[i : i + size] for size in range(1, _WINDOW + 1) for i in range(len(parts) - size + 1)]
    return [_verbatim(passage.text, window) for window in windows]


def _verbatim(text: str, parts: Sequence[str]) -> str:
    """The stretch of the text from the first to the last part, exactly as it stands there."""
    start = text.find(parts[0])
    end = text.find(parts[-1], max(start, 0))
    return text[start : end + len(parts[-1])] if 0 <= start <= end else parts[0]


def _symbols(text: str) -> set[str]:
    """Numbers, and the letters and commands of formulas."""
    formulas = " ".join(_FORMULA.findall(text)) if "$" in text else text
    return set(_SYMBOL.findall(formulas))


def _numbers_stand(claim: str, passage: Passage) -> bool:
    """Whether every number with two digits or more stands in the passage: figures are what students copy down."""
    there = set(_numbers(" ".join((*passage.trail, passage.text))))
    return all(number in there for number in _numbers(claim) if len(number) > 1)


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(_THOUSANDS.sub("", text))
