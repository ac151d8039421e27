"""What a context holds now, and how the next prompt is read with the longest common beginning kept.

Reading is what costs on a CPU: a stable system prompt, the same conversation one turn later, and the same prompt asked
again are paid once. Pictures are compared by their bytes, so they are kept like text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from chatbot.chat_model.native import NativeModel
from chatbot.chat_model.sight import ImagePart, Projector

Unit = int | ImagePart  # one token of text, or a run of image tokens


class PromptMemory:
    def __init__(self, native: NativeModel, projector: Projector | None) -> None:
        self._native = native
        self._projector = projector
        self._held: list[Unit] = []
        self._position = 0  # where the next unit goes
        self._current = False  # whether the model's logits are those after the last held unit

    def read(self, prompt: Sequence[Unit]) -> int:
        """Makes the context hold exactly `prompt`, its logits current. Returns how many tokens were there already."""
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._held, prompt, strict=False)))
        if kept == len(prompt) == len(self._held) and self._current:
            return room_of(prompt)
        # Something must be read for the logits to be current; a prompt ends with text, so this is one token.
        self._keep(min(kept, len(prompt) - 1))
        reused = room_of(self._held)
        self.extend(prompt[len(self._held) :])
        return reused

    def extend(self, units: Sequence[Unit]) -> None:
        """Reads units after those held. What was read before a failure stays held."""
        start = 0
        while start < len(units):
            self._current = False
            if isinstance(units[start], int):
                end = next((at for at in range(start, len(units)) if not isinstance(units[at], int)), len(units))
                self._native.read(units[start:end], self._position)
            else:
                end = start + 1
                self._projector.read(units[start], self._position)
            self._held += units[start:end]
            self._position += _positions(units[start:end])
            start = end
        self._current = True

    def _keep(self, count: int) -> None:
        """Forgets all but the first `count` units, or all, for models that cannot forget a part."""
        self._current = False
        held, self._held = self._held[:count], []
        self._position = _positions(held)
        if self._native.forget_from(self._position):
            self._held = held
        else:
            self._position = 0


def room_of(units: Sequence[Unit]) -> int:
    """The tokens that units take in the context."""
    return sum(1 if isinstance(unit, int) else unit.tokens for unit in units)


def _positions(units: Sequence[Unit]) -> int:
    return sum(1 if isinstance(unit, int) else unit.positions for unit in units)
