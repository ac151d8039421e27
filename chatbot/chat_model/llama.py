"""The engine `llama`: a local GGUF model through llama.cpp, with its projector for pictures if it has one.

One reply is written at a time; others wait. The context keeps what it read, so the next prompt costs only what differs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.native import NativeModel
from chatbot.chat_model.prompt_memory import PromptMemory, Unit, room_of
from chatbot.chat_model.sight import Projector
from chatbot.chat_model.template import ChatTemplate, Content, Markup
from chatbot.chat_model.text_pieces import TextPieces
from chatbot.chat_model.usage import Usage
from knowledge.errors import EngineFailed, InvalidQuestion

SHORTEST_ANSWER = 64  # tokens; earlier turns are dropped before an answer is cut shorter than this

_GREEDY = Sampling()
_log = logging.getLogger(__name__)


class LlamaChatModel:
    """Raises EngineFailed, naming the file and what to do, when a file cannot be used.

    `threads` 0 means all cores of this process, `gpu_layers` -1 all layers. The context is never larger than what the
    model was trained for.
    """

    def __init__(
        self,
        model_file: Path,
        projector_file: Path | None = None,
        *,
        context_tokens: int = 4096,
        threads: int = 0,
        gpu_layers: int = 0,
    ) -> None:
        model_file = Path(model_file)
        self.name = model_file.stem
        self._lock = threading.Lock()
        self._open = True
        self._native = NativeModel(model_file, context_tokens=context_tokens, threads=threads, gpu_layers=gpu_layers)
        self._projector: Projector | None = None
        try:
            self._vocabulary = self._native.vocabulary
            self._template = ChatTemplate(
                self._native.template,
                bos=self._vocabulary.bos_text,
                eos=self._vocabulary.eos_text,
                name=model_file.name,
            )
            if projector_file is not None:
                self._projector = Projector(Path(projector_file), self._native, model_file)
        except BaseException:
            self._native.close()
            raise
        self._memory = PromptMemory(self._native, self._projector)
        self.context_tokens = self._native.context_tokens
        self.sees = self._projector is not None
        self.usage: Usage | None = None

    def stream(self, messages: Sequence[Message], sampling: Sampling = _GREEDY) -> Iterator[str]:
        """See ChatModel. Raises InvalidQuestion when system prompt and last message alone are longer than the context.

        Earlier turns that do not fit are left out, the oldest first; an answer is no longer than the room that is left.
        """
        with self._lock:
            self._require_open()
            yield from self._reply(messages, sampling)

    def count_tokens(self, text: str) -> int:
        self._require_open()
        return len(self._vocabulary.tokenize(text))

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        """See ChatModel. An option may begin the reply with or without a space before it: both are counted.

        Options are told apart by their first token, and by later ones only where the first are the same; an option
        that begins another, such as "A" and "AB", has what the longer leaves of their common beginning.
        """
        with self._lock:
            self._require_open()
            prompt = self._fit(messages, most_tokens=SHORTEST_ANSWER)
            self._memory.read(prompt)
            spelled = [(option, self._vocabulary.tokenize(space + option)) for option in options for space in ("", " ")]
            distinct = list({(option, tuple(tokens)): None for option, tokens in spelled if tokens})
            chances = dict.fromkeys(options, 0.0)
            for option, chance in self._chances(prompt, distinct):
                chances[option] += chance
        total = sum(chances.values())
        return {option: chance / total if total > 0 else 1 / len(chances) for option, chance in chances.items()}

    def close(self) -> None:
        """Frees the memory; waits for a reply that is being written. The model cannot be used afterwards."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            if self._projector is not None:
                self._projector.close()
            self._native.close()

    def _reply(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        start = time.perf_counter()
        prompt = self._fit(messages, sampling.most_tokens)
        reused = self._memory.read(prompt)
        prompt_ms = _ms_since(start)
        first_ms: float | None = None
        written = 0
        try:
            for count, piece in self._pieces(prompt, sampling):
                written = count
                if piece:
                    first_ms = first_ms or _ms_since(start)
                    yield piece
        finally:
            self.usage = Usage(room_of(prompt), reused, written, prompt_ms, first_ms, _ms_since(start))

    def _pieces(self, prompt: list[Unit], sampling: Sampling) -> Iterator[tuple[int, str]]:
        """How many tokens were written, and the text that is certain since the last time."""
        text = TextPieces(sampling.stop)
        room = min(sampling.most_tokens, self.context_tokens - room_of(prompt))
        tokens = self._native.sample(sampling)
        written = 0
        try:
            while written < room and not self._vocabulary.ends_reply(token := next(tokens)):
                written += 1
                data = self._vocabulary.to_bytes(token)
                if written == 1 and self._vocabulary.adds_space:
                    data = data.removeprefix(b" ")
                yield written, text.add(data)
                if text.stopped:
                    return
                if written < room:
                    self._memory.extend([token])
            yield written, text.end()
        finally:
            tokens.close()

    def _chances(
        self, prefix: list[Unit], spelled: Sequence[tuple[str, tuple[int, ...]]]
    ) -> Iterator[tuple[str, float]]:
        """The probability of each spelling to come after `prefix`, as far as needed to tell it from the others."""
        self._memory.read(prefix)
        logits = self._native.logits().astype(np.float64)
        likely = np.exp(logits - logits.max())
        likely /= likely.sum()
        by_first: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        for option, tokens in spelled:
            if tokens:
                by_first.setdefault(tokens[0], []).append((option, tokens[1:]))
        left = 1.0
        for first, rest in by_first.items():
            chance = float(likely[first])
            left -= chance
            if len({option for option, _ in rest}) == 1:
                yield rest[0][0], chance
                continue
            for option, share in self._chances([*prefix, first], rest):
                yield option, chance * share
        ended = [option for option, tokens in spelled if not tokens]
        for option in ended:
            yield option, max(left, 0.0) / len(ended)

    def _fit(self, messages: Sequence[Message], most_tokens: int) -> list[Unit]:
        """The prompt, without the oldest turns that leave no room for an answer."""
        if not messages:
            raise InvalidQuestion("There is no message to answer. Ask a question.", code="question_empty")
        wanted = max(1, min(most_tokens, SHORTEST_ANSWER))
        kept = list(messages)
        while True:
            prompt = self._units(kept)
            if room_of(prompt) + wanted <= self.context_tokens:
                break
            shorter = _without_oldest_turn(kept)
            if shorter is None:
                if room_of(prompt) < self.context_tokens:
                    break
                raise InvalidQuestion(
                    f"The question with what belongs to it has {room_of(prompt)} tokens; {self.name} takes "
                    f"{self.context_tokens}. Ask a shorter question, or set a larger context_tokens.",
                    code="prompt_too_long",
                    tokens=room_of(prompt),
                    limit=self.context_tokens,
                )
            kept = shorter
        if len(kept) < len(messages):
            left_out = len(messages) - len(kept)
            _log.info("left out the oldest %d messages: the context has %d tokens", left_out, self.context_tokens)
        return prompt

    def _units(self, messages: Sequence[Message]) -> list[Unit]:
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

    def _require_open(self) -> None:
        if not self._open:
            raise EngineFailed(
                f"The chat model {self.name} was closed. Start the application again.",
                code="engine_closed",
                name=self.name,
            )


def _without_oldest_turn(messages: Sequence[Message]) -> list[Message] | None:
    """Without the oldest question and its answer; system messages and the last message stay. None: nothing to drop."""
    system = [message for message in messages[:-1] if message.role == "system"]
    turns = [message for message in messages[:-1] if message.role != "system"]
    if not turns:
        return None
    end = next((at for at, message in enumerate(turns) if at and message.role == "user"), len(turns))
    return [*system, *turns[end:], messages[-1]]


def _ms_since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
