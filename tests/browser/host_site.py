"""A course page on a site of its own, with a policy of its own that is as strict as the widget allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser.conftest import serve

STYLE = """
html { font-size: 62.5%; } body { margin: 0 auto; max-width: 70ch; padding: 40px; font: 1.7rem/1.6 Georgia, serif; background: #fff; color: #222; }
body.night { background: #16181c; color: #ddd; }
button, p, section, header { letter-spacing: 0.1em; color: inherit; } button { background: red; padding: 40px; }
"""
TEXT = "<p>Light is slower in glass than in air, and where it enters at an angle it turns towards the normal.</p>" * 4
BODY = f"""<h1>Unit 3: Light</h1>{TEXT}<h2 id="refraction">Refraction at a border</h2>{TEXT}
<h2 id="snell">Snell's law</h2>{TEXT}<h2>Total reflection</h2>{TEXT}{TEXT}"""


@contextmanager
def host_site(tutor: str, tag: str = '<coursemate-tutor course="optics"></coursemate-tutor>') -> Iterator[str]:
    """Serves the page with the tag pasted in; gives its address. `?tag=none` serves it without, `?night` dark,
    `?data=TITLE` with nothing but the script's own tag, `?deaf` with a policy that lets no socket through, `?shy` with one that tells nobody where a reader comes from."""
    policy = (
        f"default-src 'none'; script-src {tutor}; connect-src {tutor} SOCKETS; frame-src {tutor}; style-src 'self'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'"
    )

    def page(request: Request) -> Response:
        query = request.query_params
        shown = query.get("tag", tag)
        data = f' data-course="optics" data-heading="{query["data"]}"' if "data" in query else " async"
        script = f'<script src="{tutor}/widget.js"{data}></script>' if shown != "none" else ""
        night = ' class="night"' if "night" in query else ""
        html = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Physics 101</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="style.css">{script}</head><body{night}><main>{BODY}</main>'
            f"{'' if shown == 'none' else shown}</body></html>"
        )
        sockets = "" if "deaf" in query else tutor.replace("http", "ws", 1)
        shy = {"referrer-policy": "no-referrer"} if "shy" in query else {}
        return HTMLResponse(html, headers={"content-security-policy": policy.replace("SOCKETS", sockets)} | shy)

    def style(_request: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    with serve(Starlette(routes=[Route("/", page), Route("/style.css", style)])) as url:
        yield url


@contextmanager
def visits(browser, site) -> Iterator[Callable]:
    """Opens the host page, as often as wanted; in the end nothing may have been logged, or asked of any other server."""
    contexts, trouble = [], []

    def make(query: str = "", width: int = 1280, height: int = 800, context=None, **options):
        if context is None:
            context = browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-US", **options})
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((site.url, site.host, "blob:", "data:")) or trouble.append(asked.url))
        page.goto(f"{site.host}/{query}")
        return page

    make.trouble = trouble
    yield make
    for context in contexts:
        context.close()
    assert trouble == []
