"""The index for very large courses answers as the exact one, and changes although it is mapped from its file."""

import faiss
import numpy as np
import pytest

from knowledge.documents import Chunk, Document, Locator
from knowledge.errors import MissingExtra
from knowledge.index.cells import CellIndex
from knowledge.index.flat import FaissIndex
from knowledge.library import Library

WIDTH, COUNT = 16, 3000


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(1)
    subjects = rng.standard_normal((30, WIDTH))
    found = subjects[rng.integers(0, 30, COUNT)] + 0.4 * rng.standard_normal((COUNT, WIDTH))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def index(vectors):
    return CellIndex.build(np.arange(1, COUNT + 1), vectors)


def test_nearly_all_of_the_nearest_are_found(index, vectors):
    exact = FaissIndex(WIDTH)
    exact.add(range(1, COUNT + 1), vectors)
    shares = []
    for vector in vectors[::30]:
        wanted = {chunk for chunk, _ in exact.search(vector, 10)}
        shares.append(len(wanted & {chunk for chunk, _ in index.search(vector, 10)}) / 10)
    assert np.mean(shares) > 0.9  # at a byte a number, neighbours as near as these change places


def test_a_mapped_index_is_changed_without_touching_its_file(index, vectors, tmp_path):
    file = tmp_path / "index.1.faiss"
    index.save(file)
    before = file.read_bytes()
    mapped = CellIndex.load(file, WIDTH)
    mapped.remove([7])
    mapped.add([COUNT + 1], vectors[6:7])
    assert len(mapped) == COUNT and set(mapped.ids()) == set(range(1, COUNT + 2)) - {7}
    assert mapped.search(vectors[6], 1)[0][0] == COUNT + 1 and file.read_bytes() == before


def test_only_the_ids_that_were_asked_for_are_found_in_whatever_cell(index, vectors):
    assert {chunk for chunk, _ in index.search(vectors[0], 5, np.array([2000, 2500, 2999]))} == {2000, 2500, 2999}


def test_what_is_no_such_index_is_not_loaded(tmp_path):
    file = tmp_path / "index.1.faiss"
    assert CellIndex.load(file, WIDTH) is None
    file.write_bytes(b"damaged")
    assert CellIndex.load(file, WIDTH) is None
    FaissIndex(WIDTH).save(file)
    assert CellIndex.load(file, WIDTH) is None


def test_a_course_that_outgrows_exact_search_gets_cells(monkeypatch, tmp_path, vectors):
    from knowledge.index import cache

    class Chunks:
        def chunk_ids(self, above):
            return np.arange(above + 1, COUNT + 1)

        def chunk_count(self):
            return COUNT

        def vectors(self, chunk_ids):
            return {int(chunk): vectors[int(chunk) - 1] for chunk in chunk_ids}

    monkeypatch.setattr(cache, "EXACT", 1000)
    grown = cache.IndexCache(tmp_path, WIDTH).current(5, Chunks())
    assert isinstance(grown, CellIndex) and len(grown) == COUNT
    again = cache.IndexCache(tmp_path, WIDTH).current(5, Chunks())
    assert isinstance(again, CellIndex) and again.search(vectors[3], 1)[0][0] == 4


@pytest.fixture
def gpu(monkeypatch):
    """A stand-in for FAISS's GPU functions: the copy is made, and searched, on the processor. Counts the copies."""
    copies = []

    def copied(resources, device, index):
        copies.append(faiss.clone_index(index))
        return copies[-1]

    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", copied, raising=False)
    return copies


def test_on_a_gpu_the_same_is_found_and_changes_and_filters_are_not_forgotten(index, vectors, gpu):
    before = index.search(vectors[5], 5)
    index.to_gpu()
    assert index.search(vectors[5], 5) == before and len(gpu) == 1
    assert {chunk for chunk, _ in index.search(vectors[0], 2, np.array([2000, 2999]))} == {2000, 2999}
    index.add([COUNT + 1], vectors[5:6])
    assert COUNT + 1 in {chunk for chunk, _ in index.search(vectors[5], 2)} and len(gpu) == 2
    index.remove([6, COUNT + 1])
    assert not {6, COUNT + 1} & {chunk for chunk, _ in index.search(vectors[5], 5)} and len(gpu) == 3


def test_only_a_library_that_is_told_so_searches_on_a_gpu(tmp_path, monkeypatch, vectors, gpu):
    from knowledge.index import cache

    monkeypatch.setattr(cache, "EXACT", 1000)
    file = tmp_path / "given.md"
    file.write_text("given")
    chunks = [Chunk(f"part {n}", Locator()) for n in range(COUNT)]
    for name, on_gpu in (("plain", False), ("gpu", True)):
        library = Library(tmp_path / name, index_on_gpu=on_gpu)
        course = library.create("c", embedder="fake", dimensions=WIDTH)
        course.store(Document("d.md", "D", "markdown", "en", ()), file, chunks, vectors)
        assert course.nearest(vectors[3], 1)[0][1] > 0.98
        assert bool(gpu) == on_gpu
        library.close()


def test_without_a_gpu_the_setting_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 0)
    with pytest.raises(MissingExtra, match="faiss-gpu-cu12"):
        Library(tmp_path, index_on_gpu=True)
