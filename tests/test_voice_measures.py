"""How what was heard is compared with what was said: the same number or character written in two ways is no error."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.misheard import distance, heard_live, in_characters, in_words, units
from benchmarks.voice import Hearing
from knowledge.sound import HEARING_RATE, Sound
from tests.fakes import FakeTranscriber
from tests.test_hearing import silence, speech

NUMBERS = [
    (0, "零"), (7, "七"), (10, "十"), (12, "十二"), (20, "二十"), (110, "一百一十"), (305, "三百零五"), (1000, "一千"), (1024, "一千零二十四"),
    (2048, "二千零四十八"), (10_500, "一万零五百"), (305_334, "三十万五千三百三十四"), (120_000_000, "一亿二千万"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"), (13, "thirteen"), (42, "forty two"), (60, "sixty"), (305, "three hundred five"), (1455, "fourteen fifty five"),
        (1900, "nineteen hundred"), (1905, "nineteen oh five"), (2024, "two thousand twenty four"), (1_200_000, "one million two hundred thousand"),
    ],
)  # fmt: skip
def test_numbers_in_words(number, said):
    assert in_words(number) == said


@pytest.mark.parametrize(("number", "said"), NUMBERS)
def test_numbers_in_characters(number, said):
    assert in_characters(number) == said


def test_scripts_numerals_case_and_punctuation_are_no_errors():
    assert units("广州市２０個，", "zh") == units("廣州市二十个", "zh")
    assert units("42 of 1455,", "en") == units("forty-two of fourteen fifty-five", "en")
    assert units("It's a forty-two line Bible.", "en") == units("it’s a forty two line bible", "en")


def test_distance_counts_changed_missing_and_added():
    assert [distance("a b c".split(), other.split()) for other in ("a b c", "a x c", "a c", "a b b c", "")] == [
        0,
        1,
        1,
        1,
        3,
    ]


def test_a_question_played_in_real_time_is_heard_to_its_end():
    sound = Sound(np.concatenate([silence(0.3), speech()]), HEARING_RATE)
    heard = Hearing(sound, FakeTranscriber(), "")
    assert heard.final.text == "Why does light bend?"
    assert heard.final_s > 0.3  # no pause, no end


def test_heard_live_gives_all_that_is_said_across_pauses():
    sound = Sound(np.concatenate([silence(0.3), speech(), silence(0.3), speech(), silence(1.5), speech()]), HEARING_RATE)
    whisper = FakeTranscriber("Why does light bend when it passes?")
    assert heard_live(sound, whisper) == " ".join([whisper.text] * 2)
    assert set(whisper.begun) == {"", "Why does light bend when"}  # the words that were agreed on were told
    assert heard_live(Sound(silence(3), HEARING_RATE), whisper) == ""
