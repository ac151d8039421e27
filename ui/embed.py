"""The teacher's page /teach/embed: which sites may show a course, how the widget looks there, and the tag to paste.

The preview is the widget itself, in the corner of this page.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from knowledge.course import CourseSummary
from knowledge.library import Library
from ui.api.language import words_for
from ui.assets import version
from ui.gate.border import SCRIPT
from ui.gate.visitors import Gate
from ui.icons import icon
from ui.teaching.access import teacher
from ui.words import Words

PATH = "/teach/embed"
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_ACCENT = "#0b6b66"  # the widget's own, which the tag then leaves out


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    course: str
    add: list[str] = Field(default_factory=list, max_length=20)
    remove: list[str] = Field(default_factory=list, max_length=20)


def routes(library: Library, gate: Gate) -> APIRouter:
    router = APIRouter(dependencies=[Depends(teacher)], include_in_schema=False)

    @router.get(PATH)
    def page(request: Request, course: str = "") -> HTMLResponse:
        courses, words = library.list(), words_for(request)
        chosen = course or next((one.name for one in courses), "")
        origins = gate.origins.of(chosen) if chosen else ()
        return HTMLResponse(page_html(courses, chosen, origins, words), headers=_HEADERS)

    @router.post("/api/teach/origins")
    def origins(change: Change) -> dict[str, Any]:
        return {"origins": gate.origins.change(change.course, add=change.add, remove=change.remove)}

    return router


def way_to_the_door(request: Request) -> RedirectResponse:
    """The teacher's own page says what is wrong, or asks for the password and leads back here."""
    told = {"to": "embed", "course": request.query_params.get("course", "")}
    return RedirectResponse(f"../teach?{urlencode(told)}", 303, {"cache-control": "no-store"})


def page_html(courses: Sequence[CourseSummary], chosen: str, origins: Sequence[str], words: Words) -> str:
    told = escape
    body = _form(courses, chosen, origins, words) if chosen else f"<p>{told(words('embed.no_course'))}</p>"
    language = "zh-CN" if words.language == "zh" else words.language
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><base href="../"><title>{told(words("embed.title"))}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" type="image/svg+xml" href="coursemate/icons/favicon.svg"><link rel="stylesheet" href="coursemate/style.css?{version()}">'
        f'<script src="coursemate/js/early.js?{version()}"></script><script type="module" src="coursemate/js/embed.js?{version()}"></script>'
        f'<script src="{SCRIPT.lstrip("/")}" async></script></head><body class="ce-page">'
        f'<main class="ce-room"><h1>{told(words("embed.title"))}</h1><p class="ce-lead">{told(words("embed.lead"))}</p>{body}</main></body></html>'
    )


def _form(courses: Sequence[CourseSummary], chosen: str, origins: Sequence[str], words: Words) -> str:
    options = [(course.name, course.title) for course in courses]
    return (
        f'<form id="ce-course" method="get">{_select("course", "embed.course", options, words, chosen)}</form>'
        f'<section><h2>{escape(words("embed.sites"))}</h2><p class="ce-soft" id="ce-hint">{escape(words("embed.sites_hint"))}</p>'
        f"{sites_html(origins, words)}"
        f'<form id="ce-add"><label><span>{escape(words("embed.site"))}</span><input name="site" type="url" required autocomplete="off" '
        f'placeholder="https://" aria-describedby="ce-hint"></label><button class="ce-button">{escape(words("embed.add"))}</button></form>'
        '<p id="ce-error" role="alert" hidden></p></section>'
        f'<section><h2>{escape(words("embed.look"))}</h2><form id="ce-look">{_look(words)}</form></section>'
        f'<section><h2>{escape(words("embed.tag"))}</h2><p class="ce-soft">{escape(words("embed.tag_hint"))}</p>'
        f'<label><span>{escape(words("embed.server"))}</span><input id="ce-server" type="url" autocomplete="off"></label>'
        f'<pre id="ce-tag" tabindex="0"></pre><button class="ce-button is-primary" id="ce-copy" data-copied="{escape(words("embed.copied"))}">'
        f"{icon('copy')}<span>{escape(words('embed.copy'))}</span></button></section>"
        f'<coursemate-tutor course="{escape(chosen)}" language="{words.language}"></coursemate-tutor>'
    )


def sites_html(origins: Sequence[str], words: Words) -> str:
    items = "".join(
        f'<li><code>{escape(origin)}</code><button class="ce-tool" data-remove="{escape(origin)}" '
        f'aria-label="{escape(words("embed.remove", site=origin))}">{icon("close")}</button></li>'
        for origin in origins
    )
    return f'<ul id="ce-sites">{items}</ul>' if items else f'<p id="ce-sites">{escape(words("embed.no_sites"))}</p>'


def _look(words: Words) -> str:
    typed = "".join(
        f'<label><span>{escape(words(f"embed.{name}"))}</span><input name="{name}" maxlength="300" autocomplete="off"></label>'
        for name in ("heading", "greeting", "starters")
    )
    colour = f'<label><span>{escape(words("embed.accent"))}</span><input name="accent" type="color" value="{_ACCENT}" data-usual="{_ACCENT}"></label>'
    choices = (
        ("position", [("", words("embed.right")), ("left", words("embed.left"))]),
        ("theme", [("", words("embed.auto")), ("light", words("embed.light")), ("dark", words("embed.dark"))]),
        ("icon", [("", words("embed.icon_note")), ("question", words("embed.icon_question")), ("chat", words("embed.icon_chat"))]),
    )
    return typed + colour + "".join(_select(name, f"embed.{name}", options, words) for name, options in choices)


def _select(name: str, key: str, options: Sequence[tuple[str, str]], words: Words, chosen: str = "") -> str:
    items = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>' for value, shown in options
    )
    return f'<label><span>{escape(words(key))}</span><select name="{name}">{items}</select></label>'
