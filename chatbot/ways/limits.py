"""What a teacher allows of the ways of tutoring, for a course or for sections of it: `limits.json` in the course's folder.

Enforced where turns are answered, so on every surface. A question falls under a section's limit when the section is among the
places that bear on it most, however it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.conversation import Way
from knowledge.documents import Passage
from knowledge.errors import CourseError, disk_full_is_storage_full

RUNGS = 4  # of the ladder of hints: a question back, a pointer, a first step, a worked step
WAYS: tuple[Way, ...] = get_args(Way)
_NAME = "limits.json"
_FIRST = 3  # passages, best first, any of which puts a question under its section's limit, if it is nearly as near as the nearest
_NEARLY = 0.8
_LOOKED_AT = 10
_PASTED = 0.5  # the share of a question's words in a section from which it counts wherever it is ranked


@dataclass(frozen=True, slots=True)
class Limit:
    """Of a document's section with this heading, or all of the document, or, with neither, of the course.

    `ways` are those allowed; `rungs` how many hints, of RUNGS: fewer never tell the answer.
    """

    document: str = ""
    heading: str = ""
    ways: tuple[Way, ...] = WAYS
    rungs: int = RUNGS

    def covers(self, passage: Passage) -> bool:
        heading = self.heading.strip().casefold()
        here = not heading or any(heading == part.strip().casefold() for part in (*passage.trail, passage.title))
        return here and self.document in ("", passage.document)

    @property
    def of_course(self) -> bool:
        return not (self.document or self.heading.strip())


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is left when all limits that apply are taken together."""

    ways: tuple[Way, ...] = WAYS
    rungs: int = RUNGS

    @property
    def answer(self) -> bool:
        """Whether the answer may be told at last."""
        return "explain" in self.ways or ("hint" in self.ways and self.rungs >= RUNGS)

    @property
    def free(self) -> bool:
        return self == Allowed()


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a course."""

    limits: tuple[Limit, ...] = ()

    def over(self, found: Sequence[Passage]) -> Allowed:
        """What is allowed for a question that these passages bear on, the best first: the strictest of all that apply."""
        nearest = max((passage.similarity for passage in found[:_FIRST]), default=0.0)
        near = [
            p for n, p in enumerate(found[:_LOOKED_AT])
            if n == 0 or p.overlap >= _PASTED or (n < _FIRST and p.similarity >= _NEARLY * nearest)
        ]  # fmt: skip
        return self._together([one for one in self.limits if one.of_course or any(map(one.covers, near))])

    def over_course(self) -> Allowed:
        return self._together([one for one in self.limits if one.of_course])

    def _together(self, applying: Sequence[Limit]) -> Allowed:
        ways = tuple(way for way in WAYS if all(way in one.ways for one in applying))
        return Allowed(ways, min((one.rungs for one in applying), default=RUNGS))


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    document: str = Field(default="", max_length=1000)
    heading: str = Field(default="", max_length=300)
    ways: tuple[Way, ...] = WAYS
    rungs: int = Field(default=RUNGS, ge=0, le=RUNGS)


class LimitRows(BaseModel):
    """What a teacher's screen sends."""

    model_config = ConfigDict(extra="forbid")
    limits: list[_Row] = Field(max_length=200)

    def to_limits(self) -> Limits:
        return Limits(tuple(Limit(**row.model_dump()) for row in self.limits))


def read_limits(folder: Path) -> Limits:
    """None are set where the file is missing. Raises CourseError when it is damaged: better no answer than one not allowed."""
    file = folder / _NAME
    try:
        return LimitRows.model_validate_json(file.read_bytes()).to_limits()
    except FileNotFoundError:
        return Limits()
    except (ValidationError, ValueError) as error:
        raise CourseError(
            f"The limits in {file} are damaged. Set them anew, or move that file away to have none.",
            code="limits_damaged",
            file=str(file),
        ) from error


def write_limits(folder: Path, limits: Limits) -> None:
    """Saves them in one step."""
    partial = folder / f"{_NAME}.part"
    with disk_full_is_storage_full(folder):
        partial.write_text(json.dumps(asdict(limits), ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(folder / _NAME)
