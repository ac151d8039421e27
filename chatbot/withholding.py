"""When not to answer: too little evidence before the model is asked, or the model's own word that the course is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from chatbot.chat_model import ChatModel, Message
from knowledge.documents import Passage
from knowledge.sentences import sentences

NOT_FOUND_MARK = "NOT_FOUND"
JUDGEMENTS = ("Yes", "No")

# Measured on examples/sample-course.dev.jsonl (see docs/decisions.md): below both, no answerable question was lost.
LEAST_SIMILARITY = 0.25
LEAST_OVERLAP = 0.34
_ENDS = ".!?。！？\n"
_MARKER = re.compile(r"\s*[\[【][\d,，、\s]+[\]】]")
_LEAST_REPEATED = 8  # characters: "Yes." may be said twice
_LOOKED_AT = 6  # passages, best first

# A question that leans on the turn before or on a picture is judged more strictly by the model than one that stands alone, and asked
# otherwise: behind the question.
# Of eight follow-ups, those that the course answers got 0.55 to 0.86, the others 0.14 to 0.19; of 17 questions on
# pictures, asked in words of their own, 0.61 to 0.76 and 0.31 to 0.45, with one exception at 0.60. Eight others got 0.60 to 0.74,
# with all passages; "does it also happen with sound?" 0.41 and 0.44.
LEANING = 0.9  # of the confidence asked of other questions
EARLY = 0.45  # of the way from the confidence asked to certainty: what must be reached with the first passages alone


def is_near(passages: Sequence[Passage]) -> bool:
    """Whether any passage is near enough, in meaning or in words, for the model to be asked at all."""
    return any(p.similarity >= LEAST_SIMILARITY or p.overlap >= LEAST_OVERLAP for p in passages[:_LOOKED_AT])


def confidence(chat: ChatModel, messages: Sequence[Message]) -> float | None:
    """How probable the model holds it, 0..1, that the passages answer the question; None when it cannot tell."""
    return sureness(chat.judge(messages, JUDGEMENTS))


def sureness(chances: Mapping[str, float]) -> float | None:
    """The confidence that the probabilities of JUDGEMENTS say."""
    return None if chances["Yes"] == chances["No"] else chances["Yes"]


def until_repeated(pieces: Iterator[str], read: Sequence[str] = ()) -> Iterator[str]:
    """Lets a stream through until it says a whole sentence for the second time: small models go round in circles.

    Markers do not count: the same sentence with one passage after the other is one sentence. It ends as well with the
    first sentence that is copied from what was `read` in another language than it should write in.
    """
    text, ended = "", 0
    told = {sentence.strip() for passage in read for sentence in sentences(passage)}
    for piece in pieces:
        text += piece
        if any(mark in piece for mark in _ENDS):
            begun = not text.rstrip(" ").endswith(tuple(_ENDS))
            for sentence in sentences(text[ended:])[: -1 if begun else None]:
                plain = _MARKER.sub("", sentence).strip()
                if len(plain) >= _LEAST_REPEATED and plain in told:
                    return
                told.add(plain)
                ended = text.index(sentence, ended) + len(sentence)
        yield piece


class Withheld:
    """Lets a stream through, but never the mark by which the model says that the passages are silent."""

    def __init__(self) -> None:
        self._held = ""

    def let_through(self, pieces: Iterator[str]) -> Iterator[str]:
        """Pieces of answer. Ends at once, with nothing more, where the mark appears."""
        for piece in pieces:
            self._held += piece
            before, mark, _ = self._held.partition(NOT_FOUND_MARK)
            if mark:
                if before.strip():
                    yield before
                return
            safe = len(self._held) - self._possible_mark()
            if safe:
                yield self._held[:safe]
                self._held = self._held[safe:]
        if self._held:
            yield self._held

    def _possible_mark(self) -> int:
        """How many characters at the end could be the beginning of the mark."""
        for length in range(min(len(self._held), len(NOT_FOUND_MARK) - 1), 0, -1):
            if NOT_FOUND_MARK.startswith(self._held[-length:]):
                return length
        return 0
