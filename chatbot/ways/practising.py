"""Practice in the conversation: one question at a time from the course's bank, graded here, with the place that says so.

Where the bank is empty, the course's own worked examples are asked: their keys were worked out again, no model takes part.
What a known learner answers goes into their record as any other answer does, with the time since the question was shown.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from chatbot.conversation import Citation, Found, Progress
from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import Concept
from chatbot.learning.examples import examples
from chatbot.learning.grading import InvalidAnswer, Response, grade
from chatbot.learning.path import Goal
from chatbot.learning.practice import Effort, Outcome
from chatbot.learning.questions import Question
from chatbot.ways.lesson import Maps
from chatbot.ways.limits import Limits
from chatbot.ways.scene import Reply, Scene, Telling, is_next
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.lexical import content_words

_LETTERS = "ABCDEFGHIJKL"
_MOST_ASKED = 200
_PLANNED = 5  # steps of a path, of which the first that may be asked here is taken
_MOST_WHY = 500  # characters of a reason
_LONGEST_S = 7200.0  # a question that waited longer was left, not thought about
_DISAGREES = re.compile(r"\s*(?:i (?:do not|don['’]t) agree|i disagree|我不同意)\s*[-:：,，.。!！]*\s*", re.IGNORECASE)


def practise(scene: Scene, maps: Maps) -> Telling:
    """Grades what was asked before, or asks the next question. A conversation is asked each question once."""
    yield from ()
    questions = questions_of(scene.course)
    before = scene.going_on("practise")
    if before is not None and before.graded and (disagrees := _DISAGREES.match(scene.text)):
        return _disagreed(scene, before, scene.text[disagrees.end() :].strip())
    if before is not None and before.waiting and not is_next(scene.text):
        question = next((one for one in questions if one.id == before.waiting), None)
        if question is not None:
            return _graded(scene, question, before, maps)
    if not questions:
        return Reply(scene.say("practise.none"))
    asked = before.asked if before else ()
    subject = before.subject if before and is_next(scene.text) else _concept(scene, questions, maps)
    left = [q for q in questions if q.id not in asked and (not subject or q.concept == subject) and may_be_practised(scene.limits, scene.course, q)]
    if not left:
        return Reply(scene.say("practise.done"), progress=Progress("practise", subject=subject, asked=asked))
    question = _next(scene, left, subject)
    yield Found(question.concept, ())
    progress = Progress(
        "practise", len(asked) + 1, len(asked) + len(left), subject, waiting=question.id,
        asked=(*asked, question.id)[-_MOST_ASKED:], shown_at=time.time(),
    )  # fmt: skip
    return Reply(_shown(scene, question), progress=progress)


def _next(scene: Scene, left: Sequence[Question], subject: str) -> Question:
    """The one that a known learner's path leads to, of those that are left; else the first."""
    if scene.practice is None or not scene.turn.learner:
        return left[0]
    by_id = {question.id: question for question in left}
    goal = Goal(frozenset({subject} if subject else ()), alone=bool(subject))
    steps = scene.practice.plan(scene.turn.learner, scene.course, goal, datetime.now(UTC), most=_PLANNED)
    return next((by_id[step.item.id] for step in steps if step.item and step.item.id in by_id), left[0])


def questions_of(course: Course) -> list[Question]:
    """What students may be asked in a conversation, in the bank's order; labels of figures need a picture, which it has not."""
    kept = [question for question in QuestionBank(course.folder).questions() if question.kind != "label"]
    return kept or examples(course)


def may_be_practised(limits: Limits, course: Course, question: Question) -> bool:
    """Whether the teacher allows practice where the course says what the question asks."""
    if "practise" not in limits.over_course().ways:
        return False
    passage = _passage(course, question) if limits.limits else None
    return passage is None or "practise" in limits.over((passage,)).ways


def _passage(course: Course, question: Question) -> Passage | None:
    if question.place is None or course.document(question.place.document) is None:
        return None
    chunks = course.chunks(question.place.document)
    return next((p for p in chunks if p.locator.agrees_with(question.place.locator)), None)


def _concept(scene: Scene, questions: Sequence[Question], maps: Maps) -> str:
    """The concept that the student names; questions on anything where none is."""
    about = set(content_words(scene.text))
    named: list[Concept] = [c for c in maps(scene.course).concepts if set(content_words(c.title)) <= about]
    known = {question.concept for question in questions}
    return next((concept.id for concept in named if concept.id in known), "")


def _shown(scene: Scene, question: Question) -> str:
    lines = [question.text, ""]
    lines += [f"{letter}) {option}  " for letter, option in zip(_LETTERS, question.options, strict=False)]
    how = {"choice": "choose", "several": "several", "order": "order", "number": "number"}.get(question.kind)
    return "\n".join([*lines, *(["", scene.say(f"practise.{how}")] if how else [])]).strip()


def _graded(scene: Scene, question: Question, before: Progress, maps: Maps) -> Reply:
    try:
        outcome = _outcome(scene, question, before)
    except InvalidAnswer:
        return Reply(scene.say("practise.unreadable"), progress=before)
    found = outcome.grade
    code = "unclear" if found.unclear else "right" if found.score == 1 else "partly" if found.score > 0 else "wrong"
    told = [scene.say(f"practise.{code}")]
    if code != "right" and (key := _key(question)):
        told.append(scene.say("practise.key", key=key))
    passage, citations = _passage(scene.course, question), ()
    if question.quote and passage is not None:
        told.append(scene.say("practise.says", quote=question.quote))
        citations = (Citation(1, passage.document, passage.title, passage.locator, question.quote, passage.chunk_id),)
    told += _counted(scene, outcome, maps)
    progress = replace(before, waiting="", graded=question.id)
    told += [scene.say("practise.next")] if progress.more else []
    return Reply(" ".join(told), citations, progress)


def _outcome(scene: Scene, question: Question, before: Progress) -> Outcome:
    """Graded, and recorded for a learner who is known. Raises InvalidAnswer."""
    response = response_of(question, scene.text)
    if scene.practice is None or not scene.turn.learner:
        return Outcome(grade(question, response, scene.chat), question, None)
    took = time.time() - before.shown_at
    effort = Effort(seconds=took if 0 < took <= _LONGEST_S else None)
    return scene.practice.record_answer(
        scene.turn.learner, scene.course, question, response, effort, reader=scene.chat
    )


def _counted(scene: Scene, outcome: Outcome, maps: Maps) -> list[str]:
    """What the answer moved, for a learner who is known."""
    concept = maps(scene.course).by_id.get(outcome.question.concept)
    if scene.practice is None or not scene.turn.learner or outcome.grade.unclear or concept is None:
        return []
    if (moved := outcome.movement) is None:
        return [scene.say("practise.not_counted")]
    return [
        scene.say("practise.moved", title=concept.title, before=round(100 * moved.before), after=round(100 * moved.after))
    ]


def _disagreed(scene: Scene, before: Progress, why: str) -> Reply:
    """That the student thinks the last grade wrong goes to the teacher, as it does from the page of practice."""
    if scene.practice is None or not scene.turn.learner:
        return Reply(scene.say("practise.disagree_unknown"), progress=before)
    if not why:
        return Reply(scene.say("practise.disagree_why"), progress=before)
    when = datetime.now(UTC)
    scene.practice.record.disagreed(scene.turn.learner, scene.course.name, before.graded, why[:_MOST_WHY], when)
    return Reply(scene.say("practise.disagreed"), progress=replace(before, graded=""))


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
