"""The index of a course follows what changes, whatever file it starts from, and costs no more in a large course."""

from __future__ import annotations

import time

import numpy as np
import pytest

from knowledge.documents import Chunk, Document, Locator
from knowledge.index.flat import FaissIndex
from knowledge.library import Library

WIDTH = 64
MANY = 50_000


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "courses")
    yield library
    library.close()


def unit(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def put(course, tmp_path, path: str, count: int, seed: int) -> np.ndarray:
    file = tmp_path / "given.md"
    file.write_text(f"{path} {seed}")
    vectors = unit(count, seed)
    chunks = [Chunk(f"{path} part {n}", Locator()) for n in range(count)]
    course.store(Document(path, path, "markdown", "en", ()), file, chunks, vectors)
    return vectors


def is_right(course) -> bool:
    """Whether searching finds exactly the course's chunks, each by its own vector."""
    ids = [passage.chunk_id for document in course.documents() for passage in course.chunks(document.path)]
    held = course.vectors(ids)
    return len(course.nearest(unit(1, 0)[0], 10_000)) == len(ids) and all(
        course.nearest(vector, 1)[0][0] == chunk for chunk, vector in held.items()
    )


def test_the_index_follows_adding_replacing_and_removing(library, tmp_path):
    course = library.create("c", embedder="fake", dimensions=WIDTH)
    assert is_right(course)
    put(course, tmp_path, "a.md", 5, 1)
    put(course, tmp_path, "b.md", 5, 2)
    assert is_right(course)
    put(course, tmp_path, "a.md", 3, 3)
    assert is_right(course)
    course.remove("b.md")
    assert is_right(course)


def test_a_file_of_long_ago_is_caught_up_with(library, tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.index.cache._SMALL", 0)
    course = library.create("c", embedder="fake", dimensions=WIDTH)
    put(course, tmp_path, "a.md", 50, 1)
    assert is_right(course)
    put(course, tmp_path, "b.md", 2, 2)
    put(course, tmp_path, "c.md", 2, 3)
    course.remove("b.md")
    assert is_right(course)
    [old] = course.folder.glob("index.*.faiss")
    assert old.name == "index.1.faiss", "so little is not worth writing"
    course._index._unsaved = 0  # as if the process were killed
    library.close()
    built = []
    monkeypatch.setattr(FaissIndex, "add", lambda self, ids, vectors, add=FaissIndex.add: (built.extend(ids), add(self, ids, vectors)))
    assert is_right(library.open("c"))
    assert len(built) == 2
    library.close()
    assert [file.name for file in course.folder.glob("index.*.faiss")] == ["index.4.faiss"], "written when closed"


def test_an_index_from_the_future_of_a_course_put_back_is_not_used(library, tmp_path):
    course = library.create("c", embedder="fake", dimensions=WIDTH)
    put(course, tmp_path, "a.md", 5, 1)
    before = (course.folder / "course.sqlite").read_bytes()
    put(course, tmp_path, "b.md", 5, 2)
    assert is_right(course)
    library.close()
    (course.folder / "course.sqlite").write_bytes(before)
    course = library.open("c")
    assert is_right(course)
    put(course, tmp_path, "b.md", 5, 3)
    assert is_right(course)


def test_another_process_s_changes_are_seen(tmp_path):
    here, there = Library(tmp_path / "courses"), Library(tmp_path / "courses")
    mine = here.create("c", embedder="fake", dimensions=WIDTH)
    assert is_right(mine)
    put(there.open("c"), tmp_path, "a.md", 5, 1)
    assert is_right(mine)
    there.open("c").remove("a.md")
    assert is_right(mine)


def test_adding_to_a_large_course_costs_at_most_twice_what_adding_to_an_empty_one_does(library, tmp_path):
    """Adding a file of 200 chunks until it is found, less what the search itself takes among so many."""
    empty = library.create("empty", embedder="fake", dimensions=WIDTH)
    large = library.create("large", embedder="fake", dimensions=WIDTH)
    put(large, tmp_path, "old.md", MANY, 1)
    seconds = {}
    for course in (empty, large):
        course.nearest(unit(1, 0)[0], 5)
        taken = []
        for n in range(8):
            began = time.perf_counter()
            vectors = put(course, tmp_path, f"new{n}.md", 200, 10 + n)
            [(_, cosine)] = course.nearest(vectors[0], 1)
            found = time.perf_counter()
            course.nearest(vectors[0], 1)
            taken.append(found - began - (time.perf_counter() - found))
            assert cosine == pytest.approx(1.0, abs=1e-4)
        seconds[course.name] = sorted(taken)[1]
    assert seconds["large"] < 2 * seconds["empty"], seconds
