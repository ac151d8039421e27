"""A real server on a free port and a real Chromium in front of it; only the tutor and the engines are faked.

`serve` runs any application; `live_server` is one with fakes; `page` fails its test when the page logs an error or
asks any other host for anything.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from chatbot.store import Store
from knowledge.library import Library
from knowledge.sound import Sound
from tests.fakes import FakeEngines, FakeTutor, serving_settings, tone
from tests.small_course import cited_passages, make_small_course
from ui.server import create_app

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=document-user-activation-required",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
AXE = Path(os.environ.get("AXE_SCRIPT") or Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js")
PAUSE_S = 4.0  # of silence behind a spoken question, before the microphone begins again
SPOKEN_S = 3.0  # the fake microphone plays this long a tone, over and over


def pytest_collection_modifyitems(items) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.browser)


@contextmanager
def serve(app) -> Iterator[str]:
    """The application under uvicorn in a thread; gives its address."""
    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


@pytest.fixture(scope="session")
def live_server(tmp_path_factory):
    """`url`, and the fakes behind it: `tutor`, `engines`, `store`, `library`."""
    home = tmp_path_factory.mktemp("browser")
    (home / "courses").mkdir()
    course = make_small_course(home / "courses")
    parts = SimpleNamespace(
        tutor=FakeTutor(cited_passages(course), pause_s=0.01),
        library=Library(home / "courses"),
        store=Store(home / "conversations.sqlite"),
        engines=FakeEngines(),
        settings=serving_settings(longest_question_s=60.0),
    )
    with serve(create_app(**vars(parts))) as url:
        yield SimpleNamespace(url=url, **vars(parts))


@pytest.fixture(scope="session")
def microphone(tmp_path_factory) -> Path:
    """What the browser's fake microphone hears."""
    file = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    file.write_bytes(tone(SPOKEN_S, rate=48_000).to_wav())
    return file


@pytest.fixture(scope="session")
def launch():
    """Starts the browser of this machine with a file for a microphone. One Playwright serves them all."""
    path = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine: none of {', '.join(CHROMIUMS)} is on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e .[dev]")
    with sync_api.sync_playwright() as playwright:
        yield lambda heard: playwright.chromium.launch(
            executable_path=path, args=[*FLAGS, f"--use-file-for-fake-audio-capture={heard}"]
        )


@pytest.fixture(scope="session")
def chromium(launch, microphone):
    browser = launch(microphone)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def spoken_question() -> Sound:
    """A question in a real voice."""
    from chatbot.speech.hibari_voice import HibariSynthesizer

    return HibariSynthesizer().synthesize("Why does light bend when it passes from air into glass?")


@pytest.fixture(scope="session")
def speaking_chromium(launch, spoken_question, tmp_path_factory):
    """A browser whose own fake microphone asks, pauses, and asks again."""
    quiet = np.zeros(int(spoken_question.rate * PAUSE_S), np.float32)
    samples = np.concatenate([quiet[: spoken_question.rate // 2], spoken_question.samples, quiet])
    file = tmp_path_factory.mktemp("voice") / "question.wav"
    file.write_bytes(Sound(samples, spoken_question.rate).to_wav())
    browser = launch(file)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe():
    """Checks a page, or the parts of it that a selector names, against WCAG 2.2 AA; gives what axe-core finds."""
    if not AXE.is_file():
        pytest.skip("axe-core is not here: `make widget` brings it where there is node, or AXE_SCRIPT names its axe.min.js")
    script = AXE.read_text(encoding="utf-8")

    def check(page, of: str = "html") -> list:
        page.evaluate(script)
        found = page.evaluate("(of) => axe.run(of, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})", of)
        return [(one["id"], one["impact"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found["violations"]]

    return check


@pytest.fixture
def new_page(chromium, live_server):
    """Makes pages with a size, a language and a light; checks afterwards that all of them behaved."""
    contexts, trouble = [], []

    def make(width: int = 1280, height: int = 800, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, **{"locale": "en-US", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: trouble.append(f"console: {said.text}") if _is_trouble(said) else None)
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("request", lambda asked: _own(asked.url, live_server.url) or trouble.append(f"asked {asked.url}"))
        return page

    make.trouble = trouble
    yield make
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def page(new_page, live_server):
    """The page as a student with a laptop sees it first."""
    page = new_page()
    open_page(page, live_server.url)
    return page


def open_page(page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".cm-opened", state="attached")
    page.wait_for_selector("#cm-microphone")


def ask(page, question: str, *, wait: bool = True) -> None:
    page.fill("#cm-box textarea", question)
    page.press("#cm-box textarea", "Enter")
    page.locator(".cm-question-text", has_text=question).first.wait_for()
    if wait:
        page.wait_for_selector("#cm-turn .is-done, #cm-turn .is-failed, #cm-turn .is-stopped")


def _is_trouble(said) -> bool:
    """An error of ours: not what Gradio's client says of its open stream when the page is left."""
    left = said.text.startswith("AbortError") or "errored out" in said.text
    return said.type == "error" and not (left and "/assets/" in said.location.get("url", ""))


def _own(url: str, server: str) -> bool:
    return url.startswith((server, "data:", "blob:"))
