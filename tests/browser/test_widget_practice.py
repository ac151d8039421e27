"""Practice and the ways of tutoring in the widget, on a page of another site with a strict policy of its own, in a real browser."""

from __future__ import annotations

import re

import pytest

from chatbot.learning.bank import QuestionBank
from chatbot.ways.limits import Limit, Limits, write_limits
from tests.browser.conftest import serve
from tests.browser.host_site import host_site, visits
from tests.fakes import FakeTutor
from tests.learning_material import QUESTIONS, learning_parts
from tests.small_course import cited_passages
from ui.gate.quotas import QuotaReached
from ui.gate.visitors import Gate
from ui.server import create_app

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The tutor's server with questions of each kind, and a host page of another origin."""
    parts = learning_parts(tmp_path_factory.mktemp("practice"))
    parts.tutor = FakeTutor(cited_passages(parts.library.open("optics")), pause_s=0.005)
    parts.gate = Gate(parts.library)
    app = create_app(**vars(parts))
    with serve(app) as url, host_site(url) as host:
        parts.url, parts.host = url, host
        parts.gate.origins.change("optics", add=[host])
        yield parts
    app.state.bench.close()
    app.state.writing.close()
    parts.record.close()


@pytest.fixture(autouse=True)
def fresh(site):
    site.tutor.turns.clear()
    site.gate.quotas._asked.clear()
    bank = QuestionBank(site.library.folder_of("optics"))
    for question in QUESTIONS:
        bank.put(question)


@pytest.fixture
def visit(chromium, site):
    """Opens the widget on the host page."""
    with visits(chromium, site) as make:

        def opened(*where, **how):
            page = make(*where, **how)
            page.locator(".launcher").click()
            expect(page.locator("textarea").first).to_be_focused(timeout=15_000)
            return page

        opened.trouble = make.trouble
        yield opened


def only(site, *ids: str) -> None:
    """Leaves these questions alone in the bank, so that a test knows what is asked."""
    bank = QuestionBank(site.library.folder_of("optics"))
    for question in QUESTIONS:
        if question.id not in ids:
            bank.mark(question.id, "dropped")


def _refused(**named):
    raise QuotaReached("Too many.", code="quota_student", limit=60, minutes=7, seconds=420)


def begin(page):
    page.locator("[data-do=practise]").click()
    expect(page.locator(".question-text")).to_be_focused(timeout=15_000)
    return page.locator(".practice")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose(n: int):
    return lambda pane: pane.locator(".option").nth(n).click()


def several(pane) -> None:
    for n in (0, 1):
        pane.locator(".option").nth(n).click()


def write(words: str):
    return lambda pane: pane.locator("[name=answer]").fill(words)


def sort(pane) -> None:
    """From "meet, come in, bends" to "come in, bends, meet"."""
    pane.locator("li").nth(0).locator("[data-move=down]").click()
    pane.locator("li").nth(1).locator("[data-move=down]").click()


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("choice", choose(0)), ("several", several), ("number", write("2 1/m")), ("short", write("the smaller angle")),
        ("order", sort), ("label", choose(0)),
    ],
)  # fmt: skip
def test_a_question_of_each_kind_is_answered_graded_and_traced_to_its_place(visit, site, kind, answer):
    only(site, kind)
    page = visit()
    pane = begin(page)
    if kind == "label":
        expect(pane.locator(".figure canvas")).to_have_js_property("width", 480)
    if kind != "order":  # which is an answer from the beginning
        pane.locator(".primary").click()
        expect(pane.locator(".error")).to_have_text("Give an answer first; a hint may help.")
    answer(pane)
    pane.locator(".sure").nth(2).click()
    pane.locator(".primary").click()
    expect(pane.locator(".outcome h3")).to_have_text("Right")
    expect(pane.locator("[data-do=next]")).to_be_focused()
    expect(pane.locator(".outcome")).to_contain_text("→")
    pane.locator(".outcome .place-button").click()
    expect(page.frame_locator("iframe").locator("#cm-source-body > *").first).to_be_visible()
    expect(pane.locator(".outcome")).to_be_visible()
    pane.locator("[data-do=next]").click()
    expect(pane.locator(".over h3")).to_have_text("That was all for now")
    expect(pane.locator(".over")).to_contain_text("Questions answered: 1. Reached: 100 % of all points.")


