"""Messages to the units that an engine reads: by the model's own template, and no longer than its context."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from chatbot.chat_model import Message
from chatbot.chat_model.sight import Projector
from chatbot.chat_model.template import ChatTemplate, Content, Markup
from chatbot.chat_model.units import Unit, room_of
from chatbot.chat_model.vocabulary import Vocabulary
from knowledge.errors import InvalidQuestion

SHORTEST_ANSWER = 64  # tokens; earlier turns are dropped before an answer is cut shorter than this

_log = logging.getLogger(__name__)


class PromptMaker:
    """Safe to use from several threads."""

    def __init__(
        self, vocabulary: Vocabulary, template: ChatTemplate, projector: Projector | None, context_tokens: int, name: str
    ) -> None:
        self._vocabulary, self._template, self._projector = vocabulary, template, projector
        self._context_tokens, self._name = context_tokens, name

    def fit(self, messages: Sequence[Message], most_tokens: int) -> list[Unit]:
        """The prompt, without the oldest turns that leave no room for an answer.

        Raises InvalidQuestion when system prompt and last message alone are longer than the context.
        """
        if not messages:
            raise InvalidQuestion("There is no message to answer. Ask a question.", code="question_empty")
        wanted = max(1, min(most_tokens, SHORTEST_ANSWER))
        kept = list(messages)
        while True:
            prompt = self.units(kept)
            if room_of(prompt) + wanted <= self._context_tokens:
                break
            shorter = _without_oldest_turn(kept)
            if shorter is None:
                if room_of(prompt) < self._context_tokens:
                    break
                raise InvalidQuestion(
                    f"The question with what belongs to it has {room_of(prompt)} tokens; {self._name} takes "
                    f"{self._context_tokens}. Ask a shorter question, or set a larger context_tokens.",
                    code="prompt_too_long",
                    tokens=room_of(prompt),
                    limit=self._context_tokens,
                )
            kept = shorter
        if len(kept) < len(messages):
            left_out = len(messages) - len(kept)
            _log.info("left out the oldest %d messages: the context has %d tokens", left_out, self._context_tokens)
        return prompt

    def units(self, messages: Sequence[Message]) -> list[Unit]:
        if self._projector is None:
            messages = [replace(message, pictures=()) for message in messages]
        units: list[Unit] = []
        space = ""
        for segment in self._template.render(messages):
            if isinstance(segment, Markup):
                text = segment.text
                # "USER: " and "why" are tokenized by such a vocabulary as "USER:" and " why".
                space = " " if self._vocabulary.adds_space and text.endswith(" ") else ""
                units += self._vocabulary.tokenize_markup(text.removesuffix(space))
            elif isinstance(segment, Content):
                units += self._vocabulary.tokenize(space + segment.text)
                space = ""
            else:
                units += self._projector.tokenize(segment)
                space = ""
        return self._vocabulary.open(units)


def _without_oldest_turn(messages: Sequence[Message]) -> list[Message] | None:
    """Without the oldest question and its answer; system messages and the last message stay. None: nothing to drop."""
    system = [message for message in messages[:-1] if message.role == "system"]
    turns = [message for message in messages[:-1] if message.role != "system"]
    if not turns:
        return None
    end = next((at for at, message in enumerate(turns) if at and message.role == "user"), len(turns))
    return [*system, *turns[end:], messages[-1]]
