"""Every route of our own OpenAPI description, called with what schemathesis makes up: nothing may break the server."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chatbot.store import Store
from knowledge.library import Library
from tests.fakes import FakeEmbedder, FakeEngines, FakeTranscriber, FakeTutor, serving_settings
from tests.small_course import cited_passages, make_small_course
from ui.gate.quotas import Quotas
from ui.gate.visitors import Gate
from ui.server import create_app

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install -e .[dev]")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402

_KEY: list[str] = []


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    home = tmp_path_factory.mktemp("openapi")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    library = Library(home / "courses")
    gate = Gate(library, quotas=Quotas(0, 0, 0))
    _KEY[:] = [gate.vault.create_key("tests")]
    parts = SimpleNamespace(
        tutor=FakeTutor(cited_passages(course), pause_s=0.0001), library=library, store=Store(home / "c.sqlite"), gate=gate,
        engines=FakeEngines(embedder=FakeEmbedder(), transcriber=FakeTranscriber()),
        settings=serving_settings(host="0.0.0.0"),
    )  # fmt: skip
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_app(**vars(parts)))


def test_no_request_breaks_the_server(described):
    called = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy())
        def call(case) -> None:
            response = case.call(headers={"authorization": f"Bearer {_KEY[0]}"})
            assert response.status_code < 500 or response.status_code == 503, (case.method, case.path, response.text)

        call()
        called.add(operation.path)
    assert {"/api/ask", "/api/feedback", "/v1/chat/completions", "/v1/audio/speech"} <= called
