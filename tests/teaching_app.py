"""The application with a real library, real reading and an embedder that costs nothing: for tests of the teacher's screen."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks.kills import HashEmbedder
from chatbot.store import Store
from knowledge.errors import CoursemateError
from knowledge.library import Library
from knowledge.limits import Limits
from tests.fakes import FakeEngines, FakeTranscriber, FakeTutor, serving_settings
from ui.gate.passwords import kept
from ui.server import create_app
from ui.teaching.access import COOKIE

PASSWORD = "light bends at a border"


class HeldEmbedder(HashEmbedder):
    """Embeds when it is let; `at_work` is set while it waits. Its name is that of the small course's vectors."""

    name, dimensions = "fake", 4

    def __init__(self) -> None:
        self.free, self.at_work = threading.Event(), threading.Event()
        self.free.set()

    def embed_passages(self, texts) -> np.ndarray:
        self.at_work.set()
        self.free.wait(30)
        self.at_work.clear()
        return super().embed_passages(texts)

    @contextmanager
    def held(self):
        """Whatever is added meanwhile stops before its first passage."""
        self.free.clear()
        try:
            yield
        finally:
            self.free.set()


class TeachingEngines(FakeEngines):
    def __init__(self) -> None:
        super().__init__()
        self.engines = {"embedder": HeldEmbedder(), "seer": None, "transcriber": FakeTranscriber()}

    def load(self, role: str):
        if isinstance(engine := self.engines[role], CoursemateError):
            raise engine
        return engine

    def load_if_set(self, role: str):
        return self.load(role) if role in self.engines else None


def teaching_parts(home: Path, *, most_file_mb: int = 2) -> SimpleNamespace:
    """What create_app takes."""
    (home / "courses").mkdir()
    return SimpleNamespace(
        tutor=FakeTutor(),
        library=Library(home / "courses"),
        store=Store(home / "conversations.sqlite"),
        engines=TeachingEngines(),
        settings=serving_settings(home=home, limits=Limits(file_mb=most_file_mb), most_file_mb=most_file_mb),
    )  # fmt: skip


def teaching_app(parts: SimpleNamespace):
    return create_app(**vars(parts))


def signed_in(app) -> dict[str, str]:
    """The cookie of a teacher who chose PASSWORD and signed in."""
    app.state.gate.vault.set_teacher_password(_kept(), only_first=True)
    return {COOKIE: app.state.gate.teacher.open_session()}


@cache
def _kept() -> str:
    return kept(PASSWORD)
