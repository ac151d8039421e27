"""A course's own figure, known again in a student's picture."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.figure_search import LIKE, features_of, find_figures, writer
from knowledge.library import Library
from knowledge.picture import decode_picture
from knowledge.retrieval import Query, Retriever
from tests.test_tutor import WordEmbedder


def drawing(seed: int) -> Image.Image:
    """Boxes, arrows and labels, as in a diagram; another seed, another diagram."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (640, 420), "white")
    draw = ImageDraw.Draw(image)
    for n in range(14):
        x, y = rng.integers(10, 520), rng.integers(10, 340)
        wide, high = rng.integers(30, 110), rng.integers(20, 70)
        colour = tuple(rng.integers(0, 200, 3).tolist())
        (draw.rectangle if n % 2 else draw.ellipse)((x, y, x + wide, y + high), outline=colour, width=3)
        draw.text((x + 5, y + 5), f"part {rng.integers(100)}", fill="black")
        draw.line((x, y, rng.integers(0, 640), rng.integers(0, 420)), fill=colour, width=2)
    return image


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def slanted(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image)
    corners = np.float32([[0, 0], [640, 0], [640, 420], [0, 420]])
    moved = np.float32([[40, 20], [610, 50], [580, 400], [10, 390]])
    return Image.fromarray(cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, moved), (640, 420)))


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    course = library.create("drawn", embedder="words", dimensions=256)
    figures = tuple(Figure(Locator(page=n, figure=n), encoded(drawing(n))) for n in (1, 2, 3))
    chunks = [Chunk(f"Page {n} speaks of part {n}.", Locator(page=n)) for n in (1, 2, 3)]
    file = tmp_path / "drawn.pdf"
    file.write_text("drawn")
    vectors = WordEmbedder().embed_passages([chunk.text for chunk in chunks])
    beside = (writer([features_of(figure.image) for figure in figures]),)
    course.store(Document("drawn.pdf", "Drawn", "pdf", "en", (), figures), file, chunks, vectors, beside=beside)
    yield course
    library.close()


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image,
        lambda image: image.crop((60, 40, 560, 380)),
        lambda image: image.rotate(12, expand=True, fillcolor="grey"),
        lambda image: image.resize((300, 197)),
        slanted,
    ],
    ids=["same", "crop", "turned", "small", "slanted"],
)
def test_a_figure_is_found_again(course, changed):
    picture = decode_picture(encoded(changed(drawing(2)).convert("RGB"), "JPEG", quality=40))
    best = find_figures(course, picture)[0]
    figures = {figure.figure_id: figure.locator.figure for figure in course.figures()}
    assert figures[best.figure_id] == 2 and best.agreement > LIKE


def test_a_picture_that_is_no_figure_of_the_course_is_like_none(course):
    stranger = decode_picture(encoded(drawing(99)))
    assert all(match.agreement < LIKE for match in find_figures(course, stranger))


def test_a_question_with_a_figure_finds_its_page_whatever_its_words(course):
    shown = decode_picture(encoded(drawing(3).crop((40, 40, 600, 400))))
    first = Retriever(WordEmbedder()).retrieve(course, Query("what is this?", picture=shown))[0]
    assert first.locator.page == 3 and first.why.ranks["picture"] == 1 and first.figure_id is not None


def test_figures_of_a_course_made_before_features_were_kept_are_found_too(course):
    with course.transaction():
        course.rows("DROP TABLE figure_features")
    assert find_figures(course, decode_picture(encoded(drawing(1))))[0].agreement > 0.9
