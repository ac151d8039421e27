"""A file becomes part of a course: read, split, embed, store. Says how far it is while it works.

Reading happens in a process of its own (knowledge/isolation). Nothing of a file is seen in the course before all of it
is stored, in one transaction, so stopping at any moment leaves the course as before or as after a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge import figure_search, figure_vectors, sentence_vectors
from knowledge.background import Background
from knowledge.chunking import split
from knowledge.course import Beside, Course, sha256_of
from knowledge.courtesy import CourteousSeer, CourteousTranscriber, Courtesy
from knowledge.documents import Chunk, Document
from knowledge.embedding import Embedder, embedder_of
from knowledge.errors import CoursemateError, InvalidInput, UnreadableDocument
from knowledge.isolation import Cancelled, IsolatedReader
from knowledge.limits import Limits
from knowledge.picture_embedding import PictureEmbedder
from knowledge.readers.bundle import CourseFile, course_files
from knowledge.remaining import Remaining
from knowledge.subtitling import subtitles_digest, superseded, with_their_subtitles

_BATCH, _SMALL_BATCH = 32, 8  # chunks embedded between two reports; fewer when a conversation may be waiting

Status = Literal["added", "replaced", "unchanged", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; as a dictionary, a line of `coursemate course add --json`."""

    document: str
    status: Status
    pages: int | None = None
    chunks: int = 0
    figures: int = 0
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of adding: `share` of this stage of this file that is done, 0..1; `outcome` comes with the last step.

    `left_s`: seconds that all files will still take, None while too little was measured to say. `error` comes with
    "failed", for a screen that says it in another language.
    """

    document: str
    stage: Literal["reading", "embedding", "stored", "unchanged", "removed", "failed", "stopped"]
    share: float
    message: str = ""
    left_s: float | None = None
    outcome: Outcome | None = None
    error: CoursemateError | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What reading may need. Without `seer` pictures stay unread; without `transcriber` recordings are refused.

    With `picture_embedder`, figures can be found by what they show. With `courtesy`, adding waits while somebody is being
    answered.
    """

    embedder: Embedder
    seer: object | None = None
    transcriber: object | None = None
    limits: Limits = field(default_factory=Limits)
    courtesy: Courtesy | None = None
    picture_embedder: PictureEmbedder | None = None


def add(
    course: Course,
    path: Path | Sequence[Path],
    tools: Tools,
    *,
    name: str | None = None,
    sync: bool = False,
    anew: bool = False,
    cancelled: threading.Event | None = None,
) -> Iterator[Progress]:
    """Adds files, folders or zips. A file that cannot be read is reported as "failed" and leaves the others alone.

    With `sync`, documents whose files are no longer there are removed: only for folders that hold the whole course.
    With `anew`, files are read also when their content is in the course. Stops when `cancelled` is set, or when the
    generator is closed.
    """
    tools = replace(tools, embedder=embedder_of(course, tools.embedder))
    with ExitStack() as stack:
        starts = [path] if isinstance(path, Path) else path
        found = [file for start in starts for file in stack.enter_context(course_files(start, name))]
        files = with_their_subtitles(course, found, stack)
        adding = _Adding(course, tools, {file.name: file for file in files}, anew, cancelled)
        stack.callback(adding.close)
        try:
            for file in adding.files.values():
                yield from adding.add_file(file)
            yield from adding.remove(superseded(course, adding.files))
            if sync:
                yield from adding.remove([d.path for d in course.documents() if d.path not in adding.files])
        except Cancelled:
            yield Progress(adding.current, "stopped", 1.0)


