"""What a student does, in a real browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import SPOKEN_S, ask, open_page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


def test_the_empty_page_says_what_to_do_first(page):
    expect(page.locator("h1")).to_have_text("Light and lenses")
    expect(page.locator(".cm-starters button")).not_to_have_count(0)
    expect(page.locator(".cm-holds button")).to_have_count(5)
    expect(page.locator("#cm-box textarea")).to_be_focused()
    expect(page.locator("footer")).to_have_count(0)


def test_a_first_question_sends_itself(page):
    page.locator(".cm-starters button").first.click()
    page.wait_for_selector("#cm-turn .is-done")
    expect(page.locator(".cm-question-text")).to_contain_text("What does the course say")


def test_an_answer_grows_and_gets_its_notes(page, live_server, monkeypatch):
    monkeypatch.setattr(live_server.tutor, "pause_s", 0.1)
    ask(page, "Why does light bend?", wait=False)
    page.wait_for_selector("#cm-turn .is-writing")
    page.wait_for_selector("#cm-turn .is-done")
    expect(page.locator("#cm-turn .cm-text strong")).to_have_text("speed")
    expect(page.locator("#cm-turn .cm-note")).to_have_count(5)
    expect(page.locator("#cm-box textarea")).to_have_value("")
    expect(page.locator("#cm-live")).to_contain_text("Light bends at a border because its speed changes.")


def test_a_note_tells_why_its_place_was_found_without_opening_it(page):
    ask(page, "Why does light bend?")
    expect(page.locator("#cm-turn .cm-evidence")).to_be_visible()
    why = page.locator("#cm-turn .cm-why").nth(1)
    expect(why.locator("ul")).to_be_hidden()
    why.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(why.locator("ul")).to_contain_text("light · bend")
    expect(page.locator("#cm-source")).to_be_hidden()


def test_a_citation_opens_its_source_beside_the_answer_and_esc_closes_it(page):
    ask(page, "Why does light bend?")
    mark = page.locator("#cm-turn button.cm-mark").first
    mark.click()
    expect(page.locator("#cm-source")).to_be_visible()
    expect(page.locator("#cm-source .cm-highlight")).to_be_visible()
    expect(page.locator("#cm-source")).to_be_focused()
    expect(mark).to_be_visible()
    expect(mark).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#cm-source")).to_be_hidden()
    expect(mark).to_be_focused()


def test_the_open_note_is_the_one_of_its_own_answer(page):
    ask(page, "Why does light bend?")
    page.locator("#cm-turn .cm-note").nth(1).click()
    expect(page.locator("#cm-source")).to_be_visible()
    ask(page, "And the law?")
    expect(page.locator("#cm-past .cm-note")).to_have_count(5)
    expect(page.locator("#cm-turn .cm-note")).to_have_count(5)
    expect(page.locator("#cm-turn [aria-current]")).to_have_count(0)
    expect(page.locator("#cm-past .cm-note[aria-current]")).to_have_attribute("data-n", "2")
    page.keyboard.press("Escape")
    expect(page.locator("#cm-past [data-n]:focus")).to_have_attribute("data-n", "2")
    page.locator("#cm-past .cm-note").nth(1).click()
    page.locator("#cm-turn .cm-note").nth(1).click()
    expect(page.locator("#cm-past [aria-current]")).to_have_count(0)
    expect(page.locator("#cm-turn .cm-note[aria-current]")).to_have_attribute("data-n", "2")
    page.locator("#cm-source-close").click()
    expect(page.locator("[data-n][aria-current]")).to_have_count(0)


@pytest.mark.parametrize(
    ("note", "shown"),
    [
        (1, ".cm-slide mark"),
        (2, ".cm-transcript .is-here mark"),
        (3, ".cm-document mark .katex"),
        (4, ".cm-picture img"),
    ],
    ids=["slide", "recording", "text", "picture"],
)
def test_every_kind_of_source_is_shown_at_its_place(page, note, shown):
    ask(page, "Why does light bend?")
    page.locator("#cm-turn .cm-note").nth(note).click()
    expect(page.locator(f"#cm-source {shown}").first).to_be_visible()


def test_a_recording_stands_at_its_second(page):
    ask(page, "Why does light bend?")
    page.locator("#cm-turn .cm-note").nth(2).click()
    page.wait_for_function("document.querySelector('#cm-source .cm-player')?.currentTime === 8")
    page.locator("[data-seek]").nth(1).click()
    page.wait_for_function("document.querySelector('#cm-source .cm-player').currentTime >= 4")


def test_a_reload_keeps_the_conversation_and_new_chat_ends_it(page, live_server):
    ask(page, "Why does light bend?")
    open_page(page, live_server.url)
    expect(page.locator("#cm-past .cm-question-text")).to_have_text("Why does light bend?")
    expect(page.locator("#cm-past .cm-note")).to_have_count(5)
    ask(page, "And the law?")
    expect(page.locator(".cm-question-text")).to_have_count(2)
    assert [exchange.question for exchange in live_server.tutor.histories[-1]] == ["Why does light bend?"]
    page.click("#cm-new-chat")
    expect(page.locator("h1")).to_have_text("Light and lenses")
    expect(page.locator(".cm-question-text")).to_have_count(0)
    open_page(page, live_server.url)
    expect(page.locator(".cm-question-text")).to_have_count(0)


@pytest.mark.parametrize("by", ["button", "key"])
def test_stop_ends_the_answer_and_the_model(page, live_server, by):
    live_server.tutor.closed.clear()
    ask(page, "a long answer", wait=False)
    page.wait_for_selector("#cm-turn .is-writing")
    page.click("#cm-box .stop-button") if by == "button" else page.keyboard.press("Escape")
    page.wait_for_selector("#cm-turn .is-stopped")
    assert live_server.tutor.closed.wait(3)
    expect(page.locator("#cm-turn .cm-notice")).to_contain_text("Stopped.")
    expect(page.locator("#cm-box .submit-button")).to_be_visible()


def test_new_chat_while_an_answer_is_written_leaves_an_empty_page(page, live_server):
    live_server.tutor.closed.clear()
    ask(page, "a long answer", wait=False)
    page.wait_for_selector("#cm-turn .is-writing")
    page.click("#cm-new-chat")
    assert live_server.tutor.closed.wait(3)
    expect(page.locator("h1")).to_have_text("Light and lenses")
    page.wait_for_timeout(800)
    expect(page.locator(".cm-exchange")).to_have_count(0)
    expect(page.locator("#cm-box .submit-button")).to_be_visible()


def test_an_unknown_course_is_said_to_be_unknown(page, live_server):
    open_page(page, f"{live_server.url}/?course=none")
    expect(page.locator("h1")).to_have_text("This course cannot be opened")
    expect(page.locator(".cm-lead")).to_contain_text("There is no course named “none”")
    page.select_option("[data-course-switch]", "optics")
    expect(page.locator("h1")).to_have_text("Light and lenses")
    assert "course=optics" in page.url


def test_closing_the_page_stops_the_model(new_page, live_server):
    page = new_page()
    open_page(page, live_server.url)
    live_server.tutor.closed.clear()
    ask(page, "a long answer", wait=False)
    page.wait_for_selector("#cm-turn .is-writing")
    page.close()
    assert live_server.tutor.closed.wait(10)


def test_what_the_course_does_not_say_is_said_calmly(page):
    ask(page, "nothing about this")
    expect(page.locator(".cm-not-found h3")).to_have_text("The course does not say this")
    expect(page.locator("#cm-turn .cm-note")).to_have_count(5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_meant_is_asked_and_a_topic_sends_itself(new_page, live_server, axe, width, scheme):
    page = new_page(width=width, color_scheme=scheme, bypass_csp=True)
    open_page(page, live_server.url)
    ask(page, "explain this")
    expect(page.locator("#cm-turn .cm-text")).to_contain_text("What would you like explained?")
    expect(page.locator("#cm-live")).to_contain_text("What would you like explained?")
    topic = page.locator("#cm-turn .cm-starters button").last
    expect(topic).to_have_text("Lenses & <mirrors>")
    assert topic.bounding_box()["height"] >= 44 and page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page, "#cm-turn") == []
    page.reload()
    topic = page.locator("#cm-past .cm-starters button").last
    topic.click()
    expect(page.locator("#cm-turn .cm-question-text")).to_have_text("Explain: Lenses & <mirrors>")
    page.wait_for_selector("#cm-turn .is-done")


def test_a_failure_keeps_the_question(page):
    ask(page, "please break")
    expect(page.locator(".cm-failure")).to_contain_text("That did not work")
    expect(page.locator("#cm-box textarea")).to_have_value("please break")


def test_a_question_while_engines_load_waits_in_sight(new_page, live_server):
    live_server.engines.loading = True
    try:
        page = new_page()
        open_page(page, live_server.url)
        expect(page.locator("#cm-status")).to_contain_text("Loading the course search")
        ask(page, "Why does light bend?", wait=False)
        expect(page.locator("#cm-turn .cm-stage")).to_contain_text("Your question is next.")
    finally:
        live_server.engines.finish()
    page.wait_for_selector("#cm-turn .is-done")
    expect(page.locator("#cm-status")).to_be_hidden()


def _without_streaming(new_page, live_server):
    """A page of a browser that can record, but not hand the sound on while it is spoken."""
    page = new_page()
    page.add_init_script("delete window.AudioWorkletNode")
    open_page(page, live_server.url)
    return page


def test_where_sound_cannot_be_streamed_a_recording_arrives_whole(new_page, live_server):
    page = _without_streaming(new_page, live_server)
    expect(page.locator("#cm-hands-free")).to_have_count(0)
    page.click("#cm-microphone")
    expect(page.locator("#cm-voice-state")).to_have_text("Listening…")
    page.wait_for_timeout(SPOKEN_S * 1000)
    page.click("#cm-microphone")
    page.wait_for_selector("#cm-turn .is-done")
    expect(page.locator(".cm-heard")).to_contain_text("Why does light bend?")
    sound = live_server.tutor.turns[-1].sound
    assert sound.duration_s > SPOKEN_S / 2
    assert abs(sound.samples).max() > 0.05


def test_a_recording_can_be_thrown_away(new_page, live_server):
    page = _without_streaming(new_page, live_server)
    asked = len(live_server.tutor.turns)
    page.click("#cm-microphone")
    expect(page.locator("#cm-voice-state")).to_have_text("Listening…")
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")
    expect(page.locator("#cm-listening")).to_be_hidden()
    page.wait_for_timeout(500)
    assert len(live_server.tutor.turns) == asked


def test_a_picture_is_shown_and_sent(page, live_server, tmp_path):
    file = tmp_path / "drawing.png"
    Image.new("RGB", (640, 480), "navy").save(file)
    page.set_input_files("#cm-box input[type=file]", file)
    page.wait_for_selector("#cm-box .thumbnail-item img")
    ask(page, "What is this?")
    expect(page.locator("#cm-turn .cm-shown")).to_be_visible()
    expect(page.locator("#cm-turn .cm-seen")).to_contain_text("Read in the picture")
    expect(page.locator("#cm-turn .cm-notice")).to_contain_text("not see the drawing")
    assert live_server.tutor.turns[-1].picture.width == 640


def test_answers_are_spoken_in_order_when_wanted_and_this_is_remembered(page, live_server):
    fetched = []
    page.on("request", lambda asked: fetched.append(asked.url) if "/api/sounds/" in asked.url else None)
    page.check("#cm-speak input")
    ask(page, "Why does light bend?")
    page.wait_for_timeout(300)
    assert len(fetched) == 2 and live_server.tutor.turns[-1].speak
    open_page(page, live_server.url)
    expect(page.locator("#cm-speak input")).to_be_checked()


def test_listen_reads_an_answer_aloud_and_stops(page):
    ask(page, "Why does light bend?")
    listen = page.locator("[data-listen]")
    with page.expect_response(re.compile("/api/sounds/")):
        listen.click()
    expect(listen).to_have_attribute("aria-pressed", "true")
    listen.click()
    expect(listen).to_have_attribute("aria-pressed", "false")


def test_the_language_is_the_browsers_until_another_is_chosen(new_page, live_server):
    page = new_page(locale="zh-CN")
    open_page(page, live_server.url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#cm-new-chat")).to_contain_text("新对话")
    page.fill("#cm-box textarea", "half a question")
    page.click("[data-language-switch]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#cm-box textarea")).to_have_value("half a question")
    expect(page.locator("#cm-new-chat")).to_contain_text("New chat")
    open_page(page, live_server.url)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_dark_follows_the_system_until_light_is_chosen(new_page, live_server):
    page = new_page(color_scheme="dark")
    open_page(page, live_server.url)
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 28, 35)")
    page.click("[data-theme-switch]")
    expect(page.locator("body")).to_have_css("background-color", "rgb(250, 249, 246)")
    open_page(page, live_server.url)
    expect(page.locator("body")).to_have_css("background-color", "rgb(250, 249, 246)")


@pytest.mark.parametrize("width", [320, 390, 640])
def test_a_phone_never_scrolls_sideways_and_folds_the_notes(new_page, live_server, width):
    page = new_page(width, 800)
    open_page(page, live_server.url)
    ask(page, "Why does light bend?")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#cm-turn .cm-note").first).to_be_hidden()
    page.click("#cm-turn [data-fold]")
    page.locator("#cm-turn .cm-note").first.click()
    expect(page.locator("#cm-source .cm-highlight")).to_be_visible()
    expect(page.locator("#cm-source")).to_have_attribute("aria-modal", "true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.mouse.click(width / 2, 20)
    expect(page.locator("#cm-source")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_every_target_is_large_enough(new_page, live_server, width):
    page = new_page(width, 800)
    open_page(page, live_server.url)
    ask(page, "Why does light bend?")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, a[href], summary")]
            .filter((part) => part.checkVisibility() && !part.matches(".cm-mark, .cm-skip, .cm-copy"))
            .map((part) => [part.outerHTML.slice(0, 80), part.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 44 || box.height < 44)).map(([name]) => name)"""
    )
    assert small == []


def test_everything_can_be_done_with_the_keyboard(page):
    ask(page, "Why does light bend?")
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.className || document.activeElement.id"))
    for wanted in ("cm-mark", "cm-action", "cm-note", "upload-button", "cm-microphone", "submit-button", "cm-language"):
        assert any(wanted in name for name in names), wanted


def test_nothing_moves_for_who_wants_no_motion(new_page, live_server):
    page = new_page(reduced_motion="reduce")
    open_page(page, live_server.url)
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((part) =>
            parseFloat(getComputedStyle(part).transitionDuration) || getComputedStyle(part).animationName !== "none").length"""
    )
    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, live_server, scheme):
    script = os.environ.get("AXE_SCRIPT", "")
    if not Path(script).is_file():
        pytest.skip("set AXE_SCRIPT to axe.min.js of axe-core to check accessibility")
    page = new_page(color_scheme=scheme, bypass_csp=True)
    open_page(page, live_server.url)
    ask(page, "Why does light bend?")
    page.locator("#cm-turn .cm-note").first.click()
    page.wait_for_selector(".cm-highlight")
    page.add_script_tag(path=script)
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    told = [
        (one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]
    ]
    assert told == []
