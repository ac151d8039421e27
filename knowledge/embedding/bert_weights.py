"""The weights of a sentence-transformers model of BERT's family -> what CTranslate2 runs, made once and kept beside them.

CTranslate2's own converter loads the model with Transformers and PyTorch first. The tensors' names are all that it takes
from there, so they are read from the file.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS = "model.safetensors"
_MEAN = "pooling_mode_mean_tokens"
_MADE = "ctranslate2-int8"  # the folder inside the model's
_SOURCE = "made-of"  # a file beside it, written last


class NotOfThisFamily(ValueError):
    """The model is built otherwise: sentence-transformers runs it, this engine does not."""


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """What the model's folder says about it. `most_tokens` counts the two that stand around a text."""

    layers: int
    heads: int
    dimensions: int
    activation: str
    epsilon: float
    most_tokens: int


def settings_of(folder: Path) -> EncoderSettings:
    """Raises NotOfThisFamily when the model is not an encoder like BERT with the mean of its tokens, made unit length."""
    encoder, modules = _json(folder / "config.json"), _json(folder / "modules.json")
    steps = [module["type"].rpartition(".")[2] for module in modules]
    if encoder.get("model_type") != "bert" or encoder.get("position_embedding_type", "absolute") != "absolute":
        raise NotOfThisFamily(f"its encoder is {encoder.get('model_type')!r}")
    if steps != ["Transformer", "Pooling", "Normalize"] or encoder["hidden_act"] not in ("gelu", "relu"):
        raise NotOfThisFamily(f"its steps are {steps}, its activation {encoder['hidden_act']!r}")
    pooling = _json(folder / modules[1]["path"] / "config.json")
    if [mode for mode, on in pooling.items() if mode.startswith("pooling_mode_") and on] != [_MEAN]:
        raise NotOfThisFamily("its pooling is not the mean of the tokens")
    return EncoderSettings(
        encoder["num_hidden_layers"], encoder["num_attention_heads"], encoder["hidden_size"], encoder["hidden_act"],
        encoder["layer_norm_eps"], int(_json(folder / "sentence_bert_config.json")["max_seq_length"]),
    )  # fmt: skip


def encoder_folder(folder: Path, settings: EncoderSettings, *, anew: bool = False) -> Path:
    """The folder of the encoder at 8 bits; made if it is missing, or was made of other weights."""
    made, source = folder / _MADE, _stamp(folder / WEIGHTS)
    with suppress(OSError):
        if (made / _SOURCE).read_text() == source and not anew:
            return made
    fresh = Path(tempfile.mkdtemp(prefix=f"{_MADE}-", dir=folder))
    try:
        _write(folder, settings, fresh)
        (fresh / _SOURCE).write_text(source)
        shutil.rmtree(made, ignore_errors=True)
        with suppress(OSError):  # another process was quicker; what it made is the same
            fresh.rename(made)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return made


def _stamp(file: Path) -> str:
    found = file.stat()
    return f"{found.st_size} bytes of {found.st_mtime_ns}"


def _write(folder: Path, settings: EncoderSettings, to: Path) -> None:
    from ctranslate2.specs import common_spec, transformer_spec
    from safetensors.numpy import load_file

    activation = common_spec.Activation.GELU if settings.activation == "gelu" else common_spec.Activation.RELU
    encoder = transformer_spec.TransformerEncoderSpec(
        settings.layers, settings.heads, pre_norm=False, activation=activation, layernorm_embedding=True,
        num_source_embeddings=2, embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )  # fmt: skip
    model = transformer_spec.TransformerEncoderModelSpec(encoder)
    _fill(encoder, _without_prefix(load_file(folder / WEIGHTS)))
    words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    model.register_vocabulary(words[: encoder.embeddings[0].weight.shape[0]])
    model.config.unk_token = "[UNK]"
    model.config.layer_norm_epsilon = settings.epsilon
    model.validate()
    model.optimize(quantization="int8")
    model.save(str(to))


def _fill(encoder: Any, tensors: Mapping[str, np.ndarray]) -> None:
    """Puts the tensors of a BERT, by their names in Transformers, where CTranslate2 has them."""

    def linear(spec: Any, *names: str) -> None:
        spec.weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
        spec.bias = np.concatenate([tensors[f"{name}.bias"] for name in names])

    def norm(spec: Any, name: str) -> None:
        spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = tensors["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = tensors["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = tensors["embeddings.position_embeddings.weight"]
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{number}"
        linear(layer.self_attention.linear[0], *(f"{name}.attention.self.{part}" for part in ("query", "key", "value")))
        linear(layer.self_attention.linear[1], f"{name}.attention.output.dense")
        norm(layer.self_attention.layer_norm, f"{name}.attention.output.LayerNorm")
        linear(layer.ffn.linear_0, f"{name}.intermediate.dense")
        linear(layer.ffn.linear_1, f"{name}.output.dense")
        norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")


def _without_prefix(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Some files name the encoder's tensors with the model's name before them."""
    return {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
