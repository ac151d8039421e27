"""Figures 6 to 12 of the reader: the prism, thin lenses, the eye's corrections and the aperture."""

import numpy as np
from house import (GLASS, INK, PALE, SOFT, TEAL, WARM, arrow, axis_line, backwards, dot, eye, lens, ray, say, sheet, span)
from matplotlib.patches import Circle, Ellipse
from optics import CROWN, after_lens, image_distance, refract

WIDTH = 140
HUES = {"red": "#c8322b", "yellow": "#d9a400", "blue": "#2463c4", "violet": "#6b33a8"}


def prism(spread=9):
    """A 60 degree prism at least deviation for yellow; the spread of the indices is widened so that it can be seen."""
    figure, axes = sheet(WIDTH, 66, (-34, 46), None)
    side = 26.0
    apex, left, right = (0, 15.0), (-side / 2, 15 - side * 3 ** 0.5 / 2), (side / 2, 15 - side * 3 ** 0.5 / 2)
    axes.fill(*zip(apex, left, right), fc=GLASS, ec=TEAL, lw=1.1, alpha=0.9, zorder=1)
    middle = CROWN["yellow"][1]
    incidence = np.degrees(np.arcsin(middle * 0.5))
    entry = np.array((-side / 4, (apex[1] + left[1]) / 2))
    normal_in = np.array((-np.cos(np.pi / 6), np.sin(np.pi / 6)))
    tilt = np.radians(-30 + incidence)
    incoming = np.array((np.cos(tilt), np.sin(tilt)))
    source = entry - 25 * incoming
    axes.plot(*zip(source, entry), color="#4a545c", lw=3.2, zorder=3)
    ray(axes, source, entry, color="#4a545c", width=2)
    axes.plot(*zip(entry, entry + 8 * normal_in), color=SOFT, lw=0.7, ls=(0, (4, 3)))
    axes.plot(*zip(entry, entry - 5 * normal_in), color=SOFT, lw=0.7, ls=(0, (4, 3)))
    normal_out = np.array((-np.cos(np.pi / 6), -np.sin(np.pi / 6)))
    wall = 36.0
    for name, (_, index) in CROWN.items():
        n = middle + spread * (index - middle)
        inside = np.array(refract(incoming, normal_in, 1.0, n))
        reach = np.linalg.solve(np.column_stack((inside, -(np.array(right) - apex))), np.array(apex) - entry)
        leave = entry + reach[0] * inside
        outside = np.array(refract(inside, normal_out, n, 1.0))
        end = leave + outside * (wall - leave[0]) / outside[0]
        axes.plot(*zip(entry, leave, end), color=HUES[name], lw=1.7, zorder=4)
        lift = {"red": 0.7, "yellow": -0.5}.get(name, 0)
        say(axes, wall + 2.2, end[1] + lift, name, color=HUES[name], ha="left", size=9.5)
    axes.plot([wall + 0.6] * 2, [-17.5, 5.5], color=INK, lw=2.2)
    say(axes, wall + 0.6, 7, "screen")
    say(axes, source[0] + 1, source[1] + 4.8, "white light", ha="left")
    say(axes, 0, -5.2, "glass prism")
    say(axes, 0, 11.2, "60°", size=9)
    say(axes, *(entry + 9.2 * normal_in), "normal", color=SOFT)
    return figure


def two_lenses():
    figure, axes = sheet(WIDTH, 54, (0, 140), (-27, 27))
    for x, f, title in ((30.0, 30.0, "converging lens"), (108.0, -30.0, "diverging lens")):
        lens(axes, x, 17, converging=f > 0, bulge=2.4)
        axis_line(axes, x - 31, x + 36 if f > 0 else x + 31)
        for y in (-12.0, -6.0, 0.0, 6.0, 12.0):
            slope = after_lens((x, y), 0.0, f)
            ray(axes, (x - 29, y), (x, y), (x + (36 if f > 0 else 29), y + slope * (36 if f > 0 else 29)), heads=(0.5,), width=1.1)
            if f < 0 and y:
                backwards(axes, (x, y), (x + f, 0))
        dot(axes, x + f)
        say(axes, x + f, -4.2, "F", bold=True, size=10)
        span(axes, min(x, x + f), max(x, x + f), -20.5, "focal length $f$", gap=1.0, above=False)
        axes.plot([x + f] * 2, [-6.4, -20], color=SOFT, lw=0.5)
        axes.plot([x] * 2, [-17.5, -20], color=SOFT, lw=0.5)
        say(axes, x, 21, title, bold=True)
    return figure


