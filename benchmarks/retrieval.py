"""Is the right passage found? On passages of an encyclopaedia and on a lecture course, in English, in Chinese and across;
with questions cut short, going on, and put to the wrong course; by pictures; and among very many.

The data is not part of this repository: --eval names its folder, and without it only speed is measured. Baselines are the
same course searched by vectors alone, with the same embedder. Weights were chosen on questions with odd places: rows marked
"even" show the others.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.kills import HashEmbedder
from benchmarks.report import Figure, main
from benchmarks.retrieval_pictures import pictures
from chatbot.conversation import Exchange
from chatbot.loading import build_engines
from chatbot.rewriting import stand_alone
from chatbot.settings import read_settings
from knowledge.adding import Tools, add
from knowledge.course import Course
from knowledge.documents import Chunk, Document, Locator
from knowledge.embedding import Embedder
from knowledge.evidence import strength
from knowledge.index.cells import CellIndex
from knowledge.keywords import rarity
from knowledge.lexical import content_words, surfaces
from knowledge.library import Library
from knowledge.retrieval import Query, Retriever

ENGLISH, MULTILINGUAL = "all-MiniLM-L6-v2", "multilingual-e5-small-q4"
_FEW = 5  # words of a question cut short


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the documents that answer it."""

    text: str
    documents: frozenset[str]


