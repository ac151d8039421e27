"""Is the right passage found? On passages of an encyclopaedia and on a lecture course, in English, in Chinese and across;
with questions cut short, going on, and put to the wrong course; by pictures; and among very many.

The data is not part of this repository: --eval names its folder, and without it only speed is measured. Baselines are the
same course searched by vectors alone, with the same embedder. Weights were chosen on questions with odd places: rows marked
"even" show the others.

All of it takes a quarter of an hour on two free cores, most of it embedding. `--only english,chinese,across,together,pictures,speed`
measures parts, and `--keep FOLDER` keeps the courses for the next part.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.report import Figure, main
from benchmarks.retrieval_pictures import pictures
from benchmarks.retrieval_speed import speed
from chatbot.conversation import Exchange
from chatbot.loading import build_engines
from chatbot.rewriting import stand_alone
from chatbot.settings import read_settings
from knowledge.adding import Tools, add
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.embedding import Embedder
from knowledge.evidence import strength
from knowledge.keywords import rarity
from knowledge.lexical import content_words, surfaces
from knowledge.library import Library
from knowledge.retrieval import Query, Retriever

ENGLISH, MULTILINGUAL = "all-MiniLM-L6-v2", "multilingual-e5-small-q4"
PARTS = ("english", "chinese", "across", "together", "pictures", "speed")
_FEW = 5  # words of a question cut short
_DEEP = 12  # passages that are looked at

Search = Callable[[Course, str], Sequence[str]]


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


def measure(data: Path | None, keep: Path | None, only: Sequence[str], quick: bool) -> list[Figure]:
    parts = [part for part in PARTS if part in only] if only else (["english", "pictures", "speed"] if quick else PARTS)
    rows = []
    with tempfile.TemporaryDirectory() as passing:
        if data is not None and data.is_dir():
            bench = _Bench(keep or Path(passing), data)
            for part in parts:
                if found := getattr(bench, part, None):
                    rows += found()
            if "pictures" in parts:
                rows += pictures(data / "course-iot" / "en", Path(passing), 70 if quick else 210)
            bench.library.close()
        if "speed" in parts:
            rows += speed(Path(passing), quick)
    return rows


class _Bench:
    """The courses and questions of one run; each course is made when it is first asked for."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.data = folder, data
        self.library = Library(folder / "courses")
        embedders = build_engines(read_settings(profile="starter")).load("embedder")
        self.embedders = {name: Remembering(embedders.named(name)) for name in (ENGLISH, MULTILINGUAL)}
        self.material = folder / "material"
        self._found: dict[tuple[str, str], tuple[Passage, ...]] = {}
        for language in ("en", "zh"):
            place = self.material / f"passages-{language}"
            place.mkdir(parents=True, exist_ok=True)
            for passage in _lines(data / "qa" / f"xquad-{language}" / "corpus.jsonl"):
                (place / f"{passage['_id']}.md").write_text(passage["text"] + "\n", encoding="utf-8")
            lessons = data / "course-iot" / language
            for file in sorted(lessons.glob("*/lessons/*/README.md")):
                copy = self.material / f"lessons-{language}" / file.relative_to(lessons)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(file.read_bytes())

    def english(self) -> list[Figure]:
        passages, quiz = self.passages("en"), self.quiz("en")
        english, lessons = self.course("passages-en", ENGLISH), self.course("lessons-en", ENGLISH)
        return [
            *self.found("English passages, first", english, passages, 1, 0.97),
            *self.found("lessons for English quiz, in three", lessons, quiz, 3, 0.98),
            *self.short(english, passages),
            *self.refused((english, passages), (lessons, quiz)),
        ]

    def chinese(self) -> list[Figure]:
        passages, quiz = self.passages("zh"), self.quiz("zh")
        chinese, lessons = self.course("passages-zh", MULTILINGUAL), self.course("lessons-zh", MULTILINGUAL)
        return [
            *self.found("Chinese passages, first", chinese, passages, 1, 0.97),
            *self.found("Chinese lessons for Chinese quiz, in three", lessons, quiz, 3, 0.94),
            *self.refused((chinese, passages), (lessons, quiz)),
        ]

    def across(self) -> list[Figure]:
        passages, lessons = self.course("passages-en", MULTILINGUAL), self.course("lessons-en", MULTILINGUAL)
        chinese, by_english = self.course("passages-zh", MULTILINGUAL), self.course("lessons-en", ENGLISH)
        asked, quiz = self.passages("zh"), self.quiz("zh")
        return [
            *self.found("Chinese questions on English passages, first", passages, asked, 1, 0.85),
            *self.found("English questions on Chinese passages, first", chinese, self.passages("en"), 1),
            *self.found("English passages, multilingual embedder, first", passages, self.passages("en"), 1),
            *self.found("English lessons for Chinese quiz, in three", lessons, quiz, 3, 0.85),
            *self.found("the same, English embedder", by_english, quiz, 3),
        ]

    def together(self) -> list[Figure]:
        """Everything in one course, so that topics and languages compete."""
        everything, rows = self.course("", MULTILINGUAL), []
        for name, asked, first, part in (
            ("English passages", self.passages("en"), 1, "passages-en"),
            ("Chinese passages", self.passages("zh"), 1, "passages-zh"),
            ("English quiz", self.quiz("en"), 3, "lessons-en"),
            ("Chinese quiz", self.quiz("zh"), 3, "lessons-zh"),
        ):
            alone = self.course(part, MULTILINGUAL)
            either = [Asked(one.text, frozenset(self.anywhere(one.documents))) for one in asked]
            lost = self.share(alone, asked, first) - self.share(everything, either, first)
            plain = self.share(alone, asked, first, self.by_vectors) - self.share(everything, either, first, self.by_vectors)
            rows.append(Figure(f"lost when all lies in one course: {name}", 100 * lost, "points", 100 * plain, 3))
        return rows

    def anywhere(self, documents: Iterable[str]) -> set[str]:
        """The same passage or lesson is right in either language."""
        return {f"{folder.name}/{document}" for folder in self.material.iterdir() for document in documents}

    def course(self, part: str, embedder: str) -> Course:
        """A folder of the material as a course; what was kept of an earlier run, even of one broken off, is not embedded again."""
        name, used = f"{part or 'everything'} {embedder}", self.embedders[embedder]
        if name in self.library.names():
            course = self.library.open(name)
        else:
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

    def share(self, course: Course, asked: Sequence[Asked], first: int, search: Search | None = None) -> float:
        return fmean(_hit((search or self.by_all)(course, one.text), one, first) for one in asked)

    def short(self, course: Course, asked: Sequence[Asked]) -> list[Figure]:
        """Cut to their rarest words, and asked as what goes on from a question before."""
        rare, going_on = [], []
        for one in asked:
            rare.append(Asked(_rarest(course, one.text), one.documents))
            subject = " ".join(_rarest(course, one.text).split()[:2])
            before = Exchange(f"What does the course say about {subject}?", "It says something about it.")
            going_on.append(Asked(stand_alone(f"and {one.text[0].lower()}{one.text[1:]}", [before]), one.documents))
        rows = []
        for name, changed in ((f"cut to {_FEW} words", rare), ("that go on", going_on)):
            lost, plain = (
                self.share(course, asked, 1, search) - self.share(course, changed, 1, search)
                for search in (self.by_all, self.by_vectors)
            )
            rows.append(Figure(f"lost by questions {name}", 100 * lost, "points", 100 * plain, 10))
        return rows

    def refused(self, one: tuple[Course, Sequence[Asked]], other: tuple[Course, Sequence[Asked]]) -> list[Figure]:
        """Weak evidence for another course's questions, and for one's own, of the even ones.

        The baseline calls weak what is less like its best passage than 95 % of the course's own odd questions are.
        """
        weak: dict[bool, list[bool]] = {True: [], False: []}
        plain: dict[bool, list[bool]] = {True: [], False: []}
        for course, own, strange in ((one[0], one[1], other[1]), (other[0], other[1], one[1])):
            least = np.quantile([self.likeness(course, a.text) for a in own[1::2]], 0.05)
            for mine, asked in ((True, own), (False, strange)):
                weak[mine] += [strength(self.passages_of(course, a.text)[:6]) == "weak" for a in asked[::2]]
                plain[mine] += [self.likeness(course, a.text) < least for a in asked[::2]]
        kind = one[0].name
        told, called = f"another course's questions told apart: {kind}", f"own questions called weak: {kind}"
        return [
            Figure(told, fmean(weak[False]), "share", fmean(plain[False]), 0.9, smaller=False),
            Figure(called, fmean(weak[True]), "share", fmean(plain[True]), 0.05),
        ]

    def likeness(self, course: Course, text: str) -> float:
        """The cosine of the nearest passage."""
        return course.nearest(self.embedders[course.embedder].embed_query(text), 1)[0][1]

    def passages_of(self, course: Course, text: str) -> tuple[Passage, ...]:
        if (course.name, text) not in self._found:
            found = Retriever(self.embedders[course.embedder]).retrieve(course, Query(text), _DEEP)
            self._found[course.name, text] = found
        return self._found[course.name, text]

    def by_all(self, course: Course, text: str) -> list[str]:
        return [passage.document for passage in self.passages_of(course, text)]

    def by_vectors(self, course: Course, text: str) -> list[str]:
        nearest = course.nearest(self.embedders[course.embedder].embed_query(text), _DEEP)
        passages = course.passages([chunk for chunk, _ in nearest])
        return [passages[chunk].document for chunk, _ in nearest]


def _hit(documents: Sequence[str], asked: Asked, first: int) -> bool:
    return bool(set(list(dict.fromkeys(documents))[:first]) & asked.documents)


def _rarest(course: Course, text: str) -> str:
    """The rarest words of a question, as they are written, in its order."""
    about = content_words(text)
    rare = rarity(course, about)
    kept = set(sorted(about, key=lambda word: -rare[word])[:_FEW])
    return " ".join(surface for surface, word in surfaces(text, about).items() if word in kept)


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--eval", type=Path, default=None)
    options.add_argument("--keep", type=Path, default=None)
    options.add_argument("--only", default="")
    known, sys.argv[1:] = options.parse_known_args()
    only = [part for part in known.only.split(",") if part]
    if unknown := set(only) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}.")
    sys.exit(main(partial(measure, known.eval, known.keep, only), __doc__))
