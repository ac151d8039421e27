"""A course map drafted from a course: concepts from its headings, prerequisites from what its text leans on. The teacher corrects it.

Reads what the course has stored, no model: a draft takes moments, is the same every time, and every line of it can be traced.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chatbot.learning.course_map import Concept, CourseMap, Place
from knowledge.course import Course
from knowledge.documents import Locator, Passage
from knowledge.lexical import content_words, words

_MOST = 120  # concepts in a draft: a map that nobody can read is not corrected either
_MOST_REQUIRED = 3
_MOST_PLACES = 6
_COMMON = 0.2  # the share of concepts in whose text a word stands from which it points at none of them
_LEAST = 0.004  # mentions a word of text, beyond those the other way, from which one concept leans on another
# Headings that name a part of a lesson, not something to be learned.
_FURNITURE = re.compile(
    r"""(introduction|overview|summary|conclusions?|recap|review.*|exercises?(\ \d+)?|problems?(\ \d+)?|assignment.*|homework|quiz.*|test|
    references?|bibliography|further\ reading|appendix.*|contents|table\ of\ contents|index|pre-?requisites?|objectives?|
    (learning\ )?(goals|outcomes|objectives)|challenge.*|.*lecture\ quiz|agenda|outline|questions?|answers?|solutions?|notes?|
    acknowledg.*|about.*|example\s*\d*|check\ yourself|try\ it.*|(the\ )?(words|symbols|terms|glossary)|.*[?？]|(page|slide|chapter|part|section|unit|module|lesson|figure)(\s*\d+)?|what\ you.*learn.*|
    引言|简介|介绍|概述|小结|总结|复习.*|练习.*|习题|作业.*|课后.*|课前.*|测验.*|参考(文献|资料)|附录.*|目录|目标|学习目标|挑战.*|例题?\s*\d*)""",
    re.IGNORECASE | re.VERBOSE,
)
_OBJECTIVES = re.compile(
    r"objectives?|(learning )?(goals|outcomes)|what you.{0,12}learn|in this (lesson|chapter)|(学习|教学)?目标|你将学",
    re.I,
)
_NUMBERING = re.compile(
    r"^(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.)]|第[一二三四五六七八九十\d]+[章节讲课])\s+|^(?:chapter|lesson|part|section)\s+\d+\s*[:.–-]\s*",
    re.I,
)


@dataclass
class _Draft:
    """A concept while it is gathered."""

    title: str
    terms: tuple[str, ...]
    places: list[Place] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    objectives: list[str] = field(default_factory=list)
    figures: list[Place] = field(default_factory=list)


def draft_map(course: Course) -> CourseMap:
    """The concepts of a course in its order, documents by name, with what each leans on, where it stands and its figures."""
    drafts: dict[tuple[str, ...], _Draft] = {}
    for document in sorted(course.documents(), key=lambda summary: _natural(summary.path)):
        chunks = course.chunks(document.path)
        gathered = _gather(drafts, chunks)
        _objectives(gathered, chunks)
        _figures(gathered, document.path, ((f.locator, f.caption) for f in course.figures(document.path)))
    kept = list(drafts.values())[:_MOST]
    needs = _requirements(kept)
    ids = [f"c{n}" for n in range(1, len(kept) + 1)]
    return CourseMap(
        tuple(
            Concept(
                ids[n], draft.title, tuple(ids[need] for need in needs[n]),
                tuple(draft.places[:_MOST_PLACES]), tuple(draft.figures), tuple(draft.objectives),
            )
            for n, draft in enumerate(kept)
        )
    )  # fmt: skip


def concept_title(heading: str) -> str | None:
    """The heading without its number; None where it names a part of a lesson rather than something to be learned."""
    title = _NUMBERING.sub("", heading.strip()).strip(" :：.#*")
    before = re.split(r":\s|：", title)[0].strip()
    title = before if content_words(before) and not _FURNITURE.fullmatch(before) else title
    if (
        not 2 <= len(title) <= 80
        or _FURNITURE.fullmatch(title)
        or not re.search(r"[^\W\d_]", title)
        or not content_words(title)
        or len(title.split()) > 9
    ):
        return None
    return title


def _gather(drafts: dict[tuple[str, ...], _Draft], chunks: Sequence[Passage]) -> list[_Draft]:
    """Adds a document's concepts, or its places to concepts that are there already; returns those of this document."""
    found: dict[tuple[str, ...], _Draft] = {}
    for chunk in chunks:
        titles = [title for heading in chunk.trail or (chunk.title,) if (title := concept_title(heading))]
        if not titles:
            continue
        terms = tuple(sorted(content_words(titles[-1])))
        draft = found.setdefault(terms, drafts.setdefault(terms, _Draft(titles[-1], terms)))
        place = Place(chunk.document, chunk.locator)
        if place not in draft.places:
            draft.places.append(place)
        draft.counts.update(words(chunk.text))
    return list(found.values())


