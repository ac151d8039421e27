"""The writing room: questions are written here, concept after concept, while the teacher looks on or leaves. One job a course.

What was written stays, whatever becomes of the job. Stopping waits for no sentence of the model, and no student waits for
more than one: while somebody is being answered, the job stands still.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chatbot.learning.practice import Practice
from chatbot.stopping import Stop, Stopped, stoppable
from knowledge.course import Course
from knowledge.courtesy import CourteousChat, Courtesy
from knowledge.errors import CoursemateError, InternalFault, InvalidInput
from ui.words import Words

Status = Literal["loading", "running", "stopping", "done", "stopped", "failed"]
_OVER = ("done", "stopped", "failed")
_NOTICED_S = 0.5  # of standing still, from which it is told
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class WritingJob:
    """`done` of the concepts are finished; `at` is the title of the one that is written on. `stands_since` is the time from
    which on students are answered first, None while it writes.
    """

    concepts: tuple[str, ...]
    most: int
    status: Status = "loading"
    done: int = 0
    written: int = 0
    at: str = ""
    error: CoursemateError | None = None
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    stands_since: float | None = None
    stop: Stop = field(default_factory=Stop)

    @property
    def over(self) -> bool:
        return self.status in _OVER

    def end(self, error: CoursemateError | None = None) -> None:
        self.status, self.error = "failed" if error else "stopped" if self.stop.is_set else "done", error
        self.seconds, self.at = time.monotonic() - self.began, ""

    def to_json(self, words: Words) -> dict[str, Any]:
        took = self.seconds or time.monotonic() - self.began
        left = took / self.done * (len(self.concepts) - self.done) if self.done and not self.over else None
        told = {
            "status": self.status,
            "concepts": len(self.concepts),
            "done": self.done,
            "written": self.written,
            "at": self.at,
        }
        stands = self.stands_since is not None and time.monotonic() - self.stands_since > _NOTICED_S
        told |= {"seconds": round(took, 1), "left_s": None if left is None else round(left, 1), "stands": stands}
        return told | ({"error": words.of_error(self.error)} if self.error else {})


class WritingRoom:
    """Safe to use from several threads; made once by the server."""

    def __init__(self, practice: Practice, engines: Any, courtesy: Courtesy) -> None:
        self._practice, self._engines, self._courtesy = practice, engines, courtesy
        self._jobs: dict[str, WritingJob] = {}
        self._workers: dict[str, threading.Thread] = {}
        self._turn = threading.Lock()

    def job(self, course: str) -> WritingJob | None:
        return self._jobs.get(course)

    def begin(self, course: Course, concepts: Sequence[str], most: int) -> WritingJob:
        """Starts a job. Raises InvalidInput while another of the course runs, or for concepts that are not in the map."""
        known = self._practice.map(course)[0].by_id
        if unknown := [concept for concept in concepts if concept not in known]:
            raise InvalidInput(
                f"The course map has no concept {unknown[0]!r}. Load it again.",
                code="concept_unknown",
                concept=unknown[0],
            )
        with self._turn:
            if (running := self._jobs.get(course.name)) and not running.over:
                raise InvalidInput(
                    "Questions are being written for this course already.", code="writing_already", course=course.name
                )
            job = self._jobs[course.name] = WritingJob(tuple(concepts), most)
            worker = threading.Thread(target=self._work, args=(course, job), name=f"writing-{course.name}", daemon=True)
            self._workers[course.name] = worker
            worker.start()
        return job

    def cancel(self, course: str) -> None:
        """Stops the course's job, or clears one that is over from sight."""
        with self._turn:
            job = self._jobs.get(course)
            if job is None or job.over:
                self._jobs.pop(course, None)
                return
            job.status = "stopping"
        job.stop.set()

    def close(self) -> None:
        for job in list(self._jobs.values()):
            job.stop.set()
        for worker in list(self._workers.values()):
            worker.join(5)

    def _work(self, course: Course, job: WritingJob) -> None:
        error = None
        try:
            with stoppable(job.stop):
                self._write(course, job)
        except Stopped:
            pass
        except CoursemateError as raised:
            error = raised
        except Exception as raised:  # a fault of ours must reach the teacher as one, not as a job that never ends
            _log.exception("writing for %s failed", course.name)
            error = InternalFault(f"Something went wrong while writing: {raised}.", code="writing_failed")
        job.end(error)

    def _write(self, course: Course, job: WritingJob) -> None:
        chat = CourteousChat(self._engines.load("chat"), lambda: self._stand_back(job))
        embedder = self._engines.load("embedder")
        seer = self._engines.load_if_set("seer")
        titles = {concept.id: concept.title for concept in self._practice.map(course)[0].concepts}
        if job.status == "loading":
            job.status = "running"
        for concept in job.concepts:
            job.at = titles.get(concept, concept)
            for _ in self._practice.writing(course, concept, chat, embedder, job.most, seer=seer):
                job.written += 1
                if job.stop.is_set:
                    return
            if job.stop.is_set:
                return
            job.done += 1

    def _stand_back(self, job: WritingJob) -> None:
        """Until no student is being answered. Raises Stopped."""
        job.stands_since = time.monotonic()
        self._courtesy.wait(lambda: job.stop.is_set)
        job.stands_since = None
        if job.stop.is_set:
            raise Stopped
