"""Every word on the screen, by language. Knows the catalogues in ui/locales and how a browser says what it reads."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.errors import CoursemateError

LANGUAGES = {"en": "English", "zh": "中文"}
COOKIE = "coursemate_language"
_FOLDER = Path(__file__).parent / "locales"


class Words:
    """One language's catalogue. A missing key is a fault of the program and raises KeyError."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = load_catalogue(language)

    def __call__(self, key: str, /, **details: object) -> str:
        return self._catalogue[key].format(**details)

    def knows(self, key: str) -> bool:
        return key in self._catalogue

    def of_error(self, error: CoursemateError) -> str:
        """The error in this language; its own English sentence where the catalogue lacks the code or a detail."""
        try:
            return self(f"errors.{error.code}", **self._named(error.details))
        except (KeyError, IndexError):
            return str(error)

    def _named(self, details: dict[str, object]) -> dict[str, object]:
        """The details, an engine's role said in words."""
        return {
            key: self(f"engines.{value}") if key in ("name", "role") and self.knows(f"engines.{value}") else value
            for key, value in details.items()
        }

    def under(self, prefix: str) -> dict[str, str]:
        """The part of the catalogue that the page's scripts need, keys without the prefix."""
        return {key.removeprefix(prefix): text for key, text in self._catalogue.items() if key.startswith(prefix)}


@cache
def load_catalogue(language: str) -> dict[str, str]:
    return json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))


@cache
def words_in(language: str) -> Words:
    return Words(language if language in LANGUAGES else "en")


def choose_language(cookie: str | None, accept_language: str | None) -> str:
    """The reader's own choice first, then the first language of the browser that we have, then English."""
    if cookie in LANGUAGES:
        return cookie
    for wish in (accept_language or "").split(","):
        code = wish.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


def words_of_scope(scope: dict[str, Any]) -> Words:
    """The words for whoever sent an ASGI request."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    cookies = dict(part.strip().partition("=")[::2] for part in headers.get("cookie", "").split(";"))
    return words_in(choose_language(cookies.get(COOKIE), headers.get("accept-language")))
