"""PDFium, opened with care: one lock, one way to open a file, and glyphs as runs of text with their boxes.

PDFium keeps global state and is not safe to use from two threads, not even on two files; every call into it, from any
module, is made under LOCK.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from knowledge.errors import UnreadableDocument
from knowledge.language import is_cjk

LOCK = threading.RLock()

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " ", "\u2011": "-"}
)
_RAISED = str.maketrans("0123456789+-−()=ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾⁼ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−()=", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎₌")


@dataclass(slots=True)
class Run:
    """Glyphs that follow one another on one baseline in one style. Points, y downwards from the page's top."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    upright: bool
    baseline: float
    spaced: bool  # a space stands before it


@contextmanager
def open_pdf(path: Path, name: str) -> Iterator[pdfium.PdfDocument]:
    """Opens a PDF. Raises UnreadableDocument when it is locked by a password, damaged or empty.

    The lock is held while opening and closing only, so that others have a turn between pages; whoever uses the
    document takes LOCK for every step.
    """
    with LOCK:
        document = _open(path, name)
    try:
        yield document
    finally:
        with LOCK:
            document.close()


def _open(path: Path, name: str) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(path)
        if len(document):
            return document
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise UnreadableDocument(
                f"{name} is protected by a password. Save a copy without the password and add that.",
                code="document_encrypted",
                name=name,
            ) from error
        raise damaged(name) from error
    except OSError as error:
        raise damaged(name) from error
    document.close()
    raise damaged(name)


def damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged, or no PDF. Open it in a PDF viewer, print it to a new PDF, and add that.",
        code="document_damaged",
        name=name,
    )


def page_transform(page: pdfium.PdfPage) -> tuple[float, float, float, float, float, float]:
    """(a, b, c, d, e, f): page space (x, y) -> points from the upper left corner, as the page is shown (rotation, crop)."""
    width, height = page.get_size()
    scale = 1000
    points = []
    for x, y in ((0.0, 0.0), (100.0, 0.0), (0.0, 100.0)):
        px, py = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            page, 0, 0, int(width * scale), int(height * scale), 0, x, y, ctypes.byref(px), ctypes.byref(py)
        )
        points.append((px.value / scale, py.value / scale))
    (e, f), (ax, ay), (bx, by) = points
    return (ax - e) / 100, (ay - f) / 100, (bx - e) / 100, (by - f) / 100, e, f


