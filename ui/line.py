"""The line before the tutor: so many turns at once, so many waiting, so many of one student. In the order of coming."""

from __future__ import annotations

import threading

from chatbot.stopping import Busy


class Line:
    """Safe to use from several threads. Made once, for all surfaces."""

    def __init__(self, *, at_once: int, most_waiting: int, most_each: int) -> None:
        self._at_once, self._most_waiting, self._most_each = at_once, most_waiting, most_each
        self._changed = threading.Condition(threading.RLock())
        self._here: list[Place] = []

    def join(self, who: str) -> Place:
        """A place at the end. Raises Busy when the line is full, or `who` has as many turns in it as one may have."""
        with self._changed:
            if who and sum(place.who == who for place in self._here) >= self._most_each:
                raise Busy(
                    f"{self._most_each} questions of yours are being answered or wait already. Ask again when one is done.",
                    code="too_many_questions",
                    most=self._most_each,
                )
            waiting = len(self._here) - self._at_once
            if waiting >= self._most_waiting:
                raise Busy(f"{waiting} questions wait already. Ask again in a minute.", code="engine_busy", waiting=waiting)
            place = Place(self, who)
            self._here.append(place)
            return place

    def before(self, place: Place) -> int:
        """How many must be done before it is this one's turn; 0: it is."""
        with self._changed:
            return max(0, self._here.index(place) - self._at_once + 1)

    def wait(self, place: Place, before: int, timeout_s: float) -> int:
        """Returns how many are before the place, when these are no longer `before`, or when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self.before(place) != before, timeout_s)
            return self.before(place)

    def wait_for_room(self, timeout_s: float) -> bool:
        """Returns whether one more would be answered at once, when that is so or the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._here) < self._at_once, timeout_s)

    def leave(self, place: Place) -> None:
        with self._changed:
            if place in self._here:
                self._here.remove(place)
            self._changed.notify_all()


class Place:
    """One turn's place in the line; leaves it at the end of a `with`."""

    def __init__(self, line: Line, who: str) -> None:
        self._line, self.who = line, who

    @property
    def before(self) -> int:
        return self._line.before(self)

    def wait(self, before: int, timeout_s: float) -> int:
        return self._line.wait(self, before, timeout_s)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.leave(self)
