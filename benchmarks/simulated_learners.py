"""Learners that are not the model: what benchmarks/learning.py teaches, with its random numbers from fixed seeds.

They differ from the fitted model on purpose. Skill is a continuous level for each concept, not known or unknown; it grows by
answers, more when prerequisites are there and the question is neither trivial nor hopeless; it fades by a power law with a floor,
slower after every spaced success; slips come with tiredness, haste from guessing, and confidence is biased in each learner's own way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from chatbot.learning.course_map import Concept, CourseMap
from chatbot.learning.evidence import Observation
from chatbot.learning.path import Item

CONCEPTS = 20
ITEMS = 8  # questions for each concept
MASTERED = 0.75  # the level at which a learner has mastered a concept: about 9 in 10 usual open questions right
_A_DAY = 20  # questions in one sitting, and one sitting a day
_BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A course of 20 concepts: a map with prerequisites, and questions of several kinds and difficulties."""

    map: CourseMap
    items: tuple[Item, ...]


def make_world(seed: int = 1) -> World:
    random = np.random.default_rng(seed)
    concepts = []
    for n in range(CONCEPTS):
        earlier = range(max(0, n - 6), n)
        count = min(len(earlier), int(random.choice([0, 1, 1, 2])))
        needs = random.choice(list(earlier), count, replace=False) if count else []
        concepts.append(Concept(f"c{n}", f"Concept {n}", tuple(f"c{need}" for need in sorted(needs))))
    items = []
    for n in range(CONCEPTS):
        for i in range(ITEMS):
            guess = float(random.choice([0.0, 0.25, 0.25, 0.5]))
            items.append(Item(f"c{n}-{i}", f"c{n}", guess, float(random.normal(0, 0.8)), float(random.uniform(15, 60))))
    return World(CourseMap(tuple(concepts)), tuple(items))


@dataclass
class Learner:
    """One simulated learner, who answers and learns. `now` goes on with every answer, by a day after each sitting and by four after each fourth."""

    world: World
    seed: int
    now: datetime = _BEGIN
    answered: int = 0
    level: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random = np.random.default_rng([self.seed, 7])
        self._ability, self._rate = random.normal(0, 0.4), random.lognormal(-1.35, 0.25)
        self._slip, self._speed = random.uniform(0.02, 0.1), random.normal(0, 0.25)
        self._boast = random.normal(0.3, 0.6)
        self._tau = {concept.id: random.uniform(3, 8) for concept in self.world.map.concepts}
        self._last = dict.fromkeys(self._tau, self.now)
        for concept_id in self.world.map.order:
            below = [self.level[need] for need in self.world.map.by_id[concept_id].requires]
            knows = random.random() < 0.3 and min(below, default=1.0) > 0.5
            self.level[concept_id] = random.uniform(0.6, 0.95) if knows else random.uniform(0.0, 0.3)

    def skill(self, concept_id: str) -> float:
        """The level that is left now: it fades to 0.4 of it by a power of the days, and never quite."""
        days = (self.now - self._last[concept_id]).total_seconds() / 86400
        return self.level[concept_id] * (0.4 + 0.6 * (1 + days / self._tau[concept_id]) ** -0.5)

    @property
    def mastered(self) -> bool:
        return all(self.skill(concept_id) >= MASTERED for concept_id in self.level)

    def answer(self, item: Item) -> Observation:
        random, skill = self._random, self.skill(item.concept)
        logit = 6 * (skill - 0.45) + self._ability - item.difficulty
        hints = int(random.random() < 0.25 / (1 + np.exp(logit)))
        tired = 0.004 * (self.answered % _A_DAY)
        chance = 1 / (1 + np.exp(-logit - hints)) * (1 - self._slip - tired)
        knows = random.random() < chance
        right = knows or random.random() < item.guess
        hasty = not knows and random.random() < 0.3
        pace = -1.0 if hasty else 0.5 - 0.9 * skill + 0.15 * item.difficulty
        sure = logit + self._boast + random.normal(0, 1.2)
        seen = Observation(
            float(right), item.guess, item.difficulty, hints, 1,
            float(np.exp(pace + self._speed + random.normal(0, 0.35))),
            "guess" if sure < -0.8 else "unsure" if sure < 1.0 else "sure",
        )  # fmt: skip
        self._learn(item.concept, skill, chance, right)
        self.answered += 1
        self.now += timedelta(seconds=item.usual_s * seen.time_ratio + 20)
        if self.answered % _A_DAY == 0:
            self.now += timedelta(days=4 if self.answered % (4 * _A_DAY) == 0 else 1)
        return seen

    def _learn(self, concept_id: str, skill: float, chance: float, right: bool) -> None:
        below = [self.skill(need) for need in self.world.map.by_id[concept_id].requires]
        ready = 1 / (1 + np.exp(-10 * (min(below, default=1.0) - 0.5)))
        zone = 0.5 + 0.5 * np.exp(-(((chance - 0.75) / 0.3) ** 2))
        days = (self.now - self._last[concept_id]).total_seconds() / 86400
        self.level[concept_id] = skill + (1 - skill) * self._rate * ready * zone
        if right:
            self._tau[concept_id] *= 1.15 + 0.5 * min(1.0, days / 2)
        self._last[concept_id] = self.now
