"""The role of the chat model: messages in, text out piece by piece; and the table of its engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from knowledge.engines import Engine
from knowledge.picture import Picture


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the prompt. Pictures are shown before the text, to models that see; others are not given any."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. Temperature 0 is greedy, and then repeatable; `seed` makes the rest repeatable.

    `schema` is a JSON Schema that the reply keeps to, as long as `most_tokens` leaves it room: see chatbot/structured.py.
    """

    most_tokens: int = 320
    temperature: float = 0.0
    top_p: float = 0.95
    repeat_penalty: float = 1.0
    seed: int = 1
    stop: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None


@runtime_checkable
class ChatModel(Protocol):
    name: str
    context_tokens: int
    sees: bool  # whether pictures in messages are looked at

    def stream(self, messages: Sequence[Message], sampling: Sampling = Sampling()) -> Iterator[str]:
        """Pieces of the reply. Closing the iterator stops the model within a token. Raises EngineFailed."""
        ...

    def count_tokens(self, text: str) -> int:
        """The length of a text in this model's tokens, without the chat template's own."""
        ...

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        """The probability of each option as the beginning of the reply, normalized over the options.

        An engine that cannot tell gives every option the same.
        """
        ...

    def prepare(self, messages: Sequence[Message], options: Sequence[str] = ()) -> dict[str, float] | None:
        """Reads a prompt that may soon be asked about, while nobody waits; judges the options as well.

        None when a question needed the engine first, or when an engine keeps nothing between two calls.
        """
        ...

    def keep(self, beginnings: Sequence[Sequence[Message]], folder: Path, most_mb: int) -> Iterator[bool]:
        """Reads beginnings of prompts while nobody waits and keeps them in a folder, where later runs of the program find
        them; in the end, what else lies there is removed. Tells after each whether it is there: False when the folder has
        `most_mb` or the disk is nearly full. Ends early when the turn is stopped, and at once where nothing is kept.
        """
        ...

    def recall(self, folder: Path, most_mb: int) -> None:
        """What lies in such a folder counts as read from now on."""
        ...

    def unread(self, messages: Sequence[Message]) -> int:
        """How many tokens of a prompt would have to be read if it came now; all of them, where nothing is kept."""
        ...


ENGINES: dict[str, Engine] = {
    "llama": Engine("chatbot.chat_model.llama:LlamaChatModel", ("llama_cpp",)),
    "langchain": Engine("chatbot.chat_model.served:LangchainChatModel", ("langchain",), extra="langchain"),
}
