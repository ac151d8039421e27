"""One learner's practice in one course: the next step, an answer graded and recorded, and how things stand. Knows no screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chatbot.chat_model import ChatModel
from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import Concept, CourseMap
from chatbot.learning.drafts import map_of
from chatbot.learning.evidence import Confidence, Observation
from chatbot.learning.grading import Grade, Response, grade
from chatbot.learning.hints import Hint, hints_of
from chatbot.learning.labelling import labels_of
from chatbot.learning.path import Goal, Path, Step
from chatbot.learning.questions import Question
from chatbot.learning.record import LearningRecord
from chatbot.learning.sections import sections
from chatbot.learning.stock import Stock
from chatbot.learning.tracing import MASTERED, Movement
from chatbot.learning.verifying import Verifier
from chatbot.learning.writing import Writer
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.embedding import Embedder
from knowledge.errors import CourseError
from knowledge.seeing import Seer

_SHOWN = timedelta(minutes=10)  # so long after the key was shown, the same question says nothing about knowing


@dataclass(frozen=True, slots=True)
class Effort:
    """What a student did for an answer. `seconds` and `confidence` are None where they were not told."""

    hints: int = 0
    attempts: int = 1
    seconds: float | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A graded answer with the question's key and quote; `movement` is None when it was no evidence."""

    grade: Grade
    question: Question
    movement: Movement | None


