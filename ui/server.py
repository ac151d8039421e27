"""The application: the page at "/", programs' routes under /api, our own files under /coursemate. One port, nothing sent out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

# Said before Gradio is imported, which reads them then: no telemetry, no look for newer versions.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
from fastapi import FastAPI, Request, Response

from chatbot.course_reading import CourseRead
from chatbot.learning.practice import Practice
from chatbot.learning.record import LearningRecord
from knowledge.courtesy import Courtesy
from knowledge.errors import AccessRefused, CoursemateError
from ui import embed, learn, teach
from ui.api import (
    asking,
    context_protocol,
    conversations,
    courses,
    health,
    learning,
    learning_teacher,
    limits,
    listening,
    teaching,
    v1,
    widget,
)  # fmt: skip
from ui.api.language import words_for
from ui.api.metrics import Metrics
from ui.api.metrics import routes as metrics_routes
from ui.api.v1.wire import error_response as v1_error_response
from ui.api.visiting import Visiting
from ui.api.wire import error_response
from ui.asking import Desk
from ui.assets import serve_assets
from ui.chat import ChatScreen, build_chat
from ui.gate.border import Border
from ui.gate.teacher import NoPasswordYet, SignedOut
from ui.gate.visitors import Gate
from ui.guard import MOST_BODY_BYTES, Guard
from ui.page import OurPage
from ui.sounds import Shelf
from ui.teaching.bench import Bench
from ui.teaching.writing import WritingRoom
from ui.theme import make_theme


def create_app(
    *, tutor, library, store, engines, settings,
    courtesy: Courtesy | None = None, gate: Gate | None = None, record: LearningRecord | None = None,
    prepared: Mapping[str, CourseRead] | None = None,
) -> FastAPI:  # fmt: skip
    """Builds the application from what it needs. Nothing is loaded here: the engines load beside it, and the page says so.

    `courtesy` is shared with the tutor, so that a teacher's files and questions wait for a student's answer. Whoever serves the
    application closes `app.state.bench` and, with a record, `app.state.writing` after it. Without a `gate`, keys and sessions last as long as the process; without
    a `record` of learning there is no practice. `prepared` says how far each course was read beforehand (CourseReader.states).
    """
    gate = gate or Gate(library)
    visiting = Visiting(gate)
    metrics = Metrics(engines)
    desk = Desk(tutor=tutor, library=library, store=store, engines=engines, settings=settings, watch=metrics.watch)
    shelf = Shelf()
    courtesy = courtesy or Courtesy()
    bench = Bench(library, engines, settings, courtesy, prepared)
    app = FastAPI(title="Coursemate", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.include_router(health.routes(engines))
    app.include_router(courses.routes(library, visiting))
    app.include_router(asking.routes(desk, shelf, visiting))
    app.include_router(conversations.routes(store, visiting))
    app.include_router(widget.routes(library, gate, practises=record is not None))
    app.include_router(embed.routes(library, gate))
    app.include_router(v1.routes(desk, visiting))
    app.include_router(context_protocol.routes(desk, visiting))
    app.include_router(metrics_routes(metrics, visiting))
    app.state.metrics, app.state.desk, app.state.visiting = metrics, desk, visiting
    app.include_router(listening.routes(desk, gate))
    app.include_router(teaching.routes(bench))
    app.include_router(limits.routes(library))
    if record is not None:
        practice = Practice(record)
        room = app.state.writing = WritingRoom(practice, engines, courtesy)
        app.include_router(learning.routes(library, practice, engines, visiting))
        app.include_router(learning_teacher.routes(library, practice, engines, room))
        app.include_router(learn.routes(library))
    app.include_router(teach.entrance())
    app.include_router(teach.routes(bench, practises=record is not None))
    app.state.bench, app.state.gate = bench, gate
    app.add_exception_handler(CoursemateError, _on_error)
    serve_assets(app)
    gr.mount_gradio_app(
        app, build_chat(ChatScreen(desk, shelf, practises=record is not None)), path="/", theme=make_theme(), footer_links=[], run_history=False,
        max_file_size=MOST_BODY_BYTES, show_error=False, ssr_mode=False, mcp_server=False, enable_monitoring=False, pwa=False,
    )  # fmt: skip
    app.add_middleware(OurPage)
    app.add_middleware(Border, gate=gate)
    app.add_middleware(Guard, host=settings.host, names=settings.host_names, most_for=_most_bytes)
    return app


def _most_bytes(scope: dict[str, Any]) -> int | None:
    """How much a request may send, if not as much as others: of course files their route counts what comes, and says it better."""
    return sys.maxsize if teaching.is_upload(scope) else None


def _on_error(request: Request, error: Exception) -> Response:
    request.app.state.metrics.refused(error)
    if request.url.path == teach.PATH:
        return teach.error_page(request, error)
    if request.url.path == embed.PATH and isinstance(error, SignedOut | NoPasswordYet | AccessRefused):
        return embed.way_to_the_door(request)
    if request.url.path.startswith(f"{v1.PREFIX}/"):
        return v1_error_response(error, words_for(request))
    return error_response(error, words_for(request))
