"""PDF -> Document: text in reading order, headings, captions, tables and figures; pages that are pictures by OCR.

Two passes: the first takes glyphs and graphics off every page, the second, which knows the whole document's type sizes
and running heads, makes blocks of them. PDFium is called in the first, and to render figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium

from knowledge.captions import caption_in
from knowledge.documents import Block, Document, Figure, Locator
from knowledge.language import detect_language
from knowledge.picture import Picture, encode_picture
from knowledge.readers import Source
from knowledge.readers.pdf_figures import Graphic, Region, figure_regions, page_graphics
from knowledge.readers.pdf_file import LOCK, Run, damaged, glyph_runs, open_pdf
from knowledge.readers.pdf_layout import (
    Paragraph,
    Segment,
    body_size,
    lines_of,
    paragraphs_of,
    segments_of,
    without_furniture,
    words_of,
)
from knowledge.readers.pdf_tables import take_aligned_tables, take_ruled_tables
from knowledge.reading_order import in_lines, in_reading_order

MOST_PAGES = 3000
_DPI_FIGURE, _DPI_OCR = 180, 170
_POINTS = 72
_FEW_LETTERS = 12  # on a page with a picture: fewer are a stamp or a page number, and the page was scanned
_FORMULA_SIGN = re.compile(r"[=≈≤≥<>∝→±√∑∫]")
_WORD = re.compile(r"[A-Za-z]{4,}|[一-鿿]{3,}")


@dataclass(slots=True)
class Page:
    """What the first pass takes off a page. `scanned`: it is a picture, or its text cannot be decoded."""

    number: int
    width: float
    height: float
    runs: list[Run]
    graphics: list[Graphic]
    scanned: bool
    segments: list[Segment]


def read_pdf(source: Source) -> Document:
    """Reads a PDF. Raises UnreadableDocument when it is locked, damaged, or longer than MOST_PAGES."""
    with open_pdf(source.path, source.name) as pdf:
        pages, warnings = _take_pages(pdf, source)
        reading = _Reading(pdf, source, pages)
        for page in pages:
            reading.read_page(page)
            source.progress(0.5 + 0.5 * page.number / len(pages))
        blocks = reading.finished_blocks()
        with LOCK:
            title = _title(pdf, blocks, source.name)
    return Document(
        path=source.name,
        title=title,
        kind="pdf",
        language=detect_language(" ".join(block.text for block in blocks), source.language),
        blocks=tuple(blocks),
        figures=tuple(reading.figures),
        pages=len(pages),
        warnings=(*warnings, *reading.warnings)
        if blocks
        else (*warnings, *reading.warnings, "No text was found in it."),
    )


def _take_pages(pdf: pdfium.PdfDocument, source: Source) -> tuple[list[Page], list[str]]:
    pages, warnings = [], []
    with LOCK:
        count = len(pdf)
    if count > MOST_PAGES:
        warnings.append(f"Only the first {MOST_PAGES} of {count} pages were read. Split the file to have all of it.")
    for index in range(min(count, MOST_PAGES)):
        try:
            with LOCK:
                pages.append(_take_page(pdf, index))
        except pdfium.PdfiumError:
            warnings.append(f"Page {index + 1} is damaged and was left out.")
            pages.append(Page(index + 1, 1, 1, [], [], False, []))
        source.progress(0.5 * (index + 1) / count)
    if len(warnings) >= len(pages):
        raise damaged(source.name)
    return pages, warnings


def _take_page(pdf: pdfium.PdfDocument, index: int) -> Page:
    page = pdf[index]
    try:
        width, height = page.get_size()
        runs = [run for run in glyph_runs(page) if run.x1 > 0 and run.x0 < width and run.y1 > 0 and run.y0 < height]
        graphics = page_graphics(page)
    finally:
        page.close()
    text = "".join(run.text for run in runs)
    unknown = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in text)
    picture = any(
        g.kind in ("image", "form") and (g.x1 - g.x0) * (g.y1 - g.y0) > 0.3 * width * height for g in graphics
    )
    scanned = (len(text) < _FEW_LETTERS and picture) or unknown > 0.3 * max(len(text), 1)
    return Page(index + 1, width, height, runs, graphics, scanned, segments_of(runs))


class _Reading:
    """The second pass: knows the document's sizes, words and running heads, and collects what the pages yield."""

    def __init__(self, pdf: pdfium.PdfDocument, source: Source, pages: list[Page]) -> None:
        self.pdf, self.source = pdf, source
        cleared = without_furniture([page.segments for page in pages], [page.height for page in pages])
        for page, segments in zip(pages, cleared, strict=True):
            page.segments = segments
        self.body = body_size(cleared)
        self.vocabulary = words_of(cleared)
        self.paragraphs: list[tuple[Paragraph, Block]] = []
        self.figures: list[Figure] = []
        self.warnings: list[str] = []
        self.dotted: dict[str, int] = {}

    def read_page(self, page: Page) -> None:
        if page.scanned:
            self.read_scan(page)
            return
        regions = figure_regions(page.graphics, page.segments, page.width, page.height, self.body)
        inside = {id(s) for r in regions for s in page.segments if r.holds(s) and s is not r.caption}
        outside = [s for s in page.segments if id(s) not in inside]
        ruled = take_ruled_tables(outside, [g for g in page.graphics if not any(r.holds(g) for r in regions)])
        captions: dict[int, Paragraph] = {}
        for stretch in in_reading_order(ruled):
            for paragraph in paragraphs_of(take_aligned_tables(lines_of(stretch)), self.vocabulary):
                block = self.block_of(paragraph, page)
                self.paragraphs.append((paragraph, block))
                if block.kind == "caption":
                    captions[id(paragraph.first)] = paragraph
        for region in regions:
            self.take_figure(page, region, captions.get(id(region.caption)), regions)

    def block_of(self, paragraph: Paragraph, page: Page) -> Block:
        """A paragraph as a block; whether it is a heading is settled at the end, when all sizes are known."""
        locator = Locator(page=page.number)
        if paragraph.kind == "table":
            return Block(paragraph.text, locator, "table")
        if caption := caption_in(paragraph.lines[0].text, alone=len(paragraph.lines) < 5):
            number = self.figure_number(caption.number) if caption.kind == "figure" else None
            return Block(paragraph.text, replace(locator, figure=number), "caption")
        if _is_formula(paragraph, page, self.body):
            return Block(paragraph.text, locator, "formula")
        return Block(paragraph.text, locator)

    def figure_number(self, written: str) -> int:
        """The number of a figure; figures numbered by chapter (2.3) are counted through the document instead."""
        if written.isdigit():
            return int(written)
        return self.dotted.setdefault(written, len(self.dotted) + 1)

    def take_figure(self, page: Page, region: Region, caption: Paragraph | None, regions: list[Region]) -> None:
        picture = self.render(page, region, _DPI_FIGURE)
        inner = [s for s in page.segments if region.holds(s) and s is not region.caption]
        text = "\n".join(" ".join(s.text for s in line) for line in in_lines(inner))
        sideways = [run.text for run in page.runs if not run.upright and region.holds(run)]
        text = "\n".join(part for part in (text, *sideways) if part)
        if not text and self.source.seer is not None:
            text = self.source.seer.look(picture).text
        number = None
        if caption is not None and (begin := caption_in(caption.lines[0].text)):
            number = self.figure_number(begin.number)
        words = caption.text if caption is not None else ""
        self.figures.append(Figure(Locator(page=page.number, figure=number), picture.data, words, text))

    def read_scan(self, page: Page) -> None:
        if self.source.seer is None:
            self.warnings.append(f"Page {page.number} is a picture, and was not read: no text recognition is at hand.")
            return
        picture = self.render(page, Region(0, 0, page.width, page.height), _DPI_OCR)
        sight = self.source.seer.look(picture)
        for text in sight.paragraphs:
            self.paragraphs.append((Paragraph([]), Block(text, Locator(page=page.number), "picture")))
        if sight.unseen or not sight.has_text:
            self.figures.append(Figure(Locator(page=page.number), picture.data, text=sight.text))
        self.warnings.append(f"Page {page.number} is a picture; read by OCR.")

    def render(self, page: Page, region: Region, dpi: int) -> Picture:
        scale = min(dpi / _POINTS, 2400 / max(page.width, page.height))
        crop = (region.x0, page.height - region.y1, page.width - region.x1, region.y0)
        with LOCK:
            raw_page = self.pdf[page.number - 1]
            try:
                image = raw_page.render(scale=scale, crop=crop).to_pil()
            finally:
                raw_page.close()
        return encode_picture(image)

    def finished_blocks(self) -> list[Block]:
        """All blocks, headings with their levels: the largest size is level 1, bold text of the body's size the last."""
        heads = {
            id(p): (round(p.size * 2) / 2, p.bold)
            for p, b in self.paragraphs
            if b.kind == "text" and self.is_heading(p)
        }
        levels = {look: level for level, look in enumerate(sorted(set(heads.values()), reverse=True), 1)}
        return [
            replace(block, kind="heading", level=min(levels[heads[id(p)]], 6)) if id(p) in heads else block
            for p, block in self.paragraphs
        ]

    def is_heading(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph is set like a heading: larger than the body, or bold, short, and no sentence."""
        if not paragraph.lines or len(paragraph.lines) > 4 or len(paragraph.text) > 200:
            return False
        if not re.search(r"[^\W\d_]", paragraph.text) or paragraph.text.endswith((",", ";", "，", "；")):
            return False
        if paragraph.size > 1.12 * self.body:
            return True
        short = len(paragraph.lines) <= 2 and len(paragraph.text) <= 120
        sentence = paragraph.text.endswith((".", "。", ":", "：")) and not re.match(r"^[\d.]+\s", paragraph.text)
        return paragraph.bold and short and not sentence and paragraph.size > 0.93 * self.body


def _is_formula(paragraph: Paragraph, page: Page, body: float) -> bool:
    """Whether a paragraph is a formula on its own line: a relation, few words, indented."""
    if len(paragraph.lines) > 3 or not _FORMULA_SIGN.search(paragraph.text):
        return False
    return len(_WORD.findall(paragraph.text)) <= 2 and len(paragraph.text) < 120 and not paragraph.bold


def _title(pdf: pdfium.PdfDocument, blocks: list[Block], name: str) -> str:
    """The title that the file gives itself, unless a program wrote it; else the first page's largest heading."""
    given = " ".join(pdf.get_metadata_value("Title").split())
    made = re.match(
        r"(?i)^(microsoft (word|powerpoint)|untitled|document\d*|slide \d|.*\.(docx?|pptx?|tex|dvi|indd|pdf)$)", given
    )
    if given and not made:
        return given
    heads = [block for block in blocks if block.kind == "heading" and block.locator.page in (1, 2)]
    best = min(heads, key=lambda block: (block.locator.page, block.level), default=None)
    return best.text if best else Path(name).stem
