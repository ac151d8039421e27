"""[n] markers to Citations whose quotes are checked.

A quote is never the model's: it is the sentence of passage n that shares most with what the model claims, copied from
the passage. When too little is shared the marker does not hold and is dropped; when a sentence without a marker shares
most of its words with a passage, it gets the marker that the model forgot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chatbot.conversation import Citation
from knowledge.documents import Passage
from knowledge.language import language_of_question
from knowledge.lexical import content_words, words
from knowledge.sentences import sentences

_MARKER = re.compile(r"\s*[\[【](\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[\]】]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,\s\u00a0\u2009\u202f](?=\d{3}(?!\d))")  # 299,792 and 299 792 are one number
_FORMULA = re.compile(r"\$\$?(.+?)\$\$?", re.DOTALL)
_SYMBOL = re.compile(r"\\[a-z]+|(?<![A-Za-z\\])[A-Za-zα-ωΑ-Ω](?![A-Za-z])|\d+(?:\.\d+)?|[=≈]")
_HOLDS = 0.34  # share of a claim's content words that its quote must have when the model named the passage
_FOUND = 0.7  # the same, when the model named none
_ALIKE = 0.5  # cosine of a claim and a quote that say the same in other words; the model must have named the passage
_CLAIMS = 3  # content words; "Yes." and "Here is how:" claim nothing that a place could show
_WINDOW = 2  # a claim may rest on that many neighbouring sentences of the passage


@dataclass(frozen=True, slots=True)
class Cited:
    """A text whose every marker has a citation, and those citations in order of first use.

    `uncited` counts the sentences that claim something (three content words or more) and rest on no place.
    """

    text: str
    citations: tuple[Citation, ...]
    uncited: int = 0


NOTHING = Cited("", ())

Likeness = Callable[[str, Sequence[str]], Sequence[float]]  # the cosine of a text to each of several


def cite(text: str, passages: Sequence[Passage], likeness: Likeness | None = None) -> Cited:
    """Checks every marker of an answer against the passages that the model was shown, numbered from 1.

    With `likeness`, a claim in other words than its passage's holds as well, if the model named the passage.

    The citations are numbered anew in order of first use, one number a quote: two sentences that rest on two places of
    one passage get two notes in the margin.
    """
    pieces: list[str] = []
    places: dict[tuple[int, str], Citation] = {}
    uncited = 0
    for line in text.split("\n"):
        told = []
        for claim, named in _claims(line):
            held = _held(claim, named, passages, likeness)
            held = [
                places.setdefault((c.chunk_id or c.n, c.quote), replace(c, n=len(places) + 1)) for c in held
            ]
            uncited += not held and len(content_words(claim)) >= _CLAIMS
            told.append(_marked(claim, [citation.n for citation in held]))
        pieces.append(("" if language_of_question(line) == "zh" else " ").join(told))
    return Cited("\n".join(pieces).strip(), tuple(places.values()), uncited)


def _marked(claim: str, numbers: Sequence[int]) -> str:
    """The claim with its markers before the full stop."""
    if not numbers:
        return claim
    marks = "".join(dict.fromkeys(f"[{n}]" for n in numbers))
    body, end = re.fullmatch(r"(.*?)([.!?。！？]*)", claim, re.DOTALL).groups()
    return f"{body}{'' if language_of_question(body) == 'zh' else ' '}{marks}{end}"


def _claims(line: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a line, each without its markers and with the numbers that it named."""
    claims: list[tuple[str, tuple[int, ...]]] = []
    for sentence in sentences(line):
        named = tuple(int(n) for found in _MARKER.findall(sentence) for n in re.findall(r"\d+", found))
        bare = re.sub(r"\s+([.!?。！？])$", r"\1", _MARKER.sub("", sentence)).strip()
        if bare.strip(" .。") or not claims:
            claims.append((bare, named))
        else:  # markers that follow the full stop belong to the sentence before it
            claims[-1] = (claims[-1][0], claims[-1][1] + named)
    return claims


