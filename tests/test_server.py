"""The application over HTTP: what it answers, what it refuses, and what it never sends."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from chatbot.stopping import Busy
from chatbot.store import Store
from knowledge.errors import WeightsMissing
from knowledge.library import Library
from tests.fakes import FakeEngines, FakeTutor, serving_settings, tone
from tests.small_course import LAW, SPEED, cited_passages, make_small_course
from ui.asking import Desk, Question, Queued
from ui.guard import MOST_BODY_BYTES, is_loopback
from ui.server import create_app
from ui.sounds import Shelf

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The application with everything faked but the course and the store."""
    home = tmp_path_factory.mktemp("home")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    made = SimpleNamespace(
        tutor=FakeTutor(cited_passages(course)),
        library=Library(home / "courses"),
        store=Store(home / "conversations.sqlite"),
        engines=FakeEngines(),
        settings=serving_settings(),
    )
    return made, create_app(**vars(made))


@pytest.fixture
def client(parts):
    _, app = parts
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def made(parts):
    return parts[0]


def _events(text: str) -> list[tuple[str, dict]]:
    return [(name, json.loads(data)) for name, data in re.findall(r"^event: (.+)\ndata: (.+)$", text, re.MULTILINE)]


def _ask(client, files=None, **form):
    response = client.post("/api/ask", data={"course": "optics", **form}, files=files)
    assert response.headers["content-type"].startswith("text/event-stream")
    return _events(response.text)


# -- asking


def test_a_question_is_answered_as_events(client):
    events = _ask(client, question="Why does light bend?", language="en")
    names = [name for name, _ in events]
    assert names[0] == "begun" and names[1] == "found" and names[-1] == "done"
    assert {"said", "cited"} <= set(names)
    done = events[-1][1]
    assert done["status"] == "answered"
    assert done["citations"][0]["document"] == "refraction.pdf"
    assert done["citations"][0]["place"] == "p. 1"
    assert client.get(f"/{done['citations'][0]['source']}").status_code == 200


def test_the_conversation_goes_on_and_is_kept(client, made):
    first = _ask(client, question="One?")
    conversation = first[0][1]["conversation"]
    second = _ask(client, question="Two?", conversation=conversation)
    assert second[0][1]["conversation"] == conversation
    assert [turn.question for turn in made.store.turns(conversation)] == ["One?", "Two?"]
    assert [exchange.question for exchange in made.tutor.histories[-1]] == ["One?"]


def test_a_conversation_that_is_not_ours_begins_a_new_one(client, made):
    events = _ask(client, question="One?", conversation="guessed")
    assert events[0][1]["conversation"] != "guessed"
    assert made.store.turns("guessed") == []


def test_a_spoken_question_with_a_picture(client, made):
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(picture, "PNG")
    files = {"audio": ("q.wav", tone(1.0).to_wav()), "image": ("p.png", picture.getvalue())}
    events = dict(_ask(client, files=files, speak="true"))
    assert events["heard"]["text"] == "Why does light bend?"
    assert events["looked"]["notices"] == ["picture_words_only"]
    assert made.tutor.turns[-1].sound.duration_s == pytest.approx(1.0, abs=0.05)
    sound = client.get(f"/{events['spoke']['sound']}")
    assert sound.headers["content-type"] == "audio/wav" and sound.content.startswith(b"RIFF")


def test_a_question_that_points_at_nothing_is_asked_back_with_topics(client):
    done = _ask(client, question="explain this")[-1]
    assert done[0] == "done" and done[1]["status"] == "unclear" and done[1]["topics"] == ["Refraction", "Lenses & <mirrors>"]


def test_not_found_is_an_answer(client):
    done = _ask(client, question="nothing about this")[-1]
    assert done[0] == "done" and done[1]["status"] == "not_found" and done[1]["nearest"]


