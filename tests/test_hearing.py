"""A question heard while it is spoken: the detector, the pauses, what is read when, the socket, and who may open one.

The speech is a real voice's, the detector real; only the transcriber is a fake, except where the weights are there.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chatbot.hearing import Began, Final, Listener, Nothing, Partial, Reading, agreed
from chatbot.hearing.ear import Ear
from chatbot.hearing.terms import course_terms
from chatbot.settings import read_settings
from chatbot.store import Store
from knowledge.errors import EngineFailed
from knowledge.library import Library
from knowledge.sound import HEARING_RATE, Resampler, Sound, decode_sound
from knowledge.transcription import Segment, Transcript
from knowledge.voice_activity import FRAME_S, VoiceActivity
from tests.fakes import FakeEngines, FakeTranscriber, FakeTutor, serving_settings, tone
from tests.small_course import make_small_course
from ui.server import create_app

LISTEN = "ws://127.0.0.1:7860/api/listen"  # the test client joins a path to a host of its own
QUESTION = "Why does light bend when it passes from air into glass?"


@cache
def speech(text: str = QUESTION) -> np.ndarray:
    from chatbot.speech.hibari_voice import HibariSynthesizer

    wav = HibariSynthesizer().synthesize(text).to_wav()
    return decode_sound(wav, longest_s=60).samples


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * HEARING_RATE), np.float32)


def noise(seconds: float, loudness: float = 0.1) -> np.ndarray:
    return (np.random.default_rng(1).standard_normal(int(seconds * HEARING_RATE)) * loudness).astype(np.float32)


def said(text: str, language: str = "en") -> Transcript:
    return Transcript((Segment(0, 1, text),) if text else (), language)


def converse(listener: Listener, samples: np.ndarray, words=lambda reading: said("Why does light bend?")):
    """All events of the sound, fed in tenths of a second, each reading answered at once; and the readings."""
    events, readings = [], []
    for piece in np.array_split(samples, max(1, len(samples) // 1600)):
        events += listener.hear(piece)
        while (reading := listener.due()) is not None:
            readings.append(reading)
            events += listener.read(reading, words(reading))
    return events, readings


def test_fed_in_pieces_the_detector_judges_as_over_the_whole():
    from faster_whisper.vad import get_vad_model

    whole = speech()[: len(speech()) // 512 * 512]
    activity = VoiceActivity()
    shares = [share for piece in np.array_split(whole, 37) for _, share in activity.feed(piece)]
    assert np.allclose(shares, get_vad_model()(whole).ravel(), atol=1e-4)


def test_a_question_is_told_while_it_is_spoken_and_ends_with_a_pause():
    events, readings = converse(Listener(60), np.concatenate([silence(1), speech(), silence(2)]))
    assert isinstance(events[0], Began) and isinstance(events[-1], Final)
    assert [type(event) for event in events[1:-1]] == [Partial]  # the same words are not told twice
    assert len(readings) >= 3 and readings[-1].urgent and not readings[0].urgent
    assert events[-1].text == "Why does light bend?"
    assert 0.55 <= events[-1].waited_s <= 0.7
    assert readings[-1].sound.duration_s == pytest.approx(len(speech()) / HEARING_RATE + 0.4, abs=0.5)


def test_the_last_reading_is_asked_for_long_before_the_pause_is_over():
    listener = Listener(60)
    heard = 0.0
    for piece in np.array_split(np.concatenate([speech(), silence(0.45)]), 60):
        listener.hear(piece)
        heard += len(piece) / HEARING_RATE
        while (reading := listener.due()) is not None:
            listener.read(reading, said("Why does light bend?"))
            last = reading, heard
    assert last[0].urgent and last[1] < len(speech()) / HEARING_RATE + 0.4


@pytest.mark.parametrize(
    ("words", "least_s"),
    [("Why does light bend?", 0.55), ("为什么？", 0.55), ("Tell me why.", 0.55), ("Why does the", 1.2), ("Why does…", 1.2)],
)
def test_the_less_words_read_as_finished_the_longer_they_are_waited_for(words, least_s):
    events, _ = converse(Listener(60), np.concatenate([speech(), silence(2)]), lambda reading: said(words))
    assert least_s <= events[-1].waited_s < least_s + 0.15


def fed(listener: Listener, samples: np.ndarray, until=lambda: False) -> None:
    for piece in np.array_split(samples, max(1, len(samples) // 512)):
        listener.hear(piece)
        if until():
            break


def test_a_pause_gives_up_the_guess_under_way_and_speech_the_reading_of_the_pause():
    listener, due = Listener(60), []

    def ask() -> bool:
        due.extend([reading] if (reading := listener.due()) else [])
        return False

    fed(listener, np.concatenate([speech(), silence(0.2), speech(), silence(0.2)]), ask)
    guess, *whole = due
    assert not guess.urgent and guess.stale.is_set()
    assert all(reading.urgent for reading in whole) and not whole[-1].stale.is_set()
    assert all(reading.stale.is_set() for reading in whole[:-1])
    assert listener.read(guess, None) == []
    assert listener.read(whole[-1], said("Why?")) == [Partial("Why?")]
    assert listener.read(whole[0], said("Wh")) == []  # it came too late to matter


def test_the_reading_of_a_pause_is_the_final_one_if_nothing_follows():
    listener = Listener(60)
    fed(listener, np.concatenate([speech(), silence(0.2)]))
    reading = listener.due()
    assert listener.due() is None
    fed(listener, silence(0.5))
    assert listener.due() is None
    assert isinstance(listener.read(reading, said("Why?"))[-1], Final)


@pytest.mark.parametrize(
    ("before", "now", "settled"),
    [
        ("Why does light bend when it passes", "Why does light bend when it passes from air", "Why does light bend when"),
        ("Why does light bend when it passes from", "Why does light bend when it passes form air", "Why does light bend when"),
        ("", "Why does light bend when it passes", ""),
        ("Why does light bend when", "Why does light bend when it", ""),  # too little to be worth it
        ("What does light do here in air today", "Why does light do here in air today", ""),
        ("光为什么会弯折从", "光为什么会弯折从空气", "光为什么会弯"),
    ],
)
def test_words_that_two_readings_agree_on_are_settled_but_for_the_last(before, now, settled):
    assert agreed(before, now) == settled


def test_a_reading_is_told_what_the_two_before_it_agreed_on():
    words = QUESTION.split()
    texts = (" ".join(words[:n]) for n in range(7, 99))  # two words are not settled yet
    sound = np.concatenate([speech(), silence(0.3), speech(), silence(2)])
    _, readings = converse(Listener(60), sound, lambda reading: said(next(texts)))
    told = [(reading.begun, reading.language) for reading in readings]
    assert len(told) > 3 and told == [("", None)] * 2 + [(" ".join(words[:n]), "en") for n in range(5, len(told) + 3)]


def test_a_pause_for_breath_does_not_end_the_question():
    events, readings = converse(Listener(60), np.concatenate([speech(), silence(0.4), speech(), silence(2)]))
    assert [type(event) for event in events] == [Began, Partial, Final]
    assert readings[-1].sound.duration_s > 2 * len(speech()) / HEARING_RATE


@pytest.mark.parametrize("sound", [silence(5), noise(5), noise(5, 0.01), tone(5).samples, tone(5, 80).samples], ids=str)
def test_silence_noise_and_tones_are_not_begun_to_be_heard(sound):
    assert converse(Listener(60), sound) == ([], [])


def test_what_is_no_speech_after_all_is_nothing():
    events, _ = converse(Listener(60), np.concatenate([speech(), silence(2)]), lambda reading: said(""))
    assert [type(event) for event in events] == [Began, Nothing]


def test_two_questions_one_after_the_other():
    events, _ = converse(Listener(60), np.concatenate([speech(), silence(1.5)] * 2))
    assert [type(event) for event in events] == [Began, Partial, Final] * 2


def test_held_by_hand_only_the_hand_ends_it():
    listener = Listener(60, by_itself=False)
    events, _ = converse(listener, np.concatenate([speech(), silence(3)]))
    assert not any(isinstance(event, Final) for event in events)
    assert [type(event) for event in listener.finish()] == [Final]
    assert listener.finish() == [Nothing()]


def test_the_hand_ends_it_before_the_pause_and_the_rest_is_still_read():
    listener = Listener(60, by_itself=False)
    listener.hear(speech())
    assert listener.finish() == []
    reading = listener.due()
    assert reading.urgent
    assert isinstance(listener.read(reading, said("Why?"))[-1], Final)


def test_whoever_never_pauses_is_heard_as_far_as_a_question_may_last():
    events, _ = converse(Listener(3.0), np.concatenate([speech()] * 3))
    assert isinstance(events[0], Began)
    assert any(isinstance(event, Final) for event in events)


def test_a_reading_of_what_was_dropped_says_nothing():
    listener = Listener(60)
    listener.hear(np.concatenate([speech(), silence(0.3)]))
    reading = listener.due()
    listener.drop()
    assert listener.read(reading, said("Too late.")) == []


def test_somebody_is_noticed_within_a_fifth_of_a_second():
    loud = int(np.flatnonzero(np.abs(speech()) > 0.05)[0])
    listener = Listener(60)
    listener.hear(silence(1))
    frame = int(FRAME_S * HEARING_RATE)
    for at in range(0, len(speech()), frame):
        if any(isinstance(event, Began) for event in listener.hear(speech()[at : at + frame])):
            break
    assert (at + frame - loud) / HEARING_RATE <= 0.2


class TestEar:
    def test_a_guess_is_left_out_while_another_is_read_and_an_end_is_waited_for(self):
        inside, go = threading.Event(), threading.Event()

        class Slow(FakeTranscriber):
            def transcribe(self, sound, **given):
                inside.set()
                assert go.wait(10)
                return super().transcribe(sound, **given)

        ear = Ear(Slow)
        guess = Reading(tone(1.0), False, 1, 30)
        first = threading.Thread(target=ear.read, args=(guess,))
        first.start()
        assert inside.wait(10)
        assert ear.read(guess) is None
        go.set()
        assert ear.read(Reading(tone(1.0), True, 1, 30)).text == "Why does light bend?"
        first.join(10)

    @pytest.mark.parametrize("urgent", [False, True])
    def test_what_nobody_waits_for_any_more_is_given_up_at_its_next_step(self, urgent):
        inside, go = threading.Event(), threading.Event()

        class Stepping(FakeTranscriber):
            def transcribe(self, sound, *, on_progress=None, **given):
                inside.set()
                assert go.wait(10)
                on_progress(0.0)
                raise AssertionError("it went on")

        ear, told = Ear(Stepping), []
        reading = Reading(tone(1.0), urgent, 1, 30)
        thread = threading.Thread(target=lambda: told.append(ear.read(reading)))
        thread.start()
        assert inside.wait(10)
        reading.stale.set()
        go.set()
        thread.join(10)
        assert told == [None]
        assert ear.read(reading) is None  # and not begun again

    def test_what_works_ahead_rests_while_somebody_waits_for_what_is_heard_and_not_for_a_guess(self):
        rests = []

        @contextmanager
        def quiet():
            rests.append("rests")
            yield
            rests.append("goes on")

        ear = Ear(FakeTranscriber, quiet)
        assert ear.read(Reading(tone(1.0), False, 1, 30)).text and rests == []
        assert ear.read(Reading(tone(1.0), True, 1, 30)).text and rests == ["rests", "goes on"]

    def test_who_breaks_leaves_the_ear_free(self):
        def broken():
            raise EngineFailed("broken", code="transcriber_failed")

        ear = Ear(broken)
        for _ in range(2):
            with pytest.raises(EngineFailed):
                ear.read(Reading(tone(1.0), True, 1, 30))


def test_any_rate_becomes_sixteen_kilohertz_without_a_seam():
    for rate in (8_000, 44_100, 48_000, 96_000):
        sound = (tone(2.0, rate=rate).samples * 32767).astype("<i2")
        resampler = Resampler(rate)
        samples = np.concatenate([resampler.feed(piece) for piece in np.array_split(sound, 41)])
        assert len(samples) == pytest.approx(2 * HEARING_RATE, rel=0.01)
        assert np.abs(np.diff(samples)).max() < 0.05  # a seam would be a step


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "courses").mkdir()
    make_small_course(home / "courses")
    return SimpleNamespace(
        tutor=FakeTutor(),
        library=Library(home / "courses"),
        store=Store(home / "conversations.sqlite"),
        engines=FakeEngines(),
        settings=serving_settings(longest_question_s=60.0),
    )


@pytest.fixture(scope="module")
def app(parts):
    return create_app(**vars(parts))


@pytest.fixture
def client(app):
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def pcm(samples: np.ndarray) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def begin(socket, **more) -> None:
    socket.send_json({"type": "start", "course": "optics", "rate": HEARING_RATE, **more})
    assert socket.receive_json() == {"type": "ready"}


def until(socket, *kinds: str) -> list[dict]:
    """What comes, up to the first of these kinds."""
    told = [socket.receive_json()]
    while told[-1]["type"] not in kinds:
        told.append(socket.receive_json())
    return told


class TestSocket:
    def test_a_spoken_question_comes_back_as_text(self, client, parts):
        with client.websocket_connect(LISTEN) as socket:
            begin(socket)
            for piece in np.array_split(np.concatenate([speech(), silence(1.5)]), 50):
                socket.send_bytes(pcm(piece))
            told = until(socket, "final")
        assert [message["type"] for message in told] == ["began", "partial", "final"]
        assert told[-1]["text"] == "Why does light bend?" and told[-1]["language"] == "en"
        assert "Lenses in slides" in parts.engines.transcriber.given[-1][1]

    def test_the_hand_ends_a_question(self, client):
        with client.websocket_connect(LISTEN) as socket:
            begin(socket, by_itself=False)
            socket.send_bytes(pcm(speech()))
            socket.send_text('{"type":"end"}')
            assert until(socket, "final")[-1]["text"] == "Why does light bend?"
            socket.send_text('{"type":"end"}')
            assert until(socket, "nothing")

    def test_an_engine_that_fails_is_told_and_the_microphone_stays_open(self, client, parts, monkeypatch):
        def fail(*_, **__):
            raise EngineFailed("It broke.", code="transcriber_failed", folder="x")

        with client.websocket_connect(LISTEN) as socket:
            begin(socket)
            monkeypatch.setattr(parts.engines.transcriber, "transcribe", fail)
            socket.send_bytes(pcm(np.concatenate([speech(), silence(1)])))
            assert until(socket, "error")[-1]["code"] == "transcriber_failed"
            monkeypatch.undo()
            socket.send_bytes(pcm(silence(1)))
            for piece in np.array_split(np.concatenate([speech(), silence(1.5)]), 50):
                socket.send_bytes(pcm(piece))
            assert until(socket, "final")[-1]["text"] == "Why does light bend?"

    @pytest.mark.parametrize(
        ("start", "code"),
        [
            ({"type": "start", "course": "optics", "rate": 0}, "listening_misused"),
            ({"type": "start", "course": "optics", "rate": "fast"}, "listening_misused"),
            ({"type": "start", "course": "optics", "rate": 1e9}, "listening_misused"),
            ({"type": "hello"}, "listening_misused"),
            ([1], "listening_misused"),
            ({"type": "start", "course": "no such", "rate": 16000}, "course_not_found"),
            ({"type": "start", "course": "../x", "rate": 16000}, "course_name_invalid"),
        ],
    )
    def test_a_wrong_beginning_is_refused_in_words(self, client, start, code):
        with client.websocket_connect(LISTEN, headers={"accept-language": "zh"}) as socket:
            socket.send_json(start)
            told = socket.receive_json()
            assert told["code"] == code and told["message"]
            with pytest.raises(WebSocketDisconnect):
                socket.receive_json()

    def test_what_is_no_protocol_at_all_is_refused(self, client):
        for send in (lambda socket: socket.send_text("{"), lambda socket: socket.send_bytes(b"\0\0")):
            with client.websocket_connect(LISTEN) as socket:
                send(socket)
                assert socket.receive_json()["code"] == "listening_misused"
        with client.websocket_connect(LISTEN) as socket:
            begin(socket)
            socket.send_text("sing")
            assert socket.receive_json()["code"] == "listening_misused"

    @pytest.mark.parametrize("odd", [b"\0" * 3, b"\0" * 1_000_002])
    def test_a_piece_that_is_no_sound_ends_it(self, client, odd):
        with client.websocket_connect(LISTEN) as socket:
            begin(socket)
            socket.send_bytes(odd)
            assert socket.receive_json()["code"] == "listening_misused"

    def test_engines_that_load_say_so_before_anything_is_spoken(self, client, parts):
        parts.engines.loading = True
        try:
            with client.websocket_connect(LISTEN) as socket:
                socket.send_json({"type": "start", "course": "optics", "rate": HEARING_RATE})
                assert socket.receive_json()["code"] == "engine_not_ready"
        finally:
            parts.engines.finish()

    @pytest.mark.parametrize(
        "headers",
        [{"origin": "https://elsewhere.example"}, {"origin": "null"}, {"host": "elsewhere.example"}],
        ids=str,
    )
    def test_pages_of_others_get_no_socket(self, client, headers):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(LISTEN, headers=headers):
            pass

    def test_our_own_page_gets_one(self, client):
        with client.websocket_connect(LISTEN, headers={"origin": "http://127.0.0.1:7860"}) as socket:
            begin(socket)


def test_the_terms_of_a_course_are_its_title_and_headings(parts):
    terms = course_terms(parts.library.open("optics")).split(", ")
    assert terms[0] == "Light and lenses" and "Refraction" in terms
    assert len(", ".join(terms)) < 500


@pytest.mark.weights
@pytest.mark.parametrize("seconds_of_noise", [0.0, 4.0])
def test_a_real_voice_is_written_down_by_the_real_transcriber(seconds_of_noise):
    from knowledge.transcription.whisper import WhisperTranscriber
    from tests.test_transcription import word_errors

    folder = read_settings().weights / "whisper-tiny.en"
    if not (folder / "model.bin").is_file():
        pytest.skip(f"{folder} is not there; fetch it with: coursemate weights pull tiny")
    whisper = WhisperTranscriber(folder)
    sound = np.concatenate([noise(seconds_of_noise, 0.01), speech(), silence(2)])
    events, _ = converse(Listener(60), sound, lambda reading: whisper.transcribe(reading.sound))
    assert word_errors(QUESTION, events[-1].text) <= 2
    assert any(isinstance(event, Partial) for event in events)


@pytest.mark.parametrize("name", ["silence_empty.wav", "noise_noise2.wav"])
def test_real_clips_without_speech_are_nothing(name):
    folder = os.environ.get("EVAL_MATERIAL")
    if not folder:
        pytest.skip("EVAL_MATERIAL names no folder of material")
    sound: Sound = decode_sound((Path(folder) / "speech" / "nonspeech" / name).read_bytes(), longest_s=600)
    events, _ = converse(Listener(60), sound.samples, lambda reading: said("Thank you."))
    assert events == []
