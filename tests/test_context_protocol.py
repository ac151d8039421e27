"""The Model Context Protocol: what an assistant finds and asks, by hand and, where it is installed, by the official client."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient

from chatbot.store import Store
from knowledge.library import Library
from tests.browser.conftest import serve
from tests.fakes import FakeEmbedder, FakeEngines, FakeTutor, serving_settings
from tests.small_course import cited_passages, make_small_course
from ui.gate.visitors import Gate
from ui.server import create_app


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("mcp")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    library = Library(home / "courses")
    library.create("private", embedder="fake", dimensions=4)
    return SimpleNamespace(
        tutor=FakeTutor(cited_passages(course)), library=library, store=Store(home / "conversations.sqlite"),
        engines=FakeEngines(embedder=FakeEmbedder()), gate=Gate(library),
        settings=serving_settings(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def key(made) -> str:
    return made.gate.vault.create_key("assistant", ("optics",))


@pytest.fixture
def send(made, key):
    with TestClient(create_app(**vars(made)), base_url="http://127.0.0.1:7860") as client:

        def post(method: str, headers: dict | None = None, **params):
            message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
            return client.post("/mcp", json=message, headers={"authorization": f"Bearer {key}", **(headers or {})})

        post.client = client
        yield post


def _call(send, name: str, **arguments) -> dict:
    return send("tools/call", name=name, arguments=arguments).json()["result"]


def test_a_session_begins_in_the_revision_that_both_know(send):
    told = send("initialize", protocolVersion="2025-03-26").json()
    assert told["id"] == 7 and told["result"]["protocolVersion"] == "2025-03-26"
    assert send("initialize", protocolVersion="1999-01-01").json()["result"]["protocolVersion"] == "2025-06-18"
    assert send.client.get("/mcp").status_code == 405


def test_the_tools_name_only_the_courses_of_the_key(send):
    tools = {tool["name"]: tool for tool in send("tools/list").json()["result"]["tools"]}
    assert tools["search"]["inputSchema"]["properties"]["course"]["enum"] == ["optics"]
    assert set(tools) == {"search", "ask"}


def test_a_search_gives_passages_with_their_places(send):
    found = _call(send, "search", course="optics", query="light in glass", k=2)
    assert len(found["structuredContent"]["passages"]) == 2 and found["structuredContent"]["passages"][0]["document"] in found["content"][0]["text"]


def test_a_question_gives_the_answer_and_its_sources_and_is_kept_nowhere(send, made):
    told = _call(send, "ask", course="optics", question="Why does light bend?")
    assert told["content"][0]["text"].startswith("Light bends") and "[1] Refraction, p. 1: “Light travels" in told["content"][0]["text"]
    assert told["structuredContent"]["status"] == "answered"
    assert made.store._rows("SELECT count(*) FROM conversations") == [(0,)]


def test_an_assistant_is_asked_what_is_meant(send):
    told = _call(send, "ask", course="optics", question="explain this")
    assert told["structuredContent"]["status"] == "unclear" and not told["isError"]
    assert told["content"][0]["text"].startswith("What would you like explained?") and "Refraction" in told["content"][0]["text"]


@pytest.mark.parametrize("course", ["private", "none", "../x"])
def test_what_a_key_is_not_for_is_an_error_that_can_be_read(send, course):
    told = _call(send, "ask", course=course, question="?")
    assert told["isError"] and course in told["content"][0]["text"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("tools/call", {"name": "delete"}, -32602),
        ("tools/call", {"name": "ask", "arguments": {"course": "optics"}}, -32602),
        ("tools/call", {"name": "search", "arguments": {"course": "optics", "query": "x", "k": 10_000}}, -32602),
    ],
)
def test_what_is_not_understood_is_a_fault_of_the_protocol(send, method, params, code):
    assert send(method, **params).json()["error"]["code"] == code


def test_only_programs_with_a_key_are_let_in(send):
    assert send("tools/list", {"authorization": ""}).status_code == 401
    assert send("tools/list", {"origin": "https://evil.example"}).status_code == 403


def test_the_official_client_searches_and_asks(made, key):
    mcp = pytest.importorskip("mcp", reason="the official client is not installed: pip install mcp")
    import asyncio

    from mcp.client import streamable_http

    async def use(url: str):
        async with (
            streamable_http.httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}) as http,
            mcp.Client(streamable_http.streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            tools = await client.list_tools()
            answer = await client.call_tool("ask", {"course": "optics", "question": "Why?"})
            return [tool.name for tool in tools.tools], answer

    with serve(create_app(**vars(made))) as url:
        names, answer = asyncio.run(use(url))
    assert names == ["search", "ask"] and answer.content[0].text.startswith("Light bends")


def test_an_assistant_asks_for_hints_one_after_the_other(send, made):
    first = _call(send, "ask", course="optics", question="Why does light bend?", way="hint")["structuredContent"]
    assert made.tutor.turns[-1].way == "hint" and first["progress"]["step"] == 1
    more = {"way": "hint", "conversation": first["conversation"]}
    assert _call(send, "ask", course="optics", question="next hint", **more)["structuredContent"]["progress"]["step"] == 2
    plain = _call(send, "ask", course="optics", question="Why does light bend?")["structuredContent"]
    assert plain["conversation"] == "" and made.tutor.turns[-1].way == "explain"


@pytest.mark.parametrize("wrong", [{"way": "solve"}, {"way": 3}, {"conversation": 3}])
def test_a_way_that_there_is_not_is_refused(send, wrong):
    told = send("tools/call", name="ask", arguments={"course": "optics", "question": "Why?", **wrong}).json()
    assert told["error"]["code"] == -32602
