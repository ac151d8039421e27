"""llama.cpp in this process: one GGUF model with one context. Knows tokens and positions, nothing of messages."""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.errors import EngineFailed

# llama.cpp's threads wait for each other many times per token, by default spinning. Beside anything else that works, such
# as our own hearing and speaking, that makes writing ten times slower. Asleep at once they lose half of the writing speed where
# waking costs much, as in a virtual machine. So they spin for a moment, about a millisecond, and then sleep. Read when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "50000")

import llama_cpp
from llama_cpp import mtmd_cpp

from chatbot.chat_model.vocabulary import Vocabulary

BATCH = 512
ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR
_ABORTED = 2  # of llama_decode

_log = logging.getLogger(__name__)
_complaints: list[str] = []


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a step: where it goes, and whether the logits after it are wanted."""

    token: int
    position: int
    stream: int
    wanted: bool = False


class Interrupted(Exception):
    """A step was broken off by `interrupt`. What it had read so far is unknown: forget it."""


class NativeModel:
    """A loaded model with one context of several streams, each `context_tokens` long. For one thread, except `interrupt`.

    Streams have memory of their own: one that is shared makes every token look at the tokens of all others, which on two
    cores took a third of the reading speed and a quarter of the writing speed from eight students.

    Raises EngineFailed, naming the file, when it is missing, no GGUF, incomplete, or of an unknown architecture.
    """

    def __init__(
        self, file: Path, *, context_tokens: int, streams: int = 1, threads: int = 0, gpu_layers: int = 0
    ) -> None:
        require_gguf(file)
        _start_llama_cpp()
        self.threads = threads or available_cores()
        self.on_gpu = gpu_layers != 0 and llama_cpp.llama_supports_gpu_offload()
        self.streams = streams
        self.model = _load(file, gpu_layers)
        try:
            self.vocabulary = Vocabulary(self.model)
            self.context = self._open_context(file, context_tokens)
        except BaseException:
            llama_cpp.llama_model_free(self.model)
            raise
        self.context_tokens = llama_cpp.llama_n_ctx_seq(self.context)
        self.width = llama_cpp.llama_model_n_embd_inp(self.model)
        self._memory = llama_cpp.llama_get_memory(self.context)
        self._batch = llama_cpp.llama_batch_init(BATCH, 0, 1)
        self._pictures = None  # a batch of embeddings, made when the first picture is read
        self._interrupted = ctypes.create_string_buffer(2)
        llama_cpp.llama_set_abort_callback(self.context, _is_set(), ctypes.addressof(self._interrupted))

    @property
    def template(self) -> str | None:
        source = llama_cpp.llama_model_chat_template(self.model, None)
        return source.decode("utf-8", "replace") if source else None

    def step(self, rows: Sequence[Row]) -> None:
        """Reads at most BATCH tokens, each into its stream. Raises Interrupted, or EngineFailed."""
        batch = self._batch
        batch.n_tokens = len(rows)
        for at, row in enumerate(rows):
            batch.token[at] = row.token
            batch.pos[at] = row.position
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = row.stream
            batch.logits[at] = row.wanted
        self._decode(batch)

    def step_embeddings(self, embeddings: np.ndarray, position: int, stream: int) -> None:
        """Reads what stands for a part of a picture, float32 of shape (tokens, width), at most BATCH tokens."""
        if self._pictures is None:
            self._pictures = llama_cpp.llama_batch_init(BATCH, self.width, 1)
        batch = self._pictures
        batch.n_tokens = len(embeddings)
        whole = np.ascontiguousarray(embeddings, dtype=np.float32)
        ctypes.memmove(batch.embd, whole.ctypes.data, whole.nbytes)
        for at in range(len(embeddings)):
            batch.pos[at] = position + at
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = stream
            batch.logits[at] = 0
        self._decode(batch)

    def interrupt(self) -> None:
        """Breaks off the step that is being computed, from any thread; on a GPU it runs to its end."""
        self._interrupted[0] = b"x"

    def clear_interrupt(self) -> None:
        self._interrupted[0] = b"\0"

    def forget_from(self, stream: int, position: int) -> bool:
        """Drops what a stream read from `position` on. False: this kind of model cannot, and all of it is dropped."""
        if position and llama_cpp.llama_memory_seq_rm(self._memory, stream, position, -1):
            return True
        llama_cpp.llama_memory_seq_rm(self._memory, stream, -1, -1)
        return position == 0

    def save(self, stream: int) -> np.ndarray:
        """What a stream has read, as bytes that `load` takes: 28 KB a token for the starter model, 8 ms for 500."""
        size = llama_cpp.llama_state_seq_get_size(self.context, stream)
        data = np.empty(size, np.uint8)
        used = llama_cpp.llama_state_seq_get_data(self.context, _bytes_of(data), size, stream)
        return data[:used]

    def load(self, stream: int, data: np.ndarray) -> bool:
        """Puts what was saved into a stream, in place of what it held. False: it does not fit, and the stream is empty."""
        llama_cpp.llama_memory_seq_rm(self._memory, stream, -1, -1)
        if llama_cpp.llama_state_seq_set_data(self.context, _bytes_of(data), len(data), stream):
            return True
        llama_cpp.llama_memory_seq_rm(self._memory, stream, -1, -1)
        return False

    def logits(self, row: int) -> np.ndarray:
        """One number per token of the vocabulary: what may follow the row of the last step."""
        pointer = llama_cpp.llama_get_logits_ith(self.context, row)
        return np.ctypeslib.as_array(pointer, (self.vocabulary.size,)).copy()

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
        if self._pictures is not None:
            llama_cpp.llama_batch_free(self._pictures)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def _decode(self, batch: llama_cpp.llama_batch) -> None:
        forget_complaints()
        code = llama_cpp.llama_decode(self.context, batch)
        if code == _ABORTED:
            raise Interrupted
        if code:
            raise EngineFailed(
                f"The chat model stopped while reading its prompt (llama_decode returned {code}"
                f"{complaint(', ')}). Ask again; if it happens again, set fewer context_tokens.",
                code="engine_decode_failed",
                reason=str(code),
            )

    def _open_context(self, file: Path, context_tokens: int) -> int:
        params = llama_cpp.llama_context_default_params()
        length = min(context_tokens, llama_cpp.llama_model_n_ctx_train(self.model) or context_tokens)
        params.n_ctx = length * self.streams
        params.n_seq_max = self.streams
        params.kv_unified = False
        params.n_batch = params.n_ubatch = BATCH
        # Only the last token's logits are wanted: 300 MB less for a vocabulary of 150,000.
        params.n_outputs_max = self.streams
        params.n_threads = params.n_threads_batch = self.threads
        params.flash_attn_type = flash_attention(self.on_gpu)
        params.no_perf = True
        context = llama_cpp.llama_init_from_model(self.model, params)
        if not context:
            raise EngineFailed(
                f"There is no room in memory for {params.n_ctx} tokens of context with {file}{complaint()}. "
                "Set a smaller context_tokens or students_at_once, or choose a smaller model.",
                code="engine_out_of_memory",
                file=str(file),
                tokens=params.n_ctx,
            )
        return context


@functools.cache
def _is_set() -> llama_cpp.ggml_abort_callback:
    """llama.cpp asks this before every operation whether to go on, thousands of times a second.

    A Python function would have to wait for the interpreter each time. C's strlen needs no interpreter, and of a buffer
    that holds "" or "x" its result, 0 or 1, is the truth value that is asked for.
    """
    library = ctypes.cdll.msvcrt if os.name == "nt" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)


def _bytes_of(data: np.ndarray) -> ctypes.Array:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


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
