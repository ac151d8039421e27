"""Practice in the conversation: one question at a time from the course's bank, graded here, with the place that says so.

Where the bank is empty, the course's own worked examples are asked: their keys were worked out again, no model takes part.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

from chatbot.conversation import Citation, Found, Progress
from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import Concept, Place
from chatbot.learning.grading import InvalidAnswer, Response, grade
from chatbot.learning.questions import Question
from chatbot.learning.worked import worked_examples
from chatbot.ways.lesson import Maps
from chatbot.ways.scene import Reply, Scene, Telling, is_next
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.lexical import content_words

_LETTERS = "ABCDEFGHIJKL"
_MOST_ASKED = 200


def practise(scene: Scene, maps: Maps) -> Telling:
    """Grades what was asked before, or asks the next question. A conversation is asked each question once."""
    yield from ()
    questions = questions_of(scene.course)
    before = scene.going_on("practise")
    if before is not None and before.waiting and not is_next(scene.text):
        question = next((one for one in questions if one.id == before.waiting), None)
        if question is not None:
            return _graded(scene, question, before)
    if not questions:
        return Reply(scene.say("practise.none"))
    asked = before.asked if before else ()
    subject = before.subject if before and is_next(scene.text) else _concept(scene, maps)
    left = [q for q in questions if q.id not in asked and (not subject or q.concept == subject) and _allowed(scene, q)]
    if not left:
        return Reply(scene.say("practise.done"), progress=Progress("practise", subject=subject, asked=asked))
    question = left[0]
    yield Found(question.concept, ())
    progress = Progress(
        "practise", len(asked) + 1, len(asked) + len(left), subject, waiting=question.id,
        asked=(*asked, question.id)[-_MOST_ASKED:],
    )  # fmt: skip
    return Reply(_shown(scene, question), progress=progress)


def questions_of(course: Course) -> list[Question]:
    """What students may be asked in a conversation, in the bank's order; labels of figures need a picture, which it has not."""
    kept = [question for question in QuestionBank(course.folder).questions() if question.kind != "label"]
    return kept or [question for document in course.documents() for question in _examples(course, document.path)]


def _examples(course: Course, document: str) -> list[Question]:
    found = []
    for passage in course.chunks(document):
        for worked in worked_examples(passage.text, (passage.trail or (passage.title,))[-1]):
            name = sha256(worked.text.encode()).hexdigest()[:12]
            place = Place(document, passage.locator)
            found.append(
                Question(f"w-{name}", "", "number", worked.text, key=worked.key, place=place, quote=worked.quote)
            )
    return found


def _allowed(scene: Scene, question: Question) -> bool:
    passage = _passage(scene.course, question)
    return passage is None or "practise" in scene.limits.over((passage,)).ways


def _passage(course: Course, question: Question) -> Passage | None:
    if question.place is None or course.document(question.place.document) is None:
        return None
    chunks = course.chunks(question.place.document)
    return next((p for p in chunks if p.locator.agrees_with(question.place.locator)), None)


def _concept(scene: Scene, maps: Maps) -> str:
    """The concept that the student names; questions on anything where none is."""
    about = set(content_words(scene.text))
    named: list[Concept] = [c for c in maps(scene.course).concepts if set(content_words(c.title)) <= about]
    known = {question.concept for question in questions_of(scene.course)}
    return next((concept.id for concept in named if concept.id in known), "")


def _shown(scene: Scene, question: Question) -> str:
    lines = [question.text, ""]
    lines += [f"{letter}) {option}  " for letter, option in zip(_LETTERS, question.options, strict=False)]
    how = {"choice": "choose", "several": "several", "order": "order", "number": "number"}.get(question.kind)
    return "\n".join([*lines, *(["", scene.say(f"practise.{how}")] if how else [])]).strip()


def _graded(scene: Scene, question: Question, before: Progress) -> Reply:
    try:
        found = grade(question, response_of(question, scene.text), scene.chat)
    except InvalidAnswer:
        return Reply(scene.say("practise.unreadable"), progress=before)
    code = "unclear" if found.unclear else "right" if found.score == 1 else "partly" if found.score > 0 else "wrong"
    told = [scene.say(f"practise.{code}")]
    if code != "right" and (key := _key(question)):
        told.append(scene.say("practise.key", key=key))
    passage, citations = _passage(scene.course, question), ()
    if question.quote and passage is not None:
        told.append(scene.say("practise.says", quote=question.quote))
        citations = (Citation(1, passage.document, passage.title, passage.locator, question.quote, passage.chunk_id),)
    progress = replace(before, waiting="")
    told += [scene.say("practise.next")] if progress.more else []
    return Reply(" ".join(told), citations, progress)


def response_of(question: Question, text: str) -> Response:
    """The letters that were typed as options, else the text as it is."""
    plain = text.strip().upper().rstrip(".)")
    if question.options and re.fullmatch(r"\(?[A-L](?:[\s,;、>)(]*(?:AND\s+)?[A-L])*\)?", plain):
        chosen = tuple(
            _LETTERS.index(letter) for letter in re.findall(r"(?<![A-Z])[A-L](?![A-Z])|(?<=[A-L])[A-L]", plain)
        )
        if all(n < len(question.options) for n in chosen):
            return Response(tuple(dict.fromkeys(chosen)))
    return Response(text=text.strip())


def _key(question: Question) -> str:
    if question.key is not None:
        return f"{question.key.value:g} {question.key.unit}".strip()
    if question.rubric:
        return "; ".join(criterion.statement for criterion in question.rubric)
    return ", ".join(question.options[n] for n in question.right)
