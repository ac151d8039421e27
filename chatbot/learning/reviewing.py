"""When a concept should be seen again, and how much of it is still there: FSRS. Knows no learner and no question.

FSRS keeps a stability (days until recall falls to 90 %) and a difficulty (1..10) of each memory; the `fsrs` package does
the arithmetic. Retrievability is computed here, from the same formula, because the package counts whole days only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fsrs import Card, Rating, Scheduler, State

from chatbot.learning.evidence import Observation

_SLOW, _QUICK = 2.0, 0.7  # times the item's usual time
_RIGHT_ENOUGH = 0.6  # a score below this is a failed review


@dataclass(frozen=True, slots=True)
class Memory:
    """How firmly something was remembered when it was last seen. `stability` in days; times in UTC."""

    stability: float
    difficulty: float
    last: datetime
    due: datetime

    def days_since(self, when: datetime) -> float:
        return max(0.0, (when - self.last).total_seconds() / 86400)


class Reviews:
    """FSRS-6 with its published parameters; `retention` is the recall at which a review falls due."""

    def __init__(self, retention: float = 0.9) -> None:
        self._scheduler = Scheduler(
            desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False
        )
        self._decay = -self._scheduler.parameters[20]
        self._factor = 0.9 ** (1 / self._decay) - 1

    def review(self, memory: Memory | None, seen: Observation, when: datetime) -> Memory:
        """The memory after an answer at `when` (any time zone)."""
        return self.rate(memory, rating(seen), when)

    def rate(self, memory: Memory | None, grade: Rating, when: datetime) -> Memory:
        """The memory after a recall that was graded in one of FSRS's four grades."""
        when = when.astimezone(UTC)
        card = Card(card_id=1)  # without an id the package sleeps until a new one is free
        if memory is not None:
            card = Card(1, State.Review, None, memory.stability, memory.difficulty, memory.due, memory.last)
        card, _ = self._scheduler.review_card(card, grade, when)
        return Memory(card.stability, card.difficulty, when, card.due)

    def recall(self, memory: Memory, when: datetime) -> float:
        """Retrievability in 0..1: (1 + factor t / S) ** decay, fractions of days counted."""
        return (1 + self._factor * memory.days_since(when) / memory.stability) ** self._decay


def rating(seen: Observation) -> Rating:
    """An answer in FSRS's four grades: failed, with effort or help, right, and right at once and surely."""
    if seen.score < _RIGHT_ENOUGH:
        return Rating.Again
    slow = seen.time_ratio is not None and seen.time_ratio > _SLOW
    if seen.score < 1 or seen.hints or seen.attempts > 1 or slow or seen.confidence == "guess":
        return Rating.Hard
    quick = seen.time_ratio is not None and seen.time_ratio < _QUICK
    return Rating.Easy if quick and seen.confidence == "sure" else Rating.Good
