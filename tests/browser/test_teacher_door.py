"""The first start and signing in, in a real browser: by keyboard, on a phone, in English and Chinese, by day and night."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.conftest import serve
from tests.teaching_app import PASSWORD, signed_in, teaching_app, teaching_parts

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


@pytest.fixture
def live_server(tmp_path):
    """A server that nobody has chosen a password for."""
    parts = teaching_parts(tmp_path)
    app = teaching_app(parts)
    with serve(app) as url:
        yield SimpleNamespace(url=url, app=app)
    app.state.bench.close()
    parts.library.close()


def goto(page, live_server, address: str = "teach"):
    page.goto(f"{live_server.url}/{address}")
    return page


def test_the_first_start_is_done_with_the_keyboard_alone(new_page, live_server):
    page = goto(new_page(), live_server)
    expect(page.locator("h1")).to_have_text("Choose a password")
    expect(page.get_by_label("Password", exact=False).first).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Your courses")
    assert page.evaluate("document.cookie") == "", "no script can read the session"


def test_what_is_wrong_is_said_at_the_form_and_read_out(new_page, live_server):
    page = goto(new_page(), live_server)
    page.get_by_label("Password", exact=False).first.fill("short")
    page.get_by_label("The same once more").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD + "x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the same")
    new_page.trouble[:] = [told for told in new_page.trouble if "422" not in told]


def test_a_link_to_a_page_opens_it_after_signing_in_and_signing_out_shuts_it(new_page, live_server):
    signed_in(live_server.app)
    page = goto(new_page(), live_server, "teach/embed")
    expect(page.locator("h1")).to_have_text("Teacher's pages")
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That is not the password. Try again.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Put the tutor into a course page")
    goto(page, live_server).get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("Teacher's pages")
    page.go_back()
    expect(page.get_by_label("Password")).to_be_visible()
    new_page.trouble[:] = [told for told in new_page.trouble if "401" not in told]


def test_the_language_can_be_changed_even_after_a_wrong_password(new_page, live_server):
    signed_in(live_server.app)
    page = goto(new_page(locale="zh-CN"), live_server)
    expect(page.locator("h1")).to_have_text("教师页面")
    page.keyboard.type("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("密码不正确，请重试。")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Teacher's pages")
    new_page.trouble[:] = [told for told in new_page.trouble if "401" not in told]


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("state", ["first start", "sign in", "signed in"])
def test_a_phone_has_room_for_all_of_it(new_page, live_server, width, state):
    page = new_page(width=width, height=700)
    if state != "first start":
        cookies = signed_in(live_server.app)
        if state == "signed in":
            page.context.add_cookies([{"name": name, "value": token, "url": live_server.url} for name, token in cookies.items()])
    goto(page, live_server)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.eval_on_selector_all(
        "main button, main input:not([hidden]), .ct-header button",
        "all => all.map((one) => one.getBoundingClientRect()).filter((box) => box.height < 44 || box.width < 44 || box.right > innerWidth).length",
    )
    assert small == 0


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("state", ["first start", "wrong"])
def test_axe_finds_nothing(chromium, live_server, axe, light, state):
    page = chromium.new_context(color_scheme=light, locale="en-US", bypass_csp=True).new_page()
    if state == "wrong":
        signed_in(live_server.app)
    goto(page, live_server)
    if state == "wrong":
        page.keyboard.type("guess")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page) == []
    page.context.close()


if folder := os.environ.get("SCREENSHOTS"):

    @pytest.mark.parametrize("language", ["en-US", "zh-CN"])
    @pytest.mark.parametrize("width", [1280, 390])
    def test_screenshots(new_page, live_server, language, width):
        page = goto(new_page(width=width, locale=language), live_server)
        page.screenshot(path=str(Path(folder) / f"first-{language}-{width}.png"))
        signed_in(live_server.app)
        goto(page, live_server).screenshot(path=str(Path(folder) / f"in-{language}-{width}.png"))
