"""The teacher's password: chosen at the first start, kept as a hash, asked for with growing waits, set anew by a command."""

from __future__ import annotations

import io
import re

import pytest
from fastapi.testclient import TestClient

from knowledge.errors import InvalidInput
from tests.teaching_app import PASSWORD, signed_in, teaching_app, teaching_parts
from ui.cli import main
from ui.commands.serving import first_steps
from ui.gate import passwords
from ui.gate.teacher import PasswordWrong, SignedOut, TeacherDoor
from ui.gate.vault import Vault
from ui.gate.waits import TooSoon, Waits

HERE, PROXIED = "http://127.0.0.1:7860", "https://tutor.school.example"
NEW = "and turns to the normal"


@pytest.fixture
def app(tmp_path):
    parts = teaching_parts(tmp_path)
    parts.settings.host = "0.0.0.0"
    app = teaching_app(parts)
    yield app
    app.state.bench.close()
    parts.library.close()


@pytest.fixture
def door(app) -> TeacherDoor:
    return app.state.gate.teacher


def reader(app, base: str = HERE, address: str = "127.0.0.1", **options) -> TestClient:
    return TestClient(app, base_url=base, headers={"origin": base, "sec-fetch-site": "same-origin"}, client=(address, 5), **options)


def choose(client, password: str = PASSWORD, again: str | None = None, address: str = "/teach", **options):
    return client.post(address, data={"password": password, "again": again or password}, **options)


# -- the first start


def test_at_this_machine_the_teacher_chooses_a_password_and_is_in(app, door):
    client = reader(app)
    assert '<input type="password" name="again"' in client.get("/teach").text
    shown = choose(client)
    assert shown.status_code == 200 and 'id="ct-create"' in shown.text and shown.request.method == "GET"
    assert client.get("/api/teach/courses/none/list").status_code == 404, "the API is open as well"
    assert 'name="password"' in reader(app).get("/teach").text, "and to nobody else"


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("short", None, "at least 12 characters"),
        ("abababababababab", None, "at least 12 characters"),
        ("x" * 1025, None, "at most 1024"),
        (PASSWORD, "something else", "not the same"),
        ("", None, "at least 12"),
    ],
)
def test_a_password_that_will_not_do_is_not_set(app, door, password, again, says):
    shown = choose(reader(app), password, again)
    assert shown.status_code == 422 and says in shown.text and 'role="alert"' in shown.text
    assert not door.has_password and "set-cookie" not in shown.headers


def test_there_is_no_password_that_opens_anything_before_one_is_chosen(door):
    for guess in ("", "admin", "coursemate", "teacher"):
        with pytest.raises(PasswordWrong):
            door.sign_in(guess, guess)


def test_from_elsewhere_the_first_password_cannot_be_chosen(app, door):
    client = reader(app, "http://tutor.example:7860", "10.0.0.9")
    assert client.get("/teach").status_code == 403
    assert choose(client).status_code == 403 and choose(client, address="/teach?setup=").status_code == 403
    assert choose(client, address="/teach?setup=guess").status_code == 403
    assert not door.has_password


def test_the_link_that_the_server_prints_lets_it_be_chosen_from_elsewhere_once(app, door):
    link = first_steps(door, "0.0.0.0", "http://tutor.example:7860").rpartition(" ")[2]
    invitation = link.partition("tutor.example:7860")[2]
    client = reader(app, "http://tutor.example:7860", "10.0.0.9")
    assert 'name="again"' in client.get(invitation).text
    shown = choose(client, address=invitation)
    assert 'id="ct-create"' in shown.text and "setup" not in str(shown.url)
    assert first_steps(door, "0.0.0.0", "http://tutor.example:7860") == ""
    late = reader(app, "http://tutor.example:7860", "10.0.0.8")
    assert choose(late, NEW, address=invitation).status_code == 401, "it is a sign-in by now, with a wrong password"
    assert not door.invites(invitation.partition("=")[2])


def test_a_server_for_this_machine_alone_prints_no_secret(door):
    assert first_steps(door, "127.0.0.1", HERE).endswith(f"{HERE}/teach")
    assert not door.invites("")


