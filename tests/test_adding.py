"""Adding: what is told, what is recognised, what is left out, and how it stops and waits."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict

import pytest

from benchmarks.kills import HashEmbedder, kill_often
from knowledge.adding import Tools, add
from knowledge.checking import verify
from knowledge.courtesy import Courtesy
from knowledge.errors import CourseError
from knowledge.isolation import IsolatedReader
from knowledge.library import Library
from knowledge.limits import Limits
from knowledge.remaining import Remaining
from tests.fakes import FakeTranscriber, tone


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    yield library.create("c", embedder="hash", dimensions=32)
    library.close()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "given"
    (folder / "week1").mkdir(parents=True)
    (folder / "lenses.md").write_text("# Lenses\n\nA lens bends light.\n")
    (folder / "week1" / "mirrors.md").write_text("# Mirrors\n\nA mirror turns light back.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    return folder


TOOLS = Tools(HashEmbedder())


def outcomes(course, path, tools=TOOLS, **options) -> dict[str, str]:
    return {s.document: s.outcome.status for s in add(course, path, tools, **options) if s.outcome}


def test_every_file_gets_one_outcome_and_a_bad_one_leaves_the_others_alone(course, folder):
    steps = list(add(course, folder, TOOLS))
    assert {s.document: s.outcome.status for s in steps if s.outcome} == {
        "broken.pdf": "failed", "lenses.md": "added", "week1/mirrors.md": "added",
    }  # fmt: skip
    [failed] = [s.outcome for s in steps if s.stage == "failed"]
    assert "broken.pdf" in failed.error
    [added] = [s.outcome for s in steps if s.document == "lenses.md" and s.outcome]
    assert asdict(added) | {"seconds": 0} == {
        "document": "lenses.md", "status": "added", "pages": None, "chunks": 1, "figures": 0, "warnings": (),
        "seconds": 0, "error": None,
    }  # fmt: skip
    assert [s.stage for s in steps if s.document == "lenses.md"][-2:] == ["embedding", "stored"]


def test_what_is_there_already_is_recognised_and_what_changed_is_replaced(course, folder):
    outcomes(course, folder)
    (folder / "lenses.md").write_text("# Lenses\n\nA lens bends light, more so if it is thick.\n")
    found = outcomes(course, folder)
    assert found == {"broken.pdf": "failed", "lenses.md": "replaced", "week1/mirrors.md": "unchanged"}
    assert "thick" in course.chunks("lenses.md")[0].text


def test_a_renamed_file_is_recognised_by_its_content(course, folder):
    outcomes(course, folder)
    [chunk] = course.chunks("lenses.md")
    (folder / "lenses.md").rename(folder / "week1" / "about-lenses.md")
    assert outcomes(course, folder)["week1/about-lenses.md"] == "unchanged"
    assert [document.path for document in course.documents()] == ["week1/about-lenses.md", "week1/mirrors.md"]
    assert course.chunks("week1/about-lenses.md")[0].chunk_id == chunk.chunk_id, "nothing was read again"
    assert course.file("week1/about-lenses.md").name == "about-lenses.md" and verify(course) == []


def test_a_copy_is_a_document_of_its_own(course, folder):
    outcomes(course, folder)
    (folder / "copy.md").write_bytes((folder / "lenses.md").read_bytes())
    assert outcomes(course, folder)["copy.md"] == "added"
    course.remove("copy.md")
    assert course.file("lenses.md").is_file()


def test_a_title_that_came_from_the_name_changes_with_it(course, tmp_path):
    file = tmp_path / "first-lecture.wav"
    file.write_bytes(tone(1.0).to_wav())
    tools = Tools(HashEmbedder(), transcriber=FakeTranscriber("Light bends in glass."))
    assert outcomes(course, file, tools) == {"first-lecture.wav": "added"}
    file = file.rename(tmp_path / "bending.wav")
    assert outcomes(course, file, tools) == {"bending.wav": "unchanged"}
    assert course.document("bending.wav").title == "bending"
    assert course.matching(["bend"], 5) and not course.matching(["first"], 5)


class ReadsSeen:
    """Notes which files were read to their end, and lets an embedder wait for it."""

    def __init__(self, monkeypatch) -> None:
        self.names: list[str] = []
        self.changed = threading.Condition()
        read = IsolatedReader.read

        def noted(reader, path, *, name, **options):
            document = read(reader, path, name=name, **options)
            with self.changed:
                self.names.append(name)
                self.changed.notify_all()
            return document

        monkeypatch.setattr(IsolatedReader, "read", noted)

    def wait_for(self, name: str) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: name in self.names, timeout=30)


class During(HashEmbedder):
    """Does something while the passages about lenses are embedded."""

    def __init__(self, work) -> None:
        self.work = work

    def embed_passages(self, texts):
        if any("A lens" in text for text in texts):
            self.work()
        return super().embed_passages(texts)


def test_the_next_file_is_read_while_one_is_embedded(course, folder, monkeypatch):
    reads, ahead = ReadsSeen(monkeypatch), []
    tools = Tools(During(lambda: ahead.append(reads.wait_for("week1/mirrors.md"))))
    assert outcomes(course, folder, tools)["week1/mirrors.md"] == "added"
    assert ahead == [True] and reads.names == ["lenses.md", "week1/mirrors.md"]


def test_a_file_that_changes_after_it_was_read_ahead_is_read_again(course, folder, monkeypatch):
    reads = ReadsSeen(monkeypatch)

    def change() -> None:
        assert reads.wait_for("week1/mirrors.md")
        (folder / "week1" / "mirrors.md").write_text("# Mirrors\n\nA concave mirror gathers light.\n")

    assert outcomes(course, folder, Tools(During(change)))["week1/mirrors.md"] == "added"
    assert "concave" in course.chunks("week1/mirrors.md")[0].text and verify(course) == []


def test_what_was_read_ahead_ends_with_the_adding(course, folder, monkeypatch):
    reads = ReadsSeen(monkeypatch)
    stop = threading.Event()
    steps = list(add(course, folder, Tools(During(stop.set)), cancelled=stop))
    assert steps[-1].stage == "stopped" and "week1/mirrors.md" not in [d.path for d in course.documents()]
    assert not [thread for thread in threading.enumerate() if thread.name == "coursemate-reading"], reads.names


def test_sync_removes_what_is_gone_from_the_folder(course, folder):
    outcomes(course, folder)
    (folder / "lenses.md").unlink()
    assert "lenses.md" not in outcomes(course, folder)
    assert course.document("lenses.md") is not None
    assert outcomes(course, folder, sync=True)["lenses.md"] == "removed"
    assert [document.path for document in course.documents()] == ["week1/mirrors.md"]


def captions(*lines: str) -> str:
    return "\n".join(f"00:00:0{n}.000 --> 00:00:0{n}.900\n{line}\n" for n, line in enumerate(lines))


class TestSubtitles:
    """A recording is read with the subtitles beside it, and is another one when they are others."""

    HEARD = Tools(HashEmbedder(), transcriber=FakeTranscriber("Heard: light bends in glass."))

    @pytest.fixture
    def lecture(self, tmp_path):
        folder = tmp_path / "lectures"
        folder.mkdir()
        (folder / "one.wav").write_bytes(tone(3.0).to_wav())
        return folder

    def text(self, course) -> str:
        [document] = course.documents()
        return " ".join(chunk.text for chunk in course.chunks(document.path))

    @pytest.mark.parametrize("sync", [False, True])
    def test_added_changed_and_removed_they_make_it_be_read_again(self, course, lecture, sync):
        def again() -> tuple[dict[str, str], str]:
            return outcomes(course, lecture, self.HEARD, sync=sync), self.text(course)

        assert again() == ({"one.wav": "added"}, "Heard: light bends in glass.")
        (lecture / "one.vtt").write_text(captions("Light bends."))
        assert again() == ({"one.wav": "replaced"}, "Light bends.")
        assert again()[0] == {"one.wav": "unchanged"}
        (lecture / "one.vtt").write_text(captions("Light bends in water."))
        assert again() == ({"one.wav": "replaced"}, "Light bends in water.")
        (lecture / "one.vtt").unlink()
        assert again() == ({"one.wav": "replaced"}, "Heard: light bends in glass.")
        assert verify(course) == []

    @pytest.mark.parametrize("sync", [False, True])
    def test_that_came_first_are_a_document_until_their_recording_comes(self, course, lecture, sync):
        sound = lecture / "one.wav"
        recording = sound.read_bytes()
        sound.unlink()
        (lecture / "one.en.srt").write_text(captions("Light bends."))
        assert outcomes(course, lecture, self.HEARD, sync=sync) == {"one.en.srt": "added"}
        sound.write_bytes(recording)
        assert outcomes(course, lecture, self.HEARD, sync=sync) == {"one.wav": "added", "one.en.srt": "removed"}
        assert self.text(course) == "Light bends."

    def test_that_come_alone_are_put_to_the_recording_of_the_course(self, course, lecture, tmp_path):
        outcomes(course, lecture / "one.wav", self.HEARD)
        (tmp_path / "one.srt").write_text(captions("Light bends."))
        assert outcomes(course, tmp_path / "one.srt") == {"one.wav": "replaced"}
        assert self.text(course) == "Light bends."
        assert course.file("one.wav").read_bytes() == (lecture / "one.wav").read_bytes() and verify(course) == []

    def test_given_together_with_it_they_are_no_document(self, course, lecture):
        (lecture / "one.srt").write_text(captions("Light bends."))
        assert outcomes(course, [lecture / "one.wav", lecture / "one.srt"]) == {"one.wav": "added"}

    def test_of_another_folder_stay_a_document(self, course, lecture, tmp_path):
        (tmp_path / "one.srt").write_text(captions("Light bends."))
        found = outcomes(course, [lecture / "one.wav", tmp_path / "one.srt"], self.HEARD)
        assert found == {"one.wav": "added", "one.srt": "added"}

    def test_a_course_from_before_they_were_noted_learns_of_them(self, course, lecture):
        course.rows("ALTER TABLE documents DROP COLUMN subtitles")
        assert outcomes(course, lecture, self.HEARD) == {"one.wav": "added"}
        course.rows("ALTER TABLE documents DROP COLUMN subtitles")
        assert outcomes(course, lecture, self.HEARD) == {"one.wav": "unchanged"}
        (lecture / "one.srt").write_text(captions("Light bends."))
        assert outcomes(course, lecture, self.HEARD) == {"one.wav": "replaced"}


def test_a_file_that_changes_while_it_is_read_is_left_out(course, folder):
    class Meddling(HashEmbedder):
        def embed_passages(self, texts):
            (folder / "lenses.md").write_text("something else by now")
            return super().embed_passages(texts)

    [last] = [s for s in add(course, folder / "lenses.md", Tools(Meddling())) if s.outcome]
    assert last.outcome.status == "failed" and "changed while it was read" in last.outcome.error
    assert course.documents() == () and list((course.folder / "files").iterdir()) == []


def test_another_embedder_than_the_course_s_is_refused_before_anything_is_read(tmp_path, folder):
    course = Library(tmp_path / "others").create("old", embedder="another", dimensions=3)
    with pytest.raises(CourseError, match="made with the embedder 'another'"):
        list(add(course, folder, TOOLS))


def test_limits_are_the_tools_own(course, folder):
    [step] = [s for s in add(course, folder / "lenses.md", Tools(HashEmbedder(), limits=Limits(file_mb=0))) if s.outcome]
    assert step.outcome.status == "failed" and "larger than 0 MB" in step.outcome.error


@pytest.mark.parametrize("stage", ["reading", "embedding"])
def test_stopping_leaves_the_course_as_after_the_file_before(course, folder, stage):
    wish = threading.Event()
    seen = []
    for step in add(course, folder, TOOLS, cancelled=wish):
        seen.append(step)
        if step.document == "week1/mirrors.md" and step.stage == stage:
            wish.set()
    assert (seen[-1].document, seen[-1].stage) == ("week1/mirrors.md", "stored" if stage == "embedding" else "stopped")
    assert course.document("lenses.md") is not None and verify(course) == []


def test_a_long_embedding_is_stopped_between_two_batches(course, tmp_path):
    file = tmp_path / "long.md"
    file.write_text("\n\n".join(f"# Part {n}\n\n" + "words of it " * 150 for n in range(200)))
    wish = threading.Event()
    stages = []
    for step in add(course, file, TOOLS, cancelled=wish):
        stages.append(step.stage)
        if step.stage == "embedding":
            wish.set()
    assert stages[-1] == "stopped" and stages.count("embedding") == 1
    assert course.documents() == ()


def test_a_generator_that_is_closed_ends_its_reading_process(course, folder, monkeypatch):
    made = []

    def slow(limits):
        made.append(IsolatedReader(limits, reader="tests.evil_readers:sleep_telling_progress"))
        return made[0]

    monkeypatch.setattr("knowledge.adding.IsolatedReader", slow)
    steps = add(course, folder / "lenses.md", TOOLS)
    next(steps), next(steps)
    process = made[0]._process
    assert process.poll() is None
    steps.close()
    assert process.poll() is not None and course.documents() == ()
    assert not [thread for thread in threading.enumerate() if thread.name == "coursemate-reading"]


def test_adding_waits_while_somebody_is_answered(course, folder):
    courtesy = Courtesy()
    tools = Tools(HashEmbedder(), courtesy=courtesy)
    done = threading.Event()

    def work():
        list(add(course, folder, tools))
        done.set()

    with courtesy.turn():
        thread = threading.Thread(target=work)
        thread.start()
        assert not done.wait(1.5) and course.documents() == ()
    assert done.wait(10) and len(course.documents()) == 2
    thread.join()


def test_a_busy_classroom_does_not_stop_adding_for_ever():
    courtesy = Courtesy(longest_s=0.3)
    with courtesy.turn():
        began = time.monotonic()
        courtesy.wait()
        assert 0.2 < time.monotonic() - began < 1.5


def test_waiting_ends_when_it_is_stopped():
    courtesy = Courtesy(longest_s=60)
    wish = threading.Event()
    threading.Timer(0.2, wish.set).start()
    with courtesy.turn():
        began = time.monotonic()
        courtesy.wait(wish.is_set)
        assert time.monotonic() - began < 2


def test_the_time_that_remains_is_measured_and_not_guessed(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("knowledge.remaining.time.monotonic", lambda: now[0])
    remaining = Remaining({"a.pdf": 1000, "b.pdf": 3000, "c.mp3": 500})
    remaining.begin("a.pdf")
    assert remaining.left_s("reading", 0.0) is None
    now[0] = 5.0
    assert remaining.left_s("reading", 0.5) is None, "the others are not known yet"
    now[0] = 10.0
    remaining.end(counts=True)
    remaining.begin("b.pdf")
    remaining.left_s("reading", 0.0)
    now[0] = 20.0
    # b: 30 s by the rate of a.pdf, of which 10 have passed; c: 5 s by the rate of all.
    assert remaining.left_s("reading", 0.5) == pytest.approx(25.0)


def test_killed_at_any_moment_nothing_confirmed_is_lost(tmp_path):
    killed = kill_often(tmp_path, times=5, seed=7)
    assert (killed.lost, killed.broken) == ([], [])
    assert killed.times == 5
