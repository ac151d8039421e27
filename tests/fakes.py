"""Fakes: real implementations of our protocols that need no weights. Each is held to the same contract as the engines."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from chatbot.chat_model import Message, Sampling
from chatbot.clarifying import WHAT_IS_MEANT
from chatbot.conversation import (
    Answer,
    Citation,
    Cited,
    Done,
    Event,
    Exchange,
    Found,
    Heard,
    Looked,
    Progress,
    Said,
    Spoke,
    Turn,
)
from chatbot.loading import ROLES, EngineState
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.errors import CoursemateError, EngineFailed, EngineNotReady
from knowledge.sound import Sound
from knowledge.transcription import Segment, Transcript


def tone(seconds: float, hertz: float = 440.0, rate: int = 16_000) -> Sound:
    """A quiet tone, for when any sound will do."""
    time_s = np.arange(int(seconds * rate)) / rate
    return Sound((0.2 * np.sin(2 * np.pi * hertz * time_s)).astype(np.float32), rate)


def serving_settings(**others: Any) -> SimpleNamespace:
    """What a server reads of its settings; `others` are given besides, or in place of these."""
    usual = {
        "host": "127.0.0.1", "host_names": (), "longest_question_s": 5.0, "most_question_characters": 4000,
        "students_at_once": 4, "most_waiting": 8, "most_questions_each": 4,
    }  # fmt: skip
    return SimpleNamespace(**usual | others)


@dataclass
class FakeTutor:
    """Answers with the passages it was given, one citation each, word by word.

    The question steers it: "nothing" is not in the course, "explain this" is unclear, "break" raises, "long" writes until it is stopped.
    `closed` is set when the generator of a turn was closed before its end; `turns` holds what was asked.
    """

    passages: Sequence[Passage] = ()
    text: str = "Light bends at a border because its **speed** changes [1]. Snell's law says how much [2]."
    pause_s: float = 0.0
    turns: list[Turn] = field(default_factory=list)
    histories: list[tuple[Exchange, ...]] = field(default_factory=list)
    prepared: list[Turn] = field(default_factory=list)  # what was read ahead
    aheads: list[Ahead] = field(default_factory=list)  # what each question was told of that
    closed: threading.Event = field(default_factory=threading.Event)

    def ask(
        self, course: Course, turn: Turn, history: Sequence[Exchange] = (), ahead: Ahead = NOTHING_AHEAD
    ) -> Iterator[Event]:
        self.turns.append(turn)
        self.histories.append(tuple(history))
        self.aheads.append(ahead)
        try:
            yield from self._tell(turn)
        except GeneratorExit:
            self.closed.set()
            raise

    def prepare(
        self, course: Course, turn: Turn, history: Sequence[Exchange] = (), ahead: Ahead = NOTHING_AHEAD
    ) -> Iterator[Ahead]:
        """Tells that its passages are read, behind those that were."""
        self.prepared.append(turn)
        yield replace(ahead, passages=(*ahead.passages, *self.passages))

    def read_aloud(self, text: str, language: str) -> Iterator[Spoke]:
        for n, sentence in enumerate(text.split(". "), start=1):
            yield Spoke(n, sentence, tone(0.3, 330 + 110 * n))

    def _tell(self, turn: Turn) -> Iterator[Event]:
        heard = "Why does light bend?" if turn.sound else None
        seen = "n1 sin a = n2 sin b" if turn.picture else None
        question = turn.question or heard or ""
        if heard:
            yield Heard(heard, "en")
        if seen:
            yield Looked(seen, ("picture_words_only",))
        time.sleep(self.pause_s)
        if question == "explain this" and not seen:
            yield Said(WHAT_IS_MEANT["en"])
            yield Done(Answer("unclear", WHAT_IS_MEANT["en"], "en", question=question, heard=heard, topics=("Refraction", "Lenses & <mirrors>")))
            return
        yield Found(question, tuple(self.passages))
        if "break" in question:
            raise EngineFailed("The fake engine broke. Ask again.", code="engine_failed", name="fake", reason="it broke")
        if "nothing" in question:
            yield Done(self._answer(turn, "not_found", "The course does not say this.", heard, seen, self._cited()))
            return
        yield from self._say(turn, "word " * 100_000 if "long" in question else self.text)
        yield from (Cited(citation) for citation in self._cited())
        yield Done(self._answer(turn, "answered", self.text, heard, seen, self._cited()))

    def _say(self, turn: Turn, text: str) -> Iterator[Event]:
        for word in text.split(" "):
            yield Said(f"{word} ")
            time.sleep(self.pause_s or 0.002)
        if turn.speak:
            for n, sentence in enumerate(text.split(". "), start=1):
                yield Spoke(n, sentence, tone(0.3, 330 + 110 * n))

    def _cited(self) -> tuple[Citation, ...]:
        return tuple(
            Citation(n, p.document, p.title, p.locator, p.text.split(". ")[0], chunk_id=p.chunk_id)
            for n, p in enumerate(self.passages, start=1)
        )

    def _answer(self, turn: Turn, status, text, heard, seen, cited) -> Answer:
        found = status == "answered"
        return Answer(
            status, text, turn.language or "en", citations=cited if found else (), nearest=() if found else cited,
            question=turn.question or heard or "", heard=heard, seen=seen,
            notices=("picture_words_only",) if turn.picture else (), progress=self._progress(turn),
        )  # fmt: skip

    def _progress(self, turn: Turn) -> Progress | None:
        """In a way that has steps, one of four further than the turn before."""
        if turn.way in ("explain", "check"):
            return None
        before = self.histories[-1][-1].progress if self.histories[-1] else None
        return Progress(turn.way, before.step + 1 if before and before.way == turn.way else 1, 4, "secret subject", "secret key")


class FakeEngines:
    """Engines that are ready, or load until `finish` is called, or have failed. Who hears works; others are given."""

    def __init__(self, *, loading: bool = False, error: CoursemateError | None = None, **engines) -> None:
        """`engines` are what `get` gives, by role."""
        self._began = time.monotonic()
        self.loading, self.error = loading, error
        self.transcriber = FakeTranscriber()
        self._engines = {"transcriber": self.transcriber, **engines}

    def get(self, role: str):
        if self.error:
            raise self.error
        if self.loading:
            raise EngineNotReady("The fake engine is loading.", code="engine_not_ready", name=role)
        return self._engines[role]

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self._engines)

    def finish(self) -> None:
        self.loading = False

    @property
    def ready(self) -> bool:
        return not self.loading and self.error is None

    def states(self) -> tuple[EngineState, ...]:
        seconds = time.monotonic() - self._began
        status = "failed" if self.error else "loading" if self.loading else "ready"
        return tuple(EngineState(role, "fake", status, seconds, self.error) for role in ROLES)


class FakeChatModel:
    """Says what it is told to say, one word a token, and remembers what it was asked.

    `reply` is a text, or makes one from the messages; without one, the last message is said back.
    """

    name = "fake"
    context_tokens = 4096
    sees = True

    def __init__(self, reply: str | Callable[[Sequence[Message]], str] | None = None) -> None:
        self._reply = reply
        self.prompts: list[tuple[Message, ...]] = []
        self.samplings: list[Sampling] = []
        self.prepared: list[tuple[Message, ...]] = []
        self.kept: dict[Path, list[tuple[Message, ...]]] = {}
        self.recalled: list[Path] = []
        self.closed = 0  # replies that were closed before their end

    def stream(self, messages: Sequence[Message], sampling: Sampling | None = None) -> Iterator[str]:
        sampling = sampling or Sampling()
        self.prompts.append(tuple(messages))
        self.samplings.append(sampling)
        text = self._text(messages)
        ends = [at for stop in sampling.stop if (at := text.find(stop)) >= 0]
        words = re.findall(r"\s*\S+|\s+$", text[: min(ends, default=len(text))])
        try:
            yield from words[: sampling.most_tokens]
        except GeneratorExit:
            self.closed += 1
            raise

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        """An option with which the reply begins is nine times as likely as any other."""
        self.prompts.append(tuple(messages))
        text = self._text(messages)
        weights = {option: 9.0 if text.startswith(option) else 1.0 for option in options}
        return {option: weight / sum(weights.values()) for option, weight in weights.items()}

    def prepare(self, messages: Sequence[Message], options: Sequence[str] = ()) -> dict[str, float] | None:
        self.prepared.append(tuple(messages))
        text = self._text(messages)
        return {option: 0.9 if text.startswith(option) else 0.1 for option in options}

    def keep(self, beginnings: Sequence[Sequence[Message]], folder: Path, most_mb: int) -> Iterator[bool]:
        for messages in beginnings:
            self.kept.setdefault(folder, []).append(tuple(messages))
            yield True

    def recall(self, folder: Path, most_mb: int) -> None:
        self.recalled.append(folder)

    def unread(self, messages: Sequence[Message]) -> int:
        """The words behind what they share with the prompt read so far that begins most alike."""
        wanted = _words_of(messages)
        return len(wanted) - max(
            (_shared(wanted, _words_of(known)) for known in (*self.prompts, *self.prepared)), default=0
        )

    def close(self) -> None:
        pass

    def _text(self, messages: Sequence[Message]) -> str:
        if callable(self._reply):
            return self._reply(messages)
        return messages[-1].text if self._reply is None else self._reply


def _words_of(messages: Sequence[Message]) -> list[str]:
    return [word for message in messages for word in (message.role, *message.text.split())]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass
class FakeTranscriber:
    """Hears `text` in any sound that is louder than silence; `given` holds the language and hints of each call, `begun` its own."""

    text: str = "Why does light bend?"
    languages: tuple[str, ...] = ()
    given: list[tuple[str | None, str]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    def transcribe(
        self,
        sound: Sound,
        *,
        language: str | None = None,
        hints: str = "",
        begun: str = "",
        on_progress: Callable[[float], None] | None = None,
    ) -> Transcript:
        self.given.append((language, hints))
        self.begun.append(begun)
        if on_progress:
            on_progress(1.0)
        if float(np.max(np.abs(sound.samples), initial=0.0)) < 0.01:
            return Transcript((), language or "en")
        return Transcript((Segment(0.0, sound.duration_s, self.text),), language or "en")


@dataclass
class FakeSynthesizer:
    """Hums for a tenth of a second a word; `said` holds the sentences it was given."""

    languages: tuple[str, ...] = ("en", "zh")
    said: list[str] = field(default_factory=list)

    def synthesize(self, text: str) -> Sound:
        self.said.append(text)
        return tone(0.1 * len(text.split()), 220.0)


@dataclass
class FakeEmbedder:
    """Unit vectors that mean nothing but are the same for the same words; a query's differ from a passage's."""

    name: str = "fake"
    dimensions: int = 4
    most_tokens: int = 512

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(f"passage {text}") for text in texts])

    def embed_query(self, text: str) -> np.ndarray:
        return self._vector(f"query {text}")

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def _vector(self, text: str) -> np.ndarray:
        vector = np.frombuffer(sha256(text.encode()).digest()[: self.dimensions], np.uint8).astype(np.float32) + 1
        return vector / np.linalg.norm(vector)
