"""What every way of tutoring is given, and what it gives back. Knows no screen and no engine but the chat model."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.conversation import Citation, Event, Exchange, Progress, Turn, Way
from chatbot.learning.practice import Practice
from chatbot.ways.limits import Limits
from chatbot.ways.phrases import phrase
from knowledge.course import Course
from knowledge.documents import Passage

_NEXT = re.compile(
    r"\s*(?:please[,\s]+)?(?:(?:the\s+)?next(?:\s+(?:one|step|hint|question|please))?|(?:give me\s+)?(?:an?other|one more|more)(?:\s+(?:hint|question|one)s?)?"
    r"|go on|continue|hint|weiter|(?:请)?(?:下一(?:个|步|条|题)?(?:提示|问题|题)?|继续|再来一(?:个|题|条)(?:提示)?|提示))(?:[,\s]+please)?\s*[.!?。！？]*\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: `passages` as they are shown to the model, `whole` the same uncut, `found` the whole ranking.

    `messages` makes a prompt of them with a task behind.
    """

    passages: Sequence[Passage]
    whole: Sequence[Passage]
    found: Sequence[Passage]
    messages: Callable[[str], list[Message]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn as a way sees it. `find` searches the course for a text; `likeness` compares claims with passages.

    `practice` records what a known learner answers; None where nothing is recorded.
    """

    course: Course
    turn: Turn
    text: str
    seen: str
    language: str
    history: Sequence[Exchange]
    limits: Limits
    chat: ChatModel
    find: Callable[[str], Findings]
    likeness: Callable
    practice: Practice | None = None

    @property
    def before(self) -> Progress | None:
        """How far the turn before had come, if it went the same way or stands under the same limit."""
        return self.history[-1].progress if self.history else None

    def going_on(self, way: Way) -> Progress | None:
        """The progress of the turn before, if it went this way."""
        return self.before if self.before is not None and self.before.way == way else None

    def say(self, key: str, /, **values: object) -> str:
        return phrase(self.language, key, **values)

    def write(self, messages: Sequence[Message], most_tokens: int, stop: tuple[str, ...] = ()) -> str:
        """What the model writes, whole: it is checked before anybody sees it."""
        pieces = self.chat.stream(messages, Sampling(most_tokens=most_tokens, stop=stop))
        try:
            return "".join(pieces).strip()
        finally:
            pieces.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a way says at the end of a turn; not `found` when the course has nothing to say."""

    text: str
    citations: tuple[Citation, ...] = ()
    progress: Progress | None = None
    found: bool = True
    notices: tuple[str, ...] = ()


Telling = Generator[Event, None, Reply]
"""A way at work: events on the way, and the reply as what the generator returns."""


def is_next(text: str) -> bool:
    """Whether the student only asks to go on."""
    return bool(_NEXT.fullmatch(text))


def citation(n: int, passage: Passage, quote: str) -> Citation:
    return Citation(n, passage.document, passage.title, passage.locator, quote, chunk_id=passage.chunk_id)
