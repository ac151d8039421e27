"""A place in the course as an HTML fragment, with the quote marked: what the panel beside the conversation shows.

Everything from a course file is escaped or cleaned; a file is never handed to the browser as a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from knowledge.course import Course
from knowledge.course_rows import DocumentSummary, StoredFigure
from knowledge.documents import Locator, Passage
from ui import pictures, places
from ui.icons import icon
from ui.marking import marked_lines, readable_rows, to_html
from ui.words import Words

if TYPE_CHECKING:
    from knowledge.page_images import SlideView

_WRITTEN_IN_MARKDOWN = ("markdown", "notebook", "word", "opendocument", "rich text", "web", "ebook", "latex", "table", "code")
_FILM = (".mp4", ".m4v", ".webm", ".mov", ".mkv")


def source_html(course: Course, document: str, at: Locator, quote: str, words: Words) -> str:
    """The whole fragment: what it is, where, and the place itself. Raises CourseError for an unknown document."""
    file = course.file(document)
    summary = next(found for found in course.documents() if found.path == document)
    kind = _kind(summary, at)
    if kind == "page":
        body = _page(course, summary, at, quote, words)
    elif kind == "slide":
        body = _slide(course, summary, at, quote, words)
    elif kind == "recording":
        body = _recording(course, summary, at, quote, words)
    elif kind == "picture":
        body = f'<figure class="cm-picture"><img src="{_at(course, "picture", document)}" alt="{escape(summary.title)}"></figure>'
        body += _text(course, summary, at, quote)
    else:
        body = _text(course, summary, at, quote)
    size = _size(file.stat().st_size)
    return _head(course, summary, at, size, words) + f'<div class="cm-source-view is-{kind}">{body}</div>'


def written_in_markdown(kind: str) -> bool:
    """Whether the readers of this kind of document give Markdown."""
    return kind in _WRITTEN_IN_MARKDOWN


def is_film(document: str) -> bool:
    return document.lower().endswith(_FILM)


def _kind(summary: DocumentSummary, at: Locator) -> str:
    if summary.kind == "picture" and summary.pages:
        return "page"
    kinds = {"pdf": "page", "slides": "slide", "recording": "recording", "picture": "picture"}
    return kinds.get(summary.kind) or places.kind(summary.path, at)


def _head(course: Course, summary: DocumentSummary, at: Locator, size: str, words: Words) -> str:
    save = (
        f'<a class="cm-save" href="{_at(course, "file", summary.path)}" download>{icon("file")}'
        f"<span>{escape(words('source.save', size=size))}</span></a>"
    )
    place = places.label(at, words)
    return (
        f'<header class="cm-source-head"><h2>{escape(summary.title)}</h2>'
        f'<p><span class="cm-place">{escape(place)}</span>{save}</p></header>'
    )


def _page(course: Course, summary: DocumentSummary, at: Locator, quote: str, words: Words) -> str:
    """The page as a picture, the quote's lines marked over it."""
    number = at.page or 1
    image = pictures.rendered_page(course.file(summary.path), number, quote, pictures.PAGE_WIDTH)
    marks = "".join(_mark(*box) for box in image.marks)
    source = _at(course, "page", summary.path, page=number, quote=quote, width=pictures.PAGE_WIDTH)
    alt = escape(words("source.page_alt", n=number, title=summary.title))
    figure = f'<figure class="cm-page"><img src="{source}" width="{image.width}" height="{image.height}" alt="{alt}">{marks}</figure>'
    return _steps(course, summary, "page", number, summary.pages, words) + figure + _quoted(quote, words)


def _mark(left: float, top: float, right: float, bottom: float) -> str:
    """A line of the quote on the page; the sides are shares of the page's width and height."""
    place = f"left:{left:.2%};top:{top:.2%};width:{right - left:.2%};height:{bottom - top:.2%}"
    return f'<span class="cm-highlight" style="{place}"></span>'


def _quoted(quote: str, words: Words) -> str:
    """The quote as words: what a screen reader reads of a picture, and what can be selected."""
    if not quote:
        return ""
    told = escape(words("source.quote"))
    return f'<blockquote class="cm-quoted"><p class="cm-sr">{told}</p>{marked_lines(readable_rows(quote))}</blockquote>'


def _slide(course: Course, summary: DocumentSummary, at: Locator, quote: str, words: Words) -> str:
    from knowledge.page_images import slide_view  # loads the slide reader: only when a slide is looked at

    number = at.slide or 1
    view = slide_view(course.file(summary.path), number)
    return _steps(course, summary, "slide", number, summary.pages, words) + slide_html(view, words, quote)


def slide_html(view: SlideView, words: Words, quote: str = "") -> str:
    """The parts of a slide, and its notes."""
    parts = [f"<h3>{marked_lines(view.title, quote)}</h3>" if view.title else ""]
    parts += [f"<p>{marked_lines(paragraph, quote)}</p>" for paragraph in view.paragraphs]
    parts += [to_html(table, quote=quote) for table in view.tables]
    parts += [f'<img src="{picture.to_data_uri()}" alt="">' for picture in view.pictures]
    notes = ""
    if view.notes:
        notes = f'<section class="cm-speaker-notes"><h4>{escape(words("source.notes"))}</h4><p>{marked_lines(view.notes, quote)}</p></section>'
    return f'<div class="cm-slide">{"".join(parts)}</div>{notes}'


