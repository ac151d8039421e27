"""Whisper for questions: only what was said is encoded, and only once.

The weights are trained on 30 s, and faster-whisper pads every question to that. Encoding the silence is six sevenths
of the encoder's work for 8 s of speech, and changes nothing in the words as long as enough of it is left behind them.
This module knows neither windows nor languages.
"""

from __future__ import annotations

import threading

import numpy as np
from faster_whisper import WhisperModel

# In frames of 10 ms. With less, whisper-base repeats itself to its last token: 4 s within 10 gave "in front of a lens,
# In front of a lens,", 2.5 s within 8 nothing else. Longer sound has enough of itself to go by.
SHORT, LEAST_SHORT = 500, 1500
LEAST, MARGIN = 1000, 200


class BriefWhisper(WhisperModel):
    """Remembers in each thread what it encoded last: the language and then the words are read from the same."""

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self._last = threading.local()

    def encode(self, features: np.ndarray):
        features = np.ascontiguousarray(features[..., : frames_needed(features)])
        known, encoded = getattr(self._last, "pair", (None, None))
        if known is None or not np.array_equal(known, features):
            encoded = super().encode(features)
            self._last.pair = features, encoded
        return encoded


def frames_needed(features: np.ndarray) -> int:
    """Of features padded with zeros: those of the sound, which are never all zero, and some behind it. An even number."""
    sound = np.flatnonzero(features.any(axis=-2).reshape(-1, features.shape[-1]).any(axis=0))
    length = int(sound[-1]) + 1 if len(sound) else 0
    wanted = LEAST_SHORT if length < SHORT else max(LEAST, length + MARGIN)
    return min(features.shape[-1], wanted + wanted % 2)
