"""The engine `openai`: a speech server that speaks OpenAI's protocol (POST /audio/speech), local or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy

import httpx

from chatbot.speech.voices import tidy
from knowledge.errors import EngineFailed, InvalidSound, SettingsError
from knowledge.language import language_of_question
from knowledge.sound import Sound, decode_sound

_TIMEOUT_S = 60.0
_LONGEST_S = 300.0  # of one sentence


class ServedSynthesizer:
    """`voices` maps a language to the server's name of its voice. Raises SettingsError without an address or a voice.

    Sound comes back at 16 kHz, whatever the server sends.
    """

    def __init__(self, address: str, model: str, voices: Mapping[str, str]) -> None:
        if not address or not voices:
            raise SettingsError(
                "The voice openai needs the address of a speech server and the name of a voice. Set speech_server_url "
                'and served_voices, such as {en = "alloy"}, in the settings.',
                code="speech_server_unset",
            )
        self._address, self._model, self._voices = address.rstrip("/"), model, dict(voices)
        self.languages: tuple[str, ...] = tuple(voices)

    def in_language(self, language: str) -> ServedSynthesizer:
        bound = copy(self)
        bound.languages = (language,)
        return bound

    def synthesize(self, text: str) -> Sound:
        language = self.languages[0] if len(self.languages) == 1 else language_of_question(text, self.languages[0])
        voice = self._voices.get(language) or next(iter(self._voices.values()))
        key = os.environ.get("OPENAI_API_KEY")
        wish = {"model": self._model, "voice": voice, "input": text, "response_format": "wav"}
        try:
            answer = httpx.post(
                f"{self._address}/audio/speech",
                json=wish,
                headers={"authorization": f"Bearer {key}"} if key else {},
                timeout=_TIMEOUT_S,
            )
            answer.raise_for_status()
            spoken = decode_sound(answer.content, longest_s=_LONGEST_S, name="what the speech server sent")
        except (httpx.HTTPError, httpx.InvalidURL, InvalidSound) as error:
            raise EngineFailed(
                f"The voice openai at {self._address} could not speak: {error}. The answer stays readable.",
                code="voice_failed",
                name="openai",
                reason=str(error),
            ) from error
        return tidy(spoken.samples, spoken.rate)
