"""Zip archives from strangers: what they would unpack to is judged from their directory before anything is unpacked.

Office files, EPUBs and whole courses are zips. Knows nothing of what the members mean.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from knowledge.errors import UnreadableDocument

MOST_BYTES = 500_000_000  # unpacked: a deck full of films
MOST_FILES = 10_000
MOST_RATIO = 200.0  # unpacked to packed: XML reaches 20 to 100, deflate's own limit is 1032
_SMALL = 1_000_000  # bytes that may be packed as tightly as they like: an empty sheet, a white picture
_PIECE = 1 << 16
_LONGEST_PART = 255  # bytes, on every usual disk
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


class SafeArchive:
    """A zip opened for reading, whose members were all checked; use it as a context manager."""

    def __init__(self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str) -> None:
        self.name = name
        self._archive, self._members = archive, members

    def __enter__(self) -> SafeArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.close()

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def names(self) -> tuple[str, ...]:
        """The files in it, folders left out, in the order of the archive's directory."""
        return tuple(self._members)

    def size(self, member: str) -> int:
        """What a member unpacks to, in bytes."""
        return self._members[member].file_size

    def read(self, member: str, *, most_bytes: int = 100_000_000) -> bytes:
        """A member unpacked. Raises KeyError when it is not there, UnreadableDocument when it is damaged or too large."""
        if self._members[member].file_size > most_bytes:
            raise _unsafe(self.name, f"{_shown(member)} in it unpacks to more than {_size(most_bytes)}", most_bytes)
        return b"".join(self.pieces(member))

    def pieces(self, member: str) -> Iterator[bytes]:
        """A member unpacked some kilobytes at a time; never more than its directory entry declares."""
        info = self._members[member]
        left = info.file_size
        try:
            with self._archive.open(info) as file:
                while left > 0 and (piece := file.read(min(_PIECE, left))):
                    left -= len(piece)
                    yield piece
                file.read(1)  # zipfile compares the checksum only when it has met the end
        # zipfile has no base class for what a damaged member raises: RuntimeError is a password, the rest is damage
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise _damaged(self.name) from error
        if left:
            raise _damaged(self.name)

    def extract(self, member: str, folder: Path) -> Path:
        """Writes a member below a folder, under its own path, and returns where. Existing files are not replaced."""
        target = folder.joinpath(*PurePosixPath(member).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in self.pieces(member):
                file.write(piece)
        return target


def open_archive(
    path: Path,
    *,
    most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
    most_ratio: float = MOST_RATIO,
    name: str | None = None,
    called: Callable[[zipfile.ZipInfo], str | None] = lambda info: info.filename,
) -> SafeArchive:
    """Opens a zip whose members are all harmless to unpack; `name` is what the errors call it.

    `called` says under which path a member is known, or None to leave it out. Raises UnreadableDocument with the code document_damaged, document_encrypted or archive_unsafe.
    """
    name = name or path.name
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise _damaged(name) from error
    limits = _Limits(name, most_bytes, most_files, most_ratio)
    try:
        members = _safe_members(archive, limits, called)
    except BaseException:
        archive.close()
        raise
    return SafeArchive(archive, members, name)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the archive of that name may be."""

    name: str
    bytes: int
    files: int
    ratio: float

    def unsafe(self, reason: str) -> UnreadableDocument:
        return _unsafe(self.name, reason, self.bytes)


def _safe_members(
    archive: zipfile.ZipFile, most: _Limits, called: Callable[[zipfile.ZipInfo], str | None]
) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their paths, if every one of them may be unpacked; nothing is unpacked to find out.

    Refused are paths that leave the folder, links and devices, two members that are one file where case does not
    count, members that share their bytes (how a small zip holds terabytes), and sizes beyond the limits. Of two
    members with exactly one path the later holds, as everywhere.
    """
    every = [(called(info), info) for info in archive.infolist() if not info.is_dir()]
    every = [(path, info) for path, info in every if path is not None]
    _check_overlap([info for _, info in every], most)
    members = dict(every)
    if len(members) > most.files:
        raise most.unsafe(f"it holds more than {most.files} files")
    if sum(info.file_size for info in members.values()) > most.bytes:
        raise most.unsafe(f"it unpacks to more than {_size(most.bytes)}")
    folded = {path: unicodedata.normalize("NFC", path).casefold() for path in members}
    folders = {str(parent) for path in folded.values() for parent in PurePosixPath(path).parents}
    seen: set[str] = set()
    for path, info in members.items():
        _check_path(path, info, most)
        if folded[path] in seen or folded[path] in folders:
            raise most.unsafe(f"{_shown(path)} stands in it twice")
        seen.add(folded[path])
        if info.flag_bits & 0x1:
            raise UnreadableDocument(
                f"{most.name} is protected by a password. Save a copy without the password and add that.",
                code="document_encrypted",
                name=most.name,
            )
        if info.file_size > _SMALL and info.file_size > most.ratio * max(1, info.compress_size):
            raise most.unsafe(f"{_shown(path)} unpacks to more than {most.ratio:.0f} times its size")
    return members


def _check_path(path: str, info: zipfile.ZipInfo, most: _Limits) -> None:
    """A member must be a plain file at a plain relative path, on Windows as well."""
    parts = path.split("/")
    bad = (
        "\\" in path
        or path[1:2] == ":"  # C:, a drive of Windows
        or any(part in ("", ".", "..") or part.split(".")[0].lower() in _RESERVED for part in parts)
        or any(len(part.encode()) > _LONGEST_PART for part in parts)
        or any(ord(character) < 32 for character in path)
    )
    if bad:
        raise most.unsafe(f"the path {_shown(path)} in it leads out of the folder or is no path")
    mode = info.external_attr >> 16
    if info.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG):  # 3: written on Unix, with file modes
        raise most.unsafe(f"{_shown(path)} in it is a link, not a file")


def _check_overlap(infos: list[zipfile.ZipInfo], most: _Limits) -> None:
    ends = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < ends:
            raise most.unsafe("files in it lie over each other")
        ends = info.header_offset + 30 + info.compress_size  # 30: the shortest local header


def _unsafe(name: str, reason: str, most_bytes: int) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} was not unpacked: {reason}. Make it anew from the original files and add that.",
        code="archive_unsafe",
        name=name,
        limit=_size(most_bytes),
    )


def _damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged or was cut off on its way. Save it anew and add that.", code="document_damaged", name=name
    )


def _shown(path: str) -> str:
    return repr(path[:80])


def _size(count: int) -> str:
    return f"{count // 1_000_000} MB"