@pytest.mark.parametrize(("language", "words"), [("en", "could not be loaded"), ("zh", "没能加载")])
def test_a_failure_is_an_error_event_in_the_readers_language(client, language, words):
    name, error = _ask(client, question="please break", language=language)[-1]
    assert name == "error" and error["code"] == "engine_failed" and words in error["message"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"audio": ("q.wav", b"no sound at all")}, "sound_unreadable"),
        ({"audio": ("q.wav", tone(6.0).to_wav())}, "sound_too_long"),
        ({"image": ("p.png", b"no picture at all")}, "picture_unreadable"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(client, files, code):
    assert _ask(client, files=files)[-1][1]["code"] == code


def test_an_unknown_course_is_404_with_a_sentence(client):
    response = client.post("/api/ask", data={"course": "none", "question": "?"}, headers={"accept-language": "zh"})
    assert response.status_code == 404
    assert response.json() == {"code": "course_not_found", "message": "没有名为“none”的课程，请在上方另选一门。"}


def test_reading_aloud_tells_sentence_by_sentence(client):
    response = client.post("/api/read-aloud", data={"text": "One. Two. Three.", "language": "en"})
    assert [value["n"] for name, value in _events(response.text) if name == "spoke"] == [1, 2, 3]
    assert client.post("/api/read-aloud", data={"text": "x" * 9000}).status_code == 422


# -- waiting and stopping


def _desk(made, engines=None, tutor=None) -> Desk:
    return Desk(
        tutor=tutor or made.tutor, library=made.library, store=made.store,
        engines=engines or made.engines, settings=made.settings,
    )  # fmt: skip


def test_a_question_waits_until_the_engines_are_loaded(made):
    engines = FakeEngines(loading=True)
    steps = []
    for batch in _desk(made, engines).begin(Question("optics", "Why?")).batches(2.0):
        steps += batch
        if any(type(step).__name__ == "Waiting" for step in steps):
            engines.finish()
    assert [type(step).__name__ for step in steps][:2] == ["Begun", "Waiting"]
    assert type(steps[-1]).__name__ == "Done"


def test_a_question_fails_with_what_kept_the_engine_from_loading(made):
    error = WeightsMissing("Fetch them.", code="weights_missing", name="m", command="coursemate weights pull")
    with pytest.raises(WeightsMissing):
        list(_desk(made, FakeEngines(error=error)).begin(Question("optics", "Why?")).batches(2.0))


def test_an_answer_without_a_voice_is_still_an_answer(made, monkeypatch):
    engines = FakeEngines()
    ready = engines.states()
    failed = [replace(state, status="failed") if state.role == "voice" else state for state in ready]
    monkeypatch.setattr(engines, "states", lambda: tuple(failed))
    steps = [
        step
        for batch in _desk(made, engines).begin(Question("optics", "Why?", speak=True)).batches(2.0)
        for step in batch
    ]
    assert steps[-1].answer.notices == ("no_voice",)
    assert not any(type(step).__name__ == "Spoke" for step in steps)


def test_stopping_ends_the_run_at_once_closes_the_tutor_and_keeps_what_was_said(made):
    tutor = FakeTutor(made.tutor.passages)
    desk = _desk(made, tutor=tutor)
    run = desk.begin(Question("optics", "a long answer"), key="tab")
    steps = []
    for batch in run.batches(2.0):
        steps += batch
        if len(steps) > 5:
            desk.stop("tab")
    assert tutor.closed.wait(2.0)
    time.sleep(0.2)
    stored = made.store.turns(steps[0].conversation)
    assert stored[0].answer.notices == ("stopped",)
    assert stored[0].answer.text.startswith("word word")


def test_forgetting_a_turn_waits_until_its_last_words_were_shown(made):
    desk = _desk(made)
    run = desk.begin(Question("optics", "a long answer"), key="reader")
    shown = []

    def read():
        for steps in run.batches(0.5):
            time.sleep(0.2)  # a page that is slow to draw
            shown.extend(steps)
        desk.end(run, key="reader")

    reader = threading.Thread(target=read)
    reader.start()
    while not shown:
        time.sleep(0.01)
    desk.forget("reader", patience_s=5)
    known = len(shown)
    reader.join(5)
    assert run.stopped and len(shown) == known


def test_a_reader_that_never_says_goodbye_holds_nobody_up_for_long(made):
    desk = _desk(made)
    desk.begin(Question("optics", "a long answer"), key="reader")
    began = time.monotonic()
    desk.forget("reader", patience_s=0.2)
    assert time.monotonic() - began < 2


def test_who_waits_is_told_how_many_are_before_and_comes_next(made):
    desk = Desk(
        tutor=FakeTutor(made.tutor.passages), library=made.library, store=made.store, engines=made.engines,
        settings=SimpleNamespace(**vars(made.settings) | {"students_at_once": 1, "most_waiting": 1}),
    )  # fmt: skip
    first = desk.begin(Question("optics", "a long answer"), key="first")
    next(first.batches(2.0))
    steps, desk_was_full = [], False
    for batch in desk.begin(Question("optics", "Why?"), key="second").batches(2.0):
        steps += batch
        if steps[-1:] == [Queued(1)] and not desk_was_full:
            desk_was_full = True
            with pytest.raises(Busy):
                list(desk.begin(Question("optics", "Why?"), key="third").batches(2.0))
            desk.stop("first")
    assert [type(step).__name__ for step in steps][:2] == ["Begun", "Queued"] and desk_was_full
    assert type(steps[-1]).__name__ == "Done"


def test_a_draft_is_read_ahead_with_its_conversation_and_answered_with_nothing(client, made):
    conversation = _ask(client, question="One?")[0][1]["conversation"]
    form = {"course": "optics", "question": "And wh", "draft": "box1", "conversation": conversation}
    response = client.post("/api/draft", data=form)
    assert (response.status_code, response.content) == (204, b"")
    until = time.monotonic() + 5
    while not made.tutor.prepared and time.monotonic() < until:
        time.sleep(0.01)
    assert made.tutor.prepared[-1].question == "And wh"


@pytest.mark.parametrize("form", [{"course": "nowhere", "draft": "b"}, {"course": "optics", "draft": "b", "question": "\0"}])
def test_a_draft_that_cannot_be_read_ahead_is_no_failure(client, form):
    assert client.post("/api/draft", data=form).status_code == 204


def test_leaving_the_connection_stops_the_model(made, free_server):
    import httpx

    address, tutor = free_server
    with httpx.stream("POST", f"{address}/api/ask", data={"course": "optics", "question": "long"}) as response:
        next(response.iter_lines())
    assert tutor.closed.wait(3.0)


def test_a_server_that_ends_tells_whoever_waits_that_the_answer_was_cut(made, free_server):
    import httpx

    address, tutor = free_server
    with httpx.stream("POST", f"{address}/api/ask", data={"course": "optics", "question": "long"}) as response:
        lines = response.iter_lines()
        while next(lines) != "event: said":
            pass
        free_server[1].cut()
        rest = list(lines)
    assert "event: error" in rest and "server_stopping" in rest[rest.index("event: error") + 1]
    assert tutor.closed.wait(3.0)


@pytest.fixture
def free_server(made):
    """A real server, because only a real connection can be left."""
    import socket

    import uvicorn

    tutor = FakeTutor(made.tutor.passages)
    app = create_app(**{**vars(made), "tutor": tutor})
    tutor.cut = app.state.desk.cut
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", tutor
    server.should_exit = True
    thread.join(5)


# -- sources


def _source(client, **query):
    return client.get("/api/courses/optics/source", params=query)


def test_a_page_is_shown_with_the_quote_marked(client):
    html = _source(client, document="refraction.pdf", page=1, quote=SPEED.split(". ")[0]).text
    assert 'class="cm-highlight"' in html and 'class="cm-page"' in html
    picture = client.get(f"/{re.search(r'img src=.(api/[^ ]+). ', html)[1].replace('&amp;', '&')}")
    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).width == pytest.approx(900, abs=2)


