"""What every response tells browsers, as Mozilla's HTTP Observatory asks: page by page, and whatever goes wrong."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from tests.small_course import make_small_course
from tests.teaching_app import signed_in, teaching_app, teaching_parts

SITE, SAFE = "https://moodle.school.example", "https://tutor.school.example"
PAGES = {  # who may frame it, and whether its scripts may be written into it, which only Gradio's page needs
    "/": ("'self'", True),
    "/teach": ("'none'", False),
    "/teach?course=optics": ("'none'", False),
    "/teach?course=optics&document=refraction.pdf": ("'none'", False),
    "/teach?course=gone": ("'none'", False),
    "/teach/embed?course=optics": ("'none'", False),
    "/embed/source?course=optics&document=refraction.pdf&page=1": (f"'self' {SITE}", False),
}
OTHERS = (
    "/api/health", "/api/openapi.json", "/widget.js", "/coursemate/style.css", "/coursemate/js/main.js", "/gradio_api/info",
    "/api/courses/gone/documents", "/no/such/page", "/api/courses/optics/file?document=lecture.wav", "/v1/models", "/metrics",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    home = tmp_path_factory.mktemp("headers")
    parts = teaching_parts(home)
    parts.settings.host_names = ("tutor.school.example",)
    make_small_course(home / "courses")
    app = teaching_app(parts)
    app.state.gate.origins.change("optics", add=[SITE])
    yield app
    app.state.bench.close()


def client(app, base: str = SAFE, **options) -> TestClient:
    return TestClient(app, base_url=base, client=("127.0.0.1", 5), follow_redirects=False, **options)


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
@pytest.mark.parametrize("known", [True, False], ids=["teacher", "anybody"])
def test_every_response_says_what_a_browser_may_do(app, path, known):
    headers = client(app, cookies=signed_in(app) if known else {}).get(path, headers={"accept-encoding": "identity"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["cross-origin-resource-policy"] == ("cross-origin" if path == "/widget.js" else "same-origin")
    assert headers.get("access-control-allow-origin") == ("*" if path == "/widget.js" else None), "which holds no secret"
    if "sandbox" not in headers["content-security-policy"] and headers.get("content-type", "").startswith("text/html"):
        policy = directives(headers["content-security-policy"])
        assert policy["default-src"] in ("'self'", "'none'") and policy["base-uri"] == "'self'" and "frame-ancestors" in policy


@pytest.mark.parametrize("path", PAGES)
def test_each_page_names_who_may_frame_it_and_where_its_scripts_come_from(app, path):
    headers = client(app, cookies=signed_in(app)).get(path).headers
    framed, inline = PAGES[path]
    policy = directives(headers["content-security-policy"])
    assert policy["frame-ancestors"] == framed
    older = {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(framed)
    assert headers.get("x-frame-options") == older, "older browsers know no list, so a page that has one says nothing"
    assert ("'unsafe-inline'" in policy["script-src"]) is inline and ("'unsafe-eval'" in policy["script-src"]) is inline
    assert not re.search(r"https?:|\*", headers["content-security-policy"].replace(SITE, "")), "nothing comes from elsewhere"


def test_plain_http_is_not_told_to_be_https(app):
    assert "strict-transport-security" not in client(app, "http://127.0.0.1:7860").get("/api/health").headers


def test_what_is_refused_before_any_route_says_it_too(app):
    for refused in (client(app, "https://evil.example").get("/"), client(app).get("/", headers={"origin": "https://evil.example"})):
        assert refused.status_code == 403 and refused.headers["x-content-type-options"] == "nosniff"
        assert "default-src" in refused.headers["content-security-policy"]


def test_no_cookie_is_set_but_the_teachers(app):
    reader = client(app)
    for path in ("/", "/teach", "/api/health"):
        assert "set-cookie" not in reader.get(path).headers
