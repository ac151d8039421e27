"""What to do next, and why: from what is known, what rests on what, what falls due, a goal, a date and the minutes at hand.

Knows no storage. Every step carries its reason as a catalogue key with values, so that a screen can say it in any language.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from chatbot.learning.course_map import CourseMap
from chatbot.learning.evidence import Observation, success
from chatbot.learning.tracing import MASTERED, Estimate, Tracing

AIM = 0.8  # the chance of success that a question should have: likely, not certain
READY = 0.65  # the probability of knowing from which a prerequisite carries what rests on it
_LESSON_BELOW = 0.45  # a chance of success below which teaching comes before asking
_APART = 2  # the last concepts that are not asked again at once while there are others: interleaving
_SOON = timedelta(days=1.5)  # so near the date, what would be forgotten by then is reviewed even if it is not due


@dataclass(frozen=True, slots=True)
class Item:
    """A question as the path sees it. `difficulty` in logits above the usual; `guess` the chance of blind luck."""

    id: str
    concept: str
    guess: float = 0.0
    difficulty: float = 0.0
    usual_s: float = 40.0


@dataclass(frozen=True, slots=True)
class Goal:
    """What a learner wants: these concepts (none: all) by `by`, and the minutes there are now (None: no limit).

    `alone`: only these, whatever they rest on and however well they are known, because the learner chose them.
    """

    concepts: frozenset[str] = frozenset()
    by: datetime | None = None
    minutes: float | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step was chosen: a key under `learning.reason_` in the catalogues, and what its sentence names."""

    code: Literal["review", "before_date", "prerequisite", "nearly", "goal", "new", "gap", "chosen"]
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """A question to ask, or a concept to teach first. `success`: the predicted chance of a right answer."""

    kind: Literal["lesson", "practise", "review"]
    concept: str
    item: Item | None
    success: float
    seconds: float
    reason: Reason


