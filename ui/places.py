"""Places in a course: what they are called on the screen, and the addresses at which they are shown."""

from __future__ import annotations

from urllib.parse import quote as quote_path
from urllib.parse import urlencode

from knowledge.documents import Locator
from ui.words import Words

PICTURES = (
    ".png", ".jpg", ".jpeg", ".heic", ".heif", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".svg",
)  # fmt: skip
_KEYS = ("page", "slide", "start_s", "end_s", "heading", "figure", "cell")


def clock(seconds: float) -> str:
    """3:07, or 1:02:09 from the first hour on."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def label(locator: Locator, words: Words) -> str:
    """The place in the reader's words, such as "p. 12", "slide 4" or "3:07"; empty when the document is one place."""
    if locator.page is not None:
        return words("place.page", n=locator.page)
    if locator.slide is not None:
        return words("place.slide", n=locator.slide)
    if locator.start_s is not None:
        return clock(locator.start_s)
    if locator.cell is not None:
        return words("place.cell", n=locator.cell)
    if locator.heading:
        return locator.heading
    return words("place.figure", n=locator.figure) if locator.figure is not None else ""


def kind(document: str, locator: Locator) -> str:
    """What a place looks like: "page", "slide", "recording", "picture" or "text"."""
    if locator.page is not None:
        return "page"
    if locator.slide is not None:
        return "slide"
    if locator.start_s is not None:
        return "recording"
    return "picture" if document.lower().endswith(PICTURES) else "text"


def address(view: str, course: str, document: str, locator: Locator | None = None, **more: object) -> str:
    """The address of a view ("source", "thumbnail", "page", "picture", "file") of a place, relative to the page."""
    values: dict[str, object] = {"document": document}
    if locator is not None:
        values |= {key: getattr(locator, key) for key in _KEYS if getattr(locator, key) is not None}
    values |= {key: value for key, value in more.items() if value not in (None, "")}
    return f"api/courses/{quote_path(course, safe='')}/{view}?{urlencode(values)}"