class Practice:
    """Safe to use from several threads, and as often as wanted over one record: it keeps nothing itself."""

    def __init__(self, record: LearningRecord) -> None:
        self.record = record

    def map(self, course: Course) -> tuple[CourseMap, int]:
        """The course's map with its revision: the teacher's, or a draft, which has revision 0."""
        return map_of(course)

    def plan(
        self, learner: str, course: Course, goal: Goal, when: datetime, most: int = 1,
        *, allowed: Callable[[Question], bool] = lambda question: True,
    ) -> tuple[Step, ...]:  # fmt: skip
        """The next steps, of questions that are `allowed`; empty when nothing is due, or there are no questions.

        A question whose key was shown minutes ago is not among them, for its answer would say nothing; nor is one twice.
        """
        shown = self.record.answered_since(learner, course.name, when - _SHOWN)
        items = [q.item() for q in QuestionBank(course.folder).questions() if q.id not in shown and allowed(q)]
        path = Path(self.map(course)[0], items, self.record.tracing)
        estimates, asked = self.record.estimates(learner, course.name), self.record.asked(learner, course.name)
        if most == 1:
            step = path.next_step(estimates, when, goal, asked=asked)
            return (step,) if step else ()
        planned: dict[str, Step] = {}
        for step in path.plan(estimates, when, goal, asked=asked, most=most):
            planned.setdefault(step.item.id if step.item else step.concept, step)
        return tuple(planned.values())

    def answer(
        self, learner: str, course: Course, question_id: str, response: Response, effort: Effort,
        *, reader: ChatModel | None = None, when: datetime | None = None,
    ) -> Outcome:  # fmt: skip
        """Grades and records an answer. Raises CourseError for an unknown question, InvalidAnswer for one that cannot be graded."""
        question = QuestionBank(course.folder).get(question_id)
        return self.record_answer(learner, course, question, response, effort, reader=reader, when=when)

    def record_answer(
        self, learner: str, course: Course, question: Question, response: Response, effort: Effort,
        *, reader: ChatModel | None = None, when: datetime | None = None,
    ) -> Outcome:  # fmt: skip
        """The same for a question at hand, which need not be in the bank. Raises InvalidAnswer.

        An answer to a question whose key was shown minutes ago is graded but not recorded, nor is one that nobody understood,
        nor one to a question on no concept.
        """
        when = when or datetime.now(UTC)
        found = grade(question, response, reader)
        if found.unclear or not question.concept:
            return Outcome(found, question, None)
        hints = max(effort.hints, self.record.hinted.taken(learner, course.name, question.id))
        item = question.item()
        ratio = effort.seconds / question.usual_s if effort.seconds else None
        seen = Observation(found.score, item.guess, item.difficulty, hints, effort.attempts, ratio, effort.confidence)
        told = response.text or ",".join(map(str, response.chosen))
        moved = self.record.answer(
            learner, course.name, question.id, [question.concept], seen, when,
            response=told, seconds=effort.seconds, unless_since=when - _SHOWN,
        )  # fmt: skip
        self.record.hinted.forget(learner, course.name, question.id)
        return Outcome(found, question, moved[question.concept] if moved else None)

    def hint(self, learner: str, course: Course, question_id: str, rung: int) -> tuple[Hint, int]:
        """The hint of that rung, from 1, and how many there are; it counts for the answer, whatever the answer says of it.

        Raises CourseError for an unknown question or rung.
        """
        ladder = hints_of(QuestionBank(course.folder).get(question_id))
        if not 1 <= rung <= len(ladder):
            raise CourseError("There are no more hints for this question.", code="hint_unknown")
        self.record.hinted.take(learner, course.name, question_id, rung)
        return ladder[rung - 1], len(ladder)

    def write(
        self, course: Course, concept_id: str, chat: ChatModel, embedder: Embedder, most: int, *, seer: Seer | None = None
    ) -> list[Question]:  # fmt: skip
        """Writes and keeps up to `most` questions on a concept from the places where the course teaches it.

        With a `seer` its figures are asked about too. Raises CourseError for an unknown concept, EngineFailed. What is written is
        kept also when a later one fails.
        """
        return list(self.writing(course, concept_id, chat, embedder, most, seer=seer))

    def writing(
        self, course: Course, concept_id: str, chat: ChatModel, embedder: Embedder, most: int, *, seer: Seer | None = None
    ) -> Iterator[Question]:  # fmt: skip
        """The same, one question after the other; whoever stops taking them stops the writing."""
        concept = self.map(course)[0].by_id.get(concept_id)
        if concept is None:
            raise CourseError(
                f"The course map has no concept {concept_id!r}. Load it again.",
                code="concept_unknown",
                concept=concept_id,
            )
        bank = QuestionBank(course.folder)
        verifier = Verifier(chat, embedder, [question for question, _ in bank.reviewed()])
        writer = Writer(chat, verifier, _stock(course, embedder))
        try:
            for question in _questions(writer, course, concept, most, seer):
                bank.put(question)
                yield question
        finally:
            bank.count_thrown_away(writer.tally.failed)

    def gaps(self, learner: str, course: Course, when: datetime) -> tuple[CourseMap, dict[str, float]]:
        """The course's map, and what is known now of each concept that the learner was asked about."""
        estimates = self.record.estimates(learner, course.name)
        return self.map(course)[0], {c: self.record.tracing.known(found, when) for c, found in estimates.items()}

    def standing(self, learner: str, course: Course, when: datetime) -> list[dict[str, Any]]:
        """Every concept of the map with what is believed of it now, when it falls due, how many answers say so, and how many questions there are."""
        estimates = self.record.estimates(learner, course.name)
        tracing, rows = self.record.tracing, []
        asked = Counter(question.concept for question in QuestionBank(course.folder).questions())
        for concept in self.map(course)[0].concepts:
            estimate = estimates.get(concept.id)
            known = tracing.known(estimate or tracing.start(), when)
            due = estimate.memory.due if estimate and estimate.memory else None
            rows.append(
                {
                    "concept": concept.id,
                    "title": concept.title,
                    "known": round(known, 3),
                    "mastered": known >= MASTERED,
                    "answers": estimate.answers if estimate else 0,
                    "questions": asked[concept.id],
                    "due": due.isoformat() if due else None,
                }
            )
        return rows

    def curve(self, learner: str, course: Course) -> list[dict[str, Any]]:
        """After each answer: the mean of what was believed of all concepts of the map, and how many were mastered."""
        known = {concept.id: self.record.tracing.start().known for concept in self.map(course)[0].concepts}
        points = []
        for at, concept, after in self.record.curve(learner, course.name):
            if concept in known:
                known[concept] = after
                mastered = sum(one >= MASTERED for one in known.values())
                points.append(
                    {"at": at.isoformat(), "known": round(sum(known.values()) / len(known), 4), "mastered": mastered}
                )
        return points


def _stock(course: Course, embedder: Embedder) -> Stock:
    found = (section for d in course.documents() for section in sections(course.chunks(d.path)))
    return Stock(found, embedder)


def _questions(writer: Writer, course: Course, concept: Concept, most: int, seer: Seer | None) -> Iterator[Question]:
    """Questions on a concept's sections and then on its figures, together at most so many."""
    left = most
    for section in sections(_passages(course, concept)):
        for question in writer.write(concept.id, section, course.language, most=left):
            left -= 1
            yield question
        if not left:
            return
    if seer is not None:
        for label, passage in labels_of(course, seer, concept.figures):
            if left and (question := writer.ask(label, concept.id, passage, course.language)):
                left -= 1
                yield question


def _passages(course: Course, concept: Concept) -> list[Passage]:
    """The passages at a concept's places, in the order of the places."""
    return [
        passage
        for place in concept.places
        for passage in course.chunks(place.document)
        if passage.locator.agrees_with(place.locator)
    ]
