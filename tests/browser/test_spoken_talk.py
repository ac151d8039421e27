"""A conversation by voice with real engines, in Gradio and in the widget of another site: a question, a follow-up that breaks into
the answer, and a question in Chinese. What the browser plays is written down again and compared with the answer's text.

English is heard by the profile tiny; Chinese by whisper-base (profile starter), from the clips that EVAL_MATERIAL names.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from benchmarks.misheard import distance, units
from chatbot.loading import build_engines, missing_weights
from chatbot.settings import read_settings
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
LESSON = "伦敦位列众城市之首，因为伦敦的城市人口最多。"
# What the page plays passes through the decoder; so do the words of the person before it, so it is emptied behind them.
LISTEN_IN = """() => {
    const { decodeAudioData } = BaseAudioContext.prototype;
    window.played = [];
    BaseAudioContext.prototype.decodeAudioData = function (bytes, ...rest) {
        played.push(Array.from(new Uint8Array(bytes)));
        return decodeAudioData.call(this, bytes, ...rest);
    };
}"""
UNSPOKEN = """() => [...(CSS.highlights.get("cm-unspoken") ?? [])].map(String).join("")"""


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
def english(tmp_path_factory, tiny_settings, tiny_engines, sample_library):
    """A server whose engines are those of the profile tiny, and a host page."""
    with _served(tmp_path_factory.mktemp("talk"), tiny_settings, tiny_engines, sample_library) as server:
        yield server


@pytest.fixture(scope="module")
def chinese(tmp_path_factory, tiny_settings, chinese_weights):
    """The same with a Chinese course, heard by whisper-base. Nothing small writes Chinese, so the answer's words are given."""
    home = tmp_path_factory.mktemp("talk")
    engines, hearing = build_engines(tiny_settings), build_engines(chinese_weights[1])
    engines.add("transcriber", "whisper-base", lambda: hearing.load("transcriber"))
    engines.add("chat", "given", lambda: FakeChatModel(f"{LESSON} [1]"))
    embedder = engines.load("embedder").for_language("zh")
    (home / "courses").mkdir()
    library = Library(home / "courses")
    course = library.create("sample", title="城市", language="zh", embedder=embedder.name, dimensions=embedder.dimensions)
    lesson = home / "cities.md"
    lesson.write_text(f"# 城市\n\n{LESSON}\n", encoding="utf-8")
    tools = Tools(engines.load("embedder"), engines.load("seer"), engines.load("transcriber"), tiny_settings.limits)
    for _ in add(course, lesson, tools):
        pass
    with _served(home, tiny_settings, engines, library) as server:
        yield server
    engines.close()
    hearing.close()


@contextmanager
def _served(home: Path, settings, engines, library):
    for role in engines.roles:
        engines.load(role)
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
    there.person.say((GOLDEN / "law-of-reflection.wav").read_bytes())
    expect(there.state).to_contain_text("Speaking…", timeout=ANSWER_MS)
    expect(there.questions.last).to_contain_text("reflection")
    there.person.say(spoken_by(FOLLOW_UP))
    expect(there.state).to_have_text("Listening…", timeout=15_000)
    there.page.evaluate("() => person.until(() => [...(CSS.highlights.get('cm-unspoken') ?? [])].length > 0)")
    assert there.page.evaluate(UNSPOKEN).strip()
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
def test_a_question_in_chinese_is_heard_and_answered_aloud_in_chinese(surface, chinese, sit_before, chinese_weights):
    there = sit_before(surface, chinese, "zh-CN")
    expect(there.state).to_have_text("正在听…", timeout=15_000)
    there.person.say((chinese_weights[0] / CLIP).read_bytes())
    there.page.evaluate("() => { played = []; }")
    expect(there.questions.last).to_be_visible(timeout=ANSWER_MS)
    wanted = units(SAID, "zh")
    assert distance(wanted, units(there.questions.last.inner_text(), "zh")) <= len(wanted) // 3
    expect(there.answered).to_have_count(1, timeout=ANSWER_MS)
    hear = chinese.engines.get("transcriber")
    share = misheard(
        played(there, chinese), chinese.tutor.sentences, lambda sound: hear.transcribe(sound, language="zh").text, "zh"
    )
    print(f"\nof the answer's characters, {share:.0%} are not heard in what was played")
    assert share < 0.7  # espeak-ng's Mandarin, the last resort, is hard to hear


@pytest.fixture(scope="session")
def spoken_by():
    """Says a text in the English voice; WAV."""
    from chatbot.speech.hibari_voice import HibariSynthesizer

    return lambda text: HibariSynthesizer().synthesize(text).to_wav()
