"""The widget on a course page of another site, which has a strict policy of its own, in a real browser."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from PIL import Image

from chatbot.store import Store
from knowledge.library import Library
from tests.browser.conftest import serve
from tests.browser.host_site import host_site, visits
from tests.browser.person import Person
from tests.fakes import FakeEngines, FakeTutor, serving_settings
from tests.small_course import cited_passages, make_small_course
from tests.teaching_app import signed_in
from ui.assets import FOLDER
from ui.gate.visitors import Gate
from ui.server import create_app

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

PANEL = next(FOLDER.glob("widget/panel-*.js")).name
FORMULA = "Light bends because its **speed** changes [1]: $n_1 \\sin\\theta_1 = n_2 \\sin\\theta_2$ [4]."
INJECTIONS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "![x](https://evil.example/?leak)",
    "[press](javascript:window.hacked=1)",
    "[press](data:text/html,<script>window.hacked=1</script>)",
    "<a href='javascript:window.hacked=1'>x</a>",
    "`<svg onload=window.hacked=1>`",
    "$\\href{javascript:window.hacked=1}{x}$",
    "$\\includegraphics{https://evil.example/x.png}$",
    "\\(\\htmlData{x=1}{a}\\) </script><script>window.hacked=1</script>",
    '"><iframe srcdoc="<script>parent.hacked=1</script>">',
    "<style>@import 'https://evil.example/x.css'</style>",
    "[1](javascript:window.hacked=1) {{constructor.constructor('window.hacked=1')()}}",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The tutor's server and a host page of another origin; `parts` are the fakes behind the server."""
    home = tmp_path_factory.mktemp("widget")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    library = Library(home / "courses")
    parts = SimpleNamespace(
        tutor=FakeTutor(cited_passages(course), text=FORMULA, pause_s=0.005), library=library,
        store=Store(home / "conversations.sqlite"), engines=FakeEngines(), gate=Gate(library),
        settings=serving_settings(longest_question_s=60.0),
    )  # fmt: skip
    app = create_app(**vars(parts))
    with serve(app) as url, host_site(url) as host:
        parts.gate.origins.change("optics", add=[host])
        yield SimpleNamespace(url=url, host=host, app=app, **vars(parts))


@pytest.fixture(autouse=True)
def tutor(site, monkeypatch):
    """The tutor that answers, with what was asked of it so far forgotten; a test may change what it says."""
    for name in ("text", "pause_s", "passages"):
        monkeypatch.setattr(site.tutor, name, getattr(site.tutor, name))
    site.tutor.turns.clear()
    site.tutor.closed.clear()
    site.gate.quotas._asked.clear()
    return site.tutor


@pytest.fixture
def visit(chromium, site):
    with visits(chromium, site) as make:
        yield make


@pytest.fixture
def page(visit):
    """The host page with the widget open."""
    return _opened(visit())


def _opened(page):
    page.locator(".launcher").click()
    expect(page.locator("textarea")).to_be_focused(timeout=15_000)
    return page


def _ask(page, question: str, *, wait: bool = True):
    page.locator("textarea").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").last
    if wait:
        expect(turn).to_have_attribute("data-stage", re.compile("done|failed|stopped"), timeout=15_000)
    return turn


# -- being there


def test_a_page_shows_a_round_button_and_nothing_of_it_moves(visit):
    bare = visit("?tag=none").evaluate("[...document.querySelectorAll('main *')].map((one) => one.getBoundingClientRect().y)")
    page = visit()
    expect(page.locator(".launcher")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('main *')].map((one) => one.getBoundingClientRect().y)") == bare
    shift = """() => new Promise((told) => { let all = 0;
        new PerformanceObserver((list) => { for (const one of list.getEntries()) all += one.value; }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => told(all), 300); })"""
    assert page.evaluate(shift) == 0


DEFINED = "customElements.whenDefined('coursemate-tutor').then(() => true)"
SEEN = """(() => { const look = () => { const root = document.querySelector("coursemate-tutor")?.shadowRoot;
    if (root?.querySelector(".launcher")) window.seen = true; requestAnimationFrame(look); }; look(); })();"""


