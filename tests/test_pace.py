import pytest

from chatbot.chat_model.pace import Pace


def chosen(times: dict[int, float], replies: int, passes: int = 60) -> list[int]:
    """The sizes of passes on a machine that takes so long for each, from a fresh start."""
    pace, sizes = Pace(), []
    for _ in range(passes):
        size = pace.together(replies)
        sizes.append(size)
        pace.note(size, times[size])
    return sizes


@pytest.mark.parametrize(
    ("times", "best"),
    [
        ({1: 52, 2: 90, 3: 110, 4: 127, 8: 436}, 4),
        ({1: 52, 2: 60, 3: 66, 4: 70, 8: 90}, 8),
        ({1: 50, 2: 110, 3: 170, 4: 230, 8: 500}, 1),
    ],
)
def test_passes_are_as_large_as_is_quickest_for_all(times, best):
    assert set(chosen(times, 8)[10:]) == {best}


def test_every_size_is_tried_once_before_one_is_chosen():
    assert chosen({1: 1, 2: 1.5, 3: 1.8, 4: 2, 8: 3}, 8)[:5] == [8, 4, 3, 2, 1]


def test_one_reply_is_written_alone():
    assert chosen({1: 50}, 1, passes=3) == [1, 1, 1]


def test_a_slow_moment_is_not_held_against_a_size():
    pace = Pace()
    for size, took in ((4, 2.0), (2, 1.5), (1, 1.0), (4, 30.0)):
        pace.note(size, took)
    assert pace.together(4) == 4


def test_what_was_measured_long_ago_is_measured_again():
    pace = Pace()
    pace.note(4, 9.0)
    pace.note(1, 1.0)
    for _ in range(500):
        pace.note(2, 1.0)
    assert pace.together(4) == 4
