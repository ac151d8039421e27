"""A student who types, and the page that tells the server the words so far, in the rhythm of ui/assets/js/ahead.js."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from chatbot.chat_model.llama import LlamaChatModel
from chatbot.conversation import Exchange, Turn
from chatbot.reading_ahead import NOTHING_AHEAD, Ahead
from chatbot.stopping import Stop, stoppable
from chatbot.tutor import Tutor
from knowledge.course import Course

TYPING = 200 / 60  # keys a second; the last one is Enter
PACE_S, LEAST = 0.3, 3  # as in the page's script
_WORD_ENDS = re.compile(r"[\s?!.,;:？！。，；：]$")


def drafts(question: str) -> Iterator[tuple[float, str]]:
    """When which words are told, in seconds from the first key: at a word's end at once, within a word every PACE_S."""
    told, last, due = "", -PACE_S, None
    for at in range(len(question) + 1):
        now = at / TYPING
        if due is not None and due <= now:
            if len(question[:at].strip()) >= LEAST and question[:at] != told:
                told = question[:at]
                yield due, told
            last, due = due, None
        if at == len(question):
            return
        words = question[: at + 1]
        if _WORD_ENDS.search(words) or now - last >= PACE_S:
            if len(words.strip()) >= LEAST and words != told:
                told = words
                yield now, words
            last, due = now, None
        elif due is None:
            due = last + PACE_S


@dataclass(slots=True)
class Typist:
    """Types or speaks into one box, as the desk sees it: every draft ends the one before, and goes on from what was read for it."""

    tutor: Tutor
    course: Course
    history: tuple[Exchange, ...] = ()
    ahead: Ahead = NOTHING_AHEAD
    _stop: Stop = field(default_factory=Stop)

    def type(self, question: str) -> Ahead:
        """Returns when Enter is pressed; what was read for the question."""
        began = time.perf_counter()
        for due, words in drafts(question):
            time.sleep(max(0.0, began + due - time.perf_counter()))
            self.tell(words)
        time.sleep(max(0.0, began + len(question) / TYPING - time.perf_counter()))
        return self.end()

    def tell(self, words: str) -> None:
        """The words so far, typed or heard: read ahead until the next ones come."""
        self._stop.set()
        self._stop = Stop()
        threading.Thread(target=self._prepare, args=(words, self._stop), daemon=True).start()

    def end(self) -> Ahead:
        """Nobody waits for the next words any more; what was read."""
        self._stop.set()
        return self.ahead

    def type_at_once(self, question: str, paced: Paced) -> Ahead:
        """The same without the waiting: every draft is read as far as there would have been time. The tutor's model is `paced`."""
        told = [*drafts(question), (len(question) / TYPING, "")]
        for (due, words), (ends, _) in pairwise(told):
            paced.give(ends - due)
            self.ahead = [self.ahead, *self.tutor.prepare(self.course, Turn(words), self.history, self.ahead)][-1]
        return self.ahead

    def _prepare(self, words: str, stop: Stop) -> None:
        with stoppable(stop):
            for ahead in self.tutor.prepare(self.course, Turn(words), self.history, self.ahead):
                if stop.is_set:
                    return
                self.ahead = ahead


class Paced:
    """A chat model that reads ahead as many tokens as there would have been time for: typing without the waiting."""

    def __init__(self, chat: LlamaChatModel, tokens_per_s: float) -> None:
        self._chat, self._speed, self._left = chat, tokens_per_s, 0.0
        self.asked = 0  # tokens that were read while somebody waited

    def __getattr__(self, name: str):
        return getattr(self._chat, name)

    def give(self, seconds: float) -> None:
        """The time until the next draft."""
        self._left = seconds * self._speed

    def judge(self, messages, options):
        self.asked += self._chat.unread(messages)
        return self._chat.judge(messages, options)

    def stream(self, messages, sampling):
        self.asked += self._chat.unread(messages)
        return self._chat.stream(messages, sampling)

    def prepare(self, messages, options=()):
        """Reads on as far as the time goes; None when that is not to the end."""
        unread = self._chat.unread(messages)
        if unread <= self._left:
            self._left -= unread
            return self._chat.prepare(messages, options)
        *before, last = messages
        whole = self._chat.count_tokens(last.text)
        share = max(0.0, 1 - (unread - self._left) / whole) if self._left else 0.0
        self._left = 0.0
        if share:
            self._chat.prepare([*before, replace(last, text=last.text[: int(len(last.text) * share)])])
        return None
