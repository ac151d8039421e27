"""Hundreds of turns by eight students at once, who stop, leave and read ahead at random: is every answer right, is memory kept?

The tiny model is enough: what is measured is the engine around it. An answer that was let come to its end is compared, word
for word, with what the same prompt was answered alone. Greedy answers may still part where two words are equally likely,
because numbers are summed in another order when several students share a step; how many did is printed.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.report import Figure, main
from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.llama import LlamaChatModel
from chatbot.settings import read_settings
from chatbot.stopping import Stop, Stopped, stoppable
from knowledge.errors import CoursemateError
from knowledge.weights import WeightStore, load_catalogue
from ui.commands.output import tell

STUDENTS, TURNS, ANSWER = 8, 500, 10
_LESSON = Message("system", "You are a course tutor. Light is slowed down by glass, and so it bends.")


def measure(quick: bool) -> list[Figure]:
    turns = 80 if quick else TURNS
    store = WeightStore(read_settings().weights, load_catalogue(), offline=True)
    folder = store.path(load_catalogue().profile("tiny")["chat"].name)
    chat = LlamaChatModel(next(folder.glob("*.gguf")), context_tokens=1024, students=4, cache_mb=32)
    alone = {(s, q): _whole(chat, s, q) for s in range(STUDENTS) for q in range(3)}
    outcomes = [_students(chat, turns // 4, alone)]  # warm: the cache is full, every buffer was made
    warm = _resident_mb()
    outcomes.append(_students(chat, turns, alone))
    grown = _resident_mb() / warm - 1
    faults = [fault for outcome in outcomes for fault in outcome[0]]
    compared, same = outcomes[1][1], outcomes[1][2]
    for fault in faults[:5]:
        tell(fault)
    chat.close()
    return [
        Figure(f"faults in {turns} turns by {STUDENTS} students", len(faults), "", None, 0),
        Figure("memory more than when warm", max(0.0, grown), "share", None, 0.05),
        Figure(f"answers that are those given alone, of {compared}", same / compared, "share", None, 0.97, smaller=False),
    ]


def _students(chat: LlamaChatModel, turns: int, alone: dict) -> tuple[list[str], int, int]:
    """Faults, how many answers came to their end, and how many of those were the same as alone."""
    with ThreadPoolExecutor(STUDENTS) as pool:
        told = list(pool.map(lambda s: _student(chat, s, turns // STUDENTS, alone), range(STUDENTS)))
    return [f for faults, _, _ in told for f in faults], sum(t[1] for t in told), sum(t[2] for t in told)


def _student(chat: LlamaChatModel, student: int, turns: int, alone: dict) -> tuple[list[str], int, int]:
    chance = random.Random(student)
    faults, compared, same = [], 0, 0
    for _ in range(turns):
        question, what = chance.randrange(3), chance.random()
        try:
            if what < 0.25:
                _stopped(chat, student, question, chance.random() * 0.5)
            elif what < 0.45:
                _left(chat, student, question, chance.randrange(6))
            elif what < 0.55:
                chat.prepare(_prompt(student, question), ("Yes", "No"))
            else:
                compared += 1
                same += _whole(chat, student, question) == alone[student, question]
        except CoursemateError as error:
            faults.append(f"student {student}: {error}")
    return faults, compared, same


def _prompt(student: int, question: int) -> tuple[Message, ...]:
    return _LESSON, Message("user", f"I am student {student}. {'Tell me please, ' * student}what is {question} lenses?")


def _whole(chat: LlamaChatModel, student: int, question: int) -> str:
    return "".join(chat.stream(_prompt(student, question), Sampling(ANSWER)))


def _stopped(chat: LlamaChatModel, student: int, question: int, after_s: float) -> None:
    stop = Stop()
    timer = threading.Timer(after_s, stop.set)
    timer.start()
    try:
        with stoppable(stop):
            _whole(chat, student, question)
    except Stopped:
        pass
    finally:
        timer.cancel()


def _left(chat: LlamaChatModel, student: int, question: int, pieces: int) -> None:
    told = chat.stream(_prompt(student, question), Sampling(ANSWER))
    for _ in range(pieces):
        next(told, None)
    told.close()


def _resident_mb() -> float:
    """What this process holds in memory now; where the system does not say so, what it held at most."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    sys.exit(main(measure, __doc__))
