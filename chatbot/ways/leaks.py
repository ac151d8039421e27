"""Whether a hint gives the answer away. Decided by rules, against the problem and the answer that the tutor itself found."""

from __future__ import annotations

import re

from knowledge.lexical import content_words

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_MARKER = re.compile(r"[\[【]\s*\d{1,2}(?:\s*[,，、]\s*\d{1,2})*\s*[\]】]")
_FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
_TELLING = 3  # new words of an answer up to which one of them tells it
_SHARE = 0.4  # of the new words of a longer answer, from which it is told


def gives_away(hint: str, problem: str, answer: str) -> bool:
    """A number that the problem does not have, or the words that the answer has and the problem has not.

    A formula of the course, displayed, is a rule and not an answer: its numbers do not count.
    """
    plain = _MARKER.sub(" ", _FORMULA.sub(" ", hint))
    if _numbers(plain) - _numbers(problem):
        return True
    new = _new_words(answer, problem)
    if not new:
        return False
    told = new & set(content_words(plain))
    return bool(told) if len(new) <= _TELLING else len(told) >= max(2, _SHARE * len(new))


def adds_words(hint: str, problem: str, source: str) -> bool:
    """Whether a hint has words that the problem has not and that stand in the course where the answer may stand."""
    new = _new_words(hint, problem)
    return bool(new & set(content_words(source)))


def _numbers(text: str) -> set[str]:
    return {
        found.replace(",", ".").rstrip("0").rstrip(".") if "." in found or "," in found else found
        for found in _NUMBER.findall(text)
    }


def _new_words(answer: str, problem: str) -> set[str]:
    answer = _NUMBER.sub(" ", _MARKER.sub(" ", answer))
    return {word for word in content_words(answer) if len(word) > 1 or not word.isascii()} - set(content_words(problem))