def test_a_page_on_an_origin_that_is_not_listed_gets_nothing(visit, site):
    page = visit("?tag=none")
    page.add_init_script(SEEN)
    elsewhere = site.host.replace("127.0.0.1", "localhost")
    page.goto(elsewhere)
    page.evaluate(DEFINED)
    page.wait_for_timeout(500)
    assert page.locator(".launcher").count() == 0
    assert page.evaluate("window.seen") is None, "not for a moment"
    for path in ("api/courses", f"coursemate/widget/{PANEL}"):
        assert page.evaluate(f"fetch('{site.url}/{path}').then(() => 'read', () => 'refused')") == "refused"
    assert all("CORS" in told or "403" in told or "net::ERR_FAILED" in told or elsewhere in told for told in visit.trouble)
    visit.trouble.clear()


@pytest.fixture
def holding(visit):
    """Opens the host page while requests that fit a pattern are held back; gives the page and what lets them go."""

    def make(pattern: str, query: str = ""):
        context, held, free = visit("?tag=none").context, [], []
        context.route(pattern, lambda route: route.continue_() if free else held.append(route))

        def let_go() -> None:
            free.append(True)
            for route in held:
                route.continue_()

        return visit(query, context=context), let_go

    return make


def test_the_button_is_drawn_before_the_server_has_given_a_session(holding):
    page, let_go = holding("**/api/widget/session")
    expect(page.locator(".launcher")).to_be_visible(timeout=15_000)
    assert page.locator(".launcher").get_attribute("aria-label") == "Ask about this course"
    page.locator(".launcher").click()
    expect(page.locator(".launcher")).to_have_attribute("aria-busy", "true")
    let_go()
    expect(page.locator("textarea")).to_be_focused(timeout=15_000)


def test_the_keyboard_s_focus_stays_on_the_button_when_the_session_comes(holding):
    page, let_go = holding("**/api/widget/session")
    page.evaluate("document.addEventListener('coursemate:ready', () => { document.documentElement.dataset.ready = 'yes'; })")
    page.locator(".launcher").focus()
    let_go()
    expect(page.locator("html")).to_have_attribute("data-ready", "yes", timeout=15_000)
    expect(page.locator(".launcher")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("textarea")).to_be_focused(timeout=15_000)


def test_where_the_server_is_not_told_the_page_the_button_waits_for_the_session(holding):
    page, let_go = holding("**/api/widget/session", "?shy")
    page.evaluate(DEFINED)
    expect(page.locator(".launcher")).to_have_count(0)
    let_go()
    _opened(page)


def test_a_button_that_was_drawn_for_a_course_of_another_site_does_not_stay(visit):
    page = visit("?tag=<coursemate-tutor course='other'></coursemate-tutor>")
    page.evaluate("() => new Promise((told) => setTimeout(told, 300))")
    expect(page.locator(".launcher")).to_have_count(0)
    visit.trouble[:] = [told for told in visit.trouble if "403" not in told]


def test_what_is_asked_of_the_element_waits_for_the_panel(holding, tutor):
    page, let_go = holding(f"**/{PANEL}")
    page.evaluate(
        """() => { window.heard = []; const tutor = document.querySelector("coursemate-tutor");
        for (const name of ["opened", "closed", "asked", "answered"]) document.addEventListener(`coursemate:${name}`, () => heard.push(name));
        tutor.show(); tutor.hide(); tutor.ask("Why does light bend?"); }"""
    )
    assert page.evaluate("heard") == []
    let_go()
    expect(page.locator(".turn")).to_have_attribute("data-stage", "done")
    assert page.evaluate("heard")[:4] == ["opened", "closed", "opened", "asked"]
    assert [turn.question for turn in tutor.turns] == ["Why does light bend?"]


def test_a_panel_that_cannot_be_fetched_is_said_and_fetched_again(visit):
    context, down = visit("?tag=none").context, [True]
    context.route(f"**/{PANEL}*", lambda route: route.abort() if down else route.continue_())
    page = visit(context=context)
    page.locator(".launcher").click()
    expect(page.locator(".launch-trouble")).to_have_text("The tutor could not be loaded. Press the button to try again.")
    expect(page.locator(".launcher")).to_have_attribute("aria-busy", "false")
    down.clear()
    _opened(page)
    expect(page.locator(".launch-trouble")).to_be_hidden()
    visit.trouble[:] = [told for told in visit.trouble if "ERR_FAILED" not in told]


