"""A lesson: one concept of the course map in short steps, a figure where the course has one, a question in between.

Each step rests on one section at the concept's places. "Next" goes on; anything else is the answer to the question in between,
or names another concept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chatbot.citations import cite
from chatbot.conversation import Citation, Found, Progress
from chatbot.learning.course_map import Concept, CourseMap
from chatbot.learning.sections import sections
from chatbot.prompting import LANGUAGES, build_messages
from chatbot.ways.scene import Reply, Scene, Telling, citation, is_next
from knowledge.course import Course
from knowledge.documents import Passage
from knowledge.lexical import content_words
from knowledge.sentences import sentences
from prompts import render

_MOST_STEPS = 5
_MOST_TOKENS = 120
_ASK_EVERY = 2  # steps
_OFFERED = 5

Maps = Callable[[Course], CourseMap]


def lesson(scene: Scene, maps: Maps) -> Telling:
    """The next step of the lesson, or the first of another."""
    course_map, before = maps(scene.course), scene.going_on("lesson")
    if before is not None and before.waiting and not is_next(scene.text) and not _named(scene.text, course_map):
        return _thanks(scene, before, course_map)
    concept = course_map.by_id.get(before.subject) if before and is_next(scene.text) else None
    if concept is None:
        before, concept = None, _chosen(scene, course_map)
    if concept is None:
        return Reply(_offer(scene, course_map))
    steps = sections(passages_of(scene.course, concept))[:_MOST_STEPS]
    if "lesson" not in scene.limits.over(steps).ways:
        return Reply(scene.say("limited.none"), progress=Progress("lesson", limited=True))
    if not steps:
        return Reply("", found=False)
    at = before.step if before else 0
    if at >= len(steps):
        return Reply(scene.say("lesson.end", title=concept.title), progress=replace(before, waiting=""))
    yield Found(concept.title, (steps[at],), steps)
    return _step(scene, concept, steps, at)


def _step(scene: Scene, concept: Concept, steps: Sequence[Passage], at: int) -> Reply:
    section, asks = steps[at], (at + 1) % _ASK_EVERY == 0
    task = render("lesson_step", concept=concept.title, language=LANGUAGES.get(scene.language, "English"))
    told = scene.write(build_messages(concept.title, (section,), (), task=task), _MOST_TOKENS)
    checked = cite(told, (section,), scene.likeness)
    text, citations = checked.text, checked.citations
    if not citations:  # what the course itself says, rather than what it does not
        quote = next(iter(sentences(section.text)), section.text)
        text, citations = f"{quote} [1]", (citation(1, section, quote),)
    parts = [scene.say("lesson.begin", title=concept.title, of=len(steps))] if at == 0 else []
    parts.append(text)
    if at == 0 and (figure := _figure(scene.course, concept, len(citations) + 1)):
        citations = (*citations, figure)
        parts.append(scene.say("lesson.figure", n=figure.n))
    parts += [scene.say("lesson.ask")] if asks else []
    progress = Progress("lesson", at + 1, len(steps), concept.id, waiting=concept.id if asks else "")
    return Reply("\n\n".join(parts), citations, progress)


def _thanks(scene: Scene, before: Progress, course_map: CourseMap) -> Reply:
    """What the student made of a step, beside what the course says there; nothing is graded."""
    concept = course_map.by_id.get(before.subject)
    steps = sections(passages_of(scene.course, concept)) if concept else []
    progress = replace(before, waiting="")
    if before.step > len(steps):
        return Reply(scene.say("practise.next"), progress=progress)
    section, about = steps[before.step - 1], set(content_words(scene.text))
    quote = max(sentences(section.text), key=lambda said: len(about & set(content_words(said))), default=section.text)
    return Reply(scene.say("lesson.thanks", quote=quote), (citation(1, section, quote),), progress)


def _chosen(scene: Scene, course_map: CourseMap) -> Concept | None:
    """The concept that the student names, else that at whose places the course speaks of it most."""
    if named := _named(scene.text, course_map):
        return named
    if is_next(scene.text) or not content_words(scene.text):
        return None
    for passage in scene.find(scene.text).found[:3]:
        for concept in course_map.concepts:
            if any(passage.document == p.document and passage.locator.agrees_with(p.locator) for p in concept.places):
                return concept
    return None


def _named(text: str, course_map: CourseMap) -> Concept | None:
    about = set(content_words(text))
    named = [(len(own), c) for c in course_map.concepts if (own := set(content_words(c.title))) and own <= about]
    return max(named, key=lambda found: found[0])[1] if named else None


def _offer(scene: Scene, course_map: CourseMap) -> str:
    titles = [concept.title for concept in course_map.concepts[:_OFFERED]]
    return "\n".join([scene.say("lesson.which"), "", *(f"- {title}" for title in titles)])


def passages_of(course: Course, concept: Concept) -> list[Passage]:
    """The passages at a concept's places, each once, in the order of the places."""
    found: dict[int, Passage] = {}
    for place in concept.places:
        for passage in course.chunks(place.document):
            if passage.locator.agrees_with(place.locator):
                found.setdefault(passage.chunk_id, passage)
    return list(found.values())


def _figure(course: Course, concept: Concept, n: int) -> Citation | None:
    """The concept's first figure as a note in the margin, which shows it."""
    for place in concept.figures:
        for figure in course.figures(place.document):
            if figure.locator == place.locator:
                document = course.document(place.document)
                title = document.title if document else place.document
                return Citation(n, place.document, title, figure.locator, figure.caption)
    return None
