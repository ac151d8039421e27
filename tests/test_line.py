"""The line before the tutor, without engines: who waits for whom, who is sent away, whose place is free again."""

from __future__ import annotations

import threading
import time

import pytest

from chatbot.stopping import Busy, Stop, Stopped, present_stop, stoppable
from ui.line import Line
from ui.running import Run


def test_places_move_up_in_the_order_of_coming():
    line = Line(at_once=2, most_waiting=5, most_each=9)
    places = [line.join("") for _ in range(5)]
    assert [place.before for place in places] == [0, 0, 1, 2, 3]
    with places[0]:
        pass
    assert [place.before for place in places[1:]] == [0, 0, 1, 2]
    with places[3]:  # went away while waiting
        pass
    assert places[4].before == 1


def test_who_waits_is_woken_when_the_line_moves():
    line = Line(at_once=1, most_waiting=5, most_each=9)
    first, second = line.join(""), line.join("")
    threading.Timer(0.05, first.__exit__).start()
    began = time.monotonic()
    assert second.wait(1, timeout_s=20) == 0
    assert time.monotonic() - began < 10


def test_a_full_line_sends_away_and_takes_in_again():
    line = Line(at_once=1, most_waiting=1, most_each=9)
    first = line.join("")
    line.join("")
    with pytest.raises(Busy) as caught:
        line.join("")
    assert (caught.value.code, caught.value.details) == ("engine_busy", {"waiting": 1})
    first.__exit__()
    assert line.join("").before == 1


def test_one_student_cannot_fill_the_line():
    line = Line(at_once=1, most_waiting=9, most_each=2)
    for _ in range(2):
        line.join("ann")
    with pytest.raises(Busy) as caught:
        line.join("ann")
    assert caught.value.code == "too_many_questions"
    assert line.join("bob").before == 2


def test_a_run_that_waits_for_something_is_woken_by_its_stop():
    ended = threading.Event()

    def work():
        yield "begun"
        woken = threading.Event()
        with present_stop().whenever(woken.set):
            woken.wait(30)
        ended.set()
        raise Stopped

    run = Run(work)
    batches = run.batches(5)
    assert next(batches) == ["begun"]
    run.stop()
    assert ended.wait(5)
    assert [item for batch in batches for item in batch] == []


def test_a_stop_reaches_only_the_thread_that_it_is_open_in():
    outer, inner = Stop(), Stop()
    with stoppable(outer):
        with stoppable(inner):
            assert present_stop() is inner
        assert present_stop() is outer
    assert present_stop() not in (outer, inner)
    outer.set()
    late = []
    with outer.whenever(lambda: late.append(1)):
        assert late == [1]
