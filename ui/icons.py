"""Our icons: drawn on a 24 px grid with one stroke, inline, so that they take the colour of the words beside them."""

from __future__ import annotations

_PATHS = {
    "listen": "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
    "stop": "M7 7h10v10H7z",
    "microphone": "M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5zM6 11.2a6 6 0 0 0 12 0M12 17.2v3.3",
    "picture": "M4 5.5h16v13H4zM4 15.5l4.5-4.5 4 4 2.5-2.5 5 5M15.2 9.2h.1",
    "send": "M12 19.5v-15M5.5 11 12 4.5l6.5 6.5",
    "close": "M6 6l12 12M18 6 6 18",
    "new": "M4.5 5.5h9M4.5 10.5h6M4.5 15.5h5M16.5 11v8M12.5 15h8",
    "day": "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.8v2M12 19.2v2M2.8 12h2M19.2 12h2M5.5 5.5l1.4 1.4M17.1 17.1l1.4 1.4M18.5 5.5l-1.4 1.4M6.9 17.1l-1.4 1.4",
    "night": "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
    "page": "M6 3.5h8.5L18.5 7.5v13H6zM14.5 3.5v4h4M9 12h6.5M9 15.5h6.5",
    "slide": "M3.5 5h17v11h-17zM12 16v4M8.5 20h7M7.5 9h6M7.5 12h9",
    "recording": "M4 10v4M8 7v10M12 4.5v15M16 8v8M20 10.5v3",
    "copy": "M9 8.5h10v11H9zM15.5 8.5v-4h-10v11H9",
    "previous": "M14.5 5.5 8 12l6.5 6.5",
    "next": "M9.5 5.5 16 12l-6.5 6.5",
    "fold": "M6 9.5l6 6 6-6",
    "file": "M12 4v11M7 10.5 12 15.5l5-5M5 19.5h14",
    "attention": "M12 4 21 19.5H3zM12 10v4.5M12 17h.1",
    "upload": "M12 15.5v-11M7 9 12 4l5 5M5 19.5h14",
    "folder": "M3.5 6h6l2 2.5h9v10.5h-17z",
    "remove": "M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5",
    "replace": "M5 12a7 7 0 0 1 12-5l2 2M19 4.5V9h-4.5M19 12a7 7 0 0 1-12 5l-2-2M5 19.5V15h4.5",
    "done": "M5 12.5 10 17.5 19.5 7",
    "teacher": "M3.5 19.5v-15h17v15zM7.5 8.5h9M7.5 12h9M7.5 15.5h5",
    "learn": "M3.5 7 12 3l8.5 4L12 11zM7 9v5c0 1.4 2.2 2.6 5 2.6s5-1.2 5-2.6V9M20.5 7v6",
    "up": "M12 19V5.5M6 11l6-6 6 6",
    "down": "M12 5v13.5M6 13l6 6 6-6",
    "leave": "M13.5 4.5h-8v15h8M10 12h10M16.5 8l4 4-4 4",
    "quiet": "M4 7h16M4 12h10M4 17h6",
}


def icon_file(name: str) -> str | None:
    """The icon as a file of its own, for style sheets to cut out of a colour; None if there is none of that name."""
    if name not in _PATHS:
        return None
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round"><path d="{_PATHS[name]}"/></svg>'
    )


def icon(name: str) -> str:
    """The icon as SVG, hidden from screen readers: the button or the words beside it carry the name."""
    return (
        '<svg class="cm-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" '
        f'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"><path d="{_PATHS[name]}"/></svg>'
    )
