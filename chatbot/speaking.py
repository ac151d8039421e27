"""The answer as sound, sentence by sentence, made beside the thread that writes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from chatbot.conversation import Spoke
from chatbot.speech import Synthesizer
from chatbot.speech.voices import choose_voice
from chatbot.speech.wording import SentenceFeed, say
from knowledge.sound import Sound


class Speaker:
    """Turns pieces of text into Spoke events in order. Use as a context manager; leaving it drops what is unsaid."""

    def __init__(self, synthesizers: Sequence[Synthesizer], language: str) -> None:
        self.voice = choose_voice(synthesizers, language)
        self._language = language
        self._feed = SentenceFeed()
        self._waiting: deque[tuple[str, Future[Sound]]] = deque()
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
            yield self._next()

    def rest(self) -> Iterator[Spoke]:
        """All that remains, waiting for each."""
        for sentence in self._feed.flush():
            self._submit(sentence)
        while self._waiting:
            yield self._next()

    def _submit(self, sentence: str) -> None:
        spoken = say(sentence, self._language)
        if self.voice is not None and any(character.isalnum() for character in spoken):
            self._waiting.append((sentence, self._pool.submit(self.voice.synthesize, spoken)))

    def _next(self) -> Spoke:
        sentence, future = self._waiting.popleft()
        self._n += 1
        return Spoke(self._n, sentence, future.result())