def test_a_slide_is_shown_with_its_notes(client):
    html = _source(client, document="lenses.pptx", slide=2, quote="The focus is where parallel rays meet.").text
    assert "<mark>The focus is where parallel rays meet.</mark>" in html
    assert "Say more about: Focus" in html and "Slide 2 of 2" in html


def test_a_recording_plays_from_the_second_with_its_line_marked(client):
    html = _source(client, document="lecture.wav", start_s=4, end_s=8, quote="A converging lens").text
    assert 'data-start="4.00"' in html
    assert '<li class="is-here"><button data-seek="4.00">0:04</button><p><mark>A converging lens</mark>' in html


def test_a_text_is_shown_under_its_headings_and_escaped(client):
    html = _source(client, document="snell.md", heading="The law", quote=LAW.split(". ")[0]).text
    assert "<h3>The law</h3>" in html
    assert "<mark>For two materials" in html
    assert "Light &lt;b&gt;bends&lt;/b&gt;" in html


def test_a_picture_is_shown_as_pixels_of_ours(client):
    html = _source(client, document="eye.png", figure=1).text
    assert "api/courses/optics/picture?document=eye.png" in html
    assert client.get("/api/courses/optics/picture?document=eye.png").headers["content-type"].startswith("image/")


@pytest.mark.parametrize("query", ["document=refraction.pdf&page=1", "document=eye.png&figure=1"])
def test_places_with_a_picture_have_a_thumbnail(client, query):
    assert client.get(f"/api/courses/optics/thumbnail?{query}").headers["content-type"] == "image/jpeg"


