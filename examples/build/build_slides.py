"""Lay out slides.toml as sample-course/lens-instruments.pptx.

    .venv/bin/pip install python-pptx matplotlib numpy pillow
    .venv/bin/python examples/build/build_slides.py [--preview FOLDER]

--preview also draws each slide as a PNG from the same measures, for looking at without presentation software.
"""

import argparse
import datetime
import io
import tomllib

import matplotlib.pyplot as plt
from figures_aberrations import FIGURES as ABERRATIONS
from figures_instruments import FIGURES as INSTRUMENTS
from house import COURSE, HERE, INK, PALE, SOFT, TEAL, prepare_matplotlib
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Inches, Pt

FIGURES = INSTRUMENTS | ABERRATIONS
FACE = "Calibri"
WIDE, HIGH = 13.333, 7.5                      # inches
TITLE = (0.75, 0.45, 11.8, 0.9)               # left, top, width, height
PICTURE = (0.6, 1.65, 8.0)                    # left, top, width
POINTS = (8.95, 1.75, 3.85, 4.6)
FULL = (0.75, 1.75, 11.5, 4.6)
ALT = {
    "camera": "A camera in section: lens, diaphragm and sensor. Parallel light from a distant object meets on the sensor, light from a near object would meet behind it.",
    "depth": "The same point out of focus with the lens wide open, large blur, and stopped down, small blur.",
    "magnifier-angle": "A thing seen by the bare eye at 25 cm fills a small angle; with a magnifier at its focal length it fills a large angle.",
    "microscope": "Ray diagram of a compound microscope: object, objective, real intermediate image, eyepiece, virtual final image.",
    "kepler": "Ray diagram of Kepler's telescope: objective, real inverted image, converging eyepiece.",
    "galileo": "Ray diagram of Galileo's telescope: objective and diverging eyepiece.",
    "newtonian": "Newton's telescope: parabolic mirror, flat mirror at 45 degrees, focus and eyepiece.",
    "porro": "A Porro prism turns light back by two total reflections at 45 degrees.",
    "aberrations": "Above, a lens with separate red and blue foci; below, a lens whose rim rays meet nearer to the lens.",
}


def colour(value: str) -> RGBColor:
    return RGBColor.from_string(value.lstrip("#"))


def write(slide, place, paragraphs, size, *, ink=INK, bold=False, gap=0, anchor=MSO_ANCHOR.TOP):
    box = slide.shapes.add_textbox(*(Inches(n) for n in place))
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, anchor
    frame.margin_left = frame.margin_right = 0
    for i, words in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.space_after, paragraph.line_spacing = Pt(gap), 1.08
        run = paragraph.add_run()
        run.text = words
        run.font.name, run.font.size, run.font.bold, run.font.color.rgb = FACE, Pt(size), bold, colour(ink)
    return box


def bar(slide, left, top, width, height, fill):
    shape = slide.shapes.add_shape(1, *(Inches(n) for n in (left, top, width, height)))
    shape.fill.solid()
    shape.fill.fore_color.rgb = colour(fill)
    shape.line.fill.background()
    shape.shadow.inherit = False
    shape.name = "Accent"


def picture(name: str) -> io.BytesIO:
    figure, data = FIGURES[name](), io.BytesIO()
    figure.savefig(data, format="png", dpi=220)
    plt.close(figure)
    data.seek(0)
    return data


def table(slide, cells):
    frame = slide.shapes.add_table(len(cells), len(cells[0]), Inches(0.75), Inches(1.85), Inches(11.8), Inches(3.4))
    frame.name = "Objectives"
    for r, row in enumerate(cells):
        for c, words in enumerate(row):
            cell = frame.table.cell(r, c)
            cell.text, cell.vertical_anchor = words, MSO_ANCHOR.MIDDLE
            cell.fill.solid()
            cell.fill.fore_color.rgb = colour(TEAL if r == 0 else ("#ffffff" if r % 2 else "#f2f6f6"))
            font = cell.text_frame.paragraphs[0].runs[0].font
            font.name, font.size, font.bold = FACE, Pt(20), r == 0
            font.color.rgb = colour("#ffffff" if r == 0 else INK)


