"""A question as it should be searched for: standing alone, and in a language in which the course is written.

Standing alone is a matter of rules, which cost nothing and can be read; translating takes the model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.conversation import Exchange, Page
from chatbot.prompting import LANGUAGES
from knowledge.lexical import content_words
from prompts import render

# Words that point back, and openings that go on from what was said. A question with none of them, and with enough
# words of its own, stands alone.
_POINTS_BACK = re.compile(
    r"\b(it|its|this|that|these|those|they|them|their|he|she|his|her|one|ones|same|other|another|instead|else|there)\b"
    r"|^(and|but|so|then|or|also|what about|how about|why|how come|really|in that case|more)\b"
    r"|[它这那其此]|为什么[？?]?$|^(那|那么|还有|所以|如果是|换成|再|另外)|呢[？?]?$",
    re.IGNORECASE,
)
_SELECTED = 400  # characters of the marked words: more would fill the prompt
_FEW = 2  # content words: "focal length?" stands alone, "and outside?" does not


def stand_alone(question: str, history: Sequence[Exchange], page: Page | None = None) -> str:
    """The question with what it takes for granted put before it, or the question itself when it needs nothing.

    What was selected on the page is nearer than what was said before, and that is nearer than the page's heading.
    """
    if not leans(question):
        return question
    if page is not None and is_about(page, question, history):
        return f"{page.subject} {question.strip()}".strip()
    if not history or not question.strip():
        return question
    before = next((e.question for e in reversed(history) if len(content_words(e.question)) >= _FEW), history[-1].question)
    return f"{before.strip()} {question.strip()}"


def is_about(page: Page | None, question: str, history: Sequence[Exchange]) -> bool:
    """Whether a question that takes something for granted means the page, not the turn before."""
    return page is not None and bool(page.subject) and leans(question) and bool(page.selected.strip() or not history)


def leans(question: str) -> bool:
    """Whether the question takes something for granted: it points at it, or has hardly a word of its own."""
    own = content_words(question)
    return not (len(own) > 5 or (len(own) >= _FEW and not _POINTS_BACK.search(question.strip())))


def is_open(question: str) -> bool:
    """Whether the words so far do not show yet whether the question will stand alone: they are few, and point at nothing."""
    return leans(question) and not _POINTS_BACK.search(question.strip())


def translate(question: str, language: str, chat: ChatModel) -> str:
    """The question in another language, as the chat model puts it; what it adds on further lines is left out."""
    return _first_line(render("translate", language=LANGUAGES[language], question=question), chat)


def translate_sentence(sentence: str, language: str, chat: ChatModel) -> str:
    """A sentence of an answer in another language, to be compared with what stands there; never shown to anybody."""
    return _first_line(render("translate_sentence", language=LANGUAGES[language], sentence=sentence), chat)


def _first_line(prompt: str, chat: ChatModel) -> str:
    told = "".join(chat.stream([Message("user", prompt)], Sampling(most_tokens=80))).strip()
    return told.split("\n")[0].strip(" \"“”")