class Remembering:
    """An embedder that embeds no text twice, as several courses here hold the same."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self._known = embedder, {}
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self.most_tokens, self.count_tokens = embedder.most_tokens, embedder.count_tokens

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if missing := [text for text in dict.fromkeys(texts) if ("", text) not in self._known]:
            self._known |= {("", t): v for t, v in zip(missing, self._embedder.embed_passages(missing), strict=True)}
        return np.array([self._known["", text] for text in texts], np.float32).reshape(len(texts), self.dimensions)

    def embed_query(self, text: str) -> np.ndarray:
        if ("?", text) not in self._known:
            self._known["?", text] = self._embedder.embed_query(text)
        return self._known["?", text]


def measure(data: Path | None, quick: bool) -> list[Figure]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if data is not None and data.is_dir():
            rows += _Bench(Path(folder), data, quick).rows()
            rows += pictures(data / "course-iot" / "en", Path(folder), 70 if quick else 210)
        rows += _speed(Path(folder), quick)
    return rows


class _Bench:
    """The courses and questions of one run."""

    def __init__(self, folder: Path, data: Path, quick: bool) -> None:
        self.folder, self.data, self.quick = folder, data, quick
        self.library = Library(folder / "courses")
        embedders = build_engines(read_settings(profile="starter")).load("embedder")
        self.embedders = {name: Remembering(embedders.named(name)) for name in (ENGLISH, MULTILINGUAL)}
        self.material = folder / "material"
        for language in ("en", "zh"):
            place = self.material / f"passages-{language}"
            place.mkdir(parents=True)
            for passage in _lines(data / "qa" / f"xquad-{language}" / "corpus.jsonl"):
                (place / f"{passage['_id']}.md").write_text(passage["text"] + "\n", encoding="utf-8")
            lessons = data / "course-iot" / language
            for file in sorted(lessons.glob("*/lessons/*/README.md")):
                copy = self.material / f"lessons-{language}" / file.relative_to(lessons)
                copy.parent.mkdir(parents=True)
                copy.write_bytes(file.read_bytes())

    def rows(self) -> list[Figure]:
        passages_en, passages_zh = self.passages("en"), self.passages("zh")
        quiz_en, quiz_zh = self.quiz("en"), self.quiz("zh")
        course = self.course
        english, lessons = course("passages-en", ENGLISH), course("lessons-en", ENGLISH)
        rows = [
            *self.found("English passages, first", english, passages_en, 1, 0.97),
            *self.found("lessons for English quiz, in three", lessons, quiz_en, 3, 0.98),
            *self.short(english, passages_en),
            *self.refused((english, passages_en), (lessons, quiz_en)),
        ]
        if self.quick:
            return rows
        chinese, lessons_zh = course("passages-zh", MULTILINGUAL), course("lessons-zh", MULTILINGUAL)
        across, lessons_across = course("passages-en", MULTILINGUAL), course("lessons-en", MULTILINGUAL)
        rows += [
            *self.found("Chinese passages, first", chinese, passages_zh, 1, 0.97),
            *self.found("English passages, multilingual embedder, first", across, passages_en, 1),
            *self.found("Chinese questions on English passages, first", across, passages_zh, 1, 0.85),
            *self.found("English questions on Chinese passages, first", chinese, passages_en, 1),
            *self.found("Chinese lessons for Chinese quiz, in three", lessons_zh, quiz_zh, 3, 0.94),
            *self.found("English lessons for Chinese quiz, in three", lessons_across, quiz_zh, 3, 0.85),
            *self.found("the same, English embedder", lessons, quiz_zh, 3),
            *self.refused((chinese, passages_zh), (lessons_zh, quiz_zh)),
        ]
        everything = course("", MULTILINGUAL)
        for name, asked, first, alone in (
            ("English passages", passages_en, 1, across), ("Chinese passages", passages_zh, 1, chinese),
            ("English quiz", quiz_en, 3, lessons_across), ("Chinese quiz", quiz_zh, 3, lessons_zh),
        ):  # fmt: skip
            both = [Asked(one.text, one.documents | {f"{folder.name}/{d}" for folder in self.material.iterdir() for d in one.documents}) for one in asked]
            lost = self.share(alone, asked, first) - self.share(everything, both, first)
            rows.append(Figure(f"lost when all lies in one course: {name}", 100 * lost, "points", None, 3))
        return rows

    def course(self, part: str, embedder: str) -> Course:
        name = f"{part or 'everything'} {embedder}"
        if name in self.library.names():
            return self.library.open(name)
        used = self.embedders[embedder]
        course = self.library.create(name, embedder=embedder, dimensions=used.dimensions)
        for step in add(course, self.material / part, Tools(used)):
            assert step.stage != "failed", step.message
        return course

    def passages(self, language: str) -> list[Asked]:
        folder = self.data / "qa" / f"xquad-{language}"
        rows = [line.split("\t") for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]]
        place = {row[0]: row[1] for row in rows}
        return [Asked(q["text"], frozenset({f"{place[q['_id']]}.md"})) for q in _lines(folder / "queries.jsonl")]

    def quiz(self, language: str) -> list[Asked]:
        lines = _lines(self.data / "course-iot" / "quiz.jsonl")
        ours = [q for q in lines if q["lang"] == language and q["quiz_id"] % 2 == 0]
        return [Asked(q["question"], frozenset({q["lesson_file"]})) for q in ours]

    def found(self, name: str, course: Course, asked: Sequence[Asked], first: int, bar: float | None = None) -> list[Figure]:
        plain = [_hit(self.by_vectors(course, one.text), one, first) for one in asked]
        ours = [_hit(self.by_all(course, one.text), one, first) for one in asked]
        return [
            Figure(name, fmean(ours), "share", fmean(plain), bar, smaller=False),
            Figure(f"{name}, even", fmean(ours[::2]), "share", fmean(plain[::2]), smaller=False),
        ]

    def share(self, course: Course, asked: Sequence[Asked], first: int) -> float:
        return fmean(_hit(self.by_all(course, one.text), one, first) for one in asked)

    def short(self, course: Course, asked: Sequence[Asked]) -> list[Figure]:
        """Cut to their rarest words, and asked as what goes on from a question before."""
        whole, rare, going_on = self.share(course, asked, 1), [], []
        for one in asked:
            rare.append(Asked(_rarest(course, one.text), one.documents))
            subject = " ".join(_rarest(course, one.text).split()[:2])
            before = Exchange(f"What does the course say about {subject}?", "It says something about it.")
            going_on.append(Asked(stand_alone(f"and {one.text[0].lower()}{one.text[1:]}", [before]), one.documents))
        return [
            Figure(f"lost by questions cut to {_FEW} words", 100 * (whole - self.share(course, rare, 1)), "points", None, 10),
            Figure("lost by questions that go on", 100 * (whole - self.share(course, going_on, 1)), "points", None, 10),
        ]

    def refused(self, one: tuple[Course, Sequence[Asked]], other: tuple[Course, Sequence[Asked]]) -> list[Figure]:
        """Weak evidence for another course's questions, and for one's own."""
        weak: dict[bool, list[bool]] = {True: [], False: []}
        for course, own, strange in ((one[0], one[1], other[1]), (other[0], other[1], one[1])):
            for mine, asked in ((True, own), (False, strange)):
                weak[mine] += [strength(self.passages_of(course, a.text, 6)) == "weak" for a in asked[::2]]
        kind = one[0].name
        return [
            Figure(f"another course's questions told apart: {kind}", fmean(weak[False]), "share", None, 0.9, smaller=False),
            Figure(f"own questions called weak: {kind}", fmean(weak[True]), "share", None, 0.05),
        ]

    def passages_of(self, course: Course, text: str, k: int):
        return Retriever(self.embedders[course.embedder]).retrieve(course, Query(text), k)

    def by_all(self, course: Course, text: str) -> list[str]:
        return [passage.document for passage in self.passages_of(course, text, 12)]

    def by_vectors(self, course: Course, text: str) -> list[str]:
        nearest = course.nearest(self.embedders[course.embedder].embed_query(text), 12)
        passages = course.passages([chunk for chunk, _ in nearest])
        return [passages[chunk].document for chunk, _ in nearest]


def _speed(folder: Path, quick: bool) -> list[Figure]:
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
        retriever.retrieve(course, questions[0])
        rows.append(Figure(f"time among {count:,} passages", _median_ms(partial(retriever.retrieve, course), questions), "ms", None, bar))
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


def _hit(documents: Sequence[str], asked: Asked, first: int) -> bool:
    return bool(set(list(dict.fromkeys(documents))[:first]) & asked.documents)


def _rarest(course: Course, text: str) -> str:
    """The rarest words of a question, as they are written, in its order."""
    about = content_words(text)
    rare = rarity(course, about)
    kept = set(sorted(about, key=lambda word: -rare[word])[:_FEW])
    return " ".join(surface for surface, word in surfaces(text, about).items() if word in kept)


def _median_ms(work: Callable, values: Sequence) -> float:
    taken = []
    for value in values:
        began = time.perf_counter()
        work(value)
        taken.append(time.perf_counter() - began)
    return 1000 * median(taken)


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--eval", type=Path, default=None)
    known, sys.argv[1:] = options.parse_known_args()
    sys.exit(main(partial(measure, known.eval), __doc__))
