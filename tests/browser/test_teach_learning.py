"""What a teacher does with a course's map, its questions and its class, in a real browser."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chatbot.learning.bank import QuestionBank
from chatbot.learning.map_file import read_map
from chatbot.ways.limits import Limit, Limits, read_limits
from knowledge.seeing import TextBox
from tests.browser.conftest import serve
from tests.fakes import FakeChatModel
from tests.learning_material import LEARNERS, learning_parts, let_practise
from tests.teaching_app import signed_in, teaching_app

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

PARTS = ("map", "questions", "class", "limits")
LISTED = ("map", "questions")  # parts with a list of which a row is unfolded


@pytest.fixture
def live_server(tmp_path):
    parts = learning_parts(tmp_path)
    app = teaching_app(parts)
    with serve(app) as url:
        yield SimpleNamespace(url=url, app=app, folder=parts.library.open("optics").folder, **vars(parts))
    app.state.bench.close()
    app.state.writing.close()
    parts.record.close()


@pytest.fixture
def part(new_page, live_server):
    """Opens a part of the course as the teacher who is signed in."""

    def opening(name: str, **options):
        page = new_page(**options)
        cookies = signed_in(live_server.app)
        page.context.add_cookies(
            [{"name": key, "value": token, "url": live_server.url} for key, token in cookies.items()]
        )
        page.goto(f"{live_server.url}/teach?course=optics&part={name}")
        page.locator('#cl-view[aria-busy="false"]').wait_for()
        return page

    return opening


def opened(page, title: str):
    """The row of a list with this title, unfolded."""
    row = page.locator(".cl-concepts > li").filter(has=page.locator("summary", has_text=title)).first
    row.locator("summary").click()
    return row


def saved_map(live_server) -> dict:
    return {concept.id: concept for concept in read_map(live_server.folder)[0].concepts}


def test_the_course_page_leads_to_map_questions_and_class(part, live_server):
    page = part("map")
    page.goto(f"{live_server.url}/teach?course=optics")
    for name, title in (
        ("Course map", "Course map"),
        ("Questions", "Questions"),
        ("Class", "Class"),
        ("Files", "Light and lenses"),
    ):
        page.locator(".cl-tabs").get_by_role("link", name=name).click()
        expect(page.locator("h1")).to_have_text(title)


def test_a_concept_is_renamed_and_the_change_taken_back(part, live_server):
    page = part("map")
    row = opened(page, "Lenses")
    row.get_by_label("Name").fill("Thin <lenses>")
    row.get_by_role("button", name="Rename").click()
    expect(page.locator(".cl-graph svg")).to_contain_text("Thin <lenses>")
    expect(page.locator("[data-concept=lens] summary")).to_be_focused()
    assert saved_map(live_server)["lens"].title == "Thin <lenses>"
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".cl-concepts")).not_to_contain_text("Thin")
    assert saved_map(live_server)["lens"].title == "Lenses"


def test_prerequisites_are_added_and_removed_but_never_lead_round(part, live_server, new_page):
    page = part("map")
    row = opened(page, "Snell's law")
    row.get_by_role("button", name="Take away Refraction at a border").click()
    expect(page.locator("[data-concept=snell] summary")).to_contain_text("needs nothing before it")
    row = page.locator("[data-concept=snell]")
    row.get_by_label("What must be known before").select_option("lens")
    row.get_by_role("button", name="Add before it").click()
    expect(page.locator("[data-concept=snell] summary")).to_contain_text("after: Lenses")
    assert saved_map(live_server)["snell"].requires == ("lens",)
    row = opened(page, "Rays and media")
    row.get_by_label("What must be known before").select_option("eye")
    row.get_by_role("button", name="Add before it").click()
    expect(page.locator("#cm-status")).to_contain_text("The course map does not hold together")
    assert saved_map(live_server)["ray"].requires == ()
    new_page.trouble[:] = [line for line in new_page.trouble if "status of 422" not in line]


def test_two_concepts_become_one_with_their_questions(part, live_server):
    page = part("map")
    row = opened(page, "The camera")
    row.get_by_label("It is the same as").select_option("lens")
    row.get_by_role("button", name="Make them one").click()
    expect(page.locator(".cl-graph .concept")).to_have_count(5)
    assert QuestionBank(live_server.folder).get("label").concept == "lens"
    assert len(saved_map(live_server)["lens"].places) == 2


def test_a_concept_is_removed_after_a_question_and_what_rested_on_it_stays_in_order(part, live_server):
    page = part("map")
    opened(page, "Refraction at a border").get_by_role("button", name="Remove the concept").click()
    expect(page.locator("#ct-ask-title")).to_have_text("Remove “Refraction at a border”?")
    page.locator("#ct-ask-yes").click()
    expect(page.locator(".cl-graph .concept")).to_have_count(5)
    assert saved_map(live_server)["snell"].requires == ("ray",)


def test_a_question_is_opened_corrected_and_pinned(part, live_server):
    page = part("questions")
    row = opened(page, "Where does light travel more slowly?")
    expect(row.locator(".is-right")).to_contain_text("in glass")
    row.locator(".cl-place").click()
    expect(page.locator("#cm-source .cm-highlight").first).to_be_visible()
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Edit").click()
    row.get_by_label("Question").fill("Where is light slower?")
    row.get_by_label("Option 2", exact=True).fill("in a vacuum")
    row.get_by_role("button", name="Save and pin").click()
    expect(page.locator("[data-question=choice] .cl-tag.is-pinned")).to_be_visible()
    found, standing = next(row for row in QuestionBank(live_server.folder).reviewed() if row[0].id == "choice")
    assert (found.text, found.options[1], standing) == ("Where is light slower?", "in a vacuum", "pinned")
    assert found.place is not None and found.quote


@pytest.mark.parametrize(
    "text", ["A lens of 50 cm", "Which angle goes", "Put the steps", "Which label belongs", "Which of these bend"]
)
def test_every_kind_is_edited_without_losing_what_it_is_graded_by(part, live_server, text):
    page = part("questions")
    before = {question.id: question for question in QuestionBank(live_server.folder).questions()}
    row = opened(page, text)
    row.get_by_role("button", name="Edit").click()
    row.get_by_role("button", name="Save and pin").click()
    expect(page.locator(".cl-tag.is-pinned")).to_have_count(1)
    for question in QuestionBank(live_server.folder).questions():
        old = before[question.id]
        assert [question.options[n] for n in question.right] == [old.options[n] for n in old.right]
        assert (question.key, question.rubric, question.spot) == (old.key, old.rubric, old.spot)


def test_a_question_is_thrown_away_and_taken_back(part, live_server):
    page = part("questions")
    opened(page, "Put the steps").get_by_role("button", name="Throw away").click()
    expect(page.locator("[data-question=order] .cl-tag.is-dropped")).to_be_visible()
    assert "order" not in [question.id for question in QuestionBank(live_server.folder).questions()]
    page.locator("[data-question=order]").get_by_role("button", name="Take it back").click()
    expect(page.locator("[data-question=order] .cl-tag")).to_have_count(0)


def test_a_teacher_writes_a_question(part, live_server):
    page = part("questions")
    page.get_by_role("button", name="Write one yourself").click()
    form = page.locator(".cl-own")
    form.get_by_label("Kind").select_option("order")
    form.get_by_label("Question").fill("From near to far?")
    form.get_by_label("Steps in the right order").fill("eye\nlens\nsun")
    form.get_by_role("button", name="Save and pin").click()
    expect(page.locator(".cl-concepts")).to_contain_text("From near to far?")
    [own] = [question for question in QuestionBank(live_server.folder).questions() if question.id.startswith("own-")]
    assert [own.options[n] for n in own.right] == ["eye", "lens", "sun"] != list(own.options)


def test_questions_are_written_while_the_teacher_looks_on_and_can_be_stopped(part, live_server):
    free = threading.Event()

    class Held(FakeChatModel):
        def stream(self, messages, sampling=None):
            free.wait(30)
            yield from super().stream(messages, sampling)

    live_server.engines.engines["chat"] = Held("no JSON at all")
    page = part("questions")
    page.locator(".cl-writing select").first.select_option("")
    page.get_by_role("button", name="Write questions").click()
    panel = page.locator(".cl-writing")
    expect(panel).to_have_attribute("data-status", "running")
    expect(panel.locator("progress")).to_be_visible()
    page.reload()
    panel.get_by_role("button", name="Stop").click()
    expect(panel.locator("h2")).to_have_text("Stopping…")
    free.set()
    expect(panel).to_have_attribute("data-status", "stopped", timeout=15_000)
    expect(panel).to_contain_text("Stopped. Questions written: 0")


def test_what_was_thrown_away_is_counted_by_reason(part, live_server):
    QuestionBank(live_server.folder).count_thrown_away({"near_copy": 2, "other_key": 1})
    page = part("questions")
    page.get_by_text("Thrown away before anybody saw them: 3").click()
    expect(page.locator(".cl-counts li").first).to_contain_text("nearly a copy of another")


def test_the_class_view_says_where_it_is_stuck_and_disagreements_are_settled(part, live_server):
    expect(part("class").locator(".cl-empty")).to_contain_text("Nobody has practised yet")
    for learner in LEARNERS:
        let_practise(live_server.record, learner)
    live_server.record.disagreed(LEARNERS[0], "optics", "short", "<b>small</b> is the same", datetime.now(UTC))
    page = part("class")
    first = page.locator(".cl-class li").first
    expect(first).to_contain_text("Snell's law")
    expect(first.locator(".cl-stack")).to_have_attribute("aria-label", "hardly begun: 2")
    expect(page.locator(".cl-missed li").first).to_contain_text("0 % of the points in 2 answers")
    row = page.locator("[data-disagreement]")
    expect(row).to_contain_text("<b>small</b> is the same")
    expect(row).to_contain_text("Answered: 0 · 0 %")
    expect(row).not_to_contain_text(LEARNERS[0])
    row.get_by_label("A word to the student").fill("<i>Fair</i> point")
    row.get_by_role("button", name="Give the mark").click()
    expect(page.locator("h2").first).to_have_text("Disagreements to settle: 0")
    assert live_server.record.disagreements("optics") == []
    told = live_server.record.evidence(LEARNERS[0], "optics", "snell")[-1]
    assert (told.score, told.first_score) == (1.0, 0.0)


@pytest.mark.parametrize("name", PARTS)
def test_a_phone_never_scrolls_sideways(part, live_server, name):
    let_practise(live_server.record)
    page = part(name, width=320, height=700, locale="zh-CN")
    if name in LISTED:
        page.locator(".cl-concepts summary").nth(1).click()
    if name == "questions":
        page.get_by_role("button", name="编辑").click()
    if name == "limits":
        page.get_by_role("button", name="限制这一章节").click()
        expect(page.locator(".is-limits .cl-note")).to_have_text("助教在这里绝不给出答案。")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(part, live_server, axe, scheme):
    let_practise(live_server.record)
    live_server.record.disagreed(LEARNERS[0], "optics", "short", "no", datetime.now(UTC))
    for name in PARTS:
        page = part(name, color_scheme=scheme, bypass_csp=True)
        if name in LISTED:
            page.locator(".cl-concepts summary").nth(1).click()
        if name == "questions":
            page.get_by_role("button", name="Edit").click()
        if name == "limits":
            page.get_by_role("button", name="Limit this section").click()
        assert axe(page) == [], name
        page.context.close()


def kept(page, live_server, *limits: Limit) -> None:
    """The page says that its last change is saved, and what is in the course's folder is that."""
    wanted = [asdict(limit) for limit in limits]
    page.wait_for_function(
        "wanted => document.querySelector('#cl-view > div').dataset.saved === wanted",
        arg=json.dumps(wanted, separators=(",", ":"), ensure_ascii=False),
    )
    assert read_limits(live_server.folder).limits == limits


