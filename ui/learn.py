"""The student's pages of learning, /learn: what to do today, practice, progress, flashcards, other courses.

A frame around what the scripts draw from the API; a learner's id lives in the browser, so nothing of a learner stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from knowledge.course import CourseSummary
from knowledge.library import Library
from ui import frame
from ui.api.language import words_for
from ui.assets import mathematics, version
from ui.icons import icon
from ui.teaching.access import at_this_machine, session_of
from ui.words import Words

PATH = "/learn"
VIEWS = ("today", "practice", "progress", "cards", "courses")
_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self'; "
        "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}


def routes(library: Library) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    def learn(request: Request, course: str = "", view: str = "today") -> HTMLResponse:
        courses = library.list()
        chosen = course or next((one.name for one in courses), "")
        teaches = bool(session_of(request.cookies)) or at_this_machine(
            request.client.host if request.client else "", request.headers
        )
        view = view if view in VIEWS else "today"
        html = page_html(courses, chosen, view, words_for(request), teacher=teaches)
        known = any(one.name == chosen for one in courses)
        return HTMLResponse(html, 200 if known or not chosen else 404, headers=_HEADERS)

    return router


def page_html(courses: Sequence[CourseSummary], chosen: str, view: str, words: Words, *, teacher: bool) -> str:
    """One view of one course."""
    title = words(f"learn.{view}")
    return (
        f'<!doctype html><html lang="{frame.html_language(words)}" data-theme="light"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Coursemate</title>"
        f'{frame.head_html(words, version(), mathematics(), "learn/main.js")}</head><body class="ct cl">'
        f'<a class="cm-skip" href="#cl-main">{escape(words("learn.skip"))}</a><div id="cl-app">{_header(courses, chosen, words)}'
        f'{frame.STATUS}<div id="cm-live" class="cm-sr" aria-live="polite" role="log"></div>'
        f"<noscript>{escape(words('header.no_script'))}</noscript>{_tabs(chosen, view, words)}"
        f"{_main(courses, chosen, view, title, words, teacher=teacher)}</div>{frame.source_panel_html(words)}</body></html>"
    )


def _header(courses: Sequence[CourseSummary], chosen: str, words: Words) -> str:
    name = escape(words("learn.back"))
    return (
        f'<header id="cm-header" class="ct-header cl-header">{frame.brand_html(_address("./", chosen), words, "learn.brand")}'
        f"{frame.course_chooser(courses, chosen, words)}"
        f'<div class="cm-tools"><a class="cm-tool cm-learn" href="{_address("./", chosen)}" title="{name}">{icon("new")}<span>{name}</span></a>'
        f"{frame.switches_html(words)}</div></header>"
    )


def _tabs(chosen: str, view: str, words: Words) -> str:
    links = "".join(
        f'<li><a href="{_address("learn", chosen, view=one)}"{" aria-current=page" if one == view else ""}>'
        f"{escape(words(f'learn.{one}'))}</a></li>"
        for one in VIEWS
    )
    return f'<nav class="cl-tabs is-student" aria-label="{escape(words("learn.parts"))}"><ul>{links}</ul></nav>'


def _main(courses: Sequence[CourseSummary], chosen: str, view: str, title: str, words: Words, *, teacher: bool) -> str:
    found = next((one for one in courses if one.name == chosen), None)
    if found is None:
        told = words("learn.no_course") if chosen or not courses else ""
        body = f'<h1>{escape(title)}</h1><p class="ct-lead">{escape(told)}</p>'
        return f'<main class="ct-room" id="cl-main" tabindex="-1">{body}</main>'
    return (
        f'<main class="ct-room" id="cl-main" tabindex="-1" data-course="{escape(chosen)}" data-view="{view}"{" data-teacher" if teacher else ""}>'
        f'<h1>{escape(title)}</h1><div id="cl-view" aria-busy="true"><p class="cl-soft">{escape(words("learn.wait"))}</p></div></main>'
    )


def _address(page: str, course: str, **more: str) -> str:
    """Fit for an attribute."""
    values = ({"course": course} if course else {}) | more
    return escape(f"{page}?{urlencode(values)}" if values else page)
