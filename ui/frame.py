"""The parts of the page around the conversation: header, empty screens, and the document that carries it all.

Pure functions. The document is Gradio's own page with everything cut that would ask another host for something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from knowledge.course import Course
from knowledge.course_rows import CourseSummary
from knowledge.errors import CoursemateError
from ui import places
from ui.icons import icon
from ui.words import LANGUAGES, Words

_MARK = (  # a page with a note in its margin
    '<svg class="cm-brand-mark" viewBox="0 0 28 28" aria-hidden="true" focusable="false"><rect x="3" y="2.5" width="22" '
    'height="23" rx="3" fill="none" stroke="currentColor" stroke-width="1.75"/><path d="M7.5 9h7M7.5 13.5h7M7.5 18h4.5" '
    'stroke="currentColor" stroke-width="1.75" stroke-linecap="round"/><path d="M18.5 2.5v23" stroke="currentColor" '
    'stroke-width="1.75"/><circle cx="21.8" cy="9" r="1.6" fill="currentColor"/></svg>'
)
STATUS = '<div id="cm-status" role="status" hidden></div>'  # filled by the scripts: what loads, what is lost
_KIND_ICONS = {"slides": "slide", "recording": "recording", "picture": "picture"}
_SCRIPT_ICONS = ("microphone", "send", "close", "done", "attention", "page", "up", "down", "next")
_MOST_DOCUMENTS = 8  # in the margin of the empty screen
_ELSEWHERE = re.compile(r"<(?:meta|link)\b[^>]*\b(?:content|href)=\"https?://[^>]*>\s*", re.DOTALL)
_GRADIO_META = re.compile(
    r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*|<link rel=\"manifest\"[^>]*>\s*", re.DOTALL
)


def header_html(
    courses: Sequence[CourseSummary], chosen: str, words: Words, *, teacher: bool = False, practises: bool = False
) -> str:
    """Brand, course, language and light; the button for a new chat stands beside it as Gradio's own."""
    teach = f'<a class="cm-tool cm-teach" href="teach">{escape(words("header.teach"))}</a>' if teacher else ""
    if practises and chosen:
        name, address = escape(words("header.learn")), escape(f"learn?{urlencode({'course': chosen})}")
        teach = f'<a class="cm-tool cm-learn" href="{address}" title="{name}">{icon("learn")}<span>{name}</span></a>{teach}'
    return (
        f'<div class="cm-head" data-course="{escape(chosen)}"><div class="cm-brand">{_MARK}<span>Coursemate</span></div>'
        f'{course_chooser(courses, chosen, words)}<div class="cm-tools">{teach}{switches_html(words)}</div></div>'
    )


def brand_html(address: str, words: Words, key: str = "teach.brand") -> str:
    """The brand as a link to an address that is fit for an attribute."""
    name = escape(words(key))
    return f'<a class="cm-brand" href="{address}">{_MARK}<span>{name}</span></a>'


def switches_html(words: Words) -> str:
    """Language and light."""
    return (
        f'{_language_switch(words)}<button class="cm-tool" data-theme-switch '
        f'aria-label="{escape(words("header.theme"))}" title="{escape(words("header.theme"))}">{icon("night")}{icon("day")}</button>'
    )


def course_chooser(courses: Sequence[CourseSummary], chosen: str, words: Words) -> str:
    if not courses:
        return '<div class="cm-course"></div>'
    options = "".join(
        f'<option value="{escape(course.name)}"{" selected" if course.name == chosen else ""}>{escape(course.title)}</option>'
        for course in courses
    )
    if chosen not in {course.name for course in courses}:
        options = f'<option value="" selected disabled>{escape(words("header.choose_course"))}</option>' + options
    return (
        f'<label class="cm-course"><span class="cm-sr">{escape(words("header.course"))}</span>'
        f"<select data-course-switch>{options}</select>{icon('fold')}</label>"
    )


def _language_switch(words: Words) -> str:
    other = next(code for code in LANGUAGES if code != words.language)
    return (
        f'<button class="cm-tool cm-language" data-language-switch="{other}" lang="{other}" '
        f'title="{escape(words("header.language"))}">{LANGUAGES[other]}</button>'
    )


def empty_html(course: Course, questions: Sequence[str], words: Words) -> str:
    """What to do first: the course's name, one sentence, questions to press; in the margin, what the course holds."""
    items = "".join(
        f'<li><button data-ask="{escape(question)}"><span>{escape(question)}</span>{icon("next")}</button></li>'
        for question in questions
    )
    return (
        f'<section class="cm-welcome"><div class="cm-column"><h1>{escape(course.title)}</h1>'
        f'<p class="cm-lead">{escape(words("empty.lead"))}</p>'
        f'<h2>{escape(words("empty.try"))}</h2><ul class="cm-starters">{items}</ul></div>{_holding(course, words)}</section>'
    )


