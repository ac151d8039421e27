"""Pictures for the slides: Porro prisms, chromatic and spherical aberration, both traced exactly."""

import numpy as np
from house import GLASS, SOFT, TEAL, WARM, axis_line, dot, lens, ray, say, sheet
from matplotlib.patches import Polygon
from optics import CROWN, critical_angle, refract

SIZE = (200, 104)
HUES = {"red": "#c8322b", "blue": "#2463c4"}


def porro():
    """One right-angled prism that turns light back by two total reflections, and the angles that allow it."""
    figure, axes = sheet(*SIZE, (-8, 142), (13, 91))
    axes.add_patch(Polygon([(80, 14.5), (80, 89.5), (117.5, 52)], fc=GLASS, ec=TEAL, lw=1.6))
    for y in (64.0, 72.0, 80.0):
        x, low = 80 + (89.5 - y), 104 - y
        ray(axes, (14, y), (x, y), (x, low), (14, low), heads=(0.5,), width=1.5)
        if y == 72.0:
            for at, turn in ((y, 1), (low, -1)):
                axes.plot([x - 9, x + 9], [at - 9 * turn, at + 9 * turn], color=SOFT, lw=1, ls=(0, (4, 3)))
                say(axes, x + 10, at + 10.5 * turn, "normal", size=12, color=SOFT, ha="left")
    say(axes, 2, 84.5, "light in", size=13, ha="left", color=TEAL)
    say(axes, 2, 19.5, "light out, upside down", size=13, ha="left", color=TEAL)
    say(axes, 120, 55, "Porro prism", size=13, bold=True, ha="left")
    say(axes, 120, 49, f"45° > {critical_angle(1.52):.0f}°", size=13, ha="left")
    return figure


def sphere_trace(h, n, radius):
    """Trace a ray at height h through a plano-convex lens, curved side last; returns bend point and slope."""
    x = np.sqrt(radius ** 2 - h ** 2) - radius      # the back face x(h), vertex at x = 0
    normal = -np.array((np.sqrt(radius ** 2 - h ** 2), h)) / radius
    out = refract((1.0, 0.0), normal, n, 1.0)
    return x, out[1] / out[0]


def aberrations():
    figure, axes = sheet(*SIZE, (0, 200), (0, 104))
    y0, x0, f = 79, 34, 92.0
    lens(axes, x0, 18, bulge=3.4, at=y0)
    axis_line(axes, 6, 196, y0)
    middle = CROWN["yellow"][1]
    for colour, hue in HUES.items():
        n = middle + 9 * (CROWN[colour][1] - middle)
        focus = f * (middle - 1) / (n - 1)
        for h in (14.0, -14.0):
            ray(axes, (x0, y0 + h), (x0 + focus * 1.35, y0 - 0.35 * h), color=hue, heads=(0.3,), width=1.4)
        dot(axes, x0 + focus, y0, color=hue, size=6)
        say(axes, x0 + focus, y0 - 7 if colour == "blue" else y0 + 7, f"{colour} focus", color=hue, size=12)
    for h in (14.0, -14.0):
        ray(axes, (6, y0 + h), (x0, y0 + h), color="#4a545c", width=1.4)
    say(axes, 194, 97, "chromatic aberration", size=14, bold=True, ha="right")

    y0, x0, radius = 26, 40, 48.0
    t = np.linspace(-22, 22, 60)
    face = np.sqrt(radius ** 2 - t ** 2) - radius
    axes.fill(np.r_[x0 + face, [x0 - 6, x0 - 6]], np.r_[y0 + t, [y0 + 22, y0 - 22]], fc=GLASS, ec=TEAL, lw=1)
    axis_line(axes, 6, 196, y0)
    for h in (5.0, 10.0, 15.0, 20.0):
        for sign in (1, -1):
            x, slope = sphere_trace(h * sign, 1.52, radius)
            crossing = x0 + x - h * sign / slope
            end = min(crossing + 34, 188)
            hue = WARM if h > 14 else TEAL
            axes.plot([6, x0 + x, end], [y0 + h * sign, y0 + h * sign, y0 + h * sign + slope * (end - x0 - x)], color=hue, lw=1.3)
    say(axes, 194, 47, "spherical aberration", size=14, bold=True, ha="right")
    say(axes, 194, 6, "rays from the rim meet nearer to the lens", size=12, ha="right", color=WARM)
    return figure


FIGURES = {"porro": porro, "aberrations": aberrations}
