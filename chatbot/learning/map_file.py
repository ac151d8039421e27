"""A course map in the course's folder, as `map.json`: it travels with the course, and outlives a repair of its database."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.learning.course_map import Concept, CourseMap, InvalidMap
from knowledge.errors import CourseError, disk_full_is_storage_full

_NAME = "map.json"


class MapChanged(CourseError):
    """Somebody else saved the map since it was read."""


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")
    document: str = Field(max_length=1000)
    locator: dict[str, int | float | str | None] = {}


class _Concept(BaseModel):
    """What a teacher's screen sends."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[\w-]{1,40}$")
    title: str = Field(min_length=1, max_length=120)
    requires: list[str] = Field(default=[], max_length=20)
    places: list[_Place] = Field(default=[], max_length=100)
    figures: list[_Place] = Field(default=[], max_length=100)
    objectives: list[str] = Field(default=[], max_length=50)


class _Stored(BaseModel):
    revision: int = 0
    concepts: list[_Concept] = Field(max_length=1000)


def read_map(folder: Path) -> tuple[CourseMap, int] | None:
    """The map with its revision, which goes up with every save; None where none was saved yet. Raises CourseError."""
    file = folder / _NAME
    if not file.is_file():
        return None
    try:
        stored = _Stored.model_validate_json(file.read_bytes())
        return to_map([concept.model_dump() for concept in stored.concepts]), stored.revision
    except (ValidationError, InvalidMap, TypeError, ValueError) as error:
        raise CourseError(
            f"The course map in {file} is damaged. Move that file away to have a new one drafted.",
            code="map_damaged",
            file=str(file),
        ) from error


def write_map(folder: Path, course_map: CourseMap, *, after: int) -> int:
    """Saves the map in one step and returns its revision. Raises MapChanged when it is no longer at the revision `after`."""
    stored = read_map(folder)
    if (stored[1] if stored else 0) != after:
        raise MapChanged(
            "The course map was changed by somebody else in the meantime. Load it again and repeat your change.",
            code="map_changed",
        )
    rows = {"revision": after + 1, "concepts": [concept.to_json() for concept in course_map.concepts]}
    partial = folder / f"{_NAME}.part"
    with disk_full_is_storage_full(folder):
        with partial.open("w", encoding="utf-8") as file:
            json.dump(rows, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / _NAME)
    return after + 1


def to_map(rows: list[dict]) -> CourseMap:
    """Concepts from outside. Raises InvalidMap, naming those that cannot be read or do not hold together."""
    concepts = []
    for row in rows:
        try:
            concepts.append(_Concept.model_validate(row).model_dump())
        except ValidationError as error:
            named = str(row.get("title") or row.get("id") or len(concepts) + 1)[:80]
            raise InvalidMap(
                f"The concept {named!r} of the course map cannot be read ({error.errors()[0]['msg']}).",
                code="concept_invalid",
                concept=named,
                reason=error.errors()[0]["msg"],
            ) from error
    return CourseMap(tuple(Concept.from_json(concept) for concept in concepts))
