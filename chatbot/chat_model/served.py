"""The engine `langchain`: a chat model behind a server or a cloud, through LangChain. Its types do not leave this file."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.text_pieces import TextPieces
from chatbot.chat_model.usage import Usage
from knowledge.errors import EngineFailed, MissingExtra
from knowledge.picture import Picture
from prompts import render

LETTERS_PER_TOKEN = 3.5  # English prose has about 4, code and formulae fewer: rather too many tokens than too few
WIDE_FROM = "\u2e80"  # from here on, writing takes about one token a character: Chinese, Japanese, Korean

_GREEDY = Sampling()
_log = logging.getLogger(__name__)


class LangchainChatModel:
    """`model` is "provider:model", `base_url` the address of a server that is not the provider's own.

    A local server that speaks OpenAI's protocol (vLLM, llama-server, Ollama at /v1) is "openai:its-model" with its
    address; it gets a made-up key unless OPENAI_API_KEY is set. `options` go to LangChain's init_chat_model as they are.
    Pictures are sent until the server refuses a message with one and takes it without: from then on, `sees` is False. So
    are JSON schemas, which then go into the prompt in words. `timeout_s` is the longest silence. What fails before its first
    word is tried once more; an answer that breaks off in the middle is never begun anew.
    Raises MissingExtra when the provider's package is not installed, EngineFailed when it cannot be configured.
    """

    def __init__(
        self,
        model: str,
        base_url: str = "",
        *,
        context_tokens: int = 4096,
        sees: bool = True,
        timeout_s: float = 120.0,
        **options: Any,
    ) -> None:
        self.name = model
        self.context_tokens = context_tokens
        self.sees = sees
        self._timeout_s = timeout_s
        self.usage: Usage | None = None
        self._address = base_url or f"the provider of {model}"
        self._takes_schemas = self._openai = model.startswith("openai:") or options.get("model_provider") == "openai"
        self._model = self._connect(model, base_url, options)

    def stream(self, messages: Sequence[Message], sampling: Sampling = _GREEDY) -> Iterator[str]:
        """See ChatModel. Nothing is left out of a conversation that is too long: the server says what it takes."""
        start = time.perf_counter()
        first_ms: float | None = None
        pieces = 0
        try:
            for piece in self._tried_in_words(messages, sampling):
                first_ms = first_ms or (time.perf_counter() - start) * 1000
                pieces += 1
                yield piece
        finally:
            prompt_tokens = sum(self.count_tokens(message.text) for message in messages)
            total_ms = (time.perf_counter() - start) * 1000
            self.usage = Usage(prompt_tokens, 0, pieces, first_ms or total_ms, first_ms, total_ms)

    def count_tokens(self, text: str) -> int:
        """An estimate from the characters, since servers do not lend their tokenizer; within a third for most texts."""
        wide = sum(character >= WIDE_FROM for character in text)
        return math.ceil(wide + (len(text) - wide) / LETTERS_PER_TOKEN)

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        """Every option the same: what a server tells of its probabilities differs too much to be relied on."""
        return dict.fromkeys(options, 1 / len(options)) if options else {}

    def prepare(self, messages: Sequence[Message], options: Sequence[str] = ()) -> dict[str, float] | None:
        """Nothing is read ahead: a server is shared, and every guess would be paid for."""
        return None

    def keep(self, beginnings: Sequence[Sequence[Message]], folder: Path, most_mb: int) -> Iterator[bool]:
        """Nothing is kept: what a server has read cannot be had from it."""
        return iter(())

    def recall(self, folder: Path, most_mb: int) -> None:
        """Nothing was kept."""

    def unread(self, messages: Sequence[Message]) -> int:
        """All of it: what a server keeps of earlier prompts is its own affair."""
        return sum(self.count_tokens(message.text) for message in messages)

    def close(self) -> None:
        """Nothing to free here; the server keeps its model."""

    def _connect(self, model: str, base_url: str, options: dict[str, Any]) -> Any:
        settings: dict[str, Any] = {"timeout": self._timeout_s, "max_retries": 1}
        if base_url:
            settings["base_url"] = base_url
        if base_url and self._openai and "OPENAI_API_KEY" not in os.environ:
            settings["api_key"] = "none"  # a local server asks for none, the client insists on one
        try:
            return init_chat_model(model, **(settings | options))
        except ImportError as error:
            raise MissingExtra(
                f"The served model {model!r} needs a package that is not installed here: {error}",
                code="engine_missing_extra",
                role="chat",
                name=model,
                packages=error.name or "",
                command=f"pip install langchain-{model.partition(':')[0]}",
            ) from error
        except Exception as error:  # each provider raises its own kinds; all mean that it cannot be set up like this
            raise EngineFailed(
                f"The served model {model!r} cannot be set up: {error} Correct served_model and served_url in the "
                "settings, and set the key that the provider asks for in the environment.",
                code="engine_not_configured",
                name=model,
                reason=str(error),
            ) from error

    def _tried_in_words(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """With the schema as one, if there is any; and with the schema in the prompt where servers do not take them."""
        if sampling.schema is None:
            yield from self._tried_without_pictures(messages, sampling)
            return
        began = False
        try:
            if self._takes_schemas:
                for piece in self._tried_without_pictures(messages, sampling):
                    began = True
                    yield piece
                return
        except EngineFailed as error:
            if began or error.code != "engine_refused":
                raise
        in_words = render("keep_to_schema", schema=json.dumps(sampling.schema, ensure_ascii=False))
        last = replace(messages[-1], text=f"{messages[-1].text}\n\n{in_words}")
        for piece in self._tried_without_pictures((*messages[:-1], last), replace(sampling, schema=None)):
            if self._takes_schemas:
                _log.warning("%s refused a JSON schema and answers without: none will be sent from now on", self.name)
                self._takes_schemas = False
            yield piece

    def _tried_without_pictures(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        pictures = self.sees and any(message.pictures for message in messages)
        began = False
        try:
            for piece in self._pieces(messages, sampling, pictures=pictures):
                began = True
                yield piece
            return
        except _Refused as refused:
            if not pictures or began:
                raise self._failed(refused.__cause__) from refused.__cause__
        try:
            for piece in self._pieces(messages, sampling, pictures=False):
                if self.sees:
                    _log.warning("%s refused a picture and answers without: none will be sent from now on", self.name)
                    self.sees = False
                yield piece
        except _Refused as refused:
            raise self._failed(refused.__cause__) from refused.__cause__

    def _pieces(self, messages: Sequence[Message], sampling: Sampling, *, pictures: bool) -> Iterator[str]:
        """Raises _Refused, whose cause is the provider's own error."""
        text = TextPieces(sampling.stop)
        asked = [_to_langchain(message, pictures=pictures) for message in messages]
        try:
            with closing(self._model.stream(asked, **self._options(sampling))) as chunks:
                for count, chunk in enumerate(chunks, start=1):
                    if piece := text.add(chunk.text.encode("utf-8", "replace")):
                        yield piece
                    # Servers send a token at a time; those that do not know the limits are cut off by us.
                    if text.stopped or count >= sampling.most_tokens + 2:
                        return
        except Exception as error:  # the edge to any provider: each raises its own kinds, all are told in our words
            raise _Refused from error
        if rest := text.end():
            yield rest

    def _options(self, sampling: Sampling) -> dict[str, Any]:
        """What all providers take; and what those of OpenAI's protocol take besides."""
        options: dict[str, Any] = {"temperature": sampling.temperature, "max_tokens": sampling.most_tokens}
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        if self._openai:
            options |= {"top_p": sampling.top_p, "seed": sampling.seed}
        if sampling.schema is not None:
            form = {"name": "answer", "schema": sampling.schema, "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        return options

    def _failed(self, error: BaseException | None) -> EngineFailed:
        if _is_unreachable(error):
            return EngineFailed(
                f"The chat model {self.name} does not answer at {self._address}. Start its server, or correct served_url in "
                "the settings.",
                code="engine_unreachable",
                name=self.name,
                address=self._address,
            )
        return EngineFailed(
            f"The chat model {self.name} at {self._address} refused: {error}. Check served_model, the key, and what the "
            "server says.",
            code="engine_refused",
            name=self.name,
            address=self._address,
            reason=str(error),
        )


class _Refused(Exception):
    pass


def _is_unreachable(error: BaseException | None) -> bool:
    """Providers wrap the same few failures in their own classes; the cause beneath tells."""
    while error is not None:
        if isinstance(error, OSError) or any(word in type(error).__name__ for word in ("Connect", "Timeout")):
            return True
        error = error.__cause__ or error.__context__
    return False


def _to_langchain(message: Message, *, pictures: bool) -> BaseMessage:
    if message.role == "system":
        return SystemMessage(message.text)
    if message.role == "assistant":
        return AIMessage(message.text)
    if not (pictures and message.pictures):
        return HumanMessage(message.text)
    return HumanMessage([*map(_to_part, message.pictures), {"type": "text", "text": message.text}])


def _to_part(picture: Picture) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": picture.to_data_uri()}}
