"""Whisper through faster-whisper, from a local folder: finds the speech, names its language, writes it down.

Works through windows of at most 28 s that hold speech, so an hour of lecture takes no more memory than a question. A
question is one window, and every core works on it; of a lecture's many windows each core reads its own, which wastes
none of them. Knows nothing of where weights come from, and never fetches any.
"""

from __future__ import annotations

import math
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from knowledge.errors import EngineFailed
from knowledge.language import simplified
from knowledge.sound import HEARING_RATE, Sound
from knowledge.transcription import Segment, Transcript

_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
_MANY = 4  # windows from which on they are read side by side: below, loading the weights again costs more than it saves
_MOST_AT_ONCE = 4  # each holds some 150 MB while it reads
_WINDOW_S = 28.0  # Whisper takes 30 s; the rest is padding around the speech
_PAUSE_S = 5.0  # a longer silence is not worth reading: a new window begins behind it
_PADDING_S = 0.3  # speech cut off at its first sound is misheard
_BLOCK_S = 600.0  # how much sound the speech detector sees at once
_FRAMES = 3000  # that the weights take at once, of 10 ms each
_DETECT_S = 10.0  # enough to tell the language; what is no longer is encoded for this and for the words at once
_CLEAR = 0.8  # a language this likely is believed, whatever it is
_SKIPPED_S = 2.0  # this much speech left unread at a window's end was skipped, as when the language changes there
_HINT_TOKENS = 60  # each costs a millisecond of every reading
_TOKENS_PER_S = 12  # nobody speaks faster; whoever writes more has begun to repeat itself
_MOST_TOKENS = 300  # with the hints, below the 448 that Whisper can hold
_TEMPERATURES = (0.0, 0.4)  # one second try; more cost seconds and rescued nothing
_SIMPLIFIED = "以下是普通话的句子。"  # Whisper writes the characters that its prompt is written in


