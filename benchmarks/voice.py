"""A spoken conversation on this machine: from the end of speech to the words and to the first sound, and what is misheard.

The microphone is played in real time into the listener, as the socket does it. The baseline of each figure is the same one
step after the other, in the same run: the whole clip transcribed when it is over, the whole answer, then its whole sound.
Error rates need a folder with speech/transcripts.tsv (file, language, transcript), named by EVAL_MATERIAL; without it
they are left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.bench_home import GOLDEN, forget_what_was_read, read_beforehand, sample_course
from benchmarks.misheard import error_rates
from benchmarks.report import Figure, main
from benchmarks.typist import Typist
from chatbot.conversation import Done, Spoke, Turn
from chatbot.hearing import Began, Final, Listener, Partial
from chatbot.hearing.ear import Ear
from chatbot.hearing.terms import course_terms
from chatbot.reading_ahead import Ahead
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import say
from chatbot.tutor import Tutor
from knowledge.sound import HEARING_RATE, Sound, decode_sound
from ui.commands.output import tell

QUESTION_S = 8.0
PIECE = 512  # samples that the microphone hands over at once
SENTENCE = "Light bends because it travels more slowly in glass than in air."

PARTS = ("hearing", "turns", "errors")


def measure(quick: bool, parts: Sequence[str] = PARTS) -> list[Figure]:
    settings, engines, course = sample_course()
    whisper, voices = engines.load("transcriber"), engines.load("voice")
    hints = course_terms(course)
    files = sorted(
        file for file in GOLDEN.parent.joinpath("sample-course.golden").iterdir() if file.suffix in (".wav", ".mp3")
    )
    questions = [decode_sound(file.read_bytes(), longest_s=settings.longest_question_s) for file in files]
    rows = []
    if "hearing" in parts:
        nearest = min(questions, key=lambda sound: abs(sound.duration_s - QUESTION_S))
        rows += [*_heard(nearest, whisper, hints, 3 if quick else 7), _first_piece(voices, 3 if quick else 9)]
    if "turns" in parts:
        for role in ("chat", "embedder"):
            engines.load(role)
        read_beforehand(course, engines.get("chat"))
        list(Tutor(engines, settings).prepare(course, Turn("What is a lens?")))  # loads the index: once a day
        asked = questions[: 2 if quick else 7]
        rows += _turns(Tutor(engines, settings), engines.get("chat"), course, asked, whisper, voices, hints)
    if "errors" in parts and (folder := os.environ.get("EVAL_MATERIAL")):
        rows += error_rates(Path(folder), whisper)
    engines.close()
    return rows


def _heard(sound: Sound, whisper, hints: str, times: int) -> list[Figure]:
    Hearing(sound, whisper, hints)  # warm
    heard = [Hearing(sound, whisper, hints) for _ in range(times)]
    whole = median(_seconds(lambda: whisper.transcribe(sound, hints=hints)) for _ in heard)
    tell(f"  heard as {heard[-1].final and heard[-1].final.text}; finals {[round(one.final_s, 2) for one in heard]}")
    return [
        Figure(
            f"end of speech to final transcript, {sound.duration_s:.1f} s",
            median(one.final_s for one in heard),
            "s",
            whole,
            0.7,
        ),
        Figure("speech to the word that somebody speaks", max(one.began_s for one in heard), "s", None, 0.15),
    ]


class Hearing:
    """Plays one sound into a listener in real time. `final_s` counts from the last speech, `began_s` from the first.

    `told` gets the words so far, as the page sends them on to be read ahead; `quiet` is open while the end is read.
    """

    def __init__(
        self, sound: Sound, whisper, hints: str, told: Callable[[str], None] = lambda words: None, quiet=nullcontext
    ) -> None:
        self.final: Final | None = None
        self.began_s = self.final_s = float("nan")
        self._listener, self._turn, self._ear = Listener(60.0), threading.RLock(), Ear(lambda: whisper, quiet)
        self._hints, self._told, self._done = hints, told, threading.Event()
        loud = np.flatnonzero(np.abs(sound.samples) > 0.1 * np.abs(sound.samples).max())
        first, last = loud[0] / HEARING_RATE, loud[-1] / HEARING_RATE
        samples = np.concatenate([sound.samples, np.zeros(HEARING_RATE * 20, np.float32)])
        self._start = time.perf_counter()
        for at in range(0, len(samples), PIECE):
            wait = (at + PIECE) / HEARING_RATE - (time.perf_counter() - self._start)
            if wait > 0:
                time.sleep(wait)
            with self._turn:
                self._tell(self._listener.hear(samples[at : at + PIECE]))
            self._read_if_due()
            if self._done.is_set():
                break
        self.began_s -= first
        self.final_s -= last

    def _read_if_due(self) -> None:
        with self._turn:
            reading = self._listener.due()
        if reading:
            threading.Thread(target=self._read, args=(reading,), daemon=True).start()

    def _read(self, reading) -> None:
        transcript = self._ear.read(reading, self._hints)
        with self._turn:
            self._tell(self._listener.read(reading, transcript))
        self._read_if_due()

    def _tell(self, events) -> None:
        now = time.perf_counter() - self._start
        for event in events:
            if isinstance(event, Began) and np.isnan(self.began_s):
                self.began_s = now
            if isinstance(event, Partial):
                self._told(event.text)
            if isinstance(event, Final):
                self.final, self.final_s = event, now
                self._done.set()


def _first_piece(voices, times: int) -> Figure:
    voice = choose_voice(voices, "en")
    words = say(SENTENCE, "en")
    return Figure(
        "first piece of sound from a sentence",
        median(_seconds(lambda: voice.synthesize(words)) for _ in range(times)),
        "s",
        None,
        0.15,
    )


def _turns(tutor: Tutor, chat, course, questions, whisper, voices, hints) -> list[Figure]:
    """From the end of speech to the first sound of the answer; beside it, one step after the other, with nothing read ahead."""
    ours, usual = [], []
    for sound in questions:
        forget_what_was_read(chat)
        student = Typist(tutor, course)
        heard = Hearing(sound, whisper, hints, student.tell, chat.resting)
        if heard.final is None:
            continue
        first, _, _ = _answered(tutor, course, heard.final.text, student.end())
        if first is None:
            continue
        ours.append(heard.final_s + first)
        forget_what_was_read(chat)
        usual.append(_one_after_the_other(tutor, course, sound, whisper, voices, hints))
        tell(
            f"  {ours[-1]:5.1f} s, {heard.final_s:.1f} of them to the words; "
            f"one after the other {usual[-1]:5.1f} s  {heard.final.text[:60]}"
        )
    if not ours:
        return []
    return [
        Figure(
            "end of speech to first sound, p50",
            float(np.percentile(ours, 50)),
            "s",
            float(np.percentile(usual, 50)),
            2.5,
        ),
        Figure(
            "end of speech to first sound, p95",
            float(np.percentile(ours, 95)),
            "s",
            float(np.percentile(usual, 95)),
            4.0,
        ),
    ]


def _one_after_the_other(tutor: Tutor, course, sound: Sound, whisper, voices, hints: str) -> float:
    """Seconds for the whole clip, then the whole answer, then its whole sound."""
    began = time.perf_counter()
    question = whisper.transcribe(sound, hints=hints).text
    answer = next(event.answer for event in tutor.ask(course, Turn(question)) if isinstance(event, Done))
    choose_voice(voices, answer.language).synthesize(say(answer.text, answer.language))
    return time.perf_counter() - began


def _answered(tutor: Tutor, course, question: str, ahead: Ahead):
    """Seconds to the first sound (None if nothing is spoken) and to the end, and the answer."""
    began, first = time.perf_counter(), None
    for event in tutor.ask(course, Turn(question, speak=True), ahead=ahead):
        if isinstance(event, Spoke) and first is None:
            first = time.perf_counter() - began
        if isinstance(event, Done):
            answer = event.answer
    return first, time.perf_counter() - began, answer


def _seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--only", choices=PARTS, action="append", help="a part of it")
    chosen, words = choice.parse_known_args()
    sys.exit(main(partial(measure, parts=chosen.only or PARTS), f"{__doc__}\n--only {'|'.join(PARTS)}", words))