def _held(
    claim: str, named: Sequence[int], passages: Sequence[Passage], likeness: Likeness | None
) -> list[Citation]:
    shown = [(n, passages[n - 1]) for n in dict.fromkeys(named) if 1 <= n <= len(passages)]
    held = [citation for n, passage in shown if (citation := _support(claim, n, passage, _HOLDS))]
    if not held and likeness is not None:
        held = [citation for n, passage in shown if (citation := _in_other_words(claim, n, passage, likeness))]
    if held:
        return held
    if crossed := [citation for n, passage in shown if (citation := _across(claim, n, passage))]:
        return crossed[:1]
    if not content_words(claim):
        return []
    found = [
        (citation, _shared(claim, citation.quote))
        for n, passage in enumerate(passages, start=1)
        if (citation := _support(claim, n, passage, _FOUND))
    ]
    return [max(found, key=lambda pair: pair[1])[0]] if found else []


def _support(claim: str, n: int, passage: Passage, enough: float) -> Citation | None:
    """The place in the passage that the claim rests on, if it shares enough words and all numbers of the claim.

    Headings count with what stands under them: a paragraph under "Snell's law" need not name it.
    """
    headings = " ".join((passage.title, *passage.trail))
    quotes = _quotes(passage)
    best = max(quotes, key=lambda quote: (_shared(claim, quote), -len(quote)), default="")
    if _shared(claim, f"{headings} {best}") < enough or not _numbers_stand(claim, passage):
        return None
    return _citation(n, passage, best) if _shared(claim, best) > 0 else None


def _in_other_words(claim: str, n: int, passage: Passage, likeness: Likeness) -> Citation | None:
    """The place that means the same as the claim. For English alone: other scripts all look alike to the embedder."""
    quotes = sentences(passage.text)
    if "zh" in (language_of_question(claim), language_of_question(passage.text)) or not quotes:
        return None
    score, quote = max(zip(likeness(claim, quotes), quotes, strict=True))
    return _citation(n, passage, quote) if score >= _ALIKE and _numbers_stand(claim, passage) else None


def _quotes(passage: Passage) -> list[str]:
    """What may be quoted: every stretch of one to _WINDOW sentences."""
    parts = sentences(passage.text)
    windows = [parts[i : i + size] for size in range(1, _WINDOW + 1) for i in range(len(parts) - size + 1)]
    return [_verbatim(passage.text, window) for window in windows]


def _across(claim: str, n: int, passage: Passage) -> Citation | None:
    """A place in another language than the claim's: words cannot be compared, so the model's marker and numbers count."""
    if language_of_question(claim) == language_of_question(passage.text) or not _numbers_stand(claim, passage):
        return None
    numbers = set(_numbers(claim))
    parts = sentences(passage.text) or [passage.text]
    return _citation(n, passage, max(parts, key=lambda part: len(numbers & set(_numbers(part)))))


def _citation(n: int, passage: Passage, quote: str) -> Citation:
    return Citation(n, passage.document, passage.title, passage.locator, quote, chunk_id=passage.chunk_id)


def _verbatim(text: str, parts: Sequence[str]) -> str:
    """The stretch of the text from the first to the last part, exactly as it stands there."""
    start = text.find(parts[0])
    end = text.find(parts[-1], max(start, 0))
    return text[start : end + len(parts[-1])] if 0 <= start <= end else parts[0]


def _shared(claim: str, quote: str) -> float:
    """The share of the claim's words that the quote has; of a claim that is mostly formula, of its symbols as well."""
    wanted, there = set(content_words(claim)), set(words(quote))
    if len(wanted) < _CLAIMS or "$" in claim or "=" in claim:
        wanted, there = wanted | _symbols(claim), there | _symbols(quote)
    return len(wanted & there) / len(wanted) if wanted else 0.0


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


def nearest_places(passages: Sequence[Passage], most: int = 3) -> tuple[Citation, ...]:
    """The places to offer when the course does not say: each passage's first sentence."""
    return tuple(
        _citation(n, p, (sentences(p.text) or [p.text])[0])
        for n, p in enumerate(passages[:most], start=1)
    )