def test_graded_work_gets_hints_and_never_the_answer(part, live_server):
    page = part("limits")
    expect(page.get_by_text("No section has a limit of its own.")).to_be_visible()
    page.locator(".is-limit select").first.select_option("snell.md")
    page.locator(".is-limit select").last.select_option("The law")
    page.get_by_role("button", name="Limit this section").click()
    row = page.locator(".is-limits li")
    expect(row.locator("summary")).to_be_focused()
    expect(row.locator("summary")).to_contain_text("The law")
    expect(row.locator("summary")).to_contain_text("Hint, Check my work · never the answer")
    kept(page, live_server, Limit("snell.md", "The law", ("hint", "check"), 3))
    row.get_by_label("Hints to one question").select_option("2")
    kept(page, live_server, Limit("snell.md", "The law", ("hint", "check"), 2))
    page.reload()
    row.locator("summary").click()
    expect(row.get_by_label("Hints to one question")).to_have_value("2")
    row.get_by_role("button", name="Remove this limit").click()
    page.locator("#ct-ask").get_by_role("button", name="Remove this limit").click()
    expect(row).to_have_count(0)
    kept(page, live_server)


def test_what_holds_for_the_whole_course_is_set_with_the_keyboard_alone(part, live_server):
    page = part("limits")
    whole = page.locator(".cl-limit").first
    expect(whole.locator(".cl-note")).to_have_text("The tutor may tell the answer here.")
    whole.get_by_label("Explain").focus()
    page.keyboard.press("Space")
    expect(whole.locator(".cl-note")).to_have_text("The tutor may tell the answer here.")  # by the last hint
    kept(page, live_server, Limit("", "", ("hint", "check", "lesson", "practise"), 4))
    page.keyboard.press("Tab")
    expect(whole.get_by_label("Hint", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(whole.locator(".cl-note")).to_have_text("The tutor never tells the answer here.")
    expect(whole.get_by_label("Hints to one question")).to_be_disabled()
    kept(page, live_server, Limit("", "", ("check", "lesson", "practise"), 4))
    whole.get_by_role("button", name="Allow everything").focus()
    page.keyboard.press("Enter")
    kept(page, live_server)


def test_what_could_not_be_saved_is_said(part, live_server, new_page):
    page = part("limits")
    page.route("**/limits", lambda route: route.abort() if route.request.method == "PUT" else route.fallback())
    page.get_by_label("Explain").first.click()
    expect(page.locator("#cm-status")).to_be_visible()
    assert read_limits(live_server.folder) == Limits()
    assert all("ERR_FAILED" in told for told in new_page.trouble)
    new_page.trouble.clear()  # the request that was not let through


class LabelSeer:
    """Reads two labels in any picture."""

    def look(self, picture):
        return SimpleNamespace(boxes=(TextBox("Lens", 0.9, 0.1, 0.3, 0.3, 0.4), TextBox("Sensor", 0.9, 0.7, 0.3, 0.9, 0.4)))


def label_form(page, open_words: str, kind: str):
    """The form of a new question that asks for a label, when its figure is there."""
    page.get_by_role("button", name=open_words).click()
    form = page.locator(".cl-own form")
    form.locator("select").nth(1).select_option(kind)
    form.locator(".cl-stage img").wait_for()
    page.wait_for_function("() => document.querySelector('.cl-stage img')?.naturalWidth > 0")
    return form


SMALL_PARTS = """(form) => [...form.querySelectorAll("button, select, textarea, input, label.cl-pick")]
    .filter((part) => part.checkVisibility() && !part.closest("label.cl-pick > input") && !part.matches("label.cl-pick > input"))
    .map((part) => [part.outerHTML.slice(0, 80), part.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.left < 0 || box.right > innerWidth).map(([name, box]) => `${name} ${box.width} x ${box.height} at ${box.left}`)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_for_a_label_keeps_to_a_phone_and_to_accessibility_rules(part, live_server, axe, width, scheme):
    live_server.engines.engines["seer"] = LabelSeer()
    page = part("questions", width=width, height=700, color_scheme=scheme, locale="zh-CN", bypass_csp=True)
    form = label_form(page, "自己出一道题", "label")
    assert axe(page) == []
    form.get_by_role("button", name="读出图中的标注").click()
    expect(form.locator(".cl-cover")).to_have_count(1)
    expect(form.get_by_role("status")).to_have_text("读到的标注：2")
    assert axe(page) == []
    assert form.evaluate(SMALL_PARTS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    stage, picture = form.locator(".cl-stage").bounding_box(), form.locator(".cl-stage img").bounding_box()
    assert abs(stage["width"] - picture["width"]) <= 3 and stage["x"] + stage["width"] <= width


def test_a_spot_is_drawn_with_a_finger_and_a_second_one_ends_it(part, live_server):
    page = part("questions", width=390, height=844, has_touch=True)
    form = label_form(page, "Write one yourself", "label")
    left = form.get_by_label("Left, in %")
    pointer = """(stage, [type, x, y]) => {
        const { left, top, width, height } = stage.getBoundingClientRect();
        stage.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, pointerType: "touch", clientX: left + x * width, clientY: top + y * height }));
    }"""
    stage = form.locator(".cl-stage")
    for event in (["pointerdown", 0.1, 0.1], ["pointermove", 0.5, 0.5], ["pointercancel", 0.5, 0.5], ["pointermove", 0.02, 0.02]):
        stage.evaluate(pointer, event)
    expect(left).to_have_value(re.compile("^(9.9|10)"))
    expect(form.get_by_label("Width, in %")).to_have_value(re.compile("^(39|40)"))


def test_a_label_of_a_figure_is_asked_for_with_the_keyboard_or_the_pointer(part, live_server):
    page = part("questions")
    page.get_by_role("button", name="Write one yourself").click()
    form = page.locator(".cl-own form")
    form.get_by_label("Kind").select_option("label")
    figures = form.locator(".cl-parts-of select").first
    expect(figures.locator("option", has_text="A camera in section")).to_have_count(1)
    figures.select_option(label=figures.locator("option", has_text="A camera in section").inner_text())
    expect(form.locator(".cl-stage img")).to_have_js_property("complete", True)
    form.get_by_label("Question", exact=True).fill("Which part is marked?")
    for name, value in (("Left, in %", "10"), ("Top, in %", "20"), ("Width, in %", "30"), ("Height, in %", "40")):
        form.get_by_label(name).fill(value)
    for n, text in enumerate(("Lens", "Sensor"), start=1):
        form.get_by_label(f"Option {n}", exact=True).fill(text)
    form.get_by_role("button", name="Save").click()
    bank = QuestionBank(live_server.folder)
    expect(page.locator("[data-question^=own-]")).to_have_count(1)
    [kept] = [one for one in bank.questions() if one.id.startswith("own-")]
    marked = [round(side, 3) for side in (kept.spot.marked.x0, kept.spot.marked.y0, kept.spot.marked.x1, kept.spot.marked.y1)]
    assert (kept.kind, kept.options, kept.right, marked) == ("label", ("Lens", "Sensor"), (0,), [0.1, 0.2, 0.4, 0.6])
    # And drawn: from the middle to the lower right corner.
    page.get_by_role("button", name="Write one yourself").click()
    form.get_by_label("Kind").select_option("label")
    stage = form.locator(".cl-stage")
    expect(stage.locator("img")).to_have_js_property("complete", True)
    stage.scroll_into_view_if_needed()
    frame = stage.bounding_box()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + 0.9 * frame["width"], frame["y"] + 0.9 * frame["height"])
    page.mouse.up()
    expect(form.get_by_label("Left, in %")).to_have_value(re.compile("^(49|50)"))
    expect(form.get_by_label("Width, in %")).to_have_value(re.compile("^(39|40)"))
