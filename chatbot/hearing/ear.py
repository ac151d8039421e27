"""The transcriber, shared by all open microphones: a guess waits for nobody, and nobody waits for a guess."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from chatbot.hearing import Reading
from knowledge.transcription import Transcriber, Transcript


class _GivenUp(Exception):
    """Passes through the transcriber from one of its steps to the next."""


class Ear:
    """Safe to use from several threads. `transcriber` is asked for at every reading, because it loads beside the server.

    `quiet` is open while somebody waits for what is read: what else works ahead then rests.
    """

    def __init__(
        self, transcriber: Callable[[], Transcriber], quiet: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._transcriber, self._quiet = transcriber, quiet
        self._turn = threading.Lock()
        self._waiting: set[int] = set()  # urgent readings

    def read(self, reading: Reading, hints: str = "") -> Transcript | None:
        """What is said in it. Raises as the engine does.

        None when nobody waits for it any more, or when it is not urgent and something else is, or is being read.
        """
        with self._quiet() if reading.urgent else nullcontext():
            return self._read(reading, hints)

    def _read(self, reading: Reading, hints: str) -> Transcript | None:
        if not self._begin(reading):
            return None
        try:
            if self._is_unwanted(reading):
                return None
            return self._transcriber().transcribe(
                reading.sound,
                language=reading.language,
                hints=hints,
                begun=reading.begun,
                on_progress=lambda share: self._go_on(reading, share),
            )
        except _GivenUp:
            return None
        finally:
            self._turn.release()

    def _begin(self, reading: Reading) -> bool:
        if not reading.urgent:
            return self._turn.acquire(blocking=False)
        self._waiting.add(id(reading))
        try:
            return self._turn.acquire()
        finally:
            self._waiting.discard(id(reading))

    def _go_on(self, reading: Reading, share: float) -> None:
        if share < 1 and self._is_unwanted(reading):
            raise _GivenUp

    def _is_unwanted(self, reading: Reading) -> bool:
        return reading.stale.is_set() or (not reading.urgent and bool(self._waiting))
