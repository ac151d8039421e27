"""Memory that was freed, given back to the system: glibc keeps it, in case it is wanted again."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import cache
from typing import Any


def give_back_freed_memory() -> None:
    """Costs milliseconds now, and whoever allocates next a little more. Does nothing where the C library is another."""
    if (trim := _malloc_trim()) is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    if sys.platform.startswith("linux"):
        with suppress(AttributeError, OSError):
            return ctypes.CDLL(None).malloc_trim
    return None
