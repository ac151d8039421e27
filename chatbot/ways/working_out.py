"""Trees of formulas worked out: values with units by pint, unknowns by sympy. Bounded, so that nothing typed takes long."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pint
import sympy

from chatbot.learning.quantities import unit_of
from chatbot.ways.formulas import Node

_MOST_POWER = 9
_MOST_DEGREE = 4
_CALLS = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "sqrt": math.sqrt, "arcsin": math.asin, "asin": math.asin,
    "arccos": math.acos, "acos": math.acos, "arctan": math.atan, "atan": math.atan,
}  # fmt: skip
_CONSTANTS = {"π": math.pi}
_NEAR = 0.006  # the rounding to three figures, once more
_X = sympy.Symbol("x")

Values = Mapping[str, pint.Quantity]


class CannotTell(ValueError):
    """The tree has no value that can be worked out: unknown symbols, a root of a negative number, units that do not add."""


class UnitsClash(CannotTell):
    """Metres were added to seconds."""


def value_of(node: Node, known: Values) -> pint.Quantity:
    """Raises CannotTell."""
    try:
        found = _value(node, known)
    except pint.DimensionalityError as error:
        raise UnitsClash(str(error)) from error
    except (ArithmeticError, ValueError, TypeError, pint.PintError) as error:
        raise CannotTell(str(error)) from error
    if not math.isfinite(found.magnitude) or abs(found.magnitude) > 1e30:
        raise CannotTell("too large")
    return found


def _value(node: Node, known: Values) -> pint.Quantity:
    match node.kind:
        case "number":
            return float(node.text) * (unit_of(node.unit) if node.unit else unit_of(""))
        case "symbol":
            if node.text in _CONSTANTS and node.text not in known:
                return _CONSTANTS[node.text] * unit_of("")
            if node.text not in known:
                raise CannotTell(node.text)
            return known[node.text]
        case "negative":
            return -_value(node.parts[0], known)
        case "call":
            return _called(node.text, _value(node.parts[0], known))
    left, right = (_value(part, known) for part in node.parts)
    match node.kind:
        case "+" | "-":
            left, right = _alike(left, right)
            return left + right if node.kind == "+" else left - right
        case "*":
            return left * right
        case "/":
            return left / right
    if not right.dimensionless or abs(right.magnitude) > _MOST_POWER or abs(left.magnitude) > 1e12:
        raise CannotTell("power")
    return left ** right.to("").magnitude


def _alike(left: pint.Quantity, right: pint.Quantity) -> tuple[pint.Quantity, pint.Quantity]:
    """Arithmetic that leaves one unit out is taken to be in the other's."""
    if left.unitless and not right.unitless:
        return left.magnitude * right.units, right
    if right.unitless and not left.unitless:
        return left, right.magnitude * left.units
    return left, right


def _called(name: str, inner: pint.Quantity) -> pint.Quantity:
    if name == "sqrt":
        return inner**0.5 if inner.magnitude >= 0 else _none()
    if name in ("sin", "cos", "tan") and inner.unitless and abs(inner.magnitude) > 2 * math.pi:
        inner = inner.magnitude * unit_of("degree")  # nobody writes the sine of 45 radians
    found = _CALLS[name](inner.to("radian").magnitude if name in ("sin", "cos", "tan") else inner.to("").magnitude)
    return math.degrees(found) * unit_of("degree") if name.startswith("a") else found * unit_of("")


def _none() -> pint.Quantity:
    raise CannotTell("root of a negative number")


def near(a: float, b: float, tolerance: float = _NEAR) -> bool:
    return abs(a - b) <= max(tolerance * max(abs(a), abs(b)), 1e-12)


def rounding_of(node: Node) -> float:
    """How far a value may be off because it was rounded as it is written: half of its last place."""
    if not node.is_number:
        return _NEAR
    number = node.text or node.parts[0].text
    mantissa = number.partition("e")[0]
    value, decimals = float(mantissa), len(mantissa.partition(".")[2])
    if not value or (value < 10 and not decimals):
        return _NEAR  # a small whole number is meant as it stands
    return max(_NEAR, 0.5 * 10.0**-decimals / value)


def equal(a: pint.Quantity, b: pint.Quantity, tolerance: float = _NEAR) -> bool:
    """Alike within rounding; a side without a unit is taken to be in the other's. Raises UnitsClash."""
    if a.unitless or b.unitless:
        if near(a.magnitude, b.magnitude, tolerance):
            return True
        if not (a.dimensionless and b.dimensionless):
            return near(a.to_base_units().magnitude, b.to_base_units().magnitude, tolerance)
    try:
        return near(a.to(b.units).magnitude, b.magnitude, tolerance)
    except pint.DimensionalityError as error:
        raise UnitsClash(str(error)) from error


def solutions(left: Node, right: Node, unknown: str, known: Values) -> tuple[list[float], bool]:
    """The real values of the unknown for which both sides are equal, and whether they are in base units rather than as written.

    Raises CannotTell when the unknown does not stand in it in a way that comes to a polynomial of small degree.
    """
    based = left.has_units or right.has_units
    atoms: set[str] = set()
    difference = _symbolic(left, unknown, known, based, atoms) - _symbolic(right, unknown, known, based, atoms)
    if len(atoms) != 1:
        raise CannotTell(unknown)
    numerator = sympy.together(difference).as_numer_denom()[0]
    try:
        polynomial = sympy.Poly(sympy.expand(numerator), _X)
    except sympy.PolynomialError as error:
        raise CannotTell(unknown) from error
    if not 1 <= polynomial.degree() <= _MOST_DEGREE:
        raise CannotTell(unknown)
    roots = [float(sympy.re(root)) for root in polynomial.nroots(n=15) if abs(sympy.im(root)) < 1e-9]
    atom = atoms.pop()
    return [found for root in roots for found in _undone(atom, root)], based and atom not in ("sin", "cos", "tan")


def _undone(atom: str, root: float) -> list[float]:
    """The unknown where its atom (itself, or a function of it) has this value; angles in degrees, 0 to 180."""
    if atom == "":
        return [root]
    if atom == "sqrt":
        return [root**2] if root >= 0 else []
    if atom in ("sin", "cos") and abs(root) > 1:
        return []
    inverse = {"sin": math.asin, "cos": math.acos, "tan": math.atan}.get(atom)
    if inverse is None:
        raise CannotTell(atom)
    angle = math.degrees(inverse(root))
    return [angle, 180 - angle] if atom == "sin" else [angle]


def _symbolic(node: Node, unknown: str, known: Values, based: bool, atoms: set[str]) -> sympy.Expr:
    if unknown not in node.symbols:
        found = value_of(node, known)
        magnitude = found.to_base_units().magnitude if based else found.magnitude
        return sympy.Rational(repr(float(magnitude)))
    match node.kind:
        case "symbol":
            atoms.add("")
            return _X
        case "negative":
            return -_symbolic(node.parts[0], unknown, known, based, atoms)
        case "call" if node.parts[0] == Node("symbol", unknown):
            atoms.add(node.text)
            return _X
        case "+" | "-" | "*" | "/":
            left, right = (_symbolic(part, unknown, known, based, atoms) for part in node.parts)
            if node.kind == "/" and right == 0:
                raise CannotTell("division by nothing")
            return {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right != 0 else left}[
                node.kind
            ]
        case "^" if node.parts[1].kind == "number" and node.parts[1].text in ("2", "3"):
            return _symbolic(node.parts[0], unknown, known, based, atoms) ** int(node.parts[1].text)
    raise CannotTell(unknown)
