"""The reranker: a real cross-encoder of random weights, made here, and what retrieval does with its order."""

import json

import numpy as np
import pytest

from chatbot.loading import build_engines, build_retriever
from chatbot.settings import read_settings
from knowledge.adding import Tools, add
from knowledge.errors import EngineFailed
from knowledge.library import Library
from knowledge.reranking import Reranker
from knowledge.reranking.cross_encoder import CrossEncoderReranker
from knowledge.retrieval import Query, Retriever
from tests.test_retrieval import LENSES, MIRRORS
from tests.test_tutor import WordEmbedder

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] a lens mirror light ray bends angle of the is what".split()


def make_cross_encoder(folder, outputs=1):
    """A BERT of two small layers and random weights, saved as sentence-transformers saves a cross-encoder."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import BertWordPieceTokenizer

    torch.manual_seed(5)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=128, num_labels=outputs, initializer_range=0.5,
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer = BertWordPieceTokenizer({word: n for n, word in enumerate(WORDS)}, lowercase=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 128} | special
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_cross_encoder(tmp_path_factory.mktemp("weights") / "tiny-reranker")


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    course = library.create("optics", embedder="words", dimensions=256)
    for name, text in (("lenses.md", LENSES), ("mirrors.md", MIRRORS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [step.stage for step in add(course, tmp_path / name, Tools(WordEmbedder()))][-1] == "stored"
    yield course
    library.close()


class Backwards:
    """Likes best what speaks least of lenses."""

    name = "backwards"

    def scores(self, question, passages):
        return np.array([-passage.lower().count("lens") for passage in passages], np.float32)


def test_a_cross_encoder_from_a_folder_scores_each_passage_for_itself(folder):
    reranker = CrossEncoderReranker(folder)
    assert isinstance(reranker, Reranker) and reranker.name == "tiny-reranker"
    texts = ["the lens bends light", "a mirror", "", "the angle of the ray " * 200]
    scores = reranker.scores("what is a lens", texts)
    assert scores.shape == (4,) and scores.dtype == np.float32 and len(set(scores.tolist())) == 4
    for text, score in zip(texts, scores, strict=True):
        assert reranker.scores("what is a lens", [text])[0] == pytest.approx(score, abs=1e-4)
    assert reranker.scores("mirror", texts[:1])[0] != pytest.approx(scores[0], abs=1e-4), "the question counts"
    assert reranker.scores("lens", []).shape == (0,)


def test_what_is_no_reranker_is_refused_by_name(tmp_path):
    with pytest.raises(EngineFailed, match="empty-folder"):
        CrossEncoderReranker(tmp_path / "empty-folder")
    with pytest.raises(EngineFailed, match="3 outputs"):
        CrossEncoderReranker(make_cross_encoder(tmp_path / "classifier", outputs=3))


def test_the_reranker_orders_what_was_found_and_tells_so(course):
    plain = Retriever(WordEmbedder()).retrieve(course, Query("what does a converging lens do?"))
    turned = Retriever(WordEmbedder(), reranker=Backwards()).retrieve(course, Query("what does a converging lens do?"))
    assert plain[0].locator.heading == "Converging" and plain[0].document == "lenses.md"
    assert turned[0].document == "mirrors.md" and {p.chunk_id for p in turned} == {p.chunk_id for p in plain}
    assert [p.rank for p in turned] == [p.why.ranks["reranker"] for p in turned] == list(range(1, len(turned) + 1))
    assert [p.score for p in turned] == [p.score for p in plain], "scores fall with the rank as before"
    assert all("reranker" not in p.why.ranks for p in plain)


def test_what_stands_far_down_comes_up_where_few_are_wanted(course):
    [first] = Retriever(WordEmbedder(), reranker=Backwards()).retrieve(
        course, Query("what does a converging lens do?"), 1
    )
    assert first.document == "mirrors.md"


def test_the_setting_brings_the_reranker_into_the_retriever(folder, tmp_path, monkeypatch, course):
    settings = read_settings(home=tmp_path, profile="tiny", reranker=folder)
    engines = build_engines(settings)
    monkeypatch.setitem(engines._factories, "embedder", WordEmbedder)
    found = build_retriever(engines).retrieve(course, Query("lens"))
    assert found and all(p.why.ranks["reranker"] == p.rank for p in found)
    without = build_engines(read_settings(home=tmp_path, profile="tiny"))
    assert "reranker" not in without.roles
