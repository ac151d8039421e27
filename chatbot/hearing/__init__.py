"""A question heard while it is spoken: where it begins and ends, when to read it, what was read so far.

Pure logic over frames and finished readings; its clock is the sound itself. Who reads, and in which thread, is decided
outside (hearing.ear, ui.api.listening).
"""

from __future__ import annotations

import itertools
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from knowledge.sound import HEARING_RATE, Sound
from knowledge.transcription import Transcript
from knowledge.voice_activity import FRAME_S, VoiceActivity

_SPEECH, _QUIET = 0.5, 0.35  # probabilities from which on, and below which; between them all stays as it was
_BEGINS = 3  # frames of speech among the last four: 0.1 s, which no click lasts
_LEAD_S = 0.4  # kept from before the first sound that was taken for speech
_FADING = 2  # frames behind the last one taken for speech
_READ_AFTER_S = 0.09  # so soon in a pause the whole is read, in case it was the end
_ENDS_S, _PATIENT_S = 0.56, 1.2  # the pause that ends a question: one that reads as finished, any other
_FIRST_S, _PACE_S = 0.9, 1.4  # of speech before the first reading, and between two while it goes on
_FINISHED = re.compile(r"[.?!。？！]\W*$")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")  # in Chinese, a character
_UNSETTLED, _WORTH = 2, 5  # words at the end of what two readings share, that the next may change; fewer are not worth keeping
_TRAILING = re.compile(r"(?:\.\.\.|…)\W*$")


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody speaks: whatever sounds must fall silent."""


@dataclass(frozen=True, slots=True)
class Partial:
    """The words so far; the next ones may correct them."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """The whole question. `waited_s` is the sound that came in after its last word."""

    text: str
    language: str
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Nothing:
    """What began was no speech."""


HeardEvent = Began | Partial | Final | Nothing


@dataclass(frozen=True, slots=True)
class Reading:
    """A request to read the question so far. `urgent`: it may be the whole, and the student is waiting.

    `stale` is set when nobody waits for it any more: whoever reads it may give it up.
    """

    sound: Sound
    urgent: bool
    utterance: int
    until: int  # frames of the question that it covers
    begun: str = ""  # the words of its beginning that are settled
    language: str | None = None  # theirs
    stale: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(slots=True)
class _Utterance:
    """A question being spoken; lengths are in frames."""

    frames: list[np.ndarray]
    speech: int = 0  # frames taken for speech
    last_speech: int = 0  # where the last of them stands
    read_at: int = 0  # how much there was when the last reading was asked for
    read_until: int = 0  # how much the last finished reading covered
    transcript: Transcript | None = None
    settled: str = ""  # the words of its beginning that two readings in a row agreed on
    over: bool = False  # no more sound belongs to it

    @property
    def quiet_s(self) -> float:
        return (len(self.frames) - self.last_speech) * FRAME_S

    @property
    def end(self) -> int:
        """How much has to be read to have read all that was spoken, to the fading of its last sound."""
        return min(self.last_speech + _FADING, len(self.frames))

    @property
    def covered(self) -> bool:
        return self.transcript is not None and self.read_until >= self.end

    @property
    def language(self) -> str | None:
        return self.transcript.language if self.transcript else None

    @property
    def ends_after_s(self) -> float:
        """The pause behind which nothing more is expected, by what its words read as."""
        text = self.transcript.text if self.transcript else ""
        return _ENDS_S if not text or (_FINISHED.search(text) and not _TRAILING.search(text)) else _PATIENT_S


@dataclass(slots=True)
class Listener:
    """One open microphone. Feed sound to `hear`, do what `due` asks, give what came of it to `read`.

    With `by_itself`, a pause ends the question; without, only `finish` does.
    """

    longest_s: float
    by_itself: bool = True
    activity: VoiceActivity | None = None
    _lead: deque[tuple[np.ndarray, bool]] = field(default_factory=lambda: deque(maxlen=round(_LEAD_S / FRAME_S)))
    _now: _Utterance | None = None
    _number: int = 0
    _reading: Reading | None = None

    def __post_init__(self) -> None:
        self.activity = self.activity or VoiceActivity()

    def hear(self, samples: np.ndarray) -> list[HeardEvent]:
        """Takes the next samples, float32 at 16 kHz."""
        events: list[HeardEvent] = []
        for frame, share in self.activity.feed(samples):
            self._take(frame, share, events.append)
        return events

    def finish(self) -> list[HeardEvent]:
        """The student says that this was all."""
        now = self._now
        if now is None:
            return [Nothing()]
        now.over = True
        return self._settle()

    def drop(self) -> None:
        """Forgets what is being spoken."""
        self._now = None
        self._lead.clear()
        self._give_up()

    def due(self) -> Reading | None:
        """What should be read now, if anything. While one is read, only what may be the whole is due: in its place."""
        now, under_way = self._now, self._reading
        if now is None or now.covered:
            return None
        pause = now.last_speech > 0 and (now.over or now.quiet_s >= _READ_AFTER_S)
        if under_way is not None and (not pause or under_way.until >= now.end):
            return None
        length = len(now.frames)
        paced = now.speech * FRAME_S >= _FIRST_S and (length - now.read_at) * FRAME_S >= _PACE_S and not now.quiet_s
        if not pause and not paced:
            return None
        self._give_up()
        now.read_at = length
        sound = Sound(np.concatenate(now.frames), HEARING_RATE)
        self._reading = Reading(sound, pause, self._number, length, now.settled, now.language if now.settled else None)
        return self._reading

    def read(self, reading: Reading, transcript: Transcript | None) -> list[HeardEvent]:
        """What a reading brought; None when it was given up, or left out because others were being heard."""
        if reading is self._reading:
            self._reading = None
        now = self._now
        if now is None or reading.utterance != self._number or transcript is None or reading.until <= now.read_until:
            return []
        before = now.transcript.text if now.transcript else ""
        now.transcript, now.read_until = transcript, reading.until
        now.settled = agreed(before, transcript.text)
        settled = self._settle()
        if settled or not transcript.text or transcript.text == before:
            return settled
        return [Partial(transcript.text)]

    def _give_up(self) -> None:
        if self._reading is not None:
            self._reading.stale.set()
        self._reading = None

    def _take(self, frame: np.ndarray, share: float, tell: Callable[[HeardEvent], None]) -> None:
        if self._now is None:
            self._lead.append((frame, share >= _SPEECH))
            recent = [speech for _, speech in list(self._lead)[-_BEGINS - 1 :]]
            if sum(recent) >= _BEGINS:
                self._begin()
                tell(Began())
            return
        now = self._now
        if now.over:
            return
        now.frames.append(frame)
        if share >= _SPEECH or (share >= _QUIET and now.quiet_s <= 2 * FRAME_S):
            now.speech += 1
            now.last_speech = len(now.frames)
        if len(now.frames) * FRAME_S >= self.longest_s:
            now.over = True
        for event in self._settle():
            tell(event)

    def _begin(self) -> None:
        self._number += 1
        frames = [frame for frame, _ in self._lead]
        self._now = _Utterance(frames, speech=_BEGINS, last_speech=len(frames))
        self._lead.clear()

    def _settle(self) -> list[HeardEvent]:
        """The end of the question, once it is both over and read."""
        now = self._now
        if now is None or not now.covered:
            return []
        if not now.over and self.by_itself:
            now.over = now.quiet_s >= now.ends_after_s
        if not now.over:
            return []
        self._now = None
        text = now.transcript.text
        return [Final(text, now.transcript.language, now.quiet_s) if text else Nothing()]


def agreed(before: str, now: str) -> str:
    """The words with which both begin, without the last ones: what is said next may still change those."""
    alike = [one for one, other in _alike(before, now)]
    kept = alike[: -_UNSETTLED]
    return now[: kept[-1].end()] if len(kept) >= _WORTH else ""


def _alike(before: str, now: str) -> Iterator[tuple[re.Match, re.Match]]:
    pairs = zip(_WORD.finditer(now), _WORD.finditer(before), strict=False)
    return itertools.takewhile(lambda pair: pair[0][0] == pair[1][0], pairs)
