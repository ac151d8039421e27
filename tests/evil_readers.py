"""Readers that do what a hostile file makes a broken parser do. Only ever called in the reading process."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from knowledge.documents import Block, Document, Figure, Locator


def _document(name: str, text: str) -> Document:
    return Document(name, "Title", "text", "en", (Block(text, Locator()),))


def well(path: Path, *, name: str, on_progress, **_) -> Document:
    on_progress(0.5)
    return _document(name, path.read_text())


def loop(path: Path, **_):
    while True:
        pass


def sleep_telling_progress(path: Path, *, on_progress, **_):
    for step in range(1, 1000):
        on_progress(step / 1000)
        time.sleep(0.05)


def allocate(path: Path, **_):
    held = []
    while True:
        held.append(bytearray(10_000_000))


def allocate_in_c(path: Path, **_):
    """What a library does that takes its memory from the system and does not look whether it got any."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    while True:
        libc.memset(libc.malloc(ctypes.c_size_t(10_000_000)), 1, 10_000_000)


def break_down(path: Path, **_):
    ctypes.string_at(0)


def end(path: Path, **_):
    os._exit(0)


def recurse(path: Path, **_):
    return recurse(path)


def forbidden(path: Path, *, name: str, **_) -> Document:
    """Tries what no parser needs, and says what it was let do."""
    attempts = {
        "socket": lambda: socket.socket().connect(("127.0.0.1", 9)),
        "program": lambda: subprocess.run(["true"], check=True),
        "fork": lambda: os.fork() or os._exit(0),
        "write": lambda: Path("left-behind").write_text("x"),
        "write elsewhere": lambda: path.with_name("left-behind").write_text("x"),
        "other file": lambda: path.with_name("secret.txt").read_text(),
        "folder above": lambda: list(path.parent.parent.iterdir()),
        "input": lambda: sys.stdin.read(1) or 1 / 0,
        "environment": lambda: os.environ["COURSEMATE_TEST_SECRET"],
        "folder not empty": lambda: list(Path().iterdir()) or 1 / 0,
    }
    return _document(name, _allowed(attempts))


def forbidden_in_c(path: Path, *, name: str, **_) -> Document:
    """The same behind Python's back, as smuggled machine code would: only the kernel can refuse these."""
    libc = ctypes.CDLL(None)

    def call(function: str, *arguments: object) -> None:
        if getattr(libc, function)(*arguments) < 0:
            raise PermissionError

    attempts = {
        "socket": lambda: call("socket", 2, 1, 0),
        "program": lambda: call("execv", b"/bin/true", (ctypes.c_char_p * 2)(b"true", None)),
        "fork": lambda: call("fork"),
        "kill": lambda: call("kill", os.getppid(), 0),
        "new session": lambda: call("setsid"),
        "write": lambda: call("creat", str(path.with_name("left-behind")).encode(), 0o600),
        "other file": lambda: call("open", str(path.with_name("secret.txt")).encode(), 0),
    }
    return _document(name, _allowed(attempts))


def _allowed(attempts) -> str:
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
            done.append(name)
        except Exception:  # whatever refused it, it was refused
            continue
    return ", ".join(done) or "nothing"


def garbage(path: Path, *, name: str, on_progress, **_):
    """Writes what is no frame to the parent."""
    os.write(on_progress._channel._outgoing, b"\xff" * 100)
    return _document(name, "text")


def figure_that_is_none(path: Path, *, name: str, **_) -> Document:
    return Document(name, "T", "text", "en", (Block("text", Locator()),), (Figure(Locator(), b"<svg onload=alert(1)>"),))


def wrong_types(path: Path, *, name: str, **_) -> Document:
    return Document(name, "T", "text", "en", (Block("text", Locator(page="1; DROP TABLE")),))


def picture_that_is_none(path: Path, *, seer, **_):
    class Fake:
        data = b"GIF89a, or so it says"

    seer.look(Fake())