def test_hints_come_one_by_one_a_wrong_answer_is_explained_and_disagreed_with(visit, site):
    only(site, "choice", "several")
    page = visit()
    page.evaluate("() => { window.heard = []; document.addEventListener('coursemate:practised', ({ detail }) => heard.push(detail)); }")
    pane = begin(page)
    expect(pane.locator("form > .soft").nth(1)).to_contain_text("“")
    pane.locator("[data-do=hint]").click()
    expect(pane.locator(".hint")).to_have_count(1)
    expect(pane.locator("[data-do=hint]")).to_have_text(re.compile("Next hint|No more hints"))
    pane.locator(".option").nth(1).click()
    pane.locator(".primary").click()
    expect(pane.locator(".outcome h3")).to_have_text("Not right")
    expect(pane.locator(".option.is-right .tag")).to_have_text("right")
    expect(pane.locator(".option.is-wrong .tag")).to_have_text("not right")
    expect(pane.locator("blockquote")).to_contain_text("Light travels more slowly in glass")
    pane.locator("summary").click()
    pane.locator(".outcome textarea").fill("It is water.")
    pane.get_by_text("Send to the teacher").click()
    expect(pane.locator(".outcome")).to_contain_text("Your teacher will see this, and your answer")
    assert page.evaluate("heard") == [{"kind": "choice", "score": 0}]
    pane.locator("[data-do=next]").click()
    expect(pane.locator(".question-text")).to_have_text(QUESTIONS[1].text)
    page.locator("[data-do=practise]").click()
    expect(page.locator("textarea").first).to_be_focused()
    page.locator("[data-do=practise]").click()
    expect(pane.locator(".question-text")).to_have_text(QUESTIONS[1].text)


@pytest.mark.parametrize("height", [560, 800])
def test_the_way_on_is_in_view_and_of_a_long_explanation_the_beginning(visit, site, height):
    only(site, "choice")
    page = visit()
    page.set_viewport_size({"width": 1280, "height": height})
    pane = begin(page)
    pane.locator("[data-do=hint]").click()
    expect(pane.locator(".hint")).to_be_visible()
    pane.locator(".option").nth(1).click()
    pane.locator(".primary").click()
    expect(pane.locator("[data-do=next]")).to_be_focused()
    if height == 800:
        expect(pane.locator("[data-do=next]")).to_be_in_viewport(ratio=0.99)
    expect(pane.locator(".outcome h3")).to_be_in_viewport(ratio=0.99)


def test_too_many_answers_are_said_in_words_and_the_answer_is_kept(visit, site, monkeypatch):
    only(site, "short")
    page = visit()
    pane = begin(page)
    monkeypatch.setattr(site.gate.quotas, "take", _refused)
    write("the smaller angle")(pane)
    pane.locator(".primary").click()
    expect(pane.locator(".error")).to_contain_text("answers in practice count too. The next one will be taken in 7 minutes.")
    expect(pane.locator("[name=answer]")).to_have_value("the smaller angle")
    expect(pane.locator(".primary")).to_be_enabled()
    assert all("429" in told for told in visit.trouble)
    visit.trouble.clear()


