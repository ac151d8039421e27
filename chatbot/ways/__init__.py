"""Ways of tutoring besides explaining: hints, a check of the student's work, lessons, practice. One module each."""

from __future__ import annotations

from chatbot.learning.drafting import draft_map
from chatbot.learning.map_file import read_map
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
            return lesson(scene, map_of)
        case "practise":
            return practise(scene, map_of)
    raise ValueError(way)


def map_of(course: Course):
    """The teacher's map of the course, or one drafted now."""
    stored = read_map(course.folder)
    return stored[0] if stored else draft_map(course)


def _refused(scene: Scene) -> Telling:
    yield from ()
    return Reply(scene.say("limited.none"))
