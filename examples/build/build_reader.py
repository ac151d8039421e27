"""Typeset reader.txt as the course reader, sample-course/light-and-lenses.pdf.

    python -m venv .venv && .venv/bin/pip install reportlab pypdf matplotlib numpy
    .venv/bin/python examples/build/build_reader.py

The fonts come from npm; house.py says how. Most figures are laid in as vectors after the text is set, those marked
!picture as bitmaps, so that a reader of PDF files meets both.
"""

import io
import re
import warnings

import matplotlib.pyplot as plt
from figures_lenses import FIGURES as LENSES
from figures_mirrors import FIGURES as MIRRORS
from house import COURSE, HERE, INK, MM, PALE, SOFT, TEAL, TEAL_PALE, font_file, prepare_matplotlib
from optics import CROWN, INDICES, LIGHT_KM_S, critical_angle, least_deviation
from pypdf import PdfReader, PdfWriter, Transformation
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (BaseDocTemplate, Flowable, Frame, Image, KeepTogether, PageBreak, PageTemplate, Paragraph, Spacer, Table,
                                TableStyle)

TITLE, SUBTITLE = "Light and Lenses", "A first course in geometrical optics"
FIGURES = MIRRORS | LENSES
SIDE, TEXT = 35 * mm, 140 * mm


def style(name, face="Serif", size=10.4, leading=14.6, **rest):
    return ParagraphStyle(name, fontName=face, fontSize=size, leading=leading, textColor=HexColor(rest.pop("color", INK)), **rest)


BODY = style("body", spaceAfter=2.3 * mm)
STYLES = {
    "title": style("title", "Sans-Bold", 30, 34, color=TEAL),
    "subtitle": style("subtitle", "Sans", 13, 17, color=SOFT, spaceAfter=6 * mm),
    "section": style("section", "Sans-Bold", 19, 24, color=TEAL, spaceAfter=2.6 * mm),
    "part": style("part", "Sans-Bold", 12.5, 16, spaceBefore=1.8 * mm, spaceAfter=1.2 * mm, keepWithNext=1),
    "caption": style("caption", "Sans", 9, 12, color=SOFT, spaceBefore=1 * mm, spaceAfter=3 * mm),
    "formula": style("formula", size=11.5, leading=16, alignment=1, spaceBefore=0.4 * mm, spaceAfter=2.6 * mm),
    "box": style("box", size=10.8, leading=15.2, backColor=HexColor(TEAL_PALE), borderPadding=(7, 9, 8, 9), spaceBefore=3.6 * mm,
                 spaceAfter=4.6 * mm, leftIndent=9, rightIndent=9),
    "list": style("list", leftIndent=6 * mm, bulletIndent=1 * mm, spaceAfter=1.2 * mm),
    "cell": style("cell", "Sans", 9, 11.5),
    "head": style("head", "Sans-Bold", 9, 11.5, color=TEAL),
}


