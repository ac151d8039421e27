"""The stream of events that Gradio's client reads, kept open over the server's streams while anything is pending."""

from __future__ import annotations

import pytest

from tests.browser.conftest import ask, open_page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

# A server that tells what the test lets it tell: `opened` counts its streams, `tell` writes to the last one.
SCRIPTED = """
(() => {
  const plain = window.fetch;
  const scripted = (window.scripted = { opened: 0 });
  window.fetch = async (input, init) => {
    const address = String(input.url ?? input);
    if (address.includes("scripted/queue/join")) return Response.json({ event_id: init.body });
    if (!address.includes("scripted/queue/data")) return plain(input, init);
    scripted.opened += 1;
    const body = new ReadableStream({ start: (controller) => {
      scripted.tell = (told) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(told)}\\n\\n`));
      scripted.end = () => { scripted.tell({ msg: "close_stream" }); controller.close(); };
    } });
    return new Response(body, { status: 200 });
  };
})();
"""
# Reads the stream that the client sees into `seen`.
READ = """
async () => {
  window.seen = "";
  const reader = (await fetch("scripted/queue/data")).body.pipeThrough(new TextDecoderStream()).getReader();
  (async () => {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) window.seen += value;
    window.seen += "END";
  })();
}
"""
JOIN = "(id) => fetch('scripted/queue/join', { method: 'POST', body: id })"
OVER = "(id) => window.scripted.tell({ msg: 'process_completed', event_id: id })"


@pytest.fixture
def scripted(new_page, live_server):
    page = new_page()
    page.add_init_script(SCRIPTED)
    open_page(page, live_server.url)
    return page


def test_an_event_taken_in_as_the_stream_ends_is_still_heard(scripted):
    scripted.evaluate(JOIN, "first")
    scripted.evaluate(READ)
    scripted.evaluate(OVER, "first")
    scripted.evaluate(JOIN, "second")
    scripted.evaluate("window.scripted.end()")
    scripted.wait_for_function("window.scripted.opened === 2")
    scripted.evaluate(OVER, "second")
    scripted.evaluate("window.scripted.end()")
    scripted.wait_for_function("window.seen.endsWith('END')")
    seen = scripted.evaluate("window.seen")
    assert seen.count("process_completed") == 2
    assert seen.count("close_stream") == 1


def test_the_stream_ends_when_nothing_is_pending(scripted):
    scripted.evaluate(READ)
    scripted.evaluate(OVER, "first")  # over before its taking in was answered
    scripted.evaluate(JOIN, "first")
    scripted.evaluate("window.scripted.end()")
    scripted.wait_for_function("window.seen.endsWith('END')")
    assert scripted.evaluate("window.scripted.opened") == 1


def test_events_that_follow_each_other_at_once_all_arrive(page):
    for _ in range(6):
        ask(page, "Why does light bend?")
        page.click("#cm-new-chat")
        expect(page.locator("h1")).to_have_text("Light and lenses")
