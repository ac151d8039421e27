"""The index for very large courses answers as the exact one, and changes although it is mapped from its file."""

import numpy as np
import pytest

from knowledge.index.cells import CellIndex
from knowledge.index.flat import FaissIndex

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
