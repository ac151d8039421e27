"""The answer as sound beside its text: sentences in order, and voices that fail."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.speaking import Speaker
from knowledge.errors import EngineFailed
from tests.fakes import FakeSynthesizer

ANSWER = "Light bends. Its speed changes. That is all."
SENTENCES = ["Light bends.", "Its speed changes.", "That is all."]


@dataclass
class Breaking(FakeSynthesizer):
    """Says so many sentences, then no more."""

    most: int = 1

    def synthesize(self, text):
        if len(self.said) == self.most:
            raise EngineFailed("The speech server is gone.", code="speech_server_failed")
        return super().synthesize(text)


def spoken(speaker: Speaker) -> list[tuple[int, str]]:
    with speaker:
        speaker.hear(ANSWER)
        return [(spoke.n, spoke.sentence) for spoke in speaker.rest()]


def test_sentences_are_spoken_in_their_order():
    assert spoken(Speaker([FakeSynthesizer()], "en")) == list(enumerate(SENTENCES, start=1))


def test_where_a_voice_fails_the_next_of_the_language_goes_on():
    failing, other, german = Breaking(), FakeSynthesizer(), FakeSynthesizer(("de",))
    assert spoken(Speaker([failing, german, other], "en")) == list(enumerate(SENTENCES, start=1))
    assert (failing.said, other.said, german.said) == (SENTENCES[:1], SENTENCES[1:], [])


def test_without_another_voice_the_rest_stays_unspoken_and_nothing_fails():
    speaker = Speaker([Breaking()], "en")
    assert spoken(speaker) == [(1, "Light bends.")]
    assert speaker.voice is None


def test_without_any_voice_nothing_is_spoken():
    speaker = Speaker([FakeSynthesizer(("de",))], "en")
    assert speaker.voice is None and spoken(speaker) == []
