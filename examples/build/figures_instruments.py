"""Pictures for the slides: camera, depth of field, magnifier, microscope, telescopes, binoculars, aberrations."""

import numpy as np
from house import GLASS, INK, PALE, SOFT, TEAL, WARM, arrow, axis_line, backwards, dot, eye, lens, ray, say, sheet, span
from matplotlib.patches import Rectangle
from optics import image_distance

SIZE = (200, 104)
AMBER = "#d08a2e"


def camera():
    figure, axes = sheet(*SIZE, (-82, 58), None)
    axes.add_patch(Rectangle((-6, -24), 48, 48, fc="#f1f3f4", ec=INK, lw=1.6, zorder=0))
    axes.add_patch(Rectangle((-6.6, -11.5), 1.4, 23, fc="white", ec="none", zorder=1))
    f, stop = 30.0, 9.0
    lens(axes, 0, 13, bulge=2.2)
    for sign in (1, -1):
        axes.add_patch(Rectangle((3.6, sign * stop if sign > 0 else -16), 1.2, 16 - stop, fc=INK, ec="none", zorder=4))
    near = 72.0
    for y in (-8.0, 0.0, 8.0):
        ray(axes, (-80, y), (0, y), (f, 0), color=TEAL, heads=(0.5,), width=1.4)
        v = image_distance(near, f)
        ray(axes, (-near, 0), (0, y), color=AMBER, heads=(0.5,), width=1.1)
        axes.plot([0, min(v, 42)], [y, y * (1 - min(v, 42) / v)], color=AMBER, lw=1.1, zorder=3)
    axes.plot([f] * 2, [-14, 14], color=INK, lw=4, zorder=2)
    dot(axes, -near, 0, color=AMBER, size=6)
    say(axes, -near - 6, -4.6, "from a near object", ha="left", color=AMBER, size=12)
    say(axes, -78, 11.6, "from a distant object", ha="left", color=TEAL, size=12)
    say(axes, 0, 18, "lens", size=12)
    say(axes, 4.2, -19.6, "diaphragm", size=12)
    say(axes, f + 1, 18, "sensor", size=12)
    return figure


def depth():
    """The blur of a point nearer than the focused plane, at two apertures."""
    figure, axes = sheet(*SIZE, (0, 200), (0, 104))
    f, focused, close = 40.0, 120.0, 82.0
    sensor, v = image_distance(focused, f), image_distance(close, f)
    for y0, half, name in ((76, 15.0, "wide open"), (26, 5.0, "stopped down")):
        x = 100
        lens(axes, x, 17, bulge=2.6, at=y0)
        for sign in (1, -1):
            low, high = (y0 + half, y0 + 19) if sign > 0 else (y0 - 19, y0 - half)
            axes.add_patch(Rectangle((x + 4, low), 1.4, high - low, fc=INK, ec="none", zorder=4))
            blur = sign * half * (1 - sensor / v)
            ray(axes, (x - close, y0), (x, y0 + sign * half), color=AMBER, heads=(0.5,), width=1.3)
            axes.plot([x, x + sensor], [y0 + sign * half, y0 + blur], color=AMBER, lw=1.3)
        axis_line(axes, 12, x + sensor + 8, y0)
        dot(axes, x - close, y0, color=AMBER, size=6)
        axes.plot([x + sensor] * 2, [y0 - 17, y0 + 17], color=INK, lw=3)
        blur = half * abs(1 - sensor / v)
        axes.plot([x + sensor + 2.2] * 2, [y0 - blur, y0 + blur], color=WARM, lw=4, solid_capstyle="butt")
        say(axes, x + sensor + 6, y0, "large blur" if half > 10 else "small blur", ha="left", color=WARM, size=13)
        say(axes, 14, y0 + 15, name, ha="left", bold=True, size=14)
    return figure


