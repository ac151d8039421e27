"""The transcriber, shared by all open microphones: a guess waits for nobody, and nobody waits for more than one guess."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatbot.hearing import Reading
from knowledge.transcription import Transcriber, Transcript


class Ear:
    """Safe to use from several threads. `transcriber` is asked for at every reading, because it loads beside the server."""

    def __init__(self, transcriber: Callable[[], Transcriber]) -> None:
        self._transcriber = transcriber
        self._turn = threading.Lock()

    def read(self, reading: Reading, hints: str = "") -> Transcript | None:
        """What is said in it; None when it is not urgent and somebody else is being read. Raises as the engine does."""
        if not self._turn.acquire(blocking=reading.urgent):
            return None
        try:
            return self._transcriber().transcribe(reading.sound, hints=hints)
        finally:
            self._turn.release()
