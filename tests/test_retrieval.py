"""From a question to passages: candidates compared, reasons told, filters, and courses that change their embedder."""

import numpy as np
import pytest

from knowledge import sentence_vectors
from knowledge.adding import Tools, add
from knowledge.documents import Chunk, Document, Locator
from knowledge.embedding.choice import Embedders
from knowledge.errors import CourseError, EngineFailed
from knowledge.evidence import strength
from knowledge.glosses import glossary
from knowledge.library import Library
from knowledge.reembedding import reembed
from knowledge.retrieval import Query, Retriever
from knowledge.weighing import weigh
from tests.test_tutor import WordEmbedder

LENSES = """# Lenses

## Converging

A converging lens bends parallel rays to one point. The focal length of a magnifier is short.

## Diverging

A diverging lens spreads parallel rays. It corrects short sight.
"""
MIRRORS = """# Mirrors

## Law of reflection

The angle of incidence equals the angle of reflection. A plane mirror shows an upright image.
"""


class OtherEmbedder(WordEmbedder):
    """The same words in other directions."""

    name, dimensions = "other", 128

    def embed_query(self, text):
        vector = super().embed_query(text[::-1] + text)[: self.dimensions] + 1e-6
        return vector / np.linalg.norm(vector)

    def embed_passages(self, texts):
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(len(texts), self.dimensions)


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "courses")
    yield library
    library.close()


