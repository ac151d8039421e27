"""The engine `openai`: a speech server that speaks OpenAI's protocol (POST /audio/transcriptions), local or elsewhere.

Silence is not sent: a server would make words of it. Knows nothing of which model stands behind the address.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np

from knowledge.errors import EngineFailed, SettingsError
from knowledge.language import language_of_question, simplified
from knowledge.sound import HEARING_RATE, Resampler, Sound
from knowledge.transcription import Segment, Transcript
from knowledge.voice_activity import VoiceActivity

_TIMEOUT_S = 300.0  # a lecture takes a server as long as it takes
_SPEECH = 0.5
_NAMES = {"english": "en", "chinese": "zh", "mandarin": "zh"}  # servers name languages in either way
_MOST_HINT_CHARACTERS = 600  # the protocol takes 224 tokens


class ServedTranscriber:
    """`address` ends in the protocol's root, such as http://127.0.0.1:8000/v1. The key comes from OPENAI_API_KEY.

    Raises SettingsError without an address.
    """

    languages: tuple[str, ...] = ()

    def __init__(self, address: str, model: str) -> None:
        if not address:
            raise SettingsError(
                "The transcriber openai needs the address of a speech server. Set speech_server_url in the settings.",
                code="speech_server_unset",
            )
        self._address, self._model = address.rstrip("/"), model

    def transcribe(
        self,
        sound: Sound,
        *,
        language: str | None = None,
        hints: str = "",
        begun: str = "",
        on_progress: Callable[[float], None] | None = None,
    ) -> Transcript:
        """As the protocol says; `begun` is left out, because the server's protocol has no place for it."""
        told: dict[str, Any] = {}
        if _somebody_speaks(sound):
            told = self._ask(sound, language, hints)
        if on_progress:
            on_progress(1.0)
        if not (text := str(told.get("text") or "").strip()):
            return Transcript((), language or "en")
        spoken = language or _code(str(told.get("language") or "")) or language_of_question(text)
        return Transcript(_segments(told, text, sound.duration_s, spoken), spoken)

    def _ask(self, sound: Sound, language: str | None, hints: str) -> dict[str, Any]:
        form = {"model": self._model, "response_format": "verbose_json", "prompt": hints[:_MOST_HINT_CHARACTERS]}
        form |= {"language": language} if language else {}
        key = os.environ.get("OPENAI_API_KEY")
        try:
            answer = httpx.post(
                f"{self._address}/audio/transcriptions",
                data=form,
                files={"file": ("speech.wav", sound.to_wav(), "audio/wav")},
                headers={"authorization": f"Bearer {key}"} if key else {},
                timeout=_TIMEOUT_S,
            )
            answer.raise_for_status()
            told = answer.json()
            if not isinstance(told, dict):
                raise ValueError("its answer is no transcript")
            return told
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise EngineFailed(
                f"The speech server at {self._address} could not transcribe: {error}. Check that it runs, "
                "speech_server_url and served_transcriber in the settings.",
                code="speech_server_failed",
                address=self._address,
                reason=str(error),
            ) from error


def _somebody_speaks(sound: Sound) -> bool:
    samples = Resampler(sound.rate).feed((np.clip(sound.samples, -1, 1) * 32767).astype("<i2"))
    padded = np.concatenate([samples, np.zeros(HEARING_RATE // 10, np.float32)])
    return sum(share >= _SPEECH for _, share in VoiceActivity().feed(padded)) >= 3


def _segments(told: dict[str, Any], text: str, length_s: float, language: str) -> tuple[Segment, ...]:
    """The server's segments where it tells any, within the sound and in order; else one of all that was said."""
    found: list[Segment] = []
    for part in told.get("segments") or ():
        start = min(max(float(part["start"]), found[-1].start_s if found else 0.0), length_s)
        end = min(float(part["end"]), length_s)
        if end > start and str(part["text"]).strip():
            found.append(Segment(start, end, _written(str(part["text"]).strip(), language)))
    return tuple(found) or (Segment(0.0, length_s, _written(text, language)),)


def _written(text: str, language: str) -> str:
    return simplified(text) if language == "zh" else text


def _code(name: str) -> str:
    return name if len(name) == 2 else _NAMES.get(name.lower(), "")