def build(content: list[dict]) -> Presentation:
    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(int(WIDE * 914400)), Emu(int(HIGH * 914400))
    for number, entry in enumerate(content, 1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])       # "Title Only": a real title, for outlines and screen readers
        title = slide.shapes.title
        opening = "subtitle" in entry
        title.left, title.top, title.width, title.height = (Inches(n) for n in ((0.95, 2.5, 11.5, 1.2) if opening else TITLE))
        title.text_frame.text = entry["title"]
        title.text_frame.margin_left = 0
        title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        paragraph = title.text_frame.paragraphs[0]
        paragraph.alignment = 1
        font = paragraph.runs[0].font
        font.name, font.size, font.bold, font.color.rgb = FACE, Pt(48 if opening else 34), True, colour(TEAL)
        bar(slide, 0, 0, 0.28, HIGH, TEAL)
        if opening:
            write(slide, (0.95, 3.75, 11, 0.8), [entry["subtitle"]], 24, ink=SOFT)
        else:
            bar(slide, 0.75, 1.38, 11.8, 0.02, PALE)
        if "picture" in entry:
            left, top, width = PICTURE
            shape = slide.shapes.add_picture(picture(entry["picture"]), Inches(left), Inches(top), Inches(width))
            shape.name = entry["picture"]
            shape._element.nvPicPr.cNvPr.set("descr", ALT[entry["picture"]])
        if "points" in entry:
            write(slide, POINTS if "picture" in entry else FULL, entry["points"], 22 if "picture" in entry else 26, gap=14)
        if "table" in entry:
            table(slide, entry["table"])
            write(slide, (0.75, 5.5, 11.8, 0.6), [entry["caption"]], 18, ink=SOFT)
        write(slide, (0.75, 6.95, 8, 0.35), ["Light and Lenses"], 12, ink=SOFT)
        write(slide, (12.1, 6.95, 0.6, 0.35), [str(number)], 12, ink=SOFT)
        slide.notes_slide.notes_text_frame.text = entry["notes"]
    core = deck.core_properties
    core.title, core.author, core.language = content[0]["title"], "The Coursemate authors", "en"
    core.created = core.modified = datetime.datetime(2025, 1, 1)
    return deck


def preview(entry: dict, number: int) -> plt.Figure:
    """The slide drawn by matplotlib; Source Sans stands in for the presentation's face."""
    figure = plt.figure(figsize=(WIDE, HIGH), facecolor="white")
    page = figure.add_axes((0, 0, 1, 1))
    page.set_axis_off()
    page.set(xlim=(0, WIDE), ylim=(HIGH, 0))
    page.fill([0, 0.28, 0.28, 0], [0, 0, HIGH, HIGH], color=TEAL)
    opening = "subtitle" in entry
    page.text(0.95 if opening else 0.75, 3.1 if opening else 0.9, entry["title"], size=48 if opening else 34, color=TEAL, va="center", weight="semibold")
    if opening:
        page.text(0.95, 4.1, entry["subtitle"], size=24, color=SOFT, va="center")
    else:
        page.plot([0.75, 12.55], [1.39, 1.39], color=PALE)
    if "picture" in entry:
        left, top, width = PICTURE
        image = plt.imread(picture(entry["picture"]))
        height = width * image.shape[0] / image.shape[1]
        page.imshow(image, extent=(left, left + width, top + height, top), aspect="auto")
        page.set(xlim=(0, WIDE), ylim=(HIGH, 0))
    if "points" in entry:
        left, top, width, _ = POINTS if "picture" in entry else FULL
        size = 22 if "picture" in entry else 26
        for words in entry["points"]:
            lines = wrapped(words, int(width * 72 / (size * 0.47)))
            page.text(left, top, "\n".join(lines), size=size, va="top", linespacing=1.0)
            top += len(lines) * size * 1.30 / 72 + 14 / 72
    for r, row in enumerate(entry.get("table", ())):
        for c, words in enumerate(row):
            page.text(0.85 + c * 2.36, 2.2 + r * 0.68, words, size=20, va="center", weight="semibold" if r == 0 else "normal", color=TEAL if r == 0 else INK)
    if "caption" in entry:
        page.text(0.75, 5.75, entry["caption"], size=18, color=SOFT)
    page.text(0.75, 7.15, "Light and Lenses", size=12, color=SOFT)
    page.text(12.4, 7.15, str(number), size=12, color=SOFT)
    return figure


def wrapped(words: str, columns: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def content() -> list[dict]:
    return tomllib.loads((HERE / "slides.toml").read_text("utf-8"))["slide"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--preview", metavar="FOLDER")
    folder = arguments.parse_args().preview
    prepare_matplotlib()
    build(content()).save(COURSE / "lens-instruments.pptx")
    print("lens-instruments.pptx", (COURSE / "lens-instruments.pptx").stat().st_size)
    for number, entry in enumerate(content() if folder else (), 1):
        figure = preview(entry, number)
        figure.savefig(f"{folder}/slide-{number:02}.png", dpi=60)
        plt.close(figure)


if __name__ == "__main__":
    main()
