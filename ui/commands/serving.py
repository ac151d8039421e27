"""coursemate serve: the server with everything built once and passed on."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import webbrowser
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.course_reading import CourseReader
from chatbot.learning.practice import Practice
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from chatbot.loading import Engines, build_engines, missing_weights
from chatbot.settings import Settings
from chatbot.store import Store
from chatbot.tutor import Tutor
from knowledge.courtesy import Courtesy
from knowledge.errors import AddressInUse, CoursemateError, WeightsMissing, disk_full_is_storage_full
from knowledge.library import Library
from ui.commands.access import open_gate
from ui.commands.courses import prepare_sample
from ui.commands.output import tell
from ui.gate.teacher import INVITATION, TeacherDoor
from ui.guard import is_loopback

_LAST_ANSWERS_S = 5  # for answers in flight, once the server is told to end
_FIRST_PAGE_S = 0.5  # for a browser that opens at once to get its page before imports take the processor

if TYPE_CHECKING:
    import uvicorn

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample-course"


def serve(arguments: Namespace, settings: Settings) -> int:
    """Serves until interrupted. The page is there at once; engines and the sample course get ready behind it."""
    if missing := missing_weights(settings):
        raise WeightsMissing(
            f"Weights are missing: {', '.join(missing)}. Fetch them with: coursemate weights pull {settings.profile}",
            code="weights_missing",
            name=", ".join(missing),
            command=f"coursemate weights pull {settings.profile}",
        )
    listener = _listen(settings.host, settings.port)
    address = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
    with disk_full_is_storage_full(settings.home):
        settings.courses.mkdir(parents=True, exist_ok=True)
    library = Library(settings.courses, index_on_gpu=settings.index_on_gpu)
    store = Store(settings.home / "conversations.sqlite")
    record = LearningRecord(settings.home / "learning.sqlite", Tracing())
    engines = build_engines(settings)
    courtesy = Courtesy()
    needs_sample = not library.names() and SAMPLE.is_dir()
    if needs_sample:
        engines.add("course", "sample", lambda: prepare_sample(library, settings, engines, SAMPLE, courtesy))

    # Gradio keeps what is uploaded in a folder of this name, read when it is imported.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(settings.home / "uploads"))
    import uvicorn

    from ui.server import create_app

    gate = open_gate(library, settings)
    reader = CourseReader(library, engines, settings.course_cache_mb)
    app = create_app(
        tutor=Tutor(engines, settings, courtesy, Practice(record)), library=library, store=store, engines=engines, settings=settings,
        courtesy=courtesy, gate=gate, record=record, prepared=reader.states,
    )  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_LAST_ANSWERS_S))
    behind = threading.Thread(
        target=_get_ready, args=(server, engines, reader, gate.teacher, settings.host, address, arguments.open),
        name="coursemate-ready", daemon=True,
    )  # fmt: skip
    behind.start()
    _tell_before_the_end(server, app.state.desk.cut)
    server.run(sockets=[listener])
    reader.close()
    app.state.bench.close()
    app.state.writing.close()
    engines.close()
    record.close()
    return 0


def _tell_before_the_end(server: uvicorn.Server, cut: Callable[[], None]) -> None:
    """Answers in flight may finish after Ctrl-C; a second before they would be dropped, they are told that they are cut."""
    end = server.handle_exit

    def ending(*signal) -> None:
        timer = threading.Timer(_LAST_ANSWERS_S - 1, cut)
        timer.daemon = True
        timer.start()
        end(*signal)

    server.handle_exit = ending  # type: ignore[method-assign]


def listening_socket(host: str) -> socket.socket:
    """Names TCP, although there is no other: asyncio sends small pieces at once (TCP_NODELAY) only on sockets that say so.

    Without it each word of an answer waited for the reader's system to confirm the one before, some 40 ms.
    """
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def _listen(host: str, port: int) -> socket.socket:
    listener = listening_socket(host)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressInUse(
            f"Cannot listen on {host}:{port}: {error.strerror}. Another program, perhaps a Coursemate that still runs, "
            f"uses it. Close that, or choose another port: coursemate serve --port {port + 1}",
            code="address_in_use",
            host=host,
            port=port,
            other=port + 1,
        ) from error
    return listener


def _has_screen() -> bool:
    """Without one, a browser for the terminal would take the window that shows our address."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host


def first_steps(door: TeacherDoor, host: str, address: str) -> str:
    """How the first password is set, empty where there is one. A server that others reach gets a link that works once."""
    if door.has_password:
        return ""
    if is_loopback(host):
        return f"The teacher's pages have no password yet. Choose one at {address}/teach"
    link = f"{address}/teach?{INVITATION}={door.invite()}"
    return f"The teacher's pages have no password yet. Whoever opens this link first chooses it, here or elsewhere: {link}"


def _get_ready(
    server: uvicorn.Server, engines: Engines, reader: CourseReader, door: TeacherDoor, host: str, address: str, open_browser: bool
) -> None:
    """Once the page can be had: says where, and loads the engines, whose imports would have kept it waiting."""
    while not server.started:
        time.sleep(0.02)
    tell(f"Coursemate is at {address} - leave this window open; Ctrl-C ends it.")
    if told := first_steps(door, host, address):
        tell(told)
    if open_browser and _has_screen():
        with suppress(webbrowser.Error):
            webbrowser.open(address)
    time.sleep(_FIRST_PAGE_S)
    engines.start()
    for role in engines.roles:
        try:
            engines.load(role)
        except CoursemateError as error:
            tell(f"{role}: {error}")
    tell("Everything is loaded.")
    reader.start()
