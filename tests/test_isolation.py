"""Files are read in a process of their own: what it may do, what it may take, and what happens when it breaks."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import MissingExtra, UnreadableDocument
from knowledge.isolation import Cancelled, IsolatedReader, Limits
from knowledge.picture import decode_picture
from knowledge.readers import read
from knowledge.seeing import Sight, TextBox
from tests.conftest import SAMPLE
from tests.fakes import FakeTranscriber, tone

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's means differ")


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "secret.txt").write_text("do not read me")
    file = folder / "notes.txt"
    file.write_text("The lens is convex.")
    return file


def evil(name: str, **limits) -> IsolatedReader:
    return IsolatedReader(Limits(**limits), reader=f"tests.evil_readers:{name}")


class Eyes:
    """Sees two words in every picture and keeps the pictures."""

    def __init__(self) -> None:
        self.seen = []

    def look(self, picture):
        self.seen.append(picture)
        return Sight((TextBox("two words", 0.9, 0.1, 0.1, 0.9, 0.3),), True, picture.width, picture.height)


def test_every_sample_file_reads_the_same_in_the_other_process():
    files = [file for file in sorted(SAMPLE.iterdir()) if file.suffix != ".mp3"]
    with IsolatedReader() as reader:
        for file in files:
            assert reader.read(file, seer=Eyes()) == read(file, seer=Eyes())


def test_pictures_and_sound_come_back_to_the_engines_here(tmp_path):
    file = tmp_path / "lecture.wav"
    file.write_bytes(tone(2.0).to_wav())
    eyes, shares = Eyes(), []
    with IsolatedReader() as reader:
        picture = reader.read(SAMPLE / "eye-diagram.png", seer=eyes)
        lecture = reader.read(file, transcriber=FakeTranscriber(), on_progress=shares.append)
    assert picture.blocks[0].text == "two words"
    assert eyes.seen[0].data == decode_picture((SAMPLE / "eye-diagram.png").read_bytes()).data
    assert lecture.blocks and lecture == read(file, transcriber=FakeTranscriber())
    assert shares == [1.0]


def test_sixteen_bit_sound_arrives_unchanged(tmp_path):
    class Ears(FakeTranscriber):
        def transcribe(self, sound, **options):
            self.sound = sound
            return super().transcribe(sound, **options)

    file = tmp_path / "lecture.wav"
    file.write_bytes(tone(1.5).to_wav())
    here, there = Ears(), Ears()
    read(file, transcriber=here)
    with IsolatedReader() as reader:
        reader.read(file, transcriber=there)
    np.testing.assert_array_equal(here.sound.samples, there.sound.samples)


def test_an_error_arrives_as_it_was_raised(tmp_path):
    file = tmp_path / "photo.psd"
    file.write_bytes(b"8BPS\0\1" + bytes(100))
    with IsolatedReader() as reader, pytest.raises(UnreadableDocument) as isolated:
        reader.read(file, name="week1/photo.psd")
    with pytest.raises(UnreadableDocument) as plain:
        read(file, name="week1/photo.psd")
    assert (str(isolated.value), isolated.value.code) == (str(plain.value), plain.value.code)
    assert isolated.value.details == plain.value.details


@pytest.mark.parametrize(
    ("reader", "limits", "code"),
    [
        ("loop", {"quiet_seconds": 1}, "document_took_too_long"),
        ("sleep_telling_progress", {"seconds": 1}, "document_took_too_long"),
        ("allocate", {"memory_mb": 200}, "document_too_much_memory"),
        pytest.param("allocate_in_c", {"memory_mb": 200}, "document_too_much_memory", marks=linux),
        ("break_down", {}, "document_broke_reader"),
        ("end", {}, "document_broke_reader"),
        ("recurse", {}, "document_broke_reader"),
        ("garbage", {}, "document_broke_reader"),
        ("figure_that_is_none", {}, "document_broke_reader"),
        ("wrong_types", {}, "document_broke_reader"),
        ("picture_that_is_none", {}, "document_broke_reader"),
    ],
)
def test_a_file_that_breaks_or_exceeds_is_refused_and_named(file, reader, limits, code):
    began = time.monotonic()
    with evil(reader, **limits) as isolated, pytest.raises(UnreadableDocument, match=r"notes\.txt") as failure:
        isolated.read(file, seer=Eyes())
    assert failure.value.code == code
    assert time.monotonic() - began < 15


def test_a_processor_s_time_is_limited_by_the_kernel_too(file):
    with evil("loop", seconds=1, quiet_seconds=60) as isolated, pytest.raises(UnreadableDocument) as failure:
        isolated.read(file)
    assert failure.value.code == "document_took_too_long"


@pytest.mark.parametrize("bad", ["break_down", "allocate", "garbage"])
def test_the_next_file_is_read_after_a_failure(file, bad):
    with evil(bad, memory_mb=200) as isolated:
        with pytest.raises(UnreadableDocument):
            isolated.read(file)
        isolated._reader = "tests.evil_readers:well"
        assert isolated.read(file).blocks[0].text == "The lens is convex."


@linux
def test_what_no_parser_needs_is_refused(file, monkeypatch):
    monkeypatch.setenv("COURSEMATE_TEST_SECRET", "do not read me")
    with evil("forbidden") as isolated:
        assert isolated.read(file).blocks[0].text == "nothing"
    assert not file.with_name("left-behind").exists()


@linux
def test_the_kernel_refuses_what_goes_round_python(file):
    with evil("forbidden_in_c") as isolated:
        assert isolated.read(file).blocks[0].text in ("nothing", "other file")  # the latter where Landlock is missing
    assert not file.with_name("left-behind").exists()


def test_a_page_still_finds_the_pictures_beside_it(tmp_path):
    (tmp_path / "week1").mkdir()
    (tmp_path / "eye.png").write_bytes((SAMPLE / "eye-diagram.png").read_bytes())
    page = tmp_path / "week1" / "page.md"
    page.write_text("# Eye\n\n![The eye](../eye.png)\n")
    with IsolatedReader() as reader:
        assert len(reader.read(page, name="week1/page.md").figures) == 1


def test_reading_can_be_stopped(file):
    wish = threading.Event()
    threading.Timer(0.5, wish.set).start()
    began = time.monotonic()
    with evil("loop") as isolated, pytest.raises(Cancelled):
        isolated.read(file, cancelled=wish)
    assert time.monotonic() - began < 5


def test_a_file_that_is_too_large_is_not_opened(file):
    with IsolatedReader(Limits(file_mb=0)) as reader, pytest.raises(UnreadableDocument) as failure:
        reader.read(file)
    assert failure.value.code == "document_too_large"


def test_the_empty_folder_and_the_process_are_gone_afterwards(file):
    with evil("well") as isolated:
        isolated.read(file)
        process, folder = isolated._process, isolated._folder.name
    assert process.poll() is not None
    assert not Path(folder).exists()


def test_an_engine_s_own_error_passes_through(file):
    class Blind:
        def look(self, picture):
            raise MissingExtra("install it", code="missing_extra")

    with IsolatedReader() as reader, pytest.raises(MissingExtra):
        reader.read(SAMPLE / "eye-diagram.png", seer=Blind())
