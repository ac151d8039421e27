"""Whether a question may be shown: checks of its words first, they cost nothing; then independent passes of the model.

No pass is told the key. Some judge each option alone, as if there were no other; one answers freely from the passage, without options,
and what it says is graded like a student's answer. All prompts on a section begin with its passage and those on a question go on
with the question, so that a pass costs no more than its own last words; the first that decides ends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations, pairwise

import numpy as np

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.learning import wording
from chatbot.learning.grading import Response, grade, lettered
from chatbot.learning.matching import which_option
from chatbot.learning.questions import Question
from chatbot.learning.saying import says
from chatbot.learning.tables import is_row, spelled_out
from chatbot.prompting import LANGUAGES
from knowledge.embedding import Embedder
from knowledge.lexical import content_words, words
from prompts import render

NEAR_COPY = 0.9  # cosine from which two questions are one
_SAME_OPTION = 0.9  # cosine from which two options mean the same
_SURE = 0.5  # the probability that of two steps the earlier one is the earlier, over both orders of showing them
_RIGHT, _WRONG, _APART = 0.5, 0.5, 0.25  # of Yes for an option alone: at least for a keyed one, less for any other, and between
_AHEAD_ALONE = 0.1  # the key's lead, judged alone, where the free answer is the key word for word
_CHOSEN = 0.75  # the key's probability by its letter, where neither is so
_MEANT, _AHEAD = 0.6, 0.1  # cosine of a free answer to the option that it means, and by how much it must be the nearest
_VALUE = 0.5  # the value is right, its unit perhaps left out: the question is shown with it
_NUMBERS = re.compile(r"[+-−]?\d[\d, ]*(?:\.\d+)?(?:\s?(?:°[CF]?|%|Ω|[A-Za-zµμ]+(?:/[A-Za-z]+)?))?")
_SETTLED = 20  # questions from which the share whose key is the longest option is looked at


class Verifier:
    """Remembers the questions of a course, so that none comes twice."""

    def __init__(self, chat: ChatModel, embedder: Embedder, known: Iterable[Question] = ()) -> None:
        self._chat, self._embedder = chat, embedder
        self._vectors: list[np.ndarray] = []
        self._longest = [0, 0]  # questions with one right option, and those of them whose key is the longest
        for question in known:
            self.remember(question)

    def remember(self, question: Question) -> None:
        self._vectors.append(self._vector(question))
        if question.kind == "choice":
            self._longest = [self._longest[0] + 1, self._longest[1] + wording.key_is_longest(question)]

    def fault(self, question: Question, passage: str, about: str = "") -> str | None:
        """The first thing wrong with a question, cheapest first; None when it may be shown.

        `about` are the headings over the passage. What wording.fault finds, "trivia" for what the passage does not speak of, "not_in_passage", "gives_away", "options_alike", "near_copy", "not_answerable" (without its
        options, from the passage), "other_key" (another option is right, or the keyed one is not surely).
        """
        return (
            wording.fault(question)
            or self._grounded(question, passage, about)
            or self._alike(question, passage)
            or self._copy(question)
            or self.unconfirmed(question, passage)
        )

    # -- without the model

    def _grounded(self, question: Question, passage: str, about: str) -> str | None:
        """The quote and the words of the key stand in the passage; the key is not always the longest option."""
        if wording.strays(question, f"{passage}\n{about}"):
            return "trivia"
        if question.kind == "number" and _little_in_common(question):
            return "trivia"
        said = set(words(passage))
        keyed = [question.options[n] for n in question.right] + [c.statement for c in question.rubric]
        if question.quote not in passage or any(
            not set(content_words(right) or words(right)) <= said for right in keyed
        ):
            return "not_in_passage"
        count, longest = self._longest
        often = count >= _SETTLED and longest + 1 > wording.MOST_LONGEST * (count + 1)
        return "gives_away" if question.kind == "choice" and often and wording.key_is_longest(question) else None

    def _alike(self, question: Question, passage: str) -> str | None:
        if not question.options:
            return None
        if question.kind != "order" and wording.alike_in_words(question.options):
            return "options_alike"
        vectors = self._embedder.embed_passages(question.options)
        pairs = combinations(range(len(vectors)), 2)
        near = [(a, b) for a, b in pairs if float(vectors[a] @ vectors[b]) >= _SAME_OPTION]
        return (
            None
            if all(_told_apart(question.options[a], question.options[b], passage) for a, b in near)
            else "options_alike"
        )

    def _copy(self, question: Question) -> str | None:
        vector = self._vector(question)
        return "near_copy" if any(float(vector @ other) >= NEAR_COPY for other in self._vectors) else None

    # -- independent passes

    def unconfirmed(self, question: Question, passage: str) -> str | None:
        """The first independent pass that does not come to the key; what fails most often is asked first."""
        match question.kind:
            case "order":
                steps = pairwise(question.options[n] for n in question.right)
                return None if all(self._comes_first(a, b, passage) for a, b in steps) else "other_key"
            case "label":
                return None
            case "choice":
                return self._only_key(question, passage)
            case "several" if not self._apart(question, passage):
                return "other_key"
        return None if self.earned(question, self.answer(question, passage)) else "not_answerable"

    def _only_key(self, question: Question, passage: str) -> str | None:
        """One right option: the likeliest of all judged alone, and what a free answer comes to; where it is neither far ahead nor
        said by the free answer in its own words, it must be chosen by its letter as well. Of a table, the free answer must name it.
        """
        if is_row(question.quote):  # which cell is right stands in the table; only one of a column's values is the row's
            answer = self.answer(question, passage)
            named = which_option(answer, question.text, question.options).option
            return None if named in question.right and question.options[named].lower() in question.quote.lower() else "not_answerable"
        key = self.alone(question, question.options[question.right[0]], passage)
        most = 0.0
        for n, option in enumerate(question.options):
            if n not in question.right and (most := max(most, self.alone(question, option, passage))) >= key:
                return "other_key"
        answer = self.answer(question, passage)
        if not self.earned(question, answer):
            return "not_answerable"
        far_ahead = key >= _RIGHT and most < _WRONG and key - most >= _APART
        said = key - most >= _AHEAD_ALONE and which_option(answer, question.text, question.options).option in question.right
        return None if far_ahead or said or self._is_chosen(question, passage) else "other_key"

    def _apart(self, question: Question, passage: str) -> bool:
        """Whether every keyed option, judged alone, is right and every other wrong, with room between."""
        least, most = 1.0, 0.0
        for n in (*question.right, *(n for n in range(len(question.options)) if n not in question.right)):
            chance = self.alone(question, question.options[n], passage)
            least, most = (min(least, chance), most) if n in question.right else (least, max(most, chance))
            if least < _RIGHT or most >= _WRONG or least - most < _APART:
                return False
        return True

    def answer(self, question: Question, passage: str) -> str:
        """What the model answers from the passage, without options or key."""
        told = render(
            "answer_freely", passage=as_data(passage), question=question.text,
            language=LANGUAGES.get(question.language, "English"),
        )  # fmt: skip
        most = 90 if question.kind in ("several", "short") else 40
        return "".join(self._chat.stream([Message("user", told)], Sampling(most))).strip()

    def earned(self, question: Question, answer: str) -> bool:
        """Whether a free answer is the keyed one: by words, for an option also by being nearest to it in meaning."""
        if not answer:
            return False
        match question.kind:
            case "number":
                found = [number for number in _NUMBERS.findall(answer) if not _stands_in(number, question.text)]
                return len(found) == 1 and grade(question, Response(text=found[0])).score >= _VALUE
            case "short":
                return grade(question, Response(text=answer)).score >= 0.5
            case "several":
                named = {n for n, option in enumerate(question.options) if says(answer, option)}
                return 2 * len(named & set(question.right)) >= len(question.right) and named <= set(question.right)
        meant = which_option(answer, question.text, question.options)
        if meant.code == "none":
            return self._nearest(answer, question.options) in question.right
        return meant.option in question.right

    def _nearest(self, answer: str, options: tuple[str, ...]) -> int | None:
        vectors = self._embedder.embed_passages([answer, *options])
        near = vectors[1:] @ vectors[0]
        first, second = np.argsort(-near)[:2]
        return int(first) if near[first] >= _MEANT and near[first] - near[second] >= _AHEAD else None

    def _is_chosen(self, question: Question, passage: str) -> bool:
        """Whether the key is chosen among the options by its letter, over both orders of showing them: a small model likes
        some letters better than others.
        """
        key, chances = question.options[question.right[0]], []
        for options in (question.options, question.options[::-1]):
            letters, shown = lettered(options)
            told = render("answer_by_letter", passage=as_data(passage), question=question.text, options=shown)
            judged = self._chat.judge([Message("user", told)], list(letters))
            chances.append(judged[letters[options.index(key)]])
            if (sum(chances) + 2 - len(chances)) / 2 < _CHOSEN:
                return False
        return True

    def alone(self, question: Question, option: str, passage: str) -> float:
        """The probability that an option is right, judged without the others."""
        told = render("answer_alone", passage=as_data(passage), question=question.text, answer=option)
        return self._chat.judge([Message("user", told)], ["Yes", "No"])["Yes"]

    def _comes_first(self, earlier: str, later: str, passage: str) -> bool:
        """Whether the first of two neighbouring steps is held to be the earlier one, over both orders of showing them."""
        chance = 0.0
        for first, second, letter in ((earlier, later, "A"), (later, earlier, "B")):
            told = render("which_step_first", passage=as_data(passage), first=first, second=second)
            chance += self._chat.judge([Message("user", told)], ["A", "B"])[letter] / 2
        return chance >= _SURE

    def _vector(self, question: Question) -> np.ndarray:
        return self._embedder.embed_passages([question.text])[0]


def _little_in_common(question: Question) -> bool:
    """Whether a number is asked for in other words than those it is stated in: then it may be another number's."""
    stated = set(content_words(question.quote))
    return len(set(content_words(question.text)) & stated) < min(3, len(stated))


def _stands_in(number: str, text: str) -> bool:
    """Whether the question gives the number: an answer that says the sentence again says it too."""
    digits = re.match(r"[+-−]?[\d, ]*(?:\.\d+)?", number)[0].strip(" ,")
    return re.search(rf"(?<![\d.]){re.escape(digits)}(?![\d.]|,\d)", text) is not None


def _told_apart(a: str, b: str, passage: str) -> bool:
    """Whether options of like meaning differ for sure: in a number, or because the passage itself sets them beside each other.

    Vectors of "real, larger" and "real, smaller", or of 2 mm and 5 mm, are nearly one.
    """
    numbers = [re.findall(r"\d+(?:\.\d+)?", option) for option in (a, b)]
    said = passage.lower()
    return numbers[0] != numbers[1] or (a.lower() in said and b.lower() in said)


def as_data(text: str) -> str:
    """A text that cannot close the frame it is shown in, its tables in words."""
    return spelled_out(text).replace("</passage>", "< /passage>").strip()
