"""What became of every file of a course when it was last read: how long it took, or why it was refused.

Kept as `readings.json` in the course's folder, beside what the course itself knows. Losing it loses no course.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from knowledge.errors import CoursemateError

_SAVE_EVERY_S = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """`code` and `details` name the error in the catalogues, `error` says it in English; both only of a refused file."""

    document: str
    seconds: float = 0.0
    at: float = 0.0  # seconds since 1970
    error: str = ""
    code: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return bool(self.error)

    def as_error(self) -> CoursemateError:
        return CoursemateError(self.error, **{"code": self.code, **self.details})


class Readings:
    """Of one course; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "readings.json"
        self._turn = threading.Lock()
        self._saved = 0.0
        self._readings = {reading.document: reading for reading in _load(self._file)}

    def all(self) -> dict[str, Reading]:
        with self._turn:
            return dict(self._readings)

    def refused(self) -> list[Reading]:
        return sorted((reading for reading in self.all().values() if reading.refused), key=lambda one: one.document)

    def keep(self, document: str, *, seconds: float, error: CoursemateError | None = None) -> None:
        details = {key: str(value) for key, value in error.details.items()} if error else {}
        reading = Reading(
            document, round(seconds, 1), time.time(), str(error or ""), error.code if error else "", details
        )
        with self._turn:
            self._readings[document] = reading
        self.save(soon=True)

    def forget(self, document: str) -> None:
        with self._turn:
            self._readings.pop(document, None)
        self.save()

    def save(self, *, soon: bool = False) -> None:
        """With `soon`, not more often than every two seconds: a folder of thousands of small files is read fast."""
        with self._turn:
            if soon and time.monotonic() - self._saved < _SAVE_EVERY_S:
                return
            self._saved = time.monotonic()
            partial = self._file.with_suffix(".part")
            values = [asdict(reading) for reading in self._readings.values()]
            try:
                partial.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
                partial.replace(self._file)
            except OSError as error:  # the course is what counts, and it is stored
                _log.warning("%s was not written: %s", self._file, error)


def _load(file: Path) -> list[Reading]:
    try:
        values: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        return [Reading(**value) for value in values]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        _log.warning("%s cannot be read: %s", file, error)
        return []
