"""llama.cpp in this process: one GGUF model with one context. Knows tokens and positions, nothing of messages."""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from chatbot.chat_model import Sampling
from knowledge.errors import EngineFailed

# llama.cpp's threads wait for each other many times per token, by default spinning. Beside anything else that works, such
# as our own hearing and speaking, that makes writing ten times slower; asleep they lose little. Read when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llama_cpp
from llama_cpp import mtmd_cpp

from chatbot.chat_model.vocabulary import Vocabulary

BATCH = 512
REPEAT_WINDOW = 64  # the last tokens of the reply that repeat_penalty looks at
ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR

_log = logging.getLogger(__name__)
_complaints: list[str] = []


class NativeModel:
    """A loaded model. Not for use by two threads at once, except its vocabulary.

    Raises EngineFailed, naming the file, when it is missing, no GGUF, incomplete, or of an unknown architecture.
    """

    def __init__(self, file: Path, *, context_tokens: int, threads: int, gpu_layers: int) -> None:
        require_gguf(file)
        _start_llama_cpp()
        self.threads = threads or available_cores()
        self.on_gpu = gpu_layers != 0 and llama_cpp.llama_supports_gpu_offload()
        self.model = _load(file, gpu_layers)
        try:
            self.vocabulary = Vocabulary(self.model)
            self.context = self._open_context(file, context_tokens)
        except BaseException:
            llama_cpp.llama_model_free(self.model)
            raise
        self.context_tokens = llama_cpp.llama_n_ctx(self.context)
        self._memory = llama_cpp.llama_get_memory(self.context)
        self._batch = llama_cpp.llama_batch_init(BATCH, 0, 1)

    @property
    def template(self) -> str | None:
        source = llama_cpp.llama_model_chat_template(self.model, None)
        return source.decode("utf-8", "replace") if source else None

    def read(self, tokens: Sequence[int], position: int) -> None:
        """Reads tokens into the context from `position` on; afterwards `logits` are those after the last."""
        forget_complaints()
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            batch = self._batch
            batch.n_tokens = len(part)
            for at, token in enumerate(part):
                batch.token[at] = token
                batch.pos[at] = position + start + at
                batch.n_seq_id[at] = 1
                batch.seq_id[at][0] = 0
                batch.logits[at] = 0
            batch.logits[len(part) - 1] = start + len(part) == len(tokens)
            if code := llama_cpp.llama_decode(self.context, batch):
                raise EngineFailed(
                    f"The chat model stopped while reading its prompt (llama_decode returned {code}"
                    f"{complaint(', ')}). Ask again; if it happens again, set fewer context_tokens.",
                    code="engine_decode_failed",
                    reason=str(code),
                )

    def forget_from(self, position: int) -> bool:
        """Drops what was read from `position` on. False: this kind of model cannot, and all is dropped instead."""
        if position and llama_cpp.llama_memory_seq_rm(self._memory, 0, position, -1):
            return True
        llama_cpp.llama_memory_clear(self._memory, True)
        return position == 0

    def logits(self) -> np.ndarray:
        """One number per token of the vocabulary: what may follow what was read last."""
        pointer = llama_cpp.llama_get_logits_ith(self.context, -1)
        return np.ctypeslib.as_array(pointer, (self.vocabulary.size,)).copy()

    def sample(self, sampling: Sampling) -> Iterator[int]:
        """Endless tokens, each chosen from the present logits; the caller reads each before it asks for the next."""
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        try:
            for sampler in _samplers(sampling, self.vocabulary.size):
                llama_cpp.llama_sampler_chain_add(chain, sampler)
            while True:
                yield llama_cpp.llama_sampler_sample(chain, self.context, -1)
        finally:
            llama_cpp.llama_sampler_free(chain)

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def _open_context(self, file: Path, context_tokens: int) -> int:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = min(context_tokens, llama_cpp.llama_model_n_ctx_train(self.model) or context_tokens)
        params.n_batch = params.n_ubatch = BATCH
        params.n_outputs_max = 1  # only the last token's logits are wanted: 300 MB less for a vocabulary of 150,000
        params.n_threads = params.n_threads_batch = self.threads
        params.flash_attn_type = flash_attention(self.on_gpu)
        params.no_perf = True
        context = llama_cpp.llama_init_from_model(self.model, params)
        if not context:
            raise EngineFailed(
                f"There is no room in memory for {params.n_ctx} tokens of context with {file}{complaint()}. "
                "Set a smaller context_tokens, or choose a smaller model.",
                code="engine_out_of_memory",
                file=str(file),
                tokens=params.n_ctx,
            )
        return context


def flash_attention(on_gpu: bool) -> int:
    """Off on a CPU: there it sums in half precision, which changes what small models say, and reads no faster."""
    return llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO if on_gpu else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED


def available_cores() -> int:
    """The cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def require_gguf(file: Path) -> None:
    """Raises EngineFailed when the file is missing, unreadable, or begins like no GGUF."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise EngineFailed(
            f"The model file {file} cannot be opened: {error.strerror}. Fetch it with: coursemate weights pull; or "
            "correct chat_model_file and projector_file in the settings.",
            code="engine_file_missing",
            file=str(file),
            reason=str(error.strerror),
        ) from error
    if magic != b"GGUF":
        raise EngineFailed(
            f"{file} is not a GGUF file. Name a model in the GGUF format, or fetch it again.",
            code="engine_file_not_gguf",
            file=str(file),
        )


def complaint(before: str = ": ") -> str:
    """What llama.cpp said first about what went wrong, for an error message; empty when it said nothing.

    What it says afterwards only tells that it gave up.
    """
    return f"{before}{_complaints[0].splitlines()[0].rstrip('.')}" if _complaints else ""


def forget_complaints() -> None:
    _complaints.clear()


@llama_cpp.llama_log_callback
def _receive_log(level: int, text: bytes, _: object) -> None:
    line = text.decode("utf-8", "replace").strip()
    if level == ERROR_LEVEL and line and len(_complaints) < 8:
        _complaints.append(line)
    if line:
        _log.debug("%s", line)


@functools.cache
def _start_llama_cpp() -> None:
    """Once per process. llama.cpp and its vision part would otherwise write hundreds of lines to standard error."""
    nothing = ctypes.c_void_p(0)
    llama_cpp.llama_log_set(_receive_log, nothing)
    mtmd_cpp.mtmd_log_set(_receive_log, nothing)
    mtmd_cpp.mtmd_helper_log_set(_receive_log, nothing)
    llama_cpp.llama_backend_init()


def _load(file: Path, gpu_layers: int) -> int:
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    params.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP
    forget_complaints()
    model = llama_cpp.llama_model_load_from_file(os.fsencode(file), params)
    if not model:
        raise EngineFailed(
            f"The model file {file} cannot be loaded{complaint()}. It is incomplete, damaged, or of a kind that "
            "this llama.cpp does not know: fetch it again, or choose another GGUF.",
            code="engine_file_unusable",
            file=str(file),
            reason=complaint(""),
        )
    return model


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
