"""Turns of several students at once, many of them stopped or left in the middle: what was answered, what broke, what was leaked.

An answer is compared with the same question's answer when it is asked alone, at temperature 0. Where they part, the two tokens are
compared in one reading of the beginning that they share: batches of other sizes round otherwise, which decides between tokens that
are about equally likely, and between no others.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.report import Figure
from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.jobs import Job
from chatbot.chat_model.llama import LlamaChatModel
from chatbot.stopping import Stop, Stopped, stoppable
from ui.commands.output import tell

ANSWER = 12  # tokens
_WARM = 0.3  # share of the turns after which memory is looked at first
_ABOUTS = (
    "light",
    "a lens",
    "a mirror",
    "glass",
    "water",
    "the eye",
    "a prism",
    "a shadow",
    "a rainbow",
    "a telescope",
    "a laser",
    "ice",
)
_ASKED = ("What is {}?", "Name one use of {}.")


@dataclass(slots=True)
class _Seen:
    answers: list[tuple[int, str]] = field(default_factory=list)  # question, whole answer
    cut: int = 0
    errors: list[str] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def many_turns(chat: LlamaChatModel, students: int, turns: int) -> list[Figure]:
    """Every third turn is stopped by another thread, every third is left by its reader, the others are read to their end."""
    questions = [(Message("user", asked.format(about)),) for asked in _ASKED for about in _ABOUTS]
    alone = ["".join(chat.stream(question, Sampling(ANSWER))) for question in questions]
    seen, lock, order = _Seen(), threading.Lock(), random.Random(7)
    plan = [(order.randrange(len(questions)), n % 3, order.randrange(1, ANSWER)) for n in range(turns)]

    def turn(which: int, how: int, after: int) -> None:
        try:
            text, whole = _ask(chat, questions[which], how, after)
        except Exception as error:  # counted and shown: that is what is measured
            with lock:
                seen.errors.append(repr(error))
            return
        with lock:
            if whole:
                seen.answers.append((which, text))
            else:
                seen.cut += 1
            if len(seen.answers) + seen.cut + len(seen.errors) >= _WARM * turns:
                seen.megabytes.append(_resident_mb())

    with ThreadPoolExecutor(students) as pool:
        list(pool.map(lambda planned: turn(*planned), plan))
    for error in seen.errors[:3]:
        tell(f"  {error}")
    differ = [(which, text) for which, text in seen.answers if text != alone[which]]
    gaps = [parting_gap(chat, questions[which], alone[which], text) for which, text in set(differ)]
    fifth = max(1, len(seen.megabytes) // 5)
    grown = np.median(seen.megabytes[-fifth:]) / np.median(seen.megabytes[:fifth]) - 1
    name = f"{turns} turns by {students} students"
    return [
        Figure(f"{name}, {seen.cut} of them cut short: errors", len(seen.errors), "", None, 0),
        Figure("the same, memory grown after the first third", float(grown), "share", None, 0.05),
        Figure("the same, whole answers equal to those one at a time", 1 - len(differ) / max(1, len(seen.answers)), "share", None),
        Figure("the same, where they part: most likely token against the other, at most", max(gaps, default=0.0), "nats", None, 0.5),
    ]  # fmt: skip


def _ask(chat: LlamaChatModel, question: Sequence[Message], how: int, after: int) -> tuple[str, bool]:
    """The text, and whether it is the whole answer. `how`: 0 stopped from outside, 1 left by its reader, 2 neither."""
    stop, text, pieces = Stop(), "", 0
    with stoppable(stop):
        stream: Iterator[str] = chat.stream(question, Sampling(ANSWER))
        try:
            for piece in stream:
                text, pieces = text + piece, pieces + 1
                if how == 0 and pieces == after:
                    threading.Thread(target=stop.set).start()
                if how == 1 and pieces == after:
                    stream.close()
                    return text, False
        except Stopped:
            return text, False
    return text, True


def parting_gap(chat: LlamaChatModel, question: Sequence[Message], one: str, other: str) -> float:
    """By how much the likelier of the two tokens with which the texts part is likelier, in the logarithm."""
    with chat._used() as loaded:
        prompt = loaded.prompts.fit(question, ANSWER)
        a, b = (loaded.vocabulary.tokenize(text) for text in (one, other))
        shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        job = Job("logits", [*prompt, *a[:shared]])
        logits = next(told for told in chat._told(loaded, job) if isinstance(told, np.ndarray))
        (end,) = loaded.vocabulary.tokenize_markup(loaded.vocabulary.eos_text)
        first, second = (text[shared] if shared < len(text) else end for text in (a, b))
        return abs(float(logits[first] - logits[second]))


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
