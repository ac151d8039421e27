"""Figures of a course whose written labels can be asked for: which one belongs at the marked spot. Reads pictures, asks no chat model.

A label is taken when it was read with confidence, is a word of the course's text, stands once in its figure, and is read the same again
in a picture that holds nothing else. The labels it is to be told from are covered too, or the only one missing would be the answer.
"""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from chatbot.learning.course_map import Place
from chatbot.learning.questions import Box, Spot
from knowledge.course import Course
from knowledge.course_rows import StoredFigure
from knowledge.documents import Passage
from knowledge.lexical import content_words, words
from knowledge.picture import decode_picture
from knowledge.seeing import Seer, TextBox

_SURE = 0.9  # confidence of a reading
_SHORTEST, _LONGEST = 3, 30  # characters of a label
_OPTIONS = 4
_CAPTION = (12, 160)  # characters: a shorter one does not say what the figure shows
_NAME = re.compile(
    r"(?!(?:from|to|the|of|in|on|at|with|up|by)\b)[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff'-]*(?: [\w'-]+){0,2}", re.I
)
_SMALLEST = 0.015  # a label's height, a share of the picture's: smaller ones cannot be made out when shown


@dataclass(frozen=True, slots=True)
class Label:
    """A label, the spot where it belongs, and other labels of the same figure."""

    word: str
    others: tuple[str, ...]
    caption: str
    spot: Spot


def labels_of(course: Course, seer: Seer, places: Iterable[Place] | None = None) -> Iterator[tuple[Label, Passage]]:
    """One label of every figure that has some, with the passage that stands there; pictures are read as they are asked for.

    `places` are those of the figures wanted, all without. Figures seen twice in a course are asked about once.
    """
    wanted = None if places is None else {(place.document, place.locator) for place in places}
    seen: set[str] = set()
    known = Counter(
        word
        for d in course.documents() if d.kind != "picture"
        for chunk in course.chunks(d.path) if chunk.locator.figure is None
        for word in set(words(chunk.text))
    )  # fmt: skip
    for document in course.documents():
        for n, figure in enumerate(course.figures(document.path)):
            caption = " ".join(figure.caption.split())
            fits = (
                _CAPTION[0] <= len(caption) <= _CAPTION[1]
                and caption.lower() not in seen
                and len(figure.text.split()) >= _OPTIONS
            )
            if not fits or (wanted is not None and (document.path, figure.locator) not in wanted):
                continue
            passages = course.passages(course.chunks_at_figure(figure.figure_id)).values()
            passage = next((p for p in passages if figure.caption in p.text), None)
            if passage and (label := _label(figure, n, seer, known)):
                seen.add(caption.lower())
                yield label, passage


def _label(figure: StoredFigure, n: int, seer: Seer, known: Counter) -> Label | None:
    picture = decode_picture(figure.image)
    read = seer.look(picture).boxes
    boxes = [box for box in readable(read, figure.caption, known) if not any(_goes_on(box, other) for other in read)]
    random.Random(figure.caption).shuffle(boxes)
    for box in boxes:
        others = [other for other in boxes if not set(words(other.text)) & set(words(box.text))][: _OPTIONS - 1]
        if len(others) >= 2 and _reads_again(picture.to_image(), box, seer):
            spot = Spot(figure.document, n, box_of(box), tuple(map(box_of, others)))
            return Label(box.text, tuple(other.text for other in others), figure.caption, spot)
    return None


def readable(boxes: Iterable[TextBox], caption: str, known: Counter) -> list[TextBox]:
    """The boxes that can be labels to ask for: names, no measures, not in the caption; `known` counts the course's words."""
    told = set(content_words(caption))
    times = Counter(box.text.strip().lower() for box in boxes)
    return [
        box for box in boxes
        if box.confidence >= _SURE and _SHORTEST <= len(box.text) <= _LONGEST and box.y1 - box.y0 >= _SMALLEST
        and _NAME.fullmatch(box.text.strip()) and times[box.text.strip().lower()] == 1
        and not re.search(r"\d", box.text) and content_words(box.text) and not set(content_words(box.text)) & told
        and all(known[word] >= 2 for word in words(box.text))
    ]  # fmt: skip


def _goes_on(box: TextBox, other: TextBox) -> bool:
    """Whether the other is the line above or below of the same label, or stands right beside it."""
    if other is box:
        return False
    line = min(box.y1 - box.y0, other.y1 - other.y0)
    gap_y, gap_x = max(box.y0, other.y0) - min(box.y1, other.y1), max(box.x0, other.x0) - min(box.x1, other.x1)
    return gap_x < 0.5 * line and gap_y < 0.6 * line


def _reads_again(image: Image.Image, box: TextBox, seer: Seer) -> bool:
    """Whether the label is read the same where nothing else is to be seen."""
    width, height = image.size
    edge = 0.5 * (box.y1 - box.y0) * height
    cut = image.crop(
        (
            int(box.x0 * width - edge),
            int(box.y0 * height - edge),
            int(box.x1 * width + edge),
            int(box.y1 * height + edge),
        )
    )
    out = io.BytesIO()
    cut.save(out, "PNG")
    return words(seer.look(decode_picture(out.getvalue())).text) == words(box.text)


def box_of(box: TextBox) -> Box:
    """Where it was read, as a question keeps it."""
    return Box(round(box.x0, 4), round(box.y0, 4), round(box.x1, 4), round(box.y1, 4))
