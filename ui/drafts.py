"""Questions while they are typed: what is read ahead for each, and for how long. Nobody has asked yet."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.conversation import Turn
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead
from chatbot.stopping import present_stop
from knowledge.errors import CoursemateError
from ui.line import Line
from ui.running import Run

if TYPE_CHECKING:
    from ui.asking import Question

_AT_ONCE = 4  # searching for one takes some of the time that answering needs
_MOST = 32  # that are read ahead or wait for it; a page that was closed leaves its last one behind
_LOOK_AGAIN_S = 0.4

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draft:
    """The words of one box. `ahead` is what was read for them, and for the drafts before."""

    question: Question
    ahead: Ahead
    run: Run[None] | None = None

    def serves(self, question: Question) -> bool:
        """Whether what was read may serve it: nothing goes from one conversation, or student, to another. A page that does
        not know its conversation yet has read nothing of any.
        """
        own = self.question
        same = (own.course, own.owner) == (question.course, question.owner)
        return same and own.conversation in ("", question.conversation)


class Drafts:
    """Safe to use from several threads. What cannot be read ahead is left alone."""

    def __init__(self, *, tutor, library, store, engines, line: Line) -> None:
        self._tutor, self._library, self._store, self._engines, self._line = tutor, library, store, engines, line
        self._lock = threading.Lock()
        self._drafts: dict[str, _Draft] = {}
        self._places = threading.Semaphore(_AT_ONCE)

    def read(self, question: Question) -> None:
        """Reads ahead until the next draft of the same name, or the question. Returns at once."""
        draft = _Draft(question, self.end(question))
        if not question.draft or not self._engines.ready:
            return
        with self._lock:
            oldest = list(self._drafts)[: max(0, len(self._drafts) - _MOST + 1)]
            dropped = [self._drafts.pop(name) for name in oldest]
            draft.run = Run(lambda: self._prepare(draft))
            self._drafts[question.draft] = draft
        for other in dropped:
            other.run.stop()

    def end(self, question: Question) -> Ahead:
        """Ends the draft that became this question, or the next draft; what was read that may serve it."""
        with self._lock:
            draft = self._drafts.pop(question.draft, None)
        if draft is None:
            return NOTHING_AHEAD
        draft.run.stop()
        return draft.ahead if draft.serves(question) else NOTHING_AHEAD

    def _prepare(self, draft: _Draft) -> Iterator[None]:
        question = draft.question
        # While all places are taken nothing is read ahead, and looking things up would only take from the answers' time.
        while not present_stop().is_set and not self._line.wait_for_room(_LOOK_AGAIN_S):
            pass
        with self._places:
            if present_stop().is_set:
                return
            try:
                course = self._library.open(question.course)
                known = self._store.belongs(question.conversation, course.name, question.owner)
                history = self._store.history(question.conversation) if known else ()
                turn = Turn(question.text, language=question.language)
                for ahead in self._tutor.prepare(course, turn, history, draft.ahead):
                    draft.ahead = ahead
                    yield
            except CoursemateError as error:
                _log.info("nothing was read ahead: %s", error)
