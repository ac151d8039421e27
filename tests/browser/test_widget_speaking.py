"""Talking hands-free with the widget on a page of another site: somebody speaks into its microphone with a real voice."""

# ruff: noqa: F401, F811 - fixtures of the widget's other tests

from __future__ import annotations

import pytest

from tests.browser.person import Person
from tests.browser.test_speaking import TIMES, long_sentences, no_end_of_questions, question
from tests.browser.test_widget import _opened, expect, site, tutor, visit
from ui.words import load_catalogue

HEARD = "Why does light bend?"
HIGHLIGHTED = """name => [...(CSS.highlights.get(name) ?? [])].map(String).join("")"""


@pytest.fixture
def talk(visit):
    """The widget, open, before somebody who is silent so far."""
    return _opened(visit())


@pytest.fixture
def person(talk) -> Person:
    return Person(talk)


def sounds(page, name: str, words: str) -> None:
    page.evaluate(f"words => person.until(() => ({HIGHLIGHTED})('{name}').includes(words))", words)


def state(page):
    return page.locator(".listening [role=status]")


def test_a_question_a_follow_up_and_an_interruption_are_spoken_and_answered_aloud(
    talk, person, question, tutor, long_sentences
):
    talk.locator("[data-do=talk]").click()
    expect(state(talk)).to_have_text("Listening…")
    expect(talk.locator("textarea")).to_be_hidden()
    person.say(question)
    expect(state(talk)).to_have_text("Speaking… Just talk to break in.", timeout=15_000)
    assert tutor.turns[-1].speak and tutor.turns[-1].question == HEARD
    sounds(talk, "cm-speaking", "Light bends")
    person.say(question)
    # The answer falls silent for the follow-up, and what was not spoken is marked.
    expect(state(talk)).to_have_text("Listening…", timeout=15_000)
    sounds(talk, "cm-unspoken", "changes")
    expect(talk.locator(".turn")).to_have_count(2, timeout=15_000)
    expect(state(talk)).to_have_text("Speaking… Just talk to break in.", timeout=15_000)
    assert len(tutor.turns) == 2 and tutor.histories[-1][-1].question == HEARD
    talk.keyboard.press("Escape")  # silences the voice
    expect(state(talk)).to_have_text("Listening…")
    talk.keyboard.press("Escape")  # and ends it
    expect(talk.locator(".listening")).to_be_hidden()
    expect(talk.locator("textarea")).to_be_visible()
    assert not talk.evaluate("person.heard()")


def test_from_the_word_that_somebody_speaks_to_silence_it_takes_less_than_a_blink(
    talk, person, question, tutor, long_sentences, record_property
):
    talk.evaluate(TIMES)
    talk.locator("[data-do=talk]").click()
    expect(state(talk)).to_have_text("Listening…")
    person.say(question)
    expect(state(talk)).to_have_text("Speaking… Just talk to break in.", timeout=15_000)
    sounds(talk, "cm-speaking", "Light bends")
    person.end()
    talk.evaluate("() => { noticed = silent = 0; }")
    person.say(question)
    expect(state(talk)).to_have_text("Listening…", timeout=15_000)
    in_widget, in_all = talk.evaluate("[silent - noticed, silent - person.began]")
    record_property("ms from the word to silence, and from speech to silence", f"{in_widget:.0f}, {in_all:.0f}")
    print(f"\nfrom the word to silence {in_widget:.0f} ms, from speech to silence {in_all:.0f} ms")
    assert 0 <= in_widget <= 150


def test_a_chinese_question_is_answered_in_the_chinese_widget(visit, tutor, site, question, monkeypatch):
    monkeypatch.setattr(site.engines.transcriber, "text", "光为什么会弯折？")
    talk = visit()
    talk.locator(".launcher").wait_for()
    talk.evaluate("document.querySelector('coursemate-tutor').setAttribute('language', 'zh')")
    expect(talk.locator(".launcher")).to_have_attribute("aria-label", load_catalogue("zh")["widget.open"])
    _opened(talk)
    person = Person(talk)
    talk.locator("[data-do=talk]").click()
    expect(state(talk)).to_have_text("正在听…")
    person.say(question)
    expect(talk.locator(".turn .asked")).to_have_text("光为什么会弯折？", timeout=15_000)
    expect(talk.locator(".turn")).to_have_attribute("data-stage", "done", timeout=15_000)
    assert tutor.turns[-1].language == "zh"
    talk.locator("[data-do=talk]").click()
    expect(talk.locator(".listening")).to_be_hidden()


TROUBLES = [
    ("NotAllowedError", "does not let this page use the microphone"),
    ("NotFoundError", "No microphone was found"),
    ("NotReadableError", "Another program is using the microphone"),
    ("OddError", "The microphone could not be used"),
]


@pytest.mark.parametrize(("name", "words"), TROUBLES)
@pytest.mark.parametrize("button", ["speak", "talk"])
def test_a_microphone_that_cannot_be_had_is_explained(talk, name, words, button):
    talk.evaluate(
        """name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name); }; }""", name
    )
    talk.locator(f"[data-do={button}]").click()
    expect(talk.locator(".trouble")).to_contain_text(words)
    expect(talk.locator(".listening")).to_be_hidden()
    expect(talk.locator("textarea")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "breaking", "words"),
    [
        ("speak", "person.tracks()[0].dispatchEvent(new Event('ended'))", "The microphone was disconnected"),
        ("talk", "person.tracks()[0].dispatchEvent(new Event('ended'))", "The microphone was disconnected"),
        ("talk", "window.heldSocket.close()", "was lost while listening"),
    ],
)
def test_what_was_heard_before_it_broke_off_stays_in_the_box(
    talk, person, no_end_of_questions, tutor, button, breaking, words
):
    talk.evaluate("""() => {
        const Socket = WebSocket;
        window.WebSocket = class extends Socket { constructor(...given) { super(...given); window.heldSocket = this; } };
    }""")
    talk.locator(f"[data-do={button}]").click()
    expect(state(talk)).to_have_text("Listening…")
    person.say(no_end_of_questions)
    expect(talk.locator(".words")).to_have_text(HEARD, timeout=15_000)
    talk.evaluate(f"() => {{ {breaking}; }}")
    expect(talk.locator(".trouble")).to_contain_text(words)
    expect(talk.locator("textarea")).to_have_value(HEARD)
    expect(talk.locator(".listening")).to_be_hidden()
    assert tutor.turns == []


def test_hands_free_keeps_to_accessibility_rules(talk, person, axe):
    talk.locator("[data-do=talk]").click()
    expect(state(talk)).to_have_text("Listening…")
    assert axe(talk, "coursemate-tutor") == []
