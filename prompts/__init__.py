"""The words sent to models, one .md file each, rendered by name. Imports nothing else of Coursemate."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class PromptError(ValueError):
    """A prompt that does not exist, or values that do not fit it: always a fault of the program."""


@cache
def _template(name: str) -> str:
    file = files(__name__) / f"{name}.md"
    if not file.is_file():
        raise PromptError(f"there is no prompt named {name!r}")
    return file.read_text(encoding="utf-8").strip()


def render(name: str, **values: str) -> str:
    """Fills `{{ name }}` places once; text inside a value is never looked at again. Missing and unused values raise."""
    template = _template(name)
    wanted = set(_PLACE.findall(template))
    if wanted != set(values):
        raise PromptError(
            f"prompt {name!r}: missing {sorted(wanted - set(values))}, unused {sorted(set(values) - wanted)}"
        )
    return _PLACE.sub(lambda place: values[place[1]], template)