def test_of_two_who_choose_at_once_one_is_refused(door):
    door.set_first(PASSWORD)
    with pytest.raises(Exception, match="chosen already"):
        door.set_first(NEW)
    door.sign_in(PASSWORD, "a")


# -- signing in and out


def test_the_password_opens_the_page_that_was_asked_for_from_anywhere(app, door):
    signed_in(app)
    client = reader(app, PROXIED, "10.0.0.9")
    asked = client.get("/teach?course=gone&document=a b.md")
    assert asked.status_code == 200 and 'autocomplete="current-password"' in asked.text
    opened = client.post("/teach?course=gone&document=a b.md", data={"password": PASSWORD}, follow_redirects=False)
    assert opened.status_code == 303 and opened.headers["location"] == "./teach?course=gone&document=a+b.md"
    assert "That is not here" in client.get("/teach?course=gone").text


def test_the_page_for_the_tag_leads_through_the_door_and_back(app):
    signed_in(app)
    client = reader(app)
    shown = client.get("/teach/embed?course=")
    assert 'name="password"' in shown.text and str(shown.url).endswith("/teach?to=embed&course=")
    back = client.post(str(shown.url), data={"password": PASSWORD})
    assert back.status_code == 200 and "ce-room" in back.text


def test_a_session_is_out_of_reach_of_scripts_other_sites_and_plain_http(app):
    signed_in(app)
    plain = reader(app).post("/teach", data={"password": PASSWORD}, follow_redirects=False).headers["set-cookie"].lower()
    assert re.match(r"coursemate_teacher=[\w-]{43}; httponly; max-age=604800; path=/; samesite=strict$", plain)
    safe = reader(app, PROXIED).post("/teach", data={"password": PASSWORD}, follow_redirects=False).headers["set-cookie"].lower()
    assert safe.startswith("__host-coursemate_teacher=") and "; secure" in safe and "domain" not in safe
    proxied = reader(app, PROXIED.replace("https", "http"))  # as a proxy sends it that says nothing of https
    told = proxied.post("/teach", data={"password": PASSWORD}, headers={"origin": PROXIED}, follow_redirects=False)
    assert "; Secure" in told.headers["set-cookie"]


def test_a_wrong_password_opens_nothing(app):
    signed_in(app)
    client = reader(app)
    shown = client.post("/teach", data={"password": PASSWORD + "x"})
    assert shown.status_code == 401 and "That is not the password" in shown.text and not client.cookies
    refused = client.get("/api/teach/courses/x/list")
    assert (refused.status_code, refused.json()["code"]) == (401, "teacher_signed_out")
    assert client.get("/api/teach/courses/x/list", cookies={"coursemate_teacher": "x" * 43}).status_code == 401


def test_signing_out_ends_the_session_and_not_only_the_cookie(app, door):
    cookies = signed_in(app)
    other = signed_in(app)
    client = reader(app, cookies=cookies)
    shown = client.post("/teach/leave")
    assert 'name="password"' in shown.text
    assert 'name="password"' in reader(app, cookies=cookies).get("/teach").text
    assert 'id="ct-create"' in reader(app, cookies=other).get("/teach").text


def test_a_session_is_over_after_a_week(door, monkeypatch):
    token = door.set_first(PASSWORD)
    door.check(token)
    monkeypatch.setattr("ui.gate.teacher.time.time", lambda: 7 * 24 * 3600 + 4e9)
    with pytest.raises(SignedOut):
        door.check(token)


@pytest.mark.parametrize("path", ["/teach", "/teach/leave"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
        {"origin": "null"},
        {},
    ],
)
def test_no_other_site_can_choose_sign_in_or_sign_out(app, door, path, headers):
    stranger = TestClient(app, base_url=HERE, headers=headers, client=("127.0.0.1", 5))
    assert choose(stranger, address=path).status_code == 403 and not door.has_password
    cookies = signed_in(app)
    assert choose(stranger, address=path, cookies=cookies).status_code == 403
    door.check(cookies["coursemate_teacher"])


# -- guessing