def _holding(course: Course, words: Words) -> str:
    documents = course.documents()
    items = "".join(
        f'<li><button data-source="{escape(places.address("source", course.name, document.path, language=words.language))}">'
        f"{icon(_KIND_ICONS.get(document.kind, 'page'))}<span>{escape(document.title)}</span></button></li>"
        for document in documents[:_MOST_DOCUMENTS]
    )
    more = len(documents) - _MOST_DOCUMENTS
    rest = f"<p>{escape(words('empty.more', n=more))}</p>" if more > 0 else ""
    return f'<aside class="cm-holding"><h2>{escape(words("empty.holds"))}</h2><ul class="cm-holds">{items}</ul>{rest}</aside>'


def no_course_html(words: Words, *, teacher: bool = False) -> str:
    """Who sits at this machine is led to the teacher's screen; others read what a teacher does there."""
    title = f'<h1>{escape(words("empty.no_course"))}</h1>'
    if teacher:
        return (
            f'<section class="cm-welcome"><div class="cm-column">{title}<p class="cm-lead">{escape(words("empty.teach"))}</p>'
            f'<p><a class="ct-button is-primary" href="teach">{escape(words("empty.open_teach"))}</a></p></div></section>'
        )
    return (
        f'<section class="cm-welcome"><div class="cm-column">{title}'
        f'<p class="cm-lead">{escape(words("empty.add_course"))}</p>'
        "<pre><code>coursemate course create NAME\ncoursemate course add NAME FILES…</code></pre></div></section>"
    )


def preparing_html(words: Words) -> str:
    """While the first course is read; the scripts load the page again when it is there."""
    return (
        f'<section class="cm-welcome" data-preparing><div class="cm-column"><h1>{escape(words("empty.preparing"))}</h1>'
        f'<p class="cm-lead">{escape(words("empty.preparing_lead"))}</p></div></section>'
    )


def broken_course_html(error: CoursemateError, words: Words) -> str:
    return (
        f'<section class="cm-welcome"><div class="cm-column"><h1>{escape(words("empty.broken_course"))}</h1>'
        f'<p class="cm-lead">{escape(words.of_error(error))}</p></div></section>'
    )


def hint_html(words: Words) -> str:
    """Which keys do what; rendered only where there is a keyboard."""
    keys = escape(words("composer.hint")).replace("[", "<kbd>").replace("]", "</kbd>")
    return f'<p id="cm-hint">{keys}</p>'


def source_panel_html(words: Words) -> str:
    """The panel beside the conversation, empty and closed; the scripts fill it."""
    close = escape(words("source.close"))
    return (
        '<div id="cm-scrim" hidden></div>'
        f'<section id="cm-source" role="dialog" aria-modal="false" aria-label="{escape(words("source.panel"))}" tabindex="-1" hidden>'
        f'<button id="cm-source-close" aria-label="{close}" title="{close} (Esc)">{icon("close")}</button>'
        '<div id="cm-source-body"></div></section>'
    )


def document_html(gradio: str, words: Words, version: str, mathematics: str) -> str:
    """Gradio's page as ours: nothing from elsewhere, our title and language, our styles and scripts."""
    html = _GRADIO_META.sub("", _ELSEWHERE.sub("", gradio))
    html = re.sub(r"<html\s+lang=\"\w+\"", f'<html lang="{html_language(words)}" data-theme="light"', html, count=1)
    html = html.replace("</head>", f"{_head(words, version, mathematics)}</head>", 1)
    return re.sub(r"(<body[^>]*>)", lambda found: found[1] + _body(words), html, count=1, flags=re.DOTALL)


def html_language(words: Words) -> str:
    return "zh-CN" if words.language == "zh" else words.language


def _head(words: Words, version: str, mathematics: str) -> str:
    return (
        f"<title>Coursemate</title>"
        f'<meta name="description" content="{escape(words("header.description"))}">'
        f"{head_html(words, version, mathematics, 'main.js')}"
    )


def head_html(words: Words, version: str, mathematics: str, script: str) -> str:
    """What every page of ours loads: styles, the face, the words for its scripts, and its script."""
    icons = {name: icon(name) for name in _SCRIPT_ICONS}
    told = json.dumps({"words": words.under("js."), "katex": mathematics, "icons": icons}, ensure_ascii=False).replace(
        "<", "\\u003c"
    )
    return (
        '<link rel="icon" type="image/svg+xml" href="coursemate/icons/favicon.svg">'
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="coursemate/fonts/source-sans-3-latin-wght-normal.woff2">'
        f'<link rel="stylesheet" href="coursemate/katex.css?{version}"><link rel="stylesheet" href="coursemate/style.css?{version}">'
        f'<script src="coursemate/js/early.js?{version}"></script>'
        f'<script src="coursemate/js/streams.js?{version}"></script>'
        f'<script type="application/json" id="cm-told">{told}</script>'
        f'<script type="module" src="coursemate/js/{script}?{version}"></script>'
    )


def _body(words: Words) -> str:
    return (
        f'<a class="cm-skip" href="#cm-box">{escape(words("header.skip"))}</a>'
        f'<div id="cm-opening" role="status">{_MARK}<span>{escape(words("header.opening"))}</span></div>'
        f"<noscript>{escape(words('header.no_script'))}</noscript>"
        f'<div id="cm-live" class="cm-sr" aria-live="polite" role="log"></div>'
        f"{source_panel_html(words)}"
    )