class Path:
    """Plans over one course: its map and its questions."""

    def __init__(self, course_map: CourseMap, items: Sequence[Item], tracing: Tracing) -> None:
        self.map = course_map
        self.tracing = tracing
        self._items: dict[str, list[Item]] = {}
        for item in items:
            self._items.setdefault(item.concept, []).append(item)

    def next_step(
        self,
        estimates: Mapping[str, Estimate],
        now: datetime,
        goal: Goal = Goal(),
        *,
        asked: Sequence[str] = (),
    ) -> Step | None:
        """The best next step; None when all of the goal is mastered and nothing is due, or nothing fits the time.

        `asked` are the ids of questions put before, oldest first: they come again last, and their concepts later.
        """
        known = {concept_id: self._known(estimates, concept_id, now) for concept_id in self.map.order}
        wanted = self._wanted(goal)
        lately = self._concepts_of(asked[-_APART:])
        last = {item_id: n for n, item_id in enumerate(asked)}
        best: tuple[float, Step] | None = None
        for concept_id in self.map.order:
            if (
                concept_id not in wanted
                or (found := self._reason(concept_id, estimates, known, wanted, now, goal)) is None
            ):
                continue
            urgency, reason = found
            if (step := self._step(concept_id, known[concept_id], reason, last, goal)) is None:
                continue
            value = urgency - abs(step.success - AIM) - (1.5 if concept_id in lately else 0)
            if best is None or value > best[0]:
                best = (value, step)
        return best[1] if best else None

    def plan(
        self, estimates: Mapping[str, Estimate], now: datetime, goal: Goal, *, asked: Sequence[str] = (), most: int = 30
    ) -> tuple[Step, ...]:
        """Steps that fit into the goal's minutes, each chosen as if the ones before had gone as is likely."""
        left = (goal.minutes or 10.0) * 60
        steps: list[Step] = []
        supposed, asked = dict(estimates), list(asked)
        while len(steps) < most:
            step = self.next_step(supposed, now, replace(goal, minutes=left / 60), asked=asked)
            if step is None:
                break
            steps.append(step)
            left -= step.seconds
            now += timedelta(seconds=step.seconds)
            if step.item:
                asked.append(step.item.id)
                seen = Observation(float(step.success >= 0.5), step.item.guess, step.item.difficulty)
                estimate = supposed.get(step.concept) or self.tracing.start()
                supposed[step.concept], _ = self.tracing.trace(estimate, seen, now)
        return tuple(steps)

    def _wanted(self, goal: Goal) -> frozenset[str]:
        if goal.alone:
            return goal.concepts
        return self.map.with_requirements(goal.concepts) or frozenset(self.map.order)

    def _known(self, estimates: Mapping[str, Estimate], concept_id: str, when: datetime) -> float:
        return self.tracing.known(estimates.get(concept_id) or self.tracing.start(), when)

    def _concepts_of(self, ids: Collection[str]) -> set[str]:
        return {concept for concept, items in self._items.items() if any(item.id in ids for item in items)}

    def _reason(
        self,
        concept_id: str,
        estimates: Mapping[str, Estimate],
        known: Mapping[str, float],
        wanted: frozenset[str],
        now: datetime,
        goal: Goal,
    ) -> tuple[float, Reason] | None:
        """How urgent a concept is, and why; None when there is nothing to do about it now."""
        concept = self.map.by_id[concept_id]
        estimate = estimates.get(concept_id)
        title = concept.title
        if goal.alone:
            return 0.0, Reason("chosen", {"concept": title, "known": _percent(known[concept_id])})
        if known[concept_id] >= MASTERED:
            return self._before_date(concept_id, estimates, now, goal)
        open_after = [after for after in self.map.leads_to[concept_id] if after in wanted and known[after] < MASTERED]
        gaps = [need for need in concept.requires if known[need] < READY]
        if gaps:
            # Its prerequisites come first; asked at all only when they cannot be, for want of questions that fit.
            shown = ", ".join(self.map.by_id[need].title for need in gaps)
            return -3.0 - len(gaps), Reason("gap", {"concept": title, "gaps": shown})
        weight = 0.5 * min(len(open_after), 4) / 4
        if estimate and estimate.memory and estimate.known >= MASTERED:
            days = round(estimate.memory.days_since(now))
            return 0.6 + weight, Reason(
                "review", {"concept": title, "days": days, "known": _percent(known[concept_id])}
            )
        if open_after:
            first = self.map.by_id[min(open_after, key=self.map.order.index)].title
            return weight, Reason("prerequisite", {"concept": title, "next": first, "count": len(open_after)})
        if estimate and estimate.answers and known[concept_id] >= READY:
            return weight, Reason("nearly", {"concept": title, "known": _percent(known[concept_id])})
        return weight, Reason(
            "goal" if goal.concepts else "new", {"concept": title, "known": _percent(known[concept_id])}
        )

    def _before_date(
        self, concept_id: str, estimates: Mapping[str, Estimate], now: datetime, goal: Goal
    ) -> tuple[float, Reason] | None:
        if goal.by is None or not timedelta() < goal.by - now <= _SOON:
            return None
        then = self._known(estimates, concept_id, goal.by)
        if then >= MASTERED:
            return None
        title = self.map.by_id[concept_id].title
        return -1.0, Reason(
            "before_date", {"concept": title, "known": _percent(then), "date": goal.by.date().isoformat()}
        )

    def _step(
        self, concept_id: str, known: float, reason: Reason, last: Mapping[str, int], goal: Goal
    ) -> Step | None:
        """The concept's question with the chance of success nearest to the aim, of those not asked yet or else longest ago."""
        most_s = goal.minutes * 60 if goal.minutes is not None else float("inf")
        items = [item for item in self._items.get(concept_id, ()) if item.usual_s <= most_s]
        if not items:
            return None
        fresh = [item for item in items if item.id not in last]
        items = fresh or sorted(items, key=lambda item: last[item.id])[: (len(items) + 1) // 2]
        guess = np.array([item.guess for item in items])
        difficulty = np.array([item.difficulty for item in items])
        chance = success(self.tracing.parameters, known, guess, difficulty)
        at = int(np.argmin(np.abs(chance - AIM)))
        if reason.code in ("review", "before_date"):
            kind = "review"
        else:
            kind = "lesson" if chance[at] < _LESSON_BELOW and items[at].id not in last else "practise"
        return Step(kind, concept_id, items[at], float(chance[at]), items[at].usual_s, reason)


def _percent(probability: float) -> int:
    return round(100 * probability)
