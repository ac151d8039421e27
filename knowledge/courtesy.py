"""Work on a course goes behind answering: while somebody is being answered, adding and writing stand still for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_LONGEST_S = 20.0  # one wait; a busy classroom must not keep a course from ever being finished


class Courtesy:
    """Shared by whoever answers, which holds `turn`, and whoever adds or writes, which calls `wait` between two small steps."""

    def __init__(self, longest_s: float = _LONGEST_S) -> None:
        self._longest_s = longest_s
        self._turns = 0
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self._changed:
            self._turns += 1
        try:
            yield
        finally:
            with self._changed:
                self._turns -= 1
                self._changed.notify_all()

    def wait(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Returns when nobody is being answered, when it was stopped, or after so long that one step is due."""
        until = time.monotonic() + self._longest_s
        with self._changed:
            while self._turns and not stop() and (left := until - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.25))


@dataclass(frozen=True, slots=True)
class CourteousSeer:
    """Waits before every picture."""

    seer: Any
    wait: Callable[[], None]

    def look(self, picture):
        self.wait()
        return self.seer.look(picture)


@dataclass(frozen=True, slots=True)
class CourteousChat:
    """Waits before every text and every judgement, each of which takes seconds."""

    chat: Any
    wait: Callable[[], None]

    def stream(self, *asked, **how):
        self.wait()
        return self.chat.stream(*asked, **how)

    def judge(self, *asked, **how):
        self.wait()
        return self.chat.judge(*asked, **how)

    def __getattr__(self, name: str) -> Any:
        """What takes no time is the model's own."""
        return getattr(self.chat, name)


@dataclass(frozen=True, slots=True)
class CourteousTranscriber:
    """Waits wherever the transcriber tells its progress, which is every few seconds of speech."""

    transcriber: Any
    wait: Callable[[], None]

    @property
    def languages(self) -> tuple[str, ...]:
        return self.transcriber.languages

    def transcribe(self, sound, *, language: str | None = None, hints: str = "", on_progress=None):
        def told(share: float) -> None:
            if on_progress is not None:
                on_progress(share)
            self.wait()

        self.wait()
        return self.transcriber.transcribe(sound, language=language, hints=hints, on_progress=told)
