"""What reading one course file may take. A file of its own, so that the settings need none of the readers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Time in which an engine sees or hears for the reader does not count.

    `memory_mb` is on top of what the empty process holds; a recording gets 2900 MB more, because it is unpacked whole.
    """

    memory_mb: int = 1000
    seconds: int = 900
    quiet_seconds: int = 120  # without any progress
    file_mb: int = 2000
