"""The catalogue of weights: which sets there are, their files, sizes and hashes, and which profile uses them.

It is weights.toml as values; it knows nothing of folders or networks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from knowledge.errors import WeightsError

CATALOGUE = Path(__file__).with_name("weights.toml")
Found = TypeVar("Found")
_UNMEASURED = 0.5  # the confidence asked of a chat model for which nobody measured a better one


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a file, as a member of a package's archive."""

    package: str
    version: str
    member: str
    bytes: int


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file; its parts, joined in order, are its bytes."""

    file: str
    bytes: int
    sha256: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The files that make one neural network. `repo` is None when its publisher does not offer these files."""

    name: str
    kind: str
    license: str
    note: str
    repo: str | None
    revision: str | None
    files: tuple[WeightFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Profile:
    """Which set fills which role (chat, transcription, embedding), and the embedding engine.

    `least_confidence`: how probable its chat model must hold it that the passages answer a question, 0..1, to answer.
    """

    name: str
    sets: Mapping[str, str]
    embedder: str
    least_confidence: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of weights.toml. `in_packages` are weights that arrive inside a dependency, with nothing to fetch."""

    weights: Mapping[str, WeightSet]
    profiles: Mapping[str, Profile]
    in_packages: Mapping[str, str]

    def profile(self, name: str) -> dict[str, WeightSet]:
        """The set of each role. A role is absent when its engine brings its own weights."""
        return {role: self.weights[used] for role, used in look_up(name, self.profiles).sets.items()}

    def embedder(self, name: str) -> str:
        """The embedding engine of a profile."""
        return look_up(name, self.profiles).embedder

    def least_confidence(self, name: str) -> float:
        """How sure the chat model of a profile must be that the passages answer the question."""
        return look_up(name, self.profiles).least_confidence

    def resolve(self, target: str) -> tuple[str, ...]:
        """The names of the sets that a profile, or a set named directly, stands for."""
        found = look_up(target, {**self.weights, **self.profiles})
        return tuple(found.sets.values()) if isinstance(found, Profile) else (found.name,)

    def pull_command(self, name: str) -> str:
        """The command that brings a set: by the first profile that uses it, else by its own name."""
        target = next((profile.name for profile in self.profiles.values() if name in profile.sets.values()), name)
        return f"coursemate weights pull {target}"


def look_up(name: str, table: Mapping[str, Found]) -> Found:
    """The entry of that name. Raises WeightsError naming the choices."""
    if name in table:
        return table[name]
    choices = ", ".join(sorted(table))
    raise WeightsError(
        f"There are no weights named {name!r}. Choose one of: {choices}.",
        code="weights_unknown",
        name=name,
        choices=choices,
    )


def load_catalogue(file: Path = CATALOGUE) -> Catalogue:
    with file.open("rb") as opened:
        data = tomllib.load(opened)
    profiles = {
        name: Profile(
            name,
            {role: used for role, used in table.items() if role not in ("embedder", "least_confidence")},
            table["embedder"],
            table.get("least_confidence", _UNMEASURED),
        )
        for name, table in data["profiles"].items()
    }
    weights = {name: _weight_set(name, table) for name, table in data["weights"].items()}
    return Catalogue(weights, profiles, data.get("in_packages", {}))


def _weight_set(name: str, table: dict[str, Any]) -> WeightSet:
    published = table.get("huggingface", {})
    files = tuple(
        WeightFile(item["file"], item["bytes"], item["sha256"], tuple(Part(**part) for part in item.get("parts", ())))
        for item in table["files"]
    )
    return WeightSet(
        name, table["kind"], table["license"], table["note"], published.get("repo"), published.get("revision"), files
    )
