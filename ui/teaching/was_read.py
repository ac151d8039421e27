"""What was read of one file: every page, slide or frame beside the text that the course has of it.

What students' questions are answered from is exactly this text, so what is wrong or missing here is wrong there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from knowledge.course import Course, DocumentSummary, StoredFigure
from knowledge.documents import Locator, Passage
from ui import pictures, places
from ui.icons import icon
from ui.marking import marked_lines, to_html
from ui.sources import is_film, slide_html, written_in_markdown
from ui.teaching import page
from ui.teaching.facts import warnings_in_words
from ui.teaching.readings import Reading
from ui.words import Words

if TYPE_CHECKING:
    from knowledge.page_images import SlideView

PLACES_SHOWN = 40  # at once; a book has hundreds
_LABELLED = ("table", "formula", "code", "caption", "notes", "picture")


@dataclass(slots=True)
class _Place:
    """One page, slide, frame or section, with what was read there."""

    locator: Locator
    passages: list[Passage] = field(default_factory=list)
    figures: list[tuple[int, StoredFigure]] = field(default_factory=list)  # with their number in the document


def was_read_html(course: Course, summary: DocumentSummary, reading: Reading | None, start: int, words: Words) -> str:
    """The page on one file; `start` is the place, counted from 0, that is shown first."""
    all_places = list(_places(course, summary))
    start = max(0, min(start, len(all_places) - 1)) // PLACES_SHOWN * PLACES_SHOWN
    here = all_places[start : start + PLACES_SHOWN]
    slides = _slides(course, summary, here)
    shown = "".join(_place(course, summary, place, slides, words) for place in here)
    warnings = "".join(f"<li>{escape(told)}</li>" for told in warnings_in_words(summary.warnings, words))
    warned = f'<ul class="ct-warnings is-large">{warnings}</ul>' if warnings else ""
    leaf = _leaf(course, summary, start, len(all_places), words)
    file = escape(places.address("file", course.name, summary.path))
    sides = ""
    if 'class="ct-original"' in shown:
        sides = f'<p class="ct-sides"><span>{escape(words("teach.original_side"))}</span><span>{escape(words("teach.read_side"))}</span></p>'
    player = ""
    if summary.kind == "recording":
        kind = "video" if is_film(summary.path) else "audio"
        player = f'<{kind} class="ct-player" controls playsinline preload="metadata" src="{file}"></{kind}>'
    body = (
        f'<main class="ct-room is-wide" id="ct-main" tabindex="-1">{page.crumbs([(page.page_address(course.name), course.title)], words)}'
        f'<header class="ct-title"><div><h1>{escape(summary.title)}</h1><p class="ct-soft">{escape(summary.path)}</p>'
        f'<p class="ct-soft">{escape(page.facts(summary, reading, words))}</p></div>'
        f'<a class="ct-button" href="{file}" download>{icon("file")}{escape(words("teach.original"))}</a></header>'
        f'{warned}<p class="ct-lead">{escape(words("teach.read_lead"))}</p>{player}{leaf}{sides}<div class="ct-places">{shown}</div>{leaf}</main>'
    )
    return page.document(f"{summary.title} · {course.title}", body, words)


def _places(course: Course, summary: DocumentSummary) -> Iterator[_Place]:
    """The places in order; of a PDF or slides also those where nothing was read."""
    found: dict[tuple, _Place] = {}
    if summary.kind in ("pdf", "slides") or (summary.kind == "picture" and summary.pages):
        for number in range(1, (summary.pages or 0) + 1):
            locator = Locator(slide=number) if summary.kind == "slides" else Locator(page=number)
            found[_key(locator)] = _Place(locator)
    for passage in course.chunks(summary.path):
        found.setdefault(_key(passage.locator), _Place(passage.locator)).passages.append(passage)
    for number, figure in enumerate(course.figures(summary.path)):
        found.setdefault(_key(figure.locator), _Place(figure.locator)).figures.append((number, figure))
    yield from found.values()


def _key(locator: Locator) -> tuple:
    """What makes two things stand at one place: the page, the slide, the frame, the cell, or else the heading."""
    if locator.start_s is not None:
        return ("recording", locator.figure)
    return (
        locator.page,
        locator.slide,
        locator.cell,
        locator.heading if locator.page is locator.slide is None else None,
    )


def _slides(course: Course, summary: DocumentSummary, here: Sequence[_Place]) -> dict[int, SlideView]:
    """The slides as they stand in the file, which is opened once for all of them."""
    if summary.kind != "slides":
        return {}
    from knowledge.page_images import slide_views  # loads the slide reader: only when slides are looked at

    return slide_views(course.file(summary.path), [place.locator.slide for place in here if place.locator.slide])


def _place(course: Course, summary: DocumentSummary, place: _Place, slides: dict[int, SlideView], words: Words) -> str:
    slide = slides.get(place.locator.slide or 0)
    original = slide_html(slide, words) if slide else _original(course, summary, place, words)
    texts = "".join(_passage(summary, passage, words) for passage in place.passages)
    shown_whole = summary.kind in ("picture", "recording")  # the figure is the original itself
    figures = "" if shown_whole else "".join(_figure(course, summary, n, figure, words) for n, figure in place.figures)
    if not texts:
        texts = f'<p class="ct-nothing">{icon("attention")}{escape(words("teach.nothing_read"))}</p>'
    name = _name(place.locator, words)
    head = f"<h2>{escape(name)}</h2>" if name else ""
    side = f'<div class="ct-original">{original}</div>' if original else ""
    return f'<section class="ct-place{"" if original else " is-text"}">{head}{side}<div class="ct-read">{texts}{figures}</div></section>'


def _name(at: Locator, words: Words) -> str:
    """What the place is called; a section is called by the headings above its text."""
    if at.page is not None:
        return words("teach.page", n=at.page)
    if at.slide is not None:
        return words("teach.slide", n=at.slide)
    return places.label(at, words) if at.cell is not None else ""


def _original(course: Course, summary: DocumentSummary, place: _Place, words: Words) -> str:
    """The page or frame itself; empty for what is nothing but text or sound."""
    at = place.locator
    if at.page is not None and summary.kind in ("pdf", "picture"):
        address = places.address("page", course.name, summary.path, page=at.page, width=pictures.PAGE_WIDTH)
        return _image(address, words("source.page_alt", n=at.page, title=summary.title))
    if summary.kind in ("picture", "drawing"):
        return _image(places.address("picture", course.name, summary.path), summary.title)
    if is_film(summary.path) and place.figures:
        number, figure = place.figures[0]
        return _figure_image(course, summary, number, figure, words("source.slide_alt", title=figure.caption))
    return ""


def _image(address: str, alt: str) -> str:
    return f'<img class="ct-page-image" src="{escape(address)}" alt="{escape(alt)}" loading="lazy">'


def _passage(summary: DocumentSummary, passage: Passage, words: Words) -> str:
    head = ""
    if (start := passage.locator.start_s) is not None:
        label = escape(words("teach.play_from", time=places.clock(start)))
        head = f'<button class="ct-label" data-seek="{start:.2f}" aria-label="{label}">{places.clock(start)}</button>'
    elif passage.kind in _LABELLED:
        head = f'<span class="ct-label">{escape(words(f"teach.is_{passage.kind}"))}</span>'
    if passage.trail:
        head += f"<span>{escape(' › '.join(passage.trail))}</span>"
    is_markdown = written_in_markdown(summary.kind) or passage.kind in ("table", "formula", "code")
    text = to_html(passage.text) if is_markdown else f"<p>{marked_lines(passage.text)}</p>"
    return f'<article class="ct-passage cm-document" lang="{escape(summary.language)}">{f"<p class=ct-passage-head>{head}</p>" if head else ""}{text}</article>'


def _figure(course: Course, summary: DocumentSummary, number: int, figure: StoredFigure, words: Words) -> str:
    caption = figure.caption or words("teach.no_caption")
    inside = f"<p>{escape(words('teach.words_inside'))} {escape(figure.text)}</p>" if figure.text else ""
    return (
        f'<figure class="ct-figure">{_figure_image(course, summary, number, figure, caption)}'
        f'<figcaption><p class="ct-passage-head"><span class="ct-label">{escape(words("teach.is_figure"))}</span></p>'
        f"<p>{escape(caption)}</p>{inside}</figcaption></figure>"
    )


def _figure_image(course: Course, summary: DocumentSummary, number: int, figure: StoredFigure, alt: str) -> str:
    width, height = pictures.size(figure.image)  # known before it is loaded, so that nothing moves then
    address = escape(places.address("figure", course.name, summary.path, n=number))
    return f'<img src="{address}" width="{width}" height="{height}" alt="{escape(alt)}" loading="lazy">'


def _leaf(course: Course, summary: DocumentSummary, start: int, total: int, words: Words) -> str:
    """To the places before and after; empty when all are shown."""
    if total <= PLACES_SHOWN:
        return ""
    end = min(start + PLACES_SHOWN, total)
    told = words("teach.shown", first=start + 1, last=end, total=total)
    steps: Sequence[tuple[str, int, bool]] = (
        ("previous", start - PLACES_SHOWN, start > 0), ("next", end, end < total),
    )  # fmt: skip
    links = [
        f'<a class="cm-tool" href="{page.page_address(course.name, summary.path, start=at)}" '
        f'aria-label="{escape(words(f"teach.{side}"))}">{icon(side)}</a>' if there else "<span></span>"
        for side, at, there in steps
    ]  # fmt: skip
    return f'<nav class="cm-steps">{links[0]}<span>{escape(told)}</span>{links[1]}</nav>'
