"""What the screens of learning rest on: answers that count once, hints, cards, the class, questions written as a job."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from chatbot.learning.bank import QuestionBank
from chatbot.learning.cards import Cards
from chatbot.learning.grading import Response
from chatbot.learning.hints import hints_of
from chatbot.learning.path import Goal
from chatbot.learning.practice import Effort, Practice
from chatbot.learning.questions import Box
from chatbot.ways.limits import Limit, Limits, write_limits
from knowledge.courtesy import Courtesy
from knowledge.seeing import TextBox
from tests.fakes import FakeChatModel
from tests.learning_material import FIGURE, LEARNERS, QUESTIONS, learning_parts, let_practise
from tests.teaching_app import signed_in, teaching_app

ANN, BOB = LEARNERS
AT = "/api/courses/optics/learning"
TEACH = "/api/teach/courses/optics/learning"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def parts(tmp_path):
    parts = learning_parts(tmp_path)
    yield parts
    parts.record.close()


@pytest.fixture
def client(parts):
    app = teaching_app(parts)
    headers = {"origin": "http://127.0.0.1:7860", "coursemate-learner": ANN}
    with TestClient(
        app, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5000), cookies=signed_in(app), headers=headers
    ) as client:
        yield client
    app.state.writing.close()


def test_a_double_click_counts_once(parts):
    practice, course = Practice(parts.record), parts.library.open("optics")
    at_once, outcomes = threading.Barrier(2), []

    def click() -> None:
        at_once.wait()
        outcomes.append(practice.answer("eve", course, "choice", Response((0,)), Effort()))

    for _ in range(5):
        outcomes.clear()
        parts.record.forget("eve")
        clicks = [threading.Thread(target=click) for _ in range(2)]
        for one in clicks:
            one.start()
        for one in clicks:
            one.join()
        assert [outcome.grade.score for outcome in outcomes] == [1, 1]
        assert sorted(outcome.movement is None for outcome in outcomes) == [False, True]
        assert parts.record.estimates("eve", "optics")["ray"].answers == 1


def test_a_question_shown_minutes_ago_is_not_asked_again_and_none_is_planned_twice(parts):
    practice, course = Practice(parts.record), parts.library.open("optics")
    planned = practice.plan("eve", course, Goal(minutes=60), NOW, most=30)
    assert len({step.item.id for step in planned}) == len(planned) > 1
    alone = Goal(frozenset({"ray"}), alone=True)
    [step] = practice.plan("eve", course, alone, NOW)
    assert (step.item.id, step.reason.code) == ("choice", "chosen")
    practice.answer("eve", course, "choice", Response((1,)), Effort(), when=NOW)
    assert practice.plan("eve", course, alone, NOW + timedelta(minutes=5)) == ()
    assert practice.plan("eve", course, alone, NOW + timedelta(minutes=15))


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("choice", ["where", "not_this", "passage"]),
        ("several", ["where", "how_many", "passage"]),
        ("number", ["where", "size", "passage"]),
        ("short", ["where", "parts"]),  # its sentence is the answer
        ("order", ["where", "first_step", "passage"]),
        ("label", ["where"]),  # of two labels, the other would be the answer
    ],
)
def test_hints_climb_and_never_give_the_key(kind, codes):
    question = next(question for question in QUESTIONS if question.kind == kind)
    found = hints_of(question)
    assert [hint.code for hint in found] == codes
    if kind == "choice":
        assert question.options[0] not in str(found[1].values)


def test_hints_count_whatever_the_answer_says_of_them(client, parts):
    told = client.post(f"{AT}/questions/choice/hints/2").json()
    assert told["text"] == "It is not “in empty space”." and told["of"] == 3
    assert client.post(f"{AT}/questions/choice/hints/4").json()["code"] == "hint_unknown"
    outcome = client.post(f"{AT}/answer", json={"question": "choice", "chosen": [0], "hints": 0}).json()
    assert outcome["known"]["parts"]["hints"] < 0
    assert outcome["place"]["source"].startswith("api/courses/optics/source?document=refraction.pdf&page=1&quote=")


def test_cards_are_what_was_answered_and_come_again_as_they_were_graded(parts):
    cards = Cards(parts.record)
    assert cards.of(BOB, "optics", QUESTIONS, NOW) == []
    let_practise(parts.record, BOB)
    now = datetime.now(UTC)
    found = cards.of(BOB, "optics", QUESTIONS, now)
    assert {card.question.id for card in found} == {"choice", "several", "number", "short"}
    days = found[0].days
    assert days["again"] <= days["hard"] <= days["good"] < days["easy"]
    memory = cards.grade(BOB, "optics", "choice", "easy", now)
    [card] = [card for card in cards.of(BOB, "optics", QUESTIONS, now) if card.question.id == "choice"]
    assert card.due == memory.due > now and card.memory == memory
    assert parts.record.statements(BOB, "optics")[-1]["verb"]["display"]["en"] == "reviewed"
    parts.record.forget(BOB)
    assert parts.record.rows("SELECT * FROM cards") == []


def test_cards_show_no_key_that_was_not_seen(client, parts):
    assert client.get(f"{AT}/cards").json()["cards"] == []
    assert client.post(f"{AT}/cards/choice", json={"grade": "good"}).json()["code"] == "card_unknown"
    client.post(f"{AT}/answer", json={"question": "choice", "chosen": [1]})
    [card] = client.get(f"{AT}/cards").json()["cards"]
    assert card["answer"] == ["in glass"] and card["new"]
    assert client.post(f"{AT}/cards/choice", json={"grade": "good"}).json()["due"] > card["due"]


def test_progress_has_a_curve_and_a_map_that_is_filled(client, parts):
    let_practise(parts.record)
    points = client.get(f"{AT}/curve").json()["points"]
    assert len(points) == 8 and points[-1]["known"] > points[0]["known"]
    drawn = client.get(f"{AT}/progress.svg", params={"next_up": "lens"}).text
    assert "var(--map-known" in drawn and "var(--map-next" in drawn and "&lt;b&gt;of man" in drawn


def test_the_class_is_seen_in_numbers_only(client, parts):
    for learner in LEARNERS:
        let_practise(parts.record, learner)
    told = client.get(f"{TEACH}/class")
    first = told.json()["concepts"][0]
    assert (first["concept"], first["learners"], first["levels"]["beginning"]) == ("snell", 2, 2)
    assert told.json()["missed"][0] == {
        "question": "short",
        "answers": 2,
        "mean": 0.0,
        "text": "Which angle goes with the larger index?",
    }
    assert not any(learner in told.text for learner in LEARNERS)


def test_a_disagreement_is_settled_once_and_the_student_reads_how(client, parts):
    assert client.post(f"{AT}/answer", json={"question": "choice", "chosen": [1]}).json()["score"] == 0.0
    client.post(f"{AT}/questions/choice/disagree", json={"why": "it depends on the air"})
    [row] = client.get(f"{TEACH}/disagreements").json()["disagreements"]
    assert (row["key"], row["given"], row["score"]) == (["in glass"], "in air", 0.0) and ANN not in str(row)
    told = client.put(f"{TEACH}/disagreements/{row['id']}", json={"granted": True, "note": "It does."})
    assert (told.json()["before"], told.json()["after"]) == (0.0, 1.0) and ANN not in told.text
    assert client.get(f"{TEACH}/disagreements").json()["disagreements"] == []
    again = client.put(f"{TEACH}/disagreements/{row['id']}", json={"granted": False})
    assert again.json()["code"] == "disagreement_unknown"
    [ruling] = client.get(f"{AT}/rulings").json()["rulings"]
    assert (ruling["text"], ruling["granted"], ruling["note"], ruling["seen"]) == (
        "Where does light travel more slowly?", True, "It does.", False,
    )  # fmt: skip
    assert client.post(f"{AT}/rulings/{ruling['id']}/seen").status_code == 204
    assert client.get(f"{AT}/rulings").json()["rulings"][0]["seen"] is True
    [answer] = client.get(f"{AT}/concepts/ray/evidence").json()["answers"]
    assert (answer["score"], answer["first_score"]) == (1.0, 0.0)
    assert parts.record.statements(ANN, "optics")[-1]["verb"]["display"]["en"] == "scored"


def test_merged_concepts_take_their_questions_along(client, parts):
    seen = client.get(f"{AT}/map").json()
    rows = [row for row in seen["concepts"] if row["id"] != "camera"]
    body = {"after": seen["revision"], "concepts": rows, "merged": {"camera": "lens", "ray": "nowhere"}}
    assert client.put(f"{TEACH}/map", json=body).status_code == 200
    bank = QuestionBank(parts.library.open("optics").folder)
    assert (bank.get("label").concept, bank.get("choice").concept) == ("lens", "ray")


def until(client, *statuses: str) -> dict:
    for _ in range(400):
        job = client.get(f"{TEACH}/writing").json()
        if job["status"] in statuses:
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_questions_are_written_as_a_job_with_its_progress(client):
    assert client.get(f"{TEACH}/writing").json() == {"status": "none"}
    assert client.post(f"{TEACH}/writing", json={"concepts": ["nowhere"]}).json()["code"] == "concept_unknown"
    told = client.post(f"{TEACH}/writing", json={"concepts": ["ray", "snell"], "most": 1})
    assert told.status_code == 202 and told.json()["concepts"] == 2
    assert until(client, "done")["done"] == 2
    assert client.delete(f"{TEACH}/writing").status_code == 204
    assert client.get(f"{TEACH}/writing").json() == {"status": "none"}


def test_writing_is_one_job_at_a_time_and_can_be_stopped(client, parts):
    free = threading.Event()

    class Held(FakeChatModel):
        def stream(self, messages, sampling=None):
            free.wait(30)
            yield from super().stream(messages, sampling)

    parts.engines.engines["chat"] = Held("no JSON at all")
    wanted = {"concepts": ["camera", "ray"]}
    client.post(f"{TEACH}/writing", json=wanted)
    until(client, "running")
    assert client.post(f"{TEACH}/writing", json=wanted).json()["code"] == "writing_already"
    client.delete(f"{TEACH}/writing")
    free.set()
    assert until(client, "stopped")["done"] < 2


def test_writing_stands_still_while_a_student_is_answered(parts):
    courtesy = Courtesy(longest_s=60)
    app = teaching_app(SimpleNamespace(**vars(parts), courtesy=courtesy))
    chat = parts.engines.engines["chat"]
    with TestClient(app, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5000), cookies=signed_in(app)) as client:
        client.headers["origin"] = "http://127.0.0.1:7860"
        with courtesy.turn():
            client.post(f"{TEACH}/writing", json={"concepts": ["camera"]})
            for _ in range(400):
                if client.get(f"{TEACH}/writing").json()["stands"]:
                    break
                time.sleep(0.05)
            told = client.get(f"{TEACH}/writing").json()
            assert (told["status"], told["stands"], chat.prompts) == ("running", True, [])
        assert until(client, "done")["stands"] is False and chat.prompts
        with courtesy.turn():  # whoever stops it waits for no student
            client.post(f"{TEACH}/writing", json={"concepts": ["camera"]})
            until(client, "running")
            client.delete(f"{TEACH}/writing")
            until(client, "stopped")
    app.state.writing.close()


def test_a_job_that_fails_says_why(client, parts):
    parts.engines.engines["chat"] = FakeChatModel(lambda messages: 1 / 0)
    client.post(f"{TEACH}/writing", json={"concepts": ["camera"]})
    assert "went wrong on our side" in until(client, "failed", "done")["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/class"),
        ("GET", "/writing"),
        ("POST", "/writing"),
        ("DELETE", "/writing"),
        ("PUT", "/disagreements/x"),
    ],
)
def test_the_class_and_writing_are_for_the_teacher_alone(client, method, path):
    client.cookies.clear()
    assert client.request(method, f"{TEACH}{path}", json={"concepts": ["ray"]}).status_code in (401, 403)


def test_the_students_page_is_strict_and_escapes_what_it_is_told(client):
    page = client.get("/learn", params={"course": '"><script>x', "view": "<b>"})
    assert page.status_code == 404 and "<script>x" not in page.text and "<b>" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert (
        client.get(
            "/learn", params={"course": "optics", "view": "cards"}, headers={"accept-language": "zh"}
        ).text.count("卡片")
        >= 2
    )


def test_what_the_teacher_does_not_want_practised_is_not_asked(client, parts):
    def steps(*concepts: str) -> list:
        wanted = {"concepts": concepts, "alone": bool(concepts)}
        return client.post(f"{AT}/next", json=wanted).json()["steps"]

    folder = parts.library.open("optics").folder
    assert steps("snell")
    write_limits(folder, Limits((Limit("snell.md", "The law", ("hint",), 2),)))
    assert steps() and not steps("snell")
    write_limits(folder, Limits((Limit(ways=("hint",)),)))
    assert not steps()


SPOT = {"document": "camera.md", "n": 0, "marked": {"x0": 0.1, "y0": 0.3, "x1": 0.3, "y1": 0.7}}
LABEL = {"concept": "camera", "kind": "label", "text": "What is marked?", "options": ["Lens", "Sensor"], "right": [0]}


def test_a_teacher_asks_for_a_label_of_a_figure(client, parts):
    [figure] = [one for one in client.get(f"{TEACH}/figures").json()["figures"] if one["document"] == "camera.md"]
    assert figure["caption"] == "A camera in section" and client.get(f"/{figure['picture']}").status_code == 200
    assert client.put(f"{TEACH}/questions/own-l", json=LABEL | {"spot": SPOT}).status_code == 204
    kept = QuestionBank(parts.library.open("optics").folder).get("own-l")
    assert (kept.spot.marked, kept.place) == (Box(0.1, 0.3, 0.3, 0.7), FIGURE)
    assert client.get(f"{AT}/questions/own-l/picture").headers["content-type"] == "image/png"
    # Corrected without a spot, it keeps the one it has.
    assert client.put(f"{TEACH}/questions/own-l", json=LABEL | {"text": "Which part is it?"}).status_code == 204
    again = QuestionBank(parts.library.open("optics").folder).get("own-l")
    assert (again.text, again.spot, again.place) == ("Which part is it?", kept.spot, FIGURE)


@pytest.mark.parametrize(
    ("spot", "code"),
    [
        (SPOT | {"n": 7}, "figure_unknown"), (SPOT | {"document": "nowhere.md"}, "figure_unknown"), (None, "item_invalid"),
        (SPOT | {"marked": {"x0": 0.3, "y0": 0.3, "x1": 0.3, "y1": 0.7}}, "spot_invalid"),
    ],
)  # fmt: skip
def test_a_spot_that_is_in_no_figure_is_not_taken(client, spot, code):
    told = client.put(f"{TEACH}/questions/own-l", json=LABEL | {"spot": spot})
    assert (told.status_code, told.json()["code"]) == (422, code)


def test_labels_are_read_in_a_figure_for_the_teacher(client, parts):
    address = f"{TEACH}/figures/labels?document=camera.md&n=0"
    assert client.get(address).json() == {"labels": []}  # nothing reads pictures here

    class Seer:
        def look(self, picture):
            boxes = (TextBox("Lens", 0.9, 0.1, 0.3, 0.3, 0.4), TextBox("?", 0.1, 0.5, 0.5, 0.6, 0.6))
            return SimpleNamespace(boxes=boxes)

    parts.engines.engines["seer"] = Seer()
    [label] = client.get(address).json()["labels"]
    assert label == {"text": "Lens", "box": {"x0": 0.1, "y0": 0.3, "x1": 0.3, "y1": 0.4}}
