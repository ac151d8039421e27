"""Bytes from a model, in whatever portions its tokens come, to text that can be shown at once.

A character may be spread over several tokens, and a stop string over several pieces: what may yet become either is held
back until it is known.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextPieces:
    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self.stopped = False  # a stop string came; what follows it is not text of the reply

    def add(self, data: bytes) -> str:
        """The text that is certain after these bytes; empty while a character or a stop string may be incomplete."""
        if self.stopped:
            return ""
        text = self._held + self._decode(data)
        ends = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def end(self) -> str:
        """What was held back. An incomplete character, cut by the token limit, is left out."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)
