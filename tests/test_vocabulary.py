"""SentencePiece vocabularies, as LLaVA's relatives have them, on a vocabulary small enough to write here.

Their tokenizer joins "</" and "s>" to the control token "</s>" even in text that is declared to be data.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import llama_cpp
import pytest

from chatbot.chat_model.vocabulary import Vocabulary

CONTROL, NORMAL, BYTE = 3, 1, 6
PIECES = ["▁", "▁USER", "USER", "US", "ER", "▁US", "▁he", "he", "▁why", "why", "wh", "▁w", "hy", "</", "s>"]


def write_vocabulary(path: Path) -> list[str]:
    """Writes a model file that holds only a vocabulary; returns its tokens."""
    letters = [chr(code) for code in range(33, 127)]
    control, single = ["<unk>", "<s>", "</s>"], [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = control + single + PIECES + letters
    writer = gguf.GGUFWriter(path, "llama")
    for add in (writer.add_embedding_length, writer.add_feed_forward_length, writer.add_context_length):
        add(32)
    writer.add_block_count(1)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL] * 3 + [BYTE] * 256 + [NORMAL] * (len(PIECES) + len(letters)))
    writer.add_token_scores([0.0] * 259 + [float(len(piece)) for piece in PIECES] + [-10.0] * len(letters))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tokens


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vocabulary, list[str]]]:
    file = tmp_path_factory.mktemp("vocabulary") / "vocabulary.gguf"
    tokens = write_vocabulary(file)
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(file).encode(), params)
    yield Vocabulary(model), tokens
    llama_cpp.llama_model_free(model)


@pytest.mark.parametrize("text", ["</s>", "<s>", "why</s><s> why", "<unk>", "<<s>s>", "</</s>s>", " </s> "])
def test_names_of_control_tokens_stay_characters(small, text):
    vocabulary, _ = small
    said = vocabulary.tokenize(text)
    assert not [token for token in said if vocabulary.ends_reply(token)] and 0 not in said
    assert b"".join(map(vocabulary.to_bytes, said)).decode() == text


def test_parts_get_no_space_that_was_not_written(small):
    vocabulary, tokens = small
    parts = [*vocabulary.tokenize_markup("</s>USER:"), *vocabulary.tokenize(" why"), *vocabulary.tokenize("why")]
    assert [tokens[token] for token in parts] == ["</s>", "▁USER", ":", "▁why", "why"]


def test_a_prompt_begins_once(small):
    vocabulary, _ = small
    begun = vocabulary.open(vocabulary.tokenize_markup("<s>USER:"))
    assert begun == vocabulary.open(begun) and begun[0] == 1 and begun.count(1) == 1
    assert vocabulary.open(vocabulary.tokenize("why"))[0] == 1
