"""The embedder that runs sentence-transformers models of BERT's family at 8 bits in CTranslate2, without PyTorch.

Its vectors and those of sentences.py can be compared (docs/decisions.md), so the same weights have the same name there.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from knowledge.embedding import Embedder
from knowledge.embedding.bert_weights import encoder_folder, settings_of

# Tokens in one call, so that a passage goes alone: with more, what lies between two layers no longer fits the core's cache.
_TOGETHER = 64
_MOST_WORKERS = 8
_log = logging.getLogger(__name__)


def build_embedder(folder: Path) -> Embedder:
    """The embedder of this folder; where it cannot be run at 8 bits, sentence-transformers, which runs any."""
    try:
        return BertEmbedder(folder)
    except Exception as error:  # the other engine needs none of what failed, and says what is wrong if it fails too
        _log.warning("%s is run by sentence-transformers, more slowly: 8 bits failed (%s)", folder.name, error)
    from knowledge.embedding.sentences import SentenceEmbedder

    return SentenceEmbedder(folder)


class BertEmbedder:
    """Safe to call from several threads. Each of `workers` has a core: small products gain nothing from a second one."""

    def __init__(self, folder: Path, *, workers: int = 0) -> None:
        from ctranslate2 import Encoder
        from tokenizers import Tokenizer

        settings = settings_of(folder)
        workers = workers or min(_cores(), _MOST_WORKERS)
        options = {"compute_type": "int8", "inter_threads": workers, "intra_threads": 1}
        try:
            self._encoder = Encoder(str(encoder_folder(folder, settings)), **options)
        except RuntimeError:  # damaged, or made by another version of CTranslate2
            self._encoder = Encoder(str(encoder_folder(folder, settings, anew=True)), **options)
        self._pool = ThreadPoolExecutor(workers, "coursemate-embedding")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.name = folder.name
        self.dimensions = settings.dimensions
        self.most_tokens = settings.most_tokens

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Texts of like length go together, the longest first, so that no worker is left with a long one at the end."""
        tokens = [self._cut(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(tokens), self.dimensions), np.float32)
        for n, states in self._all_states(tokens):
            vectors[n] = _mean(states)
        return vectors

    def embed_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """A part is the mean of its tokens as they stand in the whole text; one beyond `most_tokens` is embedded alone."""
        encoded = self._tokenizer.encode_batch(list(texts))
        tokens = [self._cut(encoding.ids) for encoding in encoded]
        vectors = np.zeros((len(tokens), self.dimensions), np.float32)
        told: list[np.ndarray] = [np.zeros((0, self.dimensions), np.float32)] * len(tokens)
        for n, states in self._all_states(tokens):
            vectors[n] = _mean(states)
            starts, ends = np.array(encoded[n].offsets[: len(states)], int).reshape(-1, 2).T
            inside = [(starts >= first) & (ends <= last) & (ends > starts) for first, last in parts[n]]
            means = [
                _mean(states[within]) if within.any() else self.embed_query(texts[n][first:last])
                for within, (first, last) in zip(inside, parts[n], strict=True)
            ]
            told[n] = np.array(means, np.float32).reshape(-1, self.dimensions)
        return vectors, told

    def embed_query(self, text: str) -> np.ndarray:
        return _mean(self._states([self._cut(self._tokenizer.encode(text).ids)])[0])

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text))

    def _cut(self, tokens: list[int]) -> list[int]:
        """At most `most_tokens`, the mark of the end among them."""
        return tokens if len(tokens) <= self.most_tokens else [*tokens[: self.most_tokens - 1], tokens[-1]]

    def _all_states(self, tokens: Sequence[list[int]]) -> Iterator[tuple[int, np.ndarray]]:
        """For each text its place among them and its tokens' states, as they get done."""
        groups = _grouped(sorted(range(len(tokens)), key=lambda n: -len(tokens[n])), [len(text) for text in tokens])
        done = self._pool.map(lambda group: self._states([tokens[n] for n in group]), groups)
        for group, found in zip(groups, done, strict=True):
            yield from zip(group, found, strict=True)

    def _states(self, tokens: list[list[int]]) -> list[np.ndarray]:
        """What becomes of each text's tokens, shape (tokens, dimensions)."""
        states = np.asarray(self._encoder.forward_batch(tokens).last_hidden_state)
        return [states[n, : len(text)] for n, text in enumerate(tokens)]


def _mean(states: np.ndarray) -> np.ndarray:
    """The mean of tokens, of unit length."""
    mean = states.mean(axis=0)
    return mean / np.linalg.norm(mean)


def _grouped(order: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    """Texts, the longest first, in calls of at most `_TOGETHER` tokens, padding included; a longer text goes alone."""
    groups: list[list[int]] = []
    for n in order:
        if groups and (len(groups[-1]) + 1) * lengths[groups[-1][0]] <= _TOGETHER:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
