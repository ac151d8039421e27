"""Bayesian knowledge tracing with forgetting: an estimate, an answer, and the estimate after it with what moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from chatbot.learning.evidence import Observation, Parameters, parts
from chatbot.learning.reviewing import Memory, Reviews

MASTERED = 0.9  # the probability of knowing from which a concept counts as mastered
_LEAST = 1e-3  # nothing is ever certain, so that evidence can still turn an estimate round


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is believed of a learner and a concept since the last answer. `known` is a probability; no memory: never asked."""

    known: float
    memory: Memory | None = None
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """How one answer moved an estimate. `parts` are log-odds and add up to the way from `before` to `after`.

    Their names: "forgetting" (the pause before the answer), "answer", "attempts", "hints", "time", "confidence", and
    "learning" (what the answer and its feedback teach); "limit" only where an estimate came to its end of the scale.
    """

    before: float
    after: float
    parts: tuple[tuple[str, float], ...]


class Tracing:
    """The model of all learners, with its parameters; keeps nothing of any learner."""

    def __init__(self, parameters: Parameters = Parameters(), reviews: Reviews | None = None) -> None:
        self.parameters = parameters
        self.reviews = reviews or Reviews()

    def start(self) -> Estimate:
        """What is believed before the first answer."""
        return Estimate(self.parameters.prior)

    def known(self, estimate: Estimate, when: datetime) -> float:
        """The probability of knowing the concept at `when`: what time has taken is taken off."""
        if estimate.memory is None:
            return estimate.known
        return _bounded(estimate.known * self.reviews.recall(estimate.memory, when) ** self.parameters.forget)

    def trace(self, estimate: Estimate, seen: Observation, when: datetime) -> tuple[Estimate, Movement]:
        """The estimate after an answer. An answer dated before the last one counts as given right after it."""
        remembered = self.known(estimate, when)
        found = {"forgetting": logit(remembered) - logit(estimate.known), **parts(self.parameters, seen)}
        judged = _probability(logit(remembered) + sum(found.values()) - found["forgetting"])
        learn = seen.score * self.parameters.learn_right + (1 - seen.score) * self.parameters.learn_wrong
        taught = judged + (1 - judged) * learn
        found["learning"] = logit(taught) - logit(judged)
        after = _bounded(taught)
        if after != taught:
            found["limit"] = logit(after) - logit(taught)
        moved = tuple((name, value) for name, value in found.items() if abs(value) > 1e-9)
        memory = self.reviews.review(
            estimate.memory, seen, max(when, estimate.memory.last) if estimate.memory else when
        )
        return Estimate(after, memory, estimate.answers + 1), Movement(estimate.known, after, moved)


def logit(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _bounded(probability: float) -> float:
    return min(max(probability, _LEAST), 1 - _LEAST)
