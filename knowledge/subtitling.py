"""Recordings and the subtitles that they are read with: those beside them, and those that come to a course later."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from knowledge.course import Course, sha256_of
from knowledge.errors import CourseError
from knowledge.readers.bundle import CourseFile, without_subtitles
from knowledge.readers.subtitled import is_recording, path_without_ending, recordings_of, subtitles_beside


def with_their_subtitles(course: Course, files: list[CourseFile], stack: ExitStack) -> list[CourseFile]:
    """The files without subtitles that a recording is read with.

    Subtitles that come alone, for a recording of the course, become that recording: it lies beside them as long as the
    stack.
    """
    files = without_subtitles(files)
    given = {file.name for file in files}
    recordings = {
        path_without_ending(PurePosixPath(document.path)): document.path
        for document in course.documents()
        if is_recording(document.path) and document.path not in given
    }
    found = {}
    for file in files:
        theirs = recordings_of(PurePosixPath(file.name)) & set(recordings)
        if theirs and file.error is None:
            file = _beside(course, recordings[max(theirs)], file, stack)
        found[file.name] = file
    return list(found.values())


def subtitles_digest(file: Path, name: str, language: str) -> str:
    """The SHA-256 of the subtitles that a file will be read with, empty when there are none."""
    subtitles = subtitles_beside(file, language) if is_recording(name) else None
    return sha256_of(subtitles) if subtitles is not None else ""


def superseded(course: Course, files: dict[str, CourseFile]) -> list[str]:
    """Documents of the course that are subtitles, and that a recording among the files is read with by now."""
    recordings = {path_without_ending(PurePosixPath(name)) for name in course.subtitled() if name in files}
    paths = [document.path for document in course.documents() if document.path not in files]
    return [path for path in paths if recordings_of(PurePosixPath(path)) & recordings]


def _beside(course: Course, recording: str, subtitles: CourseFile, stack: ExitStack) -> CourseFile:
    """The course's own recording, in a folder with the subtitles; they alone when its file is missing."""
    try:
        kept = course.file(recording)
    except CourseError:
        return subtitles
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coursemate-")))
    name = PurePosixPath(recording).name
    (folder / name).symlink_to(kept.absolute())
    (folder / PurePosixPath(subtitles.name).name).symlink_to(subtitles.path.absolute())
    return CourseFile(folder / name, recording)
