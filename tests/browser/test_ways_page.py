"""The ways of tutoring in a real browser: chosen by keyboard, followed by the box, gone on with by a button."""

from __future__ import annotations

import pytest

from tests.browser.conftest import ask, open_page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
BOX = "#cm-box textarea"


def choose(page, way: str) -> None:
    page.locator(f"#cm-ways label:has(input[value='{way}'])").click()
    expect(page.locator("#cm-ways input[aria-checked='true']")).to_have_attribute("value", way)


def test_arrow_keys_choose_a_way_and_the_box_follows(page, live_server):
    group = page.get_by_role("radiogroup", name="How to be helped")
    expect(group.get_by_role("radio")).to_have_count(5)
    expect(page.locator(BOX)).to_have_attribute("placeholder", "Ask about the course…")
    page.locator("#cm-ways input[aria-checked='true']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cm-ways input[value='hint']")).to_be_focused()
    expect(page.locator("#cm-ways input[aria-checked='true']")).to_have_attribute("value", "hint")
    expect(page.locator(BOX)).to_have_attribute("placeholder", "Which question do you want a hint for?")
    page.keyboard.press("ArrowRight")
    expect(page.locator(BOX)).to_have_attribute("placeholder", "Your work, one step a line, or a picture of it…")
    ask(page, "v = 30 cm")
    assert live_server.tutor.turns[-1].way == "check"
    expect(page.locator(BOX)).to_have_attribute("placeholder", "Your work, one step a line, or a picture of it…")


def test_the_next_hint_is_one_press_away_and_only_on_the_newest(page, live_server):
    choose(page, "hint")
    ask(page, "Why does light bend?")
    expect(page.locator("#cm-turn .cm-progress")).to_have_text("Hint 1 of 4")
    page.locator("#cm-turn .cm-next").click()
    expect(page.locator("#cm-turn .cm-progress")).to_have_text("Hint 2 of 4")
    assert (live_server.tutor.turns[-1].question, live_server.tutor.turns[-1].way) == ("Next hint", "hint")
    expect(page.locator(".cm-next:visible")).to_have_count(1)


def test_going_on_with_a_hint_takes_its_own_way_whatever_is_chosen_since(page, live_server):
    choose(page, "hint")
    ask(page, "Why does light bend?")
    choose(page, "explain")
    page.locator("#cm-turn .cm-next").click()
    expect(page.locator("#cm-turn .cm-progress")).to_have_text("Hint 2 of 4")
    assert live_server.tutor.turns[-1].way == "hint"


def test_a_reload_keeps_how_far_a_ladder_has_come(page, live_server):
    choose(page, "hint")
    ask(page, "Why does light bend?")
    open_page(page, live_server.url)
    expect(page.locator("#cm-past .cm-next")).to_be_visible()
    page.locator("#cm-past .cm-next").click()
    expect(page.locator("#cm-turn .cm-progress")).to_have_text("Hint 2 of 4")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_ways_fit_are_large_enough_and_accessible(new_page, live_server, axe, width):
    page = new_page(width=width)
    open_page(page, live_server.url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.locator("#cm-ways label").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert len(heights) == 5 and min(heights) >= 44
    choose(page, "hint")
    ask(page, "Why does light bend?")
    assert [one for one in axe(page) if one[1] in ("serious", "critical")] == []


def test_the_ways_speak_chinese(new_page, live_server):
    page = new_page(locale="zh-CN")
    open_page(page, live_server.url)
    choose(page, "hint")
    expect(page.locator(BOX)).to_have_attribute("placeholder", "想要哪道题的提示？")
    ask(page, "光为什么弯折？")
    expect(page.locator("#cm-turn .cm-next")).to_have_text("下一个提示")


def test_nobody_is_told_apart_who_does_not_practise(page, live_server):
    ask(page, "Why does light bend?")
    assert live_server.tutor.turns[-1].learner == ""
    assert page.evaluate("localStorage.getItem('coursemate_learner')") is None
