import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.errors import CourseDamaged, CourseError, CourseExists, CourseNotFound, StorageFull
from knowledge.lexical import content_words
from knowledge.library import Library

WIDTH = 4


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "courses")
    yield library
    library.close()


@pytest.fixture
def course(library):
    return library.create("optics", title="Optics", embedder="fake", dimensions=WIDTH)


def vectors(*directions: int) -> np.ndarray:
    return np.eye(WIDTH, dtype=np.float32)[list(directions)]


def put(course, tmp_path, path="notes.md", texts=("The lens is convex.", "The mirror is flat."), directions=(0, 1)):
    file = tmp_path / "given" / path.rpartition("/")[2]
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(texts), encoding="utf-8")
    figure = Figure(Locator(figure=1), b"png", caption="A lens")
    document = Document(path, "Notes", "markdown", "en", (), figures=(figure,))
    chunks = [Chunk(text, Locator(heading=f"h{i}"), (f"h{i}",)) for i, text in enumerate(texts)]
    course.store(document, file, chunks, vectors(*directions))
    return file


def test_what_is_stored_is_found_by_meaning_and_by_word(course, tmp_path):
    put(course, tmp_path)
    [(by_meaning, cosine), _] = course.nearest(vectors(1)[0], 5)
    [(by_word, _)] = course.matching(content_words("mirrors?"), 5)
    assert by_meaning == by_word and cosine == pytest.approx(1.0)
    assert course.passages([by_word])[by_word].text == "The mirror is flat."
    assert course.passages([by_word])[by_word].locator == Locator(heading="h1")


def test_replacing_a_document_leaves_nothing_of_the_old(course, tmp_path):
    put(course, tmp_path)
    put(course, tmp_path, texts=("Prisms part colours.",), directions=(2,))
    assert course.matching(["mirror"], 5) == []
    assert [p.text for p in course.chunks("notes.md")] == ["Prisms part colours."]
    assert course.summary().chunks == 1 and course.summary().figures == 1
    assert len(list((course.folder / "files").iterdir())) == 1


def test_documents_of_one_name_in_two_folders_are_two(course, tmp_path):
    put(course, tmp_path, "week1/notes.md")
    put(course, tmp_path, "week2/notes.md", texts=("Another text.",), directions=(2,))
    assert [d.path for d in course.documents()] == ["week1/notes.md", "week2/notes.md"]
    assert course.file("week1/notes.md").read_text(encoding="utf-8").startswith("The lens")


def test_a_removed_document_is_gone_with_its_file(course, tmp_path):
    put(course, tmp_path)
    course.remove("notes.md")
    assert course.documents() == () and course.nearest(vectors(0)[0], 5) == [] and course.matching(["mirror"], 5) == []
    assert list((course.folder / "files").iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "garbage", "stale"])
def test_the_index_is_only_a_cache(library, course, tmp_path, damage):
    put(course, tmp_path)
    before = course.nearest(vectors(1)[0], 5)
    [index] = course.folder.glob("index.*.faiss")
    if damage == "missing":
        index.unlink()
    elif damage == "garbage":
        index.write_bytes(b"not an index")
    else:
        index.rename(index.with_name("index.999.faiss"))
    library.close()
    assert library.open("optics").nearest(vectors(1)[0], 5) == before


def test_a_copied_folder_is_a_whole_course(library, course, tmp_path):
    import shutil

    put(course, tmp_path)
    shutil.copytree(course.folder, library.folder / "copy")
    assert library.open("copy").matching(["mirror"], 5)


@pytest.mark.parametrize("document", ["../course.sqlite", "/etc/passwd", "nothing.md", ""])
def test_only_known_documents_are_given_out(course, tmp_path, document):
    put(course, tmp_path)
    with pytest.raises(CourseError):
        course.file(document)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "x" * 81, "dot.", "../up", "nul\0"])
def test_a_name_that_is_no_folder_s_name_is_refused(library, name):
    with pytest.raises(CourseError):
        library.create(name, embedder="fake", dimensions=WIDTH)


def test_chinese_and_spaces_may_stand_in_a_name(library):
    assert library.create("物理 1", embedder="fake", dimensions=WIDTH).name == "物理 1"


def test_a_second_course_of_a_name_and_an_unknown_one_are_refused(library, course):
    with pytest.raises(CourseExists, match="optics"):
        library.create("optics", embedder="fake", dimensions=WIDTH)
    with pytest.raises(CourseNotFound, match="optics"):
        library.open("algebra")


@pytest.mark.parametrize("content", [b"", b"this is no database, it is only a text that is long enough to be one" * 20])
def test_a_damaged_course_says_so_and_leaves_the_others_alone(library, course, tmp_path, content):
    (library.folder / "broken").mkdir()
    (library.folder / "broken" / "course.sqlite").write_bytes(content)
    with pytest.raises(CourseDamaged, match="broken"):
        library.open("broken")
    assert [summary.name for summary in library.list()] == ["optics"]


def test_a_full_disk_changes_nothing(course, tmp_path, monkeypatch):
    put(course, tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StorageFull, match="full"):
        put(course, tmp_path, "more.md", directions=(2, 3))
    assert [d.path for d in course.documents()] == ["notes.md"]


def test_killed_at_any_moment_the_course_is_as_before_or_as_after(tmp_path):
    """A process that replaces one document over and over is killed; what is left is one whole version."""
    script = textwrap.dedent(
        """
        import sys, pathlib, numpy as np
        from knowledge.library import Library
        from knowledge.documents import Chunk, Document, Locator
        home = pathlib.Path(sys.argv[1])
        course = Library(home).create("c", embedder="fake", dimensions=4)
        for version in range(100000):
            file = home / "given.md"
            file.write_text(f"version {version}")
            chunks = [Chunk(f"version {version} part {i}", Locator()) for i in range(20)]
            course.store(Document("a.md", "A", "markdown", "en", ()), file, chunks, np.eye(4, dtype=np.float32)[[0] * 20])
            print(version, flush=True)
        """
    )
    for moment in range(3):
        home = tmp_path / str(moment)
        process = subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(4 + moment * 3):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        confirmed = [int(line) for line in process.stdout] or [3 + moment * 3]
        process.wait()
        course = Library(home).open("c")
        [version] = {passage.text.split(" part ")[0] for passage in course.chunks("a.md")}
        assert len(course.chunks("a.md")) == 20
        assert int(version.split()[1]) >= confirmed[-1]
        assert course.file("a.md").read_text() == version
        assert len(course.matching(["version"], 100)) == 20
        assert len(course.nearest(vectors(0)[0], 100)) == 20


def test_a_database_that_breaks_while_open_is_reported_as_damage(course, tmp_path):
    put(course, tmp_path)
    course._db.execute("DROP TABLE figures")
    with pytest.raises(CourseDamaged):
        course.figures()
    assert sqlite3.connect(course.folder / "course.sqlite").execute("SELECT count(*) FROM chunks").fetchone() == (2,)
