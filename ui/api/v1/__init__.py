"""The OpenAI-compatible routes under /v1, for programs with a key: a course is a model, an answer is a chat completion.

What comes back beside OpenAI's own fields stands in one more, `coursemate`: status, checked answer, citations, notices.
"""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.v1 import chat, sound, vectors
from ui.api.visiting import Visiting
from ui.asking import Desk

PREFIX = "/v1"


def routes(desk: Desk, visiting: Visiting) -> APIRouter:
    router = APIRouter(prefix=PREFIX)
    for part in (chat.routes(desk, visiting), vectors.routes(desk, visiting), sound.routes(desk, visiting)):
        router.include_router(part)
    return router
