"""What a learner is asked: a question with its key, and where the course says so. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chatbot.learning.course_map import Place
from chatbot.learning.path import Item

Kind = Literal["choice", "several", "number", "short", "order", "label"]


@dataclass(frozen=True, slots=True)
class Key:
    """A number as it must come out. `unit` as a physicist writes it ("m/s", "" for none); `tolerance` relative, 0.02 is 2 %."""

    value: float
    unit: str = ""
    tolerance: float = 0.02


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that a short answer must say. Any of `phrases` says it; `foils` are statements that are taken for it wrongly."""

    statement: str
    phrases: tuple[str, ...]
    foils: tuple[str, ...] = ()
    points: float = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture, in shares of its width and height (0..1)."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Spot:
    """The marked spot of a figure: the `n`th of a document, from 0. What is written in `covered` is hidden as well."""

    document: str
    n: int
    marked: Box
    covered: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """`options` are what is shown; `right` their places from 0: the keyed ones, or for "order" the right order of all.

    A short answer is graded by `rubric`, a number by `key`; "label" asks which option belongs at the `spot` of a figure.
    `quote` stands at `place` in the course, word for word.
    """

    id: str
    concept: str
    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    key: Key | None = None
    rubric: tuple[Criterion, ...] = ()
    spot: Spot | None = None
    place: Place | None = None
    quote: str = ""
    difficulty: float = 0.0
    usual_s: float = 40.0
    language: str = field(default="en")

    def item(self) -> Item:
        """The question as the path sees it."""
        one = 1 / max(1, len(self.options))
        guess = {"choice": one, "label": one, "several": 1 / max(1, 2 ** len(self.options) - 1)}
        return Item(self.id, self.concept, guess.get(self.kind, 0.0), self.difficulty, self.usual_s)
