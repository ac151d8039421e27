import pytest

from chatbot.withholding import Withheld, is_near, until_repeated
from knowledge.documents import Locator, Passage


def through(*pieces: str) -> str:
    return "".join(Withheld().let_through(iter(pieces)))


@pytest.mark.parametrize("pieces", [("NOT_FOUND",), ("NOT", "_FOUND"), ("N", "OT_F", "OUND", " because")])
def test_the_mark_is_never_let_through(pieces):
    assert through(*pieces) == ""


@pytest.mark.parametrize("pieces", [("NOT", " all light"), ("Nothing",), ("It is N", "OT"), ("a", "b")])
def test_everything_else_is(pieces):
    assert through(*pieces) == "".join(pieces)


def test_what_was_said_before_the_mark_is_kept():
    assert through("Light bends [1]. ", "NOT_", "FOUND") == "Light bends [1]. "


def passage(similarity: float, overlap: float) -> Passage:
    return Passage(1, 1.0, "a", "a", Locator(), "t", similarity=similarity, overlap=overlap)


def test_the_model_is_not_asked_when_nothing_is_near():
    assert not is_near([passage(0.1, 0.0)])
    assert not is_near([])
    assert is_near([passage(0.6, 0.0)])
    assert is_near([passage(0.1, 0.9)])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Light bends in glass [1]. It is slower there [2].", "Light bends in glass [1]. It is slower there [2]."),
        ("[1] 光线发生了折射现象。\n[2] 光线发生了折射现象。\n[3] 光线", "[1] 光线发生了折射现象。\n[2] 光线发生了折射现象"),
        ("Light bends in glass. It is slower. Light bends in glass. It is", "Light bends in glass. It is slower. Light bends in glass"),
        ("Yes. Yes. No. No.", "Yes. Yes. No. No."),
    ],
)
def test_writing_ends_where_a_sentence_comes_for_the_second_time(written, told):
    assert "".join(until_repeated(iter(written))) == told


def test_writing_ends_with_the_first_sentence_that_is_copied_from_another_language():
    read = ["Light is slower in matter. It bends towards the normal."]
    written = "光会变慢[1]。\n[1] Light is slower in matter. It bends towards the normal.\n[2] More."
    assert "".join(until_repeated(iter(written), read)) == "光会变慢[1]。\n[1] Light is slower in matter"
    assert "".join(until_repeated(iter("Light is slow there. It bends."), read)) == "Light is slow there. It bends."
