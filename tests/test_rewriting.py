import pytest

from chatbot.conversation import Exchange, Page
from chatbot.rewriting import about_page, stand_alone

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


MARKED = Page("Unit 3", "Snell's law", "the critical  angle of glass")


@pytest.mark.parametrize("question", ["Explain this", "what is it?", "why?", "解释一下这个"])
def test_a_question_that_points_at_the_page_gets_the_words_that_are_marked(question):
    assert about_page(question, MARKED) == f"{question} \u201cthe critical angle of glass\u201d"
    assert about_page(question, MARKED, HISTORY) == f"{question} \u201cthe critical angle of glass\u201d"


def test_without_marked_words_it_is_the_heading_unless_something_was_said_before():
    page = Page("Unit 3", "Snell's law")
    assert about_page("Explain this", page) == "Explain this \u201cSnell's law\u201d"
    assert about_page("Explain this", page, HISTORY) == "Explain this"


@pytest.mark.parametrize("question", ["What is total internal reflection?", "who discovered the law of refraction in Holland", ""])
def test_a_question_with_words_of_its_own_is_not_about_the_page(question):
    assert about_page(question, MARKED) == question
    assert about_page(question, None) == question