class WhisperTranscriber:
    """Reads the weights in `folder` once, at 8 bits. Where no language of all is clear, the likeliest of `prefer` holds.

    Raises EngineFailed naming the folder when a file of the weights is missing or cannot be read.
    """

    def __init__(self, folder: Path, *, threads: int = 0, prefer: tuple[str, ...] = ("en", "zh")) -> None:
        self._folder = Path(folder)
        self._prefer = prefer
        self._threads = threads or min(os.cpu_count() or 1, 8)
        self._model = _load(self._folder, self._threads)
        self._side_by_side = None  # the same weights for several windows at once; loaded with the first lecture
        self._loading = threading.Lock()
        self.languages: tuple[str, ...] = () if self._model.model.is_multilingual else ("en",)

    def transcribe(
        self,
        sound: Sound,
        *,
        language: str | None = None,
        hints: str = "",
        begun: str = "",
        on_progress: Callable[[float], None] | None = None,
    ) -> Transcript:
        """Speech to text. Without a given language each window's is detected; the transcript bears the most spoken one."""
        self._refuse_unknown(language)
        report = on_progress or (lambda share: None)
        samples = _for_hearing(sound)
        windows = _windows(_find_speech(samples), len(samples))
        begun = begun if len(windows) == 1 else ""  # of several, nobody knows which words are whose
        segments: list[Segment] = []
        spoken: Counter[str] = Counter()
        for window, found in zip(windows, self._hear_all(samples, windows, language, hints, begun, report), strict=True):
            for heard in found:
                segments.extend(heard.segments)
                spoken[heard.language] += heard.length
            report(window.end / len(samples))
        report(1.0)
        fallback = language or (self.languages or self._prefer or ("en",))[0]
        return Transcript(tuple(segments), spoken.most_common(1)[0][0] if segments else fallback)

    def _hear_all(
        self,
        samples: np.ndarray,
        windows: Sequence[_Window],
        language: str | None,
        hints: str,
        begun: str,
        report: Callable[[float], None],
    ) -> Iterator[list[_Heard]]:
        """What is said in each window, in their order. Many windows are read at once, a core for each.

        Of few, every step is reported, so that whoever has no use for them any more can end it soon.
        """
        at_once = min(self._threads, _MOST_AT_ONCE)
        if len(windows) < _MANY or at_once < 2:
            for window in windows:
                at = window.start / len(samples)
                report(at)
                with self._model.hearing_on(begun, partial(report, at)):
                    heard = self._hear(self._model, samples, window, language, hints, report)
                yield heard
            return
        model = self._model_for(at_once)
        pool = ThreadPoolExecutor(at_once, thread_name_prefix="hearing")
        try:
            yield from pool.map(lambda window: self._hear(model, samples, window, language, hints), windows)
        finally:
            pool.shutdown(cancel_futures=True)

    def _model_for(self, at_once: int):
        """Weights that several threads may use at the same time; the first model would let them wait for one another."""
        with self._loading:
            if self._side_by_side is None:
                self._side_by_side = _load(self._folder, max(1, self._threads // at_once), at_once)
            return self._side_by_side

    def _hear(
        self,
        model,
        samples: np.ndarray,
        window: _Window,
        language: str | None,
        hints: str,
        report: Callable[[float], None] = lambda share: None,
    ) -> list[_Heard]:
        """What is said in one window, and then in what the first reading of it skipped."""
        found: list[_Heard] = []
        waiting = [window]
        while waiting:
            window = waiting.pop(0)
            heard = language or self._detect(model, samples[window.start : window.end])
            report(window.start / len(samples))
            segments = tuple(self._read(model, samples, window, heard, hints))
            if segments:
                found.append(_Heard(segments, heard, window.end - window.start))
                waiting[:0] = _unread(window, segments[-1].end_s, len(samples))
        return found

    def _refuse_unknown(self, language: str | None) -> None:
        known = self.languages or tuple(self._model.supported_languages)
        if language is not None and language not in known:
            raise EngineFailed(
                f"The transcription weights in {self._folder} do not know the language {language!r}. "
                "Choose another language, or a profile whose transcriber knows it.",
                code="transcriber_language",
                folder=str(self._folder),
                language=language,
            )

    def _detect(self, model, samples: np.ndarray) -> str:
        if self.languages:
            return self.languages[0]
        features = model.feature_extractor(samples[: int(_DETECT_S * HEARING_RATE)])[:, :-1]
        with self._engine_errors(0.0):
            ranked = model.model.detect_language(model.encode(_padded(features)))[0]
        best, share = ranked[0][0][2:-2], ranked[0][1]  # "<|en|>", its probability
        if share >= _CLEAR or not self._prefer:
            return best
        return next((token[2:-2] for token, _ in ranked if token[2:-2] in self._prefer), best)

    def _read(self, model, samples: np.ndarray, window: _Window, language: str, hints: str) -> Iterator[Segment]:
        """What is said in one window, its times moved to where the speech detector heard the speech begin and end."""
        offset = window.start / HEARING_RATE
        seconds = (window.end - window.start) / HEARING_RATE
        with self._engine_errors(offset):
            found, _ = model.transcribe(
                samples[window.start : window.end],
                language=language,
                beam_size=1,  # five cost half as much again, and heard no better
                temperature=_TEMPERATURES,
                condition_on_previous_text=False,  # one window's error must not breed in the next
                max_new_tokens=min(_MOST_TOKENS, 20 + int(seconds * _TOKENS_PER_S)),
                hotwords=self._prompt(language, hints) or None,
            )
            for segment in found:
                if segment.text.strip() and not _made_up(segment):
                    start, end = _to_speech(window, offset + segment.start, offset + segment.end)
                    # Whisper writes Chinese in either script, whatever it is prompted with.
                    text = simplified(segment.text) if language == "zh" else segment.text
                    yield Segment(start, end, text.strip())

    @contextmanager
    def _engine_errors(self, at_s: float) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # what CTranslate2 raises, out of memory included
            raise EngineFailed(
                f"Transcribing failed at second {at_s:.0f} with the weights in {self._folder}: {error}. "
                "Check them with: coursemate weights verify",
                code="transcriber_failed",
                folder=str(self._folder),
            ) from error

    def _prompt(self, language: str, hints: str) -> str:
        """Hints, cut to what leaves room for the answer; the model takes them for what was said before."""
        tokenizer = self._model.hf_tokenizer
        tokens = tokenizer.encode(hints, add_special_tokens=False).ids[:_HINT_TOKENS] if hints.strip() else []
        words = tokenizer.decode(tokens)
        return _SIMPLIFIED + words if language == "zh" else words


@dataclass(frozen=True, slots=True)
class _Window:
    """A piece of the recording, in samples, and the stretches of speech in it."""

    start: int
    end: int
    speech: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was read in one go; `length` in samples."""

    segments: tuple[Segment, ...]
    language: str
    length: int


def _load(folder: Path, threads: int, at_once: int = 1):
    # Looked for by hand: without a tokenizer, faster-whisper would download one.
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise _unusable(folder, f"{', '.join(missing)} missing")
    from knowledge.transcription.brief import BriefWhisper  # loads CTranslate2: only when something is to be heard

    try:
        return BriefWhisper(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=at_once,
            local_files_only=True,
        )
    except Exception as error:  # the libraries raise all kinds, and nothing but these files can be at fault
        raise _unusable(folder, str(error)) from error


def _unusable(folder: Path, reason: str) -> EngineFailed:
    return EngineFailed(
        f"The transcription weights in {folder} cannot be used: {reason}. Check them with: coursemate weights verify",
        code="transcriber_unusable",
        folder=str(folder),
        reason=reason,
    )


def _padded(features: np.ndarray) -> np.ndarray:
    """As faster-whisper pads what it transcribes, so that both are known to be the same sound."""
    return np.pad(features, ((0, 0), (0, max(0, _FRAMES - features.shape[-1]))))


def _for_hearing(sound: Sound) -> np.ndarray:
    samples = np.asarray(sound.samples, dtype=np.float32)
    if sound.rate == HEARING_RATE or not len(samples):
        return samples
    from scipy.signal import resample_poly

    common = math.gcd(sound.rate, HEARING_RATE)
    return resample_poly(samples, HEARING_RATE // common, sound.rate // common).astype(np.float32)


def _find_speech(samples: np.ndarray) -> list[tuple[int, int]]:
    """Where somebody speaks, in samples, by Silero's detector. White noise reaches 0.45 of it, speech 0.96 to 1."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=0.5,
        min_speech_duration_ms=150,
        min_silence_duration_ms=300,
        speech_pad_ms=0,
        max_speech_duration_s=_WINDOW_S,
    )
    found: list[tuple[int, int]] = []
    at, block = 0, int(_BLOCK_S * HEARING_RATE)
    while at < len(samples):
        end = min(at + block, len(samples))
        here = [(at + piece["start"], at + piece["end"]) for piece in get_speech_timestamps(samples[at:end], options)]
        if end < len(samples) and len(here) > 1 and here[-1][1] >= end - HEARING_RATE:
            end = here.pop()[0]  # cut short by the block's end: the next block begins with it
        found.extend(here)
        at = end
    return found


def _windows(speech: Iterable[tuple[int, int]], length: int) -> list[_Window]:
    """Neighbouring stretches of speech, with the pauses between them, as far as they fit into one window."""
    groups: list[list[tuple[int, int]]] = []
    for start, end in speech:
        fits = groups and end - groups[-1][0][0] <= _WINDOW_S * HEARING_RATE
        if fits and start - groups[-1][-1][1] <= _PAUSE_S * HEARING_RATE:
            groups[-1].append((start, end))
        else:
            groups.append([(start, end)])
    padding = int(_PADDING_S * HEARING_RATE)
    return [_Window(max(0, g[0][0] - padding), min(length, g[-1][1] + padding), tuple(g)) for g in groups]


def _unread(window: _Window, read_until_s: float, length: int) -> list[_Window]:
    """The speech in a window behind the last word read, if it is enough to have been skipped."""
    rest = [(a, b) for a, b in window.speech if a / HEARING_RATE >= read_until_s - 0.5]
    skipped = sum(b - a for a, b in rest) > _SKIPPED_S * HEARING_RATE
    return _windows(rest, length) if skipped and len(rest) < len(window.speech) else []


def _to_speech(window: _Window, start_s: float, end_s: float) -> tuple[float, float]:
    """Whisper's times are up to a second early or late around pauses; the detector's edges are exact."""
    within = [
        (a / HEARING_RATE, b / HEARING_RATE)
        for a, b in window.speech
        if b / HEARING_RATE > start_s + 0.1 and a / HEARING_RATE < end_s - 0.1
    ]
    if not within:
        return round(start_s, 2), round(min(end_s, window.end / HEARING_RATE), 2)
    return round(max(start_s, within[0][0]), 2), round(min(end_s, within[-1][1]), 2)


def _made_up(segment) -> bool:
    """What Whisper writes when nobody speaks ("Thank you."). Measured: noise scores above 0.55 and below -0.85, speech far off."""
    unsure = segment.no_speech_prob > 0.5 and segment.avg_logprob < -0.8
    return unsure or segment.compression_ratio > 2.4
