"""Which language a text is written in, as far as a course needs to know: Chinese or English."""

from __future__ import annotations

import re
from functools import cache

_CJK = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_LATIN = re.compile(r"[A-Za-z]+")
_ENOUGH = 8  # characters and words; fewer say nothing certain


def is_cjk(character: str) -> bool:
    """Whether a character is written without spaces to its neighbours: Han, kana, full-width punctuation."""
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef"


def detect_language(text: str, default: str = "en") -> str:
    """Returns "zh", "en", or `default` when there is too little text, or text in neither script, to tell.

    One Han character carries about as much as one English word, so these are what is weighed; English terms and code
    inside a Chinese lesson do not tip it.
    """
    sample = text[:50_000]
    han, words = len(_CJK.findall(sample)), len(_LATIN.findall(sample))
    if han + words < _ENOUGH:
        return default
    return "zh" if han > 0.25 * (han + words) else "en"


def language_of_question(text: str, default: str = "en") -> str:
    """The language to answer in. A question is too short to weigh: any Han character makes it Chinese."""
    if _CJK.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else default


@cache
def _simplifier():
    import opencc

    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional Chinese characters as simplified ones; anything else unchanged."""
    return _simplifier().convert(text) if _CJK.search(text) else text
