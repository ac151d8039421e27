"""How an engine is named, and loaded only when chosen.

A role keeps a table, name -> Engine, beside its protocol. Importing the table imports no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from knowledge.errors import MissingExtra, UnknownEngine


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to fill a role: `factory` is "module:callable", `packages` what it imports, `extra` who brings them."""

    factory: str
    packages: tuple[str, ...] = ()
    extra: str | None = None

    def missing(self) -> tuple[str, ...]:
        """The packages that this engine needs and that are not installed."""
        return tuple(package for package in self.packages if find_spec(package) is None)


def load_engine(role: str, table: Mapping[str, Engine], name: str) -> Callable[..., Any]:
    """Returns the factory of the engine `name`.

    Raises UnknownEngine naming the choices, or MissingExtra with the pip command. Any other import error is a fault
    of that package or of ours, and passes.
    """
    try:
        engine = table[name]
    except KeyError:
        choices = ", ".join(sorted(table))
        raise UnknownEngine(
            f"There is no {role} engine named {name!r}. Choose one of: {choices}.",
            code="engine_unknown",
            role=role,
            name=name,
            choices=choices,
        ) from None
    if missing := engine.missing():
        command = f'pip install "coursemate[{engine.extra}]"' if engine.extra else f"pip install {' '.join(missing)}"
        raise MissingExtra(
            f"The {role} engine {name!r} needs {', '.join(missing)}, not installed here. Install it with: {command}",
            code="engine_missing_extra",
            role=role,
            name=name,
            packages=", ".join(missing),
            command=command,
        )
    module, _, attribute = engine.factory.partition(":")
    return getattr(import_module(module), attribute)
