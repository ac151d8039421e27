"""A library's courses as vectors for recommending, from what reading them has stored already; nothing is embedded twice.

All three modalities lie in the space of the text embedder: the description is the course's title with those of its documents, the
cover what can be read in its pictures, the recording what is said in it. An encoder of pixels or of sound can take their place
modality by modality, for a Shelf needs no common space.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from chatbot.learning.course_map import CourseMap
from chatbot.learning.recommending import MODALITIES, CourseVectors, Recommendation, Shelf, Want
from chatbot.learning.tracing import MASTERED
from knowledge.course import Course
from knowledge.embedding import Embedder
from knowledge.errors import CourseDamaged
from knowledge.library import Library

_KINDS = {"cover": "picture", "recording": "transcript"}
_MOST_DOCUMENTS = 40  # titles that describe a course: an embedder reads no more


class Shelving:
    """Keeps the courses' vectors until their documents change. Safe to use from several threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept: dict[str, tuple[object, CourseVectors]] = {}
        self._turn = threading.Lock()

    def recommend(self, embedder: Embedder, wants: Sequence[Want], k: int) -> tuple[Recommendation, ...]:
        """The k best courses. Those made with another embedder cannot be compared and are left out, as are damaged ones."""
        with self._turn:
            shelved = [self._vectors(course, embedder) for course in self._courses(embedder)]
        return Shelf(shelved).recommend(wants, k)

    def _courses(self, embedder: Embedder) -> list[Course]:
        courses = []
        for name in self._library.names():
            try:
                course = self._library.open(name)
            except CourseDamaged:
                continue
            if course.embedder == embedder.name:
                courses.append(course)
        return courses

    def _vectors(self, course: Course, embedder: Embedder) -> CourseVectors:
        documents = course.documents()
        state = [(document.path, document.title, document.chunks) for document in documents]
        if course.name not in self._kept or self._kept[course.name][0] != state:
            text = ". ".join((course.title, *(document.title for document in documents[:_MOST_DOCUMENTS])))
            found = {"description": embedder.embed_passages([text])[0]}
            for modality, kind in _KINDS.items():
                ids = [chunk.chunk_id for d in documents for chunk in course.chunks(d.path) if chunk.kind == kind]
                if vectors := list(course.vectors(ids).values()):
                    found[modality] = np.mean(vectors, axis=0)
            self._kept[course.name] = (state, CourseVectors(course.name, course.title, found))
        return self._kept[course.name][1]


def wants_of(
    embedder: Embedder, interests: Sequence[str], gaps: Sequence[tuple[CourseMap, Mapping[str, float]]]
) -> list[Want]:
    """What a learner wants: the interests as typed, and what was practised but is not mastered, weighted by what is missing.

    `gaps` holds for each practised course its map and what is known of the practised concepts (0..1).
    """
    named = [(interest, "interest", 1.0) for interest in interests if interest.strip()]
    for course_map, known in gaps:
        lacking = [
            (course_map.by_id[c].title, 1 - p) for c, p in known.items() if c in course_map.by_id and p < MASTERED
        ]
        named += [(title, "gap", missing) for title, missing in lacking]
    return [
        Want(name, kind, dict.fromkeys(MODALITIES, embedder.embed_query(name)), weight) for name, kind, weight in named
    ]