def test_practice_is_done_with_the_keyboard_alone(visit, site):
    only(site, "choice", "order")
    page = visit()
    pane = begin(page)
    press(page, "Tab", "Space", "Tab", "Tab", "Enter")  # the first option; past how sure; check
    expect(pane.locator(".outcome h3")).to_have_text("Right")
    press(page, "Enter")
    expect(pane.locator(".order")).to_be_visible()
    expect(pane.locator(".question-text")).to_be_focused()
    press(page, "Tab", "Space")  # the first step goes down, and the focus with it
    expect(pane.locator(".order li").nth(1).locator("[data-move=down]")).to_be_focused()
    expect(page.get_by_role("log")).to_contain_text("now at 2")
    press(page, "Space")
    expect(pane.locator(".order li").nth(2).locator("[data-move=up]")).to_be_focused()
    press(page, "Escape")
    expect(page.locator(".log")).to_be_visible()
    expect(page.locator(".panel")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?night"], ids=["light", "dark"])
def test_practice_on_a_phone_in_chinese_keeps_to_accessibility_rules(chromium, site, axe, query):
    only(site, "label", "order")
    context = chromium.new_context(viewport={"width": 320, "height": 700}, locale="zh-CN", has_touch=True, bypass_csp=True)
    page = context.new_page()
    tag = '<coursemate-tutor course="optics" language="zh" open></coursemate-tutor>'
    page.goto(f"{site.host}/{query or '?'}&tag={tag}")
    expect(page.locator("textarea").first).to_be_visible()
    pane = begin(page)
    expect(pane.locator(".primary")).to_have_text("检查答案")
    small = page.locator("coursemate-tutor").evaluate(
        """(one) => [...one.shadowRoot.querySelectorAll("button, .option, .sure")].filter((part) => part.checkVisibility())
            .map((part) => [part.className, part.getBoundingClientRect()]).filter(([, box]) => box.width < 44 || box.height < 44 || box.right > 320).map(([name]) => name)"""
    )
    assert small == []
    assert axe(page, "coursemate-tutor") == []
    if pane.locator(".option").count():
        pane.locator(".option").last.click()
    pane.locator(".primary").click()
    expect(pane.locator(".outcome")).to_be_visible()
    page.wait_for_timeout(250)
    assert axe(page, "coursemate-tutor") == []
    context.close()


def test_a_course_without_questions_says_what_is_missing(visit, site):
    only(site)
    page = visit()
    page.locator("[data-do=practise]").click()
    expect(page.locator(".over h3")).to_have_text("There are no questions yet")
    page.locator("[data-do=back]").click()
    expect(page.locator("textarea").first).to_be_focused()


def test_practice_that_cannot_be_fetched_leads_back_to_the_conversation(visit):
    page = visit()
    page.evaluate("() => { const asks = window.fetch; window.fetch = (to, more) => String(to).includes('/widget/words') ? Promise.reject(new Error('')) : asks(to, more); }")
    page.locator("[data-do=practise]").click()
    expect(page.locator(".trouble")).to_have_text("The connection to the tutor is lost. Try again in a moment.")
    expect(page.locator(".log")).to_be_visible()


def test_the_host_page_can_open_practice(visit, site):
    only(site, "choice")
    page = visit()
    page.evaluate("() => { const tutor = document.querySelector('coursemate-tutor'); tutor.hide(); tutor.practise(); }")
    expect(page.locator(".question-text")).to_be_focused()
    page.evaluate("document.querySelector('coursemate-tutor').ask('Why does light bend?')")
    expect(page.locator(".turn")).to_have_attribute("data-stage", "done")
    expect(page.locator(".practice")).to_be_hidden()


# -- ways of tutoring


def ask(page, question: str):
    page.locator("textarea").first.fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last).to_have_attribute("data-stage", "done")


def test_a_student_chooses_how_to_be_helped_and_goes_on_from_there(visit, site):
    page = visit()
    expect(page.locator(".way")).to_have_text(["Explain", "Hint", "Check my work", "Lesson"])
    page.get_by_role("radio", name="Hint").check()
    expect(page.locator("textarea").first).to_have_attribute("placeholder", "Which question do you want a hint for?")
    ask(page, "a hint, please")
    assert site.tutor.turns[-1].way == "hint"
    expect(page.locator(".further")).to_contain_text("Hint 1 of 4")
    page.locator("[data-do=further]").click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_have_attribute("data-stage", "done")
    assert (site.tutor.turns[-1].way, site.tutor.turns[-1].question) == ("hint", "Next hint")
    expect(page.locator(".further").first).to_be_hidden()
    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".further").last).to_contain_text("Hint 2 of 4")
    page.get_by_role("radio", name="Explain").focus()
    press(page, "ArrowRight", "ArrowRight")
    expect(page.get_by_role("radio", name="Check my work")).to_be_checked()


def test_only_what_the_teacher_allows_is_offered(visit, site):
    folder = site.library.folder_of("optics")
    write_limits(folder, Limits((Limit(ways=("hint", "lesson")),)))
    try:
        page = visit()
        expect(page.locator(".way")).to_have_text(["Hint", "Lesson"])
        ask(page, "What is light?")
        assert site.tutor.turns[-1].way == "hint"
    finally:
        (folder / "limits.json").unlink()


# -- the voice


def test_the_speed_of_the_voice_is_kept_and_an_answer_is_saved_as_sound(visit):
    page = visit()
    ask(page, "Why does light bend?")
    page.locator("[data-do=listen]").click()
    page.locator("[data-do=speed]").select_option("1.5")
    page.locator("[data-do=listen]").click()
    with page.expect_download() as saved:
        page.locator("[data-do=save]").click()
    assert saved.value.suggested_filename == "answer.wav"
    assert saved.value.path().read_bytes()[:4] == b"RIFF"
    page.reload()
    page.locator(".launcher").click()
    page.locator("[data-do=listen]").click()
    expect(page.locator("[data-do=speed]")).to_have_value("1.5")
