"""The border: what pages of other sites may ask of this server. Nothing, unless a course lists their origin.

Pure ASGI, outside every route. A browser says where a request comes from in headers that no page can change. Our own
pages and programs, which send no foreign origin, pass as they are.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from knowledge.errors import CoursemateError
from ui.api.wire import error_response
from ui.gate.visitors import Gate, Visitor
from ui.guard import Receive, Scope, Send, hang_up, refuse
from ui.words import words_of_scope

SCRIPT = "/widget.js"
PARTS = "/coursemate/widget/"
SESSION = "/api/widget/session"
LISTEN = "/api/listen"
# What a course page's widget needs, and no more.
_FOR_WIDGETS = ("/api/widget/", "/api/ask", "/api/draft", "/api/read-aloud", "/api/sounds/", "/api/courses/", "/api/conversations", "/api/feedback")
# The widget's scripts, letters, formulas, and what takes the microphone apart: no session is needed.
_FILES = (PARTS, "/coursemate/fonts/", "/coursemate/katex.css", "/assets/", "/coursemate/js/capture-worklet.js")
_ALLOWED = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, range",
    "access-control-max-age": "600",
}


class Border:
    def __init__(self, app, *, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get("origin", "")
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, origin if _is_foreign(origin, headers) else "")
            return
        if scope["path"] == SCRIPT or not _is_foreign(origin, headers):
            if scope["path"] != SCRIPT and _is_fetched_elsewhere(headers):
                await refuse(scope, send, 403, "origin_refused", origin=headers.get("referer", "?"))
            else:
                await self._app(scope, receive, send)
        elif not _is_for_widgets(scope["path"]) or not self._gate.origins.anywhere(origin):
            await refuse(scope, send, 403, "origin_refused", origin=origin)
        elif scope["method"] == "OPTIONS":
            await _preflight(send, origin, headers)
        else:
            await self._admit(scope, receive, _with_origin(send, origin), origin, headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, foreign: str) -> None:
        """A browser opens a socket from any page and asks nobody, and no page can send a token with it: a listed site gets as
        far as the route that listens, which asks for the session in its first message.
        """
        if foreign and (scope["path"] != LISTEN or not self._gate.origins.anywhere(foreign)):
            await hang_up(receive, send)
            return
        scope.setdefault("state", {})["origin"] = foreign
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send, origin: str, headers: dict[str, str]) -> None:
        """Lets in whoever has a session, or wants to open one."""
        if scope["path"] == SESSION or scope["path"].startswith(_FILES):
            visitor = Visitor(origin=origin)
        else:
            try:
                visitor = self._gate.visitor(bearer(headers.get("authorization", "")), origin)
            except CoursemateError as error:
                await error_response(error, words_of_scope(scope))(scope, receive, send)
                return
        scope.setdefault("state", {})["visitor"] = visitor
        await self._app(scope, receive, send)


def bearer(authorization: str) -> str:
    """The token of an Authorization header, empty if it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _is_foreign(origin: str, headers: dict[str, str]) -> bool:
    """By host and port alone: a proxy that speaks https for us changes the scheme. "null" is a sandbox, and foreign."""
    return bool(origin) and urlsplit(origin).netloc != headers.get("host")


def _is_fetched_elsewhere(headers: dict[str, str]) -> bool:
    """Whether another site's page loads this as a part of itself, such as a picture, which sends no origin.

    A link to one of our pages is no such part; which sites may frame one, the page's own policy says.
    """
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate"


def _is_for_widgets(path: str) -> bool:
    return path.startswith(_FOR_WIDGETS) or path.startswith(_FILES)


async def _preflight(send: Send, origin: str, headers: dict[str, str]) -> None:
    told = {**_ALLOWED, "access-control-allow-origin": origin, "vary": "Origin", "content-length": "0"}
    if headers.get("access-control-request-private-network") == "true":
        told["access-control-allow-private-network"] = "true"
    await send({"type": "http.response.start", "status": 204, "headers": _encoded(told)})
    await send({"type": "http.response.body", "body": b""})


def _with_origin(send: Send, origin: str) -> Send:
    """Tells the browser that this origin, and no other, may read the answer. What the routes said of origins goes."""
    ours = {"access-control-allow-origin": origin, "vary": "Origin", "access-control-expose-headers": "retry-after"}

    async def sending(message: dict) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not name.lower().startswith(b"access-control-")]
            message = {**message, "headers": [*kept, *_encoded(ours)]}
        await send(message)

    return sending


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
