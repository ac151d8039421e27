"""A textbook made in code, of any length: chapters, running heads, prose, lists, a table and a drawing now and then.

The words are our own, and no two sentences of a book are the same, so that nothing is embedded once for many.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.material import drawing, paragraph, pdf, rule, write

_LINES, _WORDS = 40, 13  # of a full page of prose, and of a line
_SUBJECTS = (
    "a thin lens", "the pupil of the eye", "a plane mirror", "the grating", "a prism of flint glass", "the condenser", "a laser diode",
    "the aperture stop", "an optical fibre", "the retina", "a beam splitter", "the objective of a microscope", "a quarter-wave plate",
)  # fmt: skip
_VERBS = (
    "bends", "reflects", "spreads", "delays", "focuses", "absorbs", "polarises", "collects", "magnifies", "divides", "guides", "weakens",
)  # fmt: skip
_OBJECTS = (
    "the light of a distant star", "a bundle of parallel rays", "the red end of the spectrum", "every wave that arrives at an angle",
    "what a screen would otherwise show", "the image of a small source", "the part of the wave near its rim", "light that has passed twice",
)  # fmt: skip
_REASONS = (
    "because its speed differs in glass", "as the drawing on the next page shows", "unless the angle exceeds {n} degrees",
    "which was first measured with {n} slits", "so that {n} parts in a thousand are lost", "when the distance is {n} millimetres",
    "and the error stays below {n} per cent", "while a colour of {n} nanometres is left alone",
)  # fmt: skip


def write_book(file: Path, pages: int, *, seed: int = 1) -> None:
    """Writes a PDF of so many pages. The same seed gives the same book."""
    chance = random.Random(seed)
    title = f"Light and Instruments, volume {seed}"
    file.write_bytes(pdf(*(_page(number, chance, title) for number in range(1, pages + 1)), title=title))


def _page(number: int, chance: random.Random, title: str) -> str:
    """Every page has a section; one in ten begins a chapter, shows a table, or a drawing."""
    content = write(60, 40, title, 8) + write(500, 810, str(number), 8)
    y = 80.0
    if number % 10 == 1:
        content += write(60, y, f"Chapter {number // 10 + 1}: {chance.choice(_SUBJECTS)}", 20, bold=True)
        y += 40
    section = f"{number // 10 + 1}.{number % 10 + 1} How {chance.choice(_SUBJECTS)} {chance.choice(_VERBS)}"
    content += write(60, y, section, 13, bold=True)
    y += 24
    if number % 10 == 4:
        content += drawing(150, y, 250, 150) + write(180, y + 80, "light path", 9)
        content += write(150, y + 168, f"Figure {number}: {_sentence(chance)[:60]}", 9)
        y += 200
    if number % 10 == 7:
        content += _table(y, chance)
        y += 120
    lines = _lines(chance, min(_LINES, int((780 - y) / 15.5)))
    for start in range(0, len(lines), 8):
        part = lines[start : start + 8]
        content += paragraph(60, y, part, 10, leading=1.3)
        y += 13 * len(part) + 10
    return content


def _lines(chance: random.Random, count: int) -> list[str]:
    words: list[str] = []
    while len(words) < count * _WORDS:
        words += _sentence(chance).split()
    return [" ".join(words[start : start + _WORDS]) for start in range(0, count * _WORDS, _WORDS)]


def _sentence(chance: random.Random) -> str:
    reason = chance.choice(_REASONS).format(n=chance.randint(2, 900))
    return f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_OBJECTS)}, {reason}.".capitalize()


def _table(y: float, chance: random.Random) -> str:
    content = write(60, y, f"Table {chance.randint(1, 99)}: what was measured", 9) + rule(60, y + 6, 460)
    rows = [(chance.choice(_SUBJECTS), f"{chance.randint(1, 900)} mm", f"{chance.randint(1, 99)} %") for _ in range(4)]
    for number, row in enumerate([("Part", "Length", "Share"), *rows]):
        for column, cell in enumerate(row):
            content += write(60 + 180 * column, y + 20 + 15 * number, cell, 10, bold=number == 0)
    return content + rule(60, y + 24, 460) + rule(60, y + 86, 460)
