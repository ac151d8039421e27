"""Going on from settled words, with a decoder that says what it is told to: when they are taken, and when all is heard anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

ctranslate2 = pytest.importorskip("ctranslate2", reason="faster-whisper is not installed")
from knowledge.transcription.resuming import resume  # noqa: E402 - needs ctranslate2

SOT, ENGLISH, WRITE, PREVIOUS, BARE, TIME = 900, 901, 902, 903, 904, 905
HINTS = [1, 2, 3]
WORDS = "why does light bend when it".split()
IDS = {word: 10 + n for n, word in enumerate(WORDS)}
FRAMES = 400  # 4 s of sound


class Tokenizer:
    """A token for each word."""

    sot, sot_prev, no_timestamps, timestamp_begin, language_code = SOT, PREVIOUS, BARE, TIME, "en"

    def encode(self, text):
        return [IDS[word] for word in text.split()]

    def split_to_word_tokens(self, tokens):
        return [""] * len(tokens), [[token] for token in tokens]


@dataclass
class Decoder:
    """Each settled word lasts half a second. `given` is what it was last told to go on from, `shown` how much of the sound."""

    shares: dict[str, float] = field(default_factory=dict)
    score: float = -0.2
    found: int = 9

    def align(self, encoded, start, texts, frames, median_filter_width):
        assert (start, frames) == ([SOT, ENGLISH, WRITE], FRAMES)
        shares = [self.shares.get(word, 0.9) for word in WORDS]
        return [SimpleNamespace(text_token_probs=shares, alignments=[(n // 25, n) for n in range(200)])]

    def generate(self, encoded, prompts, **_):
        self.given, self.shown = prompts[0], np.array(encoded).shape[1]
        return [SimpleNamespace(scores=[self.score], sequences_ids=[[*prompts[0][-2:], *range(50, 48 + self.found)]])]


def heard(decoder: Decoder, begun: str = " ".join(WORDS), hints=(PREVIOUS, *HINTS)):
    encoded = ctranslate2.StorageView.from_array(np.zeros((1, 250, 4), np.float32))
    return resume(decoder, encoded, FRAMES, [*hints, SOT, ENGLISH, WRITE], Tokenizer(), begun, 100)


@pytest.mark.parametrize("hints", [(PREVIOUS, *HINTS), ()])
def test_settled_words_are_read_before_the_start_and_the_last_two_heard_again(hints):
    decoder = Decoder()
    found = heard(decoder, hints=hints)
    assert decoder.given == [*(hints or [PREVIOUS]), 10, 11, 12, 13, SOT, ENGLISH, WRITE, BARE, 14, 15]
    assert decoder.shown == 250 - (100 - 5)  # from where the fifth word begins, and a little before
    assert found.sequences_ids == [[TIME, 10, 11, 12, 13, 14, 15, *range(50, 57)]]
    assert found.logprob == decoder.score


@pytest.mark.parametrize(
    "decoder",
    [
        pytest.param(Decoder(shares={"light": 0.05}), id="a settled word does not hold"),
        pytest.param(Decoder(score=-0.9), id="what follows is unlikely"),
        pytest.param(Decoder(found=3), id="the end is missing"),
    ],
)
def test_in_doubt_all_is_heard_anew(decoder):
    assert heard(decoder) is None


def test_two_words_are_too_few():
    assert heard(Decoder(), begun="why does") is None
