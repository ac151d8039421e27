"""Pictures to what a language model reads in their place, through the projector (mmproj) that belongs to it.

Pictures come as pixels of our own decoding and never as addresses: nothing here opens a file or a URL but the projector.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
import numpy as np
from llama_cpp import mtmd_cpp

from chatbot.chat_model.native import (
    BATCH,
    NativeModel,
    complaint,
    flash_attention,
    forget_complaints,
    require_gguf,
)
from knowledge.errors import EngineFailed
from knowledge.picture import Picture

MOST_IMAGE_TOKENS = 1024  # for projectors that grow with the picture; others have a fixed size, LLaVA 1.5 has 576
REMEMBERED = 4  # pictures; encoding one costs seconds on a CPU, keeping one a few megabytes


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ImagePart:
    """A run of image tokens in a prompt. Two are equal when they come from the same place of the same picture."""

    picture: str  # SHA-256 of its bytes
    number: int
    tokens: int  # room taken in the context
    positions: int  # steps in position, fewer than `tokens` for models with two-dimensional positions
    chunk: int = field(compare=False, repr=False)
    encoded: list[np.ndarray] = field(default_factory=list, compare=False, repr=False)  # empty until it was needed


class Projector:
    """Loaded beside `model`. Raises EngineFailed when it cannot be read, does not fit the model, or does not see."""

    def __init__(self, file: Path, model: NativeModel, model_file: Path) -> None:
        require_gguf(file)
        self._native = model
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
        self.sees = mtmd_cpp.mtmd_support_vision(self._context)
        if not self.sees:
            self.close()
            raise _does_not_fit(file, model_file, ": it is made for sound, not for pictures")

    def tokenize(self, picture: Picture) -> list[int | ImagePart]:
        """What stands for a picture in a prompt: image parts, and the tokens that this kind of model puts around them."""
        key = hashlib.sha256(picture.data).hexdigest()
        if key not in self._remembered:
            self._remembered[key] = self._cut(picture, key)
        self._remembered.move_to_end(key)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return self._remembered[key]

    def read(self, part: ImagePart, position: int) -> None:
        """Reads an image part into the model's context; encodes it first, if this was not done before."""
        if not part.encoded:
            part.encoded.append(self._encode(part))
        after = llama_cpp.llama_pos(0)
        code = mtmd_cpp.mtmd_helper_decode_image_chunk(
            self._context,
            self._native.context,
            part.chunk,
            part.encoded[0].ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            position,
            0,
            BATCH,
            ctypes.byref(after),
            mtmd_cpp.mtmd_helper_post_decode_callback(),
            None,
        )
        if code or after.value != position + part.positions:
            raise _failed_to_look(f"decoding returned {code}")

    def close(self) -> None:
        self._remembered.clear()
        mtmd_cpp.mtmd_free(self._context)

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
                units += _units(mtmd_cpp.mtmd_input_chunks_get(chunks, index), key, index)
            return units
        finally:
            mtmd_cpp.mtmd_input_chunks_free(chunks)
            mtmd_cpp.mtmd_bitmap_free(bitmap)

    def _encode(self, part: ImagePart) -> np.ndarray:
        if code := mtmd_cpp.mtmd_encode_chunk(self._context, part.chunk):
            raise _failed_to_look(f"encoding returned {code}")
        shape = (part.tokens, llama_cpp.llama_model_n_embd_inp(self._native.model))
        return np.ctypeslib.as_array(mtmd_cpp.mtmd_get_output_embd(self._context), shape).copy()


def _units(chunk: int, key: str, number: int) -> list[int | ImagePart]:
    if mtmd_cpp.mtmd_input_chunk_get_type(chunk) == mtmd_cpp.MTMD_INPUT_CHUNK_TYPE_TEXT:
        size = ctypes.c_size_t()
        tokens = mtmd_cpp.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(size))
        return list(tokens[: size.value])
    tokens = mtmd_cpp.mtmd_input_chunk_get_n_tokens(chunk)
    positions = mtmd_cpp.mtmd_input_chunk_get_n_pos(chunk)
    own = mtmd_cpp.mtmd_input_chunk_copy(chunk)  # outlives the list that it is taken from
    part = ImagePart(key, number, tokens, positions, own)
    weakref.finalize(part, mtmd_cpp.mtmd_input_chunk_free, own)
    return [part]


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
