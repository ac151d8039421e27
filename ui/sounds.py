"""The shelf of sounds: what was just spoken, kept in memory under unguessable names until the browser has fetched it."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from knowledge.sound import Sound

MOST_BYTES = 64_000_000  # about 20 minutes of speech; the oldest go first


class Shelf:
    """Safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._held = 0
        self._wavs: OrderedDict[str, bytes] = OrderedDict()
        self._turn = threading.Lock()

    def put(self, sound: Sound) -> str:
        """Keeps the sound as WAV and returns its address, relative to the page."""
        wav, key = sound.to_wav(), secrets.token_urlsafe(16)
        with self._turn:
            self._wavs[key] = wav
            self._held += len(wav)
            while self._held > self._most and len(self._wavs) > 1:
                _, oldest = self._wavs.popitem(last=False)
                self._held -= len(oldest)
        return f"api/sounds/{key}"

    def get(self, key: str) -> bytes | None:
        with self._turn:
            return self._wavs.get(key)
