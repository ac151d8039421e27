"""What stands between the network and every route: whose requests are taken, how much they may send, what browsers may do.

Pure ASGI, so that streams pass through untouched.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ui.words import words_of_scope

MOST_BODY_BYTES = 40_000_000
# Gradio's page needs inline scripts and styles and builds functions from strings; everything comes from this server.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# Elsewhere nobody is told where a reader came from. "no-referrer" would make some browsers call our own pages "null".
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
}
# For browsers that do not know frame-ancestors; a page with a policy of its own says itself who may frame it.
_FRAMED = {"content-security-policy": _POLICY, "x-frame-options": "SAMEORIGIN"}
_ONLY_HTTPS = {"strict-transport-security": "max-age=31536000"}  # this name alone, not those under it

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Guard:
    """Refuses bodies that are too large before they are read and, on a loopback address, strange host names.

    A page elsewhere can make its own name point to 127.0.0.1 and then read what this server answers; a server that
    listens on loopback only is meant for this machine's names alone.
    """

    def __init__(
        self, app: Callable, *, host: str, names: Sequence[str] = (), most_for: Callable[[Scope], int | None] = lambda scope: None
    ) -> None:
        """`names` are those that a proxy on this machine asks for the server by. `most_for` says how many bytes a request
        may send where that is not the common limit.
        """
        self._app = app
        self._only_local = is_loopback(host)
        self._names = {name.lower() for name in names}
        self._most_for = most_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["type"] == "websocket":
            await (hang_up(receive, send) if self._is_strange(headers.get("host", "")) else self._app(scope, receive, send))
            return
        most = self._most_for(scope) or MOST_BODY_BYTES
        send = _with_headers(send, https=scope.get("scheme") == "https")
        if self._is_strange(headers.get("host", "")):
            await refuse(scope, send, 403, "host_refused", host=headers.get("host", ""))
        elif _declared(headers) > most:
            await refuse(scope, send, 413, "upload_too_large", limit=f"{most // 1_000_000} MB")
        else:
            await self._app(scope, _counted(receive, most), send)

    def _is_strange(self, host: str) -> bool:
        name = host_name(host).lower()
        return self._only_local and not is_loopback(name) and name not in self._names


class BodyTooLarge(Exception):
    """A body without a declared length went over the limit. Ends the request; nobody waits for an answer."""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _declared(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdigit() else 0


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> dict[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise BodyTooLarge
        return message

    return counted


def _with_headers(send: Send, *, https: bool) -> Send:
    """Adds what a response does not say itself."""
    usual = _HEADERS | (_ONLY_HTTPS if https else {})

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            wanted = usual if b"content-security-policy" in there else usual | _FRAMED
            more = [(n.encode(), v.encode()) for n, v in wanted.items() if n.encode() not in there]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending


async def hang_up(receive: Receive, send: Send) -> None:
    """Refuses a socket before it is open."""
    await receive()  # the request to connect; closing it unaccepted answers 403
    await send({"type": "websocket.close", "code": 1008})


async def refuse(scope: Scope, send: Send, status: int, code: str, **details: object) -> None:
    """Answers in place of the application, in the reader's words."""
    words = words_of_scope(scope)
    body = json.dumps({"code": code, "message": words(f"errors.{code}", **details)}, ensure_ascii=False).encode()
    headers_out = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers_out})
    await send({"type": "http.response.body", "body": body})
