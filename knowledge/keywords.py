"""The words of a course as its keyword table holds them: how rare each is, and in what order a chunk says them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence

from knowledge.course import Course
from knowledge.glosses import Gloss
from knowledge.language import is_cjk

# FTS5's own list of terms answers in microseconds how many chunks hold a word; counting matches takes milliseconds.
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'keywords', 'row')"
_COMMON = 0.1  # of all chunks: a word that stands in more of them leads nowhere as long as there is a rarer one
_NEVER_SAID = 0.5  # chunks that a word counts for which stands in none


def rarity(course: Course, words: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency of each word (a stem or bigram), above 0; a word that is never said has the highest."""
    total = course.chunk_count()
    course.rows(_VOCABULARY)
    return {word: math.log(1 + (total + 1) / (_count(course, word) or _NEVER_SAID)) for word in words}


def telling(course: Course, words: Sequence[str]) -> list[str]:
    """The words that are worth looking up: the common ones only when there are no others."""
    course.rows(_VOCABULARY)
    most = _COMMON * course.chunk_count()
    counts = {word: _count(course, word) for word in words}
    rare = [word for word, count in counts.items() if 0 < count <= most]
    return rare if len(rare) >= 2 else [word for word, count in counts.items() if count]


def ways_to_say(course: Course, glosses: Sequence[Gloss]) -> list[dict[tuple[str, ...], float]]:
    """The renderings that the course uses at all, each with the inverse document frequency of its rarest word."""
    total = course.chunk_count()
    course.rows(_VOCABULARY)
    found = []
    for gloss in glosses:
        counts = {way: min(_count(course, word) for word in way) for way in gloss if way}
        if ways := {way: math.log(1 + (total + 1) / count) for way, count in counts.items() if count}:
            found.append(ways)
    return found


def words_of(course: Course, chunk_ids: Sequence[int]) -> dict[int, list[str]]:
    """Title, headings and text of these chunks as the keyword search sees them, in order."""
    wanted = json.dumps(list(chunk_ids))
    rows = course.rows("SELECT rowid, words FROM keywords WHERE rowid IN (SELECT value FROM json_each(?))", wanted)
    return {row[0]: row[1].split() for row in rows}


def _count(course: Course, word: str) -> int:
    """The chunks that hold the word; a single Chinese character counts where it begins a pair."""
    if len(word) == 1 and is_cjk(word):
        sql = "SELECT sum(doc) FROM temp.vocabulary WHERE term >= ? AND term < ?"
        return course.rows(sql, word, word + "\U0010ffff")[0][0] or 0
    rows = course.rows("SELECT doc FROM temp.vocabulary WHERE term = ?", word)
    return rows[0][0] if rows else 0
