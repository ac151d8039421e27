"""coursemate course create|add|list|remove, and coursemate search."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from chatbot.course_reading import CourseRead, read_course
from chatbot.loading import build_engines, build_retriever
from chatbot.settings import Settings
from knowledge.adding import Progress, Tools, add, every_progress
from knowledge.course import Course
from knowledge.courtesy import Courtesy
from knowledge.documents import Passage
from knowledge.errors import CourseDamaged
from knowledge.evidence import strength
from knowledge.library import Library
from knowledge.picture import decode_picture
from knowledge.reembedding import reembed
from knowledge.retrieval import Query
from ui.commands.output import place, result, result_json, result_table, tell, tell_progress

_GENTLE = 10  # added to the niceness of adding: a server that answers on the same machine goes first


def create(arguments: Namespace, settings: Settings) -> int:
    library = Library(settings.courses)
    library.check_new(arguments.name)  # before the embedder is loaded, which takes seconds
    embedder = build_engines(settings).load("embedder").for_language(arguments.language)
    course = library.create(
        arguments.name,
        title=arguments.title,
        language=arguments.language,
        embedder=embedder.name,
        dimensions=embedder.dimensions,
    )
    tell(f"Created the course {course.name!r}. Add files with: coursemate course add {course.name} PATH")
    return 0


def add_paths(arguments: Namespace, settings: Settings) -> int:
    """Adds to a course, which is created when there is none of that name."""
    if arguments.sync and not all(path.is_dir() for path in arguments.paths):
        tell("coursemate: --sync is for folders that hold the whole course; add single files without it.")
        return 2
    with suppress(OSError):
        os.nice(_GENTLE)  # before any engine starts its threads, which keep what they were born with
    engines = build_engines(settings)
    library = Library(settings.courses)
    if arguments.name not in library.names():
        create(Namespace(name=arguments.name, title="", language=arguments.language or "en"), settings)
    course = library.open(arguments.name)
    transcriber = transcriber_for(engines, arguments.paths)
    tools = Tools(
        engines.load("embedder"), engines.load("seer"), transcriber, settings.limits,
        picture_embedder=engines.load_if_set("picture_embedder"),
    )  # fmt: skip
    steps = add(course, arguments.paths, tools, sync=arguments.sync)
    failed = every_progress(steps, tell_outcome if arguments.json else tell_progress)
    summary = course.summary()
    tell(f"{course.name}: {summary.documents} documents, {summary.chunks} passages, {summary.figures} figures.")
    library.close()  # writes the index
    return 1 if failed else 0


def tell_outcome(step: Progress) -> None:
    """What became of a file, as a line of JSON."""
    if step.outcome is not None:
        result_json({key: value for key, value in asdict(step.outcome).items() if key != "error" or value})


def transcriber_for(engines, paths: list[Path]):
    """Loaded only when a recording is among the files: it costs seconds."""
    from knowledge.readers.bundle import holds_recording

    return engines.load("transcriber") if any(holds_recording(path) for path in paths) else None


def list_all(arguments: Namespace, settings: Settings) -> int:
    library = Library(settings.courses)
    summaries = library.list()
    for name in sorted(set(library.names()) - {summary.name for summary in summaries}):
        try:
            library.open(name)
        except CourseDamaged as error:
            tell(str(error))
    if arguments.json:
        result_json([asdict(summary) for summary in summaries])
    elif not summaries:
        tell("No course yet. Create one with: coursemate course create NAME")
    else:
        result_table(
            ("name", "title", "language", "documents", "passages", "figures"),
            [(s.name, s.title, s.language, s.documents, s.chunks, s.figures) for s in summaries],
        )
    return 0


def remove(arguments: Namespace, settings: Settings) -> int:
    library = Library(settings.courses)
    if arguments.document:
        library.open(arguments.name).remove(arguments.document)
    else:
        library.remove(arguments.name)
    tell(f"Removed {arguments.document or arguments.name}.")
    return 0


def search(arguments: Namespace, settings: Settings) -> int:
    course = Library(settings.courses, index_on_gpu=settings.index_on_gpu).open(arguments.course)
    engines = build_engines(settings)
    seen, picture = "", None
    if arguments.image:
        picture = decode_picture(arguments.image.read_bytes(), name=arguments.image.name)
        seen = engines.load("seer").look(picture).text
    retriever = build_retriever(engines)
    began = time.perf_counter()
    passages = retriever.retrieve(course, Query(arguments.query, seen, picture, tuple(arguments.document), arguments.section), arguments.k)
    ms = (time.perf_counter() - began) * 1000
    if arguments.json:
        result_json(_found(arguments.query, passages, ms, why=arguments.why))
        return 0
    for passage in passages:
        result(f"{passage.rank}. {passage.document}, {place(passage.locator)}  ({passage.score:.3f})")
        result(f"   {' '.join(passage.text.split())[:300]}")
    if not passages:
        tell("Nothing in the course bears on this.")
    return 0


def _found(query: str, passages: list[Passage], ms: float, *, why: bool) -> dict[str, Any]:
    if why:
        told = [passage.to_json() for passage in passages]
        return {"query": query, "evidence": strength(passages), "passages": told, "ms": round(ms, 1)}
    told = [replace(passage, why=None).to_json() for passage in passages]
    return {"query": query, "passages": told, "ms": round(ms, 1)}


def prepare_sample(
    library: Library, settings: Settings, engines, sample: Path, courtesy: Courtesy | None = None
) -> Course:
    """The sample course, created and read under the name `sample`; unchanged files are skipped."""
    embedder = engines.load("embedder")
    if "sample" not in library.names():
        library.create(
            "sample", title="Light and Lenses", embedder=embedder.name, dimensions=embedder.dimensions
        )
    course = library.open("sample")
    tools = Tools(
        embedder, engines.load("seer"), engines.load("transcriber"), settings.limits, courtesy,
        engines.load_if_set("picture_embedder"),
    )  # fmt: skip
    every_progress(add(course, sample, tools), tell_progress)
    return course


def embed(arguments: Namespace, settings: Settings) -> int:
    """Embeds a course anew, with the embedder that its language calls for now; its figures too, where a picture embedder is set."""
    library = Library(settings.courses)
    course = library.open(arguments.name)
    engines = build_engines(settings)
    embedder = engines.load("embedder").for_language(arguments.language or course.language)
    pictures = engines.load_if_set("picture_embedder")
    counted = "passages and figures" if pictures else "passages"
    for done, total in reembed(course, embedder, language=arguments.language, picture_embedder=pictures):
        tell(f"\r{done} of {total} {counted}", end="")
    tell(f"\n{course.name} is searched with {embedder.name} now{f', its figures with {pictures.name}' if pictures else ''}.")
    library.close()
    return 0


def read(arguments: Namespace, settings: Settings) -> int:
    """What the server does while nobody asks, done at once; may be broken off, and goes on from there."""
    course = Library(settings.courses).open(arguments.name)
    state = CourseRead(course.chunk_count())
    if settings.course_cache_mb:
        for state in read_course(course, build_engines(settings).load("chat"), settings.course_cache_mb):
            tell(f"\r{100 * state.seen // state.beginnings} %", end="")
    if state.percent == 100:
        tell(f"\nThe chat model has read {course.name}: a question waits for its own words only.")
        return 0
    tell(
        f"\n{state.percent} % of its beginnings are kept: there is room for no more, or the chat engine keeps nothing. "
        "For more room set course_cache_mb."
    )
    return 1
