"""The ways of tutoring and the teacher's limits through HTTP."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from tests.small_course import cited_passages, make_small_course
from tests.teaching_app import signed_in, teaching_app, teaching_parts

BASE = "http://127.0.0.1:7860"
LIMITS = "/api/teach/courses/optics/limits"


@pytest.fixture
def parts(tmp_path):
    parts = teaching_parts(tmp_path)
    course = make_small_course(parts.library.folder)
    parts.tutor.passages = cited_passages(course)
    yield parts
    parts.library.close()


@pytest.fixture
def app(parts):
    app = teaching_app(parts)
    yield app
    app.state.bench.close()


def reader(app, **options) -> TestClient:
    headers = {"origin": BASE, "sec-fetch-site": "same-origin"}
    return TestClient(app, base_url=BASE, headers=headers, client=("127.0.0.1", 5), **options)


def done(response) -> dict:
    block = next(block for block in response.text.split("\n\n") if block.startswith("event: done"))
    return json.loads(block.split("data: ", 1)[1])


def test_the_way_reaches_the_tutor_and_its_progress_comes_back_without_its_secrets(app, parts):
    client = reader(app)
    first = client.post("/api/ask", data={"course": "optics", "question": "Why?", "way": "hint"})
    assert parts.tutor.turns[-1].way == "hint"
    assert done(first)["progress"] == {"way": "hint", "step": 1, "of": 4, "more": True}
    assert "secret" not in first.text
    told = [block for block in first.text.split("\n\n") if block.startswith("event: begun")]
    conversation = json.loads(told[0].split("data: ", 1)[1])["conversation"]
    form = {"course": "optics", "question": "next hint", "way": "hint", "conversation": conversation}
    assert done(client.post("/api/ask", data=form))["progress"]["step"] == 2
    again = client.get(f"/api/conversations/{conversation}")
    assert again.json()["turns"][-1]["answer"]["progress"]["step"] == 2 and "secret" not in again.text


def test_a_question_without_a_way_is_explained(app, parts):
    assert done(reader(app).post("/api/ask", data={"course": "optics", "question": "Why?"}))["progress"] is None
    assert parts.tutor.turns[-1].way == "explain"


def test_a_way_that_there_is_not_is_refused_with_those_that_there_are(app):
    told = reader(app).post("/api/ask", data={"course": "optics", "question": "Why?", "way": "solve"}).text
    assert "way_unknown" in told and "practise" in told


def test_the_teacher_alone_sets_limits(app):
    row = {"document": "refraction.pdf", "heading": "Refraction", "ways": ["hint"], "rungs": 2}
    assert reader(app).put(LIMITS, json={"limits": [row]}).status_code == 401
    client = reader(app, cookies=signed_in(app))
    assert client.get(LIMITS).json() == {"limits": []}
    assert client.put(LIMITS, json={"limits": [row]}).json() == {"limits": [row]}
    assert client.get(LIMITS).json() == {"limits": [row]}


@pytest.mark.parametrize("row", [{"rungs": 9}, {"ways": ["solve"]}, {"student": "x"}])
def test_limits_that_mean_nothing_are_refused(app, row):
    client = reader(app, cookies=signed_in(app))
    assert client.put(LIMITS, json={"limits": [row]}).status_code == 422


def test_whose_practice_it_is_reaches_the_tutor(app, parts):
    client, form = reader(app), {"course": "optics", "question": "go", "way": "practise"}
    client.post("/api/ask", data=form, headers={"coursemate-learner": "ann-has-answered-some-things"})
    assert parts.tutor.turns[-1].learner == "ann-has-answered-some-things"
    client.post("/api/ask", data=form)
    assert parts.tutor.turns[-1].learner == ""
    refused = client.post("/api/ask", data=form, headers={"coursemate-learner": "student:ann-of-another-site"})
    assert refused.status_code == 422


def test_a_student_of_a_course_page_practises_as_that_student_whatever_is_told(app, parts):
    token, visitor = app.state.gate.open_session("optics", "self")
    headers = {"authorization": f"Bearer {token}", "coursemate-learner": "ann-has-answered-some-things"}
    form = {"course": "optics", "question": "go", "way": "practise"}
    reader(app).post("/api/ask", data=form, headers=headers)
    assert parts.tutor.turns[-1].learner == f"student:{visitor.student}"


def test_sections_that_can_be_limited_are_told_to_the_teacher_alone(app):
    assert reader(app).get(f"{LIMITS}/sections").status_code == 401
    documents = reader(app, cookies=signed_in(app)).get(f"{LIMITS}/sections").json()["documents"]
    headings = {one["document"]: one["headings"] for one in documents}
    assert headings["snell.md"] == ["Snell", "The law"] and set(headings) >= {"refraction.pdf", "lenses.pptx"}


def test_damaged_limits_are_told_to_the_teacher_and_set_anew(app, parts):
    file = parts.library.open("optics").folder / "limits.json"
    file.write_text("{", encoding="utf-8")
    client = reader(app, cookies=signed_in(app))
    told = client.get(LIMITS).json()
    assert told["limits"] == [] and "limits.json" in told["damaged"]
    assert client.put(LIMITS, json={"limits": [{"rungs": 2}]}).status_code == 200
    assert [one["rungs"] for one in client.get(LIMITS).json()["limits"]] == [2] and "damaged" not in client.get(LIMITS).json()
