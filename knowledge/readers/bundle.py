"""A folder or a ZIP of course files -> its files, each with its path inside the course. Reads none of them.

A zip comes from strangers: what it would unpack to is judged from its directory, and it is unpacked into a temporary
folder that goes when the files were read. A zip inside is opened as well, one inside that is not.
"""

from __future__ import annotations

import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from knowledge.errors import UnreadableDocument, disk_full_is_storage_full
from knowledge.readers import FORMATS
from knowledge.readers.recordings import SUBTITLES

MOST_BYTES = 4_000_000_000  # unpacked, of one zip with what is nested in it: some hours of lectures
MOST_FILES = 5_000
MOST_RATIO = 200.0  # unpacked to packed: text reaches 20, a bomb a thousand
_SMALL = 1_000_000  # bytes that may be packed as tightly as they like
_DEEPEST = 2  # zips in one another
_PIECE = 1 << 20
_LITTER = ("__macosx", "thumbs.db", "desktop.ini")  # what systems leave behind


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A file to be added under `name`, or, with `error`, a zip that was not opened."""

    path: Path
    name: str
    error: UnreadableDocument | None = None


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
        yield _without_subtitles(found)


def holds_recording(path: Path) -> bool:
    """Whether a recording lies at, below or in the path: speech recognition takes seconds to load, and may not be needed."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return any(
        _is_recording(file.name) or (is_bundle(file, file.name) and _zip_holds_recording(file)) for file in files
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
        return _opened(CourseFile(path, inside), "" if folder == "." else f"{folder}/", stack, 1)
    return _below(path, "", stack, 0)


def _below(folder: Path, prefix: str, stack: ExitStack, depth: int) -> list[CourseFile]:
    """The files below a folder in the order of their paths; a zip's stand under the zip's name."""
    found: list[CourseFile] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or any(is_litter(part) for part in inside.parts):
            continue
        file = CourseFile(path, prefix + unicodedata.normalize("NFC", inside.as_posix()))
        if is_bundle(path, file.name):
            found += _opened(file, file.name[: -len(".zip")] + "/", stack, depth + 1)
        else:
            found.append(file)
    return found


def _opened(zipped: CourseFile, prefix: str, stack: ExitStack, depth: int) -> list[CourseFile]:
    """What is in a zip, or the zip with the reason why it stays shut."""
    if depth > _DEEPEST:
        return [CourseFile(zipped.path, zipped.name, _too_deep(zipped.name))]
    unpacked = stack.enter_context(tempfile.TemporaryDirectory(prefix="coursemate-", ignore_cleanup_errors=True))
    folder = Path(unpacked, prefix)  # so that a path ends with its name in the course: by that readers find neighbours
    try:
        _unpack(zipped.path, folder, zipped.name)
    except UnreadableDocument as error:
        return [CourseFile(zipped.path, zipped.name, error)]
    return _below(folder, prefix, stack, depth) or [CourseFile(zipped.path, zipped.name, _empty(zipped.name))]


