"""Middleware that turns the page Gradio sends into ours, in the reader's language. Every other response passes untouched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ui import frame
from ui.assets import mathematics, version
from ui.words import words_of_scope

Message = dict[str, Any]


class OurPage:
    def __init__(self, app: Callable) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Callable, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        # Uncompressed, because the text is changed on its way.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        held = _Held()
        await self._app({**scope, "headers": headers}, receive, held.take)
        await held.pass_on(
            send, lambda html: frame.document_html(html, words_of_scope(scope), version(), mathematics())
        )


class _Held:
    """A response kept back until it is whole."""

    def __init__(self) -> None:
        self._start: Message = {}
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    async def pass_on(self, send: Callable[[Message], Awaitable[None]], change: Callable[[str], str]) -> None:
        body = bytes(self._body)
        headers = {name.lower(): value for name, value in self._start["headers"]}
        if headers.get(b"content-type", b"").startswith(b"text/html") and body:
            body = change(body.decode("utf-8")).encode("utf-8")
            headers |= {b"content-length": str(len(body)).encode(), b"cache-control": b"no-store"}
        await send({**self._start, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": body})