class _Adding:
    """One call of add: its files, the process that reads them, and what was measured on the way."""

    def __init__(
        self, course: Course, tools: Tools, files: dict[str, CourseFile], anew: bool, cancelled: threading.Event | None
    ) -> None:
        self.course, self.tools, self.files, self.anew, self.cancelled = course, tools, files, anew, cancelled
        self.reader = IsolatedReader(tools.limits)
        self.remaining = Remaining({inside: _size(file.path) for inside, file in files.items()})
        self.current = ""
        self._began = 0.0
        self._after = dict(pairwise(files))  # the name of a file -> that of the next
        self._ahead: tuple[str, tuple[str, str], Background[float, Document]] | None = None  # name, hashes, reading

    def close(self) -> None:
        self._take_ahead("", ("", ""))
        self.reader.close()

    def add_file(self, course_file: CourseFile) -> Iterator[Progress]:
        file, inside = course_file.path, course_file.name
        self.current, self._began = inside, time.monotonic()
        self.remaining.begin(inside)
        done = False
        try:
            self._stop_if_asked()
            if course_file.error is not None:
                raise course_file.error
            digest, subtitles = _digests(file, inside, self.course.language)
            if (known := self._known(inside, digest, subtitles)) is not None:
                yield known
            else:
                yield from self._read_and_store(file, inside, digest, subtitles)
                done = True
        except (UnreadableDocument, InvalidInput) as error:
            outcome = Outcome(inside, "failed", seconds=self._seconds(), error=str(error))
            yield Progress(inside, "failed", 1.0, str(error), outcome=outcome, error=error)
        self.remaining.end(counts=done)

    def remove(self, documents: Sequence[str]) -> Iterator[Progress]:
        for document in documents:
            self._stop_if_asked()
            self.course.remove(document)
            yield Progress(document, "removed", 1.0, outcome=Outcome(document, "removed"))

    def _known(self, inside: str, digest: str, subtitles: str) -> Progress | None:
        """The last step for a file whose content is in the course: under this path, or under one whose file is gone."""
        if self.anew:
            return None
        message = ""
        same = self.course.same_content(digest, subtitles)
        if inside not in same:
            others = [path for path in same if path not in self.files]
            if not others or self.course.document(inside) is not None:
                return None
            self.course.rename(others[0], inside)
            message = f"it was {others[0]} before"
        stored = self.course.document(inside)
        outcome = Outcome(
            inside, "unchanged", stored.pages, stored.chunks, stored.figures, stored.warnings, self._seconds()
        )
        return Progress(inside, "unchanged", 1.0, message, outcome=outcome)

    def _read_and_store(self, file: Path, inside: str, digest: str, subtitles: str) -> Iterator[Progress]:
        document = yield from self._read(file, inside, (digest, subtitles))
        chunks = split(document, count_tokens=self.tools.embedder.count_tokens)
        if not chunks:
            raise UnreadableDocument(
                f"Nothing could be read in {inside}: it holds no text, no speech and no words in pictures.",
                code="document_empty",
                document=inside,
            )
        self._read_ahead()
        vectors, parts = yield from self._embed(document, chunks)
        status = "added" if self.course.document(inside) is None else "replaced"
        features = [figure_search.features_of(figure.image) for figure in document.figures]
        pictured = yield from self._embed_figures(document, chunks)
        beside = (sentence_vectors.writer(parts), figure_search.writer(features), *pictured)
        self.course.store(document, file, chunks, vectors, sha256=digest, subtitles=subtitles, beside=beside)
        outcome = Outcome(
            inside, status, document.pages, len(chunks), len(document.figures), document.warnings, self._seconds()
        )
        yield Progress(inside, "stored", 1.0, "; ".join(document.warnings), outcome=outcome)

    def _read(self, file: Path, inside: str, digests: tuple[str, str]) -> Generator[Progress, None, Document]:
        yield self._step("reading", 0.0)
        reading = self._take_ahead(inside, digests) or self._begin_reading(file, inside)
        try:
            reports = reading.reports()
            while True:
                yield self._step("reading", next(reports))
        except StopIteration as ended:
            return ended.value
        finally:
            reading.close()

    def _begin_reading(self, file: Path, inside: str) -> Background[float, Document]:
        def read(report: Callable[[float], None], stop: threading.Event) -> Document:
            seer, transcriber = self._courteous(stop)
            return self.reader.read(
                file, name=inside, seer=seer, transcriber=transcriber, language=self.course.language,
                on_progress=report, cancelled=stop,
            )  # fmt: skip

        return Background(read, self.cancelled)

    def _read_ahead(self) -> None:
        """Begins to read the next file, if it will be read, while this one is embedded: neither keeps all cores busy."""
        following = self.files.get(self._after.get(self.current, ""))
        if following is None or following.error is not None:
            return
        with suppress(UnreadableDocument):  # told when its turn comes
            digests = _digests(following.path, following.name, self.course.language)
            if self.anew or not self.course.same_content(*digests):
                self._ahead = (following.name, digests, self._begin_reading(following.path, following.name))

    def _take_ahead(self, inside: str, digests: tuple[str, str]) -> Background[float, Document] | None:
        """The reading that was begun, if it was of this file with this content; any other is stopped."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead[:2] == (inside, digests):
            return ahead and ahead[2]
        ahead[2].close()
        return None

    def _embed(
        self, document: Document, chunks: Sequence[Chunk]
    ) -> Generator[Progress, None, tuple[np.ndarray, list[np.ndarray]]]:
        """The vectors of the chunks, and of the sentences of each."""
        embedder = self.tools.embedder
        size = _BATCH if self.tools.courtesy is None else _SMALL_BATCH
        whole = len(chunks) + (len(document.figures) if self.tools.picture_embedder else 0)
        vectors = np.zeros((len(chunks), embedder.dimensions), np.float32)
        parts: list[np.ndarray] = []
        for start in range(0, len(chunks), size):
            self._give_way()
            batch = chunks[start : start + size]
            texts = [embedded_text(document, chunk) for chunk in batch]
            vectors[start : start + size], told = sentence_vectors.embed(embedder, texts, [chunk.text for chunk in batch])
            parts += told
            yield self._step("embedding", (start + len(batch)) / whole)
        return vectors, parts

    def _embed_figures(self, document: Document, chunks: Sequence[Chunk]) -> Generator[Progress, None, list[Beside]]:
        """What writes the vectors of the figures, where a picture embedder is set."""
        embedder, images = self.tools.picture_embedder, [figure.image for figure in document.figures]
        if embedder is None:
            return []
        vectors: list[np.ndarray | None] = []
        for start in range(0, len(images), figure_vectors.AT_ONCE):
            self._give_way()
            vectors += figure_vectors.embed(embedder, images[start : start + figure_vectors.AT_ONCE])
            yield self._step("embedding", (len(chunks) + len(vectors)) / (len(chunks) + len(images)))
        return [figure_vectors.writer(embedder.name, vectors)]

    def _courteous(self, stop: threading.Event) -> tuple[object | None, object | None]:
        """The engines that look and listen, waiting their turn."""
        seer, transcriber, courtesy = self.tools.seer, self.tools.transcriber, self.tools.courtesy
        if courtesy is None:
            return seer, transcriber

        def wait() -> None:
            courtesy.wait(stop.is_set)

        return seer and CourteousSeer(seer, wait), transcriber and CourteousTranscriber(transcriber, wait)

    def _step(self, stage: Literal["reading", "embedding"], share: float) -> Progress:
        return Progress(self.current, stage, share, left_s=self.remaining.left_s(stage, share))

    def _give_way(self) -> None:
        """Waits while somebody is being answered, and stops if asked."""
        if self.tools.courtesy is not None:
            self.tools.courtesy.wait(self._is_cancelled)
        self._stop_if_asked()

    def _is_cancelled(self) -> bool:
        return self.cancelled is not None and self.cancelled.is_set()

    def _stop_if_asked(self) -> None:
        if self._is_cancelled():
            raise Cancelled

    def _seconds(self) -> float:
        return round(time.monotonic() - self._began, 3)


def embedded_text(document: Document, chunk: Chunk) -> str:
    """What the embedder sees: the headings say what a paragraph takes for granted."""
    trail = " > ".join(chunk.trail) or document.title
    return f"{trail}\n{chunk.text}"


def every_progress(steps: Iterator[Progress], report: Callable[[Progress], None]) -> list[Progress]:
    """Runs the steps to their end, reporting each; returns those that failed."""
    failed = []
    for step in steps:
        report(step)
        if step.stage == "failed":
            failed.append(step)
    return failed


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # reported when its turn comes


def _digests(file: Path, inside: str, language: str) -> tuple[str, str]:
    """The SHA-256 of a file, and of the subtitles that it is read with."""
    try:
        return sha256_of(file), subtitles_digest(file, inside, language)
    except OSError as error:
        raise UnreadableDocument(
            f"{inside} cannot be opened ({error.strerror}). Check that the file exists and may be read.",
            code="document_missing",
            name=inside,
        ) from error
