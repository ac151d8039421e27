"""Library: the folder of courses. What is inside a course: knowledge/course.py."""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
from pathlib import Path

from knowledge.course import Course
from knowledge.course_rows import SCHEMA, CourseSummary
from knowledge.errors import CourseDamaged, CourseError, CourseExists, CourseNotFound, disk_full_is_storage_full

_NAME = re.compile(r"[\w][\w .-]{0,79}", re.UNICODE)


class Library:
    """The folder of courses. An opened course is shared by all who open it."""

    def __init__(self, folder: Path, *, index_on_gpu: bool = False) -> None:
        """With `index_on_gpu`, very large courses are searched on a GPU; raises MissingExtra where that is not possible."""
        if index_on_gpu:
            from knowledge.index.on_gpu import check_gpu

            check_gpu()
        self.folder, self._index_on_gpu = folder, index_on_gpu
        self._open: dict[str, Course] = {}
        self._turn = threading.Lock()

    def names(self) -> list[str]:
        return sorted(file.parent.name for file in self.folder.glob("*/course.sqlite"))

    def list(self) -> tuple[CourseSummary, ...]:
        """All courses that can be opened; a damaged one is left out here and reported when it is opened."""
        summaries = []
        for name in self.names():
            try:
                summaries.append(self.open(name).summary())
            except CourseDamaged:
                continue
        return tuple(summaries)

    def create(self, name: str, *, title: str = "", language: str = "en", embedder: str, dimensions: int) -> Course:
        """Makes an empty course whose vectors will come from the embedder of that name."""
        folder = self.check_new(name)
        with disk_full_is_storage_full(self.folder):
            (folder / "files").mkdir(parents=True, exist_ok=True)
            partial = folder / "course.sqlite.part"
            partial.unlink(missing_ok=True)
            db = sqlite3.connect(partial)
            with db:
                db.executescript(SCHEMA)
                meta = {"title": title or name, "language": language, "embedder": embedder}
                meta |= {"dimensions": str(dimensions), "revision": "0"}
                db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            db.close()
            partial.replace(folder / "course.sqlite")
        return self.open(name)

    def check_new(self, name: str) -> Path:
        """The folder that a new course of that name gets. Raises CourseError or CourseExists."""
        folder = self._folder(name)
        if (folder / "course.sqlite").exists():
            raise CourseExists(
                f"There is a course named {name!r} already. Add to it with: coursemate course add {name} PATH, or "
                "choose another name.",
                code="course_exists",
                course=name,
            )
        return folder

    def open(self, name: str) -> Course:
        """Raises CourseNotFound naming the courses there are, or CourseDamaged."""
        folder = self.folder_of(name)
        with self._turn:
            if name not in self._open:
                if not (folder / "course.sqlite").is_file():
                    raise self._not_found(name)
                self._open[name] = Course(folder, index_on_gpu=self._index_on_gpu)
            return self._open[name]

    def folder_of(self, name: str) -> Path:
        """The folder of a course, which may be damaged or have lost its database. Raises CourseNotFound."""
        folder = self._folder(name)
        if not folder.is_dir():
            raise self._not_found(name)
        return folder

    def _not_found(self, name: str) -> CourseNotFound:
        return CourseNotFound(
            f"There is no course named {name!r}. Courses here: {', '.join(self.names()) or 'none yet'}.",
            code="course_not_found",
            course=name,
            courses=", ".join(self.names()),
        )

    def let_go(self, name: str) -> None:
        """Closes a course, if it is open."""
        with self._turn:
            if course := self._open.pop(name, None):
                course.close()

    def remove(self, name: str) -> None:
        """Deletes the course with all its files."""
        folder = self._folder(name)
        if not folder.is_dir():
            self.open(name)
        with self._turn:
            if course := self._open.pop(name, None):
                course.close()
            shutil.rmtree(folder)

    def close(self) -> None:
        with self._turn:
            for course in self._open.values():
                course.close()
            self._open.clear()

    def _folder(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.endswith((".", " ")):
            raise CourseError(
                f"{name!r} cannot be a course's name. Use letters, digits, spaces, '-', '_' and '.', at most 80.",
                code="course_name_invalid",
                course=name,
            )
        return self.folder / name
