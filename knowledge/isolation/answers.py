"""What the reading process answered: a document, or why there is none, said so that a teacher can act on it."""

from __future__ import annotations

import logging
import signal
from typing import Any

from knowledge import errors
from knowledge.documents import Document
from knowledge.errors import CoursemateError, UnreadableDocument
from knowledge.isolation.wire import Frame, WireError, document_from_wire, number
from knowledge.limits import Limits

_log = logging.getLogger(__name__)


def document_from(answer: Frame | None, ended: dict[str, Any], name: str, limits: Limits) -> Document:
    """The document that was sent, or the error that says why there is none."""
    if answer is None:
        code = int(number(ended, "code"))
        if -code == signal.SIGXCPU:
            raise too_long(name, limits.seconds)
        if number(ended, "peak_mb") > 0.8 * limits.memory_mb:  # libraries in C end rather than say that memory is short
            raise too_much_memory(name, limits.memory_mb)
        raise WireError(f"it ended with {code}")
    header, attachments = answer
    if header.get("kind") == "document":
        return document_from_wire(header.get("document"), attachments, name=name)
    if header.get("kind") == "memory":
        raise too_much_memory(name, int(number(header, "memory_mb")))
    if header.get("kind") == "error":
        raise _told(header)
    _log.debug("reading %s failed: %s", name, header.get("reason"))
    raise crashed(name)


def _told(header: dict[str, Any]) -> CoursemateError:
    """The error that was raised there, raised here: of the same class, if it is one of ours."""
    kind = getattr(errors, str(header.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, CoursemateError)):
        kind = UnreadableDocument
    given = header.get("details")
    details = {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    text, code = str(header.get("text")), str(header.get("code"))
    return kind(text, code=code, **{key: value for key, value in details.items() if key not in ("code", "message", "self")})


def too_long(name: str, seconds: int) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} was given up: reading it took longer than {seconds} seconds. Split it, or export it again in a simpler "
        "form, and add that.",
        code="document_took_too_long",
        name=name,
        seconds=seconds,
    )


def too_much_memory(name: str, memory_mb: int) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} was given up: reading it took more than {memory_mb} MB of memory. Split it, or export it again with "
        "smaller pictures, and add that.",
        code="document_too_much_memory",
        name=name,
        megabytes=memory_mb,
    )


def crashed(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is damaged in a way that broke its reader, and was left out. Open it in the program that made it, "
        "export it again, and add the new copy.",
        code="document_broke_reader",
        name=name,
    )
