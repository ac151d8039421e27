"""The engine `llama`: a local GGUF model through llama.cpp, with its projector for pictures if it has one.

Several replies are written at once, as many as it was opened for; others wait, in order. What was read stays known, of
every conversation, so the next prompt costs only what differs.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from chatbot.chat_model import Message, Sampling
from chatbot.chat_model.disk_prefixes import DiskPrefixes
from chatbot.chat_model.jobs import Ended, Job, Piece, PromptRead, Told
from chatbot.chat_model.loaded import Loaded, Opening
from chatbot.chat_model.prompts import SHORTEST_ANSWER
from chatbot.chat_model.sight import ImagePart
from chatbot.chat_model.units import Unit, room_of
from chatbot.chat_model.usage import Usage
from chatbot.stopping import Stopped, present_stop
from knowledge.errors import EngineFailed

_GREEDY = Sampling()
_JUDGEMENTS = 64  # remembered: one that was made ahead costs nothing when the question comes
_LEAVE_S = 5.0  # for those who are being answered when the model is closed to notice it
_LOOK_S = 5.0  # at most, between two looks whether the model is idle
_QUIET_S = 8.0  # without a question or a draft, after which a course is read on: who types or speaks pauses for less


class LlamaChatModel:
    """Raises EngineFailed, naming the file and what to do, when a file cannot be used.

    `idle_s` seconds after the last question the model leaves memory, and is loaded again for the next; 0: it stays.
    `options` are those of Opening.
    """

    def __init__(
        self, model_file: Path, projector_file: Path | None = None, *, idle_s: float = 0.0, **options: object
    ) -> None:
        self._files = (Path(model_file), projector_file)
        self._opening = Opening(**options)
        self._idle_s = idle_s
        self._lock = threading.Condition()  # over the six below
        self._open = True
        self._users = 0
        self._last_use, self._last_asked = time.monotonic(), 0.0
        self._loaded: Loaded | None = Loaded(*self._files, self._opening)
        self._store = self._loaded.store
        self._judged: OrderedDict[tuple, dict[str, float]] = OrderedDict()
        self.name = self._files[0].stem
        self.context_tokens = self._loaded.context_tokens
        self.sees = self._loaded.projector is not None
        self._usages = threading.local()
        self._closed = threading.Event()
        if idle_s:
            threading.Thread(target=self._unload_when_idle, name="coursemate-unload", daemon=True).start()

    @property
    def usage(self) -> Usage | None:
        """Of the last reply that the present thread asked for."""
        return getattr(self._usages, "last", None)

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    def stream(self, messages: Sequence[Message], sampling: Sampling = _GREEDY) -> Iterator[str]:
        """See ChatModel. Raises InvalidQuestion when system prompt and last message alone are longer than the context,
        Busy when too many wait already, and Stopped.

        Earlier turns that do not fit are left out, the oldest first; an answer is no longer than the room that is left.
        """
        start = time.perf_counter()
        with self._used() as loaded:
            prompt = loaded.prompts.fit(messages, sampling.most_tokens)
            size = room_of(prompt)
            room = min(sampling.most_tokens, self.context_tokens - size)
            reused = written = 0
            prompt_ms, first_ms = 0.0, None
            try:
                for told in self._told(loaded, Job("reply", list(prompt), sampling, room)):
                    if isinstance(told, PromptRead):
                        reused, prompt_ms = told.reused, _ms_since(start)
                    elif isinstance(told, Piece):
                        written = told.tokens
                        if told.text:
                            first_ms = first_ms or _ms_since(start)
                            yield told.text
            finally:
                self._usages.last = Usage(size, reused, written, prompt_ms, first_ms, _ms_since(start))

    def count_tokens(self, text: str) -> int:
        with self._used() as loaded:
            return len(loaded.vocabulary.tokenize(text))

    def judge(self, messages: Sequence[Message], options: Sequence[str]) -> dict[str, float]:
        """See ChatModel. An option may begin the reply with or without a space before it: both are counted.

        Options are told apart by their first token, and by later ones only where the first are the same; an option
        that begins another, such as "A" and "AB", has what the longer leaves of their common beginning.
        """
        judged = self._judge(messages, options, urgent=True)
        assert judged is not None, "only what is read ahead is displaced"
        return judged

    def prepare(self, messages: Sequence[Message], options: Sequence[str] = ()) -> dict[str, float] | None:
        """See ChatModel. None: a question needed the place, or the turn was stopped; what was read stays known."""
        try:
            return self._judge(messages, options, urgent=False)
        except Stopped:
            return None

    def keep(self, beginnings: Sequence[Sequence[Message]], folder: Path, most_mb: int) -> Iterator[bool]:
        """See ChatModel. Stands still while questions are asked or typed, and for a while after them."""
        wanted, shelf = set(), None
        for messages in beginnings:
            with self._used() as loaded:
                prompt = tuple(loaded.prompts.fit(messages, SHORTEST_ANSWER))
                shelf = loaded.shelf(folder, most_mb)
            wanted.add(prompt)
            while shelf.shared(prompt) < len(prompt) and shelf.has_room():
                if not self._wait_for_quiet():
                    return
                if self._read_for_good(prompt, shelf):
                    break
            yield shelf.shared(prompt) == len(prompt)
        if shelf is not None:
            shelf.keep_only(wanted)
            shelf.remove_forsaken()

    def recall(self, folder: Path, most_mb: int) -> None:
        """See ChatModel."""
        with self._used() as loaded:
            loaded.shelf(folder, most_mb)

    @contextmanager
    def resting(self) -> Iterator[None]:
        """While this lasts nothing is read ahead: somebody else needs the cores for a moment, such as who hears the question."""
        with self._lock:
            loaded = self._loaded
        with loaded.scheduler.resting() if loaded is not None else nullcontext():
            yield

    def unread(self, messages: Sequence[Message]) -> int:
        """See ChatModel. Of a step that is being computed nothing counts as read."""
        with self._used() as loaded:
            prompt = loaded.prompts.fit(messages, SHORTEST_ANSWER)
            return len(prompt) - loaded.scheduler.known(prompt)

    def close(self) -> None:
        """Frees the memory; what is being answered ends with EngineFailed. The model cannot be used afterwards."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            loaded, self._loaded = self._loaded, None
        self._closed.set()
        if loaded is not None:
            loaded.end()
            with self._lock:
                self._lock.wait_for(lambda: not self._users, _LEAVE_S)
            loaded.close()

    def _judge(
        self, messages: Sequence[Message], options: Sequence[str], *, urgent: bool
    ) -> dict[str, float] | None:
        with self._used() as loaded:
            prompt = loaded.prompts.fit(messages, most_tokens=SHORTEST_ANSWER)
            key = (tuple(prompt), tuple(options))
            with self._lock:
                if known := self._judged.get(key):
                    self._judged.move_to_end(key)
                    return dict(known)
            spelled = [
                (option, loaded.vocabulary.tokenize(space + option)) for option in options for space in ("", " ")
            ]
            distinct = list({(option, tuple(tokens)): None for option, tokens in spelled if tokens})
            chances = dict.fromkeys(options, 0.0)
            try:
                for option, chance in self._chances(loaded, prompt, distinct, urgent=urgent):
                    chances[option] += chance
            except _Displaced:
                return None
        total = sum(chances.values())
        judged = {option: chance / total if total > 0 else 1 / len(chances) for option, chance in chances.items()}
        with self._lock:
            self._judged[key] = judged
            while len(self._judged) > _JUDGEMENTS:
                self._judged.popitem(last=False)
        return dict(judged)

    def _chances(
        self, loaded: Loaded, prefix: list[Unit], spelled: Sequence[tuple[str, tuple[int, ...]]], *, urgent: bool
    ) -> Iterator[tuple[str, float]]:
        """The probability of each spelling to come after `prefix`, as far as needed to tell it from the others."""
        job = Job("logits", list(prefix), urgent=urgent)
        logits = next(told for told in self._told(loaded, job) if isinstance(told, np.ndarray)).astype(np.float64)
        likely = np.exp(logits - logits.max())
        likely /= likely.sum()
        by_first: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        for option, tokens in spelled:
            if tokens:
                by_first.setdefault(tokens[0], []).append((option, tokens[1:]))
        left = 1.0
        for first, rest in by_first.items():
            chance = float(likely[first])
            left -= chance
            if len({option for option, _ in rest}) == 1:
                yield rest[0][0], chance
                continue
            for option, share in self._chances(loaded, [*prefix, first], rest, urgent=urgent):
                yield option, chance * share
        ended = [option for option, tokens in spelled if not tokens]
        for option in ended:
            yield option, max(left, 0.0) / len(ended)

    def _read_for_good(self, prompt: Sequence[Unit], shelf: DiskPrefixes) -> bool:
        """False: it gave way to somebody, or was stopped, before it was read."""
        try:
            with self._used() as loaded:
                for _ in self._told(loaded, Job("logits", list(prompt), urgent=False, shelf=shelf)):
                    pass
            return True
        except (_Displaced, Stopped):
            return False

    def _wait_for_quiet(self) -> bool:
        """False: the turn was stopped, or the model closed."""
        stop = present_stop()
        while (left := self._last_asked + _QUIET_S - time.monotonic()) > 0 and not stop.is_set and self._open:
            self._closed.wait(min(left, 0.25))
        return not stop.is_set and self._open

    def _told(self, loaded: Loaded, job: Job) -> Iterator[Told]:
        """What the engine tells of a job. Leaving frees its place; so does stopping the turn, from whatever thread."""
        stop = present_stop()
        if job.shelf is None:
            self._last_asked = time.monotonic()
        loaded.scheduler.submit(job)
        try:
            with stop.whenever(lambda: loaded.scheduler.cancel(job)):
                while not isinstance(told := job.told.get(), Ended):
                    if isinstance(told, ImagePart):
                        loaded.projector.encode(told)
                        loaded.scheduler.encoded(job)
                    else:
                        yield told
            if told.error is not None:
                raise told.error
            if told.displaced:
                raise _Displaced
            if stop.is_set:
                raise Stopped
        finally:
            loaded.scheduler.cancel(job)
            if job.shelf is None:
                self._last_asked = time.monotonic()

    @contextmanager
    def _used(self) -> Iterator[Loaded]:
        """The model in memory, loaded if it is not, and kept there for as long as this lasts."""
        with self._lock:
            if not self._open:
                raise EngineFailed(
                    f"The chat model {self.name} was closed. Start the application again.",
                    code="engine_closed",
                    name=self.name,
                )
            if self._loaded is None:
                self._loaded = Loaded(*self._files, self._opening, self._store)
            self._users += 1
            loaded = self._loaded
        try:
            yield loaded
        finally:
            with self._lock:
                self._users -= 1
                self._last_use = time.monotonic()
                self._lock.notify_all()

    def _unload_when_idle(self) -> None:
        while not self._closed.wait(min(_LOOK_S, self._idle_s / 4)):
            with self._lock:
                if self._loaded is None or self._users or time.monotonic() - self._last_use < self._idle_s:
                    continue
                loaded, self._loaded = self._loaded, None
                loaded.end()
                loaded.close()


class _Displaced(Exception):
    """What was read ahead had to give way."""


def _ms_since(start: float) -> float:
    return (time.perf_counter() - start) * 1000