def shown(transform, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    """A box of page space as (x0, y0, x1, y1) on the page as shown."""
    a, b, c, d, e, f = transform
    xs = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
    ys = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
    return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    upright: bool


def glyph_runs(page: pdfium.PdfPage) -> list[Run]:
    """The page's text as runs, in the order in which the file draws them."""
    textpage = page.get_textpage()
    try:
        return _join_glyphs(textpage.raw, raw.FPDFText_CountChars(textpage), page_transform(page))
    finally:
        textpage.close()


def _join_glyphs(text, count: int, transform) -> list[Run]:
    a, b, c, d, e, f = transform
    straight = b == c == 0 and a > 0  # hardly a page is turned, and most of reading a PDF is spent below
    unicode_of, box_of, object_of, origin_of = (
        raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetTextObject, raw.FPDFText_GetCharOrigin,
    )  # fmt: skip
    styles: dict[int, _Style] = {}
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    runs: list[Run] = []
    last: Run | None = None
    spaced = False
    style = _Style(1.0, False, True)
    high = 0  # the first half of a character beyond the basic plane
    for index in range(count):
        code = unicode_of(text, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if not (character := _character(code)):
            spaced = True
            continue
        if not box_of(text, index, box):
            continue
        handle = object_of(text, index)
        if handle:
            key = ctypes.c_void_p.from_buffer(handle).value
            if key not in styles:
                styles[key] = _style(text, index, handle, transform)
            style = styles[key]
        origin_of(text, index, x, y)
        baseline = b * x.value + d * y.value + f
        if straight and style.upright and box.left <= box.right:
            x0, x1 = a * box.left + e, a * box.right + e
        else:
            x0, y0, x1, y1 = shown(transform, box.left, box.bottom, box.right, box.top)
        if style.upright:  # boxes of one height for one size, whatever the font's own idea of it
            y0, y1 = baseline - 0.8 * style.size, baseline + 0.2 * style.size
        if last is not None and _continues(last, style, x0, baseline, spaced):
            gap = x0 - last.x1
            glue = " " if (spaced and not _between_cjk(last.text, character)) or gap > 0.25 * style.size else ""
            last.text += glue + character
            last.x0, last.x1 = min(last.x0, x0), max(last.x1, x1)
            last.y0, last.y1 = min(last.y0, y0), max(last.y1, y1)
        else:
            last = Run(character, x0, y0, x1, y1, style.size, style.bold, style.upright, baseline, spaced)
            runs.append(last)
        spaced = False
    return runs


@cache
def _character(code: int) -> str:
    """What a code stands for; nothing for a space, or what is not shown."""
    character = "-" if code == 2 else chr(code).translate(_LIGATURES)  # 2: PDFium's hyphen at a line's end
    blank = character.isspace() or code in (0, 0xAD, 0xFFFE, 0xFFFF) or (code < 32 and code != 2)
    return "" if blank else character


def _style(text, index: int, handle, transform) -> _Style:
    """Size as shown, weight and direction of the text object that a glyph belongs to."""
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text, index, matrix)
    a, b, c, d, _, _ = transform
    up_x, up_y = a * matrix.c + c * matrix.d, b * matrix.c + d * matrix.d
    size = raw.FPDFText_GetFontSize(text, index) * math.hypot(up_x, up_y)
    upright = abs(up_x) < 0.2 * math.hypot(up_x, up_y) and up_y < 0 if (up_x or up_y) else True
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, buffer, 128, ctypes.byref(flags))
    name = buffer.value.decode("latin-1").lower()
    bold = any(word in name for word in ("bold", "black", "heavy", "semibold", "demi")) or (
        raw.FPDFText_GetFontWeight(text, index) >= 600
    )
    return _Style(max(size, 0.5), bold, upright)


def _continues(last: Run, style: _Style, x0: float, baseline: float, spaced: bool) -> bool:
    """Whether a glyph goes on where the last run ended: same style and baseline, no gap as wide as between columns."""
    if (last.upright, last.bold) != (style.upright, style.bold) or abs(last.size - style.size) > 0.05 * last.size:
        return False
    if not style.upright:
        return True
    gap = x0 - last.x1
    return abs(baseline - last.baseline) < 0.1 * style.size and -0.5 * style.size < gap < 0.9 * style.size


def join_runs(runs: list[Run]) -> str:
    """The runs of one line as text; small raised or lowered ones become indices (x², n₁, f_o)."""
    main = max(runs, key=lambda run: (round(run.size, 1), len(run.text)))
    text = ""
    for index, run in enumerate(runs):
        piece = run.text
        if run.size < 0.85 * main.size and index:
            shift = (main.baseline - run.baseline) / main.size
            if shift > 0.15:
                piece = _index(piece, _RAISED, "^")
            elif shift < -0.08:
                piece = _index(piece, _LOWERED, "_")
        if index:
            before = runs[index - 1]
            gap = run.x0 - before.x1
            wide = gap > (0.5 if is_cjk(text[-1:]) or is_cjk(piece[:1]) else 0.2) * min(run.size, before.size)
            closes = piece[0] in ",.;:)" and gap < 0.15 * run.size
            text += " " if wide or (run.spaced and not closes and not _between_cjk(text, piece)) else ""
        text += piece
    return text


def _between_cjk(before: str, after: str) -> bool:
    """Whether a space here is a layout program's: Chinese is written without."""
    return is_cjk(before[-1:]) and is_cjk(after[:1])


def _index(text: str, table: dict[int, int], mark: str) -> str:
    """An index in its own characters where there are some, else with LaTeX's mark."""
    moved = text.translate(table)
    if all(ord(character) in table for character in text):
        return moved
    if not text.isalnum():  # a footnote's star, a prime: as it stands
        return text
    return f"{mark}{text}" if len(text) == 1 else f"{mark}{{{text}}}"
