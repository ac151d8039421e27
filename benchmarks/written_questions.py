"""Questions written on whole courses: how many, none twice, every key confirmed, at what cost, and what was thrown away for what.

Writing takes long on two cores. What the model says is kept in the scratch folder, so that a run may be stopped at any time and
goes on where it was; the questions come out beside it as Markdown, to be read by people.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.bench_home import sample_course
from benchmarks.remembered_chat import OutOfTime, RememberedChat
from benchmarks.report import Figure
from chatbot.learning.labelling import labels_of
from chatbot.learning.material import Matter, matter_of
from chatbot.learning.questions import Question
from chatbot.learning.sections import sections
from chatbot.learning.stock import Stock
from chatbot.learning.verifying import NEAR_COPY, Verifier
from chatbot.learning.wording import key_is_longest
from chatbot.learning.writing import Writer, mixed
from chatbot.loading import build_engines
from chatbot.settings import read_settings
from knowledge.adding import Tools, add
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.library import Library
from ui.commands.output import tell

WANTED = 100
_MOST_EACH = 8  # things that are asked about in one section: read once, it costs little more
_EVERY = 12  # things that are asked about for every figure


def question_figures(scratch: Path, material: Path | None, within_s: float, wanted: int = WANTED) -> list[Figure]:
    """Figures of the sample course and, where the material is there, of course-iot; each gets half of the time."""
    scratch.mkdir(parents=True, exist_ok=True)
    _, engines, course = sample_course()
    courses = [("sample course", course)]
    if material is not None and (material / "course-iot" / "en").is_dir():
        courses.append(("course-iot", _added(scratch / "home", material / "course-iot" / "en")))
    figures = []
    for name, course in courses:
        until = time.monotonic() + within_s / len(courses)
        chat = RememberedChat(engines.load("chat"), scratch / f"{course.name}.jsonl", until)
        figures += _figures(name, course, chat, engines, scratch, wanted)
    return figures


def _figures(name: str, course: Course, chat: RememberedChat, engines, scratch: Path, wanted: int) -> list[Figure]:
    embedder = engines.load("embedder").named(course.embedder)
    found = [
        section for document in course.documents() if document.kind != "picture" and document.language == course.language
        for section in sections(course.chunks(document.path))
    ]  # fmt: skip
    verifier = _Noting(chat, embedder)
    writer = Writer(chat, verifier, Stock(found, embedder))
    kept: list[tuple[Question, str]] = []
    ended = "all matter was asked about"
    try:
        for matter, section in _in_turn(course, found, engines):
            if question := writer.ask(matter, "c", section, course.language):
                kept.append((question, section.text))
            if len(kept) == wanted:
                ended = "as many as wanted"
                break
    except OutOfTime:
        ended = "the time was over"
    tally = writer.tally
    tell(f"  {name}: {len(kept)} kept of {sum(tally.proposed.values())} proposed; {ended}")
    tell("  kept: " + ", ".join(f"{kind} {n} of {tally.proposed[kind]}" for kind, n in tally.kept.most_common()))
    tell("  thrown away: " + ", ".join(f"{reason} {count}" for reason, count in tally.failed.most_common()))
    for kind, (count, used, read) in chat.calls.items():
        tell(f"  {kind}: {count:.0f} calls, {used:.0f} s of the processor, {read:.0f} tokens read")
    _write(scratch / f"{course.name}.questions.md", name, kept)
    _write(scratch / f"{course.name}.thrown-away.md", f"{name}: thrown away", verifier.thrown)
    figures = _told(name, [question for question, _ in kept], chat, embedder, sum(tally.proposed.values()), wanted)
    return [*figures, _wrongly_keyed(name, kept, verifier)]


def _told(name: str, kept: list[Question], chat: RememberedChat, embedder, proposed: int, wanted: int) -> list[Figure]:
    if len(kept) < 2:
        return [Figure(f"{name}: questions kept", len(kept), "questions", proposed, wanted, smaller=False)]
    vectors = embedder.embed_passages([question.text for question in kept])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -1)
    single = [question for question in kept if question.kind == "choice" and len(question.options) > 2]
    longest = sum(map(key_is_longest, single)) / max(1, len(single))
    return [
        Figure(f"{name}: questions kept, each key confirmed with the passage; beside those proposed",
               len(kept), "questions", proposed, wanted, smaller=False),
        Figure(f"{name}: cosine of the two that are most alike", float(likeness.max()), "", None, NEAR_COPY),
        Figure(f"{name}: seconds a question kept, with what was thrown away and what else the machine did", chat.seconds / len(kept), "s"),
        Figure(f"{name}: the same, of the processor, all cores together", chat.processor_s / len(kept), "s"),
        Figure(f"{name}: tokens of prompts read for a question kept", chat.read / len(kept), "tokens"),
        Figure(f"{name}: multiple choice whose key is the longest option; beside chance",
               longest, "share", sum(1 / len(q.options) for q in single) / max(1, len(single))),
    ]  # fmt: skip


def _wrongly_keyed(name: str, kept: list[tuple[Question, str]], verifier: Verifier) -> Figure:
    """Kept questions with every other option keyed instead, or twice the number: does a pass come to that key as well?"""
    tried = confirmed = 0
    for question, passage in kept:
        for wrong in _with_wrong_keys(question):
            try:
                confirmed += verifier.unconfirmed(wrong, passage) is None
                tried += 1
            except OutOfTime:
                continue
    return Figure(f"{name}: wrong keys confirmed, of {tried} put into the questions kept", confirmed, "keys", None, 0)


def _with_wrong_keys(question: Question) -> Iterator[Question]:
    match question.kind:
        case "choice":
            yield from (replace(question, right=(n,)) for n in range(len(question.options)) if n not in question.right)
        case "several":
            others = [n for n in range(len(question.options)) if n not in question.right]
            yield from (replace(question, right=(*question.right[1:], n)) for n in others)
        case "order":
            yield replace(question, right=question.right[::-1])
        case "number":
            yield replace(question, key=replace(question.key, value=2 * question.key.value))


class _Noting(Verifier):
    """A verifier that keeps what it found fault with, the reason in place of the passage."""

    def __init__(self, *parts) -> None:
        super().__init__(*parts)
        self.thrown: list[tuple[Question, str]] = []

    def fault(self, question: Question, passage: str, about: str = "") -> str | None:
        if reason := super().fault(question, passage, about):
            self.thrown.append((question, reason))
        return reason


def _in_turn(course: Course, found: list[Passage], engines) -> Iterator[tuple[Matter, Passage]]:
    """The course's sections in an order of chance, each asked about as often as the product would; every so often a figure."""
    asked = [
        [(matter, section) for matter in mixed(matter_of(section.text, section.trail[-1] if section.trail else ""))[:_MOST_EACH]]
        for section in found
    ]  # fmt: skip
    random.Random(1).shuffle(asked)
    plain = [one for section in asked for one in section]
    labels = labels_of(course, engines.load("seer"))
    for n, one in enumerate(plain):
        if n % _EVERY == _EVERY - 1 and (label := next(labels, None)):
            yield label
        yield one
    yield from labels


