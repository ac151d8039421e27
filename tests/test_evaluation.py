"""What a golden set counts, with a tutor that does what the question says."""

import pytest

from chatbot.conversation import Turn
from chatbot.evaluation import GoldenQuestion, evaluate, figures
from knowledge.documents import Locator
from knowledge.measures import Place
from tests.fakes import FakeTutor


def _golden(question, relevant=()):
    return GoldenQuestion(question, "typed", Turn(question), question, (), tuple(relevant), None)


@pytest.mark.parametrize("answers", [True, False])
def test_a_question_that_is_asked_back_counts_as_neither_answered_nor_silent(answers):
    golden = [_golden("explain this", [Place("a.md", Locator())]), _golden("explain this"), _golden("nothing")]
    outcomes = list(evaluate(FakeTutor(), None, golden, answers=answers))
    found = figures(outcomes)["all"]
    assert found["hit@1"] == 0 and outcomes[0].passages == ()
    if answers:
        assert (found["answered"], found["not_found"], found["asked_back"]) == (0, 0.5, pytest.approx(2 / 3))
    else:
        assert "asked_back" not in found
