"""GET /api/health: what is loaded and what is not. Answers 200 while engines load: the server itself is well.

GET /api/ready answers 503 until typed questions can be answered, for whoever sends students here or elsewhere.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from ui.api.language import words_for
from ui.api.wire import engine_json


def routes(engines) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/health")
    def health(request: Request) -> dict[str, Any]:
        words = words_for(request)
        states = [engine_json(state, words) for state in engines.states()]
        return {"ready": engines.ready, "engines": states}

    @router.get("/ready", responses={503: {"description": "Still loading, or not able to load."}})
    def ready() -> JSONResponse:
        return JSONResponse({"ready": engines.ready}, 200 if engines.ready else 503)

    return router
