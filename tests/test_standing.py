"""What is put before a passage that does not stand alone, and that nothing is put before one that does."""

import numpy as np
import pytest

from knowledge.documents import Chunk, Document, Locator, Passage
from knowledge.library import Library
from knowledge.standing import heading_of, lead_of, standing_alone

TRAIL = ("Light", "Refraction")


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    yield library.create("c", embedder="fake", dimensions=4)
    library.close()


def stored(course, tmp_path, *chunks):
    """The last of these chunks, texts or Chunks, of one document, as a passage."""
    file = tmp_path / "given.md"
    file.write_text("given")
    made = [Chunk(chunk, Locator(), TRAIL) if isinstance(chunk, str) else chunk for chunk in chunks]
    course.store(Document("d.md", "D", "markdown", "en", ()), file, made, np.eye(4, dtype=np.float32)[[0] * len(made)])
    return course.chunks("d.md")[-1]


BEFORE = "Glass is dense. Light is slower in glass than in air."


@pytest.mark.parametrize(
    "text",
    [
        "This is why it bends at the border.",
        "Therefore it bends at the border.",
        "They bend at the border.",
        "In this case the ray bends.",
        "which is why the ray bends.",
    ],
)
def test_a_passage_that_points_back_gets_the_sentence_before_it(course, tmp_path, text):
    assert lead_of(course, stored(course, tmp_path, BEFORE, text)) == "Light is slower in glass than in air."


@pytest.mark.parametrize(
    "text",
    [
        "Snell's law says how much a ray bends.",
        "This lesson is about refraction.",
        "It is important to know the index of refraction.",
        "Thistles grow in the field.",  # no "this"
        "mqtt_client.subscribe(topic)",
    ],
)
def test_a_passage_that_stands_alone_gets_nothing(course, tmp_path, text):
    passage = stored(course, tmp_path, BEFORE, text)
    assert lead_of(course, passage) == "" and standing_alone(course, [passage]) == (passage,)


@pytest.mark.parametrize("text", ["这就是它在界面上弯折的原因。", "因此光线会弯折。", "它会弯折。", "此现象叫折射。"])
def test_chinese_that_points_back_gets_the_sentence_before_it(course, tmp_path, text):
    assert (
        lead_of(course, stored(course, tmp_path, "玻璃很密。光在玻璃中比在空气中慢。", text))
        == "光在玻璃中比在空气中慢。"
    )


@pytest.mark.parametrize("text", ["这一节讲折射。", "其实光线会弯折。", "光线会弯折。", "此外，光线会反射。"])
def test_chinese_that_stands_alone_gets_nothing(course, tmp_path, text):
    assert lead_of(course, stored(course, tmp_path, "玻璃很密。光在玻璃中比在空气中慢。", text)) == ""


def test_a_sentence_that_leans_itself_brings_the_one_before(course, tmp_path):
    passage = stored(
        course, tmp_path, "Air is thin. Glass is dense. So light is slower there.", "This is why it bends."
    )
    [whole] = standing_alone(course, [passage])
    assert whole.text == "Glass is dense. So light is slower there. This is why it bends."
    assert (whole.chunk_id, whole.locator) == (passage.chunk_id, passage.locator)


def test_a_list_that_goes_on_gets_what_led_to_it_however_long_ago(course, tmp_path):
    passage = stored(
        course, tmp_path, "Mirrors are of three kinds:\n- plane\n- concave", "- convex", "- and toys\n- and telescopes"
    )
    assert lead_of(course, passage) == "Mirrors are of three kinds:"
    after = stored(course, tmp_path, "Mirrors are of two kinds:\n- plane\n- curved", "These are made of glass.")
    assert lead_of(course, after) == "Mirrors are of two kinds:"


def test_steps_that_go_on_after_code_get_no_code(course, tmp_path):
    before = "1. Run this.\n```sh\nrun it now:\n```"
    assert lead_of(course, stored(course, tmp_path, before, "2. Wait.")) == ""
    assert lead_of(course, stored(course, tmp_path, before, "This takes a minute.")) == ""


def test_a_remark_on_a_table_gets_the_head_of_the_table(course, tmp_path):
    table = Chunk("| medium | index |\n| --- | --- |\n| glass | 1.5 |", Locator(), TRAIL, "table")
    assert lead_of(course, stored(course, tmp_path, table, "* measured at 20 °C")) == "| medium | index |"
    assert lead_of(course, stored(course, tmp_path, table, "注：在20摄氏度测得。")) == "| medium | index |"


def test_a_table_gets_the_sentence_that_announces_it(course, tmp_path):
    table = Chunk("| medium | index |\n| --- | --- |\n| glass | 1.5 |", Locator(), TRAIL, "table")
    assert lead_of(course, stored(course, tmp_path, "Glass is dense. Indices are:", table)) == "Indices are:"
    assert lead_of(course, stored(course, tmp_path, "Glass is dense.", table)) == ""


def test_nothing_is_brought_from_under_another_heading(course, tmp_path):
    assert (
        lead_of(course, stored(course, tmp_path, Chunk(BEFORE, Locator(), ("Light", "Glass")), "This is why it bends."))
        == ""
    )
    assert lead_of(course, stored(course, tmp_path, "This is why it bends.")) == ""


def test_what_is_long_is_not_brought(course, tmp_path):
    long = "Light " + "and light " * 60 + "is slower."
    assert lead_of(course, stored(course, tmp_path, long, "This is why it bends.")) == ""


@pytest.mark.parametrize(
    ("trail", "heading"),
    [
        (("Optics", "Lenses", "Example 2"), "Lenses: Example 2"),
        (("Optics", "Lenses", "Summary", "Exercises"), "Lenses: Exercises"),
        (("光学", "透镜", "例题 2"), "透镜: 例题 2"),
        (("Optics", "Lenses"), "Lenses"),
        (("Optics", "Examples of lenses"), "Examples of lenses"),
        (("Introduction",), "Introduction"),
        ((), ""),
    ],
)
def test_a_heading_that_names_only_a_kind_of_part_brings_the_one_above(trail, heading):
    assert heading_of(Passage(1, 1.0, "d.md", "D", Locator(), "text", trail)) == heading
