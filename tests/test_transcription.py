"""Transcribers: one contract for the fake and the real engine, then what only Whisper can get wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest
from faster_whisper import WhisperModel

from benchmarks.misheard import distance
from chatbot.settings import read_settings
from knowledge.engines import load_engine
from knowledge.errors import EngineFailed
from knowledge.sound import HEARING_RATE, Sound
from knowledge.transcription import ENGINES, Segment, Transcriber, Transcript
from knowledge.transcription.brief import LEAST, LEAST_SHORT, MARGIN, frames_needed
from knowledge.transcription.whisper import WhisperTranscriber, _find_speech, _made_up, _unread, _Window, _windows
from tests.fakes import FakeTranscriber

QUESTION = "Why does light bend when it passes from air into glass?"
RATE = HEARING_RATE


@pytest.fixture(scope="session")
def tiny():
    folder = read_settings().weights / "whisper-tiny.en"
    if not (folder / "model.bin").is_file():
        pytest.skip(f"{folder} is not there; fetch it with: coursemate weights pull tiny")
    return load_engine("transcriber", ENGINES, "faster-whisper")(folder)


@pytest.fixture(scope="session")
def question() -> Sound:
    from chatbot.speech.hibari_voice import HibariSynthesizer

    return HibariSynthesizer().synthesize(QUESTION)


@pytest.fixture(params=["fake", pytest.param("whisper", marks=pytest.mark.weights)])
def transcriber(request) -> Transcriber:
    return FakeTranscriber(QUESTION) if request.param == "fake" else request.getfixturevalue("tiny")


def silence(seconds: float) -> Sound:
    return Sound(np.zeros(int(seconds * RATE), np.float32), RATE)


def noise(seconds: float, loudness: float = 0.1) -> Sound:
    samples = np.random.default_rng(0).normal(0, loudness, int(seconds * RATE))
    return Sound(samples.astype(np.float32), RATE)


def chords(seconds: float) -> Sound:
    time_s = np.arange(int(seconds * RATE)) / RATE
    samples = sum(0.08 * np.sin(2 * np.pi * hertz * time_s) for hertz in (261.6, 329.6, 392.0))
    return Sound((samples * (1 + np.sin(4 * np.pi * time_s)) / 2).astype(np.float32), RATE)


def word_errors(expected: str, heard: str) -> int:
    a, b = (re.findall(r"[a-z']+", text.lower()) for text in (expected, heard))
    return distance(a, b)


class TestContract:
    def test_is_a_transcriber(self, transcriber):
        assert isinstance(transcriber, Transcriber)

    def test_hears_a_question(self, transcriber, question):
        transcript = transcriber.transcribe(question)
        assert transcript.language == "en"
        assert word_errors(QUESTION, transcript.text) <= 1

    def test_segments_lie_in_order_within_the_sound(self, transcriber, question):
        segments = transcriber.transcribe(question).segments
        assert segments
        assert all(0 <= s.start_s < s.end_s <= question.duration_s + 0.01 for s in segments)
        assert [s.start_s for s in segments] == sorted(s.start_s for s in segments)

    def test_hears_nothing_in_silence(self, transcriber):
        assert transcriber.transcribe(silence(3)) == Transcript((), "en")

    def test_hears_nothing_in_no_sound(self, transcriber):
        assert transcriber.transcribe(silence(0)).segments == ()

    def test_reports_progress_up_to_one(self, transcriber, question):
        shares: list[float] = []
        transcriber.transcribe(question, on_progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0

    def test_takes_language_and_hints(self, transcriber, question):
        assert transcriber.transcribe(question, language="en", hints="refraction, Snell's law").text

    @pytest.mark.parametrize("begun", ["Why does light bend when", "Nobody ever said these words here"])
    def test_words_heard_before_help_and_wrong_ones_do_not_stay(self, transcriber, question, begun):
        transcript = transcriber.transcribe(question, begun=begun)
        assert word_errors(QUESTION, transcript.text) <= 1
        assert transcriber.transcribe(silence(3), begun=begun).text == ""


@pytest.mark.weights
class TestWhisper:
    def test_english_weights_say_that_they_know_only_english(self, tiny):
        assert tiny.languages == ("en",)

    def test_refuses_a_language_it_does_not_know(self, tiny, question):
        with pytest.raises(EngineFailed, match="'zh'"):
            tiny.transcribe(question, language="zh")

    @pytest.mark.parametrize("sound", [noise(5), noise(5, 0.3), chords(6)], ids=["noise", "loud noise", "music"])
    def test_hears_nothing_where_nobody_speaks(self, tiny, sound):
        assert tiny.transcribe(sound).segments == ()

    def test_times_point_at_the_speech_between_pauses(self, tiny, question):
        from scipy.signal import resample_poly

        spoken = resample_poly(question.samples, 2, 3).astype(np.float32)  # 24 to 16 kHz
        parts = (silence(4).samples, spoken, silence(8).samples, spoken, silence(2).samples)
        segments = tiny.transcribe(Sound(np.concatenate(parts), RATE)).segments
        length = len(spoken) / RATE
        assert segments[0].start_s == pytest.approx(4, abs=0.5)
        assert segments[-1].end_s == pytest.approx(12 + 2 * length, abs=0.5)
        assert any(s.start_s == pytest.approx(12 + length, abs=0.5) for s in segments)

    def test_windows_read_side_by_side_say_the_same_in_the_same_order(self, tiny, question, monkeypatch):
        from scipy.signal import resample_poly

        spoken = resample_poly(question.samples, 2, 3).astype(np.float32)
        parts = [part for n in range(5) for part in (spoken, silence(6.0 + n).samples)]
        lecture = Sound(np.concatenate(parts), RATE)
        shares: list[float] = []
        monkeypatch.setattr(tiny, "_threads", 2)
        together = tiny.transcribe(lecture, on_progress=shares.append)
        assert shares == sorted(shares) and len(shares) == 6
        monkeypatch.setattr("knowledge.transcription.whisper._MANY", 99)
        assert together == tiny.transcribe(lecture)

    def test_a_failure_in_one_window_ends_the_transcription(self, tiny, question, monkeypatch):
        def fail(*_):
            raise EngineFailed("It broke.", code="transcriber_failed", folder="x")

        monkeypatch.setattr(tiny, "_threads", 2)
        monkeypatch.setattr(tiny, "_read", fail)
        parts = [part for _ in range(5) for part in (question.samples, silence(9.0).samples)]
        with pytest.raises(EngineFailed, match="It broke"):
            tiny.transcribe(Sound(np.concatenate(parts), question.rate))

    def test_the_same_sound_is_encoded_once_and_only_as_long_as_it_is(self, tiny):
        features = np.zeros((80, 3000), np.float32)
        features[:, :600] = 0.5
        first = tiny._model.encode(features)
        assert first.shape[1] == LEAST // 2
        assert tiny._model.encode(features.copy()) is first
        assert tiny._model.encode(features + 0.1) is not first

    def test_what_progress_raises_ends_the_work(self, tiny, question):
        def enough(share):
            raise KeyError(share)

        with pytest.raises(KeyError):
            tiny.transcribe(question, on_progress=enough)

    def test_an_engine_that_fails_while_it_encodes_is_named(self, tiny, question, monkeypatch):
        def fail(*_):
            raise RuntimeError("out of memory")

        monkeypatch.setattr(tiny._model, "encode", fail)
        with pytest.raises(EngineFailed, match="out of memory"):
            tiny.transcribe(question)

    def test_where_words_to_expect_make_it_repeat_itself_it_hears_without_them(self, tiny, question, monkeypatch):
        real, given = WhisperModel.generate_with_fallback, []

        def repeating(model, encoded, prompt, tokenizer, options):
            found = real(model, encoded, prompt, tokenizer, options)
            given.append((prompt[0] == tokenizer.sot_prev, options.temperatures))
            return (*found[:3], 9.0) if given[-1][0] else found

        monkeypatch.setattr(WhisperModel, "generate_with_fallback", repeating)
        assert word_errors(QUESTION, tiny.transcribe(question, hints="telescopes").text) <= 1
        assert given == [(True, [0.0]), (False, [0.0])]

    def test_words_that_begin_with_a_t_are_given_to_it_whole(self, tiny):
        found = tiny._model.hf_tokenizer.encode(" the total time", add_special_tokens=False).tokens
        assert found == ["Ġthe", "Ġtotal", "Ġtime"]

    def test_very_many_hints_leave_room_for_the_text(self, tiny, question):
        hints = ", ".join(f"term{n} wavelength" for n in range(2000))
        assert word_errors(QUESTION, tiny.transcribe(question, hints=hints).text) <= 4


@pytest.mark.parametrize(
    ("sound", "frames"), [(0, LEAST_SHORT), (400, LEAST_SHORT), (600, LEAST), (901, 902 + MARGIN), (2999, 3000), (3000, 3000)]
)
def test_of_padded_features_the_sound_and_a_margin_are_needed(sound, frames):
    features = np.zeros((80, 3000), np.float32)
    features[40, :sound] = -1.0
    assert frames_needed(features) == frames_needed(features[None]) == frames


class TestWindows:
    def test_near_speech_shares_a_window_and_far_speech_does_not(self):
        second = RATE
        speech = [(1 * second, 3 * second), (4 * second, 9 * second), (20 * second, 22 * second)]
        windows = _windows(speech, 30 * second)
        assert [w.speech for w in windows] == [tuple(speech[:2]), (speech[2],)]
        assert windows[0].start == int(0.7 * second)

    def test_no_window_is_longer_than_whisper_reads(self):
        speech = [(n * 10 * RATE, (n * 10 + 9) * RATE) for n in range(12)]
        windows = _windows(speech, 120 * RATE)
        assert all(w.end - w.start <= 30 * RATE for w in windows)
        assert [piece for w in windows for piece in w.speech] == speech

    def test_speech_that_was_skipped_is_read_again_but_not_for_ever(self):
        window = _Window(0, 20 * RATE, ((0, 5 * RATE), (8 * RATE, 18 * RATE)))
        (rest,) = _unread(window, 5.0, 20 * RATE)
        assert rest.speech == ((8 * RATE, 18 * RATE),)
        assert _unread(rest, 8.0, 20 * RATE) == []
        assert _unread(window, 18.0, 20 * RATE) == []

    def test_a_long_recording_is_searched_in_blocks_that_cut_no_speech(self, monkeypatch, question):
        monkeypatch.setattr("knowledge.transcription.whisper._BLOCK_S", 5.0)
        from scipy.signal import resample_poly

        spoken = resample_poly(question.samples, 2, 3).astype(np.float32)
        gap = silence(1.5).samples
        found = _find_speech(np.concatenate([gap, spoken, gap, spoken, gap, spoken, gap]))
        edges = [edge for piece in found for edge in piece]
        assert edges == sorted(edges)
        assert sum(b - a for a, b in found) == pytest.approx(3 * len(spoken), rel=0.15)


@pytest.mark.parametrize(
    ("logprob", "no_speech", "ratio", "made_up"),
    [
        pytest.param(-1.17, 0.84, 0.6, True, id="Thank you, over music"),
        pytest.param(-0.14, 0.42, 15.8, True, id="one phrase over and over, in babble"),
        pytest.param(-0.76, 0.11, 0.9, False, id="a hard but real sentence"),
        pytest.param(-0.48, 0.47, 0.7, False, id="spoken digits"),
    ],
)
def test_what_whisper_makes_up_is_told_from_speech_by_its_own_doubts(logprob, no_speech, ratio, made_up):
    class Found:
        avg_logprob, no_speech_prob, compression_ratio = logprob, no_speech, ratio

    assert _made_up(Found) is made_up


class TestBrokenWeights:
    def test_a_missing_folder_is_named_with_the_remedy(self, tmp_path):
        with pytest.raises(EngineFailed, match=r"nowhere.*coursemate weights verify"):
            WhisperTranscriber(tmp_path / "nowhere")

    def test_damaged_files_are_named_with_the_remedy(self, tmp_path):
        for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
            (tmp_path / name).write_bytes(b"{}")
        with pytest.raises(EngineFailed, match="coursemate weights verify") as caught:
            WhisperTranscriber(tmp_path)
        assert str(tmp_path) in str(caught.value)

    def test_without_a_tokenizer_nothing_is_fetched(self, tmp_path):
        (tmp_path / "model.bin").write_bytes(b"")
        with pytest.raises(EngineFailed, match=r"tokenizer\.json"):
            WhisperTranscriber(tmp_path)


def test_chinese_segments_are_joined_without_spaces():
    segments = (Segment(0, 1, "光会弯折，"), Segment(1, 2, "因为速度变了。"))
    assert Transcript(segments, "zh").text == "光会弯折，因为速度变了。"
