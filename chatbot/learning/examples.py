"""The worked examples of a course as questions: what there is to practise before any question was written. No model takes part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import CourseMap, Place
from chatbot.learning.drafts import map_of
from chatbot.learning.questions import Question
from chatbot.learning.worked import worked_examples
from knowledge.course import Course
from knowledge.errors import CourseError


def examples(course: Course) -> list[Question]:
    """Each on the concept at whose place it stands; on none where the map has none there. Their ids stay the same."""
    course_map = map_of(course)[0]
    return [found for document in course.documents() for found in _of_document(course, document.path, course_map)]


def find_questions(course: Course, wanted: Iterable[str]) -> dict[str, Question]:
    """Those of the bank by their id and, only where a wanted one is not among them, the examples: they take a reading of the course."""
    known = {question.id: question for question, _ in QuestionBank(course.folder).reviewed()}
    if not known.keys() >= set(wanted):
        known = {example.id: example for example in examples(course)} | known
    return known


def find_question(course: Course, question_id: str) -> Question:
    """The question of the bank, or the example, with that id. Raises CourseError."""
    try:
        return QuestionBank(course.folder).get(question_id)
    except CourseError:
        if found := next((one for one in examples(course) if one.id == question_id), None):
            return found
        raise


def _of_document(course: Course, document: str, course_map: CourseMap) -> Iterator[Question]:
    for passage in course.chunks(document):
        for worked in worked_examples(passage.text, (passage.trail or (passage.title,))[-1]):
            name, place = sha256(worked.text.encode()).hexdigest()[:12], Place(document, passage.locator)
            concept = _taught_at(course_map, place)
            yield Question(f"w-{name}", concept, "number", worked.text, key=worked.key, place=place, quote=worked.quote)


def _taught_at(course_map: CourseMap, place: Place) -> str:
    """The concept that the course teaches there, empty if there is none."""
    for concept in course_map.concepts:
        if any(place.document == p.document and place.locator.agrees_with(p.locator) for p in concept.places):
            return concept.id
    return ""
