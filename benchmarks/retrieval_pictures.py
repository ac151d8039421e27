"""The figures of a course found again from what students make of them: crops, turned and slanted photos, bad light."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

import cv2
import numpy as np
from PIL import Image

from benchmarks.kills import HashEmbedder
from benchmarks.report import Figure
from knowledge.documents import Chunk, Document, Locator
from knowledge.documents import Figure as CourseFigure
from knowledge.figure_search import features_of, find_figures, writer
from knowledge.library import Library
from knowledge.picture import decode_picture, encode_picture


def pictures(course_folder: Path, folder: Path, copies: int) -> list[Figure]:
    files = sorted(f for f in course_folder.rglob("*") if f.suffix in (".png", ".jpg", ".jpeg"))
    given = [decode_picture(file.read_bytes()) for file in files]
    figures = tuple(CourseFigure(Locator(figure=n), one.data) for n, one in enumerate(given, start=1))
    embedder = HashEmbedder()
    library = Library(folder / "pictures")
    course = library.create("pictures", embedder=embedder.name, dimensions=embedder.dimensions)
    note = folder / "note.md"
    note.write_text("figures")
    began = perf_counter()
    found = [features_of(figure.image) for figure in figures]
    each = (perf_counter() - began) / len(figures)
    document = Document("note.md", "Figures", "markdown", "en", (), figures)
    course.store(document, note, [Chunk("figures", Locator())], embedder.embed_passages(["figures"]), beside=(writer(found),))
    place = {stored.figure_id: stored.locator.figure - 1 for stored in course.figures()}
    rng, right, times = random.Random(5), {kind: [] for kind in _KINDS}, []
    for n in range(copies):
        kind = list(_KINDS)[n % len(_KINDS)]
        which = rng.randrange(len(given))
        pixels = _KINDS[kind](np.asarray(given[which].to_image()).copy(), rng)
        picture = encode_picture(Image.fromarray(pixels))
        began = perf_counter()
        matches = find_figures(course, picture)
        times.append(perf_counter() - began)
        right[kind].append(bool(matches) and place[matches[0].figure_id] == which)
    library.close()
    every = [hit for hits in right.values() for hit in hits]
    return [
        Figure(f"figure found again from {copies} copies, of {len(figures)} figures", fmean(every), "share", None, 0.95, smaller=False),
        *(Figure(f"the same: {kind}", fmean(hits), "share", smaller=False) for kind, hits in right.items()),
        Figure("finding a figure again", 1000 * median(times), "ms"),
        Figure("taking up a figure", 1000 * each, "ms"),
    ]


def _crop(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    height, width = pixels.shape[:2]
    share = rng.uniform(0.6, 0.9)
    high, wide = int(height * share), int(width * share)
    top, left = rng.randint(0, height - high), rng.randint(0, width - wide)
    return pixels[top : top + high, left : left + wide]


def _turn(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-15, 15), 1)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = int(height * sin + width * cos), int(height * cos + width * sin)
    turn[:, 2] += wide / 2 - width / 2, high / 2 - height / 2
    return cv2.warpAffine(pixels, turn, (wide, high), borderValue=(200, 200, 200))


def _slant(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    height, width = pixels.shape[:2]
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    inwards = np.float32([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    moved = corners + inwards * np.float32([[rng.uniform(0, 0.12) * width, rng.uniform(0, 0.12) * height] for _ in range(4)])
    return cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, moved), (width, height), borderValue=(90, 80, 70))


def _blur(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    return cv2.GaussianBlur(pixels, (0, 0), max(1.0, min(pixels.shape[:2]) / 300 * rng.uniform(0.8, 1.6)))


def _jpeg(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)


def _light(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    height, width = pixels.shape[:2]
    across = np.linspace(rng.uniform(0.5, 0.8), rng.uniform(1, 1.25), width)[None, :, None]
    down = np.linspace(rng.uniform(0.7, 1), 1, height)[:, None, None]
    noise = np.random.default_rng(rng.randint(0, 9999)).normal(0, 6, pixels.shape)
    return np.clip(pixels * across * down * np.array([1.05, 0.95, 0.85]) + noise, 0, 255).astype(np.uint8)


def _photo(pixels: np.ndarray, rng: random.Random) -> np.ndarray:
    for change in (_crop, _slant, _turn, _light, _jpeg):
        pixels = change(pixels, rng)
    return pixels


_KINDS: dict[str, Callable[[np.ndarray, random.Random], np.ndarray]] = {
    "crop": _crop, "turned": _turn, "slanted": _slant, "blurred": _blur, "JPEG quality 30": _jpeg, "light": _light,
    "cropped, slanted, turned, lit and JPEG together": _photo,
}  # fmt: skip
