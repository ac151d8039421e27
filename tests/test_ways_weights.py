"""The ways of tutoring on real weights (profile tiny), through the command line and in a conversation."""

from __future__ import annotations

import re

import pytest

from chatbot.conversation import Exchange, Turn
from chatbot.tutor import Tutor
from tests.test_end_to_end import run

pytestmark = pytest.mark.weights
PROBLEM = "A converging lens with f = 10 cm stands u = 15 cm from a candle. How far behind the lens is the image?"


@pytest.fixture(scope="module")
def course(sample_library):
    return sample_library.open("sample")


def test_no_rung_before_the_last_tells_the_answer(course, tiny_engines, tiny_settings):
    tutor, history, told = Tutor(tiny_engines, tiny_settings), [], []
    for text in (PROBLEM, "next hint", "next hint"):
        answer = list(tutor.ask(course, Turn(text, way="hint"), history))[-1].answer
        history.append(Exchange(answer.question, answer.text, progress=answer.progress))
        told.append(answer)
    assert [answer.progress.step for answer in told] == [1, 2, 3]
    assert not any(re.search(r"\b30\b", answer.text) for answer in told)
    assert told[1].citations and told[2].citations


def test_work_is_checked_on_the_command_line(sample_library):
    home = sample_library.folder.parent
    done = run(home, "ask", "sample", f"{PROBLEM}\n1/v = 1/10 - 1/15\n1/v = 1/25", "--way", "check")
    assert done.returncode == 0, done.stderr
    assert "Line 2" in done.stdout
