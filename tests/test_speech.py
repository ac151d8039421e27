"""Synthesizers: one contract for the fake and every engine at hand, then wording, sentence cutting and the choice of voices.

piper and coqui are not among the development packages. Their adapters run here over stand-ins that offer the calls of
piper-tts 1.8 and coqui-tts 0.28 which the adapters use; they show our side of the bargain, not that those packages keep theirs.
"""

from __future__ import annotations

import shutil
import sys
import types
from functools import cache

import numpy as np
import pytest

from chatbot.settings import Settings, read_settings
from chatbot.speech import ENGINES, Synthesizer
from chatbot.speech.espeak_voice import EspeakSynthesizer, _parse_voices
from chatbot.speech.voices import build_synthesizers, choose_voice, tidy
from chatbot.speech.wording import SentenceFeed, say
from knowledge.engines import load_engine
from knowledge.errors import EngineFailed, MissingExtra, SettingsError
from tests.fakes import FakeSynthesizer, FakeTranscriber

SENTENCE = "When light passes from air into glass, it slows down and bends toward the normal line."
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="the program espeak-ng is not installed")


@cache
def ready(name: str) -> Synthesizer:
    return load_engine("voice", ENGINES, name)()


@pytest.fixture
def piper(monkeypatch):
    """A stand-in for piper-tts: PiperVoice.load and .synthesize, which yields chunks."""
    loads: list[str] = []

    class PiperVoice:
        @staticmethod
        def load(model_path, config_path=None, use_cuda=False, download_dir=None, **_):
            loads.append(str(model_path))
            return PiperVoice()

        def synthesize(self, text, syn_config=None):
            for _ in range(2):
                yield types.SimpleNamespace(sample_rate=22_050, audio_float_array=_hum(0.5, 22_050))

    _install(monkeypatch, "piper", PiperVoice=PiperVoice)
    return loads


@pytest.fixture
def coqui(monkeypatch):
    """A stand-in for coqui-tts: TTS.api.TTS of one multilingual model with two speakers."""
    calls: list[dict] = []

    class TTS:
        is_multi_lingual = is_multi_speaker = True
        languages, speakers = ["en", "zh-cn"], ["Ana", "Ben"]
        synthesizer = types.SimpleNamespace(output_sample_rate=24_000)

        def __init__(self, model_name=None, *, model_path=None, config_path=None, progress_bar=True, **_):
            calls.append({"model_name": model_name, "model_path": model_path})

        def tts(self, text, speaker=None, language=None, split_sentences=True):
            calls.append({"speaker": speaker, "language": language})
            return list(1.4 * _hum(1.0, 24_000) / 0.3)

    _install(monkeypatch, "TTS")
    _install(monkeypatch, "TTS.api", TTS=TTS)
    return calls


def _install(monkeypatch, name, **members):
    module = types.ModuleType(name)
    module.__spec__ = types.SimpleNamespace(name=name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)


def _hum(seconds: float, rate: int) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 220 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def piper_voice(tmp_path):
    (tmp_path / "en.onnx").write_bytes(b"weights")
    (tmp_path / "en.onnx.json").write_text('{"phoneme_type": "espeak"}')
    return tmp_path / "en.onnx"


@pytest.fixture(params=["fake", "hibari", pytest.param("espeak", marks=needs_espeak), "piper", "coqui"])
def synthesizer(request) -> Synthesizer:
    name = request.param
    if name == "fake":
        return FakeSynthesizer()
    if name in ("hibari", "espeak"):
        return ready(name)
    arguments = {}
    if name == "piper":
        request.getfixturevalue("piper")
        arguments = {"voices": {"en": request.getfixturevalue("piper_voice")}}
    if name == "coqui":
        request.getfixturevalue("coqui")
        arguments = {"models": {"en": "tts_models/multilingual/some/model"}}
    return load_engine("voice", ENGINES, name)(**arguments)


class TestContract:
    def test_is_a_synthesizer_of_english(self, synthesizer):
        assert isinstance(synthesizer, Synthesizer)
        assert "en" in synthesizer.languages

    def test_a_sentence_is_clean_mono_sound(self, synthesizer):
        sound = synthesizer.synthesize(SENTENCE)
        assert sound.rate in (16_000, 22_050, 24_000)
        assert sound.samples.ndim == 1 and sound.samples.dtype == np.float32
        assert 0.8 < sound.duration_s < 15
        assert 0.01 < np.abs(sound.samples).max() <= 1.0
        assert np.count_nonzero(np.abs(sound.samples) > 0.999) < 5

    def test_no_long_silence_at_either_end(self, synthesizer):
        sound = synthesizer.synthesize(SENTENCE)
        loud = np.flatnonzero(np.abs(sound.samples) > 0.01 * np.abs(sound.samples).max())
        assert loud[0] / sound.rate <= 0.15
        assert (len(sound.samples) - loud[-1]) / sound.rate <= 0.15

    @pytest.mark.parametrize("text", ["", "...", "—", "x = 3.5", "-v", "[[h@'loU", "<speak>a & b</speak>"])
    def test_odd_text_does_no_harm(self, synthesizer, text):
        assert np.isfinite(synthesizer.synthesize(text).samples).all()


