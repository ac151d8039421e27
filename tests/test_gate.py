"""Who may use the server: origins, sessions, sign-ins, keys and quotas, and what the border lets through."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
import time
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from chatbot.store import Store
from knowledge.errors import AccessRefused, InvalidInput
from knowledge.library import Library
from tests.fakes import FakeEngines, FakeTutor, serving_settings, tone
from tests.small_course import cited_passages, make_small_course
from tests.teaching_app import signed_in
from ui.assets import FOLDER
from ui.cli import main
from ui.gate.origins import Origins, normal
from ui.gate.quotas import QuotaReached, Quotas
from ui.gate.tokens import SessionRefused, sign, verify
from ui.gate.vault import KeyRefused, Vault
from ui.gate.visitors import Gate
from ui.server import create_app

HERE, ELSEWHERE = "https://moodle.school.example", "https://evil.example"


@pytest.fixture
def made(tmp_path):
    (tmp_path / "courses").mkdir()
    course = make_small_course(tmp_path / "courses")
    library = Library(tmp_path / "courses")
    library.create("private", embedder="fake", dimensions=4)
    gate = Gate(library, quotas=Quotas(student=3, address=5, course=100))
    gate.origins.change("optics", add=[HERE])
    return SimpleNamespace(
        tutor=FakeTutor(cited_passages(course)), library=library, store=Store(tmp_path / "conversations.sqlite"),
        engines=FakeEngines(), gate=gate,
        settings=serving_settings(),
    )  # fmt: skip


@pytest.fixture
def client(made):
    with TestClient(create_app(**vars(made)), base_url="http://127.0.0.1:7860") as client:
        yield client


def _open(client, origin: str = HERE, course: str = "optics", **more):
    return client.post("/api/widget/session", json={"course": course, **more}, headers={"origin": origin})


def _headers(client, origin: str = HERE, **more) -> dict[str, str]:
    return {"origin": origin, "authorization": f"Bearer {_open(client, **more).json()['token']}"}


def _login(secret: str, header: dict | None = None, **claims) -> str:
    """A token as a site's own server makes it, without any of our code."""
    parts = [header or {"alg": "HS256", "typ": "JWT"}, claims]
    body = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    mac = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


