"""How fast passages are found among very many: courses of made-up words, and an index of a million simulated vectors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.kills import HashEmbedder
from benchmarks.report import Figure
from knowledge.documents import Chunk, Document, Locator
from knowledge.index.cells import CellIndex
from knowledge.library import Library
from knowledge.retrieval import Query, Retriever


def speed(folder: Path, quick: bool) -> list[Figure]:
    """Answering time among many, without the embedding of the question, which depends on the embedder alone."""
    rows = []
    for count, bar in ((10_000, 25), (100_000, 50)) if not quick else ((10_000, 25),):
        library, embedder = Library(folder / f"speed-{count}"), HashEmbedder()
        course = library.create("many", embedder=embedder.name, dimensions=embedder.dimensions)
        rng = random.Random(1)
        lexicon = [f"word{n}" for n in range(20_000)]
        weights = [1 / (n + 1) for n in range(len(lexicon))]  # as in any language: Zipf's law
        chunks = [Chunk(" ".join(rng.choices(lexicon, weights, k=100)), Locator()) for _ in range(count)]
        file = folder / "many.md"
        file.write_text("many")
        course.store(Document("many.md", "Many", "markdown", "en", ()), file, chunks, _unit(count, course.dimensions))
        retriever = Retriever(embedder)
        questions = [Query(" ".join(rng.choices(lexicon, weights, k=8))) for _ in range(60)]
        vectors = [embedder.embed_query(question.text) for question in questions]
        retriever.retrieve(course, questions[0])
        ms = _median_ms(partial(retriever.retrieve, course), questions)
        plain = _median_ms(lambda vector, course=course: course.passages([i for i, _ in course.nearest(vector, 6)]), vectors)
        rows.append(Figure(f"time among {count:,} passages", ms, "ms", plain, bar))
        library.close()
    count = 250_000 if quick else 1_000_000
    vectors = _unit(count, 384)
    index = CellIndex.build(np.arange(count), vectors)
    asked = vectors[:100] + np.random.default_rng(2).standard_normal((100, 384)).astype(np.float32) * 0.5 / 384**0.5
    exact = np.array([np.argpartition(-(vectors @ one), 10)[:10] for one in asked])
    ms = _median_ms(lambda one: index.search(one, 40), list(asked))
    right = fmean(len({i for i, _ in index.search(one, 10)} & set(want.tolist())) / 10 for one, want in zip(asked, exact, strict=True))
    return [
        *rows,
        Figure(f"nearest of {count:,} simulated vectors", ms, "ms", _median_ms(lambda one: vectors @ one, list(asked[:9])), 100),
        Figure("the same: of the ten nearest found", right, "share", None, 0.98, smaller=False),
    ]


def _unit(count: int, dimensions: int) -> np.ndarray:
    """Vectors in clumps, as those of texts on many subjects lie."""
    rng = np.random.default_rng(1)
    subjects = rng.standard_normal((max(1, count // 200), dimensions)).astype(np.float32)
    subjects /= np.linalg.norm(subjects, axis=1, keepdims=True)
    vectors = subjects[rng.integers(0, len(subjects), count)]
    for start in range(0, count, 50_000):
        part = vectors[start : start + 50_000]
        part += rng.standard_normal(part.shape).astype(np.float32) * 0.9 / dimensions**0.5
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def _median_ms(work: Callable, values: Sequence) -> float:
    taken = []
    for value in values:
        began = time.perf_counter()
        work(value)
        taken.append(time.perf_counter() - began)
    return 1000 * median(taken)
