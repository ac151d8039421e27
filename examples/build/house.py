"""Type, colour and drawing habits shared by every figure, page and slide of the sample course.

The typefaces are Source Serif 4 and Source Sans 3 (SIL Open Font License 1.1). They are not kept in this repository.
Fetch them once and name the folder in SAMPLE_COURSE_FONTS (default: ~/.cache/coursemate-sample-fonts):

    mkdir -p ~/.cache/coursemate-sample-fonts && cd ~/.cache/coursemate-sample-fonts
    for p in source-serif-4 source-sans-3; do
        npm pack @expo-google-fonts/$p@0.4.1 && tar xzf expo-google-fonts-$p-0.4.1.tgz --strip-components=1
    done
"""

import os
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent
COURSE = EXAMPLES / "sample-course"
FONTS = Path(os.environ.get("SAMPLE_COURSE_FONTS", "~/.cache/coursemate-sample-fonts")).expanduser()

INK, SOFT, PALE, PAPER = "#1f2a33", "#5b6873", "#d9e0e3", "#ffffff"
TEAL, TEAL_PALE, WARM = "#0f766e", "#e3f1ef", "#b45309"
GLASS, WATER = "#d6ebf2", "#e2f0f6"

MM = 1 / 25.4
FACES = {
    "Serif": "400Regular/SourceSerif4_400Regular.ttf",
    "Serif-Bold": "600SemiBold/SourceSerif4_600SemiBold.ttf",
    "Serif-Italic": "400Regular_Italic/SourceSerif4_400Regular_Italic.ttf",
    "Sans": "400Regular/SourceSans3_400Regular.ttf",
    "Sans-Bold": "600SemiBold/SourceSans3_600SemiBold.ttf",
    "Sans-Italic": "400Regular_Italic/SourceSans3_400Regular_Italic.ttf",
}


def font_file(face: str) -> str:
    path = FONTS / FACES[face]
    if not path.exists():
        raise SystemExit(f"{path} is missing. The docstring of house.py says how to fetch the fonts.")
    return str(path)


def prepare_matplotlib() -> None:
    for face in FACES:
        font_manager.fontManager.addfont(font_file(face))
    plt.rcParams.update({
        "font.family": "Source Sans 3", "font.size": 9, "text.color": INK, "lines.solid_capstyle": "round",
        "mathtext.fontset": "custom", "mathtext.rm": "Source Sans 3", "mathtext.it": "Source Serif 4:italic",
        "mathtext.bf": "Source Sans 3:semibold", "pdf.fonttype": 42,
    })


def sheet(width_mm: float, height_mm: float, xlim: tuple, ylim: tuple | None = None):
    """An empty figure with one axes that fills it; without ylim both axes have the same scale, centred on y = 0."""
    figure = plt.figure(figsize=(width_mm * MM, height_mm * MM))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    if ylim is None:
        half = (xlim[1] - xlim[0]) * height_mm / width_mm / 2
        ylim = (-half, half)
    axes.set_xlim(*xlim)
    axes.set_ylim(*ylim)
    return figure, axes


def ray(axes, *points, color=TEAL, heads=(0.55,), width=1.3, zorder=3):
    """A broken line of light; heads are the places of the arrowheads on every segment (0 = start, 1 = end)."""
    points = np.array(points, float)
    axes.plot(points[:, 0], points[:, 1], color=color, lw=width, zorder=zorder)
    for start, end in zip(points[:-1], points[1:]):
        for head in heads:
            tip, tail = start + (end - start) * head, start + (end - start) * max(head - 0.02, 0)
            axes.annotate("", tip, tail, zorder=zorder,
                          arrowprops={"arrowstyle": "-|>,head_width=.16,head_length=.38", "color": color, "lw": width})


def backwards(axes, *points, color=TEAL):
    """A dashed line where no light runs: the eye's continuation of a ray."""
    points = np.array(points, float)
    axes.plot(points[:, 0], points[:, 1], color=color, lw=0.9, ls=(0, (4, 3)), zorder=2)


def arrow(axes, x, height, color=INK, base=0.0, virtual=False):
    """An object or image: an arrow standing on the axis."""
    axes.annotate("", (x, base + height), (x, base), zorder=5,
                  arrowprops={"arrowstyle": "-|>,head_width=.28,head_length=.6", "color": color, "lw": 2.2,
                              "ls": (0, (2, 1.2)) if virtual else "-", "shrinkA": 0, "shrinkB": 0})


def axis_line(axes, start, end, y=0.0):
    axes.plot([start, end], [y, y], color=SOFT, lw=0.7, ls=(0, (9, 2, 1.5, 2)), zorder=1)


def dot(axes, x, y=0.0, label="", dx=0.0, dy=-1.0, color=INK, size=3.4, **text):
    axes.plot([x], [y], "o", ms=size, color=color, zorder=6)
    if label:
        say(axes, x + dx, y + dy, label, color=color, **text)


def say(axes, x, y, words, color=INK, size=9, ha="center", va="center", bold=False, background=None, rotation=0):
    box = {"boxstyle": "round,pad=.15", "fc": background, "ec": "none"} if background else None
    axes.text(x, y, words, color=color, fontsize=size, ha=ha, va=va, zorder=8, bbox=box, rotation=rotation,
              fontweight="semibold" if bold else "normal")


def lens(axes, x, half_height, converging=True, bulge=0.9, color=TEAL, at=0.0):
    """A thin lens: its glass and the upright line at which the drawn rays bend."""
    y = np.linspace(-half_height, half_height, 60)
    sag = bulge * (1 - (y / half_height) ** 2)
    edge = 0.06 * bulge + sag if converging else 0.25 * bulge + bulge - sag
    axes.fill(np.r_[x - edge, (x + edge)[::-1]], np.r_[y, y[::-1]] + at, fc=GLASS, ec=color, lw=0.9, alpha=0.9, zorder=2)
    axes.plot([x, x], [at - half_height, at + half_height], color=color, lw=0.5, ls=(0, (2, 2)), zorder=2)


def span(axes, x0, x1, y, words, size=8.5, color=SOFT, above=True, gap=0.25):
    """A dimension line with its measure."""
    axes.annotate("", (x1, y), (x0, y), zorder=4,
                  arrowprops={"arrowstyle": "<|-|>,head_width=.12,head_length=.3", "color": color, "lw": 0.7,
                              "shrinkA": 0, "shrinkB": 0})
    say(axes, (x0 + x1) / 2, y + (gap if above else -gap), words, color=color, size=size, va="bottom" if above else "top")


def eye(axes, x, y, size=1.0, facing=-1):
    """A small eye, its back at (x, y), that looks left (facing = -1) or right (+1)."""
    t = np.linspace(-0.5, 0.5, 30)
    for sign in (1, -1):
        axes.plot([x, x + facing * 1.5 * size], [y, y + sign * 0.82 * size], color=INK, lw=1.2, zorder=6)
    axes.plot(x + facing * size * 1.3 * np.cos(t), y + size * 1.3 * np.sin(t), color=INK, lw=1.2, zorder=6)
    axes.plot([x + facing * size * 1.02], [y], "o", ms=3.4, color=INK, zorder=6)