# -- origins


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ("https://Moodle.School.example/", "https://moodle.school.example"),
        ("https://a.example:443", "https://a.example"),
        (" http://127.0.0.1:8000 ", "http://127.0.0.1:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(told, origin):
    assert normal(told) == origin


@pytest.mark.parametrize(
    "told", ["*", "https://*.example", "moodle.example", "https://a.example/course", "ftp://a.example", "null", "https://", "https://a:b@c.example", "https://a.example:x"]
)
def test_what_is_no_origin_is_refused(told):
    with pytest.raises(InvalidInput):
        normal(told)


def test_no_origin_is_listed_until_a_teacher_lists_it(made):
    assert Origins(made.library).of("private") == ()
    assert not made.gate.origins.allows("private", HERE)
    assert made.gate.origins.change("private", add=[HERE, HERE]) == (HERE,)
    assert made.gate.origins.change("private", remove=[HERE]) == ()


# -- sessions


def test_a_listed_site_gets_a_session_with_what_its_widget_shows(client):
    told = _open(client, language="zh")
    assert told.status_code == 200 and told.headers["access-control-allow-origin"] == HERE
    assert told.json()["course"]["title"] == "Light and lenses"
    assert told.json()["words"]["send"] == "发送" and told.json()["starters"]


@pytest.mark.parametrize(("origin", "course"), [(ELSEWHERE, "optics"), (HERE, "private"), ("null", "optics"), ("http://moodle.school.example", "optics")])
def test_a_site_that_is_not_listed_for_the_course_gets_nothing(client, origin, course):
    told = _open(client, origin, course)
    assert told.status_code == 403 and told.json()["code"] == "origin_refused"
    assert "token" not in told.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/ask"), ("GET", "/api/courses"), ("GET", "/api/courses/optics/documents"), ("GET", "/"),
        ("GET", "/api/health"), ("GET", "/gradio_api/info"), ("GET", "/api/courses/optics/file?document=lecture.wav"),
        ("OPTIONS", "/api/ask"), ("GET", "/coursemate/fonts/source-sans-3-latin-wght-normal.woff2"),
    ],
)  # fmt: skip
def test_a_site_that_is_not_listed_can_read_no_route(client, method, path):
    told = client.request(method, path, headers={"origin": ELSEWHERE, "access-control-request-method": "POST"})
    assert told.status_code == 403
    assert not [name for name in told.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/openapi.json", "/gradio_api/info"])
def test_a_listed_site_reads_only_what_its_widget_needs(client, path):
    assert client.get(path, headers=_headers(client)).status_code == 403


def test_a_part_of_another_sites_page_is_refused_though_it_names_no_origin(client):
    picture = "/api/courses/optics/picture?document=eye.png"
    for site in ("cross-site", "same-site"):
        assert client.get(picture, headers={"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}).status_code == 403
    assert client.get(picture, headers={"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}).status_code == 200
    assert client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_a_preflight_names_the_one_origin(client):
    asked = {"origin": HERE, "access-control-request-method": "POST", "access-control-request-private-network": "true"}
    told = client.options("/api/ask", headers=asked)
    assert told.status_code == 204 and told.headers["access-control-allow-origin"] == HERE
    assert told.headers["access-control-allow-private-network"] == "true" and told.headers["vary"] == "Origin"


def test_a_question_within_a_session_is_kept_for_that_student_alone(client, made):
    mine, other = _headers(client), _headers(client)
    told = client.post("/api/ask", data={"course": "optics", "question": "Why?"}, headers=mine)
    conversation = made.store.conversations("optics", made.gate.visitor(mine["authorization"][7:], HERE).student)[0]
    assert told.headers["access-control-allow-origin"] == HERE and "event: done" in told.text
    assert client.get(f"/api/conversations/{conversation.id}", headers=mine).json()["turns"][0]["question"] == "Why?"
    assert [c["question"] for c in client.get("/api/conversations?course=optics", headers=mine).json()] == ["Why?"]
    assert client.get(f"/api/conversations/{conversation.id}", headers=other).status_code == 404
    assert client.get(f"/api/conversations/{conversation.id}").status_code == 404
    assert client.get("/api/conversations?course=optics").status_code == 403


def test_feedback_is_kept_and_can_be_taken_back(client, made):
    headers = _headers(client)
    told = client.post("/api/ask", data={"course": "optics", "question": "Why?"}, headers=headers).text
    given = {"conversation": json.loads(told.split("data: ")[1].split("\n")[0])["conversation"]}
    given["turn"] = json.loads(told.split("event: kept\ndata: ")[1].split("\n")[0])["turn"]
    for rating in (1, -1, 0):
        assert client.post("/api/feedback", json={**given, "rating": rating}, headers=headers).status_code == 200
        assert made.store.turns(given["conversation"])[0].rating == rating
    assert client.post("/api/feedback", json={**given, "rating": 5}, headers=headers).status_code == 422
    assert client.post("/api/feedback", json={**given, "turn": 99, "rating": 1}, headers=headers).status_code == 404
    assert client.post("/api/feedback", json={**given, "rating": 1}).status_code == 404


def test_a_picture_and_what_is_in_view_reach_the_turn(client, made):
    page = {"page_title": "Physics", "page_heading": "Unit 3\n Light", "selected": "x" * 5000}
    client.post("/api/ask", data={"course": "optics", "question": "Explain this", **page}, headers=_headers(client))
    seen = made.tutor.turns[-1].page
    assert (seen.title, seen.heading, len(seen.selected)) == ("Physics", "Unit 3 Light", 2000)


def test_a_session_is_for_one_course_and_one_site(client, made):
    headers = _headers(client)
    assert client.get("/api/courses/private/documents", headers=headers).json()["code"] == "course_refused"
    assert client.get("/api/courses", headers=headers).status_code == 403
    assert client.post("/api/ask", data={"course": "private", "question": "?"}, headers=headers).status_code == 403
    made.gate.origins.change("private", add=[ELSEWHERE])
    assert client.get("/api/courses/optics/documents", headers={**headers, "origin": ELSEWHERE}).status_code == 401


def test_taking_a_site_off_the_list_ends_its_sessions(client, made):
    headers = _headers(client)
    assert client.get("/api/courses/optics/documents", headers=headers).status_code == 200
    made.gate.origins.change("optics", remove=[HERE])
    assert client.get("/api/courses/optics/documents", headers=headers).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer"])
def test_without_a_session_of_ours_a_listed_site_gets_no_answer(client, token):
    told = client.post(
        "/api/ask", data={"course": "optics", "question": "?"}, headers={"origin": HERE, "authorization": f"Bearer {token}"}
    )
    assert told.status_code == 401 and told.json()["code"] == "session_refused"


def test_an_anonymous_student_is_the_same_one_on_the_next_visit(client, made):
    first = _open(client).json()["token"]
    student = lambda told: made.gate.visitor(told.json()["token"], HERE).student  # noqa: E731
    assert student(_open(client, before=first)) == made.gate.visitor(first, HERE).student
    assert student(_open(client)) != made.gate.visitor(first, HERE).student
    assert student(_open(client, before=first[:-4] + "AAAA")) != made.gate.visitor(first, HERE).student


# -- tokens and sign-ins


def test_a_token_is_taken_until_it_is_over_and_only_as_it_was_signed():
    good = sign({"sub": "x", "exp": time.time() + 60}, b"secret")
    assert verify(good, b"secret")["sub"] == "x"
    over = sign({"sub": "x", "exp": time.time() - 60}, b"secret")
    assert verify(over, b"secret", grace_s=120)["sub"] == "x"
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for bad in (over, good[:-2], f"{none}.{good.split('.')[1]}.", sign({"sub": "x"}, b"secret"), good.replace(".", ".e", 1), ""):
        with pytest.raises(SessionRefused):
            verify(bad, b"secret")
    with pytest.raises(SessionRefused):
        verify(good, b"other secret")


def test_a_site_can_say_who_its_student_is(client, made):
    secret = made.gate.vault.site_secret("optics")
    login = _login(secret, sub="anna", aud="optics", exp=time.time() + 300)
    students = {made.gate.visitor(_open(client, login=login).json()["token"], HERE).student for _ in range(2)}
    assert len(students) == 1 and "anna" not in students.pop()


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "anna", "aud": "optics", "exp": time.time() - 5},
        {"sub": "anna", "aud": "private", "exp": time.time() + 300},
        {"sub": "anna", "aud": "optics", "exp": time.time() + 9e6},
        {"aud": "optics", "exp": time.time() + 300},
    ],
)
def test_a_sign_in_that_does_not_hold_opens_no_session(client, made, claims):
    assert _open(client, login=_login(made.gate.vault.site_secret("optics"), **claims)).status_code == 401
    assert _open(client, login=_login("guessed", sub="anna", aud="optics", exp=time.time() + 300)).status_code == 401


def test_one_courses_secret_signs_for_no_other(made):
    login = _login(made.gate.vault.site_secret("private"), sub="anna", aud="optics", exp=time.time() + 300)
    with pytest.raises(SessionRefused):
        made.gate.open_session("optics", HERE, login=login)
    with pytest.raises(AccessRefused):
        made.gate.open_session("private", HERE)


# -- quotas


def test_a_student_who_asks_too_much_is_told_when_to_come_again(client):
    headers = _headers(client)
    ask = lambda: client.post("/api/ask", data={"course": "optics", "question": "?"}, headers=headers)  # noqa: E731
    assert [ask().status_code for _ in range(3)] == [200, 200, 200]
    told = ask()
    assert told.status_code == 429 and told.json()["code"] == "quota_student"
    assert 3500 < int(told.headers["retry-after"]) <= 3600
    assert told.headers["access-control-expose-headers"] == "retry-after"


def test_an_address_with_many_students_has_a_limit_of_its_own(client):
    codes = [
        client.post("/api/ask", data={"course": "optics", "question": "?"}, headers=_headers(client)).status_code
        for _ in range(6)
    ]
    assert codes == [200] * 5 + [429]


def test_students_behind_one_address_wait_in_line_as_students(client, made, monkeypatch):
    asked = []
    begin = client.app.state.desk.begin
    monkeypatch.setattr(client.app.state.desk, "begin", lambda question, **who: asked.append(who["who"]) or begin(question, **who))
    for headers in (_headers(client), _headers(client), {}):
        client.post("/api/ask", data={"course": "optics", "question": "?"}, headers=headers)
    assert len(set(asked)) == 3 and asked[-1] == "testclient"


# -- the socket that listens


LISTEN = "ws://127.0.0.1:7860/api/listen"


def _listen(client, origin: str, token: str, course: str = "optics") -> dict:
    with client.websocket_connect(LISTEN, headers={"origin": origin}) as socket:
        socket.send_json({"type": "start", "course": course, "rate": 16_000, "by_itself": False, "token": token})
        return socket.receive_json()


def test_a_listed_site_is_listened_to_with_a_session_of_its_own(client, made):
    token = _open(client).json()["token"]
    assert _listen(client, HERE, token) == {"type": "ready"}
    made.gate.origins.change("private", add=["https://b.example"])
    stolen = "https://b.example"
    for origin, shown, course, code in (
        (HERE, "", "optics", "session_refused"),
        (HERE, token[:-2], "optics", "session_refused"),
        (HERE, token, "private", "course_refused"),
        (stolen, token, "optics", "session_refused"),
        (stolen, token, "private", "session_refused"),
    ):
        assert _listen(client, origin, shown, course)["code"] == code


@pytest.mark.parametrize(
    ("path", "origin"), [("/api/listen", ELSEWHERE), ("/api/listen", "null"), ("/api/listen", "http://127.0.0.1:9"), ("/queue/join", HERE), ("/", HERE)]
)
def test_no_other_site_and_no_other_route_gets_a_socket(client, path, origin):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"ws://127.0.0.1:7860{path}", headers={"origin": origin}):
        pass


def test_a_site_taken_off_the_list_is_listened_to_no_more(client, made):
    token = _open(client).json()["token"]
    made.gate.origins.change("private", add=[HERE])
    made.gate.origins.change("optics", remove=[HERE])
    assert _listen(client, HERE, token)["code"] == "origin_refused"


def test_a_quota_is_free_again_after_an_hour():
    now = [0.0]
    quotas = Quotas(student=2, address=0, course=0, clock=lambda: now[0])
    quotas.take(student="a", address="x")
    now[0] = 1000
    quotas.take(student="a", address="x")
    with pytest.raises(QuotaReached) as reached:
        quotas.take(student="a", address="x")
    assert reached.value.details["seconds"] == 2600
    quotas.take(student="b", address="x")
    now[0] = 3601
    quotas.take(student="a", address="x")


@pytest.mark.parametrize("kind", ["audio", "image"])
def test_an_upload_larger_than_a_question_needs_is_refused(client, kind):
    told = client.post("/api/ask", data={"course": "optics"}, files={kind: ("x", b"0" * 20_000_001)}, headers=_headers(client))
    assert told.status_code == 422 and told.json()["code"] == "upload_too_large"


# -- keys


def test_a_key_is_kept_only_as_its_hash(tmp_path):
    vault = Vault(tmp_path / "access.sqlite")
    key = vault.create_key("grader", ("optics",))
    assert vault.key(key).name == "grader" and vault.key(key).may("optics") and not vault.key(key).may("private")
    assert key[-24:].encode() not in (tmp_path / "access.sqlite").read_bytes()
    assert stat.S_IMODE((tmp_path / "access.sqlite").stat().st_mode) == 0o600
    with pytest.raises(InvalidInput):
        vault.create_key("grader")
    for wrong in ("", key[:-1], key.replace("cm-", "xx-"), "cm--"):
        with pytest.raises(KeyRefused):
            vault.key(wrong)
    vault.revoke_key("grader")
    with pytest.raises(KeyRefused):
        vault.key(key)


def test_secrets_outlive_the_process_and_differ(tmp_path):
    first = Vault(tmp_path / "access.sqlite")
    assert Vault(tmp_path / "access.sqlite").server_secret() == first.server_secret()
    assert len({first.site_secret("a"), first.site_secret("b"), first.server_secret().hex()}) == 3


def test_a_program_with_a_key_asks_its_course_and_no_other(client, made):
    key = {"authorization": f"Bearer {made.gate.vault.create_key('grader', ('optics',))}"}
    assert client.post("/api/ask", data={"course": "optics", "question": "?"}, headers=key).status_code == 200
    assert client.get("/api/courses/private/documents", headers=key).status_code == 403
    assert client.get("/api/courses/optics/documents", headers={"authorization": "Bearer cm-x-y"}).status_code == 401


def test_the_command_line_lists_sites_and_keys(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path))
    (tmp_path / "courses").mkdir()
    Library(tmp_path / "courses").create("optics", embedder="fake", dimensions=4)
    assert main(["course", "origins", "optics", "--add", "https://A.example", "--add", "http://b.example:80"]) == 0
    assert main(["course", "origins", "optics", "--remove", "http://b.example"]) == 0
    assert capsys.readouterr().out.split() == ["https://a.example", "http://b.example", "https://a.example"]
    assert main(["course", "origins", "optics", "--add", "https://*"]) == 1
    assert main(["key", "create", "grader", "--course", "optics"]) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("cm-") and main(["key", "list"]) == 0
    listed = capsys.readouterr().out
    assert "grader" in listed and key not in listed
    assert main(["key", "create", "other", "--course", "none"]) == 1
    assert main(["key", "revoke", "grader"]) == 0 and main(["key", "revoke", "grader"]) == 1
    capsys.readouterr()
    assert main(["course", "login-secret", "optics"]) == 0
    assert len(capsys.readouterr().out.strip()) == 64


