"""/api/teach/courses/{course}/learning/figures: the figures that a question may ask a label of, and the labels read in them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from chatbot.learning.bank import InvalidItem
from chatbot.learning.course_map import Place
from chatbot.learning.labelling import box_of
from chatbot.learning.questions import Box, Spot
from knowledge.course import Course
from knowledge.course_rows import StoredFigure
from knowledge.library import Library
from knowledge.picture import decode_picture
from ui import places
from ui.api.language import words_for
from ui.api.learning_wire import Body
from ui.words import Words

_MOST = 300
_SURE = 0.5  # confidence of a reading: the teacher sees what was read
Share = Annotated[float, Field(ge=0, le=1)]


class BoxBody(Body):
    """In shares of the picture's width and height."""

    x0: Share
    y0: Share
    x1: Share
    y1: Share

    def to_box(self) -> Box:
        """Raises InvalidItem."""
        if not (self.x0 < self.x1 and self.y0 < self.y1):
            raise InvalidItem("The marked spot has no size. Mark it again.", code="spot_invalid")
        return Box(self.x0, self.y0, self.x1, self.y1)


class SpotBody(Body):
    document: str = Field(max_length=1000)
    n: int
    marked: BoxBody
    covered: tuple[BoxBody, ...] = Field(default=(), max_length=100)

    def to_spot(self, course: Course) -> tuple[Spot, Place]:
        """The spot, and the place of its figure. Raises InvalidItem."""
        figure = figure_of(course, self.document, self.n)
        spot = Spot(self.document, self.n, self.marked.to_box(), tuple(box.to_box() for box in self.covered))
        return spot, Place(self.document, figure.locator)


def routes(router: APIRouter, library: Library, engines) -> None:
    """Adds to the teacher's routes."""

    @router.get("/figures")
    def figures(request: Request, course: str) -> dict[str, Any]:
        """By document and number in it, each with the address of its picture."""
        opened, words = library.open(course), words_for(request)
        found = [
            _figure_json(opened, document.title, figure, n, words)
            for document in opened.documents()
            for n, figure in enumerate(opened.figures(document.path))
        ]
        return {"figures": found[:_MOST]}

    @router.get("/figures/labels")
    def labels(course: str, document: str, n: int) -> dict[str, Any]:
        """What is written in a figure, with where; reading it takes a second or two. Nothing where no engine reads pictures."""
        figure, seer = figure_of(library.open(course), document, n), engines.load_if_set("seer")
        read = seer.look(decode_picture(figure.image)).boxes if seer is not None else ()
        boxes = [(one.text.strip(), box_of(one)) for one in read if one.confidence >= _SURE and one.text.strip()]
        told = [{"text": text, "box": {"x0": b.x0, "y0": b.y0, "x1": b.x1, "y1": b.y1}} for text, b in boxes]
        return {"labels": told}


def figure_of(course: Course, document: str, n: int) -> StoredFigure:
    """Raises InvalidItem where there is none, or none any more."""
    found = course.figures(document)
    if not 0 <= n < len(found):
        raise InvalidItem("That figure is not in the course any more. Load the page again.", code="figure_unknown")
    return found[n]


def _figure_json(course: Course, title: str, figure: StoredFigure, n: int, words: Words) -> dict[str, Any]:
    told = {"document": figure.document, "n": n, "title": title, "caption": figure.caption}
    picture = places.address("figure", course.name, figure.document, n=n)
    return told | {"label": places.label(figure.locator, words), "picture": picture}
