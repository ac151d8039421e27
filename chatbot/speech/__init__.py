"""The role of the synthesizer: a sentence in, sound out; and the table of its engines."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from knowledge.engines import Engine
from knowledge.sound import Sound


@runtime_checkable
class Synthesizer(Protocol):
    languages: tuple[str, ...]  # ISO 639-1 codes that this voice speaks

    def synthesize(self, text: str) -> Sound:
        """One sentence, already put into words by `speech.wording`, as sound."""
        ...


ENGINES: dict[str, Engine] = {
    "hibari": Engine("chatbot.speech.hibari_voice:HibariSynthesizer", ("hibari",)),
    "espeak": Engine("chatbot.speech.espeak_voice:EspeakSynthesizer"),
    "piper": Engine("chatbot.speech.piper_voice:PiperSynthesizer", ("piper",), extra="piper"),
    "coqui": Engine("chatbot.speech.coqui_voice:CoquiSynthesizer", ("TTS",), extra="coqui"),
    "openai": Engine("chatbot.speech.served_voice:ServedSynthesizer"),
}
