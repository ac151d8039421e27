import pytest

from chatbot.conversation import Exchange, Page
from chatbot.rewriting import is_open, stand_alone

HISTORY = (Exchange("What is the focal length of a convex lens?", "The distance to the focus."),)


@pytest.mark.parametrize("question", ["why?", "and for a concave one?", "what about mirrors?", "is it always positive?", "how is it measured?"])
def test_a_follow_up_is_put_after_the_question_it_goes_on_from(question):
    assert stand_alone(question, HISTORY) == f"What is the focal length of a convex lens? {question}"


@pytest.mark.parametrize(
    "question", ["What is total internal reflection?", "critical angle glass", "who discovered the law of refraction in Holland"]
)
def test_a_question_that_stands_alone_is_left_alone(question):
    assert stand_alone(question, HISTORY) == question


@pytest.mark.parametrize("question", ["那凹透镜呢？", "为什么？", "它的单位是什么？"])
def test_chinese_follow_ups_are_recognised(question):
    history = (Exchange("凸透镜的焦距是什么？", "焦点到光心的距离。"),)
    assert stand_alone(question, history).startswith("凸透镜的焦距是什么？")


def test_a_chain_of_follow_ups_goes_back_to_the_question_that_says_what_it_is_about():
    history = (*HISTORY, Exchange("why?", "Because rays meet there."))
    assert stand_alone("really?", history).startswith("What is the focal length")


def test_without_history_nothing_is_added():
    assert stand_alone("why?", ()) == "why?"


@pytest.mark.parametrize(
    ("typed", "open_"),
    [("wha", True), ("what about", False), ("why", False), ("is it", False), ("focal", True), ("focal length of a lens", False)],
)
def test_a_question_that_has_hardly_begun_is_open(typed, open_):
    assert is_open(typed) is open_


PAGE = Page(title="Optics", heading="Total internal reflection", selected="")


@pytest.mark.parametrize(
    ("question", "history", "page", "expected"),
    [
        ("explain this", (), PAGE, "Total internal reflection explain this"),
        ("explain this", (), Page(title="Optics"), "Optics explain this"),
        ("这是什么？", (), Page(selected="临界角"), "临界角 这是什么？"),
        ("", (), Page(selected="critical angle"), "critical angle"),
        ("explain this", (Exchange("What is a plane mirror?", "Flat."),), PAGE, "What is a plane mirror? explain this"),
        ("explain this", (Exchange("What is a plane mirror?", "Flat."),), Page(selected="critical angle"), "critical angle explain this"),
        ("how large is the critical angle of water and glass", (), PAGE, "how large is the critical angle of water and glass"),
        ("explain this", (), Page(), "explain this"),
    ],
)  # fmt: skip
def test_a_short_question_takes_its_meaning_from_the_page(question, history, page, expected):
    assert stand_alone(question, history, page) == expected