# -- what is served to pages


def test_the_script_may_be_had_by_any_page_and_is_no_secret(client):
    for headers in ({"origin": ELSEWHERE}, {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}):
        told = client.get("/widget.js", headers=headers)
        assert told.status_code == 200 and told.headers["content-type"].startswith("text/javascript")
        assert told.headers["cross-origin-resource-policy"] == "cross-origin"
    packed = client.get("/widget.js", headers={"accept-encoding": "gzip"})
    plain = client.get("/widget.js", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and packed.text == plain.text
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])


@pytest.mark.parametrize(
    ("page", "listed"),
    [(f"{HERE}/unit/3?page=1", True), (HERE, True), ("http://127.0.0.1:7860/teach", True), (f"{ELSEWHERE}/", False), ("null", False), (None, False)],
)
def test_the_script_draws_the_button_at_once_on_a_listed_page_alone(client, page, listed):
    told = client.get("/widget.js", headers={"referer": page} if page else {})
    assert ("this page is listed" in told.text) is listed
    assert "Referer" in told.headers["vary"]


def test_the_rest_of_the_widget_is_for_listed_sites(client):
    panel = next(FOLDER.glob("widget/panel-*.js")).name
    told = client.get(f"/coursemate/widget/{panel}", headers={"origin": HERE})
    assert told.status_code == 200 and told.headers["access-control-allow-origin"] == HERE
    assert "immutable" in told.headers["cache-control"] and told.headers["content-encoding"] == "gzip"
    assert client.get(f"/coursemate/widget/{panel}", headers={"origin": ELSEWHERE}).status_code == 403
    for name in ("widget.js", "panel-OLD.js", "..%2f__init__.py"):
        assert client.get(f"/coursemate/widget/{name}", headers={"origin": HERE}).status_code == 404


