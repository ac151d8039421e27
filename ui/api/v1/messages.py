"""A chat request -> a question and what was said before it. Untrusted: a picture is only taken as data, never fetched."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.conversation import Exchange, Way
from knowledge.errors import InvalidInput, InvalidQuestion
from ui.asking import Question


class Part(BaseModel):
    """`text`, `image_url` (a data URI) or `input_audio` (base64), as OpenAI's clients send them."""

    type: Literal["text", "image_url", "input_audio"]
    text: str = ""
    image_url: dict[str, Any] = Field(default_factory=dict)
    input_audio: dict[str, Any] = Field(default_factory=dict)


class Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """`model` is a course. System prompts and sampling are the tutor's own: what a client sends of them is left out.

    Beyond OpenAI's fields: `way`, how to be helped, and `conversation`, as an earlier answer of another way named it. How far a
    ladder or a lesson has come is known here alone, so these are kept here, and of the messages only the last counts.
    """

    model: str
    messages: list[Message] = Field(min_length=1, max_length=200)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    way: Way = "explain"
    conversation: str = Field(default="", max_length=64)

    @property
    def is_kept(self) -> bool:
        return self.way != "explain" or bool(self.conversation)


def question_of(request: ChatRequest, owner: str) -> Question:
    """`owner` is who a conversation that is kept belongs to. Raises InvalidQuestion when the last message is no student's, InvalidInput for a picture that is only an address."""
    *before, last = request.messages
    if last.role != "user":
        raise InvalidQuestion("The last message must be the user's question.", code="question_not_last")
    picture = next((_picture(part) for part in _parts(last) if part.type == "image_url"), None)
    sound = next((_decoded(str(part.input_audio.get("data", ""))) for part in _parts(last) if part.type == "input_audio"), None)
    if request.is_kept:
        return Question(
            request.model, _text(last), sound, picture, conversation=request.conversation, owner=owner, way=request.way
        )
    return Question(request.model, _text(last), sound, picture, history=_history(before))


def _history(messages: list[Message]) -> tuple[Exchange, ...]:
    """Each answer with the question before it."""
    found, asked = [], ""
    for message in messages:
        if message.role == "user":
            asked = _text(message)
        elif message.role == "assistant" and asked:
            found.append(Exchange(asked, _text(message)))
            asked = ""
    return tuple(found)


def _parts(message: Message) -> list[Part]:
    if isinstance(message.content, list):
        return message.content
    return [Part(type="text", text=message.content or "")]


def _text(message: Message) -> str:
    return "\n".join(part.text for part in _parts(message) if part.type == "text").strip()


def _picture(part: Part) -> bytes:
    head, _, data = str(part.image_url.get("url", "")).partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise InvalidInput(
            "A picture must come as data:image/…;base64,… in image_url. Addresses are never fetched.",
            code="picture_not_data",
        )
    return _decoded(data)


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidInput("A picture or recording is not valid base64.", code="data_not_base64") from error
