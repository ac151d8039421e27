"""One question from the outside to its stored answer: decode, wait for the engines, ask, keep. No screen, no HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args
from weakref import WeakSet

from chatbot.conversation import Answer, Cited, Done, Event, Exchange, Heard, Looked, Page, Said, Turn, Way
from chatbot.reading_ahead import Ahead
from chatbot.stopping import Stopped, present_stop
from knowledge.errors import EngineFailed, InvalidQuestion
from knowledge.picture import decode_picture
from knowledge.sound import decode_sound
from ui.drafts import Drafts
from ui.line import Line, Place
from ui.running import Run

_LOOK_AGAIN_S = 0.4  # how often a waiting question looks whether the engines are ready


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came in: bytes are untrusted and undecoded.

    `owner` is who the conversation belongs to, empty on our own page; `learner` whose record of learning the answers to
    practice questions go into. With a `history`, nothing is kept: the asker does.
    """

    course: str
    text: str = ""
    sound: bytes | None = None
    picture: bytes | None = None
    speak: bool = False
    language: str | None = None
    conversation: str = ""
    draft: str = ""  # what the page calls the words in its box while they are typed; they become this question
    page: Page | None = None
    owner: str = ""
    history: tuple[Exchange, ...] | None = None
    way: str = "explain"
    learner: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The question was accepted; `conversation` names where its answer will be kept."""

    conversation: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class Waiting:
    """The engines are still loading. `loading` holds the states of those that are not ready."""

    loading: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Queued:
    """All places are taken; `before` questions are to be done before this one's turn comes."""

    before: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that comes next was kept under this id, by which it can be judged."""

    turn: int


Step = Begun | Waiting | Queued | Kept | Event


Watch = Callable[[str, Iterator[Step]], Iterator[Step]]


def _unwatched(course: str, steps: Iterator[Step]) -> Iterator[Step]:
    return steps


class Desk:
    """Takes questions from every surface. Made once by the server."""

    def __init__(self, *, tutor, library, store, engines, settings, watch: Watch = _unwatched) -> None:
        """`watch` is given each turn's course and steps, and passes the steps on."""
        self.tutor, self.library, self.store = tutor, library, store
        self.engines, self.settings, self._watch = engines, settings, watch
        self._runs: dict[str, Run[Step]] = {}
        self._live: WeakSet[Run[Step]] = WeakSet()
        self._line = Line(
            at_once=settings.students_at_once, most_waiting=settings.most_waiting, most_each=settings.most_questions_each
        )
        self._drafts = Drafts(tutor=tutor, library=library, store=store, engines=engines, line=self._line)

    def begin(self, question: Question, *, key: str = "", who: str = "") -> Run[Step]:
        """Starts the turn in a thread. With a `key`, `stop(key)` ends it, and so does the next turn of that key.

        `who` asks, as far as that can be told: one may not fill the line alone.
        """
        ahead = self._drafts.end(question)
        run: Run[Step] = Run(lambda: self._watch(question.course, self._steps(question, ahead, who or key)))
        self._live.add(run)
        if key:
            self.stop(key)
            self._runs[key] = run
        return run

    @property
    def preparing(self) -> bool:
        """Whether a course is being read right now."""
        return any(state.role == "course" and state.status == "loading" for state in self.engines.states())

    def cut(self) -> None:
        """Before the server ends: whoever still waits for an answer is told that it will not come."""
        for run in list(self._live):
            run.cut(
                EngineFailed(
                    "The server is being stopped, and the answer was cut off. Ask again when it is back.", code="server_stopping"
                )
            )

    def stop(self, key: str) -> None:
        if run := self._runs.pop(key, None):
            run.stop()

    def forget(self, key: str, patience_s: float = 2.0) -> None:
        """Stops the turn of that key and returns when its reader has shown the last of it, so that nothing of it
        comes after what the caller shows next. A reader that went away without a word is waited for `patience_s`.
        """
        if run := self._runs.pop(key, None):
            run.stop()
            run.wait_until_left(patience_s)

    def end(self, run: Run[Step], *, key: str) -> None:
        """Lets go of a run that is over, or whose reader has gone."""
        if self._runs.get(key) is run:
            del self._runs[key]
        run.leave()

    def draft(self, question: Question) -> None:
        """Reads ahead for a question that is still being typed. Returns at once."""
        self._drafts.read(question)

    def _steps(self, question: Question, ahead: Ahead, who: str) -> Iterator[Step]:
        with self._line.join(who) as place:
            yield from self._asked(question, ahead, place)

    def _asked(self, question: Question, ahead: Ahead, place: Place) -> Iterator[Step]:
        course = self.library.open(question.course)
        turn = self._decode(question)
        conversation = self._conversation(question, course.name, turn.language or course.language)
        yield Begun(conversation, turn)
        yield from self._wait(course.name, _needed(turn))
        yield from _queue(place)
        history = self.store.history(conversation) if question.history is None else question.history
        mute = turn.speak and not self._voice_is_ready()
        yield from self._answer(course, conversation, turn, history, ahead, mute=mute)

    def _conversation(self, question: Question, course: str, language: str) -> str:
        """The conversation that goes on, or a new one; empty when the asker keeps it."""
        if question.history is not None:
            return ""
        if self.store.belongs(question.conversation, course, question.owner):
            return question.conversation
        return self.store.begin(course, language, question.owner)

    def _decode(self, question: Question) -> Turn:
        if question.way not in get_args(Way):
            raise InvalidQuestion(
                f"There is no way of tutoring called {question.way!r}. There are: {', '.join(get_args(Way))}.",
                code="way_unknown",
                way=question.way[:40],
                ways=", ".join(get_args(Way)),
            )
        sound = decode_sound(question.sound, longest_s=self.settings.longest_question_s) if question.sound else None
        picture = decode_picture(question.picture) if question.picture else None
        return Turn(
            question.text, sound, picture, question.speak, question.language, question.page, question.way, question.learner
        )

    def _wait(self, course: str, needed: tuple[str, ...]) -> Iterator[Waiting]:
        """Until the needed engines are loaded, and the course read. Raises the error of what could not be."""
        while True:
            states = [
                state
                for state in self.engines.states()
                if state.role in needed or (state.role == "course" and state.name == course)
            ]
            for state in states:
                if state.status == "failed" and state.error is not None and state.role != "voice":
                    raise state.error
            loading = tuple(state for state in states if state.status == "loading")
            if not loading:
                return
            yield Waiting(loading)
            time.sleep(_LOOK_AGAIN_S)

    def _voice_is_ready(self) -> bool:
        return any(state.role == "voice" and state.status == "ready" for state in self.engines.states())

    def _answer(
        self, course, conversation: str, turn: Turn, history: tuple[Exchange, ...], ahead: Ahead, *, mute: bool
    ) -> Iterator[Kept | Event]:
        """Tells the tutor's events and keeps the answer; of a turn that is broken off, what was said so far.

        An answer that should be spoken and cannot be is still an answer: `mute` leaves the voice out and says so.
        """
        told: list[Event] = []
        turn = replace(turn, speak=turn.speak and not mute)
        events = self.tutor.ask(course, turn, history, ahead)
        try:
            for event in events:
                if isinstance(event, Done):
                    event = _without_voice(event) if mute else event
                told.append(event)
                if isinstance(event, Done) and conversation:
                    yield Kept(self.store.append(conversation, turn, event.answer))
                yield event
        except (GeneratorExit, Stopped):
            if conversation and any(isinstance(event, Said) for event in told) and not isinstance(told[-1], Done):
                self.store.append(conversation, turn, _broken_off(turn, course.language, told))
            raise
        finally:
            events.close()