def _added(home: Path, material: Path) -> Course:
    """The course at that place, added to a home of its own once."""
    settings = read_settings(home=home, profile="starter")
    engines, library = build_engines(settings), Library(settings.courses)
    if not (home / "complete").exists():
        tools = Tools(engines.load("embedder"), engines.load("seer"), None, settings.limits)
        course = library.create("iot", embedder=tools.embedder.name, dimensions=tools.embedder.dimensions)
        for _ in add(course, material, tools):
            pass
        (home / "complete").touch()
    return library.open("iot")


def _write(file: Path, name: str, kept: list[tuple[Question, str]]) -> None:
    lines = [
        f"# {name}",
        "",
        ", ".join(f"{kind} {n}" for kind, n in Counter(q.kind for q, _ in kept).most_common()),
        "",
    ]
    for n, (question, passage) in enumerate(kept, start=1):
        lines += [f"## {n}. [{question.kind}] {question.text}", ""]
        lines += [f"- {'**' if at in question.right else ''}{option}" for at, option in enumerate(question.options)]
        lines += (
            [f"- key {question.key.value:g} {question.key.unit} ± {question.key.tolerance:.1%}"] if question.key else []
        )
        lines += [f"- must say: {c.statement} ({', '.join(c.phrases)})" for c in question.rubric]
        lines += ["", f"> {question.quote}", "", f"<!-- {question.place.document}: {' '.join(passage.split())} -->", ""]
    file.write_text("\n".join(lines), encoding="utf-8")
