"""Where sentences end, in English and Chinese. Knows abbreviations, decimals, list numbers and formulas; no grammar."""

from __future__ import annotations

import re

# One string each: as lists of literals these would fill the page.
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "al approx ca cf ch chap co corp dept dr e.g eg ed eds eq eqs esp est etc fig figs i.e ie inc jr ltd max min mr "
        "mrs ms no nos p pp prof ref refs resp sec sect sr st tab vol vs viz",
    )
)
_MAY_END = frozenset(("al", "co", "corp", "etc", "inc", "jr", "ltd", "max", "min", "no", "sr"))
_STARTERS = frozenset(  # words that begin a sentence after a single letter, which else would be an initial
    re.findall(
        r"\w+",
        "A After All Also An And As At Because But By Each Every For From Hence Here How However If In It Its Let Light "
        "No Not Now On Once One Or Since So That The Their Then There These They This Those Thus To We What When Where "
        "Which While Why With You",
    )
)
_CLOSERS = "\"'”’)]}》」』）】"
_END = re.compile(
    r"[.!?]+["
    + re.escape(_CLOSERS)
    + r"]*(?=\s|$)|[。！？!?]+["
    + re.escape(_CLOSERS)
    + r"]*|\n\s*\n|\n(?=\s*(?:[-*•+]|\d{1,3}[.)])\s)"
)
_FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$(?=\S)[^$\n]*?(?<=\S)\$", re.DOTALL)
_LAST_WORD = re.compile(r"([A-Za-z][A-Za-z.]*|\d+)$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each a stripped slice of it, in order. Joined, they hold every word of the text."""
    formulas = [match.span() for match in _FORMULA.finditer(text)]
    found, start = [], 0
    for match in _END.finditer(text):
        inside = any(a < match.start() < b - 1 for a, b in formulas)
        if inside or not _ends(text, start, match):
            continue
        if piece := text[start : match.end()].strip():
            found.append(piece)
        start = match.end()
    if piece := text[start:].strip():
        found.append(piece)
    return found


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the punctuation (or line break) matched really ends a sentence."""
    mark = match.group()
    if mark[0] in "。！？\n":
        return True
    following = text[match.end() :].lstrip()
    if mark[0] in "!?":  # "Really?" he said - and "x!" in a formula written as plain text
        at_word_end = match.end() == len(text) or text[match.end()].isspace() or not text[match.end()].isascii()
        return at_word_end and not following[:1].islower()
    if not following:
        return True
    if following[0].islower() or (mark.startswith("..") and not following[0].isupper()):
        return False
    before = text[start : match.start()]
    last = _LAST_WORD.search(before)
    if last is None or mark[0] != "." or len(mark) > 1:
        return True
    return _word_ends(last.group(1), before[: last.start()], following)


def _word_ends(word: str, before: str, following: str) -> bool:
    """Whether a full stop after `word` ends the sentence rather than abbreviates the word or numbers a list."""
    starter = re.match(r"[A-Za-z]+", following)
    begins = starter is not None and starter.group() in _STARTERS
    if word.isdigit():
        return bool(before.strip()) or len(word) > 3
    if len(word) == 1 and word.isupper():  # an initial, or the point F at a sentence's end
        return begins
    key = word.rstrip(".").casefold()
    if key in _ABBREVIATIONS:
        return begins and key in _MAY_END
    return True
