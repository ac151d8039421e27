"""How errors travel to OpenAI's clients, which turn them into exceptions of their own."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from knowledge.errors import CoursemateError
from ui.api.wire import headers_of, status_of
from ui.words import Words

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}


def error_json(error: CoursemateError, words: Words) -> dict[str, Any]:
    status = status_of(error)
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": words.of_error(error), "type": kind, "code": error.code, "param": None}}


def error_response(error: CoursemateError, words: Words) -> JSONResponse:
    return JSONResponse(error_json(error, words), status_of(error), headers_of(error))
