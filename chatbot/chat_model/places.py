"""Which stream of the context serves whom, and with how much of the prompt already there.

A new job goes where most of its prompt has been read: to a stream that is free, to what was saved, or to a copy of what
another student's stream holds. What is thereby lost is saved first, if it was worth reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from chatbot.chat_model.jobs import Job, Stream
from chatbot.chat_model.native import NativeModel
from chatbot.chat_model.prefix_store import PrefixStore
from chatbot.chat_model.units import Unit, positions_of, room_of, shared_length

WORTH = 16  # units, a tenth to a third of a second; to read fewer again takes less time than to save and load them


class Places:
    def __init__(self, native: NativeModel, store: PrefixStore) -> None:
        self._native, self._store = native, store
        self._clock = count(1)
        self.streams = [Stream(number) for number in range(native.streams)]

    def jobs(self) -> list[Job]:
        return [stream.job for stream in self.streams if stream.job is not None]

    def of(self, job: Job) -> Stream | None:
        return next((stream for stream in self.streams if stream.job is job), None)

    def known(self, units: Sequence[Unit]) -> int:
        """How many of the units, from the first, some stream holds or were saved."""
        return max(self._store.shared(units), *(shared_length(stream.held, units) for stream in self.streams))

    def give(self, job: Job, displace: Callable[[Job], None]) -> bool:
        """Gives it a stream that holds as much of its prompt as can be had. False: all are taken, or it pays to wait.

        What is read there for later is told to `displace` first.

        It pays to wait while somebody else's prompt with the same beginning is being read: what a class asks about one
        lesson is read once.
        """
        free = [s for s in self.streams if s.job is None or job.rank < s.job.rank]
        if not free:
            return False
        stream = max(free, key=lambda s: (s.shared(job.units), s.job is None, not s.held, -s.used))
        have = stream.shared(job.units)
        if job.urgent and self._being_read(job) >= have + WORTH:
            return False
        saved_length, saved = self._store.nearest(job.units)
        other = max((s for s in self.streams if s not in free), key=lambda s: s.shared(job.units), default=None)
        other_length = other.shared(job.units) if other else 0
        if max(saved_length, other_length) >= have + WORTH:
            stream = min(free, key=lambda s: (s.job is not None, bool(s.held), s.used))
        if stream.job is not None:
            displace(stream.job)
        if max(saved_length, other_length) < have + WORTH:
            if len(stream.held) - have >= WORTH:
                self._keep(stream)
        elif saved_length >= other_length:
            self._keep(stream)
            self._load(stream, saved.units, saved.data)
        else:
            self._keep(stream)
            self._load(stream, other.held, self._native.save(other.number))
        # Something must be read for there to be logits; a prompt ends with text, so this is one token.
        self.cut(stream, min(stream.shared(job.units), len(job.units) - 1))
        job.reused = room_of(stream.held)
        stream.job, stream.used = job, next(self._clock)
        return True

    def leave(self, job: Job) -> None:
        """The stream is free and keeps what it holds."""
        if stream := self.of(job):
            stream.job, stream.used = None, next(self._clock)

    def cut(self, stream: Stream, length: int) -> None:
        """Forgets all but the first `length` units, or all, for models that cannot forget a part."""
        held = stream.held[:length]
        position = positions_of(held)
        if not self._native.forget_from(stream.number, position):
            held, position = [], 0
        stream.held, stream.position = held, position

    def keep_all(self) -> None:
        """Saves what the streams hold, before the context is closed."""
        for stream in self.streams:
            self._keep(stream)

    def _keep(self, stream: Stream) -> None:
        if len(stream.held) >= WORTH and not self._store.holds(stream.held):
            self._store.put(stream.held, self._native.save(stream.number))

    def _load(self, stream: Stream, units: Sequence[Unit], data) -> None:
        loaded = self._native.load(stream.number, data)
        stream.held = list(units) if loaded else []
        stream.position = positions_of(stream.held)

    def _being_read(self, job: Job) -> int:
        """How much of the prompt another question's stream will hold soon, and does not hold yet."""
        readers = [s for s in self.streams if s.job is not None and s.job.urgent]
        lengths = [(shared_length(s.job.units, job.units), len(s.held)) for s in readers]
        return max((length for length, held in lengths if length > held), default=0)
