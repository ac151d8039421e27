"""A course to practise in: the small course with a map and a question of each kind, and learners who answered some of them."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageDraw

from chatbot.learning.bank import QuestionBank
from chatbot.learning.course_map import Concept, CourseMap, Place
from chatbot.learning.evidence import Observation
from chatbot.learning.map_file import write_map
from chatbot.learning.questions import Box, Criterion, Key, Question, Spot
from chatbot.learning.record import LearningRecord
from chatbot.learning.tracing import Tracing
from knowledge.course import Course
from knowledge.documents import Chunk, Document, Figure, Locator
from tests.fakes import FakeChatModel
from tests.small_course import LAW, SPEED, make_small_course
from tests.teaching_app import teaching_parts

PAGE, TEXT = Place("refraction.pdf", Locator(page=1)), Place("snell.md", Locator(heading="The law"))
FIGURE = Place("camera.md", Locator(heading="Camera", figure=1))
SPEED_OF_CAMERA = Place("camera.md", Locator(heading="Processor"))
MAP = CourseMap(
    (
        Concept("ray", "Rays and media", (), (PAGE,)),
        Concept("bend", "Refraction at a border", ("ray",), (PAGE,)),
        Concept("snell", "Snell's law", ("bend",), (TEXT,)),
        Concept("lens", "Lenses", ("bend",), (Place("lenses.pptx", Locator(slide=2)),)),
        Concept("camera", "The camera", ("lens",), (SPEED_OF_CAMERA,), (FIGURE,)),
        Concept("eye", "The eye <b>of man</b>", ("lens",), (Place("eye.png", Locator(figure=1)),)),
    )
)
QUESTIONS = (
    Question(
        "choice", "ray", "choice", "Where does light travel more slowly?", ("in glass", "in air", "in empty space"), (0,),
        place=PAGE, quote=SPEED.split(". ")[0] + ".", usual_s=20,
    ),
    Question(
        "several", "bend", "several", "Which of these bend light at their border?",
        ("glass", "water", "a vacuum seen from a vacuum"), (0, 1), place=PAGE, quote="That is why it bends where it enters.",
    ),
    Question("number", "snell", "number", "A lens of 50 cm: what is its power?", key=Key(2, "1/m"), place=TEXT, quote=LAW.split(". ")[1]),
    Question(
        "short", "snell", "short", "Which angle goes with the larger index?",
        rubric=(Criterion("The smaller angle.", ("smaller angle", "smaller"), ("larger angle",)),), place=TEXT, quote=LAW.split(". ")[1],
    ),
    Question(
        "order", "lens", "order", "Put the steps in order: how a lens makes a picture.",
        ("Rays meet in the focus.", "Rays come in parallel.", "The lens bends them."), (1, 2, 0),
        place=Place("lenses.pptx", Locator(slide=2)), quote="The focus is where parallel rays meet.",
    ),
    Question(
        "label", "camera", "label", "Which label belongs at the spot?", ("Lens", "Sensor"), (0,),
        spot=Spot("camera.md", 0, Box(0.1, 0.35, 0.3, 0.65), (Box(0.7, 0.35, 0.9, 0.65),)), place=FIGURE,
    ),
)  # fmt: skip
LEARNERS = ("ann-has-answered-some-things", "bob-has-answered-some-things")


def learning_parts(home: Path) -> SimpleNamespace:
    """What create_app takes, practice included. Whoever uses it closes `record`."""
    parts = teaching_parts(home)
    parts.engines.engines["chat"] = FakeChatModel("no JSON at all")
    folder = make_small_course(home / "courses").folder
    add_camera(folder)
    write_map(folder, MAP, after=0)
    for question in QUESTIONS:
        QuestionBank(folder).put(question)
    parts.record = LearningRecord(home / "learning.sqlite", Tracing())
    return parts


def add_camera(folder: Path) -> None:
    """A document with a figure that can be labelled."""
    picture = Image.new("RGB", (480, 240), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 60, 110, 180), outline="black", width=3)
    pen.rectangle((340, 60, 360, 180), fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    file = folder.parent / "camera.md"
    file.write_text("A camera", encoding="utf-8")
    figure = Figure(FIGURE.locator, out.getvalue(), "A camera in section")
    with closing(Course(folder)) as course:
        chunks = [
            Chunk("A camera in section", FIGURE.locator, ("Camera",)),
            Chunk(
                "The processor of the small camera runs at 120 MHz when awake.", SPEED_OF_CAMERA.locator, ("Processor",)
            ),
        ]
        document = Document("camera.md", "Camera", "markdown", "en", (), (figure,))
        course.store(document, file, chunks, np.eye(4, dtype=np.float32)[:2])


def let_practise(record: LearningRecord, learner: str = LEARNERS[0]) -> None:
    """Some days of practice, good at first and poor on Snell's law; the rays are due again."""
    began = datetime.now(UTC) - timedelta(days=30)
    answers = (
        ("choice", "ray", 1.0, 0), ("choice", "ray", 1.0, 1), ("choice", "ray", 1.0, 3), ("several", "bend", 0.5, 3),
        ("several", "bend", 1.0, 5), ("several", "bend", 1.0, 28), ("number", "snell", 0.5, 29), ("short", "snell", 0.0, 29),
    )  # fmt: skip
    for n, (item, concept, score, day) in enumerate(answers):
        seen = Observation(
            score, 0.3 if item == "choice" else 0.0, 0.0, n % 2, 1, 0.8, "sure" if score == 1 else "unsure"
        )
        record.answer(
            learner, "optics", item, [concept], seen, began + timedelta(days=day, minutes=n), response="0", seconds=12.0
        )
