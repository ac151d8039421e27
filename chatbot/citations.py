"""[n] markers to Citations whose quotes are checked.

A quote is never the model's: it is the place of passage n that supports the model's claim most, copied from the passage.
When it supports too little, the marker does not hold. A small model often names the wrong number, or one number for a
whole paragraph, or none: then the place is looked for in all the passages that it was shown, and has to support more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chatbot.conversation import Citation
from chatbot.supporting import CLAIMS, Likeness, Place, by_meaning, has_figures, places
from knowledge.documents import Passage
from knowledge.glosses import glossary
from knowledge.language import language_of_question
from knowledge.lexical import content_words
from knowledge.sentences import sentences

_NUMBERS = r"\s*[\[【](\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[\]】]"
_MARKER = re.compile(_NUMBERS)
_SUBJECT = re.compile(rf"^(?:[Pp]assage\s+)?{_NUMBERS}(?=\s+[a-z])")  # "[2] shows it the right way up"

# Shares of a claim's words and cosines of its meaning, measured on the answers to examples/sample-course.dev.jsonl, each
# beside the passages that it rests on and beside others: see docs/decisions.md.
_HOLDS = 0.34  # where the model named the passage
_ALIKE = 0.5  # where it named the passage and says the same in other words
_NEARLY = (0.25, 0.45)  # both together are enough as well
_RENDERED = {"en": 0.34, "zh": 0.3}  # where it named one in this other language: fewer of the ways to say it in Chinese are known
_FOUND_RENDERED = (0.5, 4)  # where it named none: so much of at least so many words that the dictionary knows
_FOUND = 0.7  # in a passage that the model did not name
_FOUND_FIGURES = 0.4  # the same for a claim with figures, all of which stand there
_FOUND_ALIKE = (0.34, 0.6)
_BETTER = 0.3  # a passage that has so many more of the words is what the model meant to name


Rendering = Callable[[str, str], str]  # a sentence, and the language to say it in


@dataclass(frozen=True, slots=True)
class Cited:
    """A text whose every marker has a citation, and those citations in order of first use.

    `uncited` counts the sentences that claim something (three content words or more) and rest on no place.
    """

    text: str
    citations: tuple[Citation, ...]
    uncited: int = 0


NOTHING = Cited("", ())


def cite(
    text: str, passages: Sequence[Passage], likeness: Likeness | None = None, rendered: Rendering | None = None
) -> Cited:
    """Checks every marker of an answer against the passages that the model was shown, numbered from 1.

    With `likeness`, a claim in other words than its passage's holds as well. With `rendered`, a claim in another language
    than its passage's, for whose words the dictionary knows none there, is compared as it reads in that language.

    The citations are numbered anew in order of first use, one number a quote: two sentences that rest on two places of
    one passage get two notes in the margin. What is said twice is kept once.
    """
    pieces: list[str] = []
    known: dict[tuple[int, str], Citation] = {}
    uncited = 0
    said: set[str] = set()
    for line in text.split("\n"):
        told = []
        for claim, named in _claims(line, passages):
            if len(content_words(claim)) >= CLAIMS and claim in said:
                continue
            said.add(claim)
            asks = claim.endswith(("?", "？"))  # a small model says the question first; that claims nothing
            resting = [] if asks else _held(claim, named, passages, likeness, rendered)
            held = [_citation(place.n, place.passage, place.quote) for place in resting]
            held = [known.setdefault((c.chunk_id or c.n, c.quote), replace(c, n=len(known) + 1)) for c in held]
            uncited += not held and not asks and len(content_words(claim)) >= CLAIMS
            told.append(_marked(claim, [citation.n for citation in held]))
        pieces.append(("" if language_of_question(line) == "zh" else " ").join(told))
    return Cited("\n".join(pieces).strip(), tuple(known.values()), uncited)


def _marked(claim: str, numbers: Sequence[int]) -> str:
    """The claim with its markers before the full stop."""
    if not numbers:
        return claim
    marks = "".join(dict.fromkeys(f"[{n}]" for n in numbers))
    body, end = re.fullmatch(r"(.*?)([.!?。！？]*)", claim, re.DOTALL).groups()
    return f"{body}{'' if language_of_question(body) == 'zh' else ' '}{marks}{end}"


def _claims(line: str, passages: Sequence[Passage]) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a line, each without its markers and with the numbers that it named.

    A number that stands where a name belongs gives way to what the passage is called.
    """
    claims: list[tuple[str, tuple[int, ...]]] = []
    for sentence in sentences(line):
        named = tuple(int(n) for found in _MARKER.findall(sentence) for n in re.findall(r"\d+", found))
        if (subject := _SUBJECT.match(sentence)) and named[0] <= len(passages):
            sentence = (passages[named[0] - 1].trail or (passages[named[0] - 1].title,))[-1] + sentence[subject.end() :]
        bare = re.sub(r"\s+([.!?。！？])$", r"\1", _MARKER.sub("", sentence)).strip()
        if bare.strip(" .。,，、;；") or not claims:
            claims.append((bare, named))
        else:  # markers that follow the full stop belong to the sentence before it
            claims[-1] = (claims[-1][0], claims[-1][1] + named)
    return claims


