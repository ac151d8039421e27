"""What a course page's session knows of ways and practice: the student of the session is the learner, and of one course."""

from __future__ import annotations

import re
import time

import pytest
from fastapi.testclient import TestClient

from chatbot.ways.limits import Limit, Limits, write_limits
from tests.learning_material import LEARNERS, learning_parts, let_practise
from tests.teaching_app import teaching_app
from ui.gate.quotas import Quotas
from ui.gate.tokens import sign
from ui.gate.visitors import Gate

SITE, OTHER_SITE = "https://moodle.school.example", "https://wiki.school.example"
AT = "/api/courses/optics/learning"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    parts = learning_parts(tmp_path_factory.mktemp("home"))
    parts.gate = Gate(parts.library)
    parts.gate.origins.change("optics", add=[SITE, OTHER_SITE])
    parts.library.create("logic", embedder="none", dimensions=4)
    parts.gate.origins.change("logic", add=[SITE])
    let_practise(parts.record)
    with TestClient(teaching_app(parts), base_url="http://127.0.0.1:7860", client=("203.0.113.9", 5000)) as client:
        client.parts = parts
        yield client
    parts.record.close()


def session(client, course: str = "optics", site: str = SITE, **more: str) -> tuple[dict, dict[str, str]]:
    """What a course page's widget is told, and the headers of what it asks then."""
    told = client.post("/api/widget/session", json={"course": course, **more}, headers={"origin": site}).json()
    return told, {"origin": site, "authorization": f"Bearer {told['token']}"}


def answered(client, headers: dict[str, str]) -> int:
    concepts = client.get(f"{AT}/progress", headers=headers).json()["concepts"]
    return sum(one["answers"] for one in concepts)


def test_a_student_of_a_course_page_practises_as_whom_the_session_says(served):
    _, anna = session(served)
    _, ben = session(served)
    step = served.post(f"{AT}/next", json={}, headers=anna).json()["steps"][0]
    told = served.post(f"{AT}/answer", json={"question": step["question"]["id"], "chosen": [0]}, headers=anna)
    assert told.status_code == 200 and "known" in told.json()
    assert answered(served, anna) == 1 and answered(served, ben) == 0


def test_an_answer_counts_as_a_question_and_too_many_are_told_when_to_come_again(served, monkeypatch):
    monkeypatch.setattr(served.parts.gate, "quotas", Quotas(student=2, address=0, course=0))
    _, anna = session(served)
    _, ben = session(served)
    question = served.post(f"{AT}/next", json={}, headers=anna).json()["steps"][0]["question"]["id"]
    give = lambda headers: served.post(f"{AT}/answer", json={"question": question, "chosen": [0]}, headers=headers)  # noqa: E731
    assert served.post("/api/ask", data={"course": "optics", "question": "?"}, headers=anna).status_code == 200
    assert give(anna).status_code == 200
    before = answered(served, anna)
    told = give(anna)
    assert (told.status_code, told.json()["code"]) == (429, "quota_student")
    assert "minutes" in told.json()["message"] and 3500 < int(told.headers["retry-after"]) <= 3600
    assert told.headers["access-control-expose-headers"] == "retry-after"
    assert answered(served, anna) == before, "what was not taken is not recorded"
    assert give(ben).status_code == 200
    assert served.post("/api/ask", data={"course": "optics", "question": "?"}, headers=anna).status_code == 429


def test_answers_on_our_own_page_count_for_the_address(served, monkeypatch):
    monkeypatch.setattr(served.parts.gate, "quotas", Quotas(student=0, address=1, course=0))
    headers = {"coursemate-learner": served.post("/api/learners").json()["learner"]}
    question = served.post(f"{AT}/next", json={}, headers=headers).json()["steps"][0]["question"]["id"]
    codes = [served.post(f"{AT}/answer", json={"question": question, "chosen": [0]}, headers=headers).status_code for _ in range(2)]
    assert codes == [200, 429]


def test_a_page_cannot_name_another_learner(served):
    _, headers = session(served)
    assert answered(served, {"coursemate-learner": LEARNERS[0]}) > 0, "our own page knows learners by their id"
    assert answered(served, headers | {"coursemate-learner": LEARNERS[0]}) == 0
    student = "student:a-abcdefghijklmnopqrst"
    assert served.get(f"{AT}/progress", headers={"coursemate-learner": student}).status_code == 422


def test_a_signed_student_is_the_same_learner_on_every_site_and_an_anonymous_one_is_not(served):
    secret = served.parts.gate.vault.site_secret("optics").encode()
    login = sign({"sub": "anna", "aud": "optics", "exp": int(time.time()) + 300}, secret)
    _, here = session(served, login=login)
    served.post(f"{AT}/answer", json={"question": "number", "text": "2 1/m"}, headers=here)
    _, there = session(served, site=OTHER_SITE, login=login)
    assert answered(served, there) == 1
    told, nobody = session(served)
    _, elsewhere = session(served, site=OTHER_SITE, before=told["token"])
    served.post(f"{AT}/answer", json={"question": "number", "text": "2 1/m"}, headers=nobody)
    assert answered(served, elsewhere) == 0


@pytest.mark.parametrize("path", ["/progress", "/map", "/map.svg", "/cards", "/questions/choice/picture"])
def test_a_session_is_for_the_learning_of_its_own_course(served, path):
    _, headers = session(served, "logic")
    assert served.get(f"{AT}{path}", headers=headers).status_code == 403
    assert served.get(f"{AT}{path}", headers={"origin": SITE}).status_code == 401, "nor is there any without a session"


def test_nothing_of_teaching_and_no_other_learner_is_for_course_pages(served):
    _, headers = session(served)
    for method, path in (("GET", "/api/teach/courses/optics/learning/questions"), ("POST", "/api/learners"), ("POST", "/api/recommendations")):
        assert served.request(method, path, headers=headers).status_code == 403


@pytest.mark.parametrize(("language", "words"), [("en", "Check my answer"), ("zh", "检查")])
def test_practice_has_its_words_in_the_students_language(served, language, words):
    _, headers = session(served)
    told = served.get(f"/api/widget/words?language={language}", headers=headers).json()["words"]
    assert words in told["check"]
    reason = served.post(f"{AT}/next", json={}, headers=headers | {"accept-language": language}).json()["steps"][0]["reason"]["text"]
    assert bool(re.search("[\u4e00-\u9fff]", reason)) is (language == "zh")


def test_the_session_offers_the_ways_that_the_teacher_allows(served):
    folder = served.parts.library.folder_of("optics")
    told, _ = session(served)
    assert [one["way"] for one in told["ways"]] == ["explain", "hint", "check", "lesson", "practise"]
    assert told["ways"][1] == {"way": "hint", "label": "Hint", "placeholder": "Which question do you want a hint for?", "next": "Next hint", "progress": "Hint {step} of {of}"}
    assert told["practises"] is True
    write_limits(folder, Limits((Limit(ways=("hint", "lesson")), Limit("lenses.pptx", ways=("hint",)))))
    assert [one["way"] for one in session(served)[0]["ways"]] == ["hint", "lesson"], "of the course; a section is known by its question"
    (folder / "limits.json").write_text("{", encoding="utf-8")
    assert [one["way"] for one in session(served)[0]["ways"]] == ["explain"]
    (folder / "limits.json").unlink()
