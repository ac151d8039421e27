"""What is misheard of read clips: each transcribed whole, and each heard live, as a student's question is.

Live, words that two readings agreed on are not heard again, and a pause may cut the clip; both may cost words. Numbers and scripts are
compared as they are said. Needs a folder with speech/transcripts.tsv (file, language, transcript).
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np

from benchmarks.report import Figure
from chatbot.hearing import Final, Listener
from knowledge.language import simplified
from knowledge.sound import HEARING_RATE, Sound, decode_sound

LAG_S = 0.4  # that a reading takes
_PIECE = 512  # samples that the microphone hands over at once
_RATES = [("English words misheard", "en", 0.05), ("Chinese characters misheard", "zh", 0.18)]
_DIGITS = "零一二三四五六七八九"
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def error_rates(folder: Path, whisper) -> list[Figure]:
    """Word errors of the English clips, character errors of the Chinese ones, and clips without speech that give text."""
    whole, live, length, made_up = {"en": 0, "zh": 0}, {"en": 0, "zh": 0}, {"en": 0, "zh": 0}, 0
    for line in (folder / "speech" / "transcripts.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        name, language, said = [*line.split("\t"), "", ""][:3]
        file = folder / name
        if not file.is_file() or language not in ("none", "en", "zh"):
            continue
        sound = decode_sound(file.read_bytes(), longest_s=600)
        texts = whisper.transcribe(sound).text, heard_live(sound, whisper)
        if language == "none":
            made_up += any(texts)
            continue
        wanted = units(said, language)
        length[language] += len(wanted)
        for wrong, text in zip((whole, live), texts, strict=True):
            wrong[language] += distance(wanted, units(text, language))
    rows = []
    for name, code, bar in _RATES:
        if length[code]:
            alone = whole[code] / length[code]
            rows += [Figure(name, alone, "", None, bar), Figure(f"{name}, heard live", live[code] / length[code], "", alone, bar)]
    return [*rows, Figure("clips without speech that give text", made_up, "", None, 0)]


def heard_live(sound: Sound, whisper, hints: str = "", lag_s: float = LAG_S) -> str:
    """The words that a listener hears, by the clock of the sound: every reading is there `lag_s` after it was asked for."""
    listener, texts = Listener(600.0), []
    samples = np.concatenate([sound.samples, np.zeros(2 * HEARING_RATE, np.float32)])
    reading, transcript, there = None, None, 0.0
    for at in range(0, len(samples), _PIECE):
        events = listener.hear(samples[at : at + _PIECE])
        if reading and at / HEARING_RATE >= there:
            events += listener.read(reading, transcript)
            reading = None
        if due := listener.due():
            reading, there = due, at / HEARING_RATE + lag_s
            transcript = whisper.transcribe(due.sound, language=due.language, hints=hints, begun=due.begun)
        texts += [event.text for event in events if isinstance(event, Final)]
    return " ".join(texts)


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
