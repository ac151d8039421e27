"""Ways of tutoring besides explaining: hints, a check of the student's work, lessons, practice. One module each."""

from __future__ import annotations

from chatbot.learning.course_map import CourseMap
from chatbot.learning.drafts import map_of
from chatbot.ways.hints import hint
from chatbot.ways.lesson import lesson
from chatbot.ways.practising import practise
from chatbot.ways.scene import Reply, Scene, Telling
from chatbot.ways.work import check_work
from knowledge.course import Course


def taught(scene: Scene) -> Telling:
    """The turn in the way that the student chose, where the teacher allows it anywhere in the course."""
    way = scene.turn.way
    if way not in scene.limits.over_course().ways:
        return _refused(scene)
    match way:
        case "hint":
            return hint(scene)
        case "check":
            return check_work(scene)
        case "lesson":
            return lesson(scene, _map)
        case "practise":
            return practise(scene, _map)
    raise ValueError(way)


def _map(course: Course) -> CourseMap:
    return map_of(course)[0]


def _refused(scene: Scene) -> Telling:
    yield from ()
    return Reply(scene.say("limited.none"))
