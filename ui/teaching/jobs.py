"""A drop of files on its way into a course: what is known of it at any moment, as every tab shows it. Plain state."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge.adding import Progress
from knowledge.errors import CoursemateError
from ui.teaching.incoming import Incoming
from ui.words import Words

# arriving: files still come in; queued: another drop is read first; loading: the engines are
Status = Literal["arriving", "queued", "loading", "running", "stopping", "done", "stopped", "failed"]
_OVER = ("done", "stopped", "failed")


@dataclass(slots=True)
class FileState:
    """One file of a job. `status` is "waiting", a stage of adding, what became of it, or "taken" with another file."""

    path: str
    size: int = 0
    status: str = "waiting"
    share: float = 0.0
    seconds: float = 0.0
    chunks: int = 0
    warnings: int = 0
    error: CoursemateError | None = None


@dataclass(slots=True)
class Job:
    """Changed by one thread at a time, under the bench's lock."""

    id: str
    course: str
    incoming: Incoming
    status: Status = "arriving"
    replaces: str = ""
    files: dict[str, FileState] = field(default_factory=dict)
    current: str = ""
    left_s: float | None = None
    error: CoursemateError | None = None
    began: float = 0.0
    seconds: float = 0.0
    touched: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        return self.status in _OVER

    def begin(self) -> None:
        self.status, self.began = "running", time.monotonic()

    def advance(self, step: Progress) -> None:
        """Takes in one step of adding."""
        if step.stage == "stopped":
            return
        file = self.files.setdefault(step.document, FileState(step.document))
        file.status, file.share = step.stage, step.share
        self.current, self.left_s = step.document, step.left_s
        if (outcome := step.outcome) is not None:
            file.status, file.seconds, file.chunks = outcome.status, outcome.seconds, outcome.chunks
            file.warnings, file.error, self.current = len(outcome.warnings), step.error, ""

    def end(self, error: CoursemateError | None = None) -> None:
        stopped = self.cancelled.is_set()
        self.status, self.error = "failed" if error else "stopped" if stopped else "done", error
        self.seconds = time.monotonic() - self.began if self.began else 0.0
        self.current, self.left_s = "", None
        for file in self.files.values():
            if file.status in ("waiting", "reading", "embedding"):
                file.status = "stopped" if stopped or error else "taken"

    def to_json(self, words: Words) -> dict[str, Any]:
        """The whole job, for whoever begins to look."""
        told = self.step_json() | {"files": [_file_json(file, words) for file in list(self.files.values())]}
        if self.error is not None:
            told["error"] = words.of_error(self.error)
        return told

    def step_json(self) -> dict[str, Any]:
        """What changes while one file is read."""
        file = self.files.get(self.current)
        told = {"id": self.id, "status": self.status, "seconds": round(self.seconds, 1), "left_s": self.left_s}
        if file is not None:
            told["current"] = {"path": file.path, "status": file.status, "share": round(file.share, 3)}
        return told


def _file_json(file: FileState, words: Words) -> dict[str, Any]:
    told: dict[str, Any] = {"path": file.path, "size": file.size, "status": file.status, "share": round(file.share, 3)}
    if file.status in ("added", "replaced", "unchanged"):
        told |= {"seconds": file.seconds, "chunks": file.chunks, "warnings": file.warnings}
    if file.error is not None:
        told["error"] = words.of_error(file.error)
    return told
