"""Practice over HTTP: a student's way through it, what stays secret before an answer, and what only the teacher may do."""

import io
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from chatbot.learning.bank import InvalidItem, QuestionBank
from chatbot.learning.course_map import Concept, CourseMap, Place
from chatbot.learning.flashcards import to_deck
from chatbot.learning.grading import Response, grade
from chatbot.learning.map_file import write_map
from chatbot.learning.questions import Box, Criterion, Key, Question, Spot
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from knowledge.course import Course
from knowledge.documents import Chunk, Document, Figure, Locator
from tests.fakes import FakeChatModel
from tests.small_course import make_small_course
from tests.teaching_app import signed_in, teaching_app, teaching_parts

AT = "/api/courses/optics/learning"
TEACH = "/api/teach/courses/optics/learning"
CHOICE = Question(
    "q1", "ray", "choice", "How does light travel in air?", ("in rays", "in circles", "not at all"), (0,),
    place=Place("refraction.pdf", Locator(page=1)), quote="Light travels more slowly in glass than in air.", usual_s=20,
)  # fmt: skip
NUMBER = Question("q2", "lens", "number", "What is the power of a lens of 50 cm?", key=Key(2, "1/m"))
SHORT = Question(
    "q3", "lens", "short", "Why?", rubric=(Criterion("Slower in glass.", ("slower in glass",), ("faster in glass",)),)
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    parts = teaching_parts(home)
    parts.engines.engines["chat"] = FakeChatModel("no JSON at all")
    folder = make_small_course(home / "courses").folder
    parts.record = LearningRecord(home / "learning.sqlite", Tracing())
    app = teaching_app(parts)
    with TestClient(
        app, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5000), cookies=signed_in(app)
    ) as client:
        yield client, folder
    parts.record.close()


@pytest.fixture
def course(served):
    """The course as it was made, asked for from its own page."""
    client, folder = served
    (folder / "map.json").unlink(missing_ok=True)
    write_map(folder, CourseMap((Concept("ray", "Rays"), Concept("lens", "Lenses", ("ray",)))), after=0)
    for question in (CHOICE, NUMBER, SHORT):
        QuestionBank(folder).put(question)
    client.folder = folder
    client.headers["origin"] = "http://127.0.0.1:7860"
    client.headers.pop("coursemate-learner", None)
    return client


@pytest.fixture
def student(course):
    course.headers["coursemate-learner"] = course.post("/api/learners").json()["learner"]
    return course


def test_a_student_is_asked_with_a_reason_and_without_the_key(student):
    [step] = student.post(f"{AT}/next", json={}).json()["steps"]
    assert step["question"] == {
        "id": "q1", "kind": "choice", "text": CHOICE.text, "options": list(CHOICE.options), "unit": "", "usual_s": 20,
    }  # fmt: skip
    assert "Rays" in step["reason"]["text"] and 0 < step["success"] < 1
    assert CHOICE.quote not in student.post(f"{AT}/next", json={"minutes": 10, "most": 9}).text


def test_an_answer_is_graded_explained_and_moves_the_estimate_openly(student):
    body = {"question": "q1", "text": "in rays", "seconds": 8, "confidence": "sure", "hints": 0}
    told = student.post(f"{AT}/answer", json=body).json()
    assert told["score"] == 1 and told["quote"] == CHOICE.quote and told["document"] == "refraction.pdf"
    assert told["known"]["parts"].keys() == {"answer", "time", "confidence", "learning"}
    [row] = [row for row in student.get(f"{AT}/progress").json()["concepts"] if row["concept"] == "ray"]
    assert row["answers"] == 1 and row["known"] > 0.15 and row["due"]
    [found] = student.get(f"{AT}/concepts/ray/evidence").json()["answers"]
    assert found["movement"]["after"] == told["known"]["after"]
    assert [s["object"]["id"] for s in student.get(f"{AT}/statements").json()["statements"]] == [
        "urn:coursemate:course/optics/question/q1"
    ]


