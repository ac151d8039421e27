"""The teacher's pages on learning: a course's map, its questions, its class, its limits. A frame; the scripts fill it from the API."""

from __future__ import annotations

from html import escape

from knowledge.course import Course
from ui.frame import source_panel_html
from ui.teaching.page import crumbs, dialog_html, document, page_address, parts_html
from ui.words import Words

PARTS = ("map", "questions", "class", "limits")


def part_html(course: Course, part: str, words: Words) -> str:
    title = escape(words(f"teach.part_{part}"))
    body = (
        f'<div id="cl-app"><main class="ct-room is-wide" id="ct-main" tabindex="-1" data-course="{escape(course.name)}" data-part="{part}">'
        f"{crumbs([(page_address(course.name), course.title)], words)}<h1>{title}</h1>"
        f"{parts_html(course.name, part, words)}"
        f'<p class="ct-lead">{escape(words(f"teach.{part}_lead"))}</p>'
        f'<div id="cl-view" aria-busy="true"><p class="cl-soft">{escape(words("learn.wait"))}</p></div></main></div>'
        f"{source_panel_html(words)}{dialog_html(words)}"
    )
    return document(f"{words(f'teach.part_{part}')} · {course.title}", body, words, script="teach/learning.js")
