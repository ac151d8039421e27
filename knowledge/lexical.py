"""Words as a keyword search sees them: English stems and Chinese bigrams. The index itself is an FTS5 table.

Chinese has no spaces, and a trigram index misses its words of two characters, so a run of n characters becomes its
n - 1 overlapping pairs. FTS5 then only ever sees words separated by spaces.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from knowledge.language import simplified

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[\u3400-\u9fff\uf900-\ufaff]+")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

# Words that say how something is asked, not what about: question words, pronouns, the verbs of asking.
_STOP_ENGLISH = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by
    can could course did do does doing don down during each explain few for from further give had has have having he her
    here hers him his how i if in into is it its itself just kind know let like many may me mean means might more most
    much must my no nor not of off on once one only or other our ours out over own please same say says shall she should
    show so some such tell than that the their them then there these they thing things this those through to too under
    until up us use used very was we were what when where which while who whom whose why will with would you your
    understand work works happen happens called picture figure slide page get got describe definition
    define example difference""".split()
)
_STOP_CHINESE = frozenset(
    """什么 怎么 怎样 为什么 为何 如何 哪些 哪个 多少 是什 么是 为什 请问 解释 一下 这个 那个 这是 是不 不是 可以 有什 有哪 是怎 么样
    样的 的是 是如 多大 有多 吗 呢 是多 少 我们 他们 它们 这些 那些 时候 的时 么叫 叫什 下这 释一 什么是""".split()
)
_PARTICLES = "的了吗呢啊吧是在和与就也都很"

_stemmer = snowballstemmer.stemmer("english")
_stemmer_turn = threading.Lock()  # the stemmer keeps the word it works on in itself


def words(text: str) -> list[str]:
    """Every word of the text, stemmed or cut into bigrams, in order."""
    found: list[str] = []
    for run in _runs(text):
        if _CJK.match(run):
            found.extend(run[i : i + 2] for i in range(len(run) - 1)) if len(run) > 1 else found.append(run)
        else:
            found.append(_stem(run))
    return found


def content_words(text: str) -> list[str]:
    """The words of a question that say what it is about, each once, in order."""
    found: dict[str, None] = {}
    for run in _runs(text):
        if _CJK.match(run):
            for pair in [run[i : i + 2] for i in range(len(run) - 1)] or [run]:
                if pair not in _STOP_CHINESE and not any(character in _PARTICLES for character in pair):
                    found[pair] = None
        elif run not in _STOP_ENGLISH and (len(run) > 1 or run.isdigit()):
            found[_stem(run)] = None
    return list(found)


def surfaces(text: str, about: Iterable[str]) -> dict[str, str]:
    """These words (stems or pairs) as they are written in the text, each with the word it stands for."""
    wanted = set(about)
    found: dict[str, str] = {}
    for run in _runs(text):
        if _CJK.match(run):
            found |= {pair: pair for pair in [run[i : i + 2] for i in range(len(run) - 1)] or [run] if pair in wanted}
        elif (stem := _stem(run)) in wanted:
            found[run] = stem
    return found


def as_written(text: str, wanted: Iterable[str]) -> list[str]:
    """These words as the text writes them, each once, in order: pairs of Chinese characters that overlap as one."""
    wanted = set(wanted)
    found: dict[str, None] = {}
    for run in _runs(text):
        if not _CJK.match(run):
            found |= {run: None} if _stem(run) in wanted else {}
            continue
        begun, end = 0, 0
        for at in range(max(1, len(run) - 1)):
            if run[at : at + 2] not in wanted:
                continue
            if at >= end and end:
                found[run[begun:end]] = None
            begun = begun if at < end else at
            end = at + 2
        found |= {run[begun:end]: None} if end else {}
    return list(found)


def fts_text(text: str) -> str:
    """What is stored in the FTS5 table for this text."""
    return " ".join(words(text))


def fts_query(wanted: Iterable[str]) -> str:
    """An FTS5 expression that matches any of the words; a single Chinese character matches the pairs it begins."""
    terms = []
    for word in wanted:
        quoted = '"' + word.replace('"', '""') + '"'
        terms.append(quoted + "*" if len(word) == 1 and _CJK.match(word) else quoted)
    return " OR ".join(terms)


def _runs(text: str) -> list[str]:
    """Runs of Latin or Chinese characters, in one case, one width and one Chinese script, so that either finds either."""
    return _WORD.findall(simplified(unicodedata.normalize("NFKC", text)).lower())


@lru_cache(maxsize=50_000)  # a course's words recur, and stemming took a third of storing it
def _stem(word: str) -> str:
    """Stemmed until nothing changes: one pass takes "lens" to "len" but "lenses" to "lens"."""
    word = word.replace("’", "'").removesuffix("'s")
    with _stemmer_turn:
        while (shorter := _stemmer.stemWord(word)) != word:
            word = shorter
    return word
