"""Hints on a question, from where to look to the passage itself: a ladder, climbed one rung at a time. Never the key.

How many a student took is kept by the server while the question is open, so that an answer cannot keep it to itself.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from chatbot.learning.course_map import Place
from chatbot.learning.questions import Question

_MOST = 10_000  # open questions that hints are remembered of


@dataclass(frozen=True, slots=True)
class Hint:
    """`code` is a key under `learning.hint_` in the catalogues, `values` what its sentence names."""

    code: Literal["where", "not_this", "how_many", "first_step", "parts", "size", "size_plain", "passage"]
    values: dict[str, object]
    place: Place | None = None


def hints_of(question: Question) -> tuple[Hint, ...]:
    """All hints, the faintest first: where the course says it, something about the answer, the sentence it stands in."""
    ladder = [Hint("where", {"document": question.place.document}, question.place)] if question.place else []
    if nearer := _nearer(question):
        ladder.append(nearer)
    if question.place and question.quote and not _tells(question):
        ladder.append(Hint("passage", {"quote": question.quote}, question.place))
    return tuple(ladder)


def _nearer(question: Question) -> Hint | None:
    """What narrows the answer down without giving it."""
    wrong = [n for n in range(len(question.options)) if n not in question.right]
    match question.kind:
        case "choice" | "label" if len(wrong) > 1:
            return Hint("not_this", {"option": question.options[wrong[-1]]})
        case "several":
            return Hint("how_many", {"count": len(question.right)})
        case "order" if len(question.options) > 2:
            return Hint("first_step", {"option": question.options[question.right[0]]})
        case "short":
            return Hint("parts", {"count": len(question.rubric)})
        case "number" if question.key and question.key.value:
            values = {"low": _round_down(question.key.value), "unit": question.key.unit}
            return Hint("size" if question.key.unit else "size_plain", values)
    return None


def _round_down(value: float) -> str:
    """The power of ten at or below a number's size."""
    return f"{10.0 ** int(f'{abs(value):e}'.partition('e')[2]):g}"


def _tells(question: Question) -> bool:
    """Whether the sentence is the answer itself: then it is no hint."""
    return question.kind == "short" and any(
        phrase.lower() in question.quote.lower() for criterion in question.rubric for phrase in criterion.phrases
    )


class Hinted:
    """How many hints were taken of the questions that are open. Safe to use from several threads."""

    def __init__(self) -> None:
        self._taken: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, learner: str, course: str, question: str, rung: int) -> None:
        key = (learner, course, question)
        with self._turn:
            self._taken[key] = max(rung, self._taken.pop(key, 0))
            while len(self._taken) > _MOST:
                self._taken.popitem(last=False)

    def taken(self, learner: str, course: str, question: str) -> int:
        with self._turn:
            return self._taken.get((learner, course, question), 0)

    def forget(self, learner: str, course: str, question: str) -> None:
        with self._turn:
            self._taken.pop((learner, course, question), None)
