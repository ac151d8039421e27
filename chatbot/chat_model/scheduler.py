"""Many students, one context: every step reads a token for each who is being answered, and a slice of somebody's prompt.

One thread owns the model. A step never mixes up fairness and speed: those who are being answered get a word at each step, or
in turn where steps for a part of them are quicker for all (`Pace`);
of those whose prompt is read, the one with least left goes first, and each fourth slice goes to whoever waits longest. What a
slice has room for beside is filled with the whole rest of others' prompts: a token is read faster in a longer slice.
What is read ahead moves only while nobody waits. Stopping breaks off the step that is being computed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, takewhile

from chatbot.chat_model.jobs import Ended, Job, Piece, PromptRead, Stream
from chatbot.chat_model.native import Interrupted, NativeModel, Row
from chatbot.chat_model.pace import Pace
from chatbot.chat_model.places import Places
from chatbot.chat_model.prefix_store import PrefixStore
from chatbot.chat_model.sampling import Sampler
from chatbot.chat_model.sight import Projector
from chatbot.chat_model.text_pieces import TextPieces
from chatbot.chat_model.units import Unit, shared_length
from chatbot.stopping import Busy
from knowledge.errors import EngineFailed

SLICE = 256  # tokens of a prompt that are read in a step; smaller ones are slower for each token
SLICE_BESIDE = 64  # the same while others are being answered, whose words wait for the step to end
SLICE_AHEAD = 64  # the same for reading ahead: what a step has read counts only when it ends, and drafts wait for it
_TURN = 4  # each fourth slice goes to whoever waits longest

_log = logging.getLogger(__name__)


class Scheduler:
    """Owns the model's context from now on, until `close`. `submit` and `cancel` may be called from any thread."""

    def __init__(
        self, native: NativeModel, projector: Projector | None, store: PrefixStore, *, most_waiting: int
    ) -> None:
        self._native, self._projector = native, projector
        self._places = Places(native, store)
        self._most_waiting = most_waiting
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: tuple[Job, ...] = ()  # those of the step that is being computed; first, whose prompts are read
        self._open = True
        self._rests = 0  # how many have asked that nothing be read ahead
        self._steps = count()
        self._pace = Pace()
        self._thread = threading.Thread(target=self._run, name="coursemate-engine", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Raises Busy when too many wait already. What is read ahead gives way to a question at once."""
        with self._changed:
            waiting = sum(other.urgent for other in self._waiting)
            if job.urgent and waiting >= self._most_waiting:
                raise Busy(
                    f"{waiting} questions wait already. Ask again in a minute.", code="engine_busy", waiting=waiting
                )
            if not self._open:
                job.told.put(Ended(_closed()))
                return
            self._waiting.append(job)
            ahead = [other for other in self._running if job.rank < other.rank]
            # Unless it reads what this question needs next: then the step is not lost.
            if ahead and not any(self._reads_for(job, other) for other in ahead):
                self._native.interrupt()
            self._changed.notify_all()

    def cancel(self, job: Job) -> None:
        """Whoever waits for it is let go at once, and its place is free after the present step.

        A step in which its prompt is read, or that serves it alone, is broken off; one in which it has its next token
        beside others goes on, since that would be their loss. So does one that reads ahead: the next guess mostly begins alike.
        """
        with self._changed:
            if job.cancelled:
                return
            job.cancelled = True
            job.told.put(Ended())
            reads_or_alone = job.sampler is None or len(self._running) == 1
            if job.urgent and reads_or_alone and job in self._running:
                self._native.interrupt()
            self._changed.notify_all()

    def encoded(self, job: Job) -> None:
        """The picture that the job was waiting for can be read now."""
        with self._changed:
            job.looking = False
            self._changed.notify_all()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While this lasts nothing is read ahead. The step under way is broken off: it would take the cores for a second."""
        with self._changed:
            self._rests += 1
            if self._running and not any(job.urgent for job in self._running):
                self._native.interrupt()
        try:
            yield
        finally:
            with self._changed:
                self._rests -= 1
                self._changed.notify_all()

    def known(self, units: Sequence[Unit]) -> int:
        """How many of the units, from the first, were read and are still held somewhere."""
        with self._changed:
            return self._places.known(units)

    @property
    def busy(self) -> bool:
        with self._changed:
            return bool(self._waiting or self._running or self._places.jobs())

    def close(self) -> None:
        """Ends all jobs and the thread; the model itself stays open."""
        with self._changed:
            self._open = False
            self._native.interrupt()
            self._changed.notify_all()
        self._thread.join()
        self._places.keep_all()

    # -- the engine's thread

    def _run(self) -> None:
        while True:
            with self._changed:
                self._drop_cancelled()
                self._give_places()
                step = self._plan()
                while self._open and not step:
                    self._changed.wait()
                    self._drop_cancelled()
                    self._give_places()
                    step = self._plan()
                if not self._open:
                    break
                self._running = tuple(stream.job for stream in step)
                self._native.clear_interrupt()
            try:
                self._compute(step)
            except Interrupted:
                self._undo(step)
            except Exception as error:  # told to those it concerns; the others' conversations go on
                if not isinstance(error, EngineFailed):
                    _log.exception("a step of the engine failed")
                self._fail(step, error)
            finally:
                with self._changed:
                    self._running = ()
        for job in [*self._places.jobs(), *self._waiting]:
            self._end(job, Ended(_closed()))

    def _drop_cancelled(self) -> None:
        for job in [job for job in self._waiting if job.cancelled]:
            self._waiting.remove(job)
            self._end(job, Ended())
        for job in self._places.jobs():
            if job.cancelled:
                self._end(job, Ended())

    def _give_places(self) -> None:
        """In the order in which they came, questions before what is read ahead."""
        for job in sorted(self._waiting, key=lambda job: (job.rank, job.number)):
            if not job.urgent and any(other.urgent for other in (*self._places.jobs(), *self._waiting)):
                return
            try:
                given = self._places.give(job, displace=lambda other: self._end(other, Ended(displaced=True)))
            except Exception as error:  # what was saved could not be loaded: only this question fails
                _log.exception("a place could not be given")
                self._waiting.remove(job)
                self._end(job, Ended(error))
                continue
            if given:
                self._waiting.remove(job)
                job.since = time.monotonic()

    def _plan(self) -> list[Stream]:
        """Whom the next step serves: all who are being answered, and first in the list, whose prompts are read."""
        serving = [stream for stream in self._places.streams if stream.job and not stream.job.looking]
        writing = [stream for stream in serving if stream.writing]
        reading = [stream for stream in serving if not stream.writing]
        if urgent := [stream for stream in reading if stream.job.urgent]:
            if next(self._steps) % _TURN == 0:
                chosen = min(urgent, key=lambda stream: stream.job.since)
            else:
                chosen = min(urgent, key=lambda stream: (stream.left, stream.job.number))
            return [chosen, *self._beside(chosen, urgent, SLICE_BESIDE if writing else SLICE), *writing]
        if writing:
            longest_ago = sorted(writing, key=lambda stream: stream.job.since)
            return longest_ago[: self._pace.together(len(writing))]
        if self._rests:
            return []
        return sorted(reading, key=lambda stream: (stream.job.rank, -stream.job.number))[:1]  # the newest guess is the best

    def _beside(self, chosen: Stream, urgent: list[Stream], most: int) -> list[Stream]:
        """Others whose whole rest still fits into the slice, the shortest first; none beside a picture."""
        room = most - len(_text(chosen, most))
        if room == most:
            return []
        found = []
        for stream in sorted(urgent, key=lambda stream: (stream.left, stream.job.number)):
            if stream is not chosen and len(_text(stream, room + 1)) == stream.left <= room:
                found.append(stream)
                room -= stream.left
        return found

    def _compute(self, step: list[Stream]) -> None:
        readers = [stream for stream in step if not stream.writing]
        writers = [stream for stream in step if stream.writing]
        if readers and not isinstance(part := readers[0].job.units[len(readers[0].held)], int):
            self._read_picture(readers[0], part)
            readers = []
        rows = [Row(stream.job.units[-1], stream.position, stream.number, True) for stream in writers]
        read: list[tuple[Stream, list[int], int]] = []  # with the row of its last token
        for reader in readers:
            tokens = self._slice(reader, beside=bool(writers))
            for at, token in enumerate(tokens, start=1):
                rows.append(Row(token, reader.position + at - 1, reader.number, at == reader.left))
            read.append((reader, tokens, len(rows) - 1))
        if not rows:
            return
        began = time.monotonic()
        self._native.step(rows)
        ended = time.monotonic()
        if not read:
            self._pace.note(len(writers), ended - began)
        for row, stream in enumerate(writers):
            stream.job.since = ended
            stream.add(stream.job.units[-1:])
            self._go_on(stream.job, row)
        for reader, tokens, last in read:
            reader.add(tokens)
            reader.job.since = ended
            if not reader.left:
                self._go_on(reader.job, last)

    def _slice(self, reader: Stream, *, beside: bool) -> list[int]:
        return _text(reader, SLICE_BESIDE if beside else SLICE if reader.job.urgent else SLICE_AHEAD)

    def _read_picture(self, reader: Stream, part) -> None:
        if not part.is_encoded:
            reader.job.looking = True
            reader.job.told.put(part)  # whoever asked encodes it, so that the others' words need not wait
            return
        self._projector.read(part, reader.position, reader.number)
        reader.add([part])

    def _go_on(self, job: Job, row: int) -> None:
        """After all of a job's units were read. What fails here, such as a schema that cannot be kept, fails it alone."""
        try:
            if job.sampler is None:
                self._begin(job, row)
            else:
                self._write(job, row)
        except Exception as error:
            if not isinstance(error, EngineFailed):
                _log.exception("a reply could not be gone on with")
            self._end(job, Ended(error))

    def _begin(self, job: Job, row: int) -> None:
        job.told.put(PromptRead(job.reused))
        if job.kind == "logits":
            job.told.put(self._native.logits(row))
            if job.shelf is not None:
                job.shelf.put(job.units, self._native.save(self._places.of(job).number))
            self._end(job, Ended())
            return
        job.sampler = Sampler(self._native, job.sampling)
        job.text = TextPieces(job.sampling.stop)
        self._write(job, row)

    def _write(self, job: Job, row: int) -> None:
        """The next token of a reply, and what it adds to the text."""
        vocabulary = self._native.vocabulary
        token = job.sampler.choose(row)
        if vocabulary.ends_reply(token):
            job.told.put(Piece(job.written, job.text.end()))
            self._end(job, Ended())
            return
        job.written += 1
        data = vocabulary.to_bytes(token)
        if job.written == 1 and vocabulary.adds_space:
            data = data.removeprefix(b" ")
        job.told.put(Piece(job.written, job.text.add(data)))
        if job.text.stopped:
            self._end(job, Ended())
        elif job.written >= job.room:
            job.told.put(Piece(job.written, job.text.end()))
            self._end(job, Ended())
        else:
            job.units.append(token)

    def _undo(self, step: list[Stream]) -> None:
        """What an interrupted step has read is not known: all that it may have read is forgotten, and read again."""
        for stream in step:
            self._places.cut(stream, len(stream.held))

    def _fail(self, step: list[Stream], error: BaseException) -> None:
        for stream in step:
            job = stream.job
            self._places.cut(stream, 0)
            if job is not None:
                self._end(job, Ended(error))

    def _end(self, job: Job, ended: Ended) -> None:
        job.close()
        self._places.leave(job)
        job.told.put(ended)

    def _reads_for(self, job: Job, ahead: Job) -> bool:
        stream = self._places.of(ahead)
        return stream is not None and shared_length(job.units, ahead.units) > len(stream.held)


def _text(reader: Stream, most: int) -> list[int]:
    """The next tokens of a prompt, up to a picture."""
    units = reader.job.units[len(reader.held) : len(reader.held) + most]
    return list(takewhile(lambda unit: isinstance(unit, int), units))


def _closed() -> EngineFailed:
    return EngineFailed("The chat engine was closed. Start the application again.", code="engine_closed", name="llama")

