"""The application: the page at "/", programs' routes under /api, our own files under /coursemate. One port, nothing sent out."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

# Said before Gradio is imported, which reads them then: no telemetry, no look for newer versions.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
from fastapi import FastAPI, Request, Response

from knowledge.courtesy import Courtesy
from knowledge.errors import CoursemateError
from ui import teach
from ui.api import asking, courses, health, listening, teaching
from ui.api.language import words_for
from ui.api.wire import error_response
from ui.asking import Desk
from ui.assets import serve_assets
from ui.chat import ChatScreen, build_chat
from ui.guard import MOST_BODY_BYTES, Guard
from ui.page import OurPage
from ui.sounds import Shelf
from ui.teaching.bench import Bench
from ui.theme import make_theme


def create_app(*, tutor, library, store, engines, settings, courtesy: Courtesy | None = None) -> FastAPI:
    """Builds the application from what it needs. Nothing is loaded here: the engines load beside it, and the page says so.

    `courtesy` is shared with the tutor, so that a teacher's files wait for a student's answer. Whoever serves the
    application closes `app.state.bench` after it.
    """
    desk = Desk(tutor=tutor, library=library, store=store, engines=engines, settings=settings)
    shelf = Shelf()
    bench = Bench(library, engines, settings, courtesy or Courtesy())
    app = FastAPI(title="Coursemate", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.include_router(health.routes(engines))
    app.include_router(courses.routes(library))
    app.include_router(asking.routes(desk, shelf))
    app.include_router(listening.routes(desk))
    app.include_router(teaching.routes(bench))
    app.include_router(teach.routes(bench))
    app.state.bench = bench
    app.add_exception_handler(CoursemateError, _on_error)
    serve_assets(app)
    gr.mount_gradio_app(
        app, build_chat(ChatScreen(desk, shelf)), path="/", theme=make_theme(), footer_links=[], run_history=False,
        max_file_size=MOST_BODY_BYTES, show_error=False, ssr_mode=False, mcp_server=False, enable_monitoring=False, pwa=False,
    )  # fmt: skip
    app.add_middleware(OurPage)
    app.add_middleware(Guard, host=settings.host, most_for=partial(_most_bytes, settings))
    return app


def _most_bytes(settings, scope: dict[str, Any]) -> int | None:
    """How much a request may send, if it is more than others: course files are far larger than questions.

    A little more than a file may have, because the route says better what is wrong with one that is too large.
    """
    return settings.most_file_mb * 1_000_000 + MOST_BODY_BYTES if teaching.is_upload(scope) else None


def _on_error(request: Request, error: Exception) -> Response:
    if request.url.path == teach.PATH:
        return teach.error_page(request, error)
    return error_response(error, words_for(request))
