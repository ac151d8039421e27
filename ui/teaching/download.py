"""All files of a course as one ZIP, made while it is sent: nothing of it is on the disk, and little in memory."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator

from knowledge.course import Course
from knowledge.errors import CourseError

_PIECE = 1 << 20
_MISSING = "missing-files.txt"


class _Pipe(io.RawIOBase):
    """What zipfile writes, until it is taken. It cannot seek, so sizes follow after each file."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def zip_pieces(course: Course) -> Iterator[bytes]:
    """The ZIP in pieces. Files that the course has lost are named in a text file inside. Not packed: most are already."""
    pipe, missing = _Pipe(), []
    with zipfile.ZipFile(pipe, "w") as archive:
        for document in course.documents():
            try:
                file = course.file(document.path)
            except CourseError:
                missing.append(document.path)
                continue
            info = zipfile.ZipInfo(document.path, time.localtime(max(file.stat().st_mtime, 315_532_800))[:6])  # 1980
            info.external_attr = 0o644 << 16
            with file.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
                    yield pipe.take()
        if missing:
            archive.writestr(_MISSING, "\n".join(missing) + "\n")
    yield pipe.take()
