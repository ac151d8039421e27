"""Courses are read before anybody asks: a passage that answers a question has mostly been read by the chat model already.

A prompt begins with the system prompt, the best passage, and the rules for judging it or for answering from it. There are only
twice as many such beginnings as a course has passages, so all of them are read while nobody asks and kept in the course's folder.
What is left to read is the question.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatbot.chat_model import Message
from chatbot.loading import Engines
from chatbot.prompting import answering_rules, judging_rules, ready_for
from chatbot.stopping import Stop, stoppable
from knowledge.course import Course
from knowledge.errors import CoursemateError
from knowledge.library import Library
from knowledge.standing import standing_alone

_FOLDER = "read"
_LOOK_S = 5.0  # between two looks whether a course has changed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CourseRead:
    """How many of the beginnings of a course's prompts were looked at, and how many of these are kept."""

    beginnings: int
    seen: int = 0
    kept: int = 0

    @property
    def percent(self) -> int:
        return 100 * self.kept // self.beginnings if self.beginnings else 100


def shelf_of(course: Course) -> Path:
    """Where what was read of a course is kept: it goes with the course."""
    return course.folder / _FOLDER


def beginnings(course: Course) -> Iterator[list[Message]]:
    """How prompts begin that show one of the course's passages: for an answer in its language first, which saves most where
    there is no room for all.
    """
    for rules in (answering_rules(course.language), judging_rules()):
        for document in course.documents():
            for passage in course.chunks(document.path):
                yield ready_for(standing_alone(course, [passage]), rules)


def read_course(course: Course, chat, most_mb: int) -> Iterator[CourseRead]:
    """Reads what was not read yet, while nobody asks; tells how far it is."""
    state = CourseRead(2 * course.chunk_count())
    for there in chat.keep(beginnings(course), shelf_of(course), most_mb):
        state = CourseRead(state.beginnings, state.seen + 1, state.kept + there)
        yield state


class CourseReader:
    """Reads every course of a library, and again what changes, in a thread of its own. `states` may be read at any time."""

    def __init__(self, library: Library, engines: Engines, most_mb: int) -> None:
        self._library, self._engines, self._most_mb = library, engines, most_mb
        self.states: dict[str, CourseRead] = {}
        self._revisions: dict[str, int] = {}
        self._stop = Stop()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="coursemate-reading", daemon=True)

    def start(self) -> None:
        """Once the engines are there."""
        if self._most_mb:
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with stoppable(self._stop):
            while not self._closed.is_set():
                for name in self._library.names():
                    try:
                        self._read(self._library.open(name))
                    except CoursemateError as error:  # a damaged course, a model that failed to load: told where they are used
                        _log.info("the course %s was not read: %s", name, error)
                self._closed.wait(_LOOK_S)

    def _read(self, course: Course) -> None:
        revision = course.revision()
        if self._revisions.get(course.name) == revision:
            return
        state = None
        for state in read_course(course, self._engines.load("chat"), self._most_mb):
            self.states[course.name] = state
        if state is None:  # it is empty by now, or the engine keeps nothing
            self.states.pop(course.name, None)
        if not self._stop.is_set:
            self._revisions[course.name] = revision
