"""Answered questions as a deck for Anki. Text is escaped, for Anki shows fields as web pages; a card keeps its id, so that
importing a deck again renews its cards instead of doubling them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from chatbot.learning.questions import Question

_TEMPLATE = {
    "name": "Card",
    "qfmt": "{{Question}}",
    "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}',
}


def to_deck(course: str, title: str, questions: Sequence[Question]) -> bytes:
    """The bytes of an .apkg file, one card a question."""
    import genanki  # only here: most runs never make a deck

    model = genanki.Model(
        _number("coursemate card"),
        "Coursemate",
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[_TEMPLATE],
    )
    deck = genanki.Deck(_number(f"coursemate deck {course}"), title)
    for question in questions:
        fields = [_front(question), _back(question)]
        deck.add_note(genanki.Note(model, fields, guid=genanki.guid_for("coursemate", course, question.id)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deck.apkg"
        genanki.Package(deck).write_to_file(str(file))
        return file.read_bytes()


def _front(question: Question) -> str:
    options = "".join(f"<li>{escape(option)}</li>" for option in question.options)
    return f"<p>{escape(question.text)}</p>" + (f"<ul>{options}</ul>" if options else "")


def _back(question: Question) -> str:
    listed = "ol" if question.kind == "order" else "ul"
    told = [question.options[n] for n in question.right]
    if question.key:
        told.append(f"{question.key.value:g} {question.key.unit}".strip())
    told += [criterion.statement for criterion in question.rubric]
    answer = f"<{listed}>{''.join(f'<li>{escape(line)}</li>' for line in told)}</{listed}>"
    source = f"<br>{escape(question.place.document)}" if question.place else ""
    return answer + (f"<blockquote>{escape(question.quote)}{source}</blockquote>" if question.quote else "")


def _number(name: str) -> int:
    """Anki's ids are numbers below 2^31 and must stay the same from one export to the next."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
