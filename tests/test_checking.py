"""A damaged course is found out, and made whole as far as its files allow."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.kills import HashEmbedder
from knowledge.adding import Tools, add
from knowledge.checking import verify
from knowledge.errors import CourseNotFound
from knowledge.library import Library
from knowledge.repairing import repair
from tests.conftest import ROOT
from ui.cli import main

TOOLS = Tools(HashEmbedder())


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "home" / "courses")
    course = library.create("c", title="Optics", language="en", embedder="hash", dimensions=32)
    given = tmp_path / "given"
    (given / "week1").mkdir(parents=True)
    for n, name in enumerate(("lenses.md", "week1/mirrors.md", "week1/prisms.md")):
        (given / name).write_text("\n\n".join(f"# Part {part}\n\nSentence {n} of part {part}." for part in range(4)))
    list(add(course, given, TOOLS))
    course.nearest(HashEmbedder().embed_query("x"), 1)
    assert verify(course) == []
    yield library
    library.close()


def change(library, sql: str, *values) -> None:
    """Damages the database behind the course's back."""
    library.let_go("c")
    with sqlite3.connect(library.folder / "c" / "course.sqlite") as db:
        db.execute(sql, values)
    db.close()


def overwrite(file, start: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(start)
        stream.write(data)


ROWS = {
    "a vector that is too short": ("UPDATE chunks SET vector = x'00' WHERE ordinal = 1 AND document = 1", ()),
    "a vector of nothings": ("UPDATE chunks SET vector = ? WHERE ordinal = 1 AND document = 1", (bytes(128),)),
    "a vector that is no number": (
        "UPDATE chunks SET vector = ? WHERE id = 2", (np.full(32, np.nan, np.float32).tobytes(),),
    ),
    "a chunk that is gone": ("DELETE FROM chunks WHERE ordinal = 1 AND document = 1", ()),
    "all chunks gone": ("DELETE FROM chunks WHERE document = 1", ()),
    "a place that cannot be read": ("UPDATE chunks SET locator = '{' WHERE id = 2", ()),
    "a chunk without a document": ("INSERT INTO chunks (document, ordinal, text, trail, kind, locator, vector) "
                                   "VALUES (99, 0, 'x', '[]', 'text', '{}', x'00')", ()),
}  # fmt: skip


@pytest.mark.parametrize("damage", ROWS)
def test_damaged_rows_are_read_again_from_the_file(library, damage):
    before = [p.text for p in library.open("c").chunks("lenses.md")]
    sql, values = ROWS[damage]
    change(library, sql, *values)
    assert {f.part for f in verify(library.open("c")) if f.wrong} >= {"rows"}
    steps = list(repair(library, "c", TOOLS))
    assert not any(step.lost for step in steps)
    course = library.open("c")
    assert verify(course) == [] and [p.text for p in course.chunks("lenses.md")] == before
    assert course.summary().documents == 3


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM keywords WHERE rowid = 2",
        "INSERT INTO keywords (rowid, words) VALUES (999, 'x')",
        "DELETE FROM keywords_data WHERE id > 10",
        "UPDATE keywords_data SET block = x'00'",
    ],
)
def test_damaged_keywords_are_written_anew(library, sql):
    change(library, sql)
    assert [f.part for f in verify(library.open("c"))] == ["keywords"]
    list(repair(library, "c", TOOLS))
    assert verify(library.open("c")) == [] and len(library.open("c").matching(["sentenc"], 50)) == 12


