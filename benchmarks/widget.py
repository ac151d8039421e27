"""How soon the widget's round button stands on a course page of another site, and whether the page moves for it.

A real Chromium loads a host page over loopback, from a cold cache each time. The time is the page's own clock, from asking for the
widget's script to the end of the frame in which the button is drawn: the script, a session and the first words lie between.
Beside it the page's own first paint, with the tag and, as the baseline, without it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.report import Figure, main

_WATCH = """
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) shifted += one.value; }).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("coursemate:ready", () => requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now()))));
"""
_READ = """() => ({
  widget: window.painted - (performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/widget.js"))?.startTime ?? 0),
  page: performance.getEntriesByName("first-contentful-paint")[0].startTime, shifted,
})"""
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def measure(quick: bool) -> list[Figure]:
    rounds = 7 if quick else 25
    with tempfile.TemporaryDirectory() as folder, _sites(Path(folder)) as host, _chromium() as browser:
        if browser is None:
            print("no Chromium or no playwright here: nothing was measured", file=sys.stderr)
            return []
        _visit(browser, f"{host}/")  # the server's own caches, such as the first questions
        told = [(_visit(browser, f"{host}/"), _visit(browser, f"{host}/bare")) for _ in range(rounds)]
    with_tag, bare = zip(*told, strict=True)
    return [
        Figure("widget: from asking for its script to its button drawn, median", median(one["widget"] for one in with_tag), "ms", None, 100.0),
        Figure("widget: layout shift of the host page, worst", max(one["shifted"] for one in with_tag), "", None, 0.0),
        Figure("host page's first paint with the tag, median", median(one["page"] for one in with_tag), "ms", median(one["page"] for one in bare)),
    ]


def _visit(browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address)
    if not address.endswith("bare"):
        page.wait_for_function("window.painted !== undefined")
    page.wait_for_timeout(150)
    told = page.evaluate(_READ)
    context.close()
    return told


@contextmanager
def _chromium() -> Iterator:
    path = next((found for name in _CHROMIUMS if (found := shutil.which(name))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        path = None
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@contextmanager
def _sites(home: Path) -> Iterator[str]:
    """The tutor's server and a host page of another origin; gives the page's address."""
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    from benchmarks.server import ReadyEngines, ScriptedTutor
    from chatbot.settings import read_settings
    from chatbot.store import Store
    from knowledge.library import Library
    from ui.gate.visitors import Gate
    from ui.server import create_app

    (home / "courses").mkdir()
    library = Library(home / "courses")
    library.create("optics", embedder="none", dimensions=4)
    gate = Gate(library)
    app = create_app(
        tutor=ScriptedTutor(1), library=library, store=Store(home / "c.sqlite"), engines=ReadyEngines(), settings=read_settings(home=home), gate=gate,
    )  # fmt: skip
    text = "<h1>Light</h1>" + "<p>Light is slower in glass than in air, and where it enters at an angle it turns towards the normal.</p>" * 20

    def page(tag: str) -> HTMLResponse:
        return HTMLResponse(f'<!doctype html><html lang="en"><title>Physics</title><body>{text}{tag}</body></html>')

    with _served(app) as tutor:
        tag = f'<script src="{tutor}/widget.js" async></script><coursemate-tutor course="optics"></coursemate-tutor>'
        host = Starlette(routes=[Route("/", lambda _: page(tag)), Route("/bare", lambda _: page(""))])
        with _served(host) as address:
            gate.origins.change("optics", add=[address])
            yield address
    app.state.bench.close()
    library.close()


@contextmanager
def _served(app) -> Iterator[str]:
    import uvicorn

    from ui.commands.serving import listening_socket

    with listening_socket("127.0.0.1") as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(5)


if __name__ == "__main__":
    sys.exit(main(measure, __doc__ or ""))