def test_a_source_can_be_framed_only_by_the_courses_sites(client, made):
    told = client.get("/embed/source?course=optics&document=refraction.pdf&page=1")
    assert f"frame-ancestors 'self' {HERE}" in told.headers["content-security-policy"]
    assert "script-src 'self';" in told.headers["content-security-policy"]
    made.gate.origins.change("optics", remove=[HERE])
    told = client.get("/embed/source?course=optics&document=refraction.pdf&page=1")
    assert told.headers["content-security-policy"].endswith("frame-ancestors 'self'")
    assert "frame-ancestors 'self'" in client.get("/").headers["content-security-policy"]


def test_a_spoken_question_comes_through_the_border(client, made):
    told = client.post("/api/ask", data={"course": "optics"}, files={"audio": ("q", tone(1.0).to_wav())}, headers=_headers(client))
    assert '"text": "Why does light bend?"' in told.text


# -- what those who keep the server see


def test_metrics_count_turns_and_refusals_but_hold_no_words(client, made):
    client.post("/api/ask", data={"course": "optics", "question": "Why secret?"})
    client.post("/api/ask", data={"course": "optics", "question": "nothing"})
    client.get("/api/courses/none/documents")
    key = made.gate.vault.create_key("prometheus")
    told = client.get("/metrics", headers={"authorization": f"Bearer {key}"}).text
    assert 'coursemate_turns_total{course="optics",ending="answered"} 1.0' in told
    assert 'coursemate_turns_total{course="optics",ending="not_found"} 1.0' in told
    assert 'coursemate_refused_total{code="course_not_found"} 1.0' in told
    assert "coursemate_turns_open 0.0" in told and "coursemate_ready 1.0" in told and "secret" not in told


