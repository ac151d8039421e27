"""Where uploads lie until they were read: a folder for each drop, its files under the paths they have in the course.

A file comes as a stream of any length and goes straight to the disk; what is half there is never left.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from anyio import to_thread

from knowledge.errors import InvalidInput, UnreadableDocument, disk_full_is_storage_full, storage_full
from knowledge.readers.bundle import is_litter

_PIECE = 1 << 20  # bytes written at once: each write goes through a thread
_LONGEST_PATH = 1000  # characters
_STALE_S = 24 * 3600.0  # after which what a killed server left behind is removed


def check_path(path: str) -> str:
    """The path of a file in a course as it is stored. Raises InvalidInput for what would lead elsewhere, or hides."""
    path = unicodedata.normalize("NFC", path)
    parts = path.split("/")
    if (
        len(path) > _LONGEST_PATH
        or "\\" in path
        or path[1:2] == ":"  # a drive of Windows
        or any(ord(character) < 32 for character in path)
        or any(0xD800 <= ord(character) < 0xE000 for character in path)  # half a character: no file system takes it
        or any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
        or any(is_litter(part) for part in parts)
    ):
        raise InvalidInput(
            f"{path[:120]!r} cannot be a file's name in a course. Rename the file and drop it again.",
            code="upload_name_refused",
            name=path[:120],
        )
    return path


class Incoming:
    """The folder of one drop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, path: str, pieces: AsyncIterator[bytes], *, declared: int | None, most_mb: int) -> int:
        """Writes one file and returns its size in bytes.

        Raises InvalidInput for its name, UnreadableDocument when it is too large, StorageFull; then nothing of it stays.
        """
        path, most = check_path(path), most_mb * 1_000_000
        if (declared or 0) > most:
            raise _too_large(path, most_mb)
        await to_thread.run_sync(self._check_room, declared or 0)
        place = self.folder.joinpath(*PurePosixPath(path).parts)
        file = await to_thread.run_sync(self._open, place, path)
        whole = False
        try:
            with disk_full_is_storage_full(self.folder):
                size = await _write(pieces, file, lambda: _too_large(path, most_mb), most)
                await to_thread.run_sync(file.close)
            whole = True
        finally:
            if not whole:
                with contextlib.suppress(OSError):  # what was not written yet does not fit either
                    file.close()
                place.unlink(missing_ok=True)
        return size

    def files(self) -> list[tuple[str, int]]:
        """Path and size of what has come, in the order in which it is read."""
        found = [file for file in sorted(self.folder.rglob("*")) if file.is_file()]
        return [(file.relative_to(self.folder).as_posix(), file.stat().st_size) for file in found]

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self, place: Path, path: str):
        try:
            with disk_full_is_storage_full(self.folder):
                place.parent.mkdir(parents=True, exist_ok=True)
                return place.open("xb")
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidInput(
                f"{path} was dropped twice at once. Keep one of the two and drop it again.",
                code="upload_twice",
                name=path,
            ) from error
        except OSError as error:  # a name that this file system does not take
            raise InvalidInput(
                f"{path!r} cannot be a file's name in a course. Rename the file and drop it again.",
                code="upload_name_refused",
                name=path,
            ) from error

    def _check_room(self, wanted: int) -> None:
        """Before a gigabyte is sent for nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if wanted > shutil.disk_usage(self.folder).free:
            raise storage_full(self.folder)


async def _write(pieces: AsyncIterator[bytes], file, too_large, most: int) -> int:
    held, size = bytearray(), 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large()
        held += piece
        if len(held) >= _PIECE:
            await to_thread.run_sync(file.write, bytes(held))
            held.clear()
    await to_thread.run_sync(file.write, bytes(held))
    return size


def sweep(folder: Path) -> None:
    """Removes drops so old that no server is at work on them."""
    for drop in folder.glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - drop.stat().st_mtime > _STALE_S:
                shutil.rmtree(drop, ignore_errors=True)


def _too_large(path: str, most_mb: int) -> UnreadableDocument:
    return UnreadableDocument(
        f"{path} is larger than {most_mb} MB. Split it and add the parts.",
        code="document_too_large",
        name=path,
        limit=f"{most_mb} MB",
    )
