"""The teacher's pages as HTML: the courses, and one course with its files. Pure functions of what the library says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from chatbot.course_reading import CourseRead
from knowledge.course import Course, CourseSummary, DocumentSummary
from knowledge.errors import CoursemateError
from knowledge.readers import FORMATS, readable_suffixes
from ui import frame, places
from ui.assets import mathematics, version
from ui.icons import icon
from ui.teaching.facts import warnings_in_words
from ui.teaching.readings import Reading, Readings
from ui.words import Words

# The languages a course can be in, by their own names: what recordings are heard in and pages are read in first.
_COURSE_LANGUAGES = {
    "en": "English", "zh": "中文", "ar": "العربية", "de": "Deutsch", "es": "Español", "fr": "Français", "hi": "हिन्दी",
    "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "pl": "Polski", "pt": "Português",
    "ru": "Русский", "tr": "Türkçe", "uk": "Українська", "vi": "Tiếng Việt",
}  # fmt: skip
_ICONS = {"slides": "slide", "recording": "recording", "subtitles": "recording", "picture": "picture"}
_MOST_WARNINGS = 3  # beside a file in the list; all of them stand on its own page


def courses_html(courses: Sequence[CourseSummary], broken: Iterable[tuple[str, CoursemateError]], words: Words) -> str:
    """All courses, and the form for a new one."""
    items = "".join(_course_item(course, words) for course in courses)
    items += "".join(_broken_item(name, error, words) for name, error in broken)
    listed = (
        f'<ul class="ct-courses">{items}</ul>' if items else f'<p class="ct-lead">{escape(words("teach.first"))}</p>'
    )
    body = (
        f'<main class="ct-room" id="ct-main" tabindex="-1"><h1>{escape(words("teach.courses"))}</h1>{listed}'
        f"{_new_course(words, is_first=not items)}</main>{dialog_html(words)}"
    )
    return document(words("teach.courses"), body, words)


def _course_item(course: CourseSummary, words: Words) -> str:
    counts = _joined(
        count("file", course.documents, words),
        count("passage", course.chunks, words),
        _language_name(course.language),
    )
    return (
        f'<li><a class="ct-course" href="{page_address(course.name)}"><span class="ct-course-title">{escape(course.title)}</span>'
        f'<span class="ct-soft">{escape(counts)}</span>{icon("next")}</a></li>'
    )


def _broken_item(name: str, error: CoursemateError, words: Words) -> str:
    return (
        f'<li class="ct-broken">{icon("attention")}<div><b>{escape(name)}</b><p>{escape(words.of_error(error))}</p>'
        f"<p>{escape(words('teach.repair'))} <code>coursemate course repair {escape(name)}</code></p></div></li>"
    )


def _new_course(words: Words, *, is_first: bool) -> str:
    options = "".join(
        f'<option value="{code}"{" selected" if code == words.language else ""}>{name}</option>'
        for code, name in _COURSE_LANGUAGES.items()
    )
    return (
        f'<section class="ct-new{" is-first" if is_first else ""}"><h2>{escape(words("teach.new"))}</h2><form id="ct-create">'
        f'<label><span>{escape(words("teach.title"))}</span><input name="title" required maxlength="120" autocomplete="off" '
        f'placeholder="{escape(words("teach.title_example"))}"></label>'
        f'<label><span>{escape(words("teach.name"))}</span><input name="name" required maxlength="80" autocomplete="off" '
        f'aria-describedby="ct-name-hint"><small id="ct-name-hint">{escape(words("teach.name_hint"))}</small></label>'
        f"<label><span>{escape(words('teach.language'))}</span>"
        f'<span class="ct-select"><select name="language">{options}</select>{icon("fold")}</span></label>'
        f'<p class="ct-error" role="alert" hidden></p>'
        f'<button class="ct-button is-primary">{escape(words("teach.create"))}</button></form></section>'
    )


def course_html(course: Course, readings: Readings, most_file_mb: int, words: Words, *, practises: bool = False) -> str:
    """One course: where files are dropped, what is being read, and all that is in it."""
    body = (
        f'<main class="ct-room" id="ct-main" tabindex="-1" data-course="{escape(course.name)}">{crumbs([], words)}'
        f'<header class="ct-title"><div><h1>{escape(course.title)}</h1><p class="ct-soft" id="ct-counts"></p><p class="ct-soft" id="ct-prepared"></p></div>'
        f'<a class="ct-button" href="./?{urlencode({"course": course.name})}">{escape(words("teach.ask"))}</a></header>'
        f'{parts_html(course.name, "files", words) if practises else ""}'
        f'{_drop(most_file_mb, words, small=bool(course.documents()))}<div id="ct-uploads"></div><div id="ct-jobs"></div>'
        f'<div id="ct-lists">{lists_html(course, readings, words)}</div>{_end(course, words)}</main>{dialog_html(words)}'
    )
    return document(course.title, body, words)


def parts_html(course: str, shown: str, words: Words) -> str:
    """The ways to a course's files, map, questions, class and limits."""
    links = "".join(
        f'<li><a href="{page_address(course, **({} if part == "files" else {"part": part}))}"{" aria-current=page" if part == shown else ""}>'
        f"{escape(words(f'teach.part_{part}'))}</a></li>"
        for part in ("files", "map", "questions", "class", "limits")
    )
    return f'<nav class="cl-tabs" aria-label="{escape(words("teach.parts"))}"><ul>{links}</ul></nav>'