def test_metrics_are_read_on_this_machine_or_with_a_key(client, made):
    assert client.get("/metrics").status_code == 401  # the test's client comes from no address of this machine
    with TestClient(client.app, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5)) as here:
        assert here.get("/metrics").status_code == 200
        assert here.get("/metrics", headers={"x-forwarded-for": "1.2.3.4"}).status_code == 401


def test_readiness_is_not_health(client, made):
    made.engines.loading = True
    assert (client.get("/api/health").status_code, client.get("/api/ready").status_code) == (200, 503)
    made.engines.finish()
    assert client.get("/api/ready").json() == {"ready": True}


# -- the teacher's page for the tag

HOME = {"host": "127.0.0.1:7860", "sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:7860"}


@pytest.fixture
def teacher(client):
    with TestClient(client.app, base_url="http://127.0.0.1:7860", client=("127.0.0.1", 5), cookies=signed_in(client.app)) as here:
        yield here


def test_the_embed_page_shows_the_sites_and_changes_them(teacher, made):
    page = teacher.get("/teach/embed?course=optics", headers={"sec-fetch-mode": "navigate"})
    assert f"<code>{HERE}</code>" in page.text and "unsafe" not in page.headers["content-security-policy"]
    changed = teacher.post("/api/teach/origins", json={"course": "optics", "add": ["https://b.example"]}, headers=HOME)
    assert changed.json() == {"origins": [HERE, "https://b.example"]}
    assert teacher.post("/api/teach/origins", json={"course": "optics", "add": ["*"]}, headers=HOME).status_code == 422