class TestEspeak:
    pytestmark = needs_espeak

    def test_speaks_chinese(self):
        sound = choose_voice([EspeakSynthesizer()], "zh").synthesize("光从空气进入玻璃时会变慢。")
        assert sound.duration_s > 1
        assert np.abs(sound.samples).max() > 0.05

    def test_tells_chinese_by_its_letters_when_no_language_is_set(self):
        both = EspeakSynthesizer()
        chinese = both.in_language("zh").synthesize("光会弯折").samples
        assert np.array_equal(both.synthesize("光会弯折").samples, chinese)

    def test_a_hanging_program_is_given_up(self, monkeypatch, tmp_path):
        voice = EspeakSynthesizer()
        slow = tmp_path / "espeak-ng"
        slow.write_text("#!/bin/sh\nexec sleep 30\n")
        slow.chmod(0o755)
        monkeypatch.setattr("chatbot.speech.espeak_voice._TIMEOUT_S", 0.2)
        voice._path = str(slow)
        with pytest.raises(EngineFailed, match="longer than"):
            voice.synthesize("Hello.")


def test_espeak_absent_names_the_package_of_each_system(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingExtra, match=r"apt install espeak-ng.*brew install espeak-ng"):
        EspeakSynthesizer()


def test_espeak_voices_are_read_as_iso_codes():
    table = (
        "Pty Language       Age/Gender VoiceName          File                 Other Languages\n"
        " 5  cmn             --/M      Chinese_(Mandarin) sit/cmn              (zh 5)\n"
        " 5  cmn-latn-pinyin --/M      Chinese_(Pinyin)   sit/cmn-Latn-pinyin  (zh 5)\n"
        " 2  en-gb           --/M      English_(Britain)  gmw/en               (en 2)\n"
        " 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)\n"
        " 5  yue             --/M      Cantonese          sit/yue              (zh 8)\n"
    )
    assert _parse_voices(table) == {"zh": "cmn", "en": "en-us"}


class TestPiper:
    def test_loads_a_voice_once_and_joins_its_chunks(self, piper, piper_voice):
        voice = load_engine("voice", ENGINES, "piper")({"en": piper_voice})
        assert voice.synthesize("One. Two.").duration_s == pytest.approx(1.0, abs=0.1)
        voice.in_language("en").synthesize("Again.")
        assert piper == [str(piper_voice)]

    def test_a_voice_that_is_not_there_is_named(self, piper, tmp_path):
        with pytest.raises(SettingsError, match=r"zh\.onnx is not there.*piper_voices"):
            load_engine("voice", ENGINES, "piper")({"zh": tmp_path / "zh.onnx"})

    def test_offline_refuses_a_voice_that_would_download(self, piper, piper_voice):
        (piper_voice.parent / "en.onnx.json").write_text('{"phoneme_type": "pinyin"}')
        make = load_engine("voice", ENGINES, "piper")
        with pytest.raises(SettingsError, match="COURSEMATE_OFFLINE"):
            make({"zh": piper_voice}, offline=True)

    def test_no_voice_named_says_which_key_to_set(self, piper):
        with pytest.raises(SettingsError, match="piper_voices"):
            load_engine("voice", ENGINES, "piper")({})


class TestCoqui:
    def test_gives_a_model_the_speaker_and_language_that_it_asks_for(self, coqui):
        voice = load_engine("voice", ENGINES, "coqui")({"en": "a/b", "zh": "a/c"})
        assert np.abs(voice.in_language("zh").synthesize("光").samples).max() <= 1.0
        assert coqui == [{"model_name": "a/c", "model_path": None}, {"speaker": "Ana", "language": "zh-cn"}]

    def test_reads_a_local_folder(self, coqui, tmp_path):
        (tmp_path / "model.pth").write_bytes(b"")
        load_engine("voice", ENGINES, "coqui")({"en": str(tmp_path)}, offline=True).synthesize("Hello.")
        assert coqui[0]["model_path"] == str(tmp_path / "model.pth")

    def test_offline_refuses_a_model_by_name(self, coqui):
        make = load_engine("voice", ENGINES, "coqui")
        with pytest.raises(SettingsError, match="COURSEMATE_OFFLINE"):
            make({"en": "tts_models/en/ljspeech/vits"}, offline=True)


