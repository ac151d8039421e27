"""A course searched through a LangChain vector store: the one that comes with LangChain, and Qdrant in this process."""

import numpy as np
import pytest
from langchain_core.vectorstores import InMemoryVectorStore

from knowledge.adding import Tools, add
from knowledge.index.flat import FaissIndex
from knowledge.index.langchain_store import LangChainIndex
from knowledge.retrieval import Query, Retriever
from tests.test_retrieval import course, library  # noqa: F401
from tests.test_tutor import WordEmbedder


def qdrant(width):
    client = pytest.importorskip("qdrant_client")
    store = pytest.importorskip("langchain_qdrant")
    memory = client.QdrantClient(":memory:")
    params = client.models.VectorParams(size=width, distance=client.models.Distance.COSINE)
    memory.create_collection("course", vectors_config=params)
    return LangChainIndex(
        lambda embeddings: store.QdrantVectorStore(memory, "course", embeddings, validate_collection_config=False), key=int
    )


STORES = {"in memory": lambda width: LangChainIndex(InMemoryVectorStore), "qdrant": qdrant}


@pytest.fixture(params=STORES.values(), ids=STORES.keys())
def make(request):
    return request.param


def test_it_holds_finds_and_forgets_as_the_exact_index_does(make):
    vectors = np.random.default_rng(1).standard_normal((30, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact, store = FaissIndex(8), make(8)
    for index in (exact, store):
        index.add(range(1, 31), vectors)
        index.remove([3, 7])
    assert len(store) == len(exact) == 28 and set(store.ids()) == set(exact.ids())
    few = np.array([5, 9, 11])
    for among in (None, few):
        ours, theirs = store.search(vectors[4], 3, among), exact.search(vectors[4], 3, among)
        assert [chunk for chunk, _ in ours] == [chunk for chunk, _ in theirs]
        assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-5)


def test_the_same_retriever_searches_it_and_it_follows_the_course(make, course, tmp_path):  # noqa: F811
    index = make(256)
    index.catch_up(course)
    ask = Query("What does a diverging lens correct?")
    here, there = Retriever(WordEmbedder()).retrieve(course, ask), Retriever(WordEmbedder(), index).retrieve(course, ask)
    assert here == there and there[0].why.ranks["meaning"] == here[0].why.ranks["meaning"]
    (tmp_path / "new.md").write_text("# Prisms\n\nA prism parts white light into colours.", encoding="utf-8")
    list(add(course, tmp_path / "new.md", Tools(WordEmbedder())))
    course.remove("mirrors.md")
    index.catch_up(course)
    assert set(index.ids()) == set(course.chunk_ids())
    assert Retriever(WordEmbedder(), index).retrieve(course, Query("prism colours"))[0].document == "new.md"