def _unpack(path: Path, folder: Path, name: str) -> None:
    """Writes a zip's files below a folder; never more bytes than its directory declares."""
    try:
        with zipfile.ZipFile(path) as archive, disk_full_is_storage_full(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for info, inside in _members(archive, name):
                target = folder.joinpath(*PurePosixPath(inside).parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                left = info.file_size
                with archive.open(info) as packed, target.open("xb") as file:
                    while left > 0 and (piece := packed.read(min(_PIECE, left))):
                        left -= file.write(piece)
    # zipfile has no base class for what a damaged member raises: RuntimeError is a password, the rest is damage
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableDocument(
            f"{name} is damaged or cannot be unpacked here ({error}). Make it anew from the files and add that.",
            code="document_damaged",
            name=name,
        ) from error


def _members(archive: zipfile.ZipFile, name: str) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files of a zip with their true names, if all may be unpacked. Raises UnreadableDocument if one may not."""
    found = [(info, member_name(info)) for info in archive.infolist() if not info.is_dir()]
    found = [(info, inside) for info, inside in found if not any(is_litter(part) for part in inside.split("/"))]
    if any(info.flag_bits & 0x1 for info, _ in found):
        raise UnreadableDocument(
            f"{name} is protected by a password. Save a copy without the password and add that.",
            code="document_encrypted",
            name=name,
        )
    ends, seen = 0, set()
    for info, inside in sorted(found, key=lambda one: one[0].header_offset):
        mode = info.external_attr >> 16 if info.create_system == 3 else 0  # 3: written on Unix, with file modes
        if _leads_out(inside) or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise _unsafe(name, f"{inside[:80]!r} in it is a link or leads out of the folder")
        if info.header_offset < ends or inside.casefold() in seen:
            raise _unsafe(name, "files in it lie over each other")
        if info.file_size > max(_SMALL, MOST_RATIO * info.compress_size):
            raise _unsafe(name, f"{inside[:80]!r} unpacks to more than {MOST_RATIO:.0f} times its size")
        ends = info.header_offset + 30 + info.compress_size  # 30: the shortest local header
        seen.add(inside.casefold())
    if len(found) > MOST_FILES or sum(info.file_size for info, _ in found) > MOST_BYTES:
        raise _unsafe(name, f"it holds more than {MOST_FILES} files or {MOST_BYTES // 10**9} GB")
    return found


def member_name(info: zipfile.ZipInfo) -> str:
    """The path of a member as it was meant: UTF-8 whether or not the zip says so, else GBK if it reads as Chinese.

    Chinese Windows writes GBK where the format asks for CP437. The common characters (GB 2312) are bytes from A1 up,
    CP437's letters lie below, so a French name is not taken for a Chinese one.
    """
    name = info.orig_filename if hasattr(info, "orig_filename") else info.filename
    if not info.flag_bits & 0x800:  # the flag of UTF-8
        raw = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                meant = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            if encoding == "utf-8" or _is_common_chinese(meant):
                name = meant
                break
    return unicodedata.normalize("NFC", name.split("\0")[0].replace("\\", "/"))


def _is_common_chinese(text: str) -> bool:
    beyond = [character for character in text if not character.isascii()]
    common = sum(len(character.encode("gb2312", errors="ignore")) == 2 for character in beyond)
    return common > 0.6 * len(beyond)


def _leads_out(inside: str) -> bool:
    parts = inside.split("/")
    return (
        any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
        or inside[1:2] == ":"  # a drive of Windows
        or any(ord(character) < 32 for character in inside)
    )


def is_litter(part: str) -> bool:
    return (part.startswith((".", "~$")) and part not in (".", "..")) or part.lower() in _LITTER


def _without_subtitles(files: list[CourseFile]) -> list[CourseFile]:
    """Without the subtitles of recordings among the files: the recording is read with them."""
    recordings = {file.name.rpartition(".")[0].casefold() for file in files if _is_recording(file.name)}
    return [file for file in files if not recordings.intersection(_recordings_of(file.name))]


def _recordings_of(name: str) -> set[str]:
    """What a recording is called, without its ending, if these are its subtitles: of "a.en.vtt", "a.en" and "a"."""
    path = PurePosixPath(name.casefold())
    if path.suffix not in SUBTITLES:
        return set()
    stem = path.with_suffix("")
    return {str(stem), str(stem.with_suffix(""))}


def _is_recording(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in FORMATS["recording"].suffixes


def _zip_holds_recording(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(_is_recording(inside) or inside.lower().endswith(".zip") for inside in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False  # reported when it is added


def _unsafe(name: str, reason: str) -> UnreadableDocument:
    limit = f"{MOST_BYTES // 10**9} GB"
    return UnreadableDocument(
        f"{name} was not unpacked: {reason}. Make it anew from the original files and add that.",
        code="archive_unsafe",
        name=name,
        limit=limit,
    )


def _too_deep(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} lies in a zip that lies in a zip, and was not opened. Unpack it and add its files.",
        code="archive_too_deep",
        name=name,
    )


def _empty(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name} holds no file. Make it anew and add that.", code="archive_empty", name=name)
