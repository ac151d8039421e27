"""The physics behind the drawings: every ray in the course's figures comes from these few formulae.

Real is positive: u, v > 0 for real objects and images, f > 0 for converging lenses and concave mirrors. Angles are
in degrees. Lengths carry no unit of their own.
"""

from math import asin, cos, degrees, radians, sin, sqrt

INDICES = {  # yellow sodium light, 589 nm
    "Vacuum": 1.0, "Air": 1.0003, "Ice": 1.31, "Water": 1.333, "Ethanol": 1.36, "Glycerol": 1.47,
    "Acrylic glass": 1.49, "Crown glass": 1.52, "Flint glass": 1.62, "Sapphire": 1.77, "Diamond": 2.42,
}
CROWN = {"red": (656, 1.514), "yellow": (588, 1.517), "blue": (486, 1.522), "violet": (405, 1.530)}  # nm, index
LIGHT_KM_S = 299_792.458


def image_distance(u: float, f: float) -> float:
    return 1 / (1 / f - 1 / u)


def magnification(u: float, f: float) -> float:
    return image_distance(u, f) / u


def refracted(angle: float, n1: float, n2: float) -> float | None:
    """The angle of refraction, or None where all light is reflected."""
    s = n1 * sin(radians(angle)) / n2
    return degrees(asin(s)) if abs(s) <= 1 else None


def critical_angle(n1: float, n2: float = 1.0) -> float:
    return degrees(asin(n2 / n1))


def least_deviation(n: float, apex: float) -> float:
    """The least angle by which a prism turns a ray."""
    return 2 * degrees(asin(n * sin(radians(apex / 2)))) - apex


def refract(direction, normal, n1, n2):
    """Snell's law for unit vectors in the plane; the normal points against the ray."""
    dx, dy = direction
    nx, ny = normal
    c = -(dx * nx + dy * ny)
    r = n1 / n2
    k = 1 - r * r * (1 - c * c)
    if k < 0:
        return None
    a = r * c - sqrt(k)
    return r * dx + a * nx, r * dy + a * ny


def after_lens(point, direction_slope, f):
    """The slope of a ray behind a thin lens that it meets at height point[1]."""
    return direction_slope - point[1] / f


def heading(angle: float) -> tuple[float, float]:
    return cos(radians(angle)), sin(radians(angle))
