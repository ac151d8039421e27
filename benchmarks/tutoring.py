"""Hints and checked work on problems from the sample course: is the answer given away early, is the first wrong step found?

The baseline of the hints is the same model with the same passages, told to give a hint. Whether a text tells the answer is judged
by what is listed here for each problem, which the tutor never sees.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from benchmarks.bench_home import sample_course
from benchmarks.ladders import HELD_OUT, LADDERS, Problem
from benchmarks.report import Figure, main
from chatbot.chat_model import ChatModel, Sampling
from chatbot.conversation import Answer, Done, Exchange, Found, Turn
from chatbot.prompting import build_messages
from chatbot.tutor import Tutor
from chatbot.ways.limits import RUNGS
from knowledge.course import Course
from ui.commands.output import tell

BASELINE = (
    "Give the student a helpful hint for this question in one to three short sentences. Do not give the answer away."
)
QUICK = 2  # ladders


# Each with the line that is wrong first, 0 where all are right.
WORKS = (
    ("A lens with f = 20 cm, an object at u = 60 cm.\n1/u + 1/v = 1/f\n1/v = 1/20 - 1/60\n1/v = 1/40\nv = 40 cm", 3),
    ("A lens with f = 20 cm, an object at u = 60 cm.\n1/u + 1/v = 1/f\n1/v = 1/20 - 1/60 = 1/30\nv = 30 cm", 0),
    ("Light from air on crown glass at 45°.\nsin θ2 = sin 45° / 1.52 = 0.465\nθ2 = 62.3°", 2),
    ("Light from air on crown glass at 45°.\nsin θ2 = sin 45° / 1.52 = 0.465\nθ2 = 27.7°", 0),
    ("The power of a lens with f = 25 cm.\nP = 1/f\nP = 1/25 cm = 0.04 D", 2),
    ("The power of a lens with f = 25 cm.\nP = 1/f\nP = 1/(0.25 m) = 4 D", 0),
    ("A dentist's mirror, R = 4 cm, u = 1.5 cm.\n1/u + 1/v = 1/R\n1/v = 1/4 - 1/1.5", 1),
    ("A dentist's mirror, R = 4 cm, u = 1.5 cm.\n1/u + 1/v = 2/R\n1/v = 1/2.0 - 1/1.5 = -1/6\nv = -6.0 cm", 0),
    ("Two lenses of 5 D, 10 cm apart.\nP = P1 + P2 - d*P1*P2\nP = 5 + 5 - 0.10*25\nP = 8.5 D", 3),
    ("Two lenses of 5 D, 10 cm apart.\nP = P1 + P2 - d*P1*P2\nP = 5 + 5 - 0.10*25 = 7.5 D", 0),
    ("The reduced eye.\nL = n/P\nL = 1.336/60 D\nL = 22.3 cm", 3),
    ("The reduced eye.\nL = n/P\nL = 1.336/60 D = 22.3 mm", 0),
)  # fmt: skip


def measure(quick: bool) -> list[Figure]:
    settings, engines, course = sample_course()
    tutor, chat = Tutor(engines, settings), engines.load("chat")
    sets = {"": LADDERS[:QUICK] if quick else LADDERS} | ({} if quick else {" that were never looked at": HELD_OUT})
    figures = [_told_early(tutor, chat, course, problems, which) for which, problems in sets.items()]
    found = [(wanted, line_of(ask(tutor, course, work, "check", ()).text)) for work, wanted in WORKS]
    wrong = [pair for pair in found if pair[0]]
    right = [pair for pair in found if not pair[0]]
    hits = sum(wanted == got for wanted, got in wrong)
    return [
        *figures,
        Figure(f"first wrong step found, of {len(wrong)}", hits, "", bar=len(wrong), smaller=False),
        Figure(f"right work called wrong, of {len(right)}", sum(got > 0 for _, got in right), "", bar=0),
    ]


def _told_early(tutor: Tutor, chat: ChatModel, course: Course, problems: Sequence[Problem], which: str) -> Figure:
    """Of how many problems the answer is told before the last rung, and by the same model that is told to give a hint."""
    leaks = plain = 0
    for n, problem in enumerate(problems, start=1):
        tell(f"\rladder {n} of {len(problems)}", end="")
        rungs, messages = climb(tutor, course, problem.text, RUNGS - 1)
        early = [rung for rung in rungs if re.search(problem.tells, without(rung, problem.text))]
        for rung in early:
            tell(f"\n{problem.text}\n  told early: {rung}")
        leaks += bool(early)
        told = "".join(chat.stream(messages, Sampling(most_tokens=100))) if messages else ""
        plain += bool(re.search(problem.tells, without(told, problem.text)))
    tell()
    return Figure(f"answers told before the last rung, of {len(problems)} ladders{which}", leaks, "", plain, 0)


def climb(tutor: Tutor, course: Course, problem: str, rungs: int) -> tuple[list[str], list]:
    """What is said on each rung, with what its notes in the margin show, and the messages of the baseline."""
    history: list[Exchange] = []
    said: list[str] = []
    messages: list = []
    for rung in range(rungs):
        events = list(tutor.ask(course, Turn(problem if rung == 0 else "next hint", way="hint"), history))
        found = next((event for event in events if isinstance(event, Found)), None)
        if not messages and found is not None:
            messages = build_messages(problem, found.ranking[:3], (), task=BASELINE)
        answer = events[-1].answer
        history.append(Exchange(answer.question, answer.text, None, "", answer.progress))
        notes = (f"{note.title} {note.locator.heading or ''} {note.quote}" for note in answer.citations)
        said.append("\n".join([answer.text, *notes]))
    return said, messages


def ask(tutor: Tutor, course: Course, text: str, way: str, history) -> Answer:
    return next(event.answer for event in tutor.ask(course, Turn(text, way=way), history) if isinstance(event, Done))


def without(text: str, problem: str) -> str:
    """The text without the problem's own quantities, which are no answer."""
    for given in re.findall(r"\d+(?:\.\d+)?\s*[A-Za-z]*", problem):
        text = text.replace(given.strip(), "")
    return re.sub(r"\[\d+\]|\\\w+", "", text)


def line_of(text: str) -> int:
    found = re.search(r"Line (\d+)", text)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
