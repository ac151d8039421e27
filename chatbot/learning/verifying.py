"""Whether a question may be shown: checks of its words first, they cost nothing; then two independent passes of the model."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.learning.matching import which_option
from chatbot.learning.questions import Question
from chatbot.prompting import LANGUAGES
from knowledge.embedding import Embedder
from knowledge.lexical import content_words, words
from prompts import render

NEAR_COPY = 0.9  # cosine from which two questions are one
_SAME_OPTION = 0.93  # cosine from which two options mean the same
_SURE = 0.5  # the probability of the keyed option, in both orders
_TOO_LONG = 1.8  # times the mean length of the others: the longest option gives itself away
_LAZY = ("all of the above", "none of the above", "both a and b", "以上都", "以上皆")
_POINTING = (
    "the passage",
    "the text",
    "this sentence",
    "according to",
    "the author",
    "mentioned",
    "文中",
    "本文",
    "这段",
    "上文",
)


class Verifier:
    """Remembers the questions of a course, so that none comes twice."""

    def __init__(self, chat: ChatModel, embedder: Embedder, known: Iterable[Question] = ()) -> None:
        self._chat, self._embedder = chat, embedder
        self._vectors: list[np.ndarray] = []
        for question in known:
            self.remember(question)

    def remember(self, question: Question) -> None:
        self._vectors.append(self._vector(question))

    def fault(self, question: Question, passage: str) -> str | None:
        """The first thing wrong with a multiple-choice question, cheapest first; None when it may be shown.

        "form", "points_at_text", "not_in_passage", "gives_away", "options_alike", "near_copy", "not_answerable" (without its
        options, from the passage), "other_key" (another option is chosen, or none surely).
        """
        return (
            self._wording(question, passage)
            or self._alike(question)
            or self._copy(question)
            or self._answered(question, passage)
            or self._keyed(question, passage)
        )

    def _wording(self, question: Question, passage: str) -> str | None:
        plain = question.text.lower()
        right = question.options[question.right[0]]
        if not plain.rstrip().endswith(("?", "？")) or any(
            lazy in o.lower() for o in question.options for lazy in _LAZY
        ):
            return "form"
        if any(pointing in plain for pointing in _POINTING):
            return "points_at_text"
        said, wanted = set(words(passage)), content_words(right) or words(right)
        if not wanted or not set(wanted) <= said:
            return "not_in_passage"
        return "gives_away" if _gives_away(question) else None

    def _alike(self, question: Question) -> str | None:
        bags = [frozenset(words(option)) for option in question.options]
        if any(a <= b or b <= a for a, b in combinations(bags, 2)):
            return "options_alike"
        vectors = self._embedder.embed_passages(question.options)
        return "options_alike" if any(float(a @ b) >= _SAME_OPTION for a, b in combinations(vectors, 2)) else None

    def _copy(self, question: Question) -> str | None:
        vector = self._vector(question)
        return "near_copy" if any(float(vector @ other) >= NEAR_COPY for other in self._vectors) else None

    def _answered(self, question: Question, passage: str) -> str | None:
        """The model answers from the passage without seeing any option; its words must mean the keyed one."""
        told = render(
            "answer_freely", passage=_as_data(passage), question=question.text,
            language=LANGUAGES.get(question.language, "English"),
        )  # fmt: skip
        answer = "".join(self._chat.stream([Message("user", told)], Sampling(40)))
        meant = which_option(answer, question.text, question.options)
        return None if meant.option in question.right else "not_answerable"

    def _keyed(self, question: Question, passage: str) -> str | None:
        """The model chooses among the options, in two orders, and must be surest of the keyed one in both."""
        orders = (range(len(question.options)), range(len(question.options) - 1, -1, -1))
        for order in orders:
            places = list(order)
            letters = "ABCDEFGH"[: len(places)]
            shown = "\n".join(f"{letter}) {question.options[n]}" for letter, n in zip(letters, places, strict=True))
            told = render("answer_by_letter", passage=_as_data(passage), question=question.text, options=shown)
            chances = self._chat.judge([Message("user", told)], list(letters))
            if chances[letters[places.index(question.right[0])]] < _SURE:
                return "other_key"
        return None

    def _vector(self, question: Question) -> np.ndarray:
        """The question with its right answer: two questions on one sentence may well ask for different things."""
        return self._embedder.embed_passages([f"{question.text} {question.options[question.right[0]]}"])[0]


def _gives_away(question: Question) -> bool:
    """Whether the right option stands out: by its length, or by words of the question that no other option has."""
    asked = set(content_words(question.text))
    right = question.options[question.right[0]]
    others = [option for n, option in enumerate(question.options) if n not in question.right]
    bag = set(content_words(right))
    if bag and bag <= asked:
        return True
    if bag & asked and not any(set(content_words(option)) & asked for option in others):
        return True
    longest = max(len(option) for option in others)
    return len(right) > 12 and len(right) > longest and len(right) > _TOO_LONG * sum(map(len, others)) / len(others)


def _as_data(text: str) -> str:
    return text.replace("</passage>", "< /passage>").strip()
