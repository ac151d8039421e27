"""What is typed is read ahead, and the question that follows is answered all the same."""

from __future__ import annotations

import contextlib
import time

import httpx

from tests.browser.conftest import ask


def test_the_words_so_far_are_told_while_they_are_typed(page, live_server):
    live_server.tutor.prepared.clear()
    page.locator("#cm-box textarea").press_sequentially("Why does light bend in glass", delay=120)
    until = time.monotonic() + 10
    while len(live_server.tutor.prepared) < 3 and time.monotonic() < until:
        page.wait_for_timeout(50)
    told = [turn.question for turn in live_server.tutor.prepared]
    assert len(told) >= 3 and told == sorted(told, key=len)
    assert all("Why does light bend in glass".startswith(words) for words in told)
    page.keyboard.press("Enter")
    page.wait_for_selector("#cm-turn .is-done")
    assert live_server.tutor.aheads[-1].passages, "the question builds on what was read for it"


def test_the_next_question_is_read_ahead_with_its_conversation(page, live_server):
    ask(page, "Why does light bend?")
    asked = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/api/draft") else None)
    page.locator("#cm-box textarea").press_sequentially("And in water", delay=90)
    page.wait_for_timeout(1500)
    assert asked and all("conversation=&" not in request.post_data for request in asked)


def test_who_waits_sees_how_many_are_before(page, live_server):
    form = {"course": "optics", "question": "a long answer"}
    with contextlib.ExitStack() as answers:
        told = []  # kept: a response whose lines nobody holds hangs up
        for _ in range(4):
            response = answers.enter_context(httpx.stream("POST", f"{live_server.url}/api/ask", data=form))
            told.append(response.iter_lines())
            next(told[-1])
        ask(page, "Why does light bend?", wait=False)
        page.wait_for_selector("#cm-turn .cm-stage:has-text('1 before you')")
    page.wait_for_selector("#cm-turn .is-done")
