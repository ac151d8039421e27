"""What a question that is still being typed will ask about: its last word finished from the words that the course has.

The word that tells most stands last in many questions, and typing it takes longer than reading what it finds. So the course's
own words that begin as it does are tried, those first that stand where the words so far lead.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence

from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.keywords import beginning_with, words_of
from knowledge.lexical import content_words, surfaces, words
from knowledge.retrieval import Query, Retriever

_LEAST = 2  # letters from which on a word is guessed
_TRIED = 3  # words that an unfinished one may become
_OTHERWISE = 0.25  # that it becomes none of them, or nothing that tells
_ENDS = re.compile(r"[\s?？!！.。,，;；:：]$")
_LAST = re.compile(r"[a-z0-9'’]+$", re.IGNORECASE)

Find = Callable[[str], Sequence[Passage]]


class Lookups:
    """What was looked up for the last drafts: the next draft of a question looks most of it up again. Safe to use from
    several threads.
    """

    def __init__(self, ranked: int, most: int = 64) -> None:
        self._ranked, self._most = ranked, most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple, tuple[Passage, ...]] = OrderedDict()

    def of(self, course: Course, retriever: Retriever) -> Find:
        course_now = (course.folder, course.revision())

        def find(text: str) -> tuple[Passage, ...]:
            key = (*course_now, text)
            with self._lock:
                found = self._known.get(key)
            if found is None:
                found = retriever.retrieve(course, Query(text), self._ranked)
            with self._lock:
                self._known[key] = found
                self._known.move_to_end(key)
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
            return found

        return find


def likely_passages(typed: str, course: Course, find: Find) -> list[Passage]:
    """Passages that the question will probably need, the likeliest first; none before it says anything.

    `find` looks up a text.
    """
    chances: Counter[int] = Counter()
    passages: dict[int, Passage] = {}
    for text, share in likely_questions(typed, course, find):
        for passage in find(text):
            chances[passage.chunk_id] += share * _worth(passage.rank)
            passages.setdefault(passage.chunk_id, passage)
    return [passages[chunk] for chunk, _ in chances.most_common()]


def likely_questions(typed: str, course: Course, find: Find) -> list[tuple[str, float]]:
    """What the words so far may become, each with how likely it is; together 1."""
    last = _LAST.search(typed)
    if last is None or _ENDS.search(typed):
        return [(typed.strip(), 1.0)] if content_words(typed) else []
    done = typed[: last.start()].strip()
    before = find(done) if content_words(done) else ()
    begun = last[0].lower()
    whole = not content_words(begun) and len(begun) > 1  # "of" may become "often", but mostly it is whole
    endings = _endings(begun, course, before) if len(begun) >= _LEAST and not whole else []
    if not endings:
        return [(done, 1.0)] if before else []
    whole = sum(weight for _, weight in endings)
    share = 1 - _OTHERWISE if before else 1.0
    tried = [(f"{done} {word}".strip(), share * weight / whole) for word, weight in endings]
    return [*tried, (done, _OTHERWISE)] if before else tried


def _endings(begun: str, course: Course, before: Sequence[Passage]) -> list[tuple[str, float]]:
    """The course's words that begin so, as they are written there, with weights."""
    found = {word: count for word, count in beginning_with(course, begun).items() if content_words(word)}
    here = words_of(course, [passage.chunk_id for passage in before])
    near: Counter[str] = Counter()
    for passage in before:
        near.update(dict.fromkeys(set(here.get(passage.chunk_id, ())), _worth(passage.rank)))
    weighed = {word: near[word] + 0.1 * math.log1p(count) for word, count in found.items()}
    best = sorted(weighed, key=weighed.__getitem__, reverse=True)[:_TRIED]
    return [(_written(word, begun, course), weighed[word]) for word in best]


def _written(word: str, begun: str, course: Course) -> str:
    """The word as the course writes it, with the letters that stand there already if it has a form with them."""
    chunks = [chunk for chunk, _ in course.matching([word], 2)]
    forms = Counter(form for p in course.passages(chunks).values() for form in surfaces(p.text, {word}))
    fitting = [form for form in forms if form.startswith(begun)]
    return max(fitting, key=forms.__getitem__, default=begun if words(begun) == [word] else word)


def _worth(rank: int) -> float:
    return 1 / (1 + rank)
