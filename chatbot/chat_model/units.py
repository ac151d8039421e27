"""What a prompt is made of for the engine: tokens of text and parts of pictures; and how much two prompts share."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.chat_model.sight import ImagePart

Unit = int | ImagePart  # one token of text, or a run of image tokens

_STRIDE = 64


def room_of(units: Sequence[Unit]) -> int:
    """The tokens that units take in the context."""
    return sum(1 if isinstance(unit, int) else unit.tokens for unit in units)


def positions_of(units: Sequence[Unit]) -> int:
    """The steps in position that units take: fewer than their room for models with two-dimensional positions."""
    return sum(1 if isinstance(unit, int) else unit.positions for unit in units)


def shared_length(one: Sequence[Unit], other: Sequence[Unit]) -> int:
    """How many units two prompts have in common from their beginning on. Pictures are compared by their bytes."""
    most = min(len(one), len(other))
    at = 0
    while at + _STRIDE <= most and one[at : at + _STRIDE] == other[at : at + _STRIDE]:
        at += _STRIDE
    while at < most and one[at] == other[at]:
        at += 1
    return at
