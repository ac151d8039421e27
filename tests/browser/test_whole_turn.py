"""Typed, spoken and shown questions in a real browser, answered by real engines (profile tiny)."""

from __future__ import annotations

from types import SimpleNamespace

import av
import numpy as np
import pytest

from chatbot.store import Store
from chatbot.tutor import Tutor
from knowledge.sound import Sound, decode_sound
from tests.browser.conftest import ask, open_page, serve
from tests.conftest import GOLDEN
from ui.server import create_app

pytestmark = pytest.mark.weights


@pytest.fixture(scope="session")
def microphone(tmp_path_factory):
    """The browser hears a spoken question of the golden set, with a pause before it comes round again."""
    spoken = decode_sound((GOLDEN / "law-of-reflection.wav").read_bytes(), longest_s=60)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
    frame = av.AudioFrame.from_ndarray((spoken.samples * 32767).astype(np.int16)[None], format="s16", layout="mono")
    frame.sample_rate = spoken.rate
    pieces = [f.to_ndarray().reshape(-1) for part in (frame, None) for f in resampler.resample(part)]
    samples = np.concatenate([*pieces, np.zeros(96_000, np.int16)]).astype(np.float32) / 32768
    file = tmp_path_factory.mktemp("microphone") / "question.wav"
    file.write_bytes(Sound(samples, 48_000).to_wav())
    return file


@pytest.fixture(scope="session")
def chromium(launch, microphone):
    """A browser of its own: the one that other tests share hears something else."""
    browser = launch(microphone)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory, tiny_settings, tiny_engines, sample_library):
    for role in tiny_engines.roles:
        tiny_engines.load(role)
    parts = SimpleNamespace(
        tutor=Tutor(tiny_engines, tiny_settings),
        library=sample_library,
        store=Store(tmp_path_factory.mktemp("whole") / "conversations.sqlite"),
        engines=tiny_engines,
        settings=tiny_settings,
    )
    with serve(create_app(**vars(parts))) as url:
        yield SimpleNamespace(url=url, **vars(parts))


def finished(page) -> None:
    page.wait_for_selector("#cm-turn .is-done, #cm-turn .is-failed", timeout=120_000)
    assert page.locator("#cm-turn .is-failed").count() == 0, page.inner_text("#cm-turn")


def test_a_typed_question_is_answered_with_sources_that_open(page, live_server):
    ask(page, "What is the critical angle of water?", wait=False)
    finished(page)
    page.locator("#cm-turn .cm-note").first.click()
    page.wait_for_selector("#cm-source .cm-highlight, #cm-source mark, #cm-source img")
    open_page(page, live_server.url)
    assert page.inner_text("#cm-past .cm-question-text") == "What is the critical angle of water?"


def test_a_spoken_question_is_heard_and_answered(page):
    page.click("#cm-microphone")
    page.wait_for_timeout(4000)
    page.click("#cm-microphone")
    finished(page)
    assert "reflection" in page.inner_text("#cm-turn .cm-question-text").lower()


def test_a_picture_is_read_and_asked_about(page):
    page.set_input_files("#cm-box input[type=file]", GOLDEN / "fovea-photo.jpg")
    page.wait_for_selector("#cm-box .thumbnail-item img")
    ask(page, "explain this", wait=False)
    finished(page)
    assert "fovea" in page.inner_html("#cm-turn .cm-seen").lower()