def magnifier_angle():
    figure, axes = sheet(*SIZE, (0, 200), (0, 104))
    height = 13.0
    y, x_eye = 74, 176
    arrow(axes, 52, height, base=y)
    axis_line(axes, 20, 190, y)
    ray(axes, (52, y + height), (x_eye, y), heads=(0.5,))
    eye(axes, x_eye + 9, y, 6)
    span(axes, 52, x_eye, y - 8, "25 cm", size=12, gap=1.2, above=False)
    say(axes, 134, y + 9, "small angle", size=13, color=TEAL)
    y = 24
    f = 45.0
    lens(axes, x_eye - 8, 17, bulge=3, at=y)
    arrow(axes, x_eye - 8 - f, height, base=y)
    axis_line(axes, 20, 190, y)
    hit = (x_eye - 8, y + height)
    ray(axes, (x_eye - 8 - f, y + height), hit, heads=(0.5,))
    axes.plot([hit[0], hit[0] + 0.32 * f], [hit[1], hit[1] - 0.32 * height], color=TEAL, lw=1.3)
    ray(axes, (x_eye - 8 - f, y + height), (x_eye - 8, y), heads=(0.5,))
    axes.plot([x_eye - 8, x_eye + 4], [y, y - 12 * height / f], color=TEAL, lw=1.3)
    eye(axes, x_eye + 15, y, 6)
    span(axes, x_eye - 8 - f, x_eye - 8, y - 15, "$f$", size=13, gap=1.0, above=False)
    say(axes, 118, y + 9, "large angle,\nrelaxed eye", size=13, color=TEAL, ha="right")
    say(axes, 14, 96, "bare eye", size=14, bold=True, ha="left")
    say(axes, 14, 46, "with a magnifier", size=14, bold=True, ha="left")
    return figure


def microscope():
    """f(objective) = 16, object at 20; f(eyepiece) = 25; final image at the near point of the drawing."""
    figure, axes = sheet(*SIZE, (-46, 150), (-50, 30))
    fo, u, fe, h = 16.0, 20.0, 25.0, 3.4
    v = image_distance(u, fo)
    h1 = -h * v / u
    u2 = 15.0
    x2 = v + u2
    v2 = image_distance(u2, fe)
    h2 = h1 * -v2 / u2
    axis_line(axes, -44, 146)
    lens(axes, 0, 9, bulge=2)
    lens(axes, x2, 22, bulge=3)
    tip, inner, outer = (-u, h), (v, h1), (x2 + v2, h2)
    for y in (h, (h * fo) / (fo - u), 0.0):
        if abs(y) > 20:
            continue
        at_eyepiece = y + (h1 - y) / v * x2
        ray(axes, tip, (0, y), heads=(0.6,), width=1.1)
        ray(axes, (0, y), (x2, at_eyepiece), heads=(0.45,), width=1.1)
        if abs(at_eyepiece) < 21:
            slope = (outer[1] - at_eyepiece) / (outer[0] - x2)
            ray(axes, (x2, at_eyepiece), (x2 + 42, at_eyepiece + slope * 42), heads=(0.5,), width=1.1)
            backwards(axes, (x2, at_eyepiece), outer)
    arrow(axes, -u, h)
    arrow(axes, v, h1, color=AMBER)
    arrow(axes, outer[0], h2, color=WARM, virtual=True)
    for x, name, dx, dy in ((-fo, "F$_o$", -2.6, -4), (fo, "F$_o$′", 0, 3.6), (x2 - fe, "F$_e$", 0, 3.6), (x2 + fe, "F$_e$′", 5.0, -4)):
        dot(axes, x, 0)
        say(axes, x + dx, dy, name, size=12)
    say(axes, -u - 1, 7.6, "object", size=13)
    say(axes, 0, 14, "objective", size=13, bold=True)
    say(axes, x2, 26, "eyepiece", size=13, bold=True)
    say(axes, v - 1.5, 12.5, "real\nintermediate\nimage", size=13, color=AMBER)
    say(axes, outer[0] - 2, h2 + 2, "virtual\nfinal image", size=13, color=WARM, ha="right")
    return figure


