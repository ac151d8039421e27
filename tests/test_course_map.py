import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from chatbot.learning.course_map import Concept, CourseMap, InvalidMap, Place
from chatbot.learning.drafting import concept_title, draft_map
from chatbot.learning.map_drawing import draw_map
from chatbot.learning.map_file import MapChanged, read_map, to_map, write_map
from knowledge.documents import Chunk, Document, Figure, Locator
from knowledge.errors import CourseError
from knowledge.library import Library

LESSON = (
    ("Objectives", "- Say what refraction does\n- Find the focal length of a lens"),
    ("1.1 Refraction", "Light bends at a border. How far it bends depends on the index of both materials."),
    ("1.2 The lens", "A lens uses refraction twice. Refraction at each surface bends rays. It has a focus."),
    ("1.3 The telescope", "A telescope holds one lens in front and one lens behind. The lens in front is large."),
    ("Exercises", "Draw a telescope with a lens."),
)
MAP = CourseMap((Concept("a", "A <b>&"), Concept("b", "透镜成像", ("a",), (Place("x.md", Locator(page=2)),))))


@pytest.fixture
def course(tmp_path):
    library = Library(tmp_path / "courses")
    course = library.create("optics", embedder="fake", dimensions=4)
    chunks = [Chunk(text, Locator(page=n), ("Lesson", title)) for n, (title, text) in enumerate(LESSON, start=1)]
    figure = Figure(Locator(page=3, figure=1), b"png", "Rays through a lens")
    file = tmp_path / "optics.md"
    file.write_text("as given")
    document = Document("optics.md", "Light", "markdown", "en", (), (figure,))
    course.store(document, file, chunks, np.eye(4, dtype=np.float32)[[0] * len(chunks)])
    yield course
    library.close()


def test_a_draft_has_the_headings_that_name_something_to_learn(course):
    drafted = draft_map(course)
    assert [concept.title for concept in drafted.concepts] == ["Refraction", "The lens", "The telescope"]
    needs = {c.title: [drafted.by_id[need].title for need in c.requires] for c in drafted.concepts}
    assert needs == {"Refraction": [], "The lens": ["Refraction"], "The telescope": ["The lens"]}


def test_a_draft_knows_where_a_concept_stands_its_figures_and_objectives(course):
    refraction, lens, _ = draft_map(course).concepts
    assert lens.places == (Place("optics.md", Locator(page=3)),)
    assert lens.figures == (Place("optics.md", Locator(page=3, figure=1)),) and refraction.figures == ()
    assert refraction.objectives == ("Say what refraction does",)
    assert lens.objectives == ("Find the focal length of a lens",)


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("2.3 Snell's law", "Snell's law"), ("第三章 折射", "折射"), ("Lesson 4: Sensors", "Sensors"),
        ("The magnifier: it is the angle that counts", "The magnifier"), ("Summary", None), ("Exercises 3", None),
        ("小结", None), ("Which lens is it?", None), ("Review & Self Study", None), ("12", None), ("Post-lecture quiz", None),
    ],
)  # fmt: skip
def test_headings_as_concepts(heading, title):
    assert concept_title(heading) == title


def test_a_map_is_saved_with_its_course_and_comes_back(course):
    assert read_map(course.folder) is None
    assert write_map(course.folder, MAP, after=0) == 1
    assert read_map(course.folder) == (MAP, 1)


def test_of_two_teachers_the_second_is_told_that_the_map_changed(course):
    write_map(course.folder, MAP, after=0)
    with pytest.raises(MapChanged):
        write_map(course.folder, CourseMap((Concept("z", "Z"),)), after=0)
    assert read_map(course.folder) == (MAP, 1)


def test_a_damaged_map_says_which_file_to_move_away(course):
    (course.folder / "map.json").write_text('{"concepts": [{"id": "a"}]}')
    with pytest.raises(CourseError, match=r"map\.json is damaged"):
        read_map(course.folder)


def test_a_map_from_outside_may_not_go_round_in_a_circle():
    rows = [replace(MAP.concepts[0], requires=("b",)).to_json(), MAP.concepts[1].to_json()]
    with pytest.raises(InvalidMap):
        to_map(rows)


def test_a_drawing_is_well_formed_and_holds_titles_as_text():
    drawn = ET.fromstring(draw_map(MAP, {"a": 0.75}, title='"Light" & <more>', next_up="b"))
    texts = ["".join(element.itertext()) for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["A <b>&", "透镜成像"]
    assert any("75 %" in (element.text or "") for element in drawn.iter("{http://www.w3.org/2000/svg}title"))


def test_a_drawing_puts_what_is_needed_to_the_left_and_nothing_upon_another():
    drawn = ET.fromstring(draw_map(CourseMap((*MAP.concepts, Concept("c", "C", ("a",))))))
    places = {}
    for group in drawn.iter("{http://www.w3.org/2000/svg}g"):
        box = group.find("{http://www.w3.org/2000/svg}rect")
        places[group.get("data-concept")] = (int(box.get("x")), int(box.get("y")))
    assert places["a"][0] < places["b"][0] == places["c"][0] and len(set(places.values())) == 3


def test_an_empty_map_can_be_drawn():
    assert ET.fromstring(draw_map(CourseMap())).tag.endswith("svg")
