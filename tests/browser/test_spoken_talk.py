"""A conversation by voice with real engines, in Gradio and in the widget of another site: a question, a follow-up that breaks into
the answer, and a question in Chinese. What the browser plays is written down again and compared with the answer's text; Chinese of espeak-ng, which
whisper-base does not understand, with what the voice says of that text.

Hearing, searching, citing and speaking are real; only the answer's words are given, lest a short one be over before it is broken into.
English is heard by the profile tiny; Chinese by whisper-base (profile starter), from a clip that EVAL_MATERIAL names.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.misheard import distance, units
from chatbot.loading import build_engines, missing_weights
from chatbot.settings import read_settings
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import say
from chatbot.store import Store
from chatbot.tutor import Tutor
from knowledge.adding import Tools, add
from knowledge.library import Library
from knowledge.sound import decode_sound
from tests.browser.conftest import open_page, serve
from tests.browser.host_site import host_site
from tests.browser.person import Person
from tests.conftest import GOLDEN
from tests.fakes import FakeChatModel
from ui.gate.visitors import Gate
from ui.server import create_app
from ui.words import load_catalogue

pytestmark = pytest.mark.weights

ANSWER_MS = 120_000
FOLLOW_UP = "And what is the critical angle of water?"
CLIP = "speech/zh_aishell3/SSB00160485.wav"
SAID = "伦敦位列众城市之首"
CHINESE_LESSON = "伦敦位列众城市之首，因为伦敦的城市人口最多。"
ENGLISH_LESSON = (
    "The law of reflection says that the angle of reflection equals the angle of incidence, and that both rays lie in one plane. "
    "The critical angle of water is forty nine degrees, and beyond the critical angle all of the light is reflected."
)
# What the page plays passes through the decoder; so do the words of the person before it, so it is emptied behind them.
LISTEN_IN = """() => {
    const { decodeAudioData } = BaseAudioContext.prototype;
    window.played = [];
    BaseAudioContext.prototype.decodeAudioData = function (bytes, ...rest) {
        played.push(Array.from(new Uint8Array(bytes)));
        return decodeAudioData.call(this, bytes, ...rest);
    };
    const { set } = HighlightRegistry.prototype;
    window.unspoken = "";
    HighlightRegistry.prototype.set = function (name, highlight) {
        if (name === "cm-unspoken") unspoken = [...highlight].map(String).join("");
        return set.call(this, name, highlight);
    };
}"""


class Overheard(Tutor):
    """Remembers the sentences that were spoken in each turn."""

    def ask(self, *given, **named):
        self.sentences = []
        for event in super().ask(*given, **named):
            if type(event).__name__ == "Spoke":
                self.sentences.append(event.sentence)
            yield event


class OnThePage:
    """Coursemate's own page."""

    def __init__(self, server, browser, language: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, locale=language)
        self.page = self.context.new_page()
        open_page(self.page, server.url)
        self.state = self.page.locator("#cm-voice-state")
        self.questions = self.page.locator(".cm-question-text")
        self.answered = self.page.locator("#cm-turn .is-done")
        self.talk = self.page.locator("#cm-hands-free")


class InTheWidget:
    """The widget on a page of another site."""

    def __init__(self, server, browser, language: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, locale=language)
        self.page = self.context.new_page()
        self.page.goto(server.host)
        self.page.locator(".launcher").wait_for()
        self.page.evaluate("to => document.querySelector('coursemate-tutor').setAttribute('language', to)", language[:2])
        opened = load_catalogue(language[:2])["widget.open"]
        expect(self.page.locator(".launcher")).to_have_attribute("aria-label", opened)
        self.page.locator(".launcher").click()
        self.state = self.page.locator(".listening [role=status]")
        self.questions = self.page.locator(".turn .asked")
        self.answered = self.page.locator(".turn:last-of-type[data-stage=done]")
        self.talk = self.page.locator("[data-do=talk]")


SURFACES = pytest.mark.parametrize("surface", [OnThePage, InTheWidget])


@pytest.fixture(scope="module")
def chinese_weights():
    material = os.environ.get("EVAL_MATERIAL")
    if not material or not (Path(material) / CLIP).is_file():
        pytest.skip(f"EVAL_MATERIAL names no folder with {CLIP}: no Chinese is spoken")
    starter = read_settings(profile="starter")
    if missing := missing_weights(starter):
        pytest.skip(f"weights are missing: {', '.join(missing)}; fetch them with: coursemate weights pull starter")
    return Path(material), starter


@pytest.fixture(scope="module")
def english(tmp_path_factory, tiny_settings):
    engines = build_engines(tiny_settings)
    with _served(tmp_path_factory.mktemp("talk"), tiny_settings, engines, "en", ENGLISH_LESSON) as server:
        yield server
    engines.close()


@pytest.fixture(scope="module")
def chinese(tmp_path_factory, tiny_settings, chinese_weights):
    engines, hearing = build_engines(tiny_settings), build_engines(chinese_weights[1])
    engines.add("transcriber", "whisper-base", lambda: hearing.load("transcriber"))
    with _served(tmp_path_factory.mktemp("talk"), tiny_settings, engines, "zh", CHINESE_LESSON) as server:
        yield server
    engines.close()
    hearing.close()


