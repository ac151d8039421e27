"""A question heard on from the words that were settled before, instead of from its first one.

CTranslate2 takes as long for a word that it is given behind the start of the transcript as for one that it finds. So the settled words go
before the start, where they are read in one pass, all but the last ones; and of the encoded sound only what comes from
those last words on is shown, or the decoder writes down the whole once more. What is encoded is all of it. Knows nothing of
who settled the words: each is held against the sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import ctranslate2
import numpy as np
from faster_whisper.tokenizer import Tokenizer

_OVERLAP = 2  # words that are heard again, or the decoder repeats or skips one where it goes on
_BEFORE = 5  # encoded frames of 20 ms shown before them
_LEAST_SHARE = 0.1  # of probability that a settled word must have: "cut", for cotton, had 0.07; those that stayed more
_LEAST_LOGPROB = -0.6  # a word in the mean of those that follow; where words were skipped it was -0.7 to -1.4
_LEAST_PACE = 2.2  # tokens a second; slow speech has more, and less was left off in the middle
_MOST_TOKENS = 160  # settled: with the hints and what follows they have to fit into Whisper's 448


@dataclass(frozen=True, slots=True)
class Resumed:
    """What faster-whisper takes from CTranslate2's result, and the mean log-probability of the words that were found."""

    sequences_ids: list[list[int]]
    logprob: float
    no_speech_prob: float = 0.0  # words that hold were spoken


def resume(
    model: ctranslate2.models.Whisper,
    encoded: ctranslate2.StorageView,
    frames: int,
    prompt: list[int],
    tokenizer: Tokenizer,
    begun: str,
    most_tokens: int,
) -> Resumed | None:
    """What is said in all of `encoded`, whose first `frames` of 10 ms are sound; None where `begun` does not hold, or what follows is
    doubtful. `prompt` ends in the start of the transcript.
    """
    start = prompt.index(tokenizer.sot)
    spaced = begun if tokenizer.language_code in ("zh", "ja") else f" {begun}"
    tokens = tokenizer.encode(spaced)
    words = tokenizer.split_to_word_tokens(tokens)[1]
    if len(words) <= _OVERLAP or len(tokens) > _MOST_TOKENS:
        return None
    aligned = model.align(encoded, prompt[start:], [tokens], frames, median_filter_width=7)[0]
    if min(aligned.text_token_probs) < _LEAST_SHARE:
        return None
    again = [token for word in words[-_OVERLAP:] for token in word]
    settled = tokens[: -len(again)]
    begins = next(frame for token, frame in aligned.alignments if token == len(settled))
    before = prompt[:start] or [tokenizer.sot_prev]
    given = [*before, *settled, *prompt[start:], tokenizer.no_timestamps, *again]
    found = model.generate(
        _from(encoded, begins - _BEFORE), [given], beam_size=1, max_length=len(given) + most_tokens, return_scores=True
    )[0]
    left_s = frames / 100 - begins / 50
    if found.scores[0] < _LEAST_LOGPROB or len(found.sequences_ids[0]) < _LEAST_PACE * left_s:
        return None
    return Resumed([[tokenizer.timestamp_begin, *settled, *found.sequences_ids[0]]], found.scores[0])


def _from(encoded: ctranslate2.StorageView, frame: int) -> ctranslate2.StorageView:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(np.array(encoded)[:, max(0, frame) :]))
