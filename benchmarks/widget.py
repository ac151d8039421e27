"""How soon the widget's round button stands on a course page of another site, and whether the page moves for it.

A real Chromium loads a host page over loopback, from a cold cache each time. The time is the page's own clock, from asking for the
script to the end of the frame in which the button is drawn. The baseline is the same page with a script of one assignment from the
same server: what the browser, the server and a frame take by themselves. Beside it stands the page's own first paint.
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

# Looked for once a frame, as the browser is about to draw it.
_WATCH = """
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) shifted += one.value; }).observe({ type: "layout-shift", buffered: true });
  const there = () => window.emptied || document.querySelector("coursemate-tutor")?.shadowRoot?.querySelector(".launcher")?.offsetWidth;
  const look = () => there() ? setTimeout(() => (window.painted = performance.now())) : requestAnimationFrame(look);
  requestAnimationFrame(look);
  document.addEventListener("coursemate:ready", () => (window.readied = performance.now()));
"""
_READ = """() => {
  const asked = performance.getEntriesByType("resource").find(({ name }) => /\\/(widget|empty)\\.js$/.test(name))?.startTime ?? 0;
  return { drawn: painted - asked, session: (window.readied ?? 0) - asked, page: performance.getEntriesByName("first-contentful-paint")[0].startTime, shifted };
}"""
_EMPTY = b"window.emptied = 1;"
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def measure(quick: bool) -> list[Figure]:
    rounds = 7 if quick else 25
    with tempfile.TemporaryDirectory() as folder, _sites(Path(folder)) as host, _chromium() as browser:
        if browser is None:
            print("no Chromium or no playwright here: nothing was measured", file=sys.stderr)
            return []
        _visit(browser, f"{host}/")  # the server's own caches, such as the first questions
        told = [(_visit(browser, f"{host}/"), _visit(browser, f"{host}/empty")) for _ in range(rounds)]
    widget, empty = zip(*told, strict=True)
    return [
        Figure("widget: from asking for its script to its button drawn, median", _median(widget, "drawn"), "ms", _median(empty, "drawn"), 100.0),
        Figure("widget: to its session, after which it answers, median", _median(widget, "session"), "ms", None),
        Figure("widget: layout shift of the host page, worst", max(one["shifted"] for one in widget), "", None, 0.0),
        Figure("host page's first paint with the tag, median", _median(widget, "page"), "ms", _median(empty, "page")),
    ]


def _median(told, name: str) -> float:
    return median(one[name] for one in told)


def _visit(browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address)
    page.wait_for_function("window.painted !== undefined")
    if not address.endswith("empty"):
        page.wait_for_function("window.readied !== undefined")
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

    with _served(_with_empty_script(app)) as tutor:
        tag = f'<script src="{tutor}/widget.js" async></script><coursemate-tutor course="optics"></coursemate-tutor>'
        empty = f'<script src="{tutor}/empty.js" async></script>'
        host = Starlette(routes=[Route("/", lambda _: page(tag)), Route("/empty", lambda _: page(empty))])
        with _served(host) as address:
            gate.origins.change("optics", add=[address])
            yield address
    app.state.bench.close()
    library.close()


def _with_empty_script(app):
    """The same server, which also gives the baseline's script."""
    from starlette.responses import Response

    answer = Response(_EMPTY, media_type="text/javascript", headers={"cross-origin-resource-policy": "cross-origin"})

    async def serving(scope, receive, send) -> None:
        await (answer if scope.get("path") == "/empty.js" else app)(scope, receive, send)

    return serving


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