def _held(
    claim: str,
    named: Sequence[int],
    passages: Sequence[Passage],
    likeness: Likeness | None,
    rendered: Rendering | None = None,
) -> list[Place]:
    """The places that the claim rests on: in the passages that the model named, or else in the one that supports it most."""
    found = places(claim, passages)
    here = [place for place in found if not place.across]
    held = [place for place in here if place.n in named and place.shared >= _HOLDS]
    best = max(here, key=lambda place: place.shared, default=None)
    if best and best not in held and content_words(claim):
        so_far = max((place.shared for place in held), default=0.0)
        enough = _FOUND_FIGURES if has_figures(claim) and not held else _FOUND
        if best.shared >= max(enough, so_far + _BETTER):
            return [best]
    if held:
        return held
    if likeness is not None:
        close = [by_meaning(claim, place, likeness) for place in here]
        if held := [place for place in close if place.n in named and _means(place)]:
            return held
        if alike := [p for p in close if p.shared >= _FOUND_ALIKE[0] and p.alike >= _FOUND_ALIKE[1]]:
            return [max(alike, key=lambda place: place.shared + place.alike)]
    if held := _across(named, found):
        return held
    there = next((language_of_question(place.passage.text) for place in found if place.across), None)
    if rendered is None or there is None or len(content_words(claim)) < CLAIMS:
        return []
    return _held(rendered(claim, there), named, passages, likeness)


def _means(place: Place) -> bool:
    return place.alike >= _ALIKE or (place.shared >= _NEARLY[0] and place.alike >= _NEARLY[1])


def _across(named: Sequence[int], found: Sequence[Place]) -> list[Place]:
    """The place in another language that has most renderings of the claim's words; more where the model named none such.

    Where there is no dictionary its marker and the numbers are all that can be compared.
    """
    across = [place for place in found if place.across]
    is_named = any(place.n in named for place in across)
    if not across or (glossary() is None and not is_named):
        return []
    if glossary() is None:
        return [place for place in across if place.n in named][:1]
    best = max(across, key=lambda place: (place.shared, place.n in named))
    if is_named:
        return [best] if best.shared >= _RENDERED[language_of_question(best.passage.text)] else []
    share, words = _FOUND_RENDERED
    return [best] if best.shared >= share and best.words >= words else []


def _citation(n: int, passage: Passage, quote: str) -> Citation:
    return Citation(n, passage.document, passage.title, passage.locator, quote, chunk_id=passage.chunk_id)


def nearest_places(passages: Sequence[Passage], most: int = 3) -> tuple[Citation, ...]:
    """The places to offer when the course does not say: each passage's first sentence."""
    return tuple(
        _citation(n, p, (sentences(p.text) or [p.text])[0])
        for n, p in enumerate(passages[:most], start=1)
    )
