"""Whether somebody speaks, while the sound still comes in: Silero's detector, one frame after the other.

The weights are those that faster-whisper's package carries. Fed piece by piece with its state kept, the detector gives
the same numbers as over the whole recording.
"""

from __future__ import annotations

import numpy as np

from knowledge.sound import HEARING_RATE

FRAME = 512  # samples; what the detector judges at once
FRAME_S = FRAME / HEARING_RATE
_BEFORE = 64  # samples of the frame before, which the detector sees as well


class VoiceActivity:
    """One open microphone. Not for several threads at once; the weights behind it are shared."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model  # loads CTranslate2: only when somebody is to be heard

        self._session = get_vad_model().session
        self._state = np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)
        self._before = np.zeros(_BEFORE, np.float32)
        self._waiting = np.zeros(0, np.float32)

    def feed(self, samples: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """The frames that these samples (float32, 16 kHz) complete, each with its probability of speech, in 0..1."""
        self._waiting = np.concatenate([self._waiting, samples])
        whole = len(self._waiting) // FRAME * FRAME
        frames, self._waiting = self._waiting[:whole].reshape(-1, FRAME), self._waiting[whole:]
        return [(frame, self._judge(frame)) for frame in frames]

    def _judge(self, frame: np.ndarray) -> float:
        seen = np.concatenate([self._before, frame])[None]
        share, *self._state = self._session.run(None, {"input": seen, "h": self._state[0], "c": self._state[1]})
        self._before = frame[-_BEFORE:]
        return float(share.reshape(-1)[0])
