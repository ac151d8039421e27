"""Worked examples of a text, worked out again: what is asked for, its value from the example's own arithmetic, and the question.

An example counts only when its arithmetic, evaluated here with units, comes to the result that it states: a key is then computed
and written down alike. Formulae are those of Markdown, between dollar signs; of LaTeX only what arithmetic needs is read.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pint

from chatbot.learning.quantities import unit_of
from chatbot.learning.questions import Key

_EXAMPLE = re.compile(r"(?:\*\*)?(?:Worked e|E)xample\.?(?:\*\*)?[.:]?\s+(.+?)(?=\n\s*\n|\Z)", re.DOTALL)
_SPAN = re.compile(r"(?<!\$)\$([^$]+)\$(?!\$)")
_SYMBOL = re.compile(r"(?:\\[a-z]+|[A-Za-z])(?:_\{?\w+\}?)?'?")
_RESULT = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:\\[ ,]\s*\\text\{([^}]*)\}|(\^\\circ))?")
_LINKS = re.compile(r"^[\s,.;:]*(?:and|so|hence|then|thus|which means|together)?[\s,]*", re.I)
_NEAR = 0.02  # how near the arithmetic must come to what is stated, which is rounded
_FUNCTIONS = {"sin": math.sin, "cos": math.cos, "tan": math.tan, "arcsin": math.asin, "sqrt": math.sqrt}


@dataclass(frozen=True, slots=True)
class Worked:
    """A question that an example answers: its text, the key and the example word for word."""

    text: str
    key: Key
    quote: str


def worked_examples(text: str, heading: str) -> list[Worked]:
    return [found for example in _EXAMPLE.finditer(text) if (found := _worked(example[1].strip(), heading))]


def _worked(example: str, heading: str) -> Worked | None:
    spans = list(_SPAN.finditer(example))
    for last in reversed(spans):
        sides = [side.strip() for side in last[1].split("=")]
        stated = _RESULT.fullmatch(sides[-1].replace("−", "-"))
        if len(sides) < 2 or stated is None or not _SYMBOL.fullmatch(sides[0]):
            continue
        first = next((span for span in spans if _derives(span[1], sides[0], stated)), None)
        if first is None:
            continue
        given = _given(example[: first.start()])
        if given is None:
            return None
        rest = "" if first is last else _LINKS.sub("", example[first.end() : last.start()])
        after = re.split(r"(?<=[.:;,])\s", example[last.end() :], maxsplit=1)[0].rstrip(".:;, ")
        asked = f"{rest[:1].upper()}{rest[1:]}${sides[0]} = {{?}}${after}." if rest or after else ""
        words = [
            part for part in (f"{heading}: {given}" if heading else given, asked, f"What is ${sides[0]}$?") if part
        ]
        unit = "°" if stated[3] else (stated[2] or "")
        return Worked(" ".join(words), Key(float(stated[1]), unit, 0.02), example)
    return None


def _given(text: str) -> str | None:
    """What is given, as a sentence: the text before the arithmetic, if it ends where a sentence may."""
    plain = re.sub(r"[\s,]*\b(?:Then|So|Hence|Together they have|A tooth at)\s*$", "", text).strip()
    if len(plain) < 12 or not re.search(r"\d", plain) or not plain.endswith((".", ":")):
        return None
    return plain.rstrip(":.") + "."


def _derives(formula: str, symbol: str, stated: re.Match[str]) -> bool:
    """Whether a chain of equal sides, evaluated, gives the symbol the stated value: some side must be real arithmetic."""
    sides = [side.strip() for side in formula.split("=")]
    unit = "degree" if stated[3] else stated[2] or ""
    wanted = float(stated[1])
    return any(
        _same(found, wanted, unit)
        for side in sides[1:] if re.search(r"\d.*(?:/|\\cdot|\\frac|[+-])", side)
        for found in _solved(sides[0], symbol, side)
    )  # fmt: skip


def _solved(left: str, symbol: str, side: str) -> Iterator[pint.Quantity]:
    """What the symbol is where left = side, for a left of v, 1/v or sin v."""
    value = _value(side)
    if value is None:
        return
    bare = left.replace(" ", "")
    if bare == symbol:
        yield value
    elif bare == f"1/{symbol}" and value.magnitude:
        yield 1 / value
    elif bare in (f"\\sin{symbol}", f"\\sin({symbol})") and value.dimensionless and abs(value.to("").magnitude) <= 1:
        yield unit_of("degree") * math.degrees(math.asin(value.to("").magnitude))


def _same(found: pint.Quantity, wanted: float, unit: str) -> bool:
    """Alike within the rounding; arithmetic that leaves its units out is taken to be in the stated one."""
    try:
        value = (
            found.to(unit_of(unit)).magnitude if not found.dimensionless or unit == "degree" else found.to("").magnitude
        )
    except (pint.PintError, TypeError):
        return False
    return abs(value - wanted) <= _NEAR * abs(wanted)


def _value(side: str) -> pint.Quantity | None:
    source = side.replace("−", "-")
    source = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", source)
    source = re.sub(r"\\(sin|cos|tan|arcsin)\s*\(?(\d+(?:\.\d+)?)(\^\\circ)?\)?", _call, source)
    source = (
        source.replace("^\\circ", " * U('degree')").replace("\\cdot", "*").replace("\\times", "*").replace("^", "**")
    )
    source = re.sub(r"(?:\\[ ,]\s*)?\\text\{([^{}']*)\}", r" * U('\1')", source)
    source = re.sub(r"\\[ ,]", " ", source).strip()
    try:
        return unit_of("") * 1 * _computed(ast.parse(source, mode="eval").body)
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, pint.PintError):
        return None


def _call(found: re.Match[str]) -> str:
    return f"{found[1]}({found[2]}{' * U(' + repr('degree') + ')' if found[3] else ''})"


def _computed(node: ast.expr):
    """Plain arithmetic on numbers and quantities. Raises ValueError for anything else."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool) and abs(number) < 1e15:
            return number
        case ast.Call(func=ast.Name(id="U"), args=[ast.Constant(value=str() as unit)], keywords=[]):
            return 1 * unit_of(unit)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _FUNCTIONS:
            value = _computed(inner)
            return _FUNCTIONS[name](value.to("radian").magnitude if isinstance(value, pint.Quantity) else value)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            return -_computed(inner) if isinstance(sign, ast.USub) else _computed(inner)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)) if abs(power) <= 12:
            return _computed(left) ** power
        case ast.BinOp(left=left, op=operation, right=right):
            a, b = _computed(left), _computed(right)
            match operation:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
    raise ValueError(ast.dump(node))
