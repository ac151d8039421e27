"""Fifty students streaming at once through the widget's API: what the server adds to each word, and whether one gets lost.

The model is scripted: it says a number and the second at which it said it, every twentieth of a second, so that only the way
from the model to the student's connection is measured. The baseline is one student alone, in the same run. The students are
one process that reads sockets and little else, so that what they take is not counted as the server's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit

from benchmarks.report import Figure, main

STUDENTS = 50
PAUSE_S = 0.05
ORIGIN = "https://course.example"
_SAID = re.compile(rb'event: said\ndata: {"text": "(\d+):([\d.]+) "')


class ScriptedTutor:
    """Says `words` words, each with its number and the time."""

    def __init__(self, words: int) -> None:
        self._words = words

    def ask(self, course, turn, history=(), ahead=None) -> Iterator:
        from chatbot.conversation import Answer, Done, Said

        for n in range(self._words):
            yield Said(f"{n}:{time.perf_counter():.6f} ")
            time.sleep(PAUSE_S)
        yield Done(Answer("answered", "done", "en", question=turn.question))


class ReadyEngines:
    ready = True

    def states(self) -> tuple:
        return ()


def _serve(listener: socket.socket, folder: str, words: int) -> None:
    import uvicorn

    from chatbot.settings import read_settings
    from chatbot.store import Store
    from knowledge.library import Library
    from ui.gate.quotas import Quotas
    from ui.gate.visitors import Gate
    from ui.server import create_app

    library = Library(Path(folder) / "courses")
    gate = Gate(library, quotas=Quotas(0, 0, 0))
    app = create_app(
        tutor=ScriptedTutor(words), library=library, store=Store(Path(folder) / "c.sqlite"), engines=ReadyEngines(),
        settings=read_settings(home=Path(folder), students_at_once=STUDENTS), gate=gate,
    )  # fmt: skip
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


def measure(quick: bool) -> list[Figure]:
    from knowledge.library import Library
    from ui.commands.serving import listening_socket
    from ui.gate.origins import Origins

    words = 60 if quick else 200
    with tempfile.TemporaryDirectory() as folder, listening_socket("127.0.0.1") as listener:
        (Path(folder) / "courses").mkdir()
        library = Library(Path(folder) / "courses")
        library.create("optics", embedder="none", dimensions=4)
        Origins(library).change("optics", add=[ORIGIN])
        library.close()
        listener.bind(("127.0.0.1", 0))
        server = multiprocessing.get_context("spawn").Process(target=_serve, args=(listener, folder, words), daemon=True)
        server.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.listen(128)
        try:
            alone = asyncio.run(_students(address, 1))
            together = asyncio.run(_students(address, STUDENTS))
        finally:
            server.terminate()
            server.join(5)
    return _figures(alone, together, words)


def _figures(alone: Sequence[list[float]], together: Sequence[list[float]], words: int) -> list[Figure]:
    one = [wait for waits in alone for wait in waits]
    every = [wait for waits in together for wait in waits]
    lost = sum(words - len(waits) for waits in together)
    return [
        Figure(f"{STUDENTS} students: words lost or out of order", lost, "words", None, 0),
        Figure(f"{STUDENTS} students: added to a word, median", median(every) * 1000, "ms", median(one) * 1000),
        Figure(f"{STUDENTS} students: added to a word, p95", quantiles(every, n=20)[-1] * 1000, "ms", quantiles(one, n=20)[-1] * 1000, 20.0),
    ]


async def _students(address: str, count: int) -> list[list[float]]:
    """Each student's waits, from word to word in order; a word that comes out of order counts as lost."""
    import httpx

    async with httpx.AsyncClient(base_url=address, timeout=120, headers={"origin": ORIGIN}) as http:
        tokens = [await _session(http) for _ in range(count)]
    return await asyncio.gather(*(_student(address, token) for token in tokens))


async def _session(http) -> str:
    import httpx

    for _ in range(600):  # until the server has imported everything
        try:
            told = await http.post("/api/widget/session", json={"course": "optics"})
            if told.status_code == 200:
                return told.json()["token"]
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise TimeoutError("the server gave no session within a minute")


async def _student(address: str, token: str) -> list[float]:
    host = urlsplit(address).netloc
    form = urlencode({"course": "optics", "question": "Why?"})
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = (
        f"POST /api/ask HTTP/1.1\r\nHost: {host}\r\nOrigin: {ORIGIN}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    writer.write((head + form).encode())
    waits: list[float] = []
    rest = b""
    while piece := await reader.read(65536):
        now = time.perf_counter()
        *events, rest = (rest + piece).split(b"\n\n")
        for found in filter(None, map(_SAID.search, events)):
            if int(found[1]) == len(waits):
                waits.append(now - float(found[2]))
    writer.close()
    return waits


if __name__ == "__main__":
    sys.exit(main(measure, __doc__ or ""))
