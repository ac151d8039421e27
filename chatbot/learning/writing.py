"""Questions written from a course's sections: rules find the matter, a model words it, verifying.py judges, what fails is counted.

Keys, quotes and most options are the course's own words (material.py, stock.py). The model writes the stem, and wrong answers
where the course has none to offer; whatever it writes is held to a schema.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from chatbot.chat_model import ChatModel, Message, Sampling
from chatbot.learning.course_map import Place
from chatbot.learning.labelling import Label
from chatbot.learning.material import (
    Definition,
    Entry,
    Group,
    Matter,
    Measure,
    Quantity,
    Reason,
    Statement,
    Steps,
    matter_of,
)
from chatbot.learning.questions import Criterion, Kind, Question
from chatbot.learning.stock import Stock
from chatbot.learning.tables import Cell, Row
from chatbot.learning.verifying import Verifier, as_data
from chatbot.learning.worked import Worked
from chatbot.prompting import LANGUAGES
from chatbot.structured import ask_json
from knowledge.documents import Passage
from knowledge.errors import EngineFailed
from knowledge.lexical import content_words
from prompts import render

_TRIES = 3  # things to ask about for each question wanted, before another section is more promising
_WORDS_A_SECOND = 3.0  # reading; the rest of the usual time is thinking
_THINKING_S: dict[Kind, float] = {"choice": 12, "several": 18, "number": 15, "short": 35, "order": 25, "label": 10}
_GAPS = 2  # terms of a sentence that are left out in turn, until one makes a question
_WRONG = 3  # wrong options shown, if there are so many
_MOST_SHOWN = 5  # options of a question with several right ones
_TEXTS = {
    "en": {
        "definition": "What is meant by “{}”?", "order": "Put the steps in the right order. {}.",
        "label": "“{}”: which label belongs at the spot with the question mark?",
        "entry": "Which of these fits the description “{}”?", "group": "“{} …” Which of these belong there?",
        "gap": "Fill the gap: “{}”.",
        "cell": "Which {} belongs to the {} “{}”?", "bare_cell": "Which {} belongs to “{}”?", "row": "Which {} has “{}” as its {}?",
        "why": "Explain why: {}.",
    },
    "zh": {
        "definition": "“{}”是什么意思？", "order": "请把下列步骤按正确顺序排列：{}。", "label": "“{}”：问号处应是哪个标注？",
        "entry": "下面哪一项符合这个描述：“{}”？", "group": "“{}……” 下面哪些属于其中？", "gap": "请填空：“{}”。", "cell": "{1}“{2}”的{0}是什么？",
        "bare_cell": "“{1}”的{0}是什么？", "row": "哪一个{0}的{2}是“{1}”？", "why": "请说明为什么：{}。",
    },
}  # fmt: skip
GAP = "____"
_STEM = {"question": {"type": "string", "minLength": 10, "maxLength": 180}}


@dataclass
class Tally:
    """How many were proposed and kept, by kind, and what the others failed at first, by reason."""

    proposed: Counter = field(default_factory=Counter)
    kept: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)


class Writer:
    """Writes for one course, of whose `stock` wrong options are taken. `tally` goes on counting."""

    def __init__(self, chat: ChatModel, verifier: Verifier, stock: Stock) -> None:
        self._chat, self._verifier, self._stock = chat, verifier, stock
        self.tally = Tally()

    def write(self, concept: str, section: Passage, language: str, *, most: int = 3) -> Iterator[Question]:
        """Up to `most` questions on a section, each verified before it is given out. Raises EngineFailed."""
        kept = 0
        for matter in mixed(matter_of(section.text, section.trail[-1] if section.trail else ""))[: _TRIES * most]:
            if kept == most:
                return
            if question := self.ask(matter, concept, section, language):
                kept += 1
                yield question

    def ask(self, matter: Matter | Label, concept: str, section: Passage, language: str) -> Question | None:
        """A verified question about one thing, or None; either is counted. Raises EngineFailed."""
        if isinstance(matter, Statement):
            gaps = islice(self._gaps(matter, language), _GAPS)
            return next((kept for gap in gaps if (kept := self._verified(gap, "choice", concept, section, language))), None)
        question = self._word(matter, section, language)
        if question is None and not isinstance(matter, Quantity):
            return None  # the course has too few other things to choose from: nothing was proposed
        return self._verified(question, question.kind if question else "number", concept, section, language)

    def _verified(self, question: Question | None, kind: Kind, concept: str, section: Passage, language: str) -> Question | None:
        self.tally.proposed[kind] += 1
        reason = "form"
        if question is not None:
            question = _placed(question, concept, section, language)
            reason = self._verifier.fault(question, section.text, " ".join((section.title, *section.trail)))
        if reason:
            self.tally.failed[reason] += 1
            return None
        self._verifier.remember(question)
        self.tally.kept[kind] += 1
        return question

    def _word(self, matter: Matter | Label, section: Passage, language: str) -> Question | None:
        """The question about a thing, without its place; None when there are too few options, or the model kept to no form."""
        match matter:
            case Definition():
                return self._definition(matter, section, language)
            case Worked():
                return Question("", "", "number", matter.text, key=matter.key, quote=matter.quote)
            case Cell():
                return _cell(matter, language)
            case Row():
                stem = _text("row", language, _low(matter.head), matter.value, _low(matter.column))
                return _choice(stem, matter.row, _balanced(matter.row, matter.others), matter.quote)
            case Entry():
                return _choice(_text("entry", language, matter.said), matter.term, matter.others, matter.quote)
            case Group():
                return self._several(matter, section, language)
            case Steps():
                return _order(matter, section, language)
            case Measure():
                text = _text("gap", language, matter.sentence.replace(matter.written, GAP).rstrip(".。"))
                return Question("", "", "number", text, key=matter.key, quote=matter.sentence)
            case Quantity():
                stem = self._stem(section, matter.sentence, matter.written, language)
                return stem and Question("", "", "number", stem, key=matter.key, quote=matter.sentence)
            case Reason():
                return _short(matter, language)
            case Label():
                text = _text("label", language, matter.caption.rstrip("."))
                question = _with_options("label", text, [matter.word, *matter.others], 1, matter.caption)
                return replace(question, spot=matter.spot)

    def _definition(self, matter: Definition, section: Passage, language: str) -> Question | None:
        others = self._stock.other_definitions(matter, section.text, _WRONG)
        stem = _text("definition", language, matter.term)
        return _choice(stem, matter.said, others, matter.quote) if len(others) == _WRONG else None

    def _several(self, matter: Group, section: Passage, language: str) -> Question | None:
        strangers = self._stock.strangers(matter.items, section.text, 2)
        if len(strangers) < 2:
            return None
        shown = matter.items[: _MOST_SHOWN - len(strangers)]
        stem = _text("group", language, matter.lead)
        return _with_options("several", stem, [*shown, *strangers], len(shown), matter.quote)

    def _gaps(self, matter: Statement, language: str) -> Iterator[Question]:
        for answer, wrong in self._stock.gaps(matter):
            text = _text("gap", language, matter.sentence.replace(answer, GAP).rstrip(".。"))
            yield _choice(text, answer, wrong, matter.sentence)

    def _stem(self, section: Passage, quote: str, answer: str, language: str) -> str | None:
        told = render(
            "write_stem",
            passage=as_data(section.text),
            quote=as_data(quote),
            answer=as_data(answer),
            language=_named(language),
        )
        said = self._asked(told, _STEM)
        return said and said["question"]

    def _asked(self, told: str, properties: dict[str, Any]) -> dict[str, Any] | None:
        """What the model says in this form, checked also where no grammar held it to it."""
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        try:
            said = ask_json(self._chat, [Message("user", told)], schema, Sampling(220))
        except EngineFailed as error:
            if error.code != "engine_not_in_form":
                raise
            return None
        return said if _keeps_to(said, properties) else None


def _text(name: str, language: str, *about: str) -> str:
    return _TEXTS.get(language, _TEXTS["en"])[name].format(*about)


def _low(head: str) -> str:
    """The head of a column within a sentence; what is written in capitals stays so."""
    return head if head[1:2].isupper() else head[:1].lower() + head[1:]


def _cell(matter: Cell, language: str) -> Question | None:
    named = matter.head and _low(matter.head) not in matter.row.lower()
    about = (_low(matter.column), _low(matter.head), matter.row) if named else (_low(matter.column), matter.row)
    stem = _text("cell" if named else "bare_cell", language, *about)
    return _choice(stem, matter.value, _balanced(matter.value, matter.others), matter.quote)


def _short(matter: Reason, language: str) -> Question:
    rubric = tuple(Criterion(part, phrases) for part, phrases in matter.parts)
    return Question("", "", "short", _text("why", language, matter.stated), rubric=rubric, quote=matter.sentence)


def _balanced(value: str, others: Sequence[str]) -> list[str]:
    """Other values of a column, the nearest in length first, so that none stands out."""
    return sorted(dict.fromkeys(others), key=lambda other: abs(len(other) - len(value)))


def tidy(option: str) -> str:
    """An option in one form with the others: no full stop, no quotation marks around it, a capital first."""
    plain = " ".join(option.split()).strip(' .;,。；，"“”')
    return plain[:1].upper() + plain[1:] if plain.split(" ")[0].islower() else plain


def _choice(stem: str, right: str, wrong: Sequence[str], quote: str) -> Question | None:
    return _with_options("choice", stem, [right, *wrong[:_WRONG]], 1, quote) if len(wrong) >= 2 else None


def _with_options(kind: Kind, stem: str, options: Sequence[str], right: int, quote: str) -> Question:
    """A question whose first `right` options are keyed; they come in an order that depends on its words alone."""
    places = list(range(len(options)))
    random.Random(f"{stem}{options[0]}").shuffle(places)
    keyed = tuple(at for at, n in enumerate(places) if n < right)
    return Question("", "", kind, stem, tuple(tidy(options[n]) for n in places), keyed, quote=quote)


def _order(matter: Steps, section: Passage, language: str) -> Question | None:
    about = matter.lead or (section.trail[-1] if section.trail else "")
    if len(content_words(about)) < 2:
        return None
    about = re.sub(r"\s+(?:is|are)$", "", about.split(" - ")[-1].rstrip(".。"))
    about = about[:1].upper() + about[1:]
    text = _text("order", language, about)
    places = list(range(len(matter.items)))
    random.Random(text).shuffle(places)
    right = tuple(places.index(n) for n in range(len(places)))
    return Question("", "", "order", text, tuple(matter.items[n] for n in places), right, quote=matter.quote)


def _placed(question: Question, concept: str, section: Passage, language: str) -> Question:
    key = hashlib.sha256(f"{section.document}\n{question.text}\n{question.quote}".encode()).hexdigest()[:16]
    length = len(content_words(" ".join((question.text, *question.options))))
    return replace(
        question, id=f"q-{key}", concept=concept, language=language, text=question.text.strip(),
        place=Place(section.document, section.locator),
        usual_s=round(_THINKING_S[question.kind] + length / _WORDS_A_SECOND, 1),
    )  # fmt: skip


def mixed(matter: Sequence[Matter]) -> list[Matter]:
    """One of each sort in turn, so that a section's questions are not all alike."""
    sorts: dict[type, list[Matter]] = {}
    for one in matter:
        sorts.setdefault(type(one), []).append(one)
    found: list[Matter] = []
    while any(sorts.values()):
        found += [sort.pop(0) for sort in sorts.values() if sort]
    return found


def _keeps_to(said: Any, properties: dict[str, Any]) -> bool:
    return (
        isinstance(said, dict)
        and set(said) == set(properties)
        and all(
            isinstance(said[name], str) and form["minLength"] <= len(said[name].strip()) <= form["maxLength"]
            for name, form in properties.items()
        )
    )


def _named(language: str) -> str:
    return LANGUAGES.get(language, "English")
