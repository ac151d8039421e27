"""Every embedder that runs all-MiniLM-L6-v2, held to one contract, and what becomes of its weights at 8 bits."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from knowledge.embedding.bert import BertEmbedder, build_embedder
from knowledge.embedding.bert_weights import NotOfThisFamily, encoder_folder, settings_of
from knowledge.embedding.sentences import SentenceEmbedder
from knowledge.engines import load_engine
from knowledge.errors import EngineFailed

pytestmark = pytest.mark.weights

TEXTS = [
    "A lens bends light.",
    "The mitochondrion is the powerhouse of the cell.",
    "",
    "光从空气斜射入水中，会发生折射。",
    "A convex lens gathers parallel rays at its focal point. " * 60,
    "Glass bends rays of light.",
]


@pytest.fixture(scope="module")
def folder(tiny_settings):
    return tiny_settings.weights / "all-MiniLM-L6-v2"


@pytest.fixture(scope="module", params=["ctranslate2", "sentence-transformers"])
def embedder(request, folder):
    from knowledge.embedding import ENGINES

    return load_engine("embedder", ENGINES, request.param)(folder)


@pytest.fixture
def copy(folder, tmp_path):
    """The model's folder as it was fetched."""
    return shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("ctranslate2-*", ".*"))


def test_passages_are_unit_vectors_in_the_order_given(embedder):
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.embed_query(text) @ vector > 0.99  # alone or among others, padding or none


def test_parts_are_told_apart_in_the_pass_that_embeds_the_whole(folder):
    embedder = BertEmbedder(folder)
    text = "Optics\nA lens bends light. The mitochondrion is the powerhouse of the cell."
    first, second = text.index("A lens"), text.index("The mito")
    whole, [parts, none] = embedder.embed_parts([text, "Nothing apart"], [[(first, second - 1), (second, len(text))], []])
    assert np.allclose(whole, embedder.embed_passages([text, "Nothing apart"]), atol=1e-6)
    assert parts.shape == (2, embedder.dimensions) and none.shape == (0, embedder.dimensions)
    assert np.allclose(np.linalg.norm(parts, axis=1), 1.0, atol=1e-5)
    lens, cell = embedder.embed_query("What does a lens do?"), embedder.embed_query("What gives a cell its energy?")
    assert lens @ parts[0] > lens @ parts[1] and cell @ parts[1] > cell @ parts[0]


def test_a_part_beyond_what_the_model_reads_is_embedded_alone(folder):
    embedder = BertEmbedder(folder)
    text = "A convex lens gathers rays. " * 200 + "Cats purr."
    _, [parts] = embedder.embed_parts([text], [[(0, 27), (text.index("Cats"), len(text))]])
    assert parts[1] @ embedder.embed_query("Cats purr.") > 0.99


def test_what_means_the_same_is_nearer(embedder):
    vectors = embedder.embed_passages(TEXTS)
    assert vectors[0] @ vectors[5] > vectors[0] @ vectors[1] + 0.3


def test_no_texts_are_no_vectors(embedder):
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)


def test_tokens_are_counted_beyond_what_is_seen(embedder):
    assert embedder.count_tokens("A lens bends light.") == 7  # [CLS] and [SEP] among them
    assert embedder.count_tokens(TEXTS[4]) > embedder.most_tokens == 256
    whole, longer = embedder.embed_query(TEXTS[4]), embedder.embed_query(TEXTS[4] + " Mirrors reflect.")
    assert whole @ longer == pytest.approx(1.0, abs=1e-5)


def test_both_engines_give_vectors_that_can_be_compared(folder):
    ours, theirs = BertEmbedder(folder), SentenceEmbedder(folder)
    assert (ours.name, ours.dimensions, ours.most_tokens) == (theirs.name, theirs.dimensions, theirs.most_tokens)
    assert [ours.count_tokens(text) for text in TEXTS] == [theirs.count_tokens(text) for text in TEXTS]
    texts = [text for text in TEXTS if text]  # of nothing, 8 bits make a little more than nothing
    cosines = (ours.embed_passages(texts) * theirs.embed_passages(texts)).sum(axis=1)
    assert cosines.min() > 0.99


def test_once_made_it_is_loaded_without_pytorch(folder):
    encoder_folder(folder, settings_of(folder))
    code = (
        "import sys; from pathlib import Path; from knowledge.embedding.bert import BertEmbedder;"
        f"BertEmbedder(Path({str(folder)!r})).embed_query('lens'); print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["False", "False"]


def test_the_8_bit_weights_are_made_once_and_anew_for_another_model_file(copy):
    made = encoder_folder(copy, settings_of(copy))
    first = (made / "model.bin").stat().st_ino
    assert (encoder_folder(copy, settings_of(copy)) / "model.bin").stat().st_ino == first
    os.utime(copy / "model.safetensors", ns=(10**9, 10**9))  # older, as a copy put back from yesterday is
    assert (encoder_folder(copy, settings_of(copy)) / "model.bin").stat().st_ino != first
    assert [path.name for path in copy.glob("ctranslate2-*")] == ["ctranslate2-int8"]


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [("config.json", "model_type", "mpnet"), ("1_Pooling/config.json", "pooling_mode_cls_token", True)],
)
def test_another_kind_of_model_is_left_to_sentence_transformers(copy, file, key, value):
    given = json.loads((copy / file).read_text())
    (copy / file).write_text(json.dumps({**given, key: value}))
    with pytest.raises(NotOfThisFamily):
        settings_of(copy)


def test_where_the_8_bit_weights_cannot_be_made_sentence_transformers_runs(copy, caplog, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("knowledge.embedding.bert.encoder_folder", full)
    embedder = build_embedder(copy)
    assert isinstance(embedder, SentenceEmbedder)
    assert "No space left" in caplog.text


def test_damaged_8_bit_weights_do_not_stop_the_embedder(copy):
    made = encoder_folder(copy, settings_of(copy))
    (made / "model.bin").write_bytes(b"damaged")
    assert isinstance(build_embedder(copy), BertEmbedder)


def test_a_damaged_model_is_told_by_name(copy):
    (copy / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(EngineFailed, match="all-MiniLM-L6-v2"):
        build_embedder(copy)