def lens_image(u, f, height, xlim, ylim, size, labels, past=0.22, screen=False):
    """The three principal rays of a thin lens at x = 0; dashed where only the eye continues them."""
    figure, axes = sheet(*size, xlim, ylim)
    v = image_distance(u, f)
    tip, image = np.array((-u, height)), np.array((v, -height * v / u))
    half = labels.get("lens", 1.25 * max(height, abs(image[1]) if v > 0 else height))
    lens(axes, 0, half, converging=f > 0, bulge=labels.get("bulge", 0.9))
    axis_line(axes, *xlim)
    far = labels.get("far", xlim[1] * 0.97)
    through_f = height * f / (f - u) if u != f else None
    hits = [height, 0.0] + ([through_f] if through_f is not None and abs(through_f) < half else [])
    for y in hits:
        hit = np.array((0.0, y))
        slope = (image[1] - y) / image[0]
        end = image + past * (image - hit) if v > 0 else hit + np.array((far, slope * far))
        ray(axes, tip, hit, heads=(0.52,))
        ray(axes, hit, end, heads=(0.5 if v > 0 else 0.42,))
        if v < 0:
            backwards(axes, hit, image)
        if f < 0 and y == through_f:
            backwards(axes, hit, (-f, 0), color=SOFT)
    arrow(axes, -u, height)
    arrow(axes, v, image[1], color=WARM, virtual=v < 0)
    for x, name in ((-abs(f), "F"), (abs(f), "F′"), (-2 * abs(f), "2F"), (2 * abs(f), "2F′")):
        if xlim[0] < x < xlim[1] and name in labels["points"]:
            dot(axes, x, 0, name, dx=labels["points"][name][0], dy=labels["points"][name][1], bold=True, size=3.4)
    for word in ("object", "image"):
        x, y, place = labels[word]
        say(axes, x, y, labels.get(word + " word", word), color=WARM if word == "image" else INK, ha=place)
    if screen:
        axes.plot([v] * 2, [min(image[1] * 1.2, 0), 1.2], color=PALE, lw=5, zorder=0)
    return figure


def real_image():
    return lens_image(15, 10, 3, (-23, 38), (-8.1, 7.6), (WIDTH, 62), {
        "lens": 7.2, "bulge": 1.0, "object": (-15, 3.8, "center"), "image": (31, -4.6, "left"), "image word": "real image",
        "points": {"F": (0, -1.1), "F′": (0.2, 1.1), "2F": (0, -1.1), "2F′": (0, 1.1)}})


def magnifier_image():
    figure = lens_image(6, 10, 2.2, (-20, 23), (-6.7, 7.2), (WIDTH, 60), {
        "lens": 6.2, "bulge": 0.8, "object": (-6.35, 1.0, "right"), "image": (-15.5, 2.4, "right"), "image word": "virtual\nimage",
        "points": {"F": (0, -0.9), "F′": (0, -0.9)}})
    eye(figure.axes[0], 22.6, -2.0, size=1.1, facing=-1)
    return figure


def diverging_image():
    figure = lens_image(15, -10, 4, (-20, 15), (-5.6, 7.9), (WIDTH, 56), {
        "far": 9.2, "lens": 5.2, "bulge": 0.55, "object": (-15, 4.7, "center"), "image": (-6, -0.75, "center"), "image word": "virtual image",
        "points": {"F": (0, -0.75), "F′": (0, -0.75)}})
    return figure


