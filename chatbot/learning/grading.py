"""What an answer is worth, with the evidence: numbers by sympy and pint, words by matching, and a model only as a last reader.

The model never learns which option is the right one. It is asked which of them the answer means, in two orders, so an answer
that argues for its mark has nobody to persuade. Of a rubric it would be shown the one statement that is right, so rubrics are
graded by words alone, wherever they are answered. What stays unclear scores nothing and is handed to the teacher.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.chat_model import ChatModel, Message
from chatbot.learning.matching import which_option, without_pleas
from chatbot.learning.quantities import compare
from chatbot.learning.questions import Criterion, Question
from chatbot.learning.saying import says
from knowledge.errors import InvalidInput
from prompts import render

MOST_CHARACTERS = 2000
_SURE = 0.6  # the model's probability, in both orders, from which its reading counts


class InvalidAnswer(InvalidInput):
    """An answer that is empty, too long, or names an option that the question does not have."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a student gave: places of options (for "order" all of them, as ordered), or typed text."""

    chosen: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for. `by`: "key", "words" or "model"; `code` says how it went, a key of the catalogues."""

    what: str
    met: bool
    by: str
    code: str


@dataclass(frozen=True, slots=True)
class Grade:
    """`score` in 0..1 with what it rests on. `unclear`: nobody could tell what was meant, a teacher should look."""

    score: float
    findings: tuple[Finding, ...]
    unclear: bool = False


def grade(question: Question, response: Response, reader: ChatModel | None = None) -> Grade:
    """Grades on the server. `reader` is asked only which option was meant, where matching cannot tell. Raises InvalidAnswer."""
    _check(question, response)
    match question.kind:
        case "number":
            found = compare(response.text, question.key)
            return Grade(found.score, (Finding(_shown(question), found.score == 1.0, "key", found.code),))
        case "short":
            return _short(question, response.text)
        case "order":
            return _ordered(question, response.chosen)
    if response.text and not response.chosen:
        return _typed_choice(question, response.text, reader)
    return _chosen(question, response.chosen)


def _check(question: Question, response: Response) -> None:
    text, places = response.text.strip(), response.chosen
    outside = [n for n in places if not 0 <= n < len(question.options)] or len(set(places)) != len(places)
    whole = question.kind != "order" or len(places) == len(question.options)
    if outside or not whole or len(text) > MOST_CHARACTERS or not (text or places):
        raise InvalidAnswer(
            f"That cannot be graded: an answer names options that are shown, or has 1 to {MOST_CHARACTERS} characters.",
            code="answer_invalid",
            most=MOST_CHARACTERS,
        )


def _shown(question: Question) -> str:
    return f"{question.key.value:g} {question.key.unit}".strip()


def _chosen(question: Question, chosen: Sequence[int]) -> Grade:
    """Each right one counts for, each wrong one against; never below nothing."""
    right, picked = set(question.right), set(chosen)
    if question.kind in ("choice", "label") and len(picked) > 1:
        return Grade(0.0, (Finding(", ".join(question.options[n] for n in sorted(picked)), False, "key", "several"),))
    findings = tuple(
        Finding(
            question.options[n],
            (n in picked) == (n in right),
            "key",
            "right" if (n in picked) == (n in right) else "wrong",
        )
        for n in sorted(right | picked)
    )
    return Grade(max(0.0, (len(picked & right) - len(picked - right)) / len(right)), findings)


def _ordered(question: Question, chosen: Sequence[int]) -> Grade:
    """The longest run of steps that stand in the right order, moved ones left out: all is 1, a single step nothing."""
    place = {step: n for n, step in enumerate(question.right)}
    longest: list[int] = []
    for n in (place[step] for step in chosen):
        at = bisect_left(longest, n)
        longest[at : at + 1] = [n]
    score = (len(longest) - 1) / max(1, len(chosen) - 1)
    findings = tuple(
        Finding(question.options[step], place[step] == n, "key", "in_place" if place[step] == n else "out_of_place")
        for n, step in enumerate(chosen)
    )
    return Grade(score, findings)


def _typed_choice(question: Question, text: str, reader: ChatModel | None) -> Grade:
    """An option said in the student's own words."""
    meant = which_option(text, question.text, question.options)
    option, by = meant.option, "words"
    if meant.code == "none" and reader is not None and (plain := without_pleas(text)):
        option, by = _read(reader, question.text, plain, question.options), "model"
    if option is None:
        return Grade(0.0, (Finding(text, False, by, meant.code),), unclear=meant.code == "none")
    right = option in question.right
    return Grade(
        float(right) / len(question.right),
        (Finding(question.options[option], right, by, "right" if right else "wrong"),),
    )


def _short(question: Question, text: str) -> Grade:
    """Points for every criterion that the answer says; a denied or opposite statement says it not."""
    plain = without_pleas(text)
    findings = [_criterion(criterion, plain) for criterion in question.rubric]
    total = sum(criterion.points for criterion in question.rubric)
    got = sum(c.points for c, finding in zip(question.rubric, findings, strict=True) if finding.met)
    unclear = bool(plain) and all(finding.code == "not_found" for finding in findings)
    return Grade(got / total, tuple(findings), unclear=unclear)


def _criterion(criterion: Criterion, text: str) -> Finding:
    said = any(says(text, phrase) for phrase in criterion.phrases)
    if any(says(text, foil) for foil in criterion.foils):
        return Finding(criterion.statement, False, "words", "contradicted")
    if said:
        return Finding(criterion.statement, True, "words", "said")
    return Finding(criterion.statement, False, "words", "not_found")


def lettered(options: Sequence[str]) -> tuple[str, str]:
    """The letters that a model answers with, and the options listed under them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(options)]
    return letters, "\n".join(f"{letter}) {option}" for letter, option in zip(letters, options, strict=True))


def _read(reader: ChatModel, question: str, text: str, options: Sequence[str]) -> int | None:
    """The option that the model takes the text to mean, the same in two orders; None when it means none or is not sure."""
    orders = (range(len(options)), range(len(options) - 1, -1, -1))
    found = {_read_once(reader, question, text, [options[n] for n in order], list(order)) for order in orders}
    return found.pop() if len(found) == 1 else None


def _read_once(
    reader: ChatModel, question: str, text: str, options: Sequence[str], places: Sequence[int]
) -> int | None:
    letters, shown = lettered((*options, "none of these"))
    told = render("read_answer", question=question, answer=text.replace("<", "‹").replace(">", "›"), options=shown)
    chances = reader.judge([Message("user", told)], list(letters))
    letter = max(chances, key=chances.__getitem__)
    at = letters.index(letter)
    return places[at] if at < len(options) and chances[letter] >= _SURE else None
