"""Writes a small projector for tests: a CLIP vision tower that loads beside any language model and sees nothing useful.

The weights are seeded noise, so two pictures give two different prompts and the same picture always the same one.
Tensor and key names are those of llama.cpp's clip loader for LLaVA projectors (projector type `mlp`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import gguf
import numpy as np

IMAGE_SIZE = 112
PATCH_SIZE = 14
IMAGE_TOKENS = (IMAGE_SIZE // PATCH_SIZE) ** 2
WIDTH = 64
HIDDEN = 128
HEADS = 2
LAYERS = 2  # LLaVA reads the last layer but one, so one is computed


def write_projector(path: Path, model_width: int = 576, *, seed: int = 1) -> Path:
    """Writes the GGUF and returns its path. `model_width` is the language model's embedding length (SmolLM2: 576)."""
    writer = gguf.GGUFWriter(path, "clip")
    _add_keys(writer, model_width)
    for name, tensor in _tensors(model_width, np.random.default_rng(seed)).items():
        writer.add_tensor(name, tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_keys(writer: gguf.GGUFWriter, model_width: int) -> None:
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", False)  # CLIP's quick GELU
    for key, value in {
        "image_size": IMAGE_SIZE,
        "patch_size": PATCH_SIZE,
        "embedding_length": WIDTH,
        "feed_forward_length": HIDDEN,
        "block_count": LAYERS,
        "projection_dim": model_width,
        "attention.head_count": HEADS,
    }.items():
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
    writer.add_array("clip.vision.image_mean", [0.48145466, 0.4578275, 0.40821073])
    writer.add_array("clip.vision.image_std", [0.26862954, 0.26130258, 0.27577711])


def _tensors(model_width: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    def matrix(rows: int, columns: int) -> np.ndarray:
        return random.normal(0, columns**-0.5, (rows, columns))

    tensors = {
        "v.class_embd": random.normal(0, 0.1, WIDTH),
        "v.patch_embd.weight": random.normal(0, 0.04, (WIDTH, 3, PATCH_SIZE, PATCH_SIZE)),
        "v.position_embd.weight": random.normal(0, 0.1, (IMAGE_TOKENS + 1, WIDTH)),
        "mm.0.weight": matrix(model_width, WIDTH),
        "mm.0.bias": np.zeros(model_width),
        "mm.2.weight": matrix(model_width, model_width),
        "mm.2.bias": np.zeros(model_width),
    }
    norms = ["v.pre_ln", "v.post_ln"]
    for layer in range(LAYERS):
        block = f"v.blk.{layer}"
        norms += [f"{block}.ln1", f"{block}.ln2"]
        linear = {f"attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "out")}
        linear |= {"ffn_up": (HIDDEN, WIDTH), "ffn_down": (WIDTH, HIDDEN)}
        for name, (rows, columns) in linear.items():
            tensors[f"{block}.{name}.weight"] = matrix(rows, columns)
            tensors[f"{block}.{name}.bias"] = np.zeros(rows)
    for norm in norms:
        tensors[f"{norm}.weight"] = np.ones(WIDTH)
        tensors[f"{norm}.bias"] = np.zeros(WIDTH)
    return tensors


if __name__ == "__main__":
    print(write_projector(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 576))
