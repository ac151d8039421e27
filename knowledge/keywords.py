"""The words of a course as its keyword table holds them: how rare each is, and in what order a chunk says them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from knowledge.course import Course
from knowledge.glosses import Gloss
from knowledge.language import is_cjk
from knowledge.lexical import words

# FTS5's own list of terms answers in microseconds how many chunks hold a word; counting matches takes milliseconds.
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'keywords', 'row')"
_COMMON = 0.1  # of all chunks: a word that stands in more of them leads nowhere as long as there is a rarer one
_LEAST_STEM, _INFLECTED = 4, 5  # letters: "accommodati" is a form of "accommod" that is not yet whole
_NEVER_SAID = 0.5  # chunks that a word counts for which stands in none


def rarity(course: Course, wanted: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency of each word (a stem or bigram), above 0; a word that is never said has the highest."""
    total = course.chunk_count()
    course.rows(_VOCABULARY)
    return {word: math.log(1 + (total + 1) / (_count(course, word) or _NEVER_SAID)) for word in wanted}


def telling(course: Course, wanted: Sequence[str]) -> list[str]:
    """The words that are worth looking up: the common ones only when there are no others."""
    course.rows(_VOCABULARY)
    most = _COMMON * course.chunk_count()
    counts = {word: _count(course, word) for word in wanted}
    rare = [word for word, count in counts.items() if 0 < count <= most]
    return rare if len(rare) >= 2 else [word for word, count in counts.items() if count]


def beginning_with(course: Course, letters: str, most: int = 60) -> dict[str, int]:
    """Words of the course that begin with these letters, or of which these letters are an inflection that is not yet whole, and how many
    chunks hold each.
    """
    course.rows(_VOCABULARY)
    rows = course.rows(
        "SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ? ORDER BY doc DESC LIMIT ?",
        *(letters, letters + "\U0010ffff", most),
    )
    stems = [letters[:end] for end in range(max(_LEAST_STEM, len(letters) - _INFLECTED), len(letters))]
    found = dict(rows) | {stem: count for stem in stems if (count := _count(course, stem))}
    return found


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
    """The inner headings and the text of these chunks as the keyword search sees them, in order.

    Without the title and the outermost heading, which all chunks of a document share and none is about more than another,
    unless nothing else stands above the text.
    """
    wanted = json.dumps(list(chunk_ids))
    rows = course.rows(
        """SELECT chunks.id, keywords.words, title, trail FROM chunks JOIN keywords ON keywords.rowid = chunks.id
        JOIN documents ON documents.id = document WHERE chunks.id IN (SELECT value FROM json_each(?))""",
        wanted,
    )
    return {row[0]: row[1].split()[_shared(row[2], row[3]) :] for row in rows}


@lru_cache(maxsize=4096)
def _shared(title: str, trail: str) -> int:
    """How many words, from the first, a chunk has in common with its whole document."""
    headings = json.loads(trail)
    if not headings:
        return 0
    return len(words(title)) + (len(words(headings[0])) if len(headings) > 1 else 0)


def _count(course: Course, word: str) -> int:
    """The chunks that hold the word; a single Chinese character counts where it begins a pair."""
    if len(word) == 1 and is_cjk(word):
        sql = "SELECT sum(doc) FROM temp.vocabulary WHERE term >= ? AND term < ?"
        return course.rows(sql, word, word + "\U0010ffff")[0][0] or 0
    rows = course.rows("SELECT doc FROM temp.vocabulary WHERE term = ?", word)
    return rows[0][0] if rows else 0
