"""What a course's terms are: noun phrases that it names, in a heading, a definition or a list, or that it keeps coming back to.

A gap is worth filling only where a term stood, and only other terms of its sort are worth reading as wrong answers. No model and
no dictionary: what a word is shows in how the course uses it, but for words that name a place, a part or an amount of anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from knowledge.documents import Passage
from knowledge.lexical import content_words
from knowledge.sentences import sentences

Sort = Literal["measure", "name", "thing"]

_OFTEN, _OFTEN_ALONE = 2, 3  # sentences of the course from which a run of words, or a single word, is a term
_ENDS, _WHOLE = 0.6, 0.1  # of a word's uses, those in which it ends its phrase, and is all of it after an article: from there it is a noun
_BEFORE_NOUNS = frozenset("a an the of its their every each no".split())
# Nouns that name a part, a place, an amount or an occasion of anything, and words that only point or compare.
_GENERAL = frozenset(
    """same other others own way ways thing things reason reasons case cases piece pieces part parts side sides front back middle inside outside top
    bottom left right end ends start head step steps little lot bit second seconds first third last next time times place places point points number
    numbers amount kind kinds type types sort sorts example examples line lines row word words name names order rest whole half use uses result results
    people person man child face hand house day days year years hour hours minute minutes world life idea problem question answer fact work job group set
    view area size form shape variety range equivalent high low large small larger smaller largest more less faster lower upright different similar
    negative positive good best better new old common possible ability option options need purpose term terms task tasks value values unit units change
    difference condition conditions distance effect level situation system turn look something anything everything nothing today now here there
    behind along away through down out off up cross never twice both seen held read bent spread bring straight sharp wide real virtual everyday actual enough itself
    themselves well north south east west private hood once only least most
    lesson course chapter page figure table picture drawing video section guide project file folder list item items title""".split()
)  # fmt: skip
_GENERAL_CHINESE = frozenset("方法 方式 时候 地方 部分 情况 东西 问题 结果 原因 例子 其他 自己 同时 之间 一些 这样".split())
_POINTING = frozenset(
    """same other own such different similar next last first second third certain new good many few several following various whole using adding
    buying gathering just multiple specific average typical actual common know ensure keep kept after before both two three four five six seven eight nine ten near""".split()
)  # fmt: skip
_MEASURE = re.compile(
    r"(length|distance|angle|power|index|speed|temperature|voltage|resistance|current|magnification|width|height|radius|frequency|wavelength|mass|weight|"
    r"pressure|depth|rate|latitude|longitude|energy|force|brightness|moisture|humidity|speeds?|levels?)$"
)
_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*[.):]?|[IVX]+[.)]|第[一二三四五六七八九十\d]+[章节讲课])\s+")
_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.I)
_CALLED = re.compile(
    r"\b(?:called|known as|referred to as|stands? for|this is|that is)\s+(?:an?\s+|the\s+)?([A-Za-z][\w'’-]*(?:\s[\w'’-]+){0,2}?)(?=[.,;:)]|\s(?:and|or|which|that)\b)|\(([A-Za-z][\w -]{3,30})\)"
)
_WORD = re.compile(r"[A-Za-z][\w'’/-]*")


class Terms:
    """Of `spans`, runs of words of a course's sentences, those that are its terms; `counts` says in how many sentences each stands."""

    def __init__(self, sections: Iterable[Passage], spans: Iterable[str], listed: Iterable[str]) -> None:
        sections = list(sections)
        text = [sentence for section in sections for sentence in sentences(section.text)]
        self._named = {_plain(term) for term in [*listed, *_headings(sections), *_called(text)]}
        self._inside = Counter(word for sentence in text for word in re.findall(r"(?<=[\w,;] )[A-Za-z][\w'’-]*", sentence))
        self._vocabulary = {word.lower() for sentence in text for word in _WORD.findall(sentence)}
        uses = _uses(text)
        self.counts: Counter[str] = Counter()
        for span in dict.fromkeys(map(self.written, spans)):
            count = sum(contains(sentence, span) for sentence in text)
            if is_term(span) and self._enough(span, count, uses):
                self.counts[span] = count

    def __contains__(self, span: object) -> bool:
        return self.written(str(span)) in self.counts

    def written(self, span: str) -> str:
        """The words as they stand inside a sentence: a capital that only begins one is none."""
        first = span.split(" ")[0]
        name = not first[1:].islower() or self._inside[first] > self._inside[first.lower()]
        return span if name else span[:1].lower() + span[1:]

    def named(self, term: str) -> bool:
        """Whether the course names it: in a heading, a list, a definition, or as what something is called."""
        return _plain(term) in self._named

    def plural(self, term: str) -> bool:
        """Whether its last word is the plural of another word of the course: "lens" is none."""
        last = term.split(" ")[-1].lower()
        return any(last.endswith(end) and last.removesuffix(end) in self._vocabulary for end in ("s", "es"))

    def _enough(self, span: str, count: int, uses: _Uses) -> bool:
        single = " " not in span and not re.search(r"[\u4e00-\u9fff]", span)
        if single and not uses.is_noun(span.lower()):
            return False
        often = count >= (_OFTEN_ALONE if single else _OFTEN)
        return self.named(span) or (often and (single or uses.stands_as_noun(span)))


