"""Numbers with units as students type them, compared exactly: sympy for the number, pint for the unit.

Neither library ever evaluates a student's text: numbers go through a parser of our own, units through pint's, in a short
alphabet and with small powers, so that nothing typed can run or take long.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import pint
import sympy

from chatbot.learning.questions import Key

_LONGEST = 80
_MOST_EXPONENT = 60
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_BEFORE = r"^(?:\s|=|≈|~|\b(?:it is|it's|is|about|approximately|roughly)\b|[A-Za-z]{1,2}\s*=|大约|约|是|等于)*"
_NUMBER = re.compile(_BEFORE + r"((?:[-+*/^().eE\d\s×·√π]|sqrt|pi)+)")
_UNIT = re.compile(r"[A-Za-zµμΩ°%/*^.\d\s()-]{0,40}")
_NAMES = {"°C": "degC", "°F": "degF", "°": "degree", "%": "percent", "Ω": "ohm", "μ": "µ"}
_TENFOLD = 1e-6  # how near a power of ten a wrong value must be to be a slip of a prefix


@dataclass(frozen=True, slots=True)
class Compared:
    """How near a typed quantity is. `code`: "right", "unit_missing", "unit_wrong", "tenfold", "value_wrong", "unreadable"."""

    score: float
    code: str


def compare(typed: str, key: Key) -> Compared:
    """Full credit within the tolerance in any fitting unit, half for a forgotten unit, a quarter for a slipped power of ten."""
    if (parsed := read_quantity(typed)) is None:
        return Compared(0.0, "unreadable")
    value, unit = parsed
    wanted = _units().Quantity(key.value, _units().parse_units(_unit_text(key.unit)))
    if key.unit and not unit:
        near = _near(value, key.value, key.tolerance)
        return Compared(0.5, "unit_missing") if near else Compared(0.0, "value_wrong")
    try:
        got = _units().Quantity(value, _units().parse_units(_unit_text(unit))).to(wanted.units).magnitude
    except (pint.PintError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        # Whatever pint cannot make of a typed unit, it is not the one asked for.
        return Compared(0.0, "unit_wrong")
    if _near(got, key.value, key.tolerance):
        return Compared(1.0, "right")
    return Compared(0.25, "tenfold") if _tenfold(got, key.value, key.tolerance) else Compared(0.0, "value_wrong")


def read_quantity(typed: str) -> tuple[float, str] | None:
    """The value and the unit's text; None when it does not begin with a number."""
    plain = unicodedata.normalize(
        "NFKC", re.sub(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", lambda m: "^" + m[1].translate(_SUPERSCRIPTS), typed)
    )
    plain = plain.strip().replace("−", "-").replace("–", "-").replace("μ", "µ")
    if not plain or len(plain) > _LONGEST:
        return None
    plain = _decimal_point(plain)
    if (found := _NUMBER.match(plain)) is None:
        return None
    number = found[1]
    while number.strip():
        # The number may have swallowed the first letters or signs of the unit ("5 eV", "20 /s"): give them back one by one.
        value = _value(number)
        if value is not None:
            unit = plain[found.start(1) + len(number) :].strip().rstrip(".")
            return (value, unit) if _UNIT.fullmatch(unit) or unit in _NAMES else None
        number = number[:-1]
    return None


_NO_UNITS = frozenset(
    "a in at as are am an do be us pm m2 the and to of on is or it no so if by we he me my up go hat bar year years".split()
)


def is_unit(text: str) -> bool:
    """Whether a word after a number in running text is a unit, not a word that happens to spell one."""
    if text in _NAMES:
        return True
    plain = text.replace("μ", "µ")
    if plain.lower() in _NO_UNITS or not _UNIT.fullmatch(plain):
        return False
    try:
        return not _units().parse_units(_unit_text(plain)).dimensionless
    except Exception:  # whatever pint cannot make of a word of the text, it is no unit
        return False


def unit_of(text: str) -> pint.Unit:
    """A unit as pint knows it. Raises pint.PintError, or ValueError for what is none."""
    return _units().parse_units(_unit_text(text))


def _decimal_point(text: str) -> str:
    """A comma between thousands goes away, any other between digits is a decimal comma."""
    text = re.sub(r"(?<![\d.,])(\d{1,3}(?:,\d{3})+)(?![\d,])", lambda m: m[1].replace(",", ""), text)
    return re.sub(r"(?<=\d),(?=\d)", ".", text)


def _value(number: str) -> float | None:
    source = number.replace("×", "*").replace("·", "*").replace("^", "**").replace("π", "pi")
    source = re.sub(r"√\s*(\d+(?:\.\d+)?)", r"sqrt(\1)", source).strip()
    try:
        value = _exact(ast.parse(source, mode="eval").body)
        return float(value) if value is not None and value.is_real and value.is_finite else None
    except (SyntaxError, ValueError, OverflowError, RecursionError, ZeroDivisionError, TypeError):
        return None


def _exact(node: ast.expr) -> sympy.Expr | None:
    """A tree of plain arithmetic as an exact number; None for anything else."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return sympy.Rational(str(number))
        case ast.Name(id="pi"):
            return sympy.pi
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner], keywords=[]):
            found = _exact(inner)
            return None if found is None else sympy.sqrt(found)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            found = _exact(inner)
            return None if found is None else -found if isinstance(sign, ast.USub) else found
        case ast.BinOp(left=left, op=operation, right=right):
            return _combined(_exact(left), operation, _exact(right))
    return None


def _combined(left: sympy.Expr | None, operation: ast.operator, right: sympy.Expr | None) -> sympy.Expr | None:
    if left is None or right is None:
        return None
    match operation:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right if right != 0 else None
        case ast.Pow():
            return left**right if abs(right) <= _MOST_EXPONENT and abs(left) <= 1e9 else None
    return None


def _unit_text(unit: str) -> str:
    if unit.strip() == "D":
        return "dioptre"  # pint's D is the debye, which no course on lenses means
    for shown, name in _NAMES.items():
        unit = unit.replace(shown, name)
    # No power above 9: pint would take its time over m^99999999.
    if re.search(r"[\^*-]\s*\d\d", unit) or not _UNIT.fullmatch(unit):
        return "not_a_unit"
    if unit.startswith("/"):
        unit = f"1{unit}"
    return re.sub(r"(?<=[A-Za-zµ])\s+(?=[A-Za-zµ])", "*", re.sub(r"(?<=[a-zµ])(-?\d)", r"^\1", unit))


@cache
def _units() -> pint.UnitRegistry:
    registry = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    registry.define("dioptre = 1 / meter = dpt = dioptres = diopter = diopters")
    return registry


def _near(value: float, wanted: float, tolerance: float) -> bool:
    return abs(value - wanted) <= max(tolerance * abs(wanted), 1e-12)


def _tenfold(value: float, wanted: float, tolerance: float) -> bool:
    if value * wanted <= 0:
        return False
    return any(_near(value * 10.0**power, wanted, max(tolerance, _TENFOLD)) for power in (*range(-9, 0), *range(1, 10)))
