"""The answer as sound, sentence by sentence, made beside the thread that writes it.

A voice that fails makes no answer fail: the next one of the language goes on, and without any the rest stays unspoken.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from chatbot.conversation import Spoke
from chatbot.speech import Synthesizer
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import SentenceFeed, say
from knowledge.errors import CoursemateError
from knowledge.sound import Sound

_log = logging.getLogger(__name__)


class Speaker:
    """Turns pieces of text into Spoke events in order. Use as a context manager; leaving it drops what is unsaid.

    `voice` is None where none speaks the language, or none does any more.
    """

    def __init__(self, synthesizers: Sequence[Synthesizer], language: str) -> None:
        self._voices = [one for one in synthesizers if language in one.languages]
        self.voice = choose_voice(self._voices, language)
        self._language = language
        self._feed = SentenceFeed()
        self._waiting: deque[tuple[str, Future[Sound | None]]] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="coursemate-voice")
        self._n = 0

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def hear(self, piece: str) -> None:
        """Takes the next piece of the answer; its finished sentences are synthesized at once."""
        for sentence in self._feed.feed(piece):
            self._submit(sentence)

    def ready(self) -> Iterator[Spoke]:
        """The sentences whose sound is there by now; never waits."""
        while self._waiting and self._waiting[0][1].done():
            yield from self._next()

    def rest(self) -> Iterator[Spoke]:
        """All that remains, waiting for each."""
        for sentence in self._feed.flush():
            self._submit(sentence)
        while self._waiting:
            yield from self._next()

    def _submit(self, sentence: str) -> None:
        spoken = say(sentence, self._language)
        if self.voice is not None and any(character.isalnum() for character in spoken):
            self._waiting.append((sentence, self._pool.submit(self._synthesize, spoken)))

    def _synthesize(self, spoken: str) -> Sound | None:
        while self.voice is not None:
            try:
                return self.voice.synthesize(spoken)
            except CoursemateError as error:
                _log.warning("a voice failed: %s", error)
                self._voices.pop(0)
                self.voice = choose_voice(self._voices, self._language)
        return None

    def _next(self) -> Iterator[Spoke]:
        sentence, future = self._waiting.popleft()
        if (sound := future.result()) is not None:
            self._n += 1
            yield Spoke(self._n, sentence, sound)