def marked(text: str) -> str:
    """The few marks of reader.txt (*italic*, **bold**, x_1) as Reportlab's."""
    text = text.replace("&", "&amp;").replace("'", "’").replace("* = ", "*\u00a0=\u00a0")
    text = re.sub(r"(?<=\d) (?=\d{3}\b|(?:mm|cm|km|m|m/s|s|D|nm|°C)\b)", "\u00a0", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\*(.+?)\*", r"<i>\1</i>", text)
    return re.sub(r"_(\d)", r'<sub rise="2.2" size="7.6">\1</sub>', text)


class Vector(Flowable):
    """Room for a vector figure; remembers where it stood so that the figure can be laid in afterwards."""

    def __init__(self, name: str, placed: list):
        super().__init__()
        figure = FIGURES[name]()
        self.width, self.height = (side * 72 for side in figure.get_size_inches())
        page = io.BytesIO()
        figure.savefig(page, format="pdf", transparent=True, metadata={"CreationDate": None})
        plt.close(figure)
        self.pdf, self.placed = page, placed

    def draw(self):
        self.placed.append((self.canv.getPageNumber() - 1, self.canv.absolutePosition(0, 0), self.pdf))


def picture(name: str) -> Image:
    figure = FIGURES[name]()
    width, height = (side * 72 for side in figure.get_size_inches())
    page = io.BytesIO()
    figure.savefig(page, format="png", dpi=300)
    plt.close(figure)
    page.seek(0)
    return Image(page, width, height)


def rows(name: str) -> list[list[str]]:
    if name == "indices":
        head = ["Material", "Index *n*", "Speed of light in km/s", "Critical angle"]
        def row(material, n):
            speed = f"{round(LIGHT_KM_S / n / 100) * 100:,}".replace(",", " ") if n > 1 else "299 792"
            return [material, f"{n:.4f}" if material == "Air" else f"{n:.3g}", speed, f"{critical_angle(n):.1f}°" if n > 1.01 else "–"]
        return [head] + [row(*entry) for entry in INDICES.items()]
    if name == "dispersion":
        return [["Colour", "Wavelength", "Index", "Least deviation"]] + [
            [colour, f"{nm} nm", f"{n:.3f}", f"{least_deviation(n, 60):.1f}°"] for colour, (nm, n) in CROWN.items()]
    return [["Object", "Image", "Where", "Used in"],
            ["farther than 2*f*", "real, inverted, smaller", "between *f* and 2*f*", "eye, camera"],
            ["at 2*f*", "real, inverted, same size", "at 2*f*", "copier at 1 : 1"],
            ["between *f* and 2*f*", "real, inverted, larger", "farther than 2*f*", "projector"],
            ["at *f*", "none: parallel light", "infinitely far", "searchlight"],
            ["closer than *f*", "virtual, upright, larger", "on the object's side", "magnifying glass"]]


def table(name: str) -> Table:
    cells = [[Paragraph(marked(cell), STYLES["head" if i == 0 else "cell"]) for cell in row] for i, row in enumerate(rows(name))]
    widths = {"images": (33, 42, 36, 29)}.get(name, (35, 28, 42, 35))
    tight = 0.6 if name == "indices" else 2
    return Table(cells, [w * mm for w in widths], hAlign="LEFT", style=TableStyle([
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, HexColor(TEAL)), ("LINEBELOW", (0, 1), (-1, -1), 0.35, HexColor(PALE)),
        ("TOPPADDING", (0, 0), (-1, -1), tight), ("BOTTOMPADDING", (0, 0), (-1, -1), tight + 1), ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))


class Heading(Paragraph):
    """A heading that enters itself in the PDF's outline."""

    def __init__(self, words, style, level):
        super().__init__(marked(words), style)
        self.words, self.level = words.replace("'", "’"), level

    def draw(self):
        self.canv.bookmarkHorizontal(self.words, 0, self.height)
        self.canv.addOutlineEntry(self.words, self.words, self.level, closed=False)
        super().draw()


def story(source: str, placed: list) -> list:
    flow = [Paragraph(TITLE, STYLES["title"]), Spacer(1, 1 * mm), Paragraph(SUBTITLE, STYLES["subtitle"])]
    number = 0
    for block in source.split("\n"):
        mark, _, rest = block.partition(" ")
        number = number + 1 if mark == "!list" else (number if not block else 0)
        if not block:
            continue
        if mark == "#":
            flow.append(Heading(rest, STYLES["section"], 0))
        elif mark == "##":
            flow.append(Heading(rest, STYLES["part"], 1))
        elif mark == "!page":
            flow.append(PageBreak())
        elif mark in ("!figure", "!picture", "!table"):
            name, caption = rest.split(" | ")
            label, words = caption.split(". ", 1)
            caption = Paragraph(f'<font name="Sans-Bold" color="{TEAL}">{label}.</font> {marked(words)}', STYLES["caption"])
            body = {"!figure": lambda: Vector(name, placed), "!picture": lambda: picture(name), "!table": lambda: table(name)}[mark]()
            flow.append(KeepTogether([caption, body, Spacer(1, 3 * mm)] if mark == "!table" else [Spacer(1, 1.5 * mm), body, caption]))
        elif mark in ("!formula", "!box"):
            flow.append(Paragraph(marked(rest), STYLES[mark[1:]]))
        elif mark == "!list":
            flow.append(Paragraph(marked(rest), STYLES["list"], bulletText=f"{number}."))
        else:
            flow.append(Paragraph(marked(block), BODY))
    return flow


def furniture(canvas, document):
    canvas.saveState()
    canvas.setFillColor(HexColor(TEAL))
    canvas.rect(0, 0, 5 * mm, A4[1], stroke=0, fill=1)
    canvas.setFillColor(HexColor(SOFT))
    canvas.setFont("Sans", 9)
    canvas.drawString(SIDE, 13 * mm, TITLE)
    canvas.drawRightString(SIDE + TEXT, 13 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def main():
    warnings.filterwarnings("ignore")
    prepare_matplotlib()
    for face in ("Serif", "Serif-Bold", "Serif-Italic", "Sans", "Sans-Bold", "Sans-Italic"):
        pdfmetrics.registerFont(TTFont(face, font_file(face)))
    for family in ("Serif", "Sans"):
        pdfmetrics.registerFontFamily(family, normal=family, bold=f"{family}-Bold", italic=f"{family}-Italic", boldItalic=f"{family}-Bold")
    placed, page = [], io.BytesIO()
    document = BaseDocTemplate(page, pagesize=A4, title=f"{TITLE}: {SUBTITLE}", author="The Coursemate authors", lang="en",
                               subject="Geometrical optics", invariant=1)
    frame = Frame(SIDE, 19 * mm, TEXT, A4[1] - 39 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", [frame], onPageEnd=furniture))
    document.build(story((HERE / "reader.txt").read_text("utf-8"), placed))
    writer = PdfWriter(clone_from=page)
    for number, (x, y), pdf in placed:
        writer.pages[number].merge_transformed_page(PdfReader(pdf).pages[0], Transformation().translate(x, y))
    for sheet in writer.pages:
        sheet.compress_content_streams()
    writer.compress_identical_objects()
    COURSE.mkdir(exist_ok=True)
    writer.write(COURSE / "light-and-lenses.pdf")
    print(f"light-and-lenses.pdf: {len(writer.pages)} pages")


if __name__ == "__main__":
    main()