def eyeball(axes, x, y, radius):
    axes.add_patch(Ellipse((x, y), 2 * radius[0], 2 * radius[1], fc="#fbf3ec", ec=INK, lw=1.2, zorder=1))
    axes.add_patch(Ellipse((x - radius[0] * 0.78, y), radius[0] * 0.2, radius[1] * 0.8, fc=GLASS, ec=TEAL, lw=0.9, zorder=2))


def corrections():
    """Four eyes: short-sighted and long-sighted, without and with a lens."""
    figure, axes = sheet(WIDTH, 78, (0, 140), (0, 78))
    front_power = 1 / 17.0
    for column, (title, length, short) in enumerate((("short sight", 20.5, True), ("long sight", 14.6, False))):
        for row, corrected in enumerate((False, True)):
            x0, y = 40 + column * 70, 57 - row * 35
            rx = (length + 3.4) / 2
            eyeball(axes, x0 - 3.4 + rx, y, (rx, 11))
            retina = x0 - 3.4 + 2 * rx
            reach = retina - x0
            glasses = x0 - 13
            power = front_power
            if corrected:   # the spectacle lens sends light as if from u, so that this eye focuses it on its retina
                slope0 = power - 1 / reach          # 1/u from the lens formula; negative: converging light
                lens(axes, glasses, 9, converging=not short, bulge=0.9, at=y)
            for h in (5.2, -5.2):
                if corrected:
                    h_glasses = h - slope0 * h * (x0 - glasses)
                    path = [(x0 - 33, y + h_glasses), (glasses, y + h_glasses), (x0, y + h), (retina, y)]
                else:
                    focus = x0 + 1 / power
                    stop = min(focus, retina)
                    path = [(x0 - 33, y + h), (x0, y + h), (stop, y + h * (1 - (stop - x0) * power))]
                    if short:
                        path.append((retina, y + h * (1 - reach * power)))
                    else:
                        backwards(axes, path[-1], (focus, y))
                ray(axes, *path[:2], heads=(0.35,), width=1.1)
                axes.plot(*zip(*path[1:]), color=TEAL, lw=1.1, zorder=3)
            if not corrected:
                axes.plot([x0 + 1 / power], [y], "o", ms=3.6, color=WARM, zorder=6)
                say(axes, x0 - 33, y + 13.6, title, bold=True, ha="left", size=10)
                say(axes, (x0 + retina) / 2, y - 13.4, "rays meet before the retina" if short else "rays would meet behind the retina", size=8.5)
            else:
                axes.plot([retina], [y], "o", ms=3.6, color=WARM, zorder=6)
                say(axes, glasses, y - 11.4, "diverging lens" if short else "converging lens", size=8.5)
    return figure


def apertures():
    figure, axes = sheet(WIDTH, 40, (0, 140), (0, 40))
    for x, stop, diameter in ((18, 2, 25.0), (53, 2.8, 50 / 2.8284), (88, 4, 12.5), (123, 8, 6.25)):
        axes.add_patch(Circle((x, 24), 14.5, fc="#3a4750", ec=INK, lw=1))
        axes.add_patch(Circle((x, 24), diameter / 2, fc="#f6fbff", ec="none"))
        for turn in range(7):
            a = np.radians(turn * 360 / 7)
            edge = np.array((x + diameter / 2 * np.cos(a), 24 + diameter / 2 * np.sin(a)))
            blade = edge + (14.5 ** 2 - (diameter / 2) ** 2) ** 0.5 * np.array((-np.sin(a), np.cos(a)))
            axes.plot(*zip(edge, blade), color="#66747d", lw=0.8)
        say(axes, x, 5.4, f"f/{stop}", bold=True, size=11)
        say(axes, x, 1.8, f"hole {diameter:.3g} mm wide", size=8, color=SOFT)
    return figure


FIGURES = {"prism": prism, "two-lenses": two_lenses, "real-image": real_image, "magnifier": magnifier_image,
           "diverging-image": diverging_image, "corrections": corrections, "apertures": apertures}
