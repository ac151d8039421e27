"""Growing waits for whoever guesses: after three wrong tries two seconds, then four, eight, up to a quarter of an hour."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.errors import CoursemateError

_FREE = 3
_LONGEST_S = 900.0
_FORGOTTEN_S = 24 * 3600.0
_MOST_ADDRESSES = 20_000


class TooSoon(CoursemateError):
    """Another try came before its time. `details["seconds"]` says when the next one will be looked at."""


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    until: float = 0.0
    last: float = 0.0


class Waits:
    """Counted in memory, each address alone: whoever guesses locks out nobody else. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: dict[str, _Tries] = {}
        self._turn = threading.Lock()

    def begin(self, address: str) -> None:
        """Counts a try as wrong until `forgive` says otherwise, so that many at once are as many. Raises TooSoon."""
        now = self._clock()
        with self._turn:
            self._forget(now)
            tries = self._tries.setdefault(_network(address), _Tries())
            if now < tries.until:
                raise _too_soon(math.ceil(tries.until - now))
            tries.wrong, tries.last = tries.wrong + 1, now
            if tries.wrong >= _FREE:
                tries.until = now + min(_LONGEST_S, 2.0 ** min(tries.wrong - _FREE + 1, 30))

    def forgive(self, address: str) -> None:
        with self._turn:
            self._tries.pop(_network(address), None)

    def _forget(self, now: float) -> None:
        if len(self._tries) >= _MOST_ADDRESSES:
            self._tries = {name: tries for name, tries in self._tries.items() if max(tries.until, tries.last + _FORGOTTEN_S) > now}


def _network(address: str) -> str:
    """An IPv6 host has a whole /64 of addresses to try from."""
    try:
        told = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((told, 64), strict=False)) if told.version == 6 and not told.is_loopback else str(told)


def _too_soon(seconds: int) -> TooSoon:
    return TooSoon(
        f"That was tried too often. The next try is looked at in {seconds} seconds.", code="password_too_soon", seconds=seconds
    )
