"""A small model says the question back before it answers it, or in place of a hint. Decided by words; streams are held, never taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.lexical import content_words

_NEW = 0.2  # of the words of what is said: so many that the question has not are still a repetition
_COVERED = 0.5  # of the question's words: a part of a long question, asked alone, leads somewhere
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_FORM = frozenset("的了吗呢啊吧是在和与就也都很什么怎样为何如会能请问哪个几谁多少这那它一下原因题答案解释说明及对于你认觉得想过要")
# Of themselves these words of a question ask, and name nothing.
_ASKING = frozenset(content_words("make makes made making cause causes caused reason question answer actually exactly really think let start consider so asked"))
_ASKS = re.compile(r"为什么|为何|什么|怎么|怎样|如何|哪|多少|几|谁|[吗呢]|\b(?:why|what|how|when|where|which|who|whose|whom)\b", re.IGNORECASE)
_OPENS = re.compile(
    r"(?:why|what|whats|how|when|where|which|who|whose|whom|is|are|was|were|do|does|did|can|could|will|would|should|has|have|explain|describe|tell|question|q|the|a|an|to|in|so)\b",
    re.IGNORECASE,
)
_END = re.compile(r"[?？]+|[。！!\n]+|\.(?=\s)")
_CLOSING = re.compile(r"""["'”’»」』）)*_]*""")
_AFTER = re.compile(r"(?:\s|[\[【]\d{1,2}(?:\s*[,，、]\s*\d{1,2})*[\]】])*")
_BEGUN_MARKER = re.compile(r"[\[【][\d\s,，、]*")
_LAST_WORD = re.compile(r"[A-Za-z0-9'’]+$")


def repeats(told: str, question: str) -> bool:
    """Whether what is told has hardly a word that the question has not, and most of the question's."""
    own, asked = _words(told), _words(question)
    return bool(own) and len(own - asked) <= _NEW * len(own) and len(own & asked) >= _COVERED * len(asked)


def without_question(pieces: Iterator[str], questions: Sequence[str]) -> Iterator[str]:
    """Lets an answer's stream through without a first sentence that only asks one of these questions again.

    A piece is held only as long as it may be the beginning of one: nothing is shown that would have to be taken away.
    """
    held = ""
    for piece in pieces:
        held += piece
        if end := _END.search(held.lstrip()):
            held = held.lstrip()
            if _asks_again(held[: end.end()], end[0], questions):
                yield from _after(held[end.end() :], pieces)
                return
            break
        if not _may_repeat(held, questions):
            break
    if held and not _asks_again(held, "", questions):
        yield held
    yield from pieces


def _asks_again(sentence: str, end: str, questions: Sequence[str]) -> bool:
    """A statement in the question's words may be its answer ("Does it bend?"), so what has no question mark must ask by its words."""
    if "?" in end or "？" in end:
        return any(repeats(sentence, question) for question in questions)
    return bool(_ASKS.search(sentence)) and any(_words(sentence) == _words(question) for question in questions)


def _may_repeat(begun: str, questions: Sequence[str]) -> bool:
    """Whether this can be the beginning of a sentence that asks one of the questions again. The last word may be half of one."""
    plain = begun.lstrip(" \n*_#>\"'“‘「『（(")
    whole = _LAST_WORD.sub("", plain)
    if not whole:
        return True
    if not _HAN.search(whole) and not _OPENS.match(whole):
        return False
    told = _words(whole)
    return any(len(told - asked) <= _NEW / (1 - _NEW) * len(asked) for asked in map(_words, questions))


def _after(rest: str, pieces: Iterator[str]) -> Iterator[str]:
    """What follows the sentence that was left out, without the space, the quotation marks and the markers behind that sentence."""
    closing = True
    while True:
        if closing:
            rest = rest[_CLOSING.match(rest).end() :]
            closing = not rest
        rest = rest[_AFTER.match(rest).end() :]
        if rest and not _BEGUN_MARKER.fullmatch(rest):
            yield rest
            break
        if (piece := next(pieces, None)) is None:
            return
        rest += piece
    yield from pieces


def _words(text: str) -> set[str]:
    """Stems of Latin words and single Chinese characters, without those that only ask."""
    chinese = {character for character in _HAN.findall(text) if character not in _FORM}
    return chinese | (set(content_words(_HAN.sub(" ", text))) - _ASKING)
