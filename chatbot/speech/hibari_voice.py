"""English through hibari: one voice, whose weights lie inside the package. Never downloads another."""

from __future__ import annotations

from chatbot.speech.voices import tidy
from knowledge.errors import EngineFailed
from knowledge.sound import Sound


class HibariSynthesizer:
    """Speaks 24 kHz. Loads at once what the first sentence needs, so that it does not wait."""

    languages: tuple[str, ...] = ("en",)

    def __init__(self, *, threads: int = 1) -> None:
        from hibari import Hibari

        self._hibari = Hibari(threads=threads)
        self._hibari("Ready.")

    def synthesize(self, text: str) -> Sound:
        try:
            samples = self._hibari(text, seed=0)  # the same sentence always sounds the same
        except Exception as error:  # a rule-based reader of any text: whatever it stumbles over costs one sentence
            raise EngineFailed(
                f"The voice hibari could not speak {text[:60]!r}: {error}. The answer stays readable.",
                code="voice_failed",
                name="hibari",
                reason=str(error),
            ) from error
        return tidy(samples, self._hibari.sample_rate)
