"""Which language an API's answer speaks: the one asked for, else the reader's own."""

from __future__ import annotations

from fastapi import Request

from ui.words import COOKIE, LANGUAGES, Words, choose_language, words_in


def words_for(request: Request, language: str = "") -> Words:
    if language in LANGUAGES:
        return words_in(language)
    return words_in(choose_language(request.cookies.get(COOKIE), request.headers.get("accept-language")))
