import pytest

from chatbot.withholding import Withheld, is_near
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
