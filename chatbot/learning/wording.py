"""Faults that a question's words show by themselves, in English and Chinese. No model, no course: costs nothing, so it comes first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from chatbot.learning.questions import Question
from chatbot.learning.sections import TALK
from knowledge.lexical import content_words, words

MOST_LONGEST = 0.4  # the share of questions whose key may be the longest option; chance is a quarter to a third
_TOO_LONG = 1.8  # times the mean length of the others: the longest option gives itself away
_LEAST_ABOUT = 2  # content words of a question that say what it is about
_LAZY = ("all of the above", "none of the above", "both a and b", "all of these", "none of these", "以上都", "以上皆")
_POINTING = re.compile(
    r"\b(the|this|that|given|above|following)\s+(passage|text|sentence|paragraph|statement|excerpt|context)\b|according to|the author|mentioned|described (?:here|above|below)"
    r"|\b(?:as|shown|given|said|listed) (?:above|below)\b|\bthe above\b|\bbelow:|\bin the (example|figure|picture|image|diagram|case)\b|\bthe (example|speaker|writer)\b|文中|本文|这段|上文|根据.{0,4}(文|段)",
    re.I,
)
_DANGLING = re.compile(
    r"(?<!of )\b(this|these|those)\b|(?<=\s)that (?:[a-z]+) (?:is|are|was|does|do|has)\b|^\W*(?:(?:what|why|how|when|where|which)\b\s+(?:is|are|do|does|did|can|was|were)\s+)?(it|they|he|she|its|their|them)\b|这(?:个|种|些|样)|那(?:个|种|些)|它",
    re.I,
)
_TRIVIA = re.compile(
    r"\b(page|slide|chapter|lesson|section|figure) (number|\d)|how many (pages|slides|lessons|videos)|\b(url|link|website|web page)\b|github",
    re.I,
)
_ARTICLE = re.compile(r"\b(an?)\s*[_.…]*\s*\??$", re.I)
_QUESTION = re.compile(r"[?？]$")
# Words of asking: stems, so that "primary" and "purposes" are among them.
_ASKING = frozenset(content_words(
    """main primary purpose function role type kind term name main reason value amount number unit characteristic feature advantage benefit
    approximate total exact maximum minimum following belong list step right order fit meant spot mark label question called commonly
    typically typical method way specific fill gap put description step there"""
))  # fmt: skip
_ORDERS = re.compile(r"^(put|fill|name|give|explain|describe|state|把|将|请|说明)", re.I)


def fault(question: Question) -> str | None:
    """The first thing wrong with the words: "form", "points_at_text", "not_standing_alone", "trivia", or "gives_away"."""
    text = question.text.strip()
    if not (_QUESTION.search(text) or _ORDERS.match(text)) or any(
        lazy in option.lower() for option in question.options for lazy in _LAZY
    ):
        return "form"
    if _POINTING.search(text):
        return "points_at_text"
    if _DANGLING.search(text) or len(content_words(text)) < _LEAST_ABOUT:
        return "not_standing_alone"
    if _TRIVIA.search(text) or TALK.search(text) or any(TALK.search(option) for option in question.options):
        return "trivia"
    if question.kind == "order":
        return None
    return "gives_away" if _gives_away(question) else None


def strays(question: Question, told: str) -> bool:
    """Whether more than a quarter of what is asked is about something that the section does not speak of."""
    asked = [word for word in content_words(question.text) if word not in _ASKING]
    return sum(word not in set(words(told)) for word in asked) > 0.25 * len(asked)


def key_is_longest(question: Question) -> bool:
    """Whether the only right option is longer than every other, so that choosing the longest would do."""
    if len(question.right) != 1 or len(question.options) < 3:
        return False
    others = [len(option) for n, option in enumerate(question.options) if n not in question.right]
    return len(question.options[question.right[0]]) > max(others)


def _gives_away(question: Question) -> bool:
    asked = set(content_words(question.text))
    if question.key is not None:
        return bool(re.search(rf"(?<![\d.]){re.escape(f'{question.key.value:g}')}(?![\d.])", question.text))
    if question.rubric:
        return any(set(content_words(phrase)) <= asked for c in question.rubric for phrase in c.phrases)
    right = [question.options[n] for n in question.right]
    others = [option for n, option in enumerate(question.options) if n not in question.right]
    if any(bag and bag <= asked for bag in (set(content_words(option)) for option in right)):
        return True
    said = (
        [bool(set(content_words(option)) & asked) for option in right],
        [bool(set(content_words(o)) & asked) for o in others],
    )
    if all(said[0]) and not any(said[1]):
        return True
    return question.kind in ("choice", "label") and _stands_out(question.text, right[0], others)


def _stands_out(text: str, right: str, others: Sequence[str]) -> bool:
    """By its length, as the only one with a figure, as the only one that fits "a" or "an", or as the only plural."""
    longest = max(map(len, others))
    if len(right) > 12 and len(right) > longest and len(right) > _TOO_LONG * sum(map(len, others)) / len(others):
        return True
    if _alone(right, others, lambda option: any(c.isdigit() for c in option)):
        return True
    if found := _ARTICLE.search(text):
        vowel = found[1].lower() == "an"
        return _alone(right, others, lambda option: (option[:1].lower() in "aeiou") == vowel)
    return False


def _alone(right: str, others: Sequence[str], has) -> bool:
    return len({has(right), *map(has, others)}) == 2 and len(set(map(has, others))) == 1


def alike_in_words(options: Sequence[str]) -> bool:
    """Whether one option says in other order, or with more words, what another says; other numbers are something else."""
    numbers = [re.findall(r"\d+(?:[.,]\d+)*", option) for option in options]
    bags = [frozenset(words(option)) for option in options]
    return any(
        (a <= b or b <= a) and numbers[n] == numbers[m]
        for (n, a), (m, b) in combinations(enumerate(bags), 2)
    )
