"""The role of the transcriber, shared by lectures and spoken questions; and the table of its engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from knowledge.engines import Engine
from knowledge.sound import Sound


@dataclass(frozen=True, slots=True)
class Segment:
    """What was said between two seconds of the recording."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """`language` is an ISO 639-1 code, given or detected. No segments: nobody spoke."""

    segments: tuple[Segment, ...]
    language: str

    @property
    def text(self) -> str:
        joiner = "" if self.language in ("zh", "ja") else " "
        return joiner.join(segment.text.strip() for segment in self.segments).strip()


@runtime_checkable
class Transcriber(Protocol):
    languages: tuple[str, ...]  # empty: any language, detected

    def transcribe(
        self,
        sound: Sound,
        *,
        language: str | None = None,
        hints: str = "",
        begun: str = "",
        on_progress: Callable[[float], None] | None = None,
    ) -> Transcript:
        """Speech to text. `hints` are words to expect (course terms); `on_progress` gets the share done, 0..1.

        `begun` are words that the sound was heard to begin with before: an engine may go on behind them where they hold,
        and hears the beginning anew where they do not. What `on_progress` raises ends the work and passes through.
        """
        ...


ENGINES: dict[str, Engine] = {
    "faster-whisper": Engine("knowledge.transcription.whisper:WhisperTranscriber", ("faster_whisper",)),
    "openai": Engine("knowledge.transcription.served:ServedTranscriber"),
}