def telescope(fe, title_eyepiece):
    fo, tilt = 100.0, 0.055
    figure, axes = sheet(*SIZE, (-48, 172), (-40, 40))
    axis_line(axes, -46, 168)
    x2 = fo + fe
    lens(axes, 0, 22, bulge=2.6)
    lens(axes, x2, 15, converging=fe > 0, bulge=2.6)
    focus = np.array((fo, -tilt * fo))
    for y in (-13.0, 0.0, 13.0):
        ray(axes, (-44, y + 44 * tilt), (0, y), heads=(0.5,), width=1.2)
        at = y + (focus[1] - y) / fo * x2
        slope = (focus[1] - y) / fo - at / fe
        ray(axes, (0, y), (x2, at), heads=(0.4,), width=1.2)
        ray(axes, (x2, at), (x2 + 36, at + slope * 36), heads=(0.6,), width=1.2)
        if fe < 0:
            backwards(axes, (x2, at), focus, color=SOFT)
    arrow(axes, fo, focus[1], color=AMBER if fe > 0 else "#c9b48f", virtual=fe < 0)
    say(axes, 0, 26.5, "objective", size=13, bold=True)
    say(axes, x2, 20, title_eyepiece, size=13, bold=True)
    say(axes, -46, 25, "parallel light\nfrom a star", size=12, ha="left", color=TEAL)
    if fe > 0:
        say(axes, fo - 1.5, -12.5, "real image,\nupside down", size=12, color=AMBER, ha="center")
        span(axes, 0, fo, -28, "$f_o$", size=13, gap=1.2, above=False)
        span(axes, fo, x2, -28, "$f_e$", size=13, gap=1.2, above=False)
    else:
        say(axes, fo + 3, 8.5, "would-be image\nof the objective", size=12, color=SOFT, ha="left")
        span(axes, 0, x2, -28, "length $f_o - |f_e|$", size=13, gap=1.2, above=False)
    return figure


def kepler():
    return telescope(25.0, "eyepiece")


def galileo():
    return telescope(-25.0, "diverging eyepiece")


def newtonian():
    """A parabola of focal length 120 with its vertex at x = 130, looking to the left; a flat mirror at 45 degrees."""
    figure, axes = sheet(*SIZE, (-10, 150), (-33, 50.2))
    vertex, f = 130.0, 120.0
    flat = 42.0                      # the flat mirror crosses the axis here
    y = np.linspace(-22, 22, 80)
    surface = vertex - y ** 2 / (4 * f)
    axes.fill(np.r_[surface, surface[::-1] + 4], np.r_[y, y[::-1]], fc=PALE, ec=INK, lw=1.2)
    for sign in (1, -1):
        gaps = ((0, 30), (54, 138)) if sign > 0 else ((0, 138),)
        for a, b in gaps:
            axes.plot([a, b], [sign * 25] * 2, color=INK, lw=1.8)
    axis_line(axes, -6, 138)
    focus = np.array((vertex - f, 0.0))
    mirrored = np.array((flat, flat - focus[0]))        # the focus folded by the 45 degree mirror y = x - flat
    half = 7.4
    axes.plot([flat - half, flat + half], [-half, half], color=INK, lw=4)
    for h in (-19.0, -13.0, 13.0, 19.0):
        hit = np.array((vertex - h * h / (4 * f), h))
        toward = focus - hit
        s = (hit[0] - hit[1] - flat) / (toward[1] - toward[0])
        fold = hit + s * toward
        ray(axes, (-8, h), hit, heads=(0.22,), width=1.2)
        ray(axes, hit, fold, heads=(0.55,), width=1.2)
        ray(axes, fold, mirrored, heads=(0.5,), width=1.2)
        axes.plot(*zip(mirrored, mirrored + 0.34 * (mirrored - fold)), color=TEAL, lw=1.2)
    eyepiece_y = mirrored[1] + 7
    t = np.linspace(-6.5, 6.5, 40)
    bulge = 1.5 * (1 - (t / 6.5) ** 2)
    axes.fill(np.r_[flat + t, flat + t[::-1]], np.r_[eyepiece_y + bulge, eyepiece_y - bulge[::-1]], fc=GLASS, ec=TEAL, lw=1, zorder=4)
    dot(axes, *mirrored, color=WARM, size=5)
    say(axes, flat + 3, mirrored[1], "focus", size=12, color=WARM, ha="left")
    say(axes, flat + 9, eyepiece_y, "eyepiece", size=13, bold=True, ha="left")
    say(axes, 138, -29.2, "parabolic mirror", size=13, bold=True, ha="right")
    say(axes, flat + 19, 2.8, "flat mirror at 45°", size=12, ha="left")
    return figure


FIGURES = {"camera": camera, "depth": depth, "magnifier-angle": magnifier_angle, "microscope": microscope, "kepler": kepler,
           "galileo": galileo, "newtonian": newtonian}