@pytest.fixture
def course(library, tmp_path):
    course = library.create("optics", embedder="words", dimensions=256)
    for name, text in (("lenses.md", LENSES), ("mirrors.md", MIRRORS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [step.stage for step in add(course, tmp_path / name, Tools(WordEmbedder()))][-1] == "stored"
    return course


def found(course, text, **query):
    return Retriever(WordEmbedder()).retrieve(course, Query(text, **query))


def test_a_passage_tells_why_it_was_found(course):
    first = found(course, "What does a diverging lens correct?")[0]
    assert first.locator.heading == "Diverging"
    assert first.why.ranks["words"] == 1 and set(first.why.words) == {"diverging", "lens", "correct"}
    assert first.to_json()["why"]["words"] == list(first.why.words)


def test_scores_fall_with_the_rank_and_stay_between_0_and_1(course):
    scores = [passage.score for passage in found(course, "parallel rays and a plane mirror")]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)


class Narrow(WordEmbedder):
    """Everything lies close together, as with multilingual embedders."""

    def embed_passages(self, texts):
        vectors = super().embed_passages(texts) + 2 / WordEmbedder.dimensions**0.5
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_what_is_said_twice_is_found_once_and_what_only_lies_near_is_kept(library, tmp_path):
    course = library.create("twice", embedder="words", dimensions=256)
    law = "The angle of incidence equals the angle of reflection at a plane mirror."
    texts = (law, law.replace("plane", "flat plane"), "A concave mirror gathers light where its focus lies.")
    chunks = [Chunk(text, Locator(page=n)) for n, text in enumerate(texts, start=1)]
    vectors = Narrow().embed_passages([chunk.text for chunk in chunks])
    assert (vectors @ vectors.T).min() > 0.8 and vectors[0] @ vectors[1] > 0.97
    vectors[2] = vectors[0] + 0.05 * vectors[2]
    vectors[2] /= np.linalg.norm(vectors[2])
    (tmp_path / "given.md").write_text("given")
    course.store(Document("mirrors.md", "Mirrors", "markdown", "en", ()), tmp_path / "given.md", chunks, vectors)
    passages = Retriever(WordEmbedder()).retrieve(course, Query("mirror"))
    assert len(passages) == 2 and {passage.locator.page for passage in passages} in ({1, 3}, {2, 3})


def test_only_the_documents_that_were_asked_for_are_searched(course):
    assert {p.document for p in found(course, "lens")} == {"lenses.md", "mirrors.md"}
    assert {p.document for p in found(course, "lens", documents=("mirrors.md",))} == {"mirrors.md"}


def test_only_the_section_that_was_asked_for_is_searched(course):
    assert [p.locator.heading for p in found(course, "parallel rays", section="diverging")] == ["Diverging"]
    assert found(course, "parallel rays", section="no such heading") == ()


def test_a_chinese_question_finds_english_words_through_the_dictionary(course):
    first = found(course, "平面镜的反射角等于多少？")[0]
    assert first.document == "mirrors.md" and first.why.ranks["translation"] == 1 and first.overlap > 0.3


def test_an_english_question_finds_a_chinese_document_through_the_dictionary(library, tmp_path):
    course = library.create("光学", language="zh", embedder="words", dimensions=256)
    (tmp_path / "光.md").write_text("# 光学\n\n## 反射\n\n反射角等于入射角，这叫做反射定律，平面镜成像是等大的。\n\n## 声\n\n声音在空气里传播，不能在真空里传播。", encoding="utf-8")
    *_, last = add(course, tmp_path / "光.md", Tools(WordEmbedder()))
    assert last.stage == "stored"
    assert found(course, "How does sound travel in air?")[0].locator.heading == "声"


def test_chinese_pairs_that_span_two_words_count_for_less(library, tmp_path):
    course = library.create("设备", language="zh", embedder="words", dimensions=256)
    texts = {"准备": "设备要长期准备需求。", "联接": "设备连在网络上。"}  # 备需 spans 设备 and 需要 in the question
    (tmp_path / "物.md").write_text("# 物\n\n" + "\n\n".join(f"## {h}\n\n{t}" for h, t in texts.items()), encoding="utf-8")
    *_, last = add(course, tmp_path / "物.md", Tools(WordEmbedder()))
    assert last.stage == "stored"
    text = "设备需要网络"
    within = glossary().pairs_within_words(text)
    assert {"设备", "需要", "网络"} <= within and not {"备需", "要网"} & within
    passages = found(course, text)
    assert passages[0].locator.heading == "联接" and set(passages[0].why.words) >= {"设备", "网络"}


def test_the_words_of_a_question_count_for_more_where_they_stand_together():
    rare = {"lens": 1.0, "focus": 1.0}
    near = ["lens", "focus"] + ["other"] * 80
    far = ["lens"] + ["other"] * 80 + ["focus"]
    compared = weigh({1: 0.5, 2: 0.5}, {1: far, 2: near}, rare)
    assert compared[2].together == 1.0 and compared[1].together == 0.5 and compared[2].total > compared[1].total


def test_being_the_best_at_words_that_hardly_anybody_has_counts_little():
    rare = {"lens": 1.0, "focus": 9.0}
    few = weigh({1: 0.5, 2: 0.5}, {1: ["lens"], 2: ["other"]}, rare)
    many = weigh({1: 0.5, 2: 0.5}, {1: ["lens", "focus"], 2: ["other"]}, rare)
    assert few[1].words < 0.2 and many[1].words == 1.0


def test_evidence_is_weak_where_nothing_bears_on_the_question(course):
    assert strength(()) == "weak"
    assert strength(found(course, "Who painted the ceiling of the chapel?")) == "weak"
    assert strength(found(course, "What does a diverging lens spread?")) == "strong"


def test_sentences_are_told_apart_and_come_back_as_unit_vectors(course):
    ids = [passage.chunk_id for passage in course.chunks("lenses.md")]
    kept = dict(sentence_vectors.read(course, ids))
    assert set(kept) == set(ids) and all(len(vectors) == 2 for vectors in kept.values())
    exact = WordEmbedder().embed_query("It corrects short sight.")
    assert float(kept[ids[-1]][1] @ exact) > 0.99


def test_replacing_a_document_leaves_no_sentences_of_the_old(course, tmp_path):
    (tmp_path / "lenses.md").write_text("# Lenses\n\nOne. Prisms part the colours of white light.", encoding="utf-8")
    list(add(course, tmp_path / "lenses.md", Tools(WordEmbedder())))
    alive = {row[0] for row in course.rows("SELECT id FROM chunks")}
    assert {row[0] for row in course.rows("SELECT chunk FROM sentence_vectors")} <= alive


def test_a_course_is_searched_with_the_embedder_it_was_made_with(course):
    choice = Embedders({"other": OtherEmbedder, "words": WordEmbedder}, usual="other", by_language={"en": "other", "": "words"})
    assert Retriever(choice).retrieve(course, Query("diverging lens"))[0].locator.heading == "Diverging"
    assert choice.for_language("en").name == "other" and choice.for_language("zh").name == "words"
    with pytest.raises(EngineFailed):
        Retriever(Embedders({"other": OtherEmbedder}, usual="other")).retrieve(course, Query("lens"))


def test_a_course_embedded_anew_changes_all_its_vectors_at_once(course):
    assert list(reembed(course, OtherEmbedder(), language="mixed"))[-1] == (3, 3)
    assert (course.embedder, course.dimensions, course.language) == ("other", 128, "mixed")
    passages = Retriever(OtherEmbedder()).retrieve(course, Query("diverging lens"))
    assert passages[0].locator.heading == "Diverging" and passages[0].why.ranks["meaning"] >= 1
    with pytest.raises(CourseError):
        Retriever(WordEmbedder()).retrieve(course, Query("lens"))


def test_a_course_that_changes_while_it_is_embedded_anew_stays_as_it_was(course):
    steps = reembed(course, OtherEmbedder())
    next(steps)
    course.remove("mirrors.md")
    with pytest.raises(CourseError):
        list(steps)
    assert course.embedder == "words" and found(course, "diverging lens")[0].locator.heading == "Diverging"
