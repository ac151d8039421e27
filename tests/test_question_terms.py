"""What a course's terms are, and which others may stand beside one as wrong answers."""

import pytest

from benchmarks.kills import HashEmbedder
from chatbot.learning.material import Statement
from chatbot.learning.stock import Stock
from chatbot.learning.terms import Terms, contains, is_term, sort_of
from knowledge.documents import Locator, Passage


def section(text: str, heading: str = "Lenses") -> Passage:
    return Passage(1, 0.0, "a.md", "Optics", Locator(heading=heading), text, trail=("Optics", heading))


TEXT = """The objective forms a real image. The real image is caught on a screen. A screen shows it well.
The screen stands behind the objective. Shadows fall on the head of the observer. His head turns around. The head is cold.
Light is bent by a lens. Every lens has a focal length. The focal length of a lens is short. Some lenses receive light.
They receive light again. An error of large mirrors is called spherical aberration. Real objects are far away."""
SPANS = "objective;real image;screen;head;real;light;Light;lens;focal length;receive light;spherical aberration;short;lenses;same reason".split(";")


def terms(text: str = TEXT, heading: str = "Objectives") -> Terms:
    return Terms([section(text, heading)], SPANS, ())


@pytest.mark.parametrize(
    ("span", "one"),
    [
        ("real image", True),  # two words, twice, once after "the"
        ("focal length", True),
        ("spherical aberration", True),  # once, but it is what something is called
        ("objective", True),  # stands twice, and a heading names it
        ("screen", True),
        ("lens", True),
        ("head", False),  # a part of anything
        ("real", False),  # stands before a noun
        ("receive light", False),  # never after an article
        ("short", False),
        ("same reason", False),
        ("eyepiece", False),  # not in the course
    ],
)
def test_a_term_is_named_by_the_course_or_a_noun_that_comes_again(span, one):
    assert (span in terms()) is one


def test_a_heading_makes_a_term_of_what_comes_seldom():
    assert "objective" not in terms(heading="Optics of eyes")


def test_a_capital_that_only_begins_a_sentence_is_none():
    found = terms()
    assert found.written("Light") == "light" and found.written("LED") == "LED"
    assert terms("Many use Python. He knows Python. We like Python.").written("Python") == "Python"


def test_a_plural_is_known_by_its_singular():
    assert terms().plural("lenses") and not terms().plural("lens") and not terms().plural("focal length")


@pytest.mark.parametrize("span", ["window leaves the head", "just devices", "small enough", "3.3V", "of", "the same", "lens down"])
def test_words_that_point_or_measure_out_are_no_terms(span):
    assert not is_term(span)


def test_sorts():
    assert [sort_of(term) for term in ("focal length", "eyepiece", "North Pole", "IoT device", "temperature")] == [
        "measure", "thing", "name", "thing", "measure",
    ]  # fmt: skip


def test_words_are_found_whole():
    assert contains("A Lens bends light.", "lens") and not contains("Some lenses bend light.", "lens")


def told_of(*terms: str) -> str:
    return " ".join(
        f"The {term} was built by an old master of Delft. Every master of that town could polish the {term} with sand. The {term} was heavy."
        for term in terms
    )


KINDS = told_of("concave mirror", "convex mirror", "flat mirror", "focal length", "eyepiece", "prism", "image", "real image", "bare eye")


def gap(sentence: str, *spans: str) -> tuple[str, list[str]] | None:
    return next(Stock([section(KINDS)], HashEmbedder()).gaps(Statement(sentence, spans)), None)


def test_others_of_the_same_sort_stand_beside_a_term():
    term, others = gap("The concave mirror gathers the light of the distant sun.", "concave mirror")
    assert term == "concave mirror" and len(set(others)) == 3
    assert "focal length" not in others and "light" not in others  # a measure; what the sentence says already


def test_a_term_with_fewer_words_is_no_wrong_answer():
    _, others = gap("The lamp throws a real image of the slide upon a wall.", "real image")
    assert len(others) == 3 and "image" not in others


def test_a_sentence_that_says_too_little_beside_its_term_is_no_question():
    assert gap("The concave mirror gathers light.", "concave mirror") is None
    assert gap("The concave mirror gathers the light of the distant sun.", "distant sun") is None  # no term
