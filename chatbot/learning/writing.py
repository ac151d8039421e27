"""Questions written from a course's passages: the model proposes under a schema, verifying.py judges, what fails is counted.

The model is told one sentence to ask about, so that the questions of a passage differ, and writes only words: which option is
the right one, its place among the others and the quote are ours.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.learning.course_map import Place
from chatbot.learning.questions import Question
from chatbot.learning.verifying import Verifier
from chatbot.prompting import LANGUAGES
from chatbot.structured import ask_json
from knowledge.documents import Passage
from knowledge.errors import EngineFailed
from knowledge.lexical import content_words
from knowledge.sentences import sentences
from prompts import render

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 10, "maxLength": 160},
        "right": {"type": "string", "minLength": 1, "maxLength": 80},
        "wrong": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 80},
            "minItems": 3,
            "maxItems": 3,
        },
    },
    "required": ["question", "right", "wrong"],
    "additionalProperties": False,
}
_LEAST_WORDS = 5  # content words: a shorter sentence says too little to be asked about
_LONGEST_SENTENCE = 300
_TRIES = 3  # sentences for each question wanted, before another passage is more promising
_WORDS_A_SECOND = 3.0  # reading; the rest of the usual time is thinking
_THINKING_S = 12.0


class _Proposal(BaseModel):
    """What the model wrote, held to the schema also where no grammar held it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    question: str = Field(min_length=10, max_length=160)
    right: str = Field(min_length=1, max_length=80)
    wrong: list[str] = Field(min_length=3, max_length=3)


@dataclass
class Tally:
    """How many were proposed and kept, and what the others failed at first."""

    proposed: int = 0
    kept: int = 0
    failed: Counter = field(default_factory=Counter)


class Writer:
    """Writes for one course. `tally` goes on counting; questions that are there already are given to the verifier."""

    def __init__(self, chat: ChatModel, verifier: Verifier) -> None:
        self._chat, self._verifier = chat, verifier
        self.tally = Tally()

    def write(self, concept: str, passage: Passage, language: str, *, most: int = 3) -> Iterator[Question]:
        """Up to `most` questions on a passage, each verified before it is given out. Raises EngineFailed."""
        kept = 0
        for sentence in askable(passage.text)[: _TRIES * most]:
            if kept == most:
                return
            self.tally.proposed += 1
            question = self._propose(concept, passage, sentence, language)
            reason = self._verifier.fault(question, passage.text) if question else "form"
            if reason:
                self.tally.failed[reason] += 1
                continue
            self._verifier.remember(question)
            self.tally.kept += 1
            kept += 1
            yield question

    def _propose(self, concept: str, passage: Passage, sentence: str, language: str) -> Question | None:
        told = render(
            "write_question", passage=_as_data(passage.text), sentence=_as_data(sentence),
            language=LANGUAGES.get(language, "English"),
        )  # fmt: skip
        try:
            proposal = _Proposal.model_validate(ask_json(self._chat, [Message("user", told)], SCHEMA, Sampling(260)))
        except ValidationError:
            return None
        except EngineFailed as error:
            if error.code != "engine_not_in_form":
                raise
            return None
        return to_question(proposal.question, proposal.right, proposal.wrong, concept, passage, sentence, language)


def to_question(
    text: str, right: str, wrong: Sequence[str], concept: str, passage: Passage, quote: str, language: str
) -> Question:
    """A multiple-choice question whose options lie in an order that depends on its words alone."""
    key = hashlib.sha256(f"{passage.document}\n{text}\n{right}".encode()).hexdigest()[:16]
    options = [right, *wrong]
    random.Random(key).shuffle(options)
    length = len(content_words(" ".join((text, *options))))
    return Question(
        f"q-{key}", concept, "choice", text, tuple(options), (options.index(right),),
        place=Place(passage.document, passage.locator), quote=quote, language=language,
        usual_s=round(_THINKING_S + length / _WORDS_A_SECOND, 1),
    )  # fmt: skip


def askable(text: str) -> list[str]:
    """Sentences that state something: long enough, no question, no formula or code, not hanging on what came before."""
    found = []
    for sentence in sentences(text):
        plain = sentence.strip()
        short = len(content_words(plain)) < _LEAST_WORDS or len(plain) > _LONGEST_SENTENCE
        hanging = plain.split(" ")[0].lower().strip(",") in _HANGING
        if not short and not hanging and not plain.endswith(("?", "？", ":", "：")) and not set(plain) & set("{}`$|<>"):
            found.append(plain)
    return found


_HANGING = frozenset(
    "this that these those it they he she such here there however but so then therefore thus also".split()
)


def _as_data(text: str) -> str:
    return text.replace("</passage>", "< /passage>").strip()
