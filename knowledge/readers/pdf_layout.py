"""From runs of glyphs to paragraphs: segments, furniture, lines, paragraphs. Pure geometry and text; no PDFium here."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from knowledge.language import is_cjk
from knowledge.readers.pdf_file import Run, join_runs
from knowledge.reading_order import in_lines

_MARGIN = 0.11  # share of the height at top and bottom where running heads and page numbers stand
_PAGE_NUMBER = re.compile(
    r"^(?:page|p\.|第)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*(?:(?:of|/)\s*\d+|页)?\s*[-–—|]?$", re.I
)
_BULLET = re.compile(
    r"^(?:[•‣◦▪■●○–*·➢✓]\s*|-\s+|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+|[（(][一二三四五六七八九十\d]{1,2}[）)]|[一二三四五六七八九十]、)\S?"
)
_LEADERS = re.compile(r"\s*(?:\.\s?){5,}")  # the dots of a table of contents
_SENTENCE_END = (".", "!", "?", ":", "。", "！", "？", "：", "”", "…")


@dataclass(slots=True, eq=False)
class Segment:
    """Text on one line without a wide gap; or, with `kind` "table", a table found earlier, its Markdown as text."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 10.0
    bold: bool = False
    kind: str = "text"


@dataclass(slots=True, eq=False)
class Line:
    segments: list[Segment]
    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    bold: bool


@dataclass(slots=True, eq=False)
class Paragraph:
    """Lines that belong together. `kind` is "text" until something better is known."""

    lines: list[Line]
    page: int = 0
    kind: str = "text"
    text: str = ""
    first: Segment | None = field(default=None)

    @property
    def size(self) -> float:
        return max(self.lines, key=lambda line: len(line.text)).size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


def segments_of(runs: Iterable[Run]) -> list[Segment]:
    """Joins runs that stand side by side; a gap as wide as the letters are high parts two segments."""
    found = []
    for line in in_lines([run for run in runs if run.upright]):
        piece: list[Run] = []
        for run in line:
            if piece and run.x0 - max(r.x1 for r in piece) > max(run.size, piece[-1].size):
                found.append(_segment(piece))
                piece = []
            piece.append(run)
        if piece:
            found.append(_segment(piece))
    return [segment for segment in found if segment.text]


def _segment(runs: list[Run]) -> Segment:
    main = max(runs, key=lambda run: (len(run.text) > 1, round(run.size, 1), len(run.text)))
    letters = sum(len(run.text) for run in runs)
    bold = sum(len(run.text) for run in runs if run.bold) > 0.9 * letters
    return Segment(
        _LEADERS.sub(" … ", join_runs(runs)).strip(),
        min(run.x0 for run in runs),
        min(run.y0 for run in runs),
        max(run.x1 for run in runs),
        max(run.y1 for run in runs),
        main.size,
        bold,
    )


def body_size(pages: Iterable[Sequence[Segment]]) -> float:
    """The size in which most of the document is set."""
    weight: Counter[float] = Counter()
    for segments in pages:
        for segment in segments:
            weight[round(segment.size * 2) / 2] += len(segment.text)
    return weight.most_common(1)[0][0] if weight else 10.0


def without_furniture(pages: Sequence[Sequence[Segment]], heights: Sequence[float]) -> list[list[Segment]]:
    """Drops running heads and feet (the same words at the same height on two pages in five) and page numbers."""
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    body = body_size(pages)
    for number, (segments, height) in enumerate(zip(pages, heights, strict=True)):
        for segment in _at_margin(segments, height):
            seen[_likeness(segment)].add(number)
    enough = max(2, 0.4 * len(pages))
    kept = []
    for number, (segments, height) in enumerate(zip(pages, heights, strict=True)):
        drop = set()
        for segment in _at_margin(segments, height):
            words, place = _likeness(segment)
            on = set().union(*(seen.get((words, place + step), set()) for step in (-1, 0, 1)))
            # a chapter's running head is on some pages only; a slide's title may come twice too, but in large type
            chapter = segment.size <= 1.05 * body and any(0 < abs(number - other) <= 2 for other in on)
            if len(on) >= enough or chapter or _PAGE_NUMBER.match(segment.text):
                drop.add(id(segment))
        kept.append([segment for segment in segments if id(segment) not in drop])
    return kept


def _at_margin(segments: Sequence[Segment], height: float) -> list[Segment]:
    return [s for s in segments if s.y1 < _MARGIN * height or s.y0 > (1 - _MARGIN) * height]


