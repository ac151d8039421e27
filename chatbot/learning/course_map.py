"""The course map: concepts, what has to be known before them, and where the course teaches them. Plain values.

How a map is drafted from a course: drafting.py. How it is stored and drawn: map_file.py, map_drawing.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from knowledge.documents import Locator
from knowledge.errors import InvalidInput


class InvalidMap(InvalidInput):
    """Concepts that do not fit together: a circle of prerequisites, or one that is not there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the course teaches something; without locator, anywhere in the document."""

    document: str
    locator: Locator = Locator()


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing to be learned. `id` is stable, also when the teacher renames it; `requires` holds ids."""

    id: str
    title: str
    requires: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    figures: tuple[Place, ...] = ()
    objectives: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "requires": list(self.requires),
            "places": [_place_row(place) for place in self.places],
            "figures": [_place_row(place) for place in self.figures],
            "objectives": list(self.objectives),
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Concept:
        return cls(
            row["id"],
            row["title"],
            tuple(row.get("requires", ())),
            tuple(map(_place, row.get("places", ()))),
            tuple(map(_place, row.get("figures", ()))),
            tuple(row.get("objectives", ())),
        )


@dataclass(frozen=True)
class CourseMap:
    """Concepts in the order in which the course teaches them. Raises InvalidMap."""

    concepts: tuple[Concept, ...] = field(default=())

    def __post_init__(self) -> None:
        unknown = sorted({need for concept in self.concepts for need in concept.requires if need not in self.by_id})
        twice = len(self.by_id) != len(self.concepts)
        if twice or unknown or len(self.order) != len(self.concepts):
            named = unknown or [concept.id for concept in self.concepts if twice or concept.id not in set(self.order)]
            raise InvalidMap(
                f"The course map does not hold together at: {', '.join(named)}. Every concept needs a name of its own, and "
                "prerequisites that are in the map and do not lead round in a circle.",
                code="map_invalid",
                concepts=", ".join(named),
            )

    @cached_property
    def by_id(self) -> dict[str, Concept]:
        return {concept.id: concept for concept in self.concepts}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids with every prerequisite before what needs it, else in the course's order; concepts in a circle are missing."""
        done: dict[str, None] = {}
        waiting = list(self.concepts)
        while ready := [concept for concept in waiting if all(need in done for need in concept.requires)]:
            done.update(dict.fromkeys(concept.id for concept in ready))
            waiting = [concept for concept in waiting if concept.id not in done]
        return tuple(done)

    @cached_property
    def leads_to(self) -> dict[str, frozenset[str]]:
        """For each concept, all that need it, directly or through others."""
        found: dict[str, set[str]] = {concept.id: set() for concept in self.concepts}
        for concept_id in self.order:
            for below in self._requirements[concept_id]:
                found[below].add(concept_id)
        return {concept_id: frozenset(after) for concept_id, after in found.items()}

    def with_requirements(self, wanted: Iterable[str]) -> frozenset[str]:
        """These concepts and all that they rest on; unknown ids are left out."""
        known = [concept_id for concept_id in wanted if concept_id in self.by_id]
        return frozenset(known).union(*(self._requirements[concept_id] for concept_id in known))

    @cached_property
    def _requirements(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for concept_id in self.order:
            needs = self.by_id[concept_id].requires
            found[concept_id] = frozenset(needs).union(*(found[need] for need in needs))
        return found


def _place_row(place: Place) -> dict[str, Any]:
    return {"document": place.document, "locator": place.locator.to_json()}


def _place(row: dict[str, Any]) -> Place:
    return Place(row["document"], Locator(**row.get("locator", {})))
