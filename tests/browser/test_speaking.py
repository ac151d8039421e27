"""Talking with the page in a real Chromium: somebody speaks into its microphone with a real voice.

The detector, the socket and the sound are real; the transcriber and the tutor are fakes.
"""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from knowledge.sound import Sound
from tests.browser.conftest import ask, open_page
from tests.browser.person import Person
from tests.fakes import tone

HEARD = "Why does light bend?"
HIGHLIGHTED = """name => [...(CSS.highlights.get(name) ?? [])].map(String).join("")"""
LONG_S = 30.0  # what a sentence takes that is still being spoken when a slow machine gets to break into it


@pytest.fixture
def talk(chromium, live_server):
    """The page before somebody who is silent so far."""
    yield from _opened(chromium, live_server)


def _opened(browser, live_server, locale: str = "en-US"):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale=locale)
    page = context.new_page()
    trouble = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    open_page(page, live_server.url)
    yield page
    context.close()
    assert trouble == []


@pytest.fixture
def person(talk) -> Person:
    return Person(talk)


@pytest.fixture(scope="module")
def question(spoken_question) -> bytes:
    return spoken_question.to_wav()


@pytest.fixture(scope="module")
def no_end_of_questions(spoken_question) -> bytes:
    """Somebody who speaks for half a minute, with no pause that would end it."""
    samples = np.concatenate([spoken_question.samples, np.zeros(spoken_question.rate // 10, np.float32)])
    return Sound(np.tile(samples, round(LONG_S / (len(samples) / spoken_question.rate))), spoken_question.rate).to_wav()


@pytest.fixture
def long_sentences(monkeypatch) -> None:
    monkeypatch.setattr("tests.fakes.tone", lambda seconds, hertz=440.0, rate=16_000: tone(LONG_S, hertz, rate))


def sounds(page, name: str, words: str) -> None:
    """Waits until the highlight of that name is on these words: it comes with the sound, not with the state."""
    page.wait_for_function(f"words => ({HIGHLIGHTED})('{name}').includes(words)", arg=words)


def test_a_question_is_seen_while_it_is_spoken_and_sends_itself(talk, person, question, live_server):
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    person.say(question)
    expect(talk.locator("#cm-words")).to_have_text(HEARD)
    talk.wait_for_selector("#cm-turn .is-done")
    expect(talk.locator("#cm-turn .cm-question-text")).to_have_text(HEARD)
    expect(talk.locator("#cm-listening")).to_be_hidden()
    assert live_server.tutor.turns[-1].sound is None


@pytest.fixture
def talk_by_the_clock(speaking_chromium, live_server):
    """The page before the browser's own microphone, which begins when it is opened."""
    yield from _opened(speaking_chromium, live_server)


def test_a_question_from_the_browsers_own_microphone_is_heard(talk_by_the_clock, live_server):
    talk_by_the_clock.click("#cm-microphone")
    talk_by_the_clock.wait_for_selector("#cm-turn .is-done")
    assert live_server.tutor.turns[-1].question == HEARD


def test_words_that_were_typed_before_stay(talk, person, question, live_server):
    talk.fill("#cm-box textarea", "In short:")
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    person.say(question)
    talk.wait_for_selector("#cm-turn .is-done")
    assert live_server.tutor.turns[-1].question == f"In short: {HEARD}"


def test_held_down_the_microphone_sends_when_it_is_let_go(talk, person, question, live_server):
    asked = len(live_server.tutor.turns)
    talk.hover("#cm-microphone")
    talk.mouse.down()
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    talk.wait_for_timeout(500)  # from here on it is a press that holds
    person.say(question)
    expect(talk.locator("#cm-words")).to_have_text(HEARD)
    person.end()
    talk.wait_for_timeout(2000)  # longer than the pause that ends a question
    assert len(live_server.tutor.turns) == asked
    talk.mouse.up()
    talk.wait_for_selector("#cm-turn .is-done")
    assert live_server.tutor.turns[-1].question == HEARD


def test_esc_throws_what_was_heard_away(talk, person, no_end_of_questions, live_server):
    asked = len(live_server.tutor.turns)
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    person.say(no_end_of_questions)
    expect(talk.locator("#cm-words")).to_have_text(HEARD)
    talk.keyboard.press("Escape")
    expect(talk.locator("#cm-listening")).to_be_hidden()
    talk.wait_for_timeout(1500)
    assert len(live_server.tutor.turns) == asked
    expect(talk.locator("#cm-box textarea")).to_have_value("")


def test_hands_free_answers_aloud_and_speaking_breaks_in(talk, person, question, live_server, long_sentences):
    asked = len(live_server.tutor.turns)
    talk.click("#cm-hands-free")
    state = talk.locator("#cm-voice-state")
    expect(state).to_have_text("Listening…")
    person.say(question)
    expect(state).to_contain_text("Speaking…", timeout=15_000)
    assert live_server.tutor.turns[-1].speak
    sounds(talk, "cm-speaking", "Light bends")
    person.say(question)
    # The answer falls silent for the question.
    expect(state).to_have_text("Listening…", timeout=15_000)
    sounds(talk, "cm-unspoken", "speed changes")
    # It is answered in its turn.
    expect(talk.locator("#cm-past .cm-exchange")).to_have_count(1, timeout=15_000)
    expect(state).to_contain_text("Speaking…", timeout=15_000)
    assert len(live_server.tutor.turns) == asked + 2
    talk.click("#cm-hands-free")
    expect(talk.locator("#cm-listening")).to_be_hidden()
    expect(talk.locator("#cm-hands-free")).to_have_attribute("aria-pressed", "false")


TIMES = """() => {
    const Socket = WebSocket, { stop } = AudioBufferSourceNode.prototype;
    window.noticed = window.silent = 0;
    window.WebSocket = class extends Socket {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", ({ data }) => data.includes('"began"') && (noticed = performance.now()));
        }
    };
    AudioBufferSourceNode.prototype.stop = function (...given) { silent = performance.now(); return stop.apply(this, given); };
}"""


def test_from_the_word_that_somebody_speaks_to_silence_it_takes_less_than_a_blink(
    talk, person, question, long_sentences, record_property
):
    talk.evaluate(TIMES)
    talk.click("#cm-hands-free")
    state = talk.locator("#cm-voice-state")
    expect(state).to_have_text("Listening…")
    person.say(question)
    expect(state).to_contain_text("Speaking…", timeout=15_000)
    sounds(talk, "cm-speaking", "Light bends")
    person.end()
    talk.evaluate("() => { noticed = silent = 0; }")
    person.say(question)
    expect(state).to_have_text("Listening…", timeout=15_000)
    in_page, in_all = talk.evaluate("[silent - noticed, silent - person.began]")
    record_property("ms from the word to silence, and from speech to silence", f"{in_page:.0f}, {in_all:.0f}")
    print(f"\nfrom the word to silence {in_page:.0f} ms, from speech to silence {in_all:.0f} ms")
    assert 0 <= in_page <= 150


@pytest.fixture
def talk_in_chinese(chromium, live_server, monkeypatch):
    monkeypatch.setattr(live_server.engines.transcriber, "text", "光为什么会弯折？")
    yield from _opened(chromium, live_server, "zh-CN")


def test_a_chinese_question_is_heard_on_a_chinese_page(talk_in_chinese, question, live_server):
    person = Person(talk_in_chinese)
    talk_in_chinese.click("#cm-microphone")
    expect(talk_in_chinese.locator("#cm-voice-state")).to_have_text("正在听…")
    person.say(question)
    talk_in_chinese.wait_for_selector("#cm-turn .is-done")
    expect(talk_in_chinese.locator("#cm-turn .cm-question-text")).to_have_text("光为什么会弯折？")
    assert live_server.tutor.turns[-1].language == "zh"


@pytest.mark.parametrize(("key", "silences"), [("a", True), ("ArrowDown", False), ("Tab", False)])
def test_a_key_that_writes_silences_the_voice_and_one_that_moves_does_not(talk, long_sentences, key, silences):
    talk.check("#cm-speak input")
    ask(talk, HEARD)
    talk.wait_for_function(f"({HIGHLIGHTED})('cm-speaking')")
    talk.locator("body").press(key)
    assert bool(talk.evaluate(HIGHLIGHTED, "cm-unspoken")) is silences
    assert bool(talk.evaluate(HIGHLIGHTED, "cm-speaking")) is not silences


def test_the_speed_is_chosen_beside_reading_aloud_and_remembered(talk, live_server):
    expect(talk.locator("#cm-speed")).to_be_hidden()
    talk.check("#cm-speak input")
    talk.select_option("#cm-speed select", "1.5")
    open_page(talk, live_server.url)
    expect(talk.locator("#cm-speed select")).to_have_value("1.5")


@pytest.mark.parametrize("speed", [0.75, 1.25, 2])
def test_faster_speech_is_shorter_and_as_high_as_before(talk, speed):
    length, crossings = talk.evaluate(
        """async speed => {
            const { stretch } = await import("/coursemate/js/stretch.js");
            const rate = 24000;
            const hum = Float32Array.from({ length: 2 * rate }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 220 * at) / rate));
            const paced = stretch(hum, rate, speed);
            let crossings = 0;
            for (let at = 1; at < paced.length; at++) crossings += paced[at - 1] < 0 && paced[at] >= 0;
            return [paced.length / rate, crossings / (paced.length / rate)];
        }""",
        speed,
    )
    assert length == pytest.approx(2 / speed, rel=0.01)
    assert crossings == pytest.approx(220, rel=0.05)


def test_an_answer_is_saved_as_sound(talk):
    ask(talk, HEARD)
    with talk.expect_download() as saved:
        talk.click("[data-save-sound]")
    assert saved.value.suggested_filename == "answer.wav"


TROUBLES = [
    ("NotAllowedError", "does not let this page use the microphone"),
    ("NotFoundError", "No microphone was found"),
    ("NotReadableError", "Another program is using the microphone"),
]


@pytest.mark.parametrize(("name", "words"), TROUBLES)
@pytest.mark.parametrize("button", ["#cm-microphone", "#cm-hands-free"])
def test_a_microphone_that_cannot_be_had_is_explained(talk, name, words, button):
    talk.evaluate(
        """name => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name); }; }""", name
    )
    talk.click(button)
    expect(talk.locator("#cm-status")).to_contain_text(words)
    expect(talk.locator("#cm-listening")).to_be_hidden()
    expect(talk.locator("#cm-box textarea")).to_be_visible()


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        ("person.tracks()[0].dispatchEvent(new Event('ended'))", "The microphone was disconnected"),
        ("window.heldSocket.close()", "connection to Coursemate was lost while listening"),
    ],
)
def test_what_was_heard_before_it_broke_off_stays_in_the_box(
    talk, person, no_end_of_questions, live_server, breaking, words
):
    talk.evaluate("""() => {
        const Socket = WebSocket;
        window.WebSocket = class extends Socket { constructor(...given) { super(...given); window.heldSocket = this; } };
    }""")
    asked = len(live_server.tutor.turns)
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    person.say(no_end_of_questions)
    expect(talk.locator("#cm-words")).to_have_text(HEARD)
    talk.evaluate(f"() => {{ {breaking}; }}")
    expect(talk.locator("#cm-status")).to_contain_text(words)
    expect(talk.locator("#cm-box textarea")).to_have_value(HEARD)
    assert len(live_server.tutor.turns) == asked


WITHOUT_SOCKETS = "() => { window.WebSocket = class { constructor() { throw new DOMException('blocked'); } }; }"


def test_a_network_without_sockets_gets_the_recording(talk, person, question, live_server):
    talk.evaluate(WITHOUT_SOCKETS)
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-voice-state")).to_have_text("Listening…")
    person.say(question)
    person.end()
    talk.click("#cm-microphone")
    talk.wait_for_selector("#cm-turn .is-done")
    assert live_server.tutor.turns[-1].sound is not None


NO_RECORDERS = [
    "class { constructor() { throw new DOMException('none of these', 'NotSupportedError'); } }",
    "class extends MediaRecorder { start() { throw new Error('odd'); } }",
]


@pytest.mark.parametrize("recorder", NO_RECORDERS)
def test_a_recorder_that_does_not_record_is_explained(talk, person, recorder):
    talk.evaluate(WITHOUT_SOCKETS)
    talk.evaluate(f"() => {{ window.MediaRecorder = {recorder}; }}")
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-status")).to_contain_text("The microphone could not be used")
    expect(talk.locator("#cm-listening")).to_be_hidden()
    assert not talk.evaluate("person.heard()")  # it is let go of


def test_a_microphone_that_fails_in_an_unknown_way_is_explained(talk, person):
    talk.evaluate("() => { AudioContext.prototype.createAnalyser = () => { throw new Error('odd'); }; }")
    talk.click("#cm-microphone")
    expect(talk.locator("#cm-status")).to_contain_text("The microphone could not be used")
    assert not talk.evaluate("person.heard()")
