"""What is drawn on a PDF page: its graphics, gathered into drawings, and the captions that belong to them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from scipy import ndimage

from knowledge.captions import caption_in
from knowledge.language import is_cjk
from knowledge.readers.pdf_file import page_transform, shown
from knowledge.readers.pdf_layout import Segment

_MOST_OBJECTS = 20_000  # of a page: a map or a scatter plot has more, and they add nothing to where it stands
_CELL = 4.0  # points: the grain in which drawings are told apart
_NEAR = 3  # cells: parts this near belong to one drawing
_LEAST_SIDE = 36.0  # points: half an inch; smaller drawings are icons and bullets


@dataclass(frozen=True, slots=True)
class Graphic:
    """An image, a path, a shading or a form on the page, by its box."""

    kind: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_rule(self) -> bool:
        return min(self.x1 - self.x0, self.y1 - self.y0) <= 2.5


@dataclass(slots=True)
class Region:
    """The part of a page that a figure fills; `caption` is the first line of its caption."""

    x0: float
    y0: float
    x1: float
    y1: float
    caption: Segment | None = None

    def holds(self, box) -> bool:
        """Whether a box's middle lies inside."""
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


def page_graphics(page: pdfium.PdfPage) -> list[Graphic]:
    """What is drawn on a page besides text. A form that fills the page is looked into, any other is one graphic."""
    transform = page_transform(page)
    width, height = page.get_size()
    found: list[Graphic] = []

    def collect(count: int, get, matrix, depth: int) -> None:
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        for index in range(min(count, _MOST_OBJECTS - len(found))):
            item = get(index)
            kind = raw.FPDFPageObj_GetType(item)
            if kind == raw.FPDF_PAGEOBJ_TEXT or not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
                continue
            corners = shown(matrix, left.value, bottom.value, right.value, top.value)
            x0, y0, x1, y1 = shown(transform, *corners)
            x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, width), min(y1, height)
            if x1 < x0 or y1 < y0:
                continue
            fills = (x1 - x0) * (y1 - y0) > 0.7 * width * height
            if kind == raw.FPDF_PAGEOBJ_FORM and fills and depth < 3:
                own = raw.FS_MATRIX()
                raw.FPDFPageObj_GetMatrix(item, own)
                inner = _multiply((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
                collect(raw.FPDFFormObj_CountObjects(item), _getter(item), inner, depth + 1)
            elif not fills or kind == raw.FPDF_PAGEOBJ_IMAGE:
                found.append(Graphic(_KINDS.get(kind, "path"), x0, y0, x1, y1))

    collect(raw.FPDFPage_CountObjects(page), lambda i: raw.FPDFPage_GetObject(page, i), (1, 0, 0, 1, 0, 0), 0)
    return found


_KINDS = {raw.FPDF_PAGEOBJ_IMAGE: "image", raw.FPDF_PAGEOBJ_FORM: "form", raw.FPDF_PAGEOBJ_SHADING: "shading"}


def _getter(form):
    return lambda index: raw.FPDFFormObj_GetObject(form, index)


def _multiply(first, then):
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def figure_regions(
    graphics: Sequence[Graphic], segments: Sequence[Segment], width: float, height: float, body: float
) -> list[Region]:
    """Where the figures of a page are: drawings joined to their nearest caption, and large ones without a caption."""
    prose = [s for s in segments if _width(s.text) > 45 and s.size > 0.9 * body and not caption_in(s.text)]
    drawn = [g for g in graphics if not _is_panel(g, prose, width, height)]
    captions = [s for s in segments if (caption := caption_in(s.text)) and caption.kind == "figure"]
    regions: dict[int, Region] = {}
    alone: list[Region] = []
    for drawing, parts in _drawings(drawn, width, height):
        owner = _owner(drawing, captions, prose, height)
        if owner is None:
            if _stands_alone(drawing, parts, width, height):
                alone.append(drawing)
            continue
        region = regions.setdefault(id(owner), Region(drawing.x0, drawing.y0, drawing.x1, drawing.y1, owner))
        region.x0, region.y0 = min(region.x0, drawing.x0), min(region.y0, drawing.y0)
        region.x1, region.y1 = max(region.x1, drawing.x1), max(region.y1, drawing.y1)
    kept = [r for r in regions.values() if min(r.x1 - r.x0, r.y1 - r.y0) >= _LEAST_SIDE]
    alone = [r for r in alone if not any(k.holds(r) for k in kept)]
    for region in [*kept, *alone]:
        _take_labels(region, segments, prose, body, width, height)
    return sorted([*kept, *alone], key=lambda r: (r.y0, r.x0))


def _is_panel(graphic: Graphic, prose: Sequence[Segment], width: float, height: float) -> bool:
    """A background, a stripe along the page's edge, or a panel behind running text; a rule is kept, it may be an axis."""
    wide, high = graphic.x1 - graphic.x0, graphic.y1 - graphic.y0
    stripe = high > 0.9 * height or wide > 0.97 * width
    if stripe and (graphic.kind != "image" or wide * high > 0.85 * width * height):
        return True
    inside = Region(graphic.x0, graphic.y0, graphic.x1, graphic.y1)
    lines = sum(inside.holds(line) for line in prose)
    return lines >= 2 or (lines == 1 and graphic.kind == "path" and graphic.y1 - graphic.y0 < 4 * prose[0].size)


def _drawings(graphics: Sequence[Graphic], width: float, height: float):
    """Graphics gathered into drawings: those that touch, or nearly, on a coarse grid. Lone rules are none."""
    if not graphics:
        return
    rows, columns = int(height / _CELL) + 1, int(width / _CELL) + 1
    grid = np.zeros((rows, columns), bool)
    for g in graphics:
        grid[int(g.y0 / _CELL) : int(g.y1 / _CELL) + 1, int(g.x0 / _CELL) : int(g.x1 / _CELL) + 1] = True
    labels, _ = ndimage.label(ndimage.binary_dilation(grid, np.ones((_NEAR, _NEAR))))
    groups: dict[int, list[Graphic]] = {}
    for g in graphics:
        row, column = min(int((g.y0 + g.y1) / 2 / _CELL), rows - 1), min(int((g.x0 + g.x1) / 2 / _CELL), columns - 1)
        groups.setdefault(int(labels[row, column]), []).append(g)
    for parts in groups.values():
        if all(g.is_rule and g.y1 - g.y0 <= 2.5 for g in parts):
            continue  # rules of a table, or under a heading
        box = Region(
            min(g.x0 for g in parts), min(g.y0 for g in parts), max(g.x1 for g in parts), max(g.y1 for g in parts)
        )
        yield box, parts


def _owner(drawing: Region, captions: Sequence[Segment], prose: Sequence[Segment], height: float) -> Segment | None:
    """The caption that a drawing belongs to: the nearest below, above or beside it, with no running text between."""
    best: tuple[float, Segment] | None = None
    for caption in captions:
        overlap = min(drawing.x1, caption.x1) - max(drawing.x0, caption.x0)
        level = min(drawing.y1, caption.y1) - max(drawing.y0, caption.y0)
        if overlap > 0:
            below = caption.y0 - drawing.y1
            distance = max(below, 0.0) if below > -6 else 1.5 * max(drawing.y0 - caption.y1, 0.0) + 20
        elif level > 0:
            distance = 15 + max(caption.x0 - drawing.x1, drawing.x0 - caption.x1)
        else:
            continue
        gap = Region(
            max(drawing.x0, caption.x0) - 1e-3,
            min(drawing.y1, caption.y1),
            min(drawing.x1, caption.x1) + 1e-3,
            max(drawing.y0, caption.y0),
        )
        between = any(
            gap.y0 < (line.y0 + line.y1) / 2 < gap.y1 and min(line.x1, gap.x1) > max(line.x0, gap.x0) for line in prose
        )
        if not between and distance < 0.35 * height and (best is None or distance < best[0]):
            best = (distance, caption)
    return best[1] if best else None


def _stands_alone(drawing: Region, parts: Sequence[Graphic], width: float, height: float) -> bool:
    """Whether a drawing without a caption is worth keeping: a picture or a rich drawing of some size."""
    wide, high = drawing.x1 - drawing.x0, drawing.y1 - drawing.y0
    if min(wide, high) < _LEAST_SIDE or wide * high < 0.03 * width * height:
        return False
    return any(g.kind in ("image", "form") for g in parts) or sum(not g.is_rule for g in parts) >= 15


def _take_labels(
    region: Region, segments: Sequence[Segment], prose: Sequence[Segment], body: float, width: float, height: float
) -> None:
    """Widens a region by the labels at its rim: short, small text nearer than two lines, no prose and no caption."""
    for segment in segments:
        if segment in prose or segment is region.caption or caption_in(segment.text) or _width(segment.text) > 40:
            continue
        if segment.size > 1.02 * body:
            continue
        near = 1.0 * body
        beside = segment.x0 < region.x1 + near and segment.x1 > region.x0 - near
        level = segment.y0 < region.y1 + near and segment.y1 > region.y0 - near
        edge = region.caption
        if edge is not None and segment.y0 > edge.y0 - 2 and edge.y0 > region.y1 - 6:
            continue  # the caption's own further lines
        if beside and level and (segment.size < 0.97 * body or region.holds(segment)):
            region.x0, region.y0 = min(region.x0, segment.x0), min(region.y0, segment.y0)
            region.x1, region.y1 = max(region.x1, segment.x1), max(region.y1, segment.y1)
    region.x0, region.y0 = max(region.x0 - 3, 0), max(region.y0 - 3, 0)
    region.x1, region.y1 = min(region.x1 + 3, width), min(region.y1 + 3, height)
    if region.caption is not None and region.y0 < region.caption.y0 < region.y1:
        if region.caption.y0 - region.y0 > region.y1 - region.caption.y1:
            region.y1 = region.caption.y0 - 1
        elif region.caption.y1 < region.y1 and region.y0 >= region.caption.y0 - 6:
            region.y0 = region.caption.y1


def _width(text: str) -> int:
    """How long a text is, counted in Latin letters: a Han character is twice as wide."""
    return len(text) + sum(map(is_cjk, text))
