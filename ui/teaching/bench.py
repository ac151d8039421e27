"""The bench: where drops of files become part of courses. It lives in the server, whoever looks or leaves.

One drop of a course is read at a time, the next waits; old passages answer until a file's new ones are complete.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from chatbot.course_reading import CourseRead
from chatbot.settings import Settings
from knowledge.adding import Progress, Tools, add
from knowledge.courtesy import Courtesy
from knowledge.errors import CourseError, CoursemateError, InternalFault, InvalidInput
from knowledge.library import Library
from knowledge.readers.bundle import holds_recording
from ui.teaching.incoming import Incoming, check_path, sweep
from ui.teaching.jobs import FileState, Job
from ui.teaching.readings import Readings

_KEPT = 3  # jobs of a course that are over and still shown
_ABANDONED_S = 1800.0  # without a byte, after which a drop that still arrives is given up
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What the bench shows of a course. `lists` changes with the lists of files, `steps` with everything."""

    jobs: tuple[Job, ...]
    documents: int
    lists: int
    steps: int
    prepared: CourseRead | None = None  # how much of it the chat model has read beforehand


class Bench:
    """Safe to use from several threads; made once by the server."""

    def __init__(
        self, library: Library, engines: Any, settings: Settings, courtesy: Courtesy, prepared: Mapping[str, CourseRead] | None = None
    ) -> None:
        """`prepared` goes on changing while courses are read beforehand."""
        self.library, self.engines, self.settings, self._courtesy = library, engines, settings, courtesy
        self._prepared = {} if prepared is None else prepared
        self._turn = threading.RLock()
        self._jobs: dict[str, list[Job]] = {}
        self._workers: dict[str, threading.Thread] = {}
        self._readings: dict[str, Readings] = {}
        self._counts: dict[str, list[int]] = {}  # course -> changes of documents, of lists, of anything
        self._closed = False

    # -- drops

    def open_drop(self, course: str, replaces: str = "") -> Job:
        """A new drop, into whose folder files may now come. Raises CourseError for a course that is not there."""
        opened = self.library.open(course)
        if replaces and opened.document(replaces) is None:
            opened.file(replaces)  # raises what is wrong
        folder = self.settings.home / "incoming"
        sweep(folder)
        key = secrets.token_hex(8)
        job = Job(key, course, Incoming(folder / key), replaces=replaces)
        job.incoming.folder.mkdir(parents=True)
        with self._turn:
            for old in [one for one in self._jobs.get(course, ()) if one.status == "arriving"]:
                if time.monotonic() - old.touched > _ABANDONED_S:
                    self._jobs[course].remove(old)
                    old.incoming.discard()
            self._jobs.setdefault(course, []).append(job)
            self._tell(course, lists=True)
        return job

    def arriving(self, course: str, key: str) -> Job:
        """The drop of that key, if files may still come to it. Raises InvalidInput."""
        job = self._find(course, key)
        if job.status != "arriving":
            raise InvalidInput(
                "These files are being read already. Drop the others again.", code="drop_closed", course=course
            )
        return job

    def place_for(self, job: Job, path: str) -> str:
        """Where an upload goes: a file that replaces another takes its place, or stands beside it if of another kind."""
        path = check_path(path)
        if not job.replaces:
            return path
        old, new = PurePosixPath(job.replaces), PurePosixPath(path)
        return job.replaces if old.suffix.lower() == new.suffix.lower() else str(old.with_name(new.name))

    def arrived(self, job: Job, path: str, size: int) -> None:
        with self._turn:
            job.files[path] = FileState(path, size)
            job.touched = time.monotonic()
            self._tell(job.course, lists=True)

    def start(self, course: str, key: str) -> Job:
        """All files of the drop are there: it is read as soon as no other is."""
        job = self.arriving(course, key)
        with self._turn:
            if not job.files:
                self._jobs[course].remove(job)
                job.incoming.discard()
                raise InvalidInput("No file was dropped. Choose at least one.", code="drop_empty", course=course)
            job.files = {path: FileState(path, size) for path, size in job.incoming.files()}
            job.status = "queued"
            self._tell(course, lists=True)
            if course not in self._workers:
                worker = threading.Thread(target=self._work, args=(course,), name=f"adding-{course}", daemon=True)
                self._workers[course] = worker
                worker.start()
        return job

    def cancel(self, course: str, key: str) -> None:
        """Stops a drop, or clears one that is over from sight. What was stored before stays."""
        job = self._find(course, key)
        with self._turn:
            job.cancelled.set()
            if job.status in ("loading", "running"):
                job.status = "stopping"
            elif job.status != "stopping":
                self._jobs[course].remove(job)
                job.incoming.discard()
            self._tell(course, lists=True)

    # -- looking

    def look(self, course: str) -> Look:
        with self._turn:
            return Look(tuple(self._jobs.get(course, ())), *self._count(course), self._prepared.get(course))

    @property
    def closed(self) -> bool:
        return self._closed

    def readings(self, course: str) -> Readings:
        folder = self.library.folder_of(course)
        with self._turn:
            if course not in self._readings:
                self._readings[course] = Readings(folder)
            return self._readings[course]

    # -- changing a course

    def remove_document(self, course: str, document: str) -> None:
        self.library.open(course).remove(document)
        self.readings(course).forget(document)
        self._documents_changed(course)

    def dismiss(self, course: str, document: str) -> None:
        """Takes a refused file off the list."""
        self.readings(course).forget(document)
        self._documents_changed(course)

    def remove_course(self, course: str) -> None:
        """Ends all work on the course and deletes it."""
        self.library.folder_of(course)
        for job in self.look(course).jobs:
            self.cancel(course, job.id)
        if worker := self._workers.get(course):
            worker.join(30)
            if worker.is_alive():
                raise CourseError(
                    f"The course {course!r} is still being added to. Try again in a moment.",
                    code="course_busy",
                    course=course,
                )
        self.library.remove(course)
        with self._turn:
            self._jobs.pop(course, None)
            self._readings.pop(course, None)
            self._tell(course, lists=True, documents=True)

    def close(self) -> None:
        """Stops all work; what was stored stays."""
        with self._turn:
            self._closed = True
            for job in (job for jobs in self._jobs.values() for job in jobs):
                job.cancelled.set()
        for worker in list(self._workers.values()):
            worker.join(5)

    # -- the work

    def _work(self, course: str) -> None:
        """A course's worker: one drop after the other until none waits."""
        while (job := self._next(course)) is not None:
            error = None
            try:
                for step in self._steps(job):
                    self._take(job, step)
                self._after(job)
            except CoursemateError as raised:
                error = raised
            except Exception as raised:  # a fault of ours must reach the teacher as one, and leave the next drop alone
                _log.exception("adding to %s failed", course)
                error = InternalFault(f"Something went wrong while adding: {raised}.", code="adding_failed")
            job.incoming.discard()
            if course in self.library.names():
                self.readings(course).save()
            with self._turn:
                job.end(error)
                over = [one for one in self._jobs[course] if one.over]
                for old in over[:-_KEPT]:
                    self._jobs[course].remove(old)
                self._tell(course, lists=True, documents=True)

    def _next(self, course: str) -> Job | None:
        with self._turn:
            job = next((one for one in self._jobs.get(course, ()) if one.status == "queued"), None)
            if job is None or self._closed:
                del self._workers[course]
                return None
            job.status = "loading"
            self._tell(course, lists=True)
            return job

    def _steps(self, job: Job) -> Iterator[Progress]:
        transcriber = self._if_it_can("transcriber") if holds_recording(job.incoming.folder) else None
        embedder, seer = self.engines.load("embedder"), self._if_it_can("seer")
        pictures = self.engines.load_if_set("picture_embedder")
        tools = Tools(embedder, seer, transcriber, self.settings.limits, self._courtesy, pictures)
        with self._turn:
            if not job.cancelled.is_set():
                job.begin()
            self._tell(job.course, lists=True)
        yield from add(self.library.open(job.course), job.incoming.folder, tools, cancelled=job.cancelled)

    def _if_it_can(self, role: str) -> Any:
        """The engine, or None where it cannot be loaded: then reading says, file by file, what it did without it."""
        try:
            return self.engines.load(role)
        except CoursemateError as error:
            _log.warning("%s: %s", role, error)
            return None

    def _take(self, job: Job, step: Progress) -> None:
        outcome = step.outcome
        if outcome is not None and outcome.status in ("added", "replaced", "failed"):
            self.readings(job.course).keep(step.document, seconds=outcome.seconds, error=step.error)
        with self._turn:
            job.advance(step)
            self._tell(job.course, lists=outcome is not None, documents=outcome is not None)

    def _after(self, job: Job) -> None:
        """Once a file of another kind stands in its place, the old one goes."""
        stored = [file.path for file in job.files.values() if file.status in ("added", "replaced", "unchanged")]
        course = self.library.open(job.course)
        if job.replaces and stored and job.replaces not in stored and course.document(job.replaces) is not None:
            course.remove(job.replaces)
            self.readings(job.course).forget(job.replaces)

    # -- underneath

    def _find(self, course: str, key: str) -> Job:
        job = next((job for job in self.look(course).jobs if job.id == key), None)
        if job is None:
            raise InvalidInput(
                "That drop is no longer there. Load the page again and drop the files once more.",
                code="drop_unknown",
                course=course,
            )
        return job

    def _documents_changed(self, course: str) -> None:
        with self._turn:
            self._tell(course, lists=True, documents=True)

    def _count(self, course: str) -> list[int]:
        return self._counts.setdefault(course, [0, 0, 0])

    def _tell(self, course: str, *, lists: bool = False, documents: bool = False) -> None:
        """Counts a change, for whoever watches. Called with the lock held."""
        count = self._count(course)
        count[0] += documents
        count[1] += lists
        count[2] += 1