@contextmanager
def _served(home: Path, settings, engines, language: str, lesson: str):
    """A server with a course of one lesson, and a host page. The model answers with the lesson."""
    engines.add("chat", "given", lambda: FakeChatModel(f"{lesson} [1]"))
    for role in engines.roles:
        engines.load(role)
    (home / "courses").mkdir()
    library = Library(home / "courses")
    embedder = engines.get("embedder").for_language(language)
    course = library.create("sample", language=language, embedder=embedder.name, dimensions=embedder.dimensions)
    (home / "lesson.md").write_text(f"# {lesson[:6]}\n\n{lesson}\n", encoding="utf-8")
    tools = Tools(engines.get("embedder"), engines.get("seer"), engines.get("transcriber"), settings.limits)
    for _ in add(course, home / "lesson.md", tools):
        pass
    parts = SimpleNamespace(
        tutor=Overheard(engines, settings), library=library, store=Store(home / "conversations.sqlite"),
        engines=engines, settings=settings, gate=Gate(library),
    )  # fmt: skip
    tag = '<coursemate-tutor course="sample"></coursemate-tutor>'
    with serve(create_app(**vars(parts))) as url, host_site(url, tag) as host:
        parts.gate.origins.change("sample", add=[host])
        yield SimpleNamespace(url=url, host=host, **vars(parts))


@pytest.fixture
def sit_before(chromium):
    """Opens a surface, with somebody before it whom it hears hands-free."""
    opened, trouble = [], []

    def sit(surface, server, language: str = "en-US"):
        there = surface(server, chromium, language)
        opened.append(there.context)
        there.page.on("pageerror", lambda error: trouble.append(str(error)))
        there.page.evaluate(LISTEN_IN)
        there.person = Person(there.page)
        there.talk.click()
        return there

    yield sit
    for context in opened:
        context.close()
    assert trouble == []


def played(there, server) -> list[bytes]:
    """All sounds of the newest answer, once the browser has them."""
    there.page.evaluate("n => person.until(() => played.length >= n)", len(server.tutor.sentences))
    return [bytes(sound) for sound in there.page.evaluate("played")]


def misheard(sounds: list[bytes], sentences: list[str], hear, language: str) -> float:
    """The share of the sentences' words that are not heard in their sounds."""
    wrong = length = 0
    for sound, sentence in zip(sounds, sentences, strict=True):
        wanted = units(say(sentence, language), language)
        wrong += distance(wanted, units(hear(decode_sound(sound, longest_s=120)), language))
        length += len(wanted)
    return wrong / length


@SURFACES
def test_a_question_and_a_follow_up_that_breaks_in_are_answered_aloud_as_they_are_written(
    surface, english, sit_before, spoken_by
):
    there = sit_before(surface, english)
    expect(there.state).to_have_text("Listening…", timeout=15_000)
    follow_up = spoken_by(FOLLOW_UP)
    there.person.say((GOLDEN / "law-of-reflection.wav").read_bytes())
    expect(there.state).to_contain_text("Speaking…", timeout=ANSWER_MS)
    expect(there.questions.last).to_contain_text("reflection")
    there.person.say(follow_up)
    expect(there.state).to_have_text("Listening…", timeout=15_000)
    there.page.evaluate("person.until(() => unspoken.includes('all of the light'))")
    there.page.evaluate("() => { played = []; }")
    expect(there.questions).to_have_count(2, timeout=ANSWER_MS)
    expect(there.questions.last).to_contain_text("angle")
    expect(there.state).to_contain_text("Speaking…", timeout=ANSWER_MS)
    expect(there.answered).to_have_count(1, timeout=ANSWER_MS)
    share = misheard(played(there, english), english.tutor.sentences, english_ear(english), "en")
    print(f"\nof the answer's words, {share:.0%} are not heard in what was played")
    assert share < 0.4


def english_ear(server):
    return lambda sound: server.engines.get("transcriber").transcribe(sound).text


@SURFACES
def test_a_question_in_chinese_is_heard_and_answered_in_the_chinese_voice(surface, chinese, sit_before, chinese_weights):
    there = sit_before(surface, chinese, "zh-CN")
    expect(there.state).to_have_text("正在听…", timeout=15_000)
    there.person.say((chinese_weights[0] / CLIP).read_bytes())
    there.page.evaluate("() => { played = []; }")
    expect(there.questions.last).to_be_visible(timeout=ANSWER_MS)
    wanted = units(SAID, "zh")
    assert distance(wanted, units(there.questions.last.inner_text(), "zh")) <= len(wanted) // 3
    expect(there.answered).to_have_count(1, timeout=ANSWER_MS)
    voice = choose_voice(chinese.engines.get("voice"), "zh")
    sounds = [decode_sound(sound, longest_s=120) for sound in played(there, chinese)]
    for sound, sentence in zip(sounds, chinese.tutor.sentences, strict=True):
        own = decode_sound(voice.synthesize(say(sentence, "zh")).to_wav(), longest_s=120)
        assert np.allclose(sound.samples, own.samples, atol=0.01)  # what the Chinese voice says of this sentence
    assert "".join(units("".join(chinese.tutor.sentences), "zh")).startswith(SAID)


@pytest.fixture(scope="session")
def spoken_by():
    """Says a text in the English voice; WAV."""
    from chatbot.speech.hibari_voice import HibariSynthesizer

    return lambda text: HibariSynthesizer().synthesize(text).to_wav()
