"""The student's screen: layout and wiring. What it shows is drawn by rendering.py; what it does is done by the Desk."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr

from chatbot.ways.limits import WAYS
from knowledge.errors import CoursemateError
from ui import frame
from ui.api.visiting import LEARNER_ID
from ui.asking import Desk, Question
from ui.rendering import render_turn
from ui.sounds import Shelf
from ui.suggestions import suggest
from ui.teaching.access import at_this_machine, session_of
from ui.turn_view import TurnView, advance, with_answer
from ui.words import COOKIE, Words, choose_language, words_in

_SOUNDS = (".webm", ".wav", ".ogg", ".mp3", ".m4a", ".mp4")
_PATIENCE_S = 0.5  # between two looks whether the reader is still there
LEARNER = "coursemate_learner"  # the cookie in which assets/js/learner.js leaves whose practice it is, for Gradio sends no header of ours
DRAFT = "coursemate_draft"  # the cookie in which assets/js/ahead.js leaves the name of the box that was typed in last
_PACE_S = 0.08  # between two pictures of the growing answer: faster than that nobody reads


_log = logging.getLogger(__name__)


class ChatScreen:
    """What the screen's events do. Each takes plain values, asks the Desk or the library, and returns what to show."""

    def __init__(self, desk: Desk, shelf: Shelf, *, practises: bool = False) -> None:
        self._desk, self._shelf, self._practises = desk, shelf, practises
        self._numbers = count(1)

    def open(self, memory: dict[str, Any], request: gr.Request) -> tuple[Any, ...]:
        """The page as it is first seen, or seen again after a reload."""
        words = words_of(request)
        courses = self._desk.library.list()
        course = _chosen(request.query_params.get("course", ""), [course.name for course in courses])
        past = self._past(course, memory, words)
        return (
            course,
            frame.header_html(courses, course, words, teacher=_teaches(request), practises=self._practises),
            past,
            "" if past else self._empty(course, words, _teaches(request)),
            gr.update(placeholder=words("composer.placeholder"), interactive=bool(course)),
            gr.update(label=words("ways.label"), choices=[(words(f"ways.{way}"), way) for way in WAYS]),
            gr.update(label=words("composer.speak"), value=bool(memory.get("speak"))),
            frame.hint_html(words),
            gr.update(value=words("header.new_chat")),
        )

    def ask(
        self, message: dict[str, Any], course: str, memory: dict[str, Any], speak: bool, way: str, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Answers; yields the earlier turns, this turn, the box, the memory and what the scripts must know.

        The earlier turns are drawn once, so that only this turn is drawn again while it grows.
        """
        words, memory = words_of(request), {**memory, "speak": speak}
        question = read_message(message, course, memory, speak, words.language)
        learner = request.cookies.get(LEARNER, "")
        question = replace(
            question, draft=request.cookies.get(DRAFT, ""), way=way or "explain",
            learner=learner if re.fullmatch(LEARNER_ID, learner) else "",
        )  # fmt: skip
        begun = TurnView(course, question.text, spoken=question.sound is not None, number=next(self._numbers))
        past, box = self._past(course, memory, words), _busy()
        for view in self._views(question, begun, request.session_hash or ""):
            memory = remembered(memory, view)
            box = _after(view, message) if view.finished else box
            yield (past, render_turn(view, words), box, memory, signal(view))
            past = box = gr.skip()

    def _views(self, question: Question, view: TurnView, key: str) -> Iterator[TurnView]:
        """The turn as it goes on, at a pace at which people read; the last view is finished."""
        run = self._desk.begin(question, key=key)
        try:
            yield view
            for steps in run.batches(_PATIENCE_S):
                for step in steps:
                    view = advance(view, step, self._shelf.put)
                yield view
                time.sleep(_PACE_S)
            if not view.finished:
                yield replace(view, stage="stopped")
        except CoursemateError as error:
            view = replace(view, stage="failed", error=error)
            yield view
        except Exception:  # a fault of ours: whoever asked must be told, not left before a page that waits
            _log.exception("a turn failed")
            view = replace(view, stage="failed")
            yield view
        finally:
            self._desk.end(run, key=key)

    def stop(self, request: gr.Request) -> None:
        self._desk.stop(request.session_hash or "")

    def new_chat(self, course: str, memory: dict[str, Any], request: gr.Request) -> tuple[Any, ...]:
        """An empty conversation; the old one stays in the store."""
        self._desk.forget(request.session_hash or "")
        kept = {name: key for name, key in memory.get("conversations", {}).items() if name != course}
        return "", self._empty(course, words_of(request), _teaches(request)), _idle(), {**memory, "conversations": kept}

    def _past(self, course: str, memory: dict[str, Any], words: Words) -> str:
        turns = []
        for turn in self._desk.store.turns(memory.get("conversations", {}).get(course, "")):
            view = TurnView(course, turn.question, heard=turn.heard, picture=turn.picture)
            turns.append(render_turn(with_answer(view, turn.answer), words))
        return "".join(turns)

    def _empty(self, course: str, words: Words, teacher: bool) -> str:
        if not course:
            return frame.preparing_html(words) if self._desk.preparing else frame.no_course_html(words, teacher=teacher)
        try:
            opened = self._desk.library.open(course)
        except CoursemateError as error:
            return frame.broken_course_html(error, words)
        return frame.empty_html(opened, suggest(opened, words), words)


def build_chat(screen: ChatScreen) -> gr.Blocks:
    """The layout, and which event calls what."""
    with gr.Blocks(title="Coursemate", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as blocks:
        course = gr.State("")
        # The browser keeps which conversation is whose. The secret is no secret: it only has to stay the same over
        # restarts, because what was stored under another one could not be read again.
        memory = gr.BrowserState({"conversations": {}, "speak": False}, storage_key="coursemate", secret="coursemate")
        with gr.Row(elem_id="cm-header"):
            header = _part("cm-header-left")
            new_chat = gr.Button("", elem_id="cm-new-chat", size="sm")
        with gr.Column(elem_id="cm-room"):
            past = _part("cm-past")
            # Before the first question: what to ask. After it: the question and its growing answer.
            turn = _part("cm-turn")
        with gr.Column(elem_id="cm-desk"):
            _part("cm-status-place", frame.STATUS)
            way = gr.Radio(list(WAYS), value="explain", label=" ", elem_id="cm-ways", container=False)
            box = _box()
            with gr.Row(elem_id="cm-foot"):
                speak = gr.Checkbox(False, label=" ", elem_id="cm-speak", container=False)
                hint = _part("cm-keys")
        signals = gr.Textbox(visible="hidden", elem_id="cm-signals")

        blocks.load(screen.open, [memory], [course, header, past, turn, box, way, speak, hint, new_chat], **_quietly()).then(
            None, js="() => window.coursemate.opened()", **_quietly()
        )
        box.submit(
            screen.ask, [box, course, memory, speak, way], [past, turn, box, memory, signals],
            concurrency_limit=None, **_quietly(),
        )  # fmt: skip
        box.stop(screen.stop, **_quietly())
        # Not `cancels`: a turn that Gradio breaks off may still show its last words after the page was emptied.
        new_chat.click(screen.new_chat, [course, memory], [past, turn, box, memory], **_quietly()).then(
            None, js="() => window.coursemate.emptied()", **_quietly()
        )
        # In the browser: a question sent while so short an event comes back from the server would wait for ever,
        # because Gradio closes the stream of the one as it takes in the other.
        speak.input(None, [memory, speak], [memory], js="(memory, speak) => ({ ...memory, speak })", **_quietly())
        signals.change(None, [signals], js="(told) => window.coursemate.signal(told)", **_quietly())
    return blocks


def _part(name: str, html: str = "") -> gr.HTML:
    """A place for HTML of ours, without Gradio's look for it."""
    return gr.HTML(html, elem_id=name, padding=False, apply_default_css=False)


def _box() -> gr.MultimodalTextbox:
    # Any file may come in: what cannot be used is refused by us, with a sentence and the question kept.
    return gr.MultimodalTextbox(
        elem_id="cm-box", show_label=False, container=False, sources=["upload"],
        file_count="multiple", lines=1, max_lines=8, submit_btn=True, stop_btn=False, autofocus=False,
        max_plain_text_length=100_000,
    )  # fmt: skip


def _quietly() -> dict[str, Any]:
    """No spinner over our page, and no entry in the API that Gradio describes."""
    return {"show_progress": "hidden", "api_visibility": "private"}


def _busy() -> Any:
    return gr.update(value=None, submit_btn=False, stop_btn=True)


def _idle() -> Any:
    return gr.update(submit_btn=True, stop_btn=False)


def _after(view: TurnView, message: dict[str, Any]) -> Any:
    """The box after a turn: what could not be answered is back in it, what was sent with the rest is deleted."""
    if view.stage == "failed":
        return gr.update(value=message, submit_btn=True, stop_btn=False)
    for name in message.get("files") or ():
        Path(name).unlink(missing_ok=True)
    return _idle()


def read_message(message: dict[str, Any], course: str, memory: dict[str, Any], speak: bool, language: str) -> Question:
    """What the box holds as a Question: the last recording and the last picture count."""
    sound = picture = None
    for name in message.get("files") or ():
        if name.lower().endswith(_SOUNDS):
            sound = Path(name).read_bytes()
        else:
            picture = Path(name).read_bytes()
    conversation = memory.get("conversations", {}).get(course, "")
    return Question(course, (message.get("text") or "").strip(), sound, picture, speak, language, conversation)


def remembered(memory: dict[str, Any], view: TurnView) -> dict[str, Any]:
    """The browser's memory, with the conversation that this turn belongs to."""
    if not view.conversation:
        return memory
    return {**memory, "conversations": {**memory.get("conversations", {}), view.course: view.conversation}}


def signal(view: TurnView) -> str:
    """What the page's scripts must know of a turn: the text to announce, the sounds to play, whether it is over."""
    told = {"turn": view.number, "stage": view.stage, "text": view.text, "found": view.found, "sounds": view.sounds}
    return json.dumps({**told, "sentences": view.sentences, "conversation": view.conversation})


def words_of(request: gr.Request) -> Words:
    return words_in(choose_language(request.cookies.get(COOKIE), request.headers.get("accept-language")))


def _teaches(request: gr.Request) -> bool:
    """Whether the reader seems to be the teacher, and is led to the door, where the password counts."""
    return bool(session_of(request.cookies)) or at_this_machine(request.client.host if request.client else "", request.headers)


def _chosen(asked: str, names: list[str]) -> str:
    """The course in the address, whether or not it exists, else the first."""
    return asked or next(iter(names), "")