def _drop(most_file_mb: int, words: Words, *, small: bool) -> str:
    """Where files are dropped; small once there are files, which the page is then about."""
    accept = ",".join((*readable_suffixes(), ".zip"))
    return (
        f'<section id="ct-drop"{" class=is-small" if small else ""} aria-labelledby="ct-drop-title">{icon("upload")}<h2 id="ct-drop-title">{escape(words("teach.drop"))}</h2>'
        f'<p class="ct-soft">{escape(words("teach.drop_hint", most=_megabytes(most_file_mb)))}</p><div class="ct-buttons">'
        f'<button class="ct-button is-primary" data-choose="ct-files">{escape(words("teach.choose_files"))}</button>'
        f'<button class="ct-button" data-choose="ct-folder">{icon("folder")}{escape(words("teach.choose_folder"))}</button></div>'
        f'<input type="file" id="ct-files" multiple hidden accept="{accept}"><input type="file" id="ct-folder" webkitdirectory hidden>'
        f'<input type="file" id="ct-replace" hidden accept="{accept}">'
        f"<details><summary>{escape(words('teach.kinds'))}</summary><p>{escape(', '.join(f.label for f in FORMATS.values()))}, ZIP</p></details>"
        "</section>"
    )


def _end(course: Course, words: Words) -> str:
    """What concerns the course as a whole: taking it with you, and removing it."""
    address = f"api/teach/courses/{urlencode({'': course.name})[1:].replace('+', '%20')}/zip"
    return (
        f'<section class="ct-end"><h2>{escape(words("teach.whole"))}</h2><div class="ct-buttons">'
        f'<a class="ct-button" href="{address}" download>{icon("file")}{escape(words("teach.zip"))}</a>'
        f'<a class="ct-button" href="teach/embed?{urlencode({"course": course.name})}">{escape(words("embed.title"))}</a>'
        f'<button class="ct-button is-warm" data-remove-course>{icon("remove")}{escape(words("teach.remove_course"))}</button></div></section>'
    )