def test_an_index_with_other_vectors_is_dropped(library):
    course = library.open("c")
    index = course._index._index
    vector = course.vectors([1])[1]
    index.remove([1])
    index.add([1], -vector[None, :])
    course._index._unsaved = 1
    library.close()
    assert [f.part for f in verify(library.open("c"))] == ["index"]
    list(repair(library, "c", TOOLS))
    assert verify(library.open("c")) == []
    assert library.open("c").nearest(vector, 1)[0] == (1, pytest.approx(1.0, abs=1e-5))


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_document_whose_file_is_damaged_still_answers_and_says_what_to_do(library, how):
    course = library.open("c")
    file = course.file("lenses.md")
    file.unlink() if how == "missing" else overwrite(file, 3, b"!")
    assert [(f.part, f.document) for f in verify(course)] == [("file", "lenses.md")]
    steps = list(repair(library, "c", TOOLS))
    assert [step.document for step in steps if step.lost] == ["lenses.md"]
    assert len(library.open("c").chunks("lenses.md")) == 4
    assert (how == "changed") == any((library.folder / "c" / "set-aside").rglob("lenses.md"))


def test_a_document_that_is_damaged_with_its_file_is_removed_and_named(library):
    course = library.open("c")
    overwrite(course.file("lenses.md"), 3, b"!")
    change(library, "DELETE FROM chunks WHERE ordinal = 1 AND document = 1")
    assert [step.document for step in list(repair(library, "c", TOOLS)) if step.lost] == ["lenses.md"]
    course = library.open("c")
    assert verify(course) == [] and [d.path for d in course.documents()] == ["week1/mirrors.md", "week1/prisms.md"]
    assert next((library.folder / "c" / "set-aside").rglob("lenses.md")).is_file()


def test_what_a_killed_process_left_is_noted_and_tidied(library):
    course = library.open("c")
    (course.folder / "files" / "123-456.part").write_bytes(b"half")
    (course.folder / "files" / ("0" * 16)).mkdir()
    (course.folder / "files" / ("0" * 16) / "other.md").write_text("no row speaks of it")
    assert [(f.part, f.wrong) for f in verify(course)] == [("left over", False)] * 2
    list(repair(library, "c", TOOLS))
    assert verify(course) == []
    assert (course.folder / "set-aside" / ("0" * 16) / "other.md").is_file()


DATABASES = {
    "gone": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "no database": lambda file: file.write_bytes(b"this was a database once " * 100),
    "cut": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "overwritten in the middle": lambda file: overwrite(file, 4096 * 3, b"\xff" * 4096 * 4),
    "overwritten at the start": lambda file: overwrite(file, 0, bytes(200)),
}


@pytest.mark.parametrize("damage", DATABASES)
def test_a_damaged_database_is_built_anew_from_the_files(library, damage):
    texts = {d.path.rpartition("/")[2]: [p.text for p in library.open("c").chunks(d.path)] for d in library.open("c").documents()}
    library.close()
    DATABASES[damage](library.folder / "c" / "course.sqlite")
    list(repair(library, "c", TOOLS))
    course = library.open("c")
    assert verify(course) == []
    assert {d.path.rpartition("/")[2]: [p.text for p in course.chunks(d.path)] for d in course.documents()} == texts
    assert not (course.folder / "rebuilding").exists()


def test_a_course_that_never_was_cannot_be_repaired(library):
    with pytest.raises(CourseNotFound):
        list(repair(library, "algebra", TOOLS))


def test_verify_is_a_command_that_says_what_is_wrong(library, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path / "home"))
    assert main(["course", "verify", "c"]) == 0
    assert "is whole" in capsys.readouterr().err
    library.open("c").file("lenses.md").unlink()
    assert main(["course", "verify", "c"]) == 1
    shown = capsys.readouterr()
    assert "WRONG  lenses.md: its file is missing" in shown.out and "coursemate course repair c" in shown.err
    shutil.rmtree(library.folder / "c" / "files")
    (library.folder / "c" / "course.sqlite").write_bytes(b"")
    assert main(["course", "verify", "c"]) == 1
    assert main(["course", "verify", "algebra"]) == 1


def test_sync_of_a_single_file_is_wrong_usage(tmp_path):
    (tmp_path / "a.md").write_text("text")
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "course", "add", "c", str(tmp_path / "a.md"), "--sync"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 2