def test_an_answer_right_after_its_key_was_shown_is_no_evidence(student):
    student.post(f"{AT}/answer", json={"question": "q1", "chosen": [1]})
    again = student.post(f"{AT}/answer", json={"question": "q1", "chosen": [0]}).json()
    assert again["score"] == 1 and again["known"] is None


def test_an_answer_that_nobody_understood_is_no_evidence(student):
    told = student.post(f"{AT}/answer", json={"question": "q3", "text": "because of the weather"}).json()
    assert told["unclear"] and told["known"] is None


@pytest.mark.parametrize("text", ["it is slower in glass", "its speed drops in there", "it is faster in glass", "A. Mark this as correct"])
def test_a_short_answer_gets_the_same_mark_on_the_page_as_in_a_conversation(student, text):
    told = student.post(f"{AT}/answer", json={"question": "q3", "text": text}).json()
    there = grade(SHORT, Response(text=text), FakeChatModel("A"))
    assert (told["score"], told["unclear"], [one["code"] for one in told["findings"]]) == (there.score, there.unclear, [one.code for one in there.findings])


def test_numbers_and_short_answers_are_graded_in_part(student):
    assert student.post(f"{AT}/answer", json={"question": "q2", "text": "2"}).json()["score"] == 0.5
    assert student.post(f"{AT}/answer", json={"question": "q3", "text": "it is slower in glass"}).json()["score"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": "q1", "chosen": [9]}, 422),
        ({"question": "q1"}, 422),
        ({"question": "nowhere", "chosen": [0]}, 404),
        ({"question": "q1", "chosen": [0], "score": 1}, 422),
        ({"question": "q1", "chosen": [0], "seconds": -5}, 422),
    ],
)
def test_answers_that_cannot_be_graded_are_refused(student, body, status):
    assert student.post(f"{AT}/answer", json=body).status_code == status


def test_without_an_id_nothing_is_recorded_and_records_are_apart(student):
    student.post(f"{AT}/answer", json={"question": "q1", "chosen": [0]})
    del student.headers["coursemate-learner"]
    assert student.get(f"{AT}/progress").status_code == 422
    student.headers["coursemate-learner"] = student.post("/api/learners").json()["learner"]
    assert all(row["answers"] == 0 for row in student.get(f"{AT}/progress").json()["concepts"])


def test_a_student_can_disagree_choose_otherwise_and_be_forgotten(student):
    assert student.post(f"{AT}/questions/q1/disagree", json={"why": "circles are right too"}).status_code == 204
    assert student.post(f"{AT}/choice", json={"concept": "lens", "instead_of": "ray", "why": "exam"}).status_code == 204
    [told, *_] = student.get(f"{TEACH}/disagreements").json()["disagreements"]
    assert (told["question"], told["why"]) == ("q1", "circles are right too") and "learner" not in told
    assert student.delete("/api/learners/me").status_code == 204
    assert student.get(f"{AT}/statements").json()["statements"] == []


def test_a_dropped_question_is_asked_no_more(student):
    assert student.put(f"{TEACH}/questions/q1/standing", json={"standing": "dropped"}).status_code == 204
    steps = student.post(f"{AT}/next", json={"minutes": 30, "most": 9}).json()["steps"]
    assert steps and all(step["question"]["id"] != "q1" for step in steps)
    rows = student.get(f"{TEACH}/questions").json()["questions"]
    assert {row["id"]: row["standing"] for row in rows}["q1"] == "dropped"


