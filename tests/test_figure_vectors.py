"""Figures found by what they show: a real CLIP of random weights, made here, from adding a course to the reasons of a passage."""

import io
import json
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from chatbot.loading import build_engines, build_retriever
from chatbot.settings import read_settings
from knowledge import figure_vectors
from knowledge.adding import Tools, add
from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.errors import EngineFailed
from knowledge.keywords import rarity
from knowledge.lexical import content_words
from knowledge.library import Library
from knowledge.picture import decode_picture
from knowledge.picture_embedding import PictureEmbedder
from knowledge.picture_embedding.clip import ClipEmbedder
from knowledge.reembedding import reembed
from knowledge.retrieval import Query, Retriever
from knowledge.weighing import least_word
from tests.test_figure_search import drawing, encoded
from tests.test_reranking import make_cross_encoder
from tests.test_tutor import WordEmbedder

QUESTION = "Which drawing shows parallel rays?"
NOTES = """# Lenses

## Converging

A converging lens bends parallel rays to one point.

![The converging lens](converging.png)

## Diverging

A diverging lens spreads parallel rays apart.

![The diverging lens](diverging.png)

## History

Spectacles were worn in Italy before the year 1300.
"""


def make_clip(folder, *, module=True):
    """A CLIP of two small layers and random weights; with `module`, as sentence-transformers' own CLIP lies in its folder."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")

    torch.manual_seed(5)
    inside = folder / "0_CLIPModel" if module else folder
    inside.mkdir(parents=True)
    letters = "abcdefghijklmnopqrstuvwxyz"
    begin, end = "<|startoftext|>", "<|endoftext|>"
    words = [*letters, *(f"{letter}</w>" for letter in letters), begin, end]
    text = {
        "vocab_size": len(words), "max_position_embeddings": 16, "bos_token_id": len(words) - 2,
        "eos_token_id": len(words) - 1, "pad_token_id": len(words) - 1,
    }  # fmt: skip
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config=small | text, vision_config=small | {"image_size": 16, "patch_size": 4}, projection_dim=8
    )
    transformers.CLIPModel(config).save_pretrained(inside)
    cut = {"height": 16, "width": 16}
    files = {
        "vocab.json": {word: n for n, word in enumerate(words)},
        "tokenizer_config.json": {
            "tokenizer_class": "CLIPTokenizer", "model_max_length": 16, "bos_token": begin, "eos_token": end,
            "unk_token": end, "pad_token": end,
        },
        "preprocessor_config.json": {
            "image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 16}, "crop_size": cut,
            "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        },
    }  # fmt: skip
    for name, told in files.items():
        (inside / name).write_text(json.dumps(told))
    (inside / "merges.txt").write_text("#version: 0.2\n")
    if module:
        step = {"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}
        (folder / "modules.json").write_text(json.dumps([step]))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_clip(tmp_path_factory.mktemp("weights") / "tiny-clip")


@pytest.fixture(scope="module")
def clip(folder):
    return ClipEmbedder(folder)


@pytest.fixture(scope="module")
def other_clip(tmp_path_factory):
    return ClipEmbedder(make_clip(tmp_path_factory.mktemp("weights") / "other-clip"))


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "courses")
    yield library
    library.close()


@pytest.fixture
def notes(tmp_path):
    """A file that shows two pictures, which lie beside it."""
    for seed, name in enumerate(("converging.png", "diverging.png"), start=1):
        (tmp_path / name).write_bytes(encoded(drawing(seed)))
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    return tmp_path / "notes.md"


def added(library, notes, picture_embedder=None, **options):
    course = library.open("optics") if "optics" in library.names() else None
    course = course or library.create("optics", embedder="words", dimensions=256)
    *_, last = add(course, notes, Tools(WordEmbedder(), picture_embedder=picture_embedder), **options)
    return course, last.stage


def ask(course, picture_embedder=None, query=None, k=6):
    return Retriever(WordEmbedder(), picture_embedder=picture_embedder).retrieve(course, query or Query(QUESTION), k)


def vectors(course):
    rows = course.rows("SELECT figure, embedder, vector FROM figure_vectors ORDER BY figure")
    return {(figure, name): np.frombuffer(data, np.float32) for figure, name, data in rows}


def told(passages):
    return [(p.chunk_id, p.score, dict(p.why.ranks)) for p in passages]


# -- the engine


@pytest.mark.parametrize("module", [True, False], ids=["of sentence-transformers", "of transformers"])
def test_text_and_pictures_lie_in_one_space(tmp_path, module):
    embedder = ClipEmbedder(make_clip(tmp_path / "tiny", module=module))
    assert isinstance(embedder, PictureEmbedder) and (embedder.name, embedder.dimensions) == ("tiny", 8)
    pictures = [drawing(1), drawing(2), Image.new("RGB", (1600, 1), "red"), Image.new("RGB", (1, 1))]
    found = embedder.embed_pictures(pictures)
    assert found.shape == (4, 8) and found.dtype == np.float32 and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    for picture, vector in zip(pictures, found, strict=True):
        assert np.allclose(embedder.embed_pictures([picture])[0], vector, atol=1e-5)
    assert not np.allclose(found[0], found[1], atol=1e-3)
    assert embedder.embed_pictures([]).shape == (0, 8)
    query = embedder.embed_query("a lens " * 300)
    assert query.shape == (8,) and query.dtype == np.float32 and np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    assert not np.allclose(query, embedder.embed_query("a mirror"), atol=1e-3)


def test_the_ends_of_a_wide_drawing_are_seen(clip):
    plain = Image.new("RGB", (800, 100), "white")
    ended = plain.copy()
    ended.paste("black", (0, 0, 150, 100))
    one, two = clip.embed_pictures([plain, ended])
    assert not np.allclose(one, two, atol=1e-3)


def test_many_may_ask_at_once(clip):
    texts = ["a" * (n % 40 + 1) for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(clip.embed_query, texts))
    assert np.allclose(found[7], clip.embed_query(texts[7]), atol=1e-5)


def test_what_is_no_picture_embedder_is_refused_by_name(tmp_path):
    with pytest.raises(EngineFailed, match="empty-folder"):
        ClipEmbedder(tmp_path / "empty-folder")
    with pytest.raises(EngineFailed, match="text-alone"):
        ClipEmbedder(make_cross_encoder(tmp_path / "text-alone"))


# -- kept with the course


def test_a_figure_s_vector_is_kept_with_its_document(library, notes, clip):
    course, stage = added(library, notes, clip)
    assert stage == "stored"
    kept = vectors(course)
    images = [figure.image for figure in course.figures()]
    assert len(kept) == len(images) == 2 and {name for _, name in kept} == {"tiny-clip"}
    opened = [Image.open(io.BytesIO(image)) for image in images]
    assert np.allclose(list(kept.values()), clip.embed_pictures(opened), atol=1e-5)
    assert figure_vectors.missing(course, "tiny-clip") == 0

    assert added(library, notes, clip)[1] == "unchanged"
    assert vectors(course).keys() == kept.keys()
    assert added(library, notes, clip, anew=True)[1] == "stored"
    assert np.allclose(list(vectors(course).values()), list(kept.values()), atol=1e-5)
    (notes.parent / "diverging.png").unlink()
    notes.write_text(NOTES.replace("![The diverging lens](diverging.png)", ""), encoding="utf-8")
    assert added(library, notes, clip)[1] == "stored" and len(vectors(course)) == 1
    course.remove("notes.md")
    assert vectors(course) == {}


def test_without_a_picture_embedder_nothing_is_kept_and_nothing_is_searched(library, notes, clip):
    course, _ = added(library, notes)
    assert not course.rows("SELECT 1 FROM sqlite_master WHERE name = 'figure_vectors'")
    assert figure_vectors.missing(course, "tiny-clip") == 2
    assert all("figure" not in passage.why.ranks for passage in ask(course))
    assert told(ask(course, clip)) == told(ask(course)), "a course without vectors is searched as before"
    added(library, notes, clip, anew=True)
    assert all("figure" not in passage.why.ranks for passage in ask(course)), "the vectors are there, the setting is not"


def test_vectors_of_another_embedder_are_left_alone_until_the_course_is_embedded_anew(library, notes, clip, other_clip):
    course, _ = added(library, notes, other_clip)
    assert figure_vectors.missing(course, clip.name) == 2 and not figure_vectors.can_search(course, clip)
    assert told(ask(course, clip)) == told(ask(course))
    passages = len(course.chunks("notes.md"))
    assert list(reembed(course, WordEmbedder()))[-1] == (passages, passages)
    assert {name for _, name in vectors(course)} == {"other-clip"}, "without a picture embedder they stay"
    assert list(reembed(course, WordEmbedder(), picture_embedder=clip))[-1] == (passages + 2, passages + 2)
    assert {name for _, name in vectors(course)} == {"tiny-clip"} and figure_vectors.missing(course, clip.name) == 0
    assert any("figure" in passage.why.ranks for passage in ask(course, clip))


def test_a_damaged_vector_and_a_figure_that_is_no_picture_are_left_out(library, notes, clip):
    course, _ = added(library, notes, clip)
    first, second = (figure.figure_id for figure in course.figures())
    with course.transaction():
        course.rows("UPDATE figure_vectors SET vector = ? WHERE figure = ?", bytes(4 * clip.dimensions), first)
    ranks = {passage.chunk_id: passage.why.ranks.get("figure") for passage in ask(course, clip)}
    assert {chunk for chunk, rank in ranks.items() if rank} == set(course.chunks_at_figure(second))
    with course.transaction():
        course.rows("UPDATE figures SET image = ? WHERE id = ?", b"no picture", second)
    list(reembed(course, WordEmbedder(), picture_embedder=clip))
    assert {figure for figure, _ in vectors(course)} == {first}


# -- searched


def test_words_find_the_passages_at_the_figures_that_are_nearest_to_them(library, notes, clip):
    course, _ = added(library, notes, clip)
    asked = clip.embed_query(QUESTION)
    nearest = sorted(vectors(course).items(), key=lambda kept: -float(kept[1] @ asked))
    found = ask(course, clip)
    for rank, ((figure, _), _) in enumerate(nearest, start=1):
        at = course.chunks_at_figure(figure)
        assert at and all(p.why.ranks["figure"] == rank for p in found if p.chunk_id in at)
    [history] = [p for p in found if p.locator.heading == "History"]
    assert "figure" not in history.why.ranks and all(p.figure_id is None for p in found)


def test_a_picture_finds_the_figure_that_looks_like_it(library, notes, clip):
    course, _ = added(library, notes, clip)
    for seed, heading in ((1, "Converging"), (2, "Diverging")):
        shown = decode_picture(encoded(drawing(seed)))
        first = ask(course, clip, Query("what is this?", picture=shown))[0]
        assert first.locator.heading == heading and first.why.ranks["figure"] == 1


def test_a_filter_holds_for_figures_too(library, notes, clip):
    course, _ = added(library, notes, clip)
    found = ask(course, clip, Query(QUESTION, section="Diverging"))
    assert {p.locator.heading for p in found} == {"Diverging"} and found[0].why.ranks["figure"] == 1
    assert all("figure" not in p.why.ranks for p in ask(course, clip, Query(QUESTION, section="History")))


def test_a_passage_that_words_do_not_find_is_brought_in_by_its_figure(library, tmp_path, clip):
    """Sixty passages share more with the question than the one beside the figure does."""
    course = library.create("optics", embedder="words", dimensions=256)
    chunks = [Chunk(f"Parallel rays, number{n}, which show drawing{n}.", Locator(page=n)) for n in range(1, 61)]
    chunks.append(Chunk("Zebras eat grass.", Locator(page=61)))
    figure = Figure(Locator(page=61, figure=1), encoded(drawing(1)))
    embedded = figure_vectors.writer(clip.name, figure_vectors.embed(clip, [figure.image]))
    (tmp_path / "a.pdf").write_text("a")
    known = WordEmbedder().embed_passages([chunk.text for chunk in chunks])
    document = Document("a.pdf", "A", "pdf", "en", (), (figure,))
    course.store(document, tmp_path / "a.pdf", chunks, known, beside=[embedded])
    assert 61 not in {passage.locator.page for passage in ask(course, k=61)}
    [brought] = [passage for passage in ask(course, clip, k=61) if passage.locator.page == 61]
    assert brought.why.ranks == {"figure": 1}


def test_a_figure_settles_less_than_a_word_of_the_question_would(library, notes, clip):
    """Both searches weigh the same candidates, so that totals differ by the figures' share alone."""
    course, _ = added(library, notes, clip)
    least = least_word(rarity(course, content_words(QUESTION)))
    plain = {passage.chunk_id: passage for passage in ask(course)}
    gains = {}
    for passage in ask(course, clip):
        totals = [2 * math.log(p.score / (1 - p.score)) for p in (passage, plain[passage.chunk_id])]
        gains[passage.why.ranks.get("figure")] = totals[0] - totals[1]
    assert 0 < gains[2] < gains[1] < least and gains[None] == pytest.approx(0, abs=1e-9)


def test_the_setting_brings_it_into_adding_and_searching(folder, library, notes, tmp_path, monkeypatch):
    engines = build_engines(read_settings(home=tmp_path, profile="tiny", picture_embedder=folder))
    monkeypatch.setitem(engines._factories, "embedder", WordEmbedder)
    course, _ = added(library, notes, engines.load_if_set("picture_embedder"))
    found = build_retriever(engines).retrieve(course, Query(QUESTION))
    assert {1, 2} <= {passage.why.ranks.get("figure") for passage in found}
    without = build_engines(read_settings(home=tmp_path, profile="tiny"))
    assert "picture_embedder" not in without.roles and without.load_if_set("picture_embedder") is None