def test_the_host_pages_styles_and_the_widgets_leave_each_other_alone(page):
    send = page.locator(".send")
    assert send.evaluate("(one) => getComputedStyle(one).padding") == "0px"
    assert page.locator("textarea").evaluate("(one) => getComputedStyle(one).fontSize") == "17px"
    assert page.evaluate("getComputedStyle(document.querySelector('main p')).fontFamily").startswith("Georgia")
    assert page.evaluate("document.querySelectorAll('style, link').length") == 1


@pytest.mark.parametrize(("query", "ground"), [("", "rgb(250, 249, 246)"), ("?night", "rgb(21, 28, 35)")])
def test_light_and_dark_follow_the_page(visit, query, ground):
    page = _opened(visit(query))
    expect(page.locator(".panel")).to_have_css("background-color", ground)
    page.evaluate("document.body.classList.toggle('night')")
    expect(page.locator(".panel")).not_to_have_css("background-color", ground)


# -- asking


def test_a_typed_question_is_answered_with_a_formula_and_sources(page, tutor):
    page.mouse.wheel(0, 700)
    turn = _ask(page, "Why does light bend?")
    expect(turn.locator(".text strong")).to_have_text("speed")
    expect(turn.locator(".text .katex").first).to_be_visible()
    expect(turn.locator(".note")).to_have_count(5)
    expect(turn.locator(".thumb canvas").first).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("Light bends because its speed changes")
    assert tutor.turns[-1].page.title == "Physics 101"


def test_what_is_marked_on_the_page_goes_with_the_question(visit, tutor):
    page = visit()
    page.locator(".launcher").wait_for()
    page.locator("#snell").dblclick(position={"x": 20, "y": 10})
    _opened(page)
    expect(page.locator(".chip").first).to_contain_text("Snell")
    _ask(page, "Explain this")
    assert "Snell" in tutor.turns[-1].page.selected and tutor.turns[-1].page.heading
    expect(page.locator(".chip").first).to_be_hidden()
    _ask(page, "And now?")
    assert tutor.turns[-1].page.selected == ""


def test_a_recording_in_which_nobody_speaks_goes_to_the_server_whole(page, tutor):
    page.locator("[data-do=speak]").click()
    expect(page.locator(".listening time")).to_have_text(re.compile(r"0:0[2-9]"))
    page.locator("[data-do=speak]").click()
    expect(page.locator(".turn .heard")).to_contain_text("Why does light bend?", timeout=15_000)
    assert tutor.turns[-1].sound.duration_s > 0.8


@pytest.mark.parametrize("query", ["", "?deaf"], ids=["with a socket", "no socket is let through"])
def test_a_question_is_heard_while_it_is_spoken_and_recorded_where_it_cannot_be(visit, tutor, spoken_question, query):
    page = _opened(visit(query))
    person = Person(page)
    page.locator("textarea").fill("In short:")
    page.locator("[data-do=speak]").click()
    expect(page.locator(".listening")).to_be_visible()
    person.say(spoken_question.to_wav())
    if not query:
        expect(page.locator(".words")).to_have_text("Why does light bend?")
    person.end()
    page.locator("[data-do=speak]").click()
    expect(page.locator(".turn")).to_have_attribute("data-stage", "done", timeout=15_000)
    if query:
        assert tutor.turns[-1].sound.duration_s > 1 and tutor.turns[-1].question == "In short:"
    else:
        assert tutor.turns[-1].sound is None and tutor.turns[-1].question == "In short: Why does light bend?"
        expect(page.locator(".asked")).to_have_text("In short: Why does light bend?")
    expect(page.locator(".words")).to_be_hidden()
    if query:  # the browser says at any time that it let no socket through
        page.context.close()
        visit.trouble[:] = [told for told in visit.trouble if "Content Security Policy" not in told]


def test_while_a_question_is_typed_the_server_reads_ahead_and_knows_what_became_of_it(page, tutor):
    tutor.prepared.clear()
    asked = []
    page.on("request", lambda request: asked.append(request.post_data or "") if request.url.endswith("/api/ask") else None)
    page.locator("textarea").press_sequentially("Why does light", delay=60)
    with page.expect_request(lambda request: "/api/draft" in request.url and "light" in request.post_data) as told:
        page.locator("textarea").press_sequentially(" bend", delay=60)
    _ask(page, "Why does light bend?")
    assert [turn.question for turn in tutor.prepared][-1].startswith("Why does light")
    name = re.search(r"draft=(\d+)", told.value.post_data)[1]
    assert name in asked[-1], "the question ends the draft that was read for it"


