"""Answers in a form that a program can use: a JSON Schema goes in, a value that keeps to it comes out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chatbot.chat_model import ChatModel, Message, Sampling
from knowledge.errors import EngineFailed


def ask_json(
    chat: ChatModel, messages: Sequence[Message], schema: dict[str, Any], sampling: Sampling = Sampling()
) -> Any:
    """What the model says, parsed. A local model cannot leave the schema; a served one is told it, and checked only here.

    Bound the schema (maxItems, maxLength, enum): a grammar keeps a reply in form, not short. Bounds of numbers are not kept
    to; name the few that may be in an enum. Raises EngineFailed when the tokens did not suffice or a server said something
    else.
    """
    told = "".join(chat.stream(messages, replace(sampling, schema=schema)))
    try:
        return json.loads(told)
    except json.JSONDecodeError as error:
        raise EngineFailed(
            f"{chat.name} did not finish its answer in the form that was asked for ({error}). Allow more tokens, or ask for less.",
            code="engine_not_in_form",
        ) from error