@pytest.mark.parametrize(("name", "package"), [("piper", "piper"), ("coqui", "TTS")])
def test_a_voice_whose_package_is_absent_names_the_pip_command(monkeypatch, name, package):
    monkeypatch.setattr("knowledge.engines.find_spec", lambda wanted: None if wanted == package else object())
    with pytest.raises(MissingExtra, match=rf'pip install "coursemate\[{name}\]"'):
        load_engine("voice", ENGINES, name)


class TestVoices:
    def test_the_first_that_knows_the_language_speaks(self):
        english, both = FakeSynthesizer(("en",)), FakeSynthesizer(("en", "zh"))
        assert choose_voice([english, both], "en") is english
        assert choose_voice([english, both], "zh") is both
        assert choose_voice([english, both], "de") is None
        assert choose_voice([], "en") is None

    @needs_espeak
    def test_a_voice_of_many_languages_is_bound_to_one(self):
        assert choose_voice([EspeakSynthesizer()], "zh").languages == ("zh",)

    def test_what_is_not_installed_is_reported_and_the_rest_speaks(self, tmp_path, monkeypatch):
        monkeypatch.setattr("chatbot.speech.espeak_voice.shutil.which", lambda program: None)
        problems: list[Exception] = []
        settings = Settings(home=tmp_path, synthesizers=("espeak", "no-such-voice", "hibari"))
        voices = build_synthesizers(settings, problems.append)
        assert [type(voice).__name__ for voice in voices] == ["HibariSynthesizer"]
        assert [error.code for error in problems] == ["voice_missing_program", "engine_unknown"]


def test_tidy_scales_what_would_clip_and_keeps_silence_as_it_is():
    loud = tidy(2.0 * np.sin(np.arange(16_000) / 10), 16_000)
    assert 0.9 < np.abs(loud.samples).max() <= 1.0
    assert len(tidy(np.zeros(1600), 16_000).samples) == 1600
    assert len(tidy(np.zeros(0), 16_000).samples) == 0


@pytest.mark.weights
@pytest.mark.parametrize("text", [SENTENCE, "The focal length of this lens is five centimeters."])
def test_what_the_english_voice_says_is_heard_as_it_was_said(text):
    from knowledge.transcription.whisper import WhisperTranscriber
    from tests.test_transcription import word_errors

    folder = read_settings().weights / "whisper-tiny.en"
    if not (folder / "model.bin").is_file():
        pytest.skip(f"{folder} is not there; fetch it with: coursemate weights pull tiny")
    heard = WhisperTranscriber(folder).transcribe(ready("hibari").synthesize(text))
    assert word_errors(text, heard.text.replace("5", "five")) <= 2


def test_fakes_understand_each_other():
    assert FakeTranscriber("Hello.").transcribe(FakeSynthesizer().synthesize("Hello.")).text == "Hello."


