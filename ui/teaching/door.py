"""The teacher's door: POST to a page signs in and leads back to it, POST to /teach/leave signs out.

The first password is sent to the same address: as long as there is none, there is nothing to sign in with.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from knowledge.errors import CoursemateError, InvalidInput
from ui.api.language import words_for
from ui.api.wire import headers_of, status_of
from ui.gate.teacher import INVITATION
from ui.teaching import access, door_page

_Typed = Annotated[str, Form()]
_HEADERS = {"cache-control": "no-store"}


def routes(page: str, show) -> APIRouter:
    """`page` is the path of the teacher's screen, `show(html, status, headers)` makes its responses. Addresses are told
    relative to it: a proxy may serve us under a path.
    """
    router = APIRouter(include_in_schema=False)

    @router.post(page)
    def enter(request: Request, password: _Typed = "", again: _Typed = "") -> Response:
        access.check_our_page(request)
        first = not access.door(request).has_password
        try:
            token = _choose(request, password, again) if first else _sign_in(request, password)
        except CoursemateError as error:
            make = door_page.first_html if first else door_page.sign_in_html
            return show(make(words_for(request), error), status_of(error), headers_of(error))
        response = RedirectResponse(f".{page}{_query(request)}", 303, _HEADERS)
        access.let_in(request, response, token)
        return response

    @router.post(f"{page}/leave")
    def leave(request: Request) -> Response:
        access.check_our_page(request)
        access.door(request).sign_out(access.session_of(request.cookies))
        response = RedirectResponse(f"..{page}", 303, _HEADERS)
        access.let_out(response)
        return response

    return router


def _choose(request: Request, password: str, again: str) -> str:
    access.check_may_choose(request)
    if password != again:
        raise InvalidInput("The two passwords are not the same. Type the same one twice.", code="password_differs")
    return access.door(request).set_first(password)


def _sign_in(request: Request, password: str) -> str:
    return access.door(request).sign_in(password, request.client.host if request.client else "")


def _query(request: Request) -> str:
    """Of the page where the form stood, without the invitation, which is used up."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != INVITATION]
    return f"?{urlencode(query)}" if query else ""
