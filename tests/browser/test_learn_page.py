"""What a student does on the pages of learning, in a real browser, with a question of every kind."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chatbot.learning.bank import QuestionBank
from chatbot.learning.rulings import Rulings
from tests.browser.conftest import ask, open_page, serve
from tests.learning_material import LEARNERS, learning_parts, let_practise
from tests.teaching_app import teaching_app

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

ANN = LEARNERS[0]
VIEWS = ("today", "practice", "progress", "cards", "courses")


@pytest.fixture(scope="module")
def live_server(tmp_path_factory):
    parts = learning_parts(tmp_path_factory.mktemp("learning"))
    let_practise(parts.record)
    app = teaching_app(parts)
    with serve(app) as url:
        yield SimpleNamespace(url=url, **vars(parts))
    app.state.bench.close()
    app.state.writing.close()
    parts.record.close()


@pytest.fixture
def view(new_page, live_server):
    """Opens a view as a learner: Ann, who has practised, or somebody new."""

    def opening(name: str, learner: str = "", *, more: str = "", **options):
        page = new_page(**options)
        if learner:
            page.add_init_script(f"localStorage.setItem('coursemate_learner', '{learner}')")
        page.goto(f"{live_server.url}/learn?course=optics&view={name}{more}")
        page.locator('#cl-view[aria-busy="false"]').wait_for()
        return page

    return opening


def answer_of(page, concept: str):
    """The form of the question on a concept that the learner chose."""
    expect(page.locator(".cl-over")).to_contain_text(concept)
    return page.locator(".cl-question")


def next_question(page) -> None:
    """The question that was answered stays until the next one is there."""
    page.get_by_role("button", name="Next question").click()
    page.locator(".cl-outcome").wait_for(state="detached")


def check(page) -> None:
    page.get_by_role("button", name="Check my answer").click()
    page.locator(".cl-outcome").wait_for()


def test_a_plan_can_be_begun_once_there_is_one(view):
    page = view("today", ANN)
    begin = page.locator(".cl-plan + .ct-button")
    expect(begin).to_be_hidden()
    page.get_by_role("button", name="5 minutes").click()
    expect(begin).to_be_visible()


def test_the_chat_leads_to_practice_and_back(new_page, live_server):
    page = new_page()
    open_page(page, f"{live_server.url}/?course=optics")
    page.locator(".cm-learn").click()
    expect(page).to_have_title("Today · Coursemate")
    expect(page.locator("[data-course-switch]")).to_have_value("optics")
    page.get_by_role("link", name="Ask the course").click()
    expect(page.locator(".cm-welcome h1")).to_have_text("Light and lenses")


def test_the_chat_on_a_phone_has_room_for_the_way_to_practice(new_page, live_server):
    page = new_page(320, 700)
    open_page(page, f"{live_server.url}/?course=optics")
    expect(page.locator(".cm-learn")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_today_says_what_is_next_and_why_and_plans_the_minutes(view):
    page = view("today", ANN)
    expect(page.locator(".cl-next h2")).not_to_be_empty()
    expect(page.locator(".cl-reason")).to_contain_text("%")
    page.get_by_role("button", name="10 minutes").click()
    expect(page.locator(".cl-plan li").first).to_be_visible()
    page.get_by_role("link", name="Start 10 minutes").click()
    expect(page.locator(".cl-over")).to_contain_text("about 10 min left")


def test_a_student_may_choose_otherwise_and_say_why(view, live_server):
    page = view("today", ANN)
    page.get_by_text("Do something else instead").click()
    page.get_by_label("Concept").select_option("camera")
    page.get_by_label("Why, in a few words").fill("the exam is on cameras")
    page.get_by_role("button", name="Practise this instead").click()
    expect(page.locator(".cl-over")).to_contain_text("The camera")
    told = live_server.record.statements(ANN, "optics")
    assert any("the exam is on cameras" in str(one) for one in told)


def test_a_goal_is_kept_until_it_is_dropped(view):
    page = view("today", ANN)
    page.get_by_text("Set a goal and a date").click()
    page.get_by_label("What you want to master").select_option("eye")
    page.get_by_label("Until").fill("2031-05-04")
    page.get_by_role("button", name="Keep this goal").click()
    summary = page.locator(".cl-fold summary").last
    expect(summary).to_contain_text("The eye <b>of man</b>")
    summary.click()
    page.get_by_role("button", name="Forget the goal").click()
    expect(page.get_by_text("Set a goal and a date")).to_be_visible()


def test_one_right_option_is_graded_explained_and_opens_at_its_place(view):
    page = view("practice", more="&concept=ray")
    answer_of(page, "Rays and media")
    page.get_by_role("button", name="Check my answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Give an answer first")
    page.get_by_label("in glass").check()
    page.get_by_label("Sure", exact=True).check()
    check(page)
    expect(page.locator(".cl-outcome h3")).to_have_text("Right")
    expect(page.locator(".cl-option.is-right")).to_contain_text("in glass")
    expect(page.locator(".cl-moved b")).to_contain_text("15 % →")
    expect(page.get_by_role("button", name="Next question")).to_be_focused()
    place = page.locator(".cl-outcome .cl-place")
    place.click()
    expect(page.locator("#cm-source .cm-highlight").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#cm-source")).to_be_hidden()
    expect(place).to_be_focused()
    next_question(page)
    expect(page.locator(".cl-empty")).to_contain_text("That was all for now")


def test_several_right_options_give_part_of_the_mark(view):
    page = view("practice", more="&concept=bend")
    answer_of(page, "Refraction").get_by_label("glass", exact=True).check()
    check(page)
    expect(page.locator(".cl-outcome h3")).to_have_text("Partly right: 50 %")
    expect(page.locator(".cl-option.is-right")).to_have_count(2)


def test_typed_answers_are_graded_and_a_wrong_grade_goes_to_the_teacher(view, live_server):
    page = view("practice", more="&concept=snell")
    for _ in range(2):
        box = answer_of(page, "Snell's law").locator("[name=answer]")
        number = page.locator(".cl-typed.is-number").count()
        box.fill("2 1/m" if number else "the larger angle")
        check(page)
        expect(page.locator(".cl-outcome h3")).to_have_text("Right" if number else "Not right")
        if not number:
            expect(page.locator(".cl-findings")).to_contain_text("your answer says otherwise")
            page.get_by_text("I disagree").click()
            page.get_by_label("What is wrong with this grade").fill("<i>I</i> meant the other one")
            page.get_by_role("button", name="Send to the teacher").click()
            expect(page.locator(".cl-outcome")).to_contain_text("Your teacher will see this")
        next_question(page)
    assert "<i>I</i> meant the other one" in [one["why"] for one in live_server.record.disagreements("optics")]


def test_what_the_teacher_decided_is_read_once(view, live_server):
    eve = "eve-was-right-about-one-thing"
    let_practise(live_server.record, eve)
    live_server.record.disagreed(eve, "optics", "short", "The smaller one, I said", datetime.now(UTC))
    [open_one] = [one for one in live_server.record.disagreements("optics") if one["why"].startswith("The smaller")]
    question = QuestionBank(live_server.library.open("optics").folder).get("short")
    Rulings(live_server.record).rule("optics", open_one["id"], question, datetime.now(UTC), granted=True, note="<b>Yes</b>")
    page = view("today", eve)
    told = page.locator(".cl-rulings")
    expect(told).to_contain_text("You were right. Your mark: 0 % → 100 %")
    expect(told).to_contain_text("<b>Yes</b>")
    told.get_by_role("button", name="I have read it").click()
    expect(told).to_have_count(0)
    page.reload()
    page.locator('#cl-view[aria-busy="false"]').wait_for()
    expect(told).to_have_count(0)
    page = view("progress", eve, more="&concept=snell")
    expect(page.locator(".cl-answers")).to_contain_text("Changed by your teacher; it was 0 % at first.")


def test_steps_are_ordered_with_the_keyboard_alone(view):
    page = view("practice", more="&concept=lens")
    answer_of(page, "Lenses")
    last = page.get_by_role("button", name="Move down: Rays meet in the focus.")
    last.focus()
    page.keyboard.press("Enter")
    expect(last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cl-order li").last).to_contain_text("Rays meet")
    expect(page.get_by_role("button", name="Move up: Rays meet in the focus.")).to_be_focused()
    expect(page.locator("#cm-live")).to_contain_text("Rays meet in the focus.: now at 3")
    check(page)
    expect(page.locator(".cl-outcome h3")).to_have_text("Right")


def test_a_label_is_asked_for_on_its_figure(view):
    page = view("practice", more="&concept=camera")
    answer_of(page, "The camera")
    picture = page.locator(".cl-figure img")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 480
    page.get_by_label("Sensor").check()
    check(page)
    expect(page.locator(".cl-outcome h3")).to_have_text("Not right")


def test_hints_come_one_by_one_and_count(view, live_server):
    learner = "cleo-takes-every-hint-there-is"
    page = view("practice", learner, more="&concept=ray")
    page.get_by_role("button", name="Give me a hint").click()
    expect(page.locator(".cl-hint")).to_have_count(1)
    page.get_by_role("button", name="Next hint (2 left)").click()
    expect(page.locator(".cl-hint").last).to_contain_text("It is not “in empty space”")
    page.get_by_role("button", name="Next hint (1 left)").click()
    expect(page.get_by_role("button", name="No more hints")).to_be_disabled()
    page.get_by_label("in glass").check()
    check(page)
    [found] = live_server.record.evidence(learner, "optics", "ray")
    assert dict(found.movement.parts)["hints"] < 0


def test_progress_opens_every_estimate_with_the_answers_that_moved_it(view):
    page = view("progress", ANN)
    expect(page.locator(".cl-graph svg .concept")).to_have_count(6)
    expect(page.locator(".cl-curve .cl-line")).to_be_visible()
    page.locator(".cl-graph [data-concept=snell]").click()
    row = page.locator(".cl-concepts [data-concept=snell]")
    expect(row.locator("summary")).to_be_focused()
    expect(row.locator(".cl-answers > li")).not_to_have_count(0)
    expect(row).to_contain_text("right or wrong")
    expect(page.locator(".cl-concepts")).to_contain_text("The eye <b>of man</b>")


def test_cards_are_turned_graded_and_exported(view, live_server):
    learner = "dora-grades-her-flashcards-now"
    let_practise(live_server.record, learner)
    page = view("cards", learner)
    expect(page.get_by_role("button", name="Show the answer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cl-back")).to_be_focused()
    left = page.locator(".cl-card .cl-over")
    expect(left).to_have_text("Cards left: 4")
    page.keyboard.press("3")
    expect(left).to_have_text("Cards left: 3")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export to Anki").click()
    assert saved.value.suggested_filename == "flashcards.apkg"


def test_courses_say_what_speaks_for_them(view):
    page = view("courses", ANN)
    page.get_by_label("What interests you").fill("light, <b>telescopes</b>")
    page.get_by_role("button", name="Find courses").click()
    shelf = page.locator(".cl-shelf li").first
    expect(shelf).to_contain_text("<b>telescopes</b>")
    expect(shelf).to_contain_text("gap: Snell's law")
    expect(shelf).to_contain_text("recordings")


def test_who_is_new_is_told_what_to_do_first(view):
    expect(view("progress").locator(".cl-empty")).to_contain_text("Answer a few questions")
    expect(view("cards").locator(".cl-empty")).to_contain_text("No cards yet")


def test_a_course_without_questions_leads_its_teacher_to_them(view, live_server):
    bank = QuestionBank(live_server.library.open("optics").folder)
    ids = [question.id for question in bank.questions()]
    for one in ids:
        bank.mark(one, "dropped")
    page = view("today")
    for one in ids:
        bank.mark(one, "kept")
    expect(page.locator(".cl-empty h2")).to_have_text("There are no questions yet")
    expect(page.get_by_role("link", name="Have questions written now")).to_have_attribute(
        "href", "teach?course=optics&part=questions"
    )


def test_a_course_that_is_not_there_is_said(new_page, live_server):
    page = new_page()
    page.goto(f"{live_server.url}/learn?course=nowhere")
    expect(page.locator("main")).to_contain_text("There is no course of that name here")
    new_page.trouble[:] = [line for line in new_page.trouble if "status of 404" not in line]


@pytest.mark.parametrize("name", VIEWS)
def test_a_phone_never_scrolls_sideways_and_every_target_is_large_enough(view, name):
    page = view(name, ANN, width=320, height=700, locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, a[href], summary, label:has(input[type=radio], input[type=checkbox])")]
            .filter((part) => part.checkVisibility() && !part.matches(".cm-skip, p a"))
            .map((part) => [part.outerHTML.slice(0, 80), part.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 44 || box.height < 44)).map(([name]) => name)"""
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(view, axe, scheme):
    for name in VIEWS:
        page = view(name, ANN, color_scheme=scheme, bypass_csp=True)
        if name == "practice":
            page.get_by_role("button", name="Give me a hint").click()
            page.locator(".cl-hint").wait_for()
        if name == "progress":
            page.locator(".cl-concepts summary").nth(1).click()
            page.locator(".cl-answers").wait_for()
        if name == "cards" and page.locator("[data-flip]").count():
            page.locator("[data-flip]").click()
        assert axe(page) == [], name
        page.context.close()


def test_whoever_practises_is_known_to_the_tutor_from_the_answer_on(new_page, live_server):
    page = new_page()
    open_page(page, live_server.url)
    page.locator("#cm-ways label:has(input[value='practise'])").click()
    page.wait_for_function("document.cookie.includes('coursemate_learner=')")
    ask(page, "go")
    known = page.evaluate("localStorage.getItem('coursemate_learner')")
    assert len(known) >= 20 and live_server.tutor.turns[-1].learner == known
