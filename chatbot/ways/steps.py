"""The first wrong step of a worked problem, found by rules: what is written equal must be equal, and must follow.

A step is called wrong only where it can be shown to be: what these rules cannot work out counts as neither right nor wrong.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pint

from chatbot.learning.quantities import unit_of
from chatbot.ways.formulas import Node, NoFormula, plain, sides, symbols_alone
from chatbot.ways.working_out import CannotTell, UnitsClash, equal, near, rounding_of, solutions, value_of

MOST_LINES = 40
_TRIALS = 3
_INVERSE = 1.2  # so much more than each of them may the inverse of rounded numbers be off
_PROSE = re.compile(r"(?<![\\A-Za-z])(?!(?:arc)?(?:sin|cos|tan)|sqrt|text|frac|theta|degrees?)[A-Za-z]{3,}")
_MOST_WORDS = 2  # in a line that is a step and not a sentence with an equation in it
_SCALE = 1e-6  # how near a power of ten two values must lie apart to be the same in other units
_COMMENT = re.compile(
    r"^\s*(?:\(?\d{1,2}[.)]\s+|[-*•]\s+|(?:so|then|hence|thus|therefore|and|given|step \d+:?|所以|因此|则|即|又|已知)[\s:,：，]+)+",
    re.I,
)
_LINE = re.compile(r"\n|;|；|⇒|=>|→|\\\\|\\Rightarrow|。")
_STEP = re.compile(r"(?<=[^\d\s])[,，]\s+(?=(?:so|then|and|hence|thus)?\s*[A-Za-zα-ω][\w']{0,3}\s*=)")

Code = Literal["unequal", "units", "not_following", "given", "formula"]


@dataclass(frozen=True, slots=True)
class CourseFormula:
    """An equation that the course states; `at` says where, for whoever found it."""

    left: Node
    right: Node
    at: object = None

    @property
    def symbols(self) -> frozenset[str]:
        return self.left.symbols | self.right.symbols


@dataclass(frozen=True, slots=True)
class Wrong:
    """The first line that does not hold, counted from 1, and why. `values` fill the phrase of the code."""

    n: int
    line: str
    code: Code
    values: Mapping[str, object] = field(default_factory=dict)
    formula: CourseFormula | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """`worked_out` counts the lines of which something could be shown; `symbols` are those that stand in them."""

    wrong: Wrong | None
    worked_out: int
    lines: int
    formula: CourseFormula | None = None


def lines_of(work: str) -> list[str]:
    """The steps of a work, one line each, without bullets and words that lead to them. Sentences and lines without an equals sign are left out."""
    found: list[str] = []
    for part in _LINE.split(work.replace("\r", "").replace("$", " ")):
        line = _COMMENT.sub("", part).strip()
        if not _is_prose(line):
            found += [_COMMENT.sub("", step).strip() for step in _STEP.split(line)]
    return [line for line in found if "=" in line or "≈" in line]


def _is_prose(line: str) -> bool:
    """Whether it is a sentence with an equation in it, such as what a problem gives."""
    first = line.split(",")[0]
    begins = "=" not in first and "≈" not in first and bool(_PROSE.search(first))
    return begins or len(_PROSE.findall(line)) > _MOST_WORDS or line.endswith(("?", "？"))


def given_in(text: str) -> dict[str, pint.Quantity]:
    """What a problem says its symbols are: f = 20 cm."""
    given: dict[str, pint.Quantity] = {}
    pattern = (
        r"(?<![/\w])([A-Za-zθαβλ](?:_?\w)?'?)\s*=\s*([-+]?\d+(?:\.\d+)?\s*(?:[°%]|[A-Za-zµΩ]{1,3}(?:/[A-Za-z]+)?\b)?)"
    )
    for symbol, value in re.findall(pattern, plain(text)):
        try:
            node = sides(f"x = {value}")[1]
            if node.is_number:
                given[symbol.replace("_", "")] = value_of(node, {})
        except (NoFormula, CannotTell):
            continue
    return given


def first_wrong_step(
    lines: Sequence[str], given: Mapping[str, pint.Quantity] = {}, formulas: Sequence[CourseFormula] = ()
) -> Checked:  # fmt: skip
    """Checks line by line, each by what stands before it."""
    work = _Work(dict(given), list(formulas), symbols_alone(list(lines)))
    for n, line in enumerate(lines[:MOST_LINES], start=1):
        try:
            wrong = work.read(n, line)
        except NoFormula:
            continue
        if wrong is not None:
            return Checked(wrong, work.worked_out + 1, len(lines), wrong.formula or work.used)
    return Checked(None, work.worked_out, len(lines), work.used)


@dataclass
class _Work:
    """What is known after the lines so far. `known` holds values of symbols, `equations` those with one unknown."""

    given: dict[str, pint.Quantity]
    formulas: list[CourseFormula]
    alone: frozenset[str]
    worked_out: int = 0
    used: CourseFormula | None = None
    known: dict[str, pint.Quantity] = field(default_factory=dict)
    equations: list[tuple[int, Node, Node, str]] = field(default_factory=list)

    def read(self, n: int, line: str) -> Wrong | None:
        chain = sides(line, self.alone)
        shown = self.worked_out
        for wrong in (self._given(n, line, chain), self._formula(n, line, chain), self._equal(n, line, chain)):
            if wrong is not None:
                return wrong
        wrong = self._follows(n, line, chain)
        self._learn(n, chain)
        self.worked_out = min(self.worked_out, shown + 1)
        return wrong

    def _given(self, n: int, line: str, chain: list[Node]) -> Wrong | None:
        """A symbol written down with its value for the first time must have the value that the problem gives."""
        left, right = chain[0], chain[-1]
        if len(chain) != 2 or left.kind != "symbol" or not right.is_number or left.text not in self.given:
            return None
        written, wanted = value_of(right, {}), self.given[left.text]
        try:
            same = equal(written, wanted, rounding_of(right))
        except UnitsClash:
            same = False
        if same or left.text in self.known:
            self.worked_out += same
            return None
        values = {"given": f"{left.text} = {told(wanted)}", "written": f"{left.text} = {told(written)}"}
        return Wrong(n, line, "given", values)

    def _formula(self, n: int, line: str, chain: list[Node]) -> Wrong | None:
        """An equation between the symbols of a rule of the course must be that rule."""
        for left, right in itertools.pairwise(chain):
            symbols = left.symbols | right.symbols
            if left.has_units or right.has_units or len(symbols) < 3:
                continue
            same = [formula for formula in self.formulas if formula.symbols == symbols]
            told_of = [(one, found) for one in same if (found := follows(one, left, right)) is not None]
            if fitting := [one for one, found in told_of if found]:
                self.worked_out += 1
                self.used = fitting[0]
            elif told_of:
                return Wrong(n, line, "formula", {}, told_of[0][0])
        return None

    def _equal(self, n: int, line: str, chain: list[Node]) -> Wrong | None:
        """All sides of the line that can be worked out must come to the same."""
        values: list[tuple[Node, pint.Quantity]] = []
        for side in chain:
            try:
                value = value_of(side, {**self.given, **self.known})
            except CannotTell:
                continue
            for other, before in values:
                try:
                    same = equal(before, value, max(rounding_of(other), rounding_of(side)))
                except UnitsClash:
                    if not (units_are_told(other) and units_are_told(side)):
                        continue
                    return Wrong(n, line, "units", {"left": f"{before.units:~P}", "right": f"{value.units:~P}"})
                if not same:
                    return Wrong(n, line, "unequal", {"left": told(before), "right": told(value)})
            self.worked_out += bool(values)
            values.append((side, value))
        return None

    def _follows(self, n: int, line: str, chain: list[Node]) -> Wrong | None:
        """What the line says of its one unknown must be what the last line with that unknown alone says."""
        for left, right in itertools.pairwise(chain):
            unknown = self._unknown(left, right)
            if unknown is None:
                continue
            before = next((one for one in reversed(self.equations) if one[3] == unknown and one[0] < n), None)
            if before is None:
                continue
            try:
                was = solutions(before[1], before[2], unknown, self._values())
                now = solutions(left, right, unknown, self._values())
            except CannotTell:
                continue
            if not was[0] or not now[0]:
                continue
            self.worked_out += 1
            tolerance = max(rounding_of(left), rounding_of(right), rounding_of(before[1]), rounding_of(before[2]))
            if not all(
                self._among(root, now[1], *was, _INVERSE * tolerance, left, right, unknown) for root in now[0][:1]
            ):
                return Wrong(n, line, "not_following", {"before": before[0]})
        return None

    def _among(
        self, root: float, based: bool, roots: list[float], were_based: bool, tolerance: float, left, right, unknown
    ) -> bool:
        """Whether a solution is one of those before, in the units as written or in base units."""
        candidates = [root]
        bare = next(
            (b for a, b in ((left, right), (right, left)) if a == Node("symbol", unknown) and b.is_number), None
        )
        if bare is not None:
            value = value_of(bare, {})
            candidates = [value.magnitude, value.to_base_units().magnitude] if were_based else [value.magnitude]
        elif based != were_based:
            candidates += [root * 10.0**power for power in range(-9, 10)]
        return any(near(one, other, tolerance) for one in candidates for other in roots)

    def _values(self) -> dict[str, pint.Quantity]:
        return {**self.given, **self.known}

    def _unknown(self, left: Node, right: Node) -> str | None:
        unknown = (left.symbols | right.symbols) - set(self._values()) - {"π"}
        return next(iter(unknown)) if len(unknown) == 1 else None

    def _learn(self, n: int, chain: list[Node]) -> None:
        first, last = chain[0], chain[-1]
        for left, right in itertools.pairwise(chain):
            if (unknown := self._unknown(left, right)) is not None:
                self.equations.append((n, left, right, unknown))
        if first.kind != "symbol":
            return
        try:
            value = value_of(last, self._values())
        except CannotTell:
            return
        if first.text not in self.known or self.known[first.text].unitless:
            self.known[first.text] = value


def units_are_told(side: Node) -> bool:
    """Whether no number lacks its unit, but for small ones and halves, which are only factors."""
    if side.kind == "number":
        return bool(side.unit) or side.text in ("0.5", "1", "2", "3", "4")
    parts = side.parts[:1] if side.kind == "^" else side.parts
    return all(units_are_told(part) for part in parts)


def follows(formula: CourseFormula, left: Node, right: Node) -> bool | None:
    """Whether an equation says the same as a formula, tried with values; None when that cannot be told."""
    chance = random.Random(7)
    unknown = sorted(formula.symbols)[-1]
    for _ in range(_TRIALS):
        known = {name: chance.uniform(1.1, 1.9) * unit_of("") for name in sorted(formula.symbols) if name != unknown}
        try:
            wanted = solutions(formula.left, formula.right, unknown, known)[0]
            found = solutions(left, right, unknown, known)[0]
        except CannotTell:
            return None
        if not wanted or not found:
            continue
        if not any(near(one, other, 1e-6) for one in wanted for other in found):
            return False
    return True


def told(value: pint.Quantity) -> str:
    """The value as a student writes it."""
    unit = f"{value.units:~P}".replace("deg", "°")
    return f"{value.magnitude:.4g} {unit}".strip()