def test_the_embed_page_is_for_the_teacher_alone(client, teacher, made):
    assert HERE not in client.get("/teach/embed", headers={"sec-fetch-mode": "navigate"}).text
    assert client.post("/api/teach/origins", json={"course": "optics", "add": [ELSEWHERE]}, headers=HOME).status_code == 401
    change = {"course": "optics", "add": [ELSEWHERE]}
    for headers in ({"origin": ELSEWHERE}, {"origin": HERE}, {**HOME, "sec-fetch-site": "cross-site"}, {}):
        assert teacher.post("/api/teach/origins", json=change, headers=headers).status_code == 403
    assert made.gate.origins.of("optics") == (HERE,)


def test_our_own_page_gets_a_session_without_a_list_which_is_worth_nothing_elsewhere(client, made):
    told = client.post("/api/widget/session", json={"course": "private"}, headers={"origin": "http://127.0.0.1:7860"})
    own = {"authorization": f"Bearer {told.json()['token']}"}
    assert client.get("/api/courses/private/documents", headers=own).status_code == 200
    assert client.get("/api/courses/optics/documents", headers=own).status_code == 403
    assert client.get("/api/courses/private/documents", headers={**own, "origin": HERE}).status_code == 401
    assert client.get("/api/courses/optics/documents", headers={**_headers(client), "origin": "http://127.0.0.1:7860"}).status_code == 401
