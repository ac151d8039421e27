"""Draw sample-course/eye-diagram.png: a horizontal section of a right eye, seen from above, to scale in millimetres.

    .venv/bin/python examples/build/build_eye.py     (needs matplotlib, pillow; fonts: see house.py)
"""

import io

import matplotlib.pyplot as plt
import numpy as np
from house import COURSE, GLASS, INK, SOFT, TEAL, WARM, prepare_matplotlib, say, span
from matplotlib.patches import Polygon
from PIL import Image

GLOBE, CORNEA = ((0.4, 0.0), 11.6), ((-4.2, 0.0), 7.8)   # centre, radius
JOIN = (-9.91, 5.31)                                      # where the cornea meets the sclera
SCLERA, CHOROID, RETINA, VITREOUS = "#eef0ee", "#b9705c", "#f0b866", "#fdf8f2"


def arc(centre, radius, start, end, count=120):
    t = np.radians(np.linspace(start, end, count))
    return np.column_stack((centre[0] + radius * np.cos(t), centre[1] + radius * np.sin(t)))


def shell(axes, outer, inner, limit, color, order):
    """A layer of the globe's wall, open to the front at the angle limit (degrees from the back)."""
    edge = np.vstack((arc(GLOBE[0], outer, -limit, limit), arc(GLOBE[0], inner, limit, -limit)))
    axes.add_patch(Polygon(edge, fc=color, ec="none", zorder=order))


def layers(axes):
    wide = np.degrees(np.arctan2(JOIN[1], JOIN[0] - GLOBE[0][0]))
    axes.add_patch(Polygon(arc(GLOBE[0], GLOBE[1] - 0.5, 0, 360), fc=VITREOUS, ec="none", zorder=1))
    half = np.degrees(np.arcsin(JOIN[1] / CORNEA[1]))
    front, back = arc(CORNEA[0], CORNEA[1], 180 - half, 180 + half), arc((-3.95, 0), 7.2, 180 + 45, 180 - 45)
    axes.add_patch(Polygon(np.vstack((front, back)), fc=GLASS, ec=TEAL, lw=1.5, zorder=6))
    axes.add_patch(Polygon(np.vstack((back, [(-8.3, 5.6), (-8.3, -5.6)])), fc="#eef7fa", ec="none", zorder=2))
    shell(axes, GLOBE[1], GLOBE[1] - 0.95, wide, SCLERA, 3)
    shell(axes, GLOBE[1] - 0.9, GLOBE[1] - 1.35, 119, CHOROID, 4)
    shell(axes, GLOBE[1] - 1.35, GLOBE[1] - 1.85, 118, RETINA, 4)
    axes.plot(*arc(GLOBE[0], GLOBE[1], -wide, wide).T, color=INK, lw=1.6, zorder=5)


def front_parts(axes):
    y = 4.6 * np.sin(np.linspace(-np.pi / 2, np.pi / 2, 120))
    front, back = -6.1 - 2.2 * (1 - (y / 4.6) ** 2) ** 0.62, -6.1 + 2.0 * (1 - (y / 4.6) ** 2) ** 0.62
    axes.fill(np.r_[front, back[::-1]], np.r_[y, y[::-1]], fc=GLASS, ec=TEAL, lw=1.8, zorder=7)
    for sign in (1, -1):
        iris = np.array([(-8.72, 1.7), (-8.45, 1.62), (-8.1, 5.9), (-8.75, 5.9)]) * (1, sign)
        axes.add_patch(Polygon(iris, fc="#5f8f9c", ec=INK, lw=1, zorder=8))
        muscle = np.array([(-8.7, 6.05), (-7.9, 5.55), (-6.2, 6.3), (-5.2, 7.6), (-3.9, 9.2), (-5.0, 9.1), (-6.3, 8.35), (-7.6, 7.25)]) * (1, sign)
        axes.add_patch(Polygon(muscle, fc="#cf8f7e", ec="#cf8f7e", lw=5, joinstyle="round", zorder=6))
        for start in (-6.6, -6.1, -5.6):
            axes.plot([start, start + 0.1], [sign * 4.45, sign * 6.25], color=SOFT, lw=1, zorder=6)


def nerve(axes):
    angle = np.radians(-17)
    along = np.array((np.cos(angle), np.sin(angle)))
    across = np.array((-along[1], along[0]))
    start, end = np.array(GLOBE[0]) + 9.72 * along, np.array(GLOBE[0]) + 15.2 * along
    body = [start + 0.75 * across, start + 1.9 * along + 1.15 * across, end + 1.25 * across, end - 1.25 * across,
            start + 1.9 * along - 1.15 * across, start - 0.75 * across]
    axes.add_patch(Polygon(body, fc="#f4dfa4", ec="#a9833c", lw=1.2, zorder=7))
    return start, end - 1.6 * along


def label(axes, words, place, target, ha):
    axes.plot([place[0] + 0.35 * (-1 if ha == "left" else 1), target[0]], [place[1], target[1]],
              color=INK, lw=1.2, zorder=9)
    axes.plot(*target, "o", ms=5, color=INK, zorder=9)
    say(axes, *place, words, size=22, ha=ha)


def main():
    prepare_matplotlib()
    figure = plt.figure(figsize=(14, 10), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-21.5, 20.5)
    axes.set_ylim(-15.6, 14.4)
    layers(axes)
    front_parts(axes)
    blind, optic = nerve(axes)
    fovea = arc(GLOBE[0], GLOBE[1] - 1.75, 5, 5, 1)[0]
    axes.plot(*fovea, "o", ms=9, color=WARM, zorder=8)
    axes.plot([-20.8, -12.6], [0, 0], color=WARM, lw=2, zorder=2)
    axes.annotate("", (-12.3, 0), (-13.6, 0), arrowprops={"arrowstyle": "-|>,head_width=.4,head_length=.8", "color": WARM, "lw": 2})
    say(axes, -20.8, 0.95, "light", size=22, color=WARM, ha="left")

    left = [("ciliary muscle", (-14.4, 10.2), (-6.2, 7.3)), ("iris", (-14.4, 7.4), (-8.6, 4.4)), ("cornea", (-14.4, 4.5), (-11.1, 3.3)),
            ("pupil", (-14.4, -3.3), (-8.6, -0.9)), ("aqueous humour", (-13.6, -6.2), (-9.6, -3.0)),
            ("lens", (-14.4, -9.1), (-6.4, -2.4)), ("ligaments", (-14.4, -12.0), (-6.1, -5.4))]
    for words, place, target in left:
        label(axes, words, place, target, "right")
    right = [("sclera", (13.2, 10.6), (8.3, 8.1)), ("choroid", (13.7, 7.9), (9.42, 5.05)), ("retina", (14.2, 5.2), (9.75, 3.35)),
             ("fovea:\nsharpest sight", (14.2, 1.3), tuple(fovea)), ("optic nerve", (15.1, -6.9), tuple(optic)),
             ("blind spot:\nno receptors", (12.8, -10.4), tuple(blind))]
    for words, place, target in right:
        label(axes, words, place, target, "left")
    say(axes, 1.8, 0, "vitreous body", size=22, color=SOFT)
    span(axes, -12, 12, -13.3, "about 24 mm", size=20, gap=0.3, above=False)
    say(axes, 0, 13.3, "The human eye, right eye seen from above", size=24, bold=True, color=TEAL)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=100)
    image = Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    image.save(COURSE / "eye-diagram.png", optimize=True)
    print("eye-diagram.png", image.size, (COURSE / "eye-diagram.png").stat().st_size)


if __name__ == "__main__":
    main()