def test_a_place_without_a_picture_has_none(client):
    assert client.get("/api/courses/optics/thumbnail?document=lecture.wav&start_s=1").status_code == 204


def test_a_recording_is_sent_by_ranges(client):
    address = "/api/courses/optics/file?document=lecture.wav"
    part = client.get(address, headers={"range": "bytes=100-199"})
    assert part.status_code == 206 and len(part.content) == 100
    assert part.headers["content-type"] == "audio/wav"
    assert part.headers["content-range"].startswith("bytes 100-199/")


@pytest.mark.parametrize("document", ["snell.md", "refraction.pdf", "lenses.pptx", "eye.png"])
def test_other_files_are_only_saved_never_shown(client, document):
    response = client.get("/api/courses/optics/file", params={"document": document})
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "document", ["../conversations.sqlite", "/etc/passwd", "course.sqlite", "..\\x", "", "%2e%2e/x"]
)
@pytest.mark.parametrize("view", ["file", "source", "thumbnail", "picture"])
def test_only_documents_of_the_course_can_be_had(client, view, document):
    response = client.get(f"/api/courses/optics/{view}", params={"document": document})
    assert response.status_code == 404
    assert response.json()["code"] == "document_unknown"


@pytest.mark.parametrize("course", ["..", "%2e%2e", "..%2f..", "none"])
def test_only_courses_of_the_library_can_be_had(client, course):
    refused = client.get(f"/api/courses/{course}/file?document=lecture.wav")
    assert refused.status_code in (404, 422)  # not there; not a name at all
    assert refused.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["js/../__init__.py", "js/%2e%2e/__init__.py", "fonts/../../server.py", "icons/x.svg"])
def test_only_files_for_the_browser_are_served(client, path):
    assert client.get(f"/coursemate/{path}").status_code == 404


# -- the server itself


def test_health_tells_what_is_loading(client, made):
    assert client.get("/api/health").json()["ready"] is True
    made.engines.loading = True
    try:
        health = client.get("/api/health", headers={"accept-language": "zh"})
    finally:
        made.engines.loading = False
    assert health.status_code == 200 and health.json()["ready"] is False
    chat = next(engine for engine in health.json()["engines"] if engine["role"] == "chat")
    assert (chat["status"], chat["label"]) == ("loading", "语言模型")


def test_courses_and_documents_are_listed(client):
    assert [course["name"] for course in client.get("/api/courses").json()] == ["optics"]
    assert len(client.get("/api/courses/optics/documents").json()) == 5


@pytest.mark.parametrize(("header", "lang"), [("zh-CN,zh;q=0.9", "zh-CN"), ("en-US", "en"), ("fr", "en")])
def test_the_page_speaks_the_readers_language_and_asks_nobody_else(client, header, lang):
    html = client.get("/", headers={"accept-language": header, "accept-encoding": "br, gzip"}).text
    assert f'<html lang="{lang}"' in html
    assert re.findall(r"<[^<>]*(?:src|href|content|url)=[\"']?(?:https?:)?//[^>]*>", html) == []


def test_every_response_says_what_a_browser_may_do(client):
    for path in ("/", "/api/health", "/coursemate/style.css", "/api/courses/none/file?document=x"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]


def test_a_body_too_large_is_refused_before_it_is_read(client):
    response = client.post("/api/ask", headers={"content-length": str(MOST_BODY_BYTES + 1)}, content=b"")
    assert response.status_code == 413 and response.json()["code"] == "upload_too_large"


def test_another_name_for_this_machine_is_refused(client):
    response = client.get("/api/courses", headers={"host": "rebound.example:7860"})
    assert response.status_code == 403 and response.json()["code"] == "host_refused"


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("127.0.0.1.example", False)],
)
def test_loopback_is_known(host, local):
    assert is_loopback(host) is local


def test_the_shelf_lets_the_oldest_sounds_go():
    shelf = Shelf(most_bytes=3 * len(tone(0.1).to_wav()))
    keys = [shelf.put(tone(0.1)).rpartition("/")[2] for _ in range(5)]
    assert [shelf.get(key) is not None for key in keys] == [False, False, True, True, True]


def test_importing_the_server_loads_no_engine():
    heavy = (
        "torch",
        "sentence_transformers",
        "rapidocr",
        "llama_cpp",
        "faster_whisper",
        "onnxruntime",
        "pypdfium2",
        "av",
    )
    code = f"import sys, ui.server; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
