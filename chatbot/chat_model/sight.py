"""Pictures to what a language model reads in their place, through the projector (mmproj) that belongs to it.

Pictures come as pixels of our own decoding and never as addresses: nothing here opens a file or a URL but the projector.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp

from chatbot.chat_model.native import (
    BATCH,
    Interrupted,
    NativeModel,
    complaint,
    flash_attention,
    forget_complaints,
    require_gguf,
)
from knowledge.errors import EngineFailed
from knowledge.picture import Picture

MOST_IMAGE_TOKENS = 1024  # for projectors that grow with the picture; others have a fixed size, LLaVA 1.5 has 576
REMEMBERED = 8  # pictures; encoding one costs seconds on a CPU, keeping one a few megabytes
PART_TOKENS = 64  # of a picture that are read at once


@dataclass(eq=False, slots=True, weakref_slot=True)
class Encoding:
    """One encoded piece of a picture, shared by the parts that it is read in."""

    chunk: int
    tokens: int
    positions: int
    values: np.ndarray | None = None  # float32 (tokens, width); None until it was needed


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A run of image tokens in a prompt. Two are equal when they come from the same place of the same picture."""

    picture: str  # SHA-256 of its bytes
    number: int
    start: int  # in the encoding; a part reads `tokens` from there on
    tokens: int  # room taken in the context
    positions: int  # steps in position, fewer than `tokens` for models with two-dimensional positions
    encoding: Encoding = field(compare=False, repr=False)

    @property
    def is_encoded(self) -> bool:
        return self.encoding.values is not None


class Projector:
    """Loaded beside `model`. Raises EngineFailed when it cannot be read, does not fit the model, or does not see."""

    def __init__(self, file: Path, model: NativeModel, model_file: Path) -> None:
        require_gguf(file)
        self._native = model
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, list[int | ImagePart]] = OrderedDict()
        params = mtmd_cpp.mtmd_context_params_default()
        params.use_gpu = model.on_gpu
        params.flash_attn_type = flash_attention(model.on_gpu)
        params.n_threads = model.threads
        params.print_timings = False
        params.image_max_tokens = min(MOST_IMAGE_TOKENS, model.context_tokens // 4)
        forget_complaints()
        self._context = mtmd_cpp.mtmd_init_from_file(os.fsencode(file), model.model, params)
        if not self._context:
            raise _does_not_fit(file, model_file, complaint())
        # Tokens that look only at those before them, one position each, may be read a few at a time, beside others' words.
        mixed = mtmd_cpp.mtmd_decode_use_mrope(self._context) or mtmd_cpp.mtmd_decode_use_non_causal(self._context, None)
        self._plain = not mixed
        self.sees = mtmd_cpp.mtmd_support_vision(self._context)
        if not self.sees:
            self.close()
            raise _does_not_fit(file, model_file, ": it is made for sound, not for pictures")

    def tokenize(self, picture: Picture) -> list[int | ImagePart]:
        """What stands for a picture in a prompt: image parts, and the tokens that this kind of model puts around them."""
        key = hashlib.sha256(picture.data).hexdigest()
        with self._lock:
            if key not in self._remembered:
                self._remembered[key] = self._cut(picture, key)
            self._remembered.move_to_end(key)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
            return self._remembered[key]

    def encode(self, part: ImagePart) -> None:
        """Looks at the piece of picture that the part belongs to, once. Takes seconds on a CPU; from any thread."""
        with self._lock:
            if part.encoding.values is None and self._context:
                part.encoding.values = self._encode(part.encoding)

    def read(self, part: ImagePart, position: int, stream: int) -> None:
        """Reads an encoded part into a stream of the model's context. Raises Interrupted as its steps do."""
        whole = part.encoding.values
        if self._plain:
            self._native.step_embeddings(whole[part.start : part.start + part.tokens], position, stream)
            return
        after = llama_cpp.llama_pos(0)
        code = mtmd_cpp.mtmd_helper_decode_image_chunk(
            self._context,
            self._native.context,
            part.encoding.chunk,
            whole.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            position,
            stream,
            BATCH,
            ctypes.byref(after),
            mtmd_cpp.mtmd_helper_post_decode_callback(),
            None,
        )
        if code == 2:
            raise Interrupted
        if code or after.value != position + part.positions:
            raise _failed_to_look(f"decoding returned {code}")

    def close(self) -> None:
        with self._lock:
            self._remembered.clear()
            if self._context:
                mtmd_cpp.mtmd_free(self._context)
            self._context = None

    def _cut(self, picture: Picture, key: str) -> list[int | ImagePart]:
        pixels = np.asarray(picture.to_image(), dtype=np.uint8)
        height, width, _ = pixels.shape
        data = np.ascontiguousarray(pixels).ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        bitmap = mtmd_cpp.mtmd_bitmap_init(width, height, data)
        chunks = mtmd_cpp.mtmd_input_chunks_init()
        try:
            part = mtmd_cpp.mtmd_input_part(bitmap=bitmap)
            parts = (ctypes.POINTER(mtmd_cpp.mtmd_input_part) * 1)(ctypes.pointer(part))
            if code := mtmd_cpp.mtmd_tokenize_from_parts(self._context, chunks, parts, 1, False):
                raise _failed_to_look(f"preparing it returned {code}")
            units: list[int | ImagePart] = []
            for index in range(mtmd_cpp.mtmd_input_chunks_size(chunks)):
                units += _units(mtmd_cpp.mtmd_input_chunks_get(chunks, index), key, index, plain=self._plain)
            return units
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)
            mtmd_cpp.mtmd_bitmap_free(bitmap)

    def _encode(self, encoding: Encoding) -> np.ndarray:
        if code := mtmd_cpp.mtmd_encode_chunk(self._context, encoding.chunk):
            raise _failed_to_look(f"encoding returned {code}")
        shape = (encoding.tokens, self._native.width)
        return np.ctypeslib.as_array(mtmd_cpp.mtmd_get_output_embd(self._context), shape).copy()


def _units(chunk: int, key: str, number: int, *, plain: bool) -> list[int | ImagePart]:
    if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
        size = ctypes.c_size_t()
        tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(size))
        return list(tokens[: size.value])
    tokens = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
    positions = mtmd_cpp.mtmd_input_chunk_get_n_pos(chunk)
    own = mtmd_cpp.mtmd_input_chunk_copy(chunk)  # outlives the list that it is taken from
    encoding = Encoding(own, tokens, positions)
    weakref.finalize(encoding, mtmd_cpp.mtmd_input_chunk_free, own)
    if not plain:
        return [ImagePart(key, number, 0, tokens, positions, encoding)]
    starts = range(0, tokens, PART_TOKENS)
    sizes = [min(PART_TOKENS, tokens - start) for start in starts]
    return [ImagePart(key, number, start, size, size, encoding) for start, size in zip(starts, sizes, strict=True)]


def _does_not_fit(file: Path, model_file: Path, reason: str) -> EngineFailed:
    return EngineFailed(
        f"The projector {file} cannot be used with the model {model_file}{reason}. Set projector_file to the mmproj that "
        "was published with this model, or leave it empty to go without pictures.",
        code="engine_projector_unfit",
        file=str(file),
        model=str(model_file),
        reason=reason.removeprefix(": "),
    )


def _failed_to_look(reason: str) -> EngineFailed:
    return EngineFailed(
        f"The chat model could not look at a picture ({reason}{complaint(', ')}). Send a smaller or another picture.",
        code="engine_picture_failed",
        reason=reason,
    )