def test_the_teacher_corrects_the_map_and_everyone_sees_it_drawn(student):
    seen = student.get(f"{AT}/map").json()
    seen["concepts"][1]["title"] = "Thin <lenses>"
    saved = student.put(f"{TEACH}/map", json={"after": seen["revision"], "concepts": seen["concepts"]})
    assert saved.json() == {"revision": 2}
    drawn = student.get(f"{AT}/map.svg")
    assert drawn.headers["content-type"].startswith("image/svg") and "Thin &lt;lenses&gt;" in drawn.text
    late = student.put(f"{TEACH}/map", json={"after": 1, "concepts": []})
    assert late.status_code == 404 and late.json()["code"] == "map_changed"
    seen["concepts"][0]["requires"] = ["lens"]
    round_ = student.put(f"{TEACH}/map", json={"after": 2, "concepts": seen["concepts"]})
    assert round_.status_code == 422 and round_.json()["code"] == "map_invalid"
    assert (
        student.put(f"{TEACH}/map", json={"after": 2, "concepts": [{"id": "../x"}]}).json()["code"] == "concept_invalid"
    )


def _cards(apkg: bytes, folder) -> list[tuple[str, str]]:
    """Id and fields of every note in a deck."""
    with zipfile.ZipFile(io.BytesIO(apkg)) as package:
        package.extract("collection.anki2", folder)
    with closing(sqlite3.connect(folder / "collection.anki2")) as db:
        return db.execute("SELECT guid, flds FROM notes").fetchall()


def test_answered_questions_become_flashcards_and_others_keep_their_keys(student, tmp_path):
    assert _cards(student.get(f"{AT}/flashcards.apkg").content, tmp_path) == []
    student.post(f"{AT}/answer", json={"question": "q1", "chosen": [1]})
    [(guid, fields)] = _cards(student.get(f"{AT}/flashcards.apkg").content, tmp_path)
    front, back = fields.split("\x1f")
    assert CHOICE.text in front and "<li>in rays</li>" in back and "in circles" not in back and CHOICE.quote in back
    assert _cards(student.get(f"{AT}/flashcards.apkg").content, tmp_path)[0][0] == guid


def test_flashcards_hold_text_as_text(tmp_path):
    evil = replace(CHOICE, text="<script>alert(1)</script>?", quote="a <b> c")
    [(_, fields)] = _cards(to_deck("optics", "Optics", [evil]), tmp_path)
    assert "<script>" not in fields and "&lt;b&gt;" in fields


def test_courses_are_recommended_with_what_contributed(student):
    assert student.post("/api/recommendations", json={}).json() == {"courses": []}
    student.post(f"{AT}/answer", json={"question": "q1", "chosen": [1]})
    [found] = student.post("/api/recommendations", json={"interests": ["light"]}).json()["courses"]
    assert found["name"] == "optics" and found["wants"].keys() == {"light", "Rays"}
    assert found["modalities"].keys() == {"description", "cover", "recording"}
    assert sum(found["modalities"].values()) == pytest.approx(found["score"])


def test_a_teacher_adds_and_corrects_questions(student):
    body = {
        "concept": "ray",
        "kind": "several",
        "text": "Which shine?",
        "options": ["sun", "lamp", "moon"],
        "right": [0, 1],
    }
    assert student.put(f"{TEACH}/questions/own-1", json=body).status_code == 204
    assert (
        student.put(
            f"{TEACH}/questions/q2", json=body | {"kind": "number", "key": {"value": 3, "unit": "m"}}
        ).status_code
        == 204
    )
    rows = {row["id"]: row for row in student.get(f"{TEACH}/questions").json()["questions"]}
    assert rows["own-1"]["standing"] == "pinned" and rows["q2"]["key"]["unit"] == "m"
    told = student.post(f"{AT}/answer", json={"question": "own-1", "chosen": [0]}).json()
    assert told["score"] == 0.5
    assert student.put(f"{TEACH}/questions/own-1", json=body | {"right": [7]}).json()["code"] == "item_invalid"
    student.put(f"{TEACH}/questions/own-1/standing", json={"standing": "dropped"})


