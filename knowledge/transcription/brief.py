"""Whisper for questions: only what was said is encoded, and only once.

The weights are trained on 30 s, and faster-whisper pads every question to that. Encoding the silence is six sevenths
of the encoder's work for 8 s of speech, and changes nothing in the words as long as enough of it is left behind them.
This module knows neither windows nor languages.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import get_compression_ratio
from tokenizers import Tokenizer

from knowledge.transcription.resuming import resume

# In frames of 10 ms. With less, whisper-base repeats itself to its last token: 4 s within 10 gave "in front of a lens,
# In front of a lens,", 2.5 s within 8 nothing else. Longer sound has enough of itself to go by.
SHORT, LEAST_SHORT = 500, 1500
LEAST, MARGIN = 1000, 200


class BriefWhisper(WhisperModel):
    """Remembers in each thread what it encoded last: the language and then the words are read from the same."""

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.hf_tokenizer = mended(self.hf_tokenizer)
        self._here = threading.local()

    @contextmanager
    def hearing_on(self, begun: str, step: Callable[[], None]) -> Iterator[None]:
        """What this thread transcribes first begins with the words `begun`, if they hold. `step` comes before every try
        at the words, and what it raises passes through.
        """
        self._here.begun, self._here.step = begun, step
        try:
            yield
        finally:
            self._here.begun, self._here.step = "", lambda: None

    def encode(self, features: np.ndarray):
        features = np.ascontiguousarray(features[..., : frames_needed(features)])
        known, encoded = getattr(self._here, "pair", (None, None))
        if known is None or not np.array_equal(known, features):
            encoded = super().encode(features)
            self._here.pair = features, encoded
        return encoded

    def generate_with_fallback(self, encoder_output, prompt, tokenizer, options):
        """As faster-whisper's, but on from what is settled where that holds, and given up between two tries."""
        begun, self._here.begun = getattr(self._here, "begun", ""), ""
        step = getattr(self._here, "step", lambda: None)
        if begun and (found := self._resumed(encoder_output, prompt, tokenizer, begun, options.max_new_tokens)):
            return found
        tries, waiting = [], [(temperature, prompt) for temperature in options.temperatures]
        while waiting:
            step()
            temperature, given = waiting.pop(0)
            once = replace(options, temperatures=[temperature])
            tries.append(super().generate_with_fallback(encoder_output, given, tokenizer, once))
            _, logprob, _, repeats = tries[-1]
            if logprob >= options.log_prob_threshold and repeats <= options.compression_ratio_threshold:
                return tries[-1]
            if repeats > options.compression_ratio_threshold and given[0] == tokenizer.sot_prev:
                # Words to expect can make it repeat itself to the last token, at every temperature.
                bare = given[given.index(tokenizer.sot) :]
                waiting = [(temperature, bare), *((later, bare) for later, _ in waiting)]
        modest = [one for one in tries if one[3] <= options.compression_ratio_threshold]
        return max(modest or tries, key=lambda one: one[1])

    def _resumed(self, encoded, prompt: list[int], tokenizer, begun: str, most_tokens: int):
        length = sound_frames(self._here.pair[0])
        found = resume(self.model, encoded, length, prompt, tokenizer, begun, most_tokens)
        if found is None:
            return None
        return found, found.logprob, 0.0, get_compression_ratio(tokenizer.decode(found.sequences_ids[0]).strip())


def sound_frames(features: np.ndarray) -> int:
    """Of features padded with zeros, those of the sound, which are never all zero."""
    sound = np.flatnonzero(features.any(axis=-2).reshape(-1, features.shape[-1]).any(axis=0))
    return int(sound[-1]) + 1 if len(sound) else 0


def frames_needed(features: np.ndarray) -> int:
    """Of features padded with zeros: those of the sound and some behind it. An even number."""
    length = sound_frames(features)
    wanted = LEAST_SHORT if length < SHORT else max(LEAST, length + MARGIN)
    return min(features.shape[-1], wanted + wanted % 2)


def mended(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with the first of its merges, which some published files lack.

    Without it " the" becomes a gap and "the", and so does every word with a t: what is given to the model in such
    pieces, such as course terms, is nothing that it was trained on.
    """
    kept = json.loads(tokenizer.to_str())
    vocabulary, merges = kept["model"]["vocab"], kept["model"]["merges"]
    if "Ġt" not in vocabulary or tokenizer.encode(" t", add_special_tokens=False).ids == [vocabulary["Ġt"]]:
        return tokenizer
    merges.insert(0, ["Ġ", "t"] if merges and isinstance(merges[0], list) else "Ġ t")
    return Tokenizer.from_str(json.dumps(kept))