def is_term(span: str) -> bool:
    """Whether it could be one by its words alone: its last names something, its first does not merely point."""
    if re.search(r"[\u4e00-\u9fff]", span):
        return span not in _GENERAL_CHINESE
    found = [word.lower() for word in _WORD.findall(span)]
    if not found or not content_words(span) or re.search(r"^\d|\d[.,]\d|-$|^-", span):
        return False
    return found[-1] not in _GENERAL and found[0] not in _POINTING and len(found[0]) > 1


def sort_of(term: str) -> Sort:
    """What sort of thing a term names: only one of the same sort can be mistaken for it."""
    if _MEASURE.search(term.lower()):
        return "measure"
    return "name" if is_name(term) else "thing"


def is_name(term: str) -> bool:
    """Whether it is written with a capital; "IoT" and "LED" are no names."""
    return re.match(r"[A-Z][a-z’']+\b", term) is not None


def contains(sentence: str, span: str) -> bool:
    """Whether the words stand in the sentence as they are; a capital at their beginning does not matter."""
    at = sentence.lower().find(span.lower())
    return at >= 0 and re.search(rf"(?<!\w){re.escape(span)}(?!\w)|[\u4e00-\u9fff]", sentence, re.I) is not None


def _plain(term: str) -> str:
    return " ".join(content_words(_ARTICLE.sub("", term.strip()))) or term.strip().lower()


def _headings(sections: Iterable[Passage]) -> list[str]:
    heads = dict.fromkeys(_NUMBERED.sub("", section.trail[-1]) for section in sections if section.trail)
    return [part for head in heads for part in re.split(r":\s|：|\s(?:and|or|vs\.?|of|with)\s|,\s|[()]", head) if part.strip()]


def _called(text: Iterable[str]) -> list[str]:
    return [found[1] or found[2] for sentence in text for found in _CALLED.finditer(sentence)]


@dataclass(frozen=True)
class _Uses:
    """How often each word stands, ends its phrase (no other word that says something follows at once), and is a whole phrase
    after an article or "of".
    """

    text: str
    all: Counter[str]
    ends: Counter[str]
    whole: Counter[str]

    def stands_as_noun(self, phrase: str) -> bool:
        """Whether the phrase, or its singular, stands after an article or its like somewhere: "receive data" does not."""
        if re.search(r"[\u4e00-\u9fff]", phrase) or is_name(phrase):
            return True
        one = re.escape(phrase.lower().removesuffix("s"))
        return re.search(rf"\b(?:{'|'.join(sorted(_BEFORE_NOUNS))})\s+{one}(?:s|es)?\b", self.text) is not None

    def is_noun(self, word: str) -> bool:
        return self.whole[word] >= 1 and self.ends[word] >= _ENDS * self.all[word] and self.whole[word] >= _WHOLE * self.all[word]


def _uses(text: list[str]) -> _Uses:
    uses = _Uses("\n".join(text).lower(), Counter(), Counter(), Counter())
    for sentence in text:
        found = list(_WORD.finditer(sentence))
        for n, word in enumerate(found):
            plain, after = word[0].lower(), found[n + 1] if n + 1 < len(found) else None
            joined = after is not None and sentence[word.end() : after.start()] == " "
            ends = not (joined and content_words(after[0]) and not re.search(r"(?:s|ed|ly)$", after[0]))
            uses.all[plain] += 1
            uses.ends[plain] += ends
            uses.whole[plain] += ends and n > 0 and found[n - 1][0].lower() in _BEFORE_NOUNS
    return uses