def _likeness(segment: Segment) -> tuple[str, int]:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", segment.text.casefold()), round(segment.y0 / 4)


def lines_of(stretch: Sequence[Segment]) -> list[Line]:
    """The lines of one stretch; what stands on one line is joined, a gap becoming a space."""
    found = []
    for segments in in_lines(stretch):
        main = max(segments, key=lambda segment: len(segment.text))
        found.append(
            Line(
                segments,
                " ".join(segment.text for segment in segments),
                min(segment.x0 for segment in segments),
                max(segment.x1 for segment in segments),
                min(segment.y0 for segment in segments),
                max(segment.y1 for segment in segments),
                main.size,
                all(segment.bold for segment in segments),
            )
        )
    return found


def paragraphs_of(lines: Sequence[Line], vocabulary: frozenset[str]) -> list[Paragraph]:
    """Joins the lines of one column into paragraphs."""
    if not lines:
        return []
    pitch = _pitch(lines)
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    found = [Paragraph([lines[0]])]
    for above, line in pairwise(lines):
        if _begins(found[-1], above, line, pitch, left, right):
            found.append(Paragraph([line]))
        else:
            found[-1].lines.append(line)
    for paragraph in found:
        paragraph.kind = "table" if paragraph.lines[0].segments[0].kind == "table" else "text"
        paragraph.text = join_lines([line.text for line in paragraph.lines], vocabulary)
        paragraph.first = paragraph.lines[0].segments[0]
    return found


def _pitch(lines: Sequence[Line]) -> dict[float, float]:
    """For every size the usual distance from line to line."""
    steps = defaultdict(list)
    for above, line in pairwise(lines):
        if abs(above.size - line.size) < 0.05 * line.size and 0 < line.y1 - above.y1 < 2.2 * line.size:
            steps[round(line.size)].append(line.y1 - above.y1)
    return {size: sorted(found)[len(found) // 3] for size, found in steps.items()}


def _begins(paragraph: Paragraph, above: Line, line: Line, pitch, left: float, right: float) -> bool:
    """Whether a line begins a new paragraph after `above`."""
    if "table" in (above.segments[0].kind, line.segments[0].kind):
        return True
    if abs(above.size - line.size) > 0.06 * line.size or above.bold != line.bold:
        return True
    step = line.y1 - above.y1
    if step > 1.22 * pitch.get(round(line.size), 1.45 * line.size) + 0.5 or step < 0:
        return True
    if _BULLET.match(line.text):
        return True
    hanging = bool(_BULLET.match(paragraph.lines[0].text))
    if line.x0 - above.x0 > 0.8 * line.size and not hanging and line.x0 - left < 4 * line.size:
        return True
    if hanging and line.x0 < paragraph.lines[0].x0 + 0.3 * line.size and line.x0 < above.x0 - 0.5 * line.size:
        return True
    first = line.text[0] if is_cjk(line.text[0]) else line.text.split(" ", 1)[0]
    word = len(first) / len(line.text) * (line.x1 - line.x0)
    fitted = above.x1 + word + line.size < right  # the next word had room: the line was ended on purpose
    return fitted and above.text.endswith(_SENTENCE_END)


def join_lines(lines: Sequence[str], vocabulary: frozenset[str]) -> str:
    """One paragraph of its lines: words divided at a line's end are made whole, Chinese lines join without a space.

    `vocabulary` holds the document's words in lower case: "light-" + "sensitive" keeps its hyphen where the document
    writes "light-sensitive" elsewhere.
    """
    text = lines[0] if lines else ""
    for line in lines[1:]:
        divided = re.search(r"([^\W\d_]+)-$", text)
        after = re.match(r"[^\W\d_]+", line)
        if divided and after and after.group()[0].islower():
            whole, kept = divided.group(1) + after.group(), f"{divided.group(1)}-{after.group()}"
            keep = kept.lower() in vocabulary and whole.lower() not in vocabulary
            text = (text if keep else text[:-1]) + line
        else:
            one = (is_cjk(text[-1:]) and is_cjk(line[:1])) or (text.endswith(("–", "/")) and line[:1].islower())
            text += line if one else " " + line
    return text


def words_of(pages: Iterable[Sequence[Segment]]) -> frozenset[str]:
    """The document's words, hyphens inside them kept, lower case."""
    return frozenset(
        word.lower()
        for segments in pages
        for s in segments
        for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!\w|-$)", s.text)
    )