def lists_html(course: Course, readings: Readings, words: Words) -> str:
    """What was refused, with reason and remedy, and every file of the course, folder by folder."""
    documents, read = course.documents(), readings.all()
    summary = course.summary()
    counts = _joined(
        count("file", summary.documents, words),
        count("passage", summary.chunks, words),
        count("figure", summary.figures, words),
    )
    refused = "".join(_refused(reading, words) for reading in readings.refused())
    html = f'<p hidden id="ct-counts-now">{escape(counts)}</p>'
    if refused:
        n = refused.count("<li ")
        html += (
            f'<section class="ct-refused"><h2>{escape(words("teach.refused", n=n))}</h2><ul>{refused}</ul></section>'
        )
    html += f"<section><h2>{escape(words('teach.files', n=len(documents)))}</h2>"
    if not documents:
        return f'{html}<p class="ct-soft">{escape(words("teach.no_files"))}</p></section>'
    for folder, inside in groupby(sorted(documents, key=_in_folder), key=lambda document: _in_folder(document)[0]):
        if folder:
            html += f'<h3 class="ct-folder">{icon("folder")}{escape(folder)}</h3>'
        rows = "".join(_document(course, document, read.get(document.path), words) for document in inside)
        html += f'<ul class="ct-files">{rows}</ul>'
    return f"{html}</section>"


def prepared_text(read: CourseRead | None, words: Words) -> str:
    """How much of a course the chat model has read beforehand; empty where none is read so."""
    if read is None or not read.beginnings:
        return ""
    if read.percent == 100:
        return words("teach.prepared")
    return words("teach.preparing" if read.kept == read.seen else "teach.prepared_partly", share=read.percent)


def _in_folder(document: DocumentSummary) -> tuple[str, str]:
    folder, _, name = document.path.rpartition("/")
    return folder, name


def _refused(reading: Reading, words: Words) -> str:
    why = words.of_error(reading.as_error())
    name = "" if reading.document in why else f"<b>{escape(reading.document)}</b>"  # most reasons name the file
    return (
        f'<li data-document="{escape(reading.document)}">{icon("attention")}<div>{name}<p>{escape(why)}</p></div>'
        f'<button class="ct-small" data-dismiss aria-label="{escape(words("teach.dismiss_file", name=reading.document))}">'
        f"{escape(words('teach.dismiss'))}</button></li>"
    )


def _document(course: Course, document: DocumentSummary, reading: Reading | None, words: Words) -> str:
    name = document.path.rpartition("/")[2]
    warnings = warnings_in_words(document.warnings, words)
    told = "".join(f"<li>{escape(warning)}</li>" for warning in warnings[:_MOST_WARNINGS])
    if len(warnings) > _MOST_WARNINGS:
        told += f"<li>{escape(words('teach.more_warnings', n=len(warnings) - _MOST_WARNINGS))}</li>"
    return (
        f'<li class="ct-file" data-document="{escape(document.path)}">{icon(_ICONS.get(document.kind, "page"))}<div>'
        f'<a href="{page_address(course.name, document.path)}"><b>{escape(name)}</b></a>'
        f'<p class="ct-soft">{escape(facts(document, reading, words))}</p>'
        f"{f'<ul class=ct-warnings>{told}</ul>' if told else ''}</div>"
        f'<div class="ct-tools">{_tool("replace", name, words)}{_tool("remove", name, words)}</div></li>'
    )


def _tool(name: str, file: str, words: Words) -> str:
    label = escape(
        words("teach.replace_file", name=file) if name == "replace" else words("teach.remove_file", name=file)
    )
    return f'<button class="cm-tool" data-{name} aria-label="{label}" title="{label}">{icon(name)}</button>'


def facts(document: DocumentSummary, reading: Reading | None, words: Words) -> str:
    """One line on what was read of a file, and how long that took."""
    parts = [words(f"teach.kind_{document.kind.replace(' ', '_')}")]
    if document.kind == "slides" and document.pages:
        parts.append(count("slide", document.pages, words))
    elif document.pages:
        parts.append(count("page", document.pages, words))
    if document.duration_s:
        parts.append(places.clock(document.duration_s))
    parts.append(count("passage", document.chunks, words))
    if document.figures:
        parts.append(count("figure", document.figures, words))
    if reading is not None and reading.seconds:
        parts.append(words("teach.read_in", seconds=f"{reading.seconds:.1f}"))
    return _joined(*parts)