def test_a_recording_can_be_thrown_away(page, tutor):
    page.locator("[data-do=speak]").click()
    expect(page.locator(".listening")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("textarea")).to_be_visible()
    assert tutor.turns == [] and page.locator(".panel").is_visible()


@pytest.mark.parametrize("way", ["file", "paste", "drop", "camera"])
def test_a_picture_is_shown_with_the_question(page, tutor, way):
    picture = io.BytesIO()
    Image.new("RGB", (3000, 200), "teal").save(picture, "PNG")
    if way == "file":
        page.set_input_files("input[type=file]", {"name": "p.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    elif way == "camera":
        page.locator("[data-do=camera]").click()
        page.locator(".viewer .primary").click(timeout=10_000)
    else:
        page.evaluate(
            """([way, bytes]) => { const root = document.querySelector("coursemate-tutor").shadowRoot;
            const data = new DataTransfer(); data.items.add(new File([new Uint8Array(bytes)], "p.png", { type: "image/png" }));
            const [on, event] = way === "paste" ? ["textarea", new ClipboardEvent("paste", { clipboardData: data, bubbles: true })]
                : [".panel", new DragEvent("drop", { dataTransfer: data, bubbles: true })];
            root.querySelector(on).dispatchEvent(event); }""",
            [way, list(picture.getvalue())],
        )
    expect(page.locator(".chip.is-picture canvas")).to_be_visible(timeout=10_000)
    turn = _ask(page, "What is this?")
    expect(turn.locator("canvas.shown")).to_be_visible()
    shown = tutor.turns[-1].picture
    assert shown.width / shown.height == pytest.approx(15, rel=0.02) if way != "camera" else shown.width >= 320


def test_stop_ends_the_answer_and_the_model(page, tutor):
    turn = _ask(page, "a long answer", wait=False)
    expect(turn).to_have_attribute("data-stage", "writing")
    page.locator(".send").click()
    expect(turn).to_have_attribute("data-stage", "stopped")
    assert tutor.closed.wait(3)
    expect(page.locator(".send")).to_have_attribute("aria-label", "Send")


def test_a_failure_says_what_to_do_and_keeps_the_question(page):
    turn = _ask(page, "please break")
    expect(turn.get_by_role("alert")).to_contain_text("could not be loaded")
    expect(page.locator("textarea")).to_have_value("please break")


def test_a_quota_is_said_in_words(page, visit, site, monkeypatch):
    monkeypatch.setitem(site.gate.quotas._limits, "student", 1)
    _ask(page, "One?")
    turn = _ask(page, "Two?")
    expect(turn.get_by_role("alert")).to_contain_text("You have asked 1 questions in an hour")
    visit.trouble[:] = [told for told in visit.trouble if "429" not in told]


def test_not_found_offers_the_nearest_places(page):
    turn = _ask(page, "nothing about this")
    expect(turn).to_contain_text("The course does not say this")
    expect(turn.locator(".note")).to_have_count(5)


def test_what_is_meant_is_asked_and_a_topic_can_be_pressed(page, tutor):
    turn = _ask(page, "explain this")
    expect(turn.locator(".text")).to_contain_text("What would you like explained?")
    expect(turn).not_to_contain_text("The course does not say this")
    expect(turn.locator("[data-do=up]")).to_have_count(0)
    topic = turn.get_by_role("button", name="Lenses & <mirrors>")
    assert topic.bounding_box()["height"] >= 44
    topic.click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_have_attribute("data-stage", "done")
    assert tutor.turns[-1].question == "Explain: Lenses & <mirrors>"


def test_an_answer_is_read_aloud_judged_and_asked_by_a_starter(page, site):
    page.locator(".welcome button").first.click()
    turn = page.locator(".turn")
    expect(turn).to_have_attribute("data-stage", "done")
    with page.expect_response(re.compile("/api/sounds/")):
        turn.locator("[data-do=listen]").click()
    with page.expect_response(re.compile("/api/feedback")):
        turn.locator("[data-do=up]").click()
    expect(turn.locator("[data-do=up]")).to_have_attribute("aria-pressed", "true")
    conversation = page.evaluate("Object.entries(localStorage).find(([name]) => name.endsWith('conversation'))[1]")
    assert site.store.turns(conversation)[0].rating == 1


# -- sources


def test_a_citation_opens_its_source_beside_the_conversation_and_esc_closes_it(page):
    turn = _ask(page, "Why does light bend?")
    mark = turn.locator("button.mark").first
    mark.click()
    source = page.frame_locator("iframe")
    expect(source.locator(".cm-highlight")).to_be_visible()
    expect(mark).to_be_visible()
    expect(mark).to_have_attribute("aria-current", "true")
    expect(source.locator(".cm-source-view")).to_have_attribute("tabindex", "0")  # its script has come
    source.locator(".cm-source-view").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".source")).to_be_hidden()
    expect(mark).to_be_focused()