def _recording(course: Course, summary: DocumentSummary, at: Locator, quote: str, words: Words) -> str:
    """A player that stands at the second, and what is said, line by line, each a button that plays from there.

    Of a film, the player waits with the slide that is shown then, and each slide stands before what is said to it.
    """
    start = at.start_s or 0.0
    slides = {slide.locator.figure: slide for slide in course.figures(summary.path)}
    numbers = {figure: number for number, figure in enumerate(slides)}
    lines: list[str] = []
    before = None
    for passage in course.chunks(summary.path):
        if passage.locator.start_s is None:
            continue
        figure = passage.locator.figure
        turned = figure is not None and figure != before and figure in slides
        source = _at(course, "figure", summary.path, n=numbers[figure]) if turned else ""
        lines.append(_said(passage, slides.get(figure), source, _is_here(passage, at, quote), quote, words))
        before = figure
    if summary.kind == "subtitles":  # words without their recording: there is nothing to play
        return f'<ol class="cm-transcript">{"".join(lines)}</ol>'
    shown = at.figure if at.figure in slides else _shown_at(start, slides.values())
    poster = f' poster="{_at(course, "figure", summary.path, n=numbers[shown])}"' if shown is not None else ""
    player = "video" if is_film(summary.path) else "audio"
    return (
        f'<{player} class="cm-player" controls playsinline preload="metadata" data-start="{start:.2f}"{poster} '
        f'src="{_at(course, "file", summary.path)}#t={start:.2f}"></{player}>'
        f'<p class="cm-hint">{escape(words("source.play_from", time=places.clock(start)))}</p>'
        f'<ol class="cm-transcript">{"".join(lines)}</ol>'
    )


def _shown_at(second: float, slides: Iterable[StoredFigure]) -> int | None:
    """The number of the slide that a film shows at a second."""
    spans = ((slide.locator.start_s or 0.0, slide.locator.end_s or 0.0, slide.locator.figure) for slide in slides)
    return next((figure for start, end, figure in spans if start <= second < end), None)


def _is_here(passage: Passage, at: Locator, quote: str) -> bool:
    return passage.locator.agrees_with(at) and (not quote or quote in passage.text)


def _said(passage: Passage, slide: StoredFigure | None, picture: str, here: bool, quote: str, words: Words) -> str:
    """A line of the transcript; `picture` is where the slide is that has just come up, whose words stand under it."""
    start = passage.locator.start_s or 0.0
    current = ' class="is-here"' if here else ""
    said, parts = passage.text, ""
    if slide is not None and picture:
        alt = escape(words("source.slide_alt", title=slide.caption))
        width, height = pictures.size(slide.image)  # known before it is loaded, so that nothing moves then
        parts = f'<figure><img src="{picture}" width="{width}" height="{height}" alt="{alt}" loading="lazy"></figure>'
    if slide is not None and slide.text and said.startswith(slide.text):
        said = said.removeprefix(slide.text).strip()
        parts += f'<p class="cm-slide-words">{marked_lines(slide.text, quote if here else "")}</p>'
    if said:
        parts += f"<p>{marked_lines(said, quote if here else '')}</p>"
    body = parts if parts.count("<p") == 1 and not picture else f"<div>{parts}</div>"
    return f'<li{current}><button data-seek="{start:.2f}">{places.clock(start)}</button>{body}</li>'


def _text(course: Course, summary: DocumentSummary, at: Locator, quote: str) -> str:
    """The document's text in order under its headings; the passage with the quote is where the panel scrolls to."""
    parts: list[str] = []
    trail: tuple[str, ...] = ()
    marked = False
    for passage in course.chunks(summary.path):
        parts += [f"<h3>{escape(heading)}</h3>" for heading in _new_headings(trail, passage.trail)]
        trail = passage.trail
        here = not marked and passage.locator.agrees_with(at) and (not quote or quote in passage.text)
        marked = marked or here
        parts.append(_passage(summary, passage, quote if here else "", here))
    return f'<div class="cm-document" lang="{escape(summary.language)}">{"".join(parts)}</div>'


def _new_headings(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    shared = 0
    while shared < min(len(before), len(now)) and before[shared] == now[shared]:
        shared += 1
    return now[shared:]


def _passage(summary: DocumentSummary, passage: Passage, quote: str, here: bool) -> str:
    if written_in_markdown(summary.kind):
        html = to_html(passage.text, quote=quote)
    else:
        html = f"<p>{marked_lines(passage.text, quote)}</p>"
    return f'<div class="cm-passage{" is-here" if here else ""}">{html}</div>'


def _steps(course: Course, summary: DocumentSummary, key: str, number: int, total: int | None, words: Words) -> str:
    """Leafing: the page or slide before and after."""
    told = words(f"source.{key}_of", n=number, total=total) if total else words(f"place.{key}", n=number)
    before = _step(course, summary, key, number - 1, "previous", words) if number > 1 else "<span></span>"
    after = _step(course, summary, key, number + 1, "next", words) if not total or number < total else "<span></span>"
    return f'<nav class="cm-steps">{before}<span>{escape(told)}</span>{after}</nav>'


def _step(course: Course, summary: DocumentSummary, key: str, number: int, side: str, words: Words) -> str:
    source = _at(course, "source", summary.path, **{key: number}, language=words.language)
    return f'<button class="cm-tool" data-leaf="{source}" aria-label="{escape(words(f"source.{side}_{key}"))}">{icon(side)}</button>'


def _at(course: Course, view: str, document: str, **more: object) -> str:
    return escape(places.address(view, course.name, document, **more))


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1000))} kB"
