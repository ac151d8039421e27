"""A source as a page of its own, which the widget shows in a frame beside the conversation. Pure functions.

In a frame the course's text is parted from the page it is shown on: neither can reach the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from ui.assets import mathematics, version
from ui.words import Words


def policy(origins: Sequence[str]) -> str:
    """What the page may do, and which sites may frame it: those of the course, and our own."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
        f"font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors {' '.join(['self', *origins])}"
    ).replace("frame-ancestors self", "frame-ancestors 'self'")


def document_html(source: str, words: Words, *, dark: bool) -> str:
    told = json.dumps({"words": words.under("js."), "katex": mathematics(), "icons": {}}, ensure_ascii=False)
    language = "zh-CN" if words.language == "zh" else words.language
    return (
        f'<!doctype html><html lang="{language}" data-theme="{"dark" if dark else "light"}"><head><meta charset="utf-8">'
        f'<base href="../"><title>{escape(words("source.panel"))}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="coursemate/katex.css?{version()}"><link rel="stylesheet" href="coursemate/style.css?{version()}">'
        f'<script type="application/json" id="cm-told">{told.replace("<", chr(92) + "u003c")}</script>'
        f'<script type="module" src="coursemate/js/framed.js?{version()}"></script></head>'
        f'<body class="cm-framed"><main id="cm-source-body">{source}</main></body></html>'
    )
