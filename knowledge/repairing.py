"""A damaged course made whole: what can be computed is computed anew, what can be read is read again from the files as
given, and what can be neither is set aside in the course's folder `set-aside`. No file as given is ever deleted.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.adding import Tools, add
from knowledge.checking import left_over, verify
from knowledge.course import Course, sha256_of
from knowledge.errors import CourseDamaged, CourseNotFound
from knowledge.library import Library


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done; `lost` when something must be added again."""

    what: str
    document: str | None = None
    lost: bool = False


def repair(library: Library, name: str, tools: Tools) -> Iterator[Repair]:
    """Repairs a course step by step, and yields each. Nobody else may be writing to it."""
    library.folder_of(name)
    try:
        course = library.open(name)
        findings = verify(course)
        parts = {finding.part for finding in findings}
        if "database" not in parts and parts & {"keywords", "rows"}:
            yield from _keywords(course)  # first: forgetting a document needs keywords that work
    except (CourseDamaged, CourseNotFound):
        parts = {"database"}
    if "database" in parts:
        yield from _build_anew(library, name, tools)
        return
    course.check_embedder(tools.embedder.name)
    for finding in findings:
        if finding.part == "rows":
            yield from _rows(course, finding.document, tools)
        elif finding.part == "file":
            yield from _file(course, finding.document)
    if "index" in parts:
        course.drop_index()
        yield Repair("the index is built anew when it is needed")
    if parts & {"left over", "rows", "file"}:
        yield from _left_over(course)


def _keywords(course: Course) -> Iterator[Repair]:
    with course.transaction():
        course.rows("DROP TABLE IF EXISTS keywords")
        course.rows('CREATE VIRTUAL TABLE keywords USING fts5 (words, tokenize="unicode61")')
        for (path,) in course.rows("SELECT path FROM documents"):
            with contextlib.suppress(ValueError, TypeError):  # its rows are damaged, and are seen to next
                course.write_keywords("WHERE documents.path = ?", path)
    yield Repair("the keywords were written anew")


def _rows(course: Course, document: str | None, tools: Tools) -> Iterator[Repair]:
    """Reads a document again from its file; without a whole one it is set aside. Orphans are forgotten."""
    if document is None:
        with course.transaction():
            for table in ("chunks", "figures"):
                course.rows(f"DELETE FROM {table} WHERE document NOT IN (SELECT id FROM documents)")
            course.rows("DELETE FROM keywords WHERE rowid NOT IN (SELECT id FROM chunks)")
        yield Repair("rows that belonged to no document were removed")
        return
    [(digest,)] = course.rows("SELECT sha256 FROM documents WHERE path = ?", document)
    file = course.place(digest, document)
    reason = "its file is missing"
    if file.is_file():
        reason = "its file is damaged as well"
        if sha256_of(file) == digest:
            *_, last = add(course, file, tools, name=document, anew=True)
            if last.stage == "stored":
                yield Repair("it was read again from its file", document)
                return
            reason = last.message
    with course.transaction():
        course.forget(document)
    yield Repair(f"it was removed, because its passages are damaged and {reason}. Add it again", document, lost=True)


def _file(course: Course, document: str) -> Iterator[Repair]:
    """A document whose file is damaged or gone still answers; but its places cannot be opened."""
    rows = course.rows("SELECT sha256 FROM documents WHERE path = ?", document)
    if rows and (file := course.place(rows[0][0], document)).is_file():
        place = _set_aside(course.folder, file)
        yield Repair(f"its file, which is damaged, was moved to {place.relative_to(course.folder)}", document)
    if rows:
        yield Repair("it can be found and quoted, but not opened. Add its file again", document, lost=True)


def _left_over(course: Course) -> Iterator[Repair]:
    for file in left_over(course):
        if file.suffix == ".part":  # a copy that was never finished
            file.unlink(missing_ok=True)
            continue
        place = _set_aside(course.folder, file)
        yield Repair(f"{file.name}, which belongs to no document, was moved to {place.relative_to(course.folder)}")


def _set_aside(folder: Path, file: Path) -> Path:
    """Moves a file out of the way, keeping the folder that is its hash."""
    place = folder / "set-aside" / file.parent.name / file.name
    place.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(file, place))


# -- when the database itself is damaged


def _build_anew(library: Library, name: str, tools: Tools) -> Iterator[Repair]:
    """Reads every file again into a new database beside the old one, which is kept; the change is one rename."""
    library.let_go(name)
    folder = library.folder / name
    meta, paths = _what_it_says(folder / "course.sqlite")
    workshop = Library(folder / "rebuilding")
    shutil.rmtree(workshop.folder, ignore_errors=True)
    course = workshop.create(
        name,
        title=meta.get("title", ""),
        language=meta.get("language", "en"),
        embedder=tools.embedder.name,
        dimensions=tools.embedder.dimensions,
    )
    for file in sorted((folder / "files").glob("*/*")):
        if file.suffix == ".part":
            continue
        document = paths.get((file.parent.name, file.name), file.name)
        if not sha256_of(file).startswith(file.parent.name):
            yield Repair("its file is damaged, and was left out. Add it again", document, lost=True)
            continue
        *_, last = add(course, file, tools, name=document)
        if last.stage == "stored":
            yield Repair("it was read again from its file", document)
        else:
            yield Repair(f"it could not be read again: {last.message}", document, lost=True)
    workshop.close()
    _exchange(folder, course.folder)
    yield Repair(f"the damaged database was kept in {name}/set-aside")
    yield from _left_over(library.open(name))


def _exchange(folder: Path, rebuilt: Path) -> None:
    """Puts the new database in place. Its journal must go first: it would be played into the new one."""
    aside = folder / "set-aside"
    aside.mkdir(exist_ok=True)
    for file in folder.glob("course.sqlite-*"):
        shutil.move(file, aside / file.name)
    if (folder / "course.sqlite").exists():
        shutil.copyfile(folder / "course.sqlite", aside / "course.sqlite")
    for index in folder.glob("index.*.faiss"):
        index.unlink()
    for file in (rebuilt / "files").glob("*/*"):
        place = folder / "files" / file.parent.name / file.name
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            file.replace(place)
    (rebuilt / "course.sqlite").replace(folder / "course.sqlite")
    shutil.rmtree(rebuilt.parent)


def _what_it_says(database: Path) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """As much as can still be read: the course's properties, and (folder, name) of a file -> its path in the course."""
    meta: dict[str, str] = {}
    paths: dict[tuple[str, str], str] = {}
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(database)) as db:
        with contextlib.suppress(sqlite3.Error):
            for key, value in db.execute("SELECT key, value FROM meta"):
                meta[key] = str(value)
        for path, digest in db.execute("SELECT path, sha256 FROM documents"):
            paths[str(digest)[:16], str(path).rpartition("/")[2]] = str(path)
    return meta, paths
