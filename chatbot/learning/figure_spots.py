"""The picture of a question that asks for a label: the figure with the marked spot covered. Pure pixels, no course, no screen."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from chatbot.learning.questions import Box, Spot

_MARK, _INK, _PLAIN = "#1d4ed8", "#ffffff", "#e5e7eb"
_MARGIN = 0.12  # of a box's height, so that no part of a letter looks out


def mark(image: bytes, spot: Spot) -> bytes:
    """The figure as PNG: a question mark on blue where the label belongs, plain patches on what would give it away."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    drawing = ImageDraw.Draw(picture)
    for box in spot.covered:
        drawing.rectangle(_pixels(box, picture.size), fill=_PLAIN)
    x0, y0, x1, y1 = _pixels(spot.marked, picture.size)
    drawing.rectangle((x0, y0, x1, y1), fill=_MARK)
    font = ImageFont.load_default(max(8, int(0.8 * (y1 - y0))))
    drawing.text(((x0 + x1) / 2, (y0 + y1) / 2), "?", fill=_INK, font=font, anchor="mm")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _pixels(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    width, height = size
    more = _MARGIN * (box.y1 - box.y0) * height
    return (
        max(0.0, box.x0 * width - more),
        max(0.0, box.y0 * height - more),
        min(width - 1.0, box.x1 * width + more),
        min(height - 1.0, box.y1 * height + more),
    )
