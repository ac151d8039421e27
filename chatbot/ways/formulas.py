"""Lines of a student's work, typed, read from a photograph or in LaTeX, as trees that can be worked out.

Nothing typed is ever evaluated as a program: a small grammar of numbers with units, symbols, + - * / ^ and a few functions
is read here, and everything else is no formula.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from chatbot.learning.quantities import is_unit

LONGEST = 200  # characters of a line
_MOST_TOKENS = 80
_FUNCTIONS = ("arcsin", "arccos", "arctan", "asin", "acos", "atan", "sin", "cos", "tan", "sqrt")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_UNIT = r"(?:[°%]|[A-Za-zµΩ]{1,4}(?:\^-?\d)?(?:/[A-Za-zµ]{1,3}(?:\^?\d)?)?|degrees?|dioptres?)"
_TOKEN = re.compile(
    rf"""(?P<number>\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?P<gap>\s*)(?P<unit>{_UNIT}(?![A-Za-z0-9_(']))?
    |(?P<function>{"|".join(_FUNCTIONS)})(?![A-Za-df-z_])
    |(?P<symbol>[A-Za-zα-ωΑ-Ω](?:_\{{?\w{{1,6}}\}}?|\d(?!\.?\d))?'?)
    |(?P<sign>[-+*/^()])""",
    re.VERBOSE,
)
_LATEX = (
    (re.compile(r"\\(?:text|mathrm|operatorname)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\\d?frac\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{((?:[^{}]|\{[^{}]*\})*)\}"), r"((\1)/(\2))"),
    (re.compile(r"\\sqrt\s*\{([^{}]*)\}"), r"sqrt(\1)"),
    (re.compile(r"\^\s*\{?\\circ\}?"), "°"),
    (re.compile(r"\\(?:cdot|times)\b"), "*"),
    (re.compile(r"\\(?:approx|simeq)\b"), "="),
    (re.compile(r"\\[,;:! ]|\\(?:left|right|quad)\b|~|\$"), " "),
    (re.compile(r"\^\{([-+]?\w+)\}"), r"^\1"),
)
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "mu": "μ", "rho": "ρ", "phi": "φ", "varphi": "φ",
    "omega": "ω", "pi": "π", "Delta": "Δ", "Theta": "Θ", "Omega": "Ω",
}  # fmt: skip

Kind = Literal["number", "symbol", "call", "negative", "+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Node:
    """A tree. `text` is a number, a symbol or a function's name; `unit` is that of a number."""

    kind: Kind
    text: str = ""
    unit: str = ""
    parts: tuple[Node, ...] = ()

    @property
    def symbols(self) -> frozenset[str]:
        own = frozenset((self.text,)) if self.kind == "symbol" else frozenset()
        return own.union(*(part.symbols for part in self.parts))

    @property
    def has_units(self) -> bool:
        return bool(self.unit) or any(part.has_units for part in self.parts)

    @property
    def is_number(self) -> bool:
        return self.kind == "number" or (self.kind == "negative" and self.parts[0].is_number)


class NoFormula(ValueError):
    """What was typed is not in the grammar."""


def plain(text: str) -> str:
    """The line with LaTeX, superscripts and other writings of the same signs in one form."""
    text = re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", lambda m: "^" + m[1].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text)
    for _ in range(3):  # fractions stand in fractions
        for pattern, instead in _LATEX:
            text = pattern.sub(instead, text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: f" {_GREEK.get(m[1], m[1])}", text)
    text = text.translate(
        str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "≈": "=", "≃": "=", "′": "'"})
    )
    text = re.sub(r"√\s*(\d+(?:\.\d+)?)", r"sqrt(\1)", text).replace("**", "^").replace("√", "sqrt")
    text = re.sub(r"(\d+(?:\.\d+)?)\s*\*\s*10\s*\^\s*([-+]?\d+)", r"\1e\2", text)  # one number, whatever divides it
    text = re.sub(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+)(?![\d,])", lambda m: m[1].replace(",", ""), text)
    return re.sub(r"(?<=\d),(?=\d)", ".", text)


def sides(line: str, alone: frozenset[str] = frozenset()) -> list[Node]:
    """The sides of a chain of equals, one after the other. Raises NoFormula.

    `alone` are symbols that are known to be used; a letter among them straight behind a number multiplies it.
    """
    parts = plain(line).split("=")
    if len(line) > LONGEST or len(parts) < 2 or any(not part.strip() for part in parts):
        raise NoFormula(line)
    return [_Reader(part, alone).whole() for part in parts]


def symbols_alone(lines: list[str]) -> frozenset[str]:
    """The letters that stand for something in these lines: those that are set equal to something."""
    pattern = re.compile(r"(?:^|[=,;:(/*+-])\s*([A-Za-zα-ω](?:_\{?\w+\}?|\d)?'?)\s*(?=[=/*+)^-])")
    return frozenset(_name(found) for line in lines for found in pattern.findall(plain(line)))


def _name(symbol: str) -> str:
    return symbol.replace("{", "").replace("}", "").replace("_", "")


class _Reader:
    """Reads one side by precedence: + -, then * / and what stands side by side, then signs, then powers."""

    def __init__(self, text: str, alone: frozenset[str]) -> None:
        self._alone = alone
        self._tokens = self._split(text.strip().rstrip(".,;:"))
        self._at = 0

    def whole(self) -> Node:
        found = self._sum()
        if self._at != len(self._tokens):
            raise NoFormula(self._tokens[self._at].text)
        return found

    def _split(self, text: str) -> list[Node]:
        tokens: list[Node] = []
        while text:
            found = _TOKEN.match(text)
            if found is None or len(tokens) > _MOST_TOKENS:
                raise NoFormula(text)
            end = found.end()
            if number := found["number"]:
                unit = found["unit"] or ""
                if unit and not self._takes(unit, bool(found["gap"])):
                    unit, end = "", found.end("number")
                tokens.append(Node("number", number, unit))
            elif found["function"]:
                tokens.append(Node("call", found["function"]))
            elif found["symbol"]:
                tokens.append(Node("symbol", _name(found["symbol"])))
            else:
                tokens.append(Node("symbol", found["sign"]))
            text = text[end:].lstrip()
        if not tokens:
            raise NoFormula("")
        return tokens

    def _takes(self, unit: str, gap: bool) -> bool:
        known = unit in ("A", "degree", "degrees") or is_unit(unit)
        return known and (gap or unit not in self._alone)

    def _sign(self, *signs: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at].text in signs:
            self._at += 1
            return self._tokens[self._at - 1].text
        return ""

    def _sum(self) -> Node:
        left = self._product()
        while sign := self._sign("+", "-"):
            left = Node(sign, parts=(left, self._product()))
        return left

    def _product(self) -> Node:
        left = self._signed()
        while self._at < len(self._tokens) and self._tokens[self._at].text not in ("+", "-", ")"):
            sign = self._sign("*", "/") or "*"
            left = Node(sign, parts=(left, self._signed()))
        return left

    def _signed(self) -> Node:
        if sign := self._sign("-", "+"):
            inner = self._signed()
            return Node("negative", parts=(inner,)) if sign == "-" else inner
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if not self._sign("^"):
            return base
        power = self._signed()
        if power.kind == "number" and power.unit:  # 10^8 m/s: the unit belongs to the whole
            raised = Node("^", parts=(base, Node("number", power.text)))
            return Node("*", parts=(raised, Node("number", "1", power.unit)))
        return Node("^", parts=(base, power))

    def _atom(self) -> Node:
        if self._at >= len(self._tokens):
            raise NoFormula("")
        token = self._tokens[self._at]
        self._at += 1
        if token.text == "(":
            inner = self._sum()
            if not self._sign(")"):
                raise NoFormula("(")
            return inner
        if token.kind == "call":
            return Node("call", token.text, parts=(self._power(),))
        if token.text in ("*", "/", "^", ")", "+", "-"):
            raise NoFormula(token.text)
        return token