def refused_html(error: CoursemateError, words: Words) -> str:
    """What readers elsewhere see."""
    return _message(words("teach.not_here"), error, "./", words("teach.to_student"), words, signed_in=False)


def missing_html(error: CoursemateError, words: Words) -> str:
    """A course or file that is not there, or cannot be shown."""
    return _message(words("teach.missing"), error, "teach", words("teach.courses"), words)


def _message(title: str, error: CoursemateError, address: str, way_out: str, words: Words, *, signed_in: bool = True) -> str:
    body = (
        f'<main class="ct-room" id="ct-main" tabindex="-1"><h1>{escape(title)}</h1><p class="ct-lead">{escape(words.of_error(error))}</p>'
        f'<p><a class="ct-button" href="{address}">{escape(way_out)}</a></p></main>'
    )
    return document(title, body, words, signed_in=signed_in)


def document(title: str, body: str, words: Words, *, signed_in: bool = True, script: str = "teach/main.js") -> str:
    """A whole page around its parts; whoever is signed in finds the way out in its header."""
    name = escape(words("teach.sign_out"))
    leave = f'<form method="post" action="teach/leave"><button class="cm-tool" aria-label="{name}" title="{name}">{icon("leave")}</button></form>'
    return (
        f'<!doctype html><html lang="{frame.html_language(words)}" data-theme="light"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Coursemate</title>"
        f'{frame.head_html(words, version(), mathematics(), script)}</head><body class="ct">'
        f'<a class="cm-skip" href="#ct-main">{escape(words("teach.skip"))}</a>'
        f'<header id="cm-header" class="ct-header">{frame.brand_html("teach", words)}'
        f'<div class="cm-tools">{frame.switches_html(words)}{leave if signed_in else ""}</div></header><div id="cm-status" role="status" hidden></div>'
        f'<div id="cm-live" class="cm-sr" aria-live="polite" role="log"></div>{body}</body></html>'
    )


def crumbs(trail: Sequence[tuple[str, str]], words: Words) -> str:
    """The way back: the list of courses, then these (address, name)."""
    links = [("teach", words("teach.courses")), *trail]
    items = "".join(f'<li><a href="{address}">{escape(name)}</a></li>' for address, name in links)
    return f'<nav class="ct-crumbs" aria-label="{escape(words("teach.way_back"))}"><ol>{items}</ol></nav>'


def page_address(course: str, document: str = "", **more: object) -> str:
    """The address of a course's page, or of what was read of one of its files; fit for an attribute."""
    values: dict[str, object] = {"course": course} | ({"document": document} if document else {}) | more
    return escape(f"teach?{urlencode(values)}")


def dialog_html(words: Words) -> str:
    """One question at a time, asked by the scripts."""
    return (
        '<dialog id="ct-ask" aria-labelledby="ct-ask-title"><form method="dialog"><h2 id="ct-ask-title"></h2><p id="ct-ask-text"></p>'
        '<label id="ct-ask-type" hidden><span></span><input autocomplete="off" spellcheck="false"></label>'
        f'<div class="ct-buttons"><button class="ct-button" value="no">{escape(words("teach.keep"))}</button>'
        '<button class="ct-button is-warm" value="yes" id="ct-ask-yes"></button></div></form></dialog>'
    )


def _language_name(code: str) -> str:
    return _COURSE_LANGUAGES.get(code, code)


def count(what: str, n: int, words: Words) -> str:
    """ "1 page", "12 pages"; `what` is file, passage, figure, page or slide."""
    return words(f"teach.count_{what}", n=n) if n == 1 else words(f"teach.count_{what}s", n=n)


def _joined(*parts: str) -> str:
    return " · ".join(parts)


def _megabytes(count: int) -> str:
    return f"{count / 1000:g} GB" if count >= 1000 else f"{count} MB"
