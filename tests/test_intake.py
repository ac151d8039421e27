import numpy as np
import pytest

from chatbot.conversation import Turn
from chatbot.intake import check_turn, clean_question
from knowledge.errors import InvalidQuestion, InvalidSound
from knowledge.sound import Sound


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  why?\n", "why?"),
        ("a\x00b\x1bc", "a b c"),
        ("e\u0301", "é"),
        ("\ud800lens", "lens"),
        ("焦距？", "焦距？"),
        ("two\nlines", "two\nlines"),
        ("\x07\x08", ""),
    ],
)
def test_control_characters_go_and_words_stay(raw, clean):
    assert clean_question(raw, most_characters=100) == clean


def test_a_question_that_is_too_long_is_refused_with_both_lengths():
    with pytest.raises(InvalidQuestion) as refused:
        clean_question("a" * 10_000, most_characters=4000)
    assert (refused.value.code, refused.value.details) == ("question_too_long", {"characters": 10_000, "most": 4000})


def test_nothing_at_all_is_refused():
    with pytest.raises(InvalidQuestion, match="Type one, speak, or show a picture"):
        check_turn(Turn(), "")


def test_a_silent_recording_is_refused():
    with pytest.raises(InvalidSound) as refused:
        check_turn(Turn(sound=Sound(np.zeros(16_000, np.float32), 16_000)), "typed too")
    assert refused.value.code == "sound_silent"
