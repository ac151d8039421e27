"""Numbers that a sentence states, to be filled in again: the sentence is the question, so no model words it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from chatbot.learning.quantities import is_unit, read_quantity
from chatbot.learning.questions import Key

_QUANTITY = re.compile(
    r"(?<![\w.,/\-−–+×=√])(\d[\d,]*(?:\.\d+)?)\s?(°C|°F|°|%|Ω|[A-Za-zµμ]+(?:/[A-Za-z]+(?:\^?\d)?)?)(?![\w])"
)
_RANGE_BEFORE = re.compile(r"\d\S*\s*(?:to|by|and|or|-|–|x|×|:)\s*$|[=<>≈/√]\s*$|\b(?:by|than)\s*$")
_RANGE_AFTER = re.compile(r"^\s*(?:to|by|or|-|–|x|×|/)\s*\d|^\s*and\s*\d+\s*\w+\s*$")
_COUNTED = {"times": "", "degrees": "°", "percent": "%"}  # words that stay in the sentence, with the unit that they are
_LEAST_LEFT = 5  # words that must be left to say what is asked


@dataclass(frozen=True, slots=True)
class Measure:
    """A sentence and a quantity that stands in it once, as `written` and read."""

    sentence: str
    written: str
    key: Key


def measures(said: Iterable[str]) -> Iterator[Measure]:
    """At most one of each sentence, the last: what comes before is then given."""
    for sentence in said:
        found = [one for match in _QUANTITY.finditer(sentence) if (one := _read(sentence, match))]
        found = [one for one in found if sentence.count(one.written) == 1]
        if found and len(re.findall(r"[^\W\d]{3,}", sentence.replace(found[-1].written, ""))) >= _LEAST_LEFT:
            yield found[-1]


def tolerance_of(written: str, value: float) -> float:
    """Half of the last digit, and from 1 to 5 %."""
    digits = re.sub(r"[^\d.]", "", written.split(" ")[0])
    step = Decimal(1).scaleb(Decimal(digits).as_tuple().exponent) if digits.strip(".") else Decimal(1)
    return round(min(0.05, max(0.01, float(step) / 2 / abs(value))) if value else 0.01, 4)


def _read(sentence: str, match: re.Match[str]) -> Measure | None:
    before, after = sentence[: match.start()], sentence[match.end() :]
    if _RANGE_BEFORE.search(before) or _RANGE_AFTER.search(after) or len(re.findall(rf"(?<![\d.]){re.escape(match[1])}(?![\d.])", sentence)) > 1:
        return None
    if match[2] in _COUNTED:
        value, unit, written = float(match[1].replace(",", "")), _COUNTED[match[2]], match[1]
    elif is_unit(match[2]) and (found := read_quantity(match[0])):
        (value, unit), written = found, match[0]
    else:
        return None
    return Measure(sentence, written, Key(value, unit, tolerance_of(match[1], value))) if value else None