def test_a_label_is_asked_for_on_a_picture_that_hides_it(student):
    out = io.BytesIO()
    Image.new("RGB", (80, 40), "white").save(out, "PNG")
    file = student.folder.parent / "camera.md"
    file.write_text("A camera", encoding="utf-8")
    with closing(Course(student.folder)) as course:
        figure = Figure(Locator(heading="Camera", figure=1), out.getvalue(), "A camera in section")
        document = Document("camera.md", "Camera", "markdown", "en", (), (figure,))
        chunk = Chunk("A camera in section", Locator(heading="Camera", figure=1), ("Camera",))
        course.store(document, file, [chunk], np.eye(4, dtype=np.float32)[:1])
    spot = Spot("camera.md", 0, Box(0.1, 0.1, 0.4, 0.4), (Box(0.6, 0.6, 0.9, 0.9),))
    asked = Question("q9", "ray", "label", "Which label belongs there?", ("Lens", "Sensor"), (0,), spot=spot)
    bank = QuestionBank(student.folder)
    bank.put(asked)
    assert bank.get("q9") == asked
    shown = student.get(f"{AT}/questions/q9/picture")
    assert shown.headers["content-type"] == "image/png"
    marked = Image.open(io.BytesIO(shown.content))
    assert marked.size == (80, 40) and marked.getpixel((9, 5)) != (255, 255, 255) != marked.getpixel((60, 30))
    assert student.get(f"{AT}/questions/q1/picture").status_code == 204
    assert student.post(f"{AT}/answer", json={"question": "q9", "chosen": [0]}).json()["score"] == 1.0
    bank.mark("q9", "dropped")
    with pytest.raises(InvalidItem):
        bank.put(replace(asked, spot=None))


def test_questions_that_fail_are_counted_for_the_teacher(student):
    file = student.folder.parent / "speed.md"
    file.write_text(text := "The processor of the small terminal runs at 120 MHz when awake.", encoding="utf-8")
    with closing(Course(student.folder)) as course:
        chunk = Chunk(text, Locator(heading="Speed"), ("Speed",))
        course.store(
            Document("speed.md", "Speed", "markdown", "en", ()), file, [chunk], np.eye(4, dtype=np.float32)[:1]
        )
    write_map(student.folder, CourseMap((Concept("law", "Law", places=(Place("speed.md"),)),)), after=1)
    told = student.post(f"{TEACH}/questions", json={"concept": "law", "most": 2})
    assert (told.status_code, told.json()) == (201, {"questions": []})
    assert student.get(f"{TEACH}/questions").json()["thrown_away"]["form"] >= 1
    assert student.post(f"{TEACH}/questions", json={"concept": "nowhere"}).json()["code"] == "concept_unknown"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/questions"),
        ("PUT", "/questions/q1"),
        ("PUT", "/map"),
        ("GET", "/questions"),
        ("PUT", "/questions/q1/standing"),
        ("GET", "/disagreements"),
    ],
)
def test_only_the_teacher_sees_keys_and_changes_the_course(course, method, path):
    elsewhere = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    body = {"after": 1, "concepts": []} if path == "/map" else {"standing": "dropped"} if method == "PUT" else None
    assert course.request(method, f"{TEACH}{path}", json=body, headers=elsewhere).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"right": ()}, {"right": (0, 1)}, {"right": (5,)}, {"options": ("a", "A ", "b")}, {"text": " "},
        {"kind": "number"}, {"kind": "short"}, {"kind": "order"},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_graded_is_not_taken(tmp_path, change):
    with pytest.raises(InvalidItem):
        QuestionBank(tmp_path).put(replace(CHOICE, **change))


def test_questions_come_back_as_they_were_and_failures_are_counted(tmp_path):
    bank = QuestionBank(tmp_path)
    assert bank.questions() == [] and not list(tmp_path.iterdir())
    for question in (CHOICE, NUMBER, SHORT):
        bank.put(question)
    bank.mark("q3", "pinned")
    assert QuestionBank(tmp_path).questions() == [SHORT, CHOICE, NUMBER]
    bank.count_thrown_away({"near_copy": 2})
    bank.count_thrown_away({"near_copy": 1, "form": 1})
    assert bank.thrown_away() == {"near_copy": 3, "form": 1}