def _queue(place: Place) -> Iterator[Queued]:
    """Until it is this turn's turn. Leaving the generator leaves the line."""
    before = place.before
    while before:
        yield Queued(before)
        before = place.wait(before, _LOOK_AGAIN_S)
        if present_stop().is_set:
            raise Stopped


def _without_voice(done: Done) -> Done:
    return Done(replace(done.answer, notices=(*done.answer.notices, "no_voice")))


def _broken_off(turn: Turn, language: str, told: list[Event]) -> Answer:
    heard = "".join(event.text for event in told if isinstance(event, Heard)) or None
    return Answer(
        status="answered",
        text="".join(event.text for event in told if isinstance(event, Said)),
        language=turn.language or language,
        citations=tuple(event.citation for event in told if isinstance(event, Cited)),
        question=" ".join(filter(None, (turn.question, heard))),
        heard=heard,
        seen="".join(event.text for event in told if isinstance(event, Looked)) or None,
        notices=("stopped",),
    )


def _needed(turn: Turn) -> tuple[str, ...]:
    """The roles that this turn waits for."""
    roles = ["embedder", "chat"]
    if turn.sound is not None:
        roles.append("transcriber")
    if turn.picture is not None:
        roles.append("seer")
    if turn.speak:
        roles.append("voice")
    return tuple(roles)
