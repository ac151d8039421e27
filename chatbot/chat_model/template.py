"""A model's own chat template (Jinja, from its GGUF), rendered so that a person's text stays data.

The template never sees the text of a message, only a sentinel in its place. Split at the sentinels, its output falls
into markup, where control tokens count, and contents, where the same characters are only characters: a question that
contains `<|im_end|>` or a media marker cannot end its turn or ask for a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import jinja2
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from chatbot.chat_model import Message
from knowledge.errors import EngineFailed
from knowledge.picture import Picture

# For models whose file carries no template: the form of Vicuna, on which LLaVA 1.5 and its relatives were trained.
PLAIN_TEMPLATE = """\
{% if messages[0]['role'] != 'system' %}{{ bos_token }}{% endif %}\
{% for message in messages %}\
{% if message['role'] == 'system' %}{{ bos_token + message['content'] + '\\n\\n' }}\
{% elif message['role'] == 'user' %}{{ 'USER: ' + message['content'] + '\\n' }}\
{% else %}{{ 'ASSISTANT: ' + message['content'] + eos_token + '\\n' }}{% endif %}\
{% endfor %}\
{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"""


@dataclass(frozen=True, slots=True)
class Markup:
    """Text of the template: its control tokens are meant."""

    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """Text of a person or a course: nothing in it is a control token."""

    text: str


Segment = Markup | Content | Picture

_SENTINEL = re.compile("\ue000(\\d+)\ue001")  # private-use characters: no template contains them


class ChatTemplate:
    """Raises EngineFailed when the template is not valid Jinja, or, in render, loses or repeats a message."""

    def __init__(self, source: str | None, *, bos: str, eos: str, name: str) -> None:
        self._name = name
        try:
            self._format = Jinja2ChatFormatter(source or PLAIN_TEMPLATE, eos_token=eos, bos_token=bos)
        except jinja2.TemplateError as error:
            raise self._failed(str(error)) from error

    def render(self, messages: Sequence[Message]) -> list[Segment]:
        """The prompt up to the beginning of the reply.

        Templates differ in what they accept: contents as a string or as a list of parts, with or without a system
        message. The first form that keeps every content exactly once and in order is taken.
        """
        reason = ""
        for prepare, arrange in product((list, _fold_system), (_as_string, _as_parts)):
            prepared = prepare(messages)
            contents: list[Content | Picture] = []
            try:
                prompt = self._format(messages=[_arranged(m, contents, arrange) for m in prepared]).prompt
            except (
                Exception
            ) as error:  # a template is a program from a file: it may raise anything, or refuse this form
                reason = str(error)
                continue
            parts = _SENTINEL.split(prompt)
            if [int(index) for index in parts[1::2]] == list(range(len(contents))):
                return _woven(parts[::2], contents)
            reason = reason or "it leaves out or repeats a message"
        raise self._failed(reason)

    def _failed(self, reason: str) -> EngineFailed:
        return EngineFailed(
            f"The chat template inside {self._name} cannot be used: {reason}. Choose another GGUF file of this model.",
            code="engine_template_unusable",
            file=self._name,
            reason=reason,
        )


def _as_string(pictures: list[str], text: str) -> Any:
    return "".join(f"{picture}\n" for picture in pictures) + text


def _as_parts(pictures: list[str], text: str) -> Any:
    return [{"type": "text", "text": part} for part in (*pictures, text)]


def _arranged(message: Message, contents: list[Content | Picture], arrange: Callable[[list[str], str], Any]) -> Any:
    """The message as templates expect it, sentinels in place of its contents, which are appended to `contents`."""

    def sentinel(content: Content | Picture) -> str:
        contents.append(content)
        return f"\ue000{len(contents) - 1}\ue001"

    pictures = [sentinel(picture) for picture in message.pictures]
    return {"role": message.role, "content": arrange(pictures, sentinel(Content(message.text)))}


def _fold_system(messages: Sequence[Message]) -> list[Message]:
    """For templates that refuse a system message: its text goes before the first question."""
    system = [m.text for m in messages if m.role == "system"]
    folded = [m for m in messages if m.role != "system"]
    for at, message in enumerate(folded):
        if message.role == "user":
            folded[at] = Message("user", "\n\n".join([*system, message.text]), message.pictures)
            break
    return folded


def _woven(markup: list[str], contents: list[Content | Picture]) -> list[Segment]:
    segments: list[Segment] = []
    for text, content in zip(markup, [*contents, None], strict=True):
        segments += [Markup(text)] if text else []
        segments += [content] if content is not None else []
    return segments
