"""Filmed lectures: which slides are found, when they are shown, and what is joined with what was said meanwhile."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import numpy as np
import pytest

from knowledge.chunking import split
from knowledge.errors import UnreadableDocument
from knowledge.film import open_film
from knowledge.readers import read
from knowledge.readers.shown_slides import find_slides
from knowledge.readers.subtitled import subtitles_beside
from knowledge.seeing import Sight, TextBox
from knowledge.transcription import Segment, Transcript
from tests import material
from tests.film_material import (
    LENSES,
    MIRRORS,
    REFRACTION,
    building,
    film,
    slide,
    still,
    talking_head,
    with_head,
    with_pointer,
)

LECTURE = (
    (9.0, building(REFRACTION, 3, 0)),
    (7.0, still(slide(LENSES))),
    (7.0, still(slide(MIRRORS, ground="navy", ink="white"))),
    (6.0, still(slide(LENSES))),
)
SAID = (
    Segment(0.5, 4.0, "Welcome. Today light is refracted."),
    Segment(4.0, 8.5, "It bends as it enters glass."),
    Segment(9.5, 15.0, "A lens makes parallel rays meet."),
    Segment(16.5, 22.0, "In a mirror angle in equals angle out."),
    Segment(23.5, 28.0, "Back to the lens for a moment."),
)


class BrightnessSeer:
    """Reads a text that depends on how much ink there is, so that it tells slides apart without reading."""

    def __init__(self, words: str = "A line of words number") -> None:
        self.words, self.seen = words, 0

    def look(self, picture):
        self.seen += 1
        ink = int(np.asarray(picture.to_image().convert("L")).astype(float).std() * 10)
        text = f"{self.words} {ink}" if self.words else ""
        return Sight((TextBox(text, 0.99, 0.1, 0.1, 0.5, 0.15),) if text else (), False, picture.width, picture.height)


class FakeTranscriber:
    languages = ()

    def __init__(self, *segments: Segment) -> None:
        self.transcript, self.asked = Transcript(segments, "en"), 0

    def transcribe(self, sound, *, language=None, hints="", on_progress=None):
        self.asked += 1
        if on_progress:
            on_progress(1.0)
        return self.transcript


def over(draw: Callable, *more: Callable) -> Callable:
    def drawn(second: float):
        image = draw(second)
        for change in more:
            image = change(image, second)
        return image

    return drawn


def showings(path) -> list[tuple[int, int, int]]:
    """Slide, first and last second."""
    with open_film(path) as found:
        return [(one.slide, one.start, one.end) for one in find_slides([sample for _, sample in found.samples()])]


class TestFinding:
    @pytest.mark.parametrize(
        ("name", "more", "options"),
        [
            pytest.param("lecture.mp4", (), {}, id="MP4"),
            pytest.param("lecture.mkv", (), {"key_every": 5}, id="MKV, read by its key frames"),
            pytest.param("lecture.webm", (), {"codec": "libvpx"}, id="WebM"),
            pytest.param("lecture.mov", (with_head,), {}, id="MOV with a speaker in the corner"),
            pytest.param("lecture.mp4", (with_pointer,), {}, id="with a pointer"),
            pytest.param("lecture.mp4", (with_head, with_pointer), {}, id="with both"),
        ],
    )
    def test_each_slide_is_found_once_and_known_again(self, tmp_path, name, more, options):
        shots = [(length, over(draw, *more)) for length, draw in LECTURE]
        found = showings(film(tmp_path / name, *shots, **options))
        assert [number for number, _, _ in found] == [0, 1, 2, 1]
        assert [start for _, start, _ in found] == pytest.approx([0, 9, 16, 23], abs=1)

    def test_a_slide_that_builds_up_counts_once_in_its_last_state(self, tmp_path):
        path = film(tmp_path / "a.mp4", *LECTURE[:2])
        with open_film(path) as found:
            samples = [sample for _, sample in found.samples()]
        first = find_slides(samples)[0]
        assert (first.start, first.end) == (0, pytest.approx(9, abs=1))
        assert first.best >= 6  # its fourth line came at the sixth second

    def test_what_is_shown_for_a_moment_is_no_slide(self, tmp_path):
        shots = ((6.0, still(slide(LENSES))), (1.0, still(slide(REFRACTION))), (6.0, still(slide(LENSES))))
        assert [number for number, _, _ in showings(film(tmp_path / "a.mp4", *shots))] == [0]

    def test_a_dark_screen_between_slides_is_no_slide(self, tmp_path):
        shots = ((6.0, still(slide(LENSES))), (6.0, still(slide(()))), (6.0, still(slide(MIRRORS))))
        found = showings(film(tmp_path / "a.mp4", *shots))
        assert [number for number, _, _ in found] == [0, 1]
        assert found[0][2] == pytest.approx(6, abs=1)

    def test_too_little_to_look_at_is_nothing(self):
        assert find_slides([]) == []
        assert find_slides([np.zeros((90, 160), np.uint8)] * 2) == []

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(material.wav(material.tone(1.0)), id="only sound"),
            pytest.param(b"\0\0\0\x18ftypmp42" + bytes(300), id="damaged"),
            pytest.param(b"I am a text.", id="text"),
        ],
    )
    def test_what_has_no_film_has_none(self, tmp_path, data):
        (tmp_path / "a.mp4").write_bytes(data)
        with open_film(tmp_path / "a.mp4") as found:
            assert found is None

    def test_a_film_cut_short_is_looked_at_as_far_as_it_goes(self, tmp_path):
        path = film(tmp_path / "a.mkv", *LECTURE)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert showings(path)

    @pytest.mark.parametrize("options", [{}, {"codec": "libvpx"}, {"key_every": 5}])
    def test_single_moments_are_shown_as_they_are(self, tmp_path, options):
        name = "a.webm" if options.get("codec") else "a.mp4"
        ramp = [(1.0, still(slide((), ground=f"rgb({25 * n},{25 * n},{25 * n})"))) for n in range(10)]
        path = film(tmp_path / name, *ramp, **options)
        with open_film(path) as found:
            grey = [np.asarray(image).mean() for image in found.moments([0.5, 0.6, 3.5, 8.5])]
        assert grey == pytest.approx([0, 0, 75, 200], abs=6)


class TestReading:
    def test_what_is_shown_and_said_stands_together(self, tmp_path):
        path = film(tmp_path / "lecture.mp4", *LECTURE)
        found = read(path, seer=BrightnessSeer(), transcriber=FakeTranscriber(*SAID))
        assert len(found.figures) == 3
        first, lens, mirror = (figure.locator for figure in found.figures)
        assert (first.start_s, first.end_s) == pytest.approx((0, 9), abs=0.6)
        assert (lens.start_s, lens.end_s) == pytest.approx((9, 16), abs=0.6)
        assert mirror.figure == 3
        kinds = [(block.kind, block.locator.figure) for block in found.blocks]
        assert kinds == [
            ("heading", 1), ("picture", 1), ("transcript", 1), ("heading", 2), ("picture", 2), ("transcript", 2),
            ("heading", 3), ("picture", 3), ("transcript", 3), ("heading", 2), ("transcript", 2),
        ]  # fmt: skip
        chunks = split(found, count_tokens=lambda text: len(text.split()))
        assert len(chunks) == 4
        assert all(chunk.trail[0].startswith("A line of words") for chunk in chunks)
        assert chunks[1].text == f"{found.figures[1].text}\n\n{SAID[2].text}"
        assert chunks[3].text == SAID[4].text
        assert (chunks[3].locator.start_s, chunks[3].locator.figure) == (23.5, 2)

    def test_a_slide_too_full_to_stand_with_words_is_a_chunk_of_its_own(self, tmp_path):
        path = film(tmp_path / "lecture.mp4", *LECTURE[1:2])
        said = Segment(1.0, 6.0, "word " * 150)
        found = read(path, seer=BrightnessSeer("line " * 150), transcriber=FakeTranscriber(said))
        chunks = split(found, count_tokens=lambda text: len(text.split()))
        assert [chunk.kind for chunk in chunks] == ["picture", "transcript"]
        assert chunks[0].locator.end_s == pytest.approx(7, abs=0.5)

    def test_a_talking_head_gives_no_slides(self, tmp_path):
        path = film(tmp_path / "lecture.mp4", (20.0, talking_head))
        found = read(path, seer=BrightnessSeer(""), transcriber=FakeTranscriber(*SAID))
        assert found.figures == ()
        assert {block.kind for block in found.blocks} == {"transcript"}

    def test_words_said_to_no_slide_stand_under_none(self, tmp_path):
        class LensSeer(BrightnessSeer):
            def look(self, picture):
                bright = np.asarray(picture.to_image()).mean() > 230
                return Sight((TextBox("Converging lenses", 0.9, 0.1, 0.1, 0.5, 0.2),) if bright else ())

        path = film(tmp_path / "lecture.mp4", (12.0, talking_head), (8.0, still(slide(LENSES))), (12.0, talking_head))
        said = (Segment(1, 9, "Hello."), Segment(13, 19, "A lens."), Segment(22, 30, "That was it."))
        found = read(path, seer=LensSeer(), transcriber=FakeTranscriber(*said))
        chunks = split(found, count_tokens=lambda text: len(text.split()))
        assert [chunk.trail for chunk in chunks] == [(), ("Converging lenses",), ()]

    def test_a_film_without_sound_is_its_slides(self, tmp_path):
        path = film(tmp_path / "lecture.mp4", *LECTURE, tone_hz=None)
        found = read(path, seer=BrightnessSeer(), transcriber=FakeTranscriber())
        assert len(found.figures) == 3
        assert "It has no sound." in found.warnings
        assert len(split(found, count_tokens=lambda text: len(text.split()))) == 3

    def test_progress_grows_to_the_end(self, tmp_path):
        shares: list[float] = []
        path = film(tmp_path / "lecture.mp4", *LECTURE)
        read(path, seer=BrightnessSeer(), transcriber=FakeTranscriber(*SAID), on_progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

    def test_a_real_eye_reads_the_slides(self, tmp_path):
        from knowledge.seeing import RapidSeer

        shots = [(length, over(draw, with_head)) for length, draw in LECTURE]
        path = film(tmp_path / "lecture.mp4", (8.0, talking_head), *shots)
        found = read(path, seer=RapidSeer(), transcriber=FakeTranscriber(*SAID))
        assert [figure.caption for figure in found.figures] == [REFRACTION[0], LENSES[0], MIRRORS[0]]
        assert "Snell" in found.figures[0].text
        assert found.figures[0].locator.start_s == pytest.approx(8, abs=0.6)


class TestSubtitles:
    @pytest.fixture(autouse=True)
    def subtitles(self, monkeypatch):
        """Stands in for the reader of subtitle files: each line is five seconds."""

        def segments_of(path):
            lines = path.read_text().splitlines()
            if not lines:
                raise UnreadableDocument(f"{path.name} is damaged.", code="document_damaged", name=path.name)
            return tuple(Segment(5.0 * n, 5.0 * n + 5, line) for n, line in enumerate(lines))

        module = types.ModuleType("knowledge.readers.subtitles")
        module.segments_of = segments_of
        monkeypatch.setitem(sys.modules, module.__name__, module)

    def put(self, folder, name="lecture.wav", data=None):
        (folder / name).write_bytes(data or material.wav(material.tone(11.0)))
        return folder / name

    @pytest.mark.parametrize("transcriber", [None, FakeTranscriber(*SAID)])
    def test_subtitles_beside_a_recording_are_taken_for_what_was_said(self, tmp_path, transcriber):
        (tmp_path / "lecture.en.vtt").write_text("Light bends.\nIn glass.")
        found = read(self.put(tmp_path), transcriber=transcriber)
        assert [block.text for block in found.blocks] == ["Light bends.", "In glass."]
        assert found.duration_s == pytest.approx(11.0, abs=0.1)
        assert transcriber is None or transcriber.asked == 0

    def test_of_several_languages_the_courses_own_is_read(self, tmp_path):
        for name in ("lecture.de.srt", "lecture.zh-CN.srt", "lecture.vtt", "lecture2.srt", "lecture.part.two.srt"):
            (tmp_path / name).write_text("x")
        path = self.put(tmp_path)
        assert subtitles_beside(path, "zh").name == "lecture.zh-CN.srt"
        assert subtitles_beside(path, "en").name == "lecture.vtt"
        assert subtitles_beside(tmp_path / "other.wav") is None

    def test_damaged_subtitles_are_told_and_the_recording_is_heard(self, tmp_path):
        (tmp_path / "lecture.srt").write_text("")
        found = read(self.put(tmp_path), transcriber=FakeTranscriber(*SAID))
        assert "lecture.srt is damaged" in found.warnings[0]
        assert len(found.blocks) == 4

    def test_a_damaged_recording_is_refused_all_the_same(self, tmp_path):
        (tmp_path / "lecture.srt").write_text("Light bends.")
        with pytest.raises(UnreadableDocument, match=r"lecture\.ogg"):
            read(self.put(tmp_path, "lecture.ogg", b"OggS" + bytes(200)))