@pytest.mark.parametrize(("note", "shown"), [(1, ".cm-slide mark"), (2, ".cm-transcript .is-here mark"), (3, ".cm-document mark .katex"), (4, ".cm-picture img")])
def test_every_kind_of_source_is_shown_in_the_frame(page, note, shown):
    turn = _ask(page, "Why does light bend?")
    turn.locator(".note").nth(note).click()
    expect(page.frame_locator("iframe").locator(shown).first).to_be_visible()


# -- going on


def test_a_reload_and_a_second_tab_show_the_conversation_and_a_new_one_ends_it_in_both(page, visit, tutor):
    _ask(page, "Why does light bend?")
    page.reload()
    _opened(page)
    expect(page.locator(".asked")).to_have_text("Why does light bend?")
    expect(page.locator(".note")).to_have_count(5)
    second = _opened(visit(context=page.context))
    expect(second.locator(".asked")).to_have_text("Why does light bend?")
    _ask(second, "And the law?")
    assert [exchange.question for exchange in tutor.histories[-1]] == ["Why does light bend?"]
    second.locator("[data-do=new]").click()
    expect(second.locator(".welcome")).to_be_visible()
    expect(page.locator(".welcome")).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(visit):
    page = visit()
    page.locator(".launcher").wait_for()
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "COURSEMATE-TUTOR":
            break
    page.keyboard.press("Enter")
    expect(page.locator("textarea")).to_be_focused()
    _ask(page, "Why does light bend?")
    seen = set()
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        seen.add(page.evaluate("(() => { const on = document.querySelector('coursemate-tutor').shadowRoot.activeElement; return on ? on.dataset.do || on.className : ''; })()"))
    assert {"mark", "note", "listen", "copy", "up", "down", "new", "close", "log"} <= seen
    page.locator("textarea").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".launcher")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_a_sheet_over_the_whole_page(visit, width):
    page = _opened(visit(width=width, height=700, has_touch=True))
    page.wait_for_timeout(300)  # until it has risen
    box = page.locator(".panel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, 700)
    turn = _ask(page, "Why does light bend?")
    turn.locator("button.mark").first.click()
    expect(page.frame_locator("iframe").locator(".cm-highlight")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator("coursemate-tutor").evaluate(
        """(one) => [...one.shadowRoot.querySelectorAll("button, a.tool")].filter((part) => part.checkVisibility() && !part.matches(".mark, .copy-code"))
            .map((part) => [part.className, part.getBoundingClientRect()]).filter(([, box]) => box.width < 44 || box.height < 44).map(([name]) => name)"""
    )
    assert small == []


# -- the host page's side


def test_the_host_page_can_dress_it_ask_and_listen(visit, site):
    tag = '<coursemate-tutor course="optics" heading="Ask Anna" greeting="Hello &lt;b&gt;" position="left" accent="#7a1fa2" theme="dark" starters="One?|Two?" language="zh" open></coursemate-tutor>'
    page = visit(f"?tag={tag.replace('#', '%23').replace('&', '%26')}")
    expect(page.locator(".panel")).to_be_visible()
    expect(page.locator(".chat h2")).to_have_text("Ask Anna")
    expect(page.locator(".greeting")).to_have_text("Hello <b>")
    expect(page.locator(".welcome li")).to_have_text(["One?", "Two?"])
    expect(page.locator(".send")).to_have_attribute("aria-label", "发送")
    assert page.locator(".panel").bounding_box()["x"] < 100
    page.evaluate(
        """() => { window.heard = []; const tutor = document.querySelector("coursemate-tutor");
        for (const name of ["opened", "closed", "asked", "answered", "source", "rated", "failed"])
            document.addEventListener(`coursemate:${name}`, ({ detail }) => heard.push([name, detail]));
        tutor.ask("Why does light bend?"); }"""
    )
    expect(page.locator(".turn")).to_have_attribute("data-stage", "done")
    page.evaluate("document.querySelector('coursemate-tutor').hide()")
    heard = dict(page.evaluate("heard"))
    assert heard["asked"]["question"] == "Why does light bend?" and heard["answered"]["found"] is True
    assert heard["answered"]["citations"][0]["title"] == "Refraction" and "closed" in heard
    page.evaluate("document.querySelector('coursemate-tutor').clear()")
    expect(page.locator(".turn")).to_have_count(0)


def test_one_script_with_a_course_in_its_tag_is_enough(chromium, site):
    with host_site(site.url) as host:
        site.gate.origins.change("optics", add=[host])
        page = chromium.new_page()
        page.goto(f"{host}/?tag=<i></i>&data=Tutor")
        _opened(page)
        expect(page.locator(".chat h2")).to_have_text("Tutor")
        page.close()


def test_the_teachers_page_shows_the_look_lists_sites_and_writes_the_tag(chromium, site):
    page = chromium.new_page()
    page.context.add_cookies([{"name": name, "value": token, "url": site.url} for name, token in signed_in(site.app).items()])
    page.goto(f"{site.url}/teach/embed?course=optics")
    page.locator(".launcher").click()
    page.fill("[name=heading]", 'Ask "Anna" <b>')
    expect(page.locator(".chat h2")).to_have_text('Ask "Anna" <b>')
    page.select_option("[name=position]", "left")
    assert page.locator("#ce-tag").inner_text() == (
        f'<script src="{site.url}/widget.js" async></script>\n'
        '<coursemate-tutor course="optics" heading="Ask &quot;Anna&quot; &lt;b>" position="left"></coursemate-tutor>'
    )
    _ask(page, "Why does light bend?")
    page.fill("[name=site]", "https://moodle.school.example/course/view.php")
    page.keyboard.press("Enter")
    expect(page.locator("#ce-error")).to_contain_text("is not the address of a site")
    page.fill("[name=site]", "https://moodle.school.example")
    page.keyboard.press("Enter")
    expect(page.locator("#ce-sites")).to_contain_text("https://moodle.school.example")
    page.click("[data-remove='https://moodle.school.example']")
    expect(page.locator("#ce-sites")).not_to_contain_text("moodle")
    page.close()


# -- what is written is data


@pytest.mark.parametrize("text", INJECTIONS)
def test_nothing_in_a_question_or_an_answer_runs_or_is_fetched(page, tutor, text):
    tutor.text = f"{text} and so on [1]."
    tutor.passages = [*tutor.passages]
    turn = _ask(page, text)
    page.wait_for_timeout(200)
    for link in turn.locator(".text a").all():
        assert link.get_attribute("href").startswith(("http:", "https:", "mailto:"))
    assert turn.locator("img, script, iframe, svg[onload], style").count() == 0
    assert page.evaluate("window.hacked") is None


def test_nothing_in_a_file_name_a_title_or_a_quote_runs(page, tutor):
    from dataclasses import replace

    evil = "<img src=x onerror=window.hacked=1>"
    tutor.passages = [replace(tutor.passages[0], title=evil, text=f"{evil}. x"), *tutor.passages[1:]]
    turn = _ask(page, "Why?")
    expect(turn.locator(".note b").first).to_have_text(evil)
    turn.locator(".note").first.click()
    expect(page.locator(".names h2")).to_have_text(evil)
    assert page.evaluate("window.hacked") is None and turn.locator("img").count() == 0


# -- accessibility


@pytest.mark.parametrize("query", ["", "?night"], ids=["light", "dark"])
@pytest.mark.parametrize("state", ["closed", "open", "answered", "not_found", "unclear", "failed", "source", "listening"])
def test_axe_finds_nothing(chromium, site, axe, query, state):
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{site.host}/{query}")
    page.locator(".launcher").wait_for()
    if state != "closed":
        _opened(page)
    if state == "listening":
        page.locator("[data-do=speak]").click()
        expect(page.locator(".listening")).to_be_visible()
    elif state not in ("closed", "open"):
        turn = _ask(page, {"not_found": "nothing about this", "unclear": "explain this", "failed": "please break"}.get(state, "Why does light bend?"))
        if state == "source":
            turn.locator("button.mark").first.click()
            expect(page.frame_locator("iframe").locator(".cm-highlight")).to_be_visible()
    page.wait_for_timeout(250)
    assert axe(page, "coursemate-tutor") == []
    context.close()
