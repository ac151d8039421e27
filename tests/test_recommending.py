import numpy as np
import pytest

from chatbot.learning.recommending import CourseVectors, Shelf, Want

RANDOM = np.random.default_rng(0)
OPTICS, MUSIC, COOKING = np.eye(3, 8)


def course(name: str, **vectors) -> CourseVectors:
    return CourseVectors(name, name.title(), {modality: np.asarray(vector) for modality, vector in vectors.items()})


def want(name: str, vector, weight: float = 1.0, kind: str = "interest") -> Want:
    return Want(name, kind, {"description": vector, "cover": vector, "recording": vector}, weight)


SHELF = Shelf(
    [
        course("lenses", description=OPTICS, cover=OPTICS, recording=OPTICS),
        course("mirrors", description=OPTICS),
        course("songs", description=MUSIC, cover=MUSIC),
        course("film", description=MUSIC, cover=OPTICS),
        course("soups", description=COOKING, cover=COOKING),
        course("empty"),
        course("blank", description=np.zeros(8), cover=[]),
    ]
)


def test_what_a_learner_wants_comes_first():
    assert {r.name for r in SHELF.recommend([want("optics", OPTICS)], k=2)} == {"lenses", "mirrors"}
    assert SHELF.recommend([want("music", MUSIC)])[0].name == "songs"


def test_a_missing_modality_costs_nothing():
    found = {r.name: r for r in SHELF.recommend([want("optics", OPTICS)], k=9)}
    only_description = Shelf(
        [
            course(c.name, **({"description": c.vectors["description"]} if "description" in c.vectors else {}))
            for c in SHELF.courses
        ]
    )
    alone = {r.name: r for r in only_description.recommend([want("optics", OPTICS)], k=9)}
    assert found["mirrors"].score == pytest.approx(alone["mirrors"].score)
    assert found["mirrors"].modalities.keys() == {"description"}


def test_a_course_of_which_nothing_is_known_is_not_recommended():
    assert {"empty", "blank"}.isdisjoint(r.name for r in SHELF.recommend([want("optics", OPTICS)], k=9))


def test_the_modality_that_speaks_to_the_want_counts_most():
    film = next(r for r in SHELF.recommend([want("optics", OPTICS)], k=9) if r.name == "film")
    assert film.modalities["cover"] > 3 * film.modalities["description"]


def test_modalities_and_wants_add_up_to_the_score():
    wants = [want("optics", OPTICS, 0.3), want("tuning", MUSIC, 0.9, "gap"), want("soup", COOKING, 0.2)]
    for found in SHELF.recommend(wants, k=9):
        assert sum(found.modalities.values()) == pytest.approx(found.score)
        assert sum(found.wants.values()) == pytest.approx(found.score)


def test_a_larger_gap_weighs_more():
    def first(optics: float, music: float) -> str:
        return SHELF.recommend([want("o", OPTICS, optics, "gap"), want("m", MUSIC, music, "gap")])[0].name

    assert first(0.9, 0.1) in ("lenses", "mirrors") and first(0.1, 0.9) == "songs"


def test_a_want_that_speaks_only_of_one_modality_is_met_by_it_alone():
    spoken = Want("lecture", "interest", {"recording": OPTICS})
    assert [r.name for r in SHELF.recommend([spoken], k=9)] == ["lenses"]


def test_nothing_wanted_or_all_known_recommends_nothing():
    assert SHELF.recommend([]) == () and SHELF.recommend([want("optics", OPTICS, 0.0)]) == ()
    assert Shelf([]).recommend([want("optics", OPTICS)]) == ()


def test_courses_already_taken_are_left_out():
    assert SHELF.recommend([want("optics", OPTICS)], leave_out=["mirrors"])[0].name == "lenses"
