"""Which token comes next: llama.cpp's samplers, and a grammar that leaves only what a JSON schema allows."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from functools import lru_cache

import llama_cpp
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from chatbot.chat_model import Sampling
from chatbot.chat_model.native import NativeModel
from knowledge.errors import EngineFailed

REPEAT_WINDOW = 64  # the last tokens of the reply that repeat_penalty looks at

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


class Sampler:
    """Chooses the tokens of one reply. Frees itself with `close`. Raises EngineFailed for a schema that cannot be kept."""

    def __init__(self, native: NativeModel, sampling: Sampling) -> None:
        self._native = native
        self._grammar = _grammar(native, sampling.schema) if sampling.schema else None
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        for sampler in _samplers(sampling, native.vocabulary.size):
            llama_cpp.llama_sampler_chain_add(self._chain, sampler)

    def choose(self, row: int) -> int:
        """The token after a row of the last step."""
        if self._grammar is None:
            return llama_cpp.llama_sampler_sample(self._chain, self._native.context, row)
        logits = self._native.logits(row)
        token = _applied(logits, self._chain)
        if not self._allows(token):
            # Only now, because the grammar then looks at every token of the vocabulary.
            token = _applied(logits, self._grammar, self._chain)
        llama_cpp.llama_sampler_accept(self._chain, token)
        if not self._native.vocabulary.ends_reply(token):
            llama_cpp.llama_sampler_accept(self._grammar, token)
        return token

    def close(self) -> None:
        if self._chain:
            llama_cpp.llama_sampler_free(self._chain)
        if self._grammar:
            llama_cpp.llama_sampler_free(self._grammar)
        self._chain = self._grammar = None

    def _allows(self, token: int) -> bool:
        candidates = np.zeros(1, _CANDIDATE)
        candidates["id"] = token
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(_array(candidates)))
        return bool(np.isfinite(candidates["logit"][0]))


def _applied(logits: np.ndarray, *samplers: int) -> int:
    candidates = np.zeros(len(logits), _CANDIDATE)
    candidates["id"] = np.arange(len(logits))
    candidates["logit"] = logits
    array = _array(candidates)
    for sampler in samplers:
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(array))
    return array.data[array.selected].id


def _array(candidates: np.ndarray) -> llama_cpp.llama_token_data_array:
    """A view that llama.cpp may reorder; `candidates` must outlive it."""
    data = candidates.ctypes.data_as(llama_cpp.llama_token_data_p)
    return llama_cpp.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _grammar(native: NativeModel, schema: dict) -> int:
    try:
        rules = _rules(json.dumps(schema))
        sampler = llama_cpp.llama_sampler_init_grammar(native.vocabulary.pointer, rules.encode(), b"root")
    except Exception as error:  # the converter raises whatever an odd schema makes it stumble over
        raise _unusable(str(error)) from error
    if not sampler:
        raise _unusable("llama.cpp does not take the grammar made from it")
    return sampler


@lru_cache(maxsize=32)
def _rules(schema: str) -> str:
    return json_schema_to_gbnf(schema)


def _unusable(reason: str) -> EngineFailed:
    return EngineFailed(
        f"This form of answer cannot be kept to: {reason}. Use plain JSON Schema: objects, arrays, strings, numbers, enums.",
        code="engine_schema_unusable",
        reason=reason,
    )


def _samplers(sampling: Sampling, tokens: int) -> Iterator[int]:
    if sampling.repeat_penalty != 1.0:
        # Only the reply counts: passages of the prompt are there to be quoted.
        yield llama_cpp.llama_sampler_init_penalties(tokens, REPEAT_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
    if sampling.temperature <= 0:
        yield llama_cpp.llama_sampler_init_greedy()
        return
    yield llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1)
    yield llama_cpp.llama_sampler_init_temp(sampling.temperature)
    yield llama_cpp.llama_sampler_init_dist(sampling.seed)
