"""coursemate serve: the server with everything built once and passed on."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from chatbot.loading import Engines, build_engines, missing_weights
from chatbot.settings import Settings
from chatbot.store import Store
from chatbot.tutor import Tutor
from knowledge.courtesy import Courtesy
from knowledge.errors import AddressInUse, CoursemateError, WeightsMissing, disk_full_is_storage_full
from knowledge.library import Library
from ui.commands.courses import prepare_sample
from ui.commands.output import tell

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
    library = Library(settings.courses)
    store = Store(settings.home / "conversations.sqlite")
    engines = build_engines(settings)
    courtesy = Courtesy()
    needs_sample = not library.names() and SAMPLE.is_dir()
    if needs_sample:
        engines.add("course", "sample", lambda: prepare_sample(library, settings, engines, SAMPLE, courtesy))

    import uvicorn

    from ui.server import create_app

    app = create_app(tutor=Tutor(engines, settings, courtesy), library=library, store=store, engines=engines, settings=settings)
    engines.start()
    tell(f"Coursemate is at {address} - leave this window open; Ctrl-C ends it.")
    _tell_when_ready(engines)
    if arguments.open and _has_screen():
        with suppress(webbrowser.Error):
            webbrowser.open(address)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listener])
    engines.close()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
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


def _tell_when_ready(engines: Engines) -> None:
    def wait() -> None:
        for role in engines.roles:
            try:
                engines.load(role)
            except CoursemateError as error:
                tell(f"{role}: {error}")
        tell("Everything is loaded.")

    threading.Thread(target=wait, name="coursemate-ready", daemon=True).start()
