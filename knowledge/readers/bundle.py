"""A folder or a ZIP of course files -> its files, each with its path inside the course. Reads none of them.

A zip comes from strangers: what it would unpack to is judged from its directory, and it is unpacked into a temporary
folder that goes when the files were read. A zip inside is opened as well, one inside that is not.
"""

from __future__ import annotations

import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from knowledge.errors import UnreadableDocument, disk_full_is_storage_full
from knowledge.readers import FORMATS
from knowledge.readers.archives import open_archive
from knowledge.readers.member_names import member_name
from knowledge.readers.subtitled import is_recording, path_without_ending, recordings_of

MOST_BYTES = 4_000_000_000  # unpacked, of one zip with what is nested in it: some hours of lectures
MOST_FILES = 5_000
_DEEPEST = 2  # zips in one another
_LITTER = ("__macosx", "thumbs.db", "desktop.ini")  # what systems leave behind


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A file to be added under `name`, or, with `error`, a zip that was not opened."""

    path: Path
    name: str
    error: UnreadableDocument | None = None


@dataclass(slots=True)
class _Allowance:
    """What a zip and those in it may still unpack to."""

    bytes: int = MOST_BYTES
    files: int = MOST_FILES


@contextmanager
def course_files(path: Path, name: str | None = None) -> Iterator[list[CourseFile]]:
    """The file at a path, or all below a folder or in a zip; those from a zip exist only as long as the context.

    Left out are hidden files, what systems leave behind, and subtitles that belong to a recording beside them. `name`
    is what a single file is called in the course, or the zip that the files come from. Raises UnreadableDocument when
    there is nothing to add.
    """
    with ExitStack() as stack:
        found = _gather(path, name, stack)
        if not found:
            raise UnreadableDocument(
                f"There is no file at {path}. Check the path.", code="document_no_file", document=str(path)
            )
        yield without_subtitles(found)


def holds_recording(path: Path) -> bool:
    """Whether a recording lies at, below or in the path: speech recognition takes seconds to load, and may not be needed."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return any(
        is_recording(file.name) or (is_bundle(file, file.name) and _zip_holds_recording(file)) for file in files
    )


def is_bundle(path: Path, name: str) -> bool:
    """Whether a file is a zip of files, and not one of the formats that are zips themselves."""
    from knowledge.readers import sniff

    if PurePosixPath(name).suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    try:
        return sniff(path, name) not in FORMATS
    except UnreadableDocument:
        return True


def _gather(path: Path, name: str | None, stack: ExitStack) -> list[CourseFile]:
    if path.is_file():
        inside = name or path.name
        if not is_bundle(path, inside):
            return [CourseFile(path, inside)]
        folder = PurePosixPath(inside).parent.as_posix()
        return _opened(CourseFile(path, inside), "" if folder == "." else f"{folder}/", stack)
    return _below(path, "", stack)


def _below(
    folder: Path, prefix: str, stack: ExitStack, depth: int = 0, left: _Allowance | None = None
) -> list[CourseFile]:
    """The files below a folder in the order of their paths; a zip's stand under the zip's name."""
    found: list[CourseFile] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or any(is_litter(part) for part in inside.parts):
            continue
        file = CourseFile(path, prefix + unicodedata.normalize("NFC", inside.as_posix()))
        if is_bundle(path, file.name):
            found += _opened(file, file.name[: -len(".zip")] + "/", stack, depth + 1, left)
        else:
            found.append(file)
    return found


def _opened(
    zipped: CourseFile, prefix: str, stack: ExitStack, depth: int = 1, left: _Allowance | None = None
) -> list[CourseFile]:
    """What is in a zip, or the zip with the reason why it stays shut."""
    if depth > _DEEPEST:
        return [CourseFile(zipped.path, zipped.name, _too_deep(zipped.name))]
    unpacked = stack.enter_context(tempfile.TemporaryDirectory(prefix="coursemate-", ignore_cleanup_errors=True))
    folder = Path(unpacked, prefix)  # so that a path ends with its name in the course: by that readers find neighbours
    left = left or _Allowance()
    try:
        _unpack(zipped.path, folder, zipped.name, left)
    except UnreadableDocument as error:
        return [CourseFile(zipped.path, zipped.name, error)]
    return _below(folder, prefix, stack, depth, left) or [CourseFile(zipped.path, zipped.name, _empty(zipped.name))]


def _unpack(path: Path, folder: Path, name: str, left: _Allowance) -> None:
    """Writes a zip's files below a folder, if all of them may be unpacked. Raises UnreadableDocument."""
    with open_archive(path, most_bytes=left.bytes, most_files=left.files, name=name, called=_called) as archive:
        with disk_full_is_storage_full(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for member in archive.names():
                archive.extract(member, folder)
        left.files -= len(archive.names())
        left.bytes -= sum(map(archive.size, archive.names()))


def _called(info: zipfile.ZipInfo) -> str | None:
    """The true name of a file in a zip, or None for what systems leave behind."""
    name = member_name(info)
    return None if any(is_litter(part) for part in name.split("/")) else name


def is_litter(part: str) -> bool:
    return (part.startswith((".", "~$")) and part not in (".", "..")) or part.lower() in _LITTER


def without_subtitles(files: list[CourseFile]) -> list[CourseFile]:
    """Without the subtitles that lie beside a recording among the files: the recording is read with them."""
    recordings = {path_without_ending(file.path) for file in files if is_recording(file.name)}
    return [file for file in files if not recordings.intersection(recordings_of(file.path))]


def _zip_holds_recording(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(is_recording(inside) or inside.lower().endswith(".zip") for inside in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False  # reported when it is added


def _too_deep(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} lies in a zip that lies in a zip, and was not opened. Unpack it and add its files.",
        code="archive_too_deep",
        name=name,
    )


def _empty(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name} holds no file. Make it anew and add that.", code="archive_empty", name=name)
