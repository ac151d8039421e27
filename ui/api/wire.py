"""How steps, errors and values travel: as server-sent events and JSON. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi.responses import JSONResponse

from chatbot.conversation import Answer, Citation, Cited, Done, Found, Heard, Looked, Said, Spoke
from chatbot.stopping import Busy
from knowledge import errors
from knowledge.evidence import strength
from knowledge.sound import Sound
from ui import places
from ui.asking import Begun, Kept, Queued, Step, Waiting
from ui.gate.quotas import QuotaReached
from ui.gate.teacher import NoPasswordYet, PasswordWrong, SignedOut
from ui.gate.tokens import SessionRefused
from ui.gate.vault import KeyRefused
from ui.gate.waits import TooSoon
from ui.words import Words

_STATUS_OF_CODE = {"document_too_large": 413}
# The status of every other error is that of the first class in this table that it belongs to.
_STATUS: tuple[tuple[type[errors.CoursemateError], int], ...] = (
    (errors.InvalidInput, 422),
    (errors.CourseNotFound, 404),
    (errors.CourseExists, 409),
    (errors.CourseDamaged, 500),
    (errors.CourseError, 404),
    (errors.EngineNotReady, 503),
    (Busy, 503),
    (errors.StorageFull, 507),
    (errors.UnreadableDocument, 422),
    (errors.AccessRefused, 403),
    (SessionRefused, 401),
    (KeyRefused, 401),
    (QuotaReached, 429),
    (SignedOut, 401),
    (NoPasswordYet, 401),
    (PasswordWrong, 401),
    (TooSoon, 429),
    (errors.CoursemateError, 500),
)


def error_json(error: errors.CoursemateError, words: Words) -> dict[str, Any]:
    return {"code": error.code, "message": words.of_error(error)}


def error_response(error: errors.CoursemateError, words: Words) -> JSONResponse:
    return JSONResponse(error_json(error, words), status_of(error), headers_of(error))


def status_of(error: errors.CoursemateError) -> int:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _STATUS_OF_CODE.get(error.code, status)


def headers_of(error: errors.CoursemateError) -> dict[str, str]:
    """What programs read besides the sentence: when to come again, and that a token is wanted."""
    if isinstance(error, QuotaReached | TooSoon):
        return {"retry-after": str(error.details["seconds"])}
    return {"www-authenticate": "Bearer"} if isinstance(error, SessionRefused | KeyRefused) else {}


def server_sent(name: str, value: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def step_event(step: Step, course: str, words: Words, keep_sound: Callable[[Sound], str]) -> tuple[str, dict[str, Any]]:
    """The event's name and its value."""
    match step:
        case Begun(conversation=conversation):
            return "begun", {"conversation": conversation}
        case Waiting(loading=loading):
            return "waiting", {"loading": [engine_json(state, words) for state in loading]}
        case Queued(before=before):
            return "queued", {"before": before}
        case Heard(text=text, language=language):
            return "heard", {"text": text, "language": language}
        case Looked(text=text, notices=notices):
            return "looked", {"text": text, "notices": list(notices)}
        case Found(query=query, passages=passages, ranking=ranking):
            told = [passage.to_json() for passage in passages]
            return "found", {"query": query, "evidence": strength(ranking or passages), "passages": told}
        case Said(text=text):
            return "said", {"text": text}
        case Cited(citation=citation):
            return "cited", citation_json(citation, course, words)
        case Spoke():
            return "spoke", spoke_json(step, keep_sound)
        case Kept(turn=turn):
            return "kept", {"turn": turn}
        case Done(answer=answer):
            return "done", answer_json(answer, course, words)
    raise TypeError(f"no event for {type(step).__name__}")


def answer_json(answer: Answer, course: str, words: Words) -> dict[str, Any]:
    """The answer of the contract, with what a screen shows beside it."""
    return answer.to_json() | {
        "citations": [citation_json(citation, course, words) for citation in answer.citations],
        "nearest": [citation_json(citation, course, words) for citation in answer.nearest],
        "language": answer.language,
        "notices": list(answer.notices),
        "progress": answer.progress.to_json() if answer.progress else None,
        "topics": list(answer.topics),
    }


def spoke_json(spoke: Spoke, keep_sound: Callable[[Sound], str]) -> dict[str, Any]:
    return {
        "n": spoke.n,
        "sentence": spoke.sentence,
        "sound": keep_sound(spoke.sound),
        "seconds": round(spoke.sound.duration_s, 3),
    }


def citation_json(citation: Citation, course: str, words: Words) -> dict[str, Any]:
    """The citation of the contract, with its title, what its place is called, and where it can be seen."""
    at = (course, citation.document, citation.locator)
    return citation.to_json() | {
        "title": citation.title,
        "place": places.label(citation.locator, words),
        "kind": places.kind(citation.document, citation.locator),
        "source": places.address("source", *at, quote=citation.quote, language=words.language),
        "thumbnail": places.address("thumbnail", *at),
    }


def engine_json(state: Any, words: Words) -> dict[str, Any]:
    """An engine's state; `label` is what people call what it does."""
    label = words(f"engines.{state.role}")
    told = {"role": state.role, "name": state.name, "label": label, "status": state.status}
    told["seconds"] = round(state.seconds, 1)
    if state.error is not None:
        told["error"] = error_json(state.error, words)
    return told