def test_guesses_wait_longer_and_longer_each_address_alone():
    now = [0.0]
    waits = Waits(lambda: now[0])
    waited = []
    for _ in range(14):
        waits.begin("10.0.0.9")
        try:
            waits.begin("10.0.0.9")
        except TooSoon as soon:
            waited.append(soon.details["seconds"])
            now[0] += soon.details["seconds"]
    assert waited[:5] == [2, 4, 8, 16, 32] and waited[-1] == 900
    waits.begin("10.0.0.10")
    waits.begin("2001:db8::1")
    waits.begin("2001:db8::2")
    waits.begin("2001:db8::3")
    with pytest.raises(TooSoon):
        waits.begin("2001:db8::4")
    waits.begin("2001:db8:0:1::1")


def test_many_guesses_at_once_are_as_many_guesses():
    waits = Waits(lambda: 0.0)
    taken = 0
    for _ in range(100):
        try:
            waits.begin("10.0.0.9")
            taken += 1
        except TooSoon:
            pass
    assert taken == 3


def test_who_guesses_is_told_when_the_next_try_counts_and_the_right_one_must_wait_too(app):
    signed_in(app)
    client = reader(app, address="10.0.0.9")
    assert [client.post("/teach", data={"password": "guess"}).status_code for _ in range(3)] == [401] * 3
    soon = client.post("/teach", data={"password": PASSWORD})
    assert soon.status_code == 429 and 1 <= int(soon.headers["retry-after"]) <= 2 and "tried too often" in soon.text
    assert reader(app, address="10.0.0.8").post("/teach", data={"password": PASSWORD}).status_code == 200


def test_the_right_password_forgives():
    waits = Waits(lambda: 0.0)
    for _ in range(5):
        waits.begin("10.0.0.9")
        waits.begin("10.0.0.9")
        waits.forgive("10.0.0.9")


# -- what is kept


def test_a_password_is_kept_only_as_its_salted_hash(tmp_path):
    first, second = passwords.kept(PASSWORD), passwords.kept(PASSWORD)
    assert first != second and first.startswith("scrypt$15$8$3$")
    assert passwords.matches(PASSWORD, first) and not passwords.matches(PASSWORD + " ", first)
    door = TeacherDoor(Vault(tmp_path / "access.sqlite"))
    token = door.set_first(PASSWORD)
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert PASSWORD.encode() not in on_disk and token.encode() not in on_disk
    TeacherDoor(Vault(tmp_path / "access.sqlite")).check(token)


def test_one_password_is_the_same_on_every_keyboard():
    assert passwords.matches("Ｐａｓｓ wort fu\u0308r alle", passwords.kept("Pass wort f\u00fcr alle"))


def test_the_command_sets_it_anew_and_ends_all_sessions_of_a_server_that_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path))
    running = TeacherDoor(Vault(tmp_path / "access.sqlite"))
    token = running.set_first(PASSWORD)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NEW}\n"))
    assert main(["teacher", "password"]) == 0
    with pytest.raises(SignedOut):
        running.check(token)
    with pytest.raises(PasswordWrong):
        running.sign_in(PASSWORD, "a")
    running.check(running.sign_in(NEW, "a"))
    monkeypatch.setattr("sys.stdin", io.StringIO("weak\n"))
    assert main(["teacher", "password"]) == 1 and "at least 12" in capsys.readouterr().err


def test_at_a_terminal_the_password_is_typed_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSEMATE_HOME", str(tmp_path))
    typed = iter([NEW, "another", NEW, NEW])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("ui.commands.access.getpass", lambda prompt: next(typed))
    assert main(["teacher", "password"]) == 1
    assert main(["teacher", "password"]) == 0


def test_a_weak_password_is_refused_whoever_sets_it(door):
    for weak in ("", "elevenchars", "aaaaaaaaaaaaaaaa"):
        with pytest.raises(InvalidInput):
            door.set_anew(weak)
    assert not door.has_password


# -- behind a proxy


def test_names_that_a_proxy_asks_for_are_listed_and_no_others_are_taken(tmp_path):
    parts = teaching_parts(tmp_path)
    parts.settings.host_names = ("Tutor.School.example",)
    app = teaching_app(parts)
    assert reader(app, PROXIED).get("/api/health").status_code == 200
    assert reader(app, "https://evil.example").get("/api/health").status_code == 403
    app.state.bench.close()
