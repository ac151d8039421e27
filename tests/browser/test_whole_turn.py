"""Typed, spoken and shown questions in a real browser, answered by real engines (profile tiny)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from benchmarks.misheard import distance, units
from chatbot.speech.wording import say
from chatbot.store import Store
from chatbot.tutor import Tutor
from knowledge.sound import decode_sound
from tests.browser.conftest import ask, open_page, serve
from tests.browser.person import Person
from tests.conftest import GOLDEN
from ui.server import create_app

pytestmark = pytest.mark.weights


@pytest.fixture(scope="session")
def live_server(tmp_path_factory, tiny_settings, tiny_engines, sample_library):
    for role in tiny_engines.roles:
        tiny_engines.load(role)
    parts = SimpleNamespace(
        tutor=Tutor(tiny_engines, tiny_settings),
        library=sample_library,
        store=Store(tmp_path_factory.mktemp("whole") / "conversations.sqlite"),
        engines=tiny_engines,
        settings=tiny_settings,
    )
    with serve(create_app(**vars(parts))) as url:
        yield SimpleNamespace(url=url, **vars(parts))


def finished(page) -> None:
    page.wait_for_selector("#cm-turn .is-done, #cm-turn .is-failed", timeout=120_000)
    assert page.locator("#cm-turn .is-failed").count() == 0, page.inner_text("#cm-turn")


def test_a_typed_question_is_answered_with_sources_that_open(page, live_server):
    ask(page, "What is the critical angle of water?", wait=False)
    finished(page)
    page.locator("#cm-turn .cm-note").first.click()
    page.wait_for_selector("#cm-source .cm-highlight, #cm-source mark, #cm-source img")
    open_page(page, live_server.url)
    assert page.inner_text("#cm-past .cm-question-text") == "What is the critical angle of water?"


def test_a_spoken_question_is_heard_and_answered(page):
    person = Person(page)
    page.click("#cm-microphone")
    expect(page.locator("#cm-voice-state")).to_have_text("Listening…", timeout=15_000)
    person.say((GOLDEN / "law-of-reflection.wav").read_bytes())
    finished(page)
    assert "reflection" in page.inner_text("#cm-turn .cm-question-text").lower()


def test_what_is_spoken_in_a_hands_free_talk_is_what_the_answer_says(page, live_server):
    """The sound that comes back, written down by the transcriber again, is the sentences that are shown."""
    page.evaluate("""() => document.addEventListener("coursemate:signal", ({ detail }) => (window.told = JSON.parse(detail)))""")
    person = Person(page)
    page.click("#cm-hands-free")
    state = page.locator("#cm-voice-state")
    expect(state).to_have_text("Listening…", timeout=15_000)
    person.say((GOLDEN / "law-of-reflection.wav").read_bytes())
    expect(state).to_contain_text("Speaking…", timeout=120_000)
    finished(page)
    told = page.evaluate("told")
    assert told["sounds"] and len(told["sounds"]) == len(told["sentences"])
    shown = units(page.inner_text("#cm-turn .cm-text"), "en")
    wrong = length = 0
    for address, sentence in zip(told["sounds"], told["sentences"], strict=True):
        assert set(units(sentence, "en")) & set(shown)
        spoken = decode_sound(page.request.get(f"{live_server.url}/{address.lstrip('/')}").body(), longest_s=120)
        heard = live_server.engines.get("transcriber").transcribe(spoken)
        wanted = units(say(sentence, "en"), "en")
        wrong += distance(wanted, units(heard.text, "en"))
        length += len(wanted)
    assert wrong / length < 0.4, (wrong, length)


def test_a_picture_is_read_and_asked_about(page):
    page.set_input_files("#cm-box input[type=file]", GOLDEN / "fovea-photo.jpg")
    page.wait_for_selector("#cm-box .thumbnail-item img")
    ask(page, "explain this", wait=False)
    finished(page)
    assert "fovea" in page.inner_html("#cm-turn .cm-seen").lower()
