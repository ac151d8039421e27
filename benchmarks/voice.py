"""A spoken conversation on this machine: from the end of speech to the words and to the first sound, and what is misheard.

The microphone is played in real time into the listener, as the socket does it. The baseline of each figure is the same one
step after the other, in the same run: the whole clip transcribed when it is over, the whole answer, then its whole sound.
Error rates need a folder with speech/transcripts.tsv (file, language, transcript), named by EVAL_MATERIAL; without it
they are left out.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.bench_home import GOLDEN, sample_course
from benchmarks.report import Figure, main
from chatbot.conversation import Done, Spoke, Turn
from chatbot.hearing import Began, Final, Listener
from chatbot.hearing.ear import Ear
from chatbot.hearing.terms import course_terms
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import say
from chatbot.tutor import Tutor
from knowledge.language import simplified
from knowledge.sound import HEARING_RATE, Sound, decode_sound
from ui.commands.output import tell

QUESTION_S = 8.0
PIECE = 512  # samples that the microphone hands over at once
SENTENCE = "Light bends because it travels more slowly in glass than in air."
_DIGITS = "零一二三四五六七八九"
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


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
        rows += _turns(Tutor(engines, settings), course, questions[: 2 if quick else 7], whisper, voices, hints)
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
    """Plays one sound into a listener in real time. `final_s` counts from the last speech, `began_s` from the first."""

    def __init__(self, sound: Sound, whisper, hints: str) -> None:
        self.final: Final | None = None
        self.began_s = self.final_s = float("nan")
        self._listener, self._turn, self._ear = Listener(60.0), threading.RLock(), Ear(lambda: whisper)
        self._hints, self._done = hints, threading.Event()
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


def _turns(tutor: Tutor, course, questions, whisper, voices, hints) -> list[Figure]:
    """From the end of speech to the first sound of the answer; beside it, one step after the other."""
    ours, usual = [], []
    for sound in questions:
        heard = Hearing(sound, whisper, hints)
        if heard.final is None:
            continue
        first, whole, answer = _answered(tutor, course, heard.final.text)
        if first is None:
            continue
        transcribing = _seconds(partial(whisper.transcribe, sound, hints=hints))
        words = say(answer.text, answer.language)
        speaking = _seconds(partial(choose_voice(voices, answer.language).synthesize, words))
        ours.append(heard.final_s + first)
        usual.append(transcribing + whole + speaking)
        tell(f"  {ours[-1]:5.1f} s, one after the other {usual[-1]:5.1f} s  {heard.final.text[:60]}")
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


def _answered(tutor: Tutor, course, question: str):
    """Seconds to the first sound (None if nothing is spoken) and to the end, and the answer."""
    began, first = time.perf_counter(), None
    for event in tutor.ask(course, Turn(question, speak=True)):
        if isinstance(event, Spoke) and first is None:
            first = time.perf_counter() - began
        if isinstance(event, Done):
            answer = event.answer
    return first, time.perf_counter() - began, answer


def error_rates(folder: Path, whisper) -> list[Figure]:
    """Word errors of the English clips, character errors of the Chinese ones, and clips without speech that give text."""
    wrong, length, made_up = {"en": 0, "zh": 0}, {"en": 0, "zh": 0}, 0
    for line in (folder / "speech" / "transcripts.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, language, said = [*line.split("\t"), "", ""][:3]
        file = folder / name
        if not file.is_file():
            continue
        heard = whisper.transcribe(decode_sound(file.read_bytes(), longest_s=600))
        if language == "none":
            made_up += bool(heard.text)
        elif language in wrong:
            wanted, got = units(said, language), units(heard.text, language)
            wrong[language] += distance(wanted, got)
            length[language] += len(wanted)
    rates = [("English words misheard", "en", 0.05), ("Chinese characters misheard", "zh", 0.18)]
    return [
        *(Figure(name, wrong[code] / length[code], "", None, bar) for name, code, bar in rates if length[code]),
        Figure("clips without speech that give text", made_up, "", None, 0),
    ]


def units(text: str, language: str) -> list[str]:
    """What is counted, with numbers as they are said: words without case and punctuation, or simplified characters."""
    text = unicodedata.normalize("NFKC", text)
    if language == "zh":
        text = re.sub(r"\d[\d,]*", lambda m: in_characters(int(m[0].replace(",", ""))), simplified(text))
        return re.findall(r"\w", text)
    text = re.sub(r"\d[\d,]*", lambda m: f" {in_words(int(m[0].replace(',', '')))} ", text)
    return re.findall(r"[\w']+", text.lower().replace("’", "'").replace("-", " "))


def in_words(number: int) -> str:
    """A whole number as it is said in English; from 1100 to 1999 in pairs, as years are: 1455 is fourteen fifty five."""
    for size, name in ((10**9, "billion"), (10**6, "million")):
        if number >= size:
            above, rest = divmod(number, size)
            return f"{in_words(above)} {name} {in_words(rest) if rest else ''}".strip()
    if 1100 <= number < 2000:
        century, rest = divmod(number, 100)
        return f"{in_words(century)} {in_words(rest) if rest > 9 else f'oh {in_words(rest)}' if rest else 'hundred'}"
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            above, rest = divmod(number, size)
            return f"{in_words(above)} {name} {in_words(rest) if rest else ''}".strip()
    if number < 20:
        return _SMALL[number]
    tens, rest = divmod(number, 10)
    return f"{_TENS[tens - 2]} {_SMALL[rest] if rest else ''}".strip()


def in_characters(number: int, *, alone: bool = True) -> str:
    """A whole number as it is said in Chinese: 305 is 三百零五."""
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            above, rest = divmod(number, size)
            head = "" if alone and 10 <= number < 20 else in_characters(above, alone=alone)
            gap = "零" if 0 < rest < size // 10 else ""
            return head + name + gap + (in_characters(rest, alone=False) if rest else "")
    return _DIGITS[number]


def distance(a: list[str], b: list[str]) -> int:
    """Levenshtein's."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (one != other))
    return row[-1]


def _seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--only", choices=PARTS, action="append", help="a part of it")
    chosen, words = choice.parse_known_args()
    sys.exit(main(partial(measure, parts=chosen.only or PARTS), f"{__doc__}\n--only {'|'.join(PARTS)}", words))