def _objectives(drafts: Sequence[_Draft], chunks: Sequence[Passage]) -> None:
    """Gives every stated objective to the concept whose title it shares most words with, else to the document's first."""
    for chunk in chunks:
        if not drafts or not chunk.trail or not _OBJECTIVES.search(chunk.trail[-1]):
            continue
        for line in chunk.text.splitlines():
            if not re.match(r"\s*(?:[-*•–]|\d+[.)])\s+\S", line):
                continue
            said = re.sub(r"^\s*(?:[-*•–]|\d+[.)])\s+", "", line).strip()
            about = set(content_words(said))
            best = max(drafts, key=lambda draft: len(about & set(draft.terms)))
            best.objectives.append(said)


def _figures(drafts: Sequence[_Draft], document: str, figures: Iterable[tuple[Locator, str]]) -> None:
    """Gives a figure to the concept at whose place it stands; with several there, to the one its caption speaks of."""
    for locator, caption in figures:
        here = [
            draft for draft in drafts if any(p.document == document and _near(p.locator, locator) for p in draft.places)
        ]
        if here:
            about = set(content_words(caption))
            best = max(here, key=lambda draft: len(about & set(draft.terms)))
            best.figures.append(Place(document, locator))


def _near(place: Locator, figure: Locator) -> bool:
    """Whether a passage and a figure stand together: what both say of their place agrees, and they say something."""
    shared = [
        k
        for k in ("page", "slide", "heading", "start_s", "cell")
        if None not in (getattr(place, k), getattr(figure, k))
    ]
    return bool(shared) and Locator(**{**place.to_json(), "figure": None}).agrees_with(
        Locator(**{**figure.to_json(), "figure": None})
    )


def _requirements(drafts: Sequence[_Draft]) -> list[list[int]]:
    """For each concept those that it leans on: what its text mentions more than it is mentioned there.

    The difference of mentions both ways is the reference distance (Liang et al., EMNLP 2015), here over words instead of links.
    The strongest come first; none that would lead round in a circle, and none that the others imply.
    """
    spread = Counter(term for draft in drafts for term in draft.counts)
    common = {term for term, count in spread.items() if count > max(3, _COMMON * len(drafts))}
    leanings = sorted(
        (
            (leaning, n, on)
            for n in range(len(drafts))
            for on in range(len(drafts))
            if n != on
            and (leaning := _mentions(drafts[n], drafts[on], common) - _mentions(drafts[on], drafts[n], common))
            > _LEAST
        ),
        key=lambda row: (-row[0], row[1], row[2]),
    )
    below: list[set[int]] = [set() for _ in drafts]
    for _, n, on in leanings:
        implied = any(on in _all_below(below, other) for other in below[n])
        if len(below[n]) < _MOST_REQUIRED and not implied and n not in _all_below(below, on):
            below[n].add(on)
    return [sorted(needs) for needs in below]


def _mentions(text: _Draft, of: _Draft, common: set[str]) -> float:
    """How often a text speaks of a concept, a word of text: by the rarest word of its title; 0 where all of them are common."""
    terms = set(of.terms) - common
    if not terms or set(of.terms) <= set(text.terms):
        return 0.0
    return min(text.counts[term] for term in of.terms) / (sum(text.counts.values()) or 1)


def _all_below(below: Sequence[set[int]], n: int) -> set[int]:
    found, waiting = set(), [*below[n]]
    while waiting:
        if (need := waiting.pop()) not in found:
            found.add(need)
            waiting += below[need]
    return found


def _natural(path: str) -> list[tuple[int, str]]:
    """Sorts lesson 10 after lesson 2."""
    return [(int(part), "") if part.isdigit() else (0, part.lower()) for part in re.split(r"(\d+)", path)]