SAID_IN_ENGLISH = [
    (
        r"The lens law is $1/f = 1/d_o + 1/d_i$ [1].",
        "The lens law is 1 over f equals 1 over d sub o plus 1 over d sub i.",
    ),
    (
        r"Snell: $n_1 \sin\theta_1 = n_2 \sin\theta_2$ [2], [3].",
        "Snell: n sub 1 sine theta sub 1 equals n sub 2 sine theta sub 2.",
    ),
    ("$$E = mc^2$$", "E equals m c squared"),
    (r"\(a \le b\)", "a is at most b"),
    (r"$\frac{1}{2}mv^2$", "1 over 2 m v squared"),
    (r"$\sqrt{x^3}$ and $-x$", "the square root of x cubed and minus x"),
    (r"$10^{-7}$ and $x_{n+1}$", "10 to the power of minus 7 and x sub n plus 1"),
    (r"$\sum_{i=1}^{n} x_i$", "the sum from i equals 1 to n of x sub i"),
    (r"Turn $30^\circ$ at $20^\circ\mathrm{C}$.", "Turn 30 degrees at 20 degrees Celsius."),
    (r"$3.5\,\mathrm{cm}$, $20\%$", "3.5 centimeters, 20 percent"),
    ("1 m, 500 nm, 3 m/s, 45°, 20%", "1 meter, 500 nanometers, 3 meters per second, 45 degrees, 20 percent"),
    ("x² + y₁ ≈ 3 × 10⁻⁷", "x squared plus y sub 1 is approximately 3 times 10 to the power of minus 7"),
    ("See Fig. 3 on p. 12, e.g. [here](http://x.y).", "See figure 3 on page 12, for example, here."),
    ("Read pp. 12-14 vs. Eq. 2.", "Read pages 12 to 14 versus equation 2."),
    ("## Refraction\n- **Light** bends [1]\n- It *slows*\n", "Refraction. Light bends. It slows."),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "a, b. 1, 2."),
    ("Call `print` or my_function_name.", "Call print or my_function_name."),
    ("Run:\n```python\nx = 1\n```\nDone.", "Run: The code is in the text. Done."),
    ("It costs $5, later $6.", "It costs $5, later $6."),
    ("[1]", ""),
]
SAID_IN_CHINESE = [
    (r"透镜公式是 $1/f = 1/d_o + 1/d_i$ [1]。", "透镜公式是f分之1等于d下标o分之1加d下标i分之1。"),
    (r"用 \(v=\lambda f\) 计算 [1][2]。", "用v等于兰姆达f计算。"),
    (r"$E = mc^2$，$\frac{a}{b}$，$\sqrt{2}$", "E等于m c的平方，b分之a，根号2"),
    ("焦距 5 cm，占 20%，角度 30°。", "焦距5厘米，占百分之20，角度30度。"),
    ("## 折射\n- **光**会弯折 [1]\n- 变慢", "折射。光会弯折。变慢。"),
]


@pytest.mark.parametrize(("text", "words"), SAID_IN_ENGLISH)
def test_wording_in_english(text, words):
    assert say(text, "en") == words


@pytest.mark.parametrize(("text", "words"), SAID_IN_CHINESE)
def test_wording_in_chinese(text, words):
    assert say(text, "zh") == words


@pytest.mark.parametrize(
    "text", ["$", "$$", "$\\frac$", "$\\frac{1$", "$x^$", "$_{$", "$}}{$", "\\(", "**", "[", "```", "|", "$\\sum_$"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_broken_markup_is_no_failure(text, language):
    assert isinstance(say(f"before {text} after", language), str)


CUT = [
    ("Light bends [1]. It slows, e.g. at 1.5 times. See Fig. 3 there. Yes", ["Light bends [1].", "It slows, e.g. at 1.5 times.", "See Fig. 3 there.", "Yes"]),
    ("光会弯折。速度变慢！为什么？因为折射率", ["光会弯折。", "速度变慢！", "为什么？", "因为折射率"]),
    ("Here $n = 1. 5$ holds. It costs $5. Then stop.", ["Here $n = 1. 5$ holds.", "It costs $5.", "Then stop."]),
    ("Intro.\n\n- One thing\n- Two things\n\nEnd.", ["Intro.", "- One thing", "- Two things", "End."]),
    ("Code:\n```python\nx = 1. Y = 2.\n```\nThen go.", ["Code:\n```python\nx = 1. Y = 2.\n```\nThen go."]),
    (
        "The light that comes from a distant star bends a little at every layer of the air because the air there is colder than below. Next.",
        ["The light that comes from a distant star bends a little at every layer of the air", "because the air there is colder than below.", "Next."],
    ),
    (
        "When light passes from air into glass at an angle other than ninety degrees, it bends. Next.",
        ["When light passes from air into glass at an angle other than ninety degrees,", "it bends.", "Next."],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CUT)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_streamed_text_is_cut_where_sentences_end(text, expected, size):
    feed = SentenceFeed()
    found = [sentence for at in range(0, len(text), size) for sentence in feed.feed(text[at : at + size])]
    assert found + feed.flush() == expected


def test_a_sentence_comes_out_as_soon_as_the_next_word_begins():
    feed = SentenceFeed()
    assert feed.feed("Light bends.") == []
    assert feed.feed(" It") == ["Light bends."]
    assert feed.feed(" slows.\n") == ["It slows."]
    assert SentenceFeed().feed("光会弯折。") == ["光会弯折。"]


def test_no_text_is_lost_in_a_long_answer():
    text = (
        r"The law, as $n_1 \sin a = n_2 \sin b$ says, holds in every transparent medium that we know of, e.g. glass. "
        * 20
    )
    feed = SentenceFeed()
    found = [s for word in text.split(" ") for s in feed.feed(word + " ")] + feed.flush()
    assert " ".join(found).split() == text.split()
