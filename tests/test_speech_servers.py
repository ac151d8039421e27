"""Speech servers as engines: what is asked of them, what comes back, and what is said when they fail."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.loading import build_engines, missing_weights
from chatbot.settings import Settings
from chatbot.speech import ENGINES as VOICES
from chatbot.speech.voices import build_synthesizers, choose_voice
from knowledge.engines import load_engine
from knowledge.errors import EngineFailed, SettingsError
from knowledge.sound import Sound
from knowledge.transcription import Transcriber
from knowledge.transcription.served import ServedTranscriber
from tests.fakes import FakeSynthesizer, FakeTranscriber, tone
from tests.speech_server import serving_speech
from tests.test_hearing import HEARING_RATE, speech


@pytest.fixture
def server():
    with serving_speech(FakeTranscriber(), FakeSynthesizer()) as server:
        yield server


def question() -> Sound:
    return Sound(speech(), HEARING_RATE)


def test_a_question_is_sent_with_its_language_and_the_courses_words(server):
    heard = ServedTranscriber(server.address, "some-whisper").transcribe(question(), language="en", hints="Snell's law")
    assert isinstance(ServedTranscriber(server.address, "x"), Transcriber)
    assert (heard.text, heard.language) == ("Why does light bend?", "en")
    assert heard.segments[0].end_s == pytest.approx(question().duration_s, abs=0.05)
    form = {"model": "some-whisper", "language": "en", "prompt": "Snell's law", "response_format": "verbose_json"}
    assert server.forms == [form]


def test_a_language_that_the_server_names_or_leaves_out_is_known(server):
    assert ServedTranscriber(server.address, "x").transcribe(question()).language == "en"
    server.transcriber = FakeTranscriber("光為什麼會彎折？")
    heard = ServedTranscriber(server.address, "x").transcribe(question(), language="zh")
    assert (heard.text, heard.language) == ("光为什么会弯折？", "zh")


@pytest.mark.parametrize(
    "samples", [np.zeros(0), np.zeros(48_000), tone(3).samples], ids=["nothing", "silence", "tone"]
)
def test_what_is_no_speech_is_not_sent(server, samples):
    heard = ServedTranscriber(server.address, "x").transcribe(Sound(samples.astype(np.float32), HEARING_RATE))
    assert heard.segments == () and server.forms == []


def test_a_voice_is_asked_for_by_language(server):
    make = load_engine("voice", VOICES, "openai")
    voice = make(server.address, "tts", {"en": "alloy", "zh": "lan"})
    sound = choose_voice([voice], "zh").synthesize("光会弯折")
    assert sound.rate == HEARING_RATE and len(sound.samples)
    voice.synthesize("Light bends.")
    assert [wish["voice"] for wish in server.wishes] == ["lan", "alloy"]
    assert server.wishes[0] == {"model": "tts", "voice": "lan", "input": "光会弯折", "response_format": "wav"}


def test_a_server_that_fails_or_is_not_there_is_named(server):
    server.broken = "out of memory"
    gone = "http://127.0.0.1:9/v1"
    for address in (server.address, gone):
        with pytest.raises(EngineFailed, match=address) as failed:
            ServedTranscriber(address, "x").transcribe(question())
        assert failed.value.code == "speech_server_failed"
        with pytest.raises(EngineFailed, match=address) as failed:
            load_engine("voice", VOICES, "openai")(address, "tts", {"en": "alloy"}).synthesize("Hello.")
        assert failed.value.code == "voice_failed"


def test_the_settings_choose_them_and_no_transcription_weights_are_missed(server, tmp_path):
    settings = Settings(
        home=tmp_path, weights=tmp_path, transcriber="openai", synthesizers=("openai",),
        speech_server_url=server.address, served_voices={"en": "alloy"},
    )  # fmt: skip
    assert not any("whisper" in name for name in missing_weights(settings))
    engines = build_engines(settings)
    assert engines.load("transcriber").transcribe(question()).text == "Why does light bend?"
    assert [voice.languages for voice in build_synthesizers(settings)] == [("en",)]


def test_without_an_address_the_setting_is_named(tmp_path):
    settings = Settings(home=tmp_path, transcriber="openai", synthesizers=("openai",))
    with pytest.raises(SettingsError, match="speech_server_url"):
        build_engines(settings).load("transcriber")
    problems: list[Exception] = []
    assert build_synthesizers(settings, problems.append) == []
    assert "served_voices" in str(problems[0])
