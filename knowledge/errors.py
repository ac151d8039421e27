"""Everything that Coursemate raises on purpose.

    CoursemateError
    ├── InvalidInput            what came from outside cannot be used
    │   ├── InvalidQuestion
    │   ├── InvalidSound
    │   └── InvalidPicture
    ├── UnreadableDocument      a course file that cannot be read
    ├── CourseError
    │   ├── CourseNotFound
    │   ├── CourseExists
    │   └── CourseDamaged
    ├── WeightsError
    │   ├── WeightsMissing
    │   ├── WeightsCorrupt
    │   └── DownloadFailed
    ├── EngineError
    │   ├── UnknownEngine
    │   ├── MissingExtra
    │   ├── EngineNotReady      still loading: ask again in a moment
    │   └── EngineFailed
    ├── SettingsError
    ├── StorageFull
    ├── AccessRefused           whoever asks may not do that here
    └── AddressInUse

The message is one or two English sentences: what failed, on which file, what to do next. The code names the case in
the catalogues, so that a screen can say the same in the reader's language with the same details.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class CoursemateError(Exception):
    """A failure that a person can act on. `code` is its key in the catalogues, `details` what the sentence names."""

    def __init__(self, message: str, *, code: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class InvalidInput(CoursemateError):
    pass


class InvalidQuestion(InvalidInput):
    pass


class InvalidSound(InvalidInput):
    pass


class InvalidPicture(InvalidInput):
    pass


class UnreadableDocument(CoursemateError):
    pass


class CourseError(CoursemateError):
    pass


class CourseNotFound(CourseError):
    pass


class CourseExists(CourseError):
    pass


class CourseDamaged(CourseError):
    pass


class WeightsError(CoursemateError):
    pass


class WeightsMissing(WeightsError):
    pass


class WeightsCorrupt(WeightsError):
    pass


class DownloadFailed(WeightsError):
    pass


class EngineError(CoursemateError):
    pass


class UnknownEngine(EngineError):
    pass


class MissingExtra(EngineError):
    pass


class EngineNotReady(EngineError):
    pass


class EngineFailed(EngineError):
    pass


class SettingsError(CoursemateError):
    pass


class StorageFull(CoursemateError):
    pass


class AccessRefused(CoursemateError):
    pass


class AddressInUse(CoursemateError):
    pass


@contextmanager
def disk_full_is_storage_full(folder: Path) -> Iterator[None]:
    """Translates a full disk, and nothing else, into StorageFull naming the folder that has no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise storage_full(folder) from error


def storage_full(folder: Path) -> StorageFull:
    return StorageFull(
        f"The disk that holds {folder} is full. Free some space and try again; what was stored before is safe.",
        code="storage_full",
        folder=str(folder),
    )
