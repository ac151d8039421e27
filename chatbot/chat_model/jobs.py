"""One thing that the engine is asked for: to read a prompt, and then to say how it goes on. Shared by two threads.

The engine's thread fills `told`; the thread that asked empties it. Nothing else is passed between them.
"""

from __future__ import annotations

import itertools
import queue
import time
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from chatbot.chat_model import Sampling
from chatbot.chat_model.disk_prefixes import DiskPrefixes
from chatbot.chat_model.sampling import Sampler
from chatbot.chat_model.sight import ImagePart
from chatbot.chat_model.text_pieces import TextPieces
from chatbot.chat_model.units import Unit, positions_of, shared_length

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class PromptRead:
    """The prompt was read; `reused` of its tokens had been before."""

    reused: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`tokens` were written so far, and `text` is certain since the last piece; it may be empty."""

    tokens: int
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes. `error`: why not; `displaced`: it was read ahead and a question needed the place."""

    error: BaseException | None = None
    displaced: bool = False


Told = PromptRead | Piece | np.ndarray | ImagePart | Ended


@dataclass(eq=False, slots=True)
class Job:
    """`kind`: "reply" tells pieces, "logits" the logits after the prompt. What is not `urgent` is read ahead, while
    nobody waits; what goes on a `shelf` is read last of all. `units` is the prompt and grows by the tokens that are written:
    what a stream has to have read.
    """

    kind: Literal["reply", "logits"]
    units: list[Unit]
    sampling: Sampling = field(default_factory=Sampling)
    room: int = 0  # the most tokens that may be written
    urgent: bool = True
    shelf: DiskPrefixes | None = None
    number: int = field(default_factory=lambda: next(_numbers))
    told: queue.SimpleQueue[Told] = field(default_factory=queue.SimpleQueue)
    cancelled: bool = False  # set by the thread that asked
    # The rest belongs to the engine's thread.
    reused: int = 0
    since: float = field(default_factory=time.monotonic)  # when it was last given its turn to read
    looking: bool = False  # waits until the picture that comes next is encoded
    sampler: Sampler | None = None  # from the first token on
    text: TextPieces | None = None
    written: int = 0

    @property
    def rank(self) -> int:
        """Who goes first: questions, then what is read ahead of them, then what is read for good."""
        return 0 if self.urgent else 1 if self.shelf is None else 2

    def close(self) -> None:
        if self.sampler is not None:
            self.sampler.close()
            self.sampler = None


@dataclass(eq=False, slots=True)
class Stream:
    """One of the context's memories: what it holds, and whom it serves now."""

    number: int
    held: list[Unit] = field(default_factory=list)
    position: int = 0  # where the next unit goes
    job: Job | None = None
    used: int = 0  # the clock of its places, when it last served

    @property
    def left(self) -> int:
        """How many units its job has to have read before its next token."""
        return len(self.job.units) - len(self.held) if self.job else 0

    @property
    def writing(self) -> bool:
        return self.job is not None and self.job.sampler is not None and self.left == 1

    def shared(self, units: list[Unit]) -> int:
        return shared_length(self.held, units)

    def add(self, units: list[Unit]) -> None:
        self.held += units
        self.position += positions_of(units)
