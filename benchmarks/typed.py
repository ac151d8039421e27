"""Questions typed with reading ahead, and the same questions sent at once: what is left to read after Enter, and is the answer as good?

The typing is simulated: every draft that the page would send is read as far as there would have been time for at READING
tokens a second. So the answers are those of a student who types, on whatever machine this runs. The baselines are the same
questions without reading ahead, in the same run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import fmean, median

from benchmarks.bench_home import GOLDEN, forget_what_was_read, sample_course
from benchmarks.report import Figure, main
from benchmarks.typist import Paced, Typist
from chatbot.conversation import Turn
from chatbot.evaluation import GoldenQuestion, Outcome, evaluate, figures, read_golden
from chatbot.loading import Engines
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead
from chatbot.tutor import Tutor
from knowledge.language import language_of_question
from ui.commands.output import tell

READING = 110  # tokens a second, searching beside it: less than the starter model reads on two cores (docs/benchmarks.md)
DEV = GOLDEN.with_name("sample-course.dev.jsonl")


class TypedFirst:
    """A tutor whose every question is typed before it is asked. `unread`: the tokens that were left to read, of each."""

    def __init__(self, tutor: Tutor, paced: Paced, *, ahead: bool) -> None:
        self._tutor, self._paced, self._ahead = tutor, paced, ahead
        self.unread: list[int] = []

    def ask(self, course, turn: Turn, history=()):
        forget_what_was_read(self._paced)
        list(self._tutor.prepare(course, Turn("")))
        typist = Typist(self._tutor, course, tuple(history))
        ahead: Ahead = typist.type_at_once(turn.question, self._paced) if self._ahead else NOTHING_AHEAD
        self._paced.asked = 0
        try:
            yield from self._tutor.ask(course, turn, history, ahead)
        finally:  # whoever asked may leave at the last event
            self.unread.append(self._paced.asked)


def measure(quick: bool) -> list[Figure]:
    settings, engines, course = sample_course()
    golden = [q for q in read_golden(DEV if quick else GOLDEN, settings) if is_typed(q)]
    paced = Paced(engines.load("chat"), READING)
    embedder = engines.load("embedder")
    tutor = Tutor(Engines({"chat": lambda: paced, "embedder": lambda: embedder}), settings)
    told = {}
    for ahead in (False, True):
        typing = TypedFirst(tutor, paced, ahead=ahead)
        outcomes = list(evaluate(typing, course, golden[:4] if quick else golden, answers=True))
        told[ahead] = outcomes, typing.unread
        for outcome, unread in zip(outcomes, typing.unread, strict=True):
            tell(f"  {unread:4} tokens  {outcome.answer.status:9}  {outcome.golden.asked[:50]}")
    return rows(told[False], told[True])


def is_typed(question: GoldenQuestion) -> bool:
    """Typed, in English, and nothing else."""
    turn = question.turn
    return turn.sound is None and turn.picture is None and language_of_question(turn.question) == "en"


def rows(usual: tuple[Sequence[Outcome], Sequence[int]], ahead: tuple[Sequence[Outcome], Sequence[int]]) -> list[Figure]:
    before, after = figures(usual[0])["all"], figures(ahead[0])["all"]
    names = {
        "answered": "answered, of those that the course answers",
        "cites_right": "answers that cite a right place",
        "quotes_stand": "quotes that stand in their source",
        "agrees": "words of the reference answer",
        "not_found": "silence kept where the course is silent",
    }
    compared = [
        Figure(f"typed with reading ahead: {name}", after[key], "share", before[key], smaller=False)
        for key, name in names.items()
        if key in after
    ]
    return [
        Figure("tokens left to read after Enter, with reading ahead", median(ahead[1]), "tokens", median(usual[1])),
        Figure("the same, mean", fmean(ahead[1]), "tokens", fmean(usual[1])),
        *compared,
        Figure("questions", len(ahead[0]), "typed in English"),
    ]


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
