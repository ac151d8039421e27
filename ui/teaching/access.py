"""Who counts as the teacher: whoever signed in with the password. Until there is one, whoever sits at this machine may choose it.

`teacher` is the dependency of every route of the teacher's screen. The door itself, in ui/gate/teacher.py, knows no requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request, Response

from knowledge.errors import AccessRefused
from ui.gate.teacher import INVITATION, SESSION_S, NoPasswordYet, TeacherDoor
from ui.guard import host_name, is_loopback

COOKIE = "coursemate_teacher"
_SECURE_COOKIE = f"__Host-{COOKIE}"  # browsers take one of this name only over https, for this host alone and all its paths
_SAFE = ("GET", "HEAD")
# A proxy on this machine comes from it too; what it says of itself shows that the reader may sit anywhere.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def teacher(request: Request) -> None:
    """Raises SignedOut or NoPasswordYet, and AccessRefused where another site's page asks, or a reader elsewhere before
    there is a password.
    """
    page = request.method in _SAFE and request.headers.get("sec-fetch-mode") == "navigate"
    if not page:
        check_our_page(request)
    if not door(request).has_password:
        check_may_choose(request)
        raise NoPasswordYet("Choose a password for the teacher's pages first: open /teach.", code="teacher_no_password")
    door(request).check(session_of(request.cookies))


def door(request: Request) -> TeacherDoor:
    return request.app.state.gate.teacher


def check_our_page(request: Request) -> None:
    """Raises AccessRefused for what another site's page makes a browser send, with the teacher's cookie or without.

    By what browsers add and no page can change. Reading needs no word of origin, changing does.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = site in (None, "same-origin", "none")
    if ours and origin is not None:
        ours = urlsplit(origin).netloc == request.headers.get("host")
    elif ours:
        ours = site is not None or request.method in _SAFE
    if not ours:
        raise AccessRefused(
            "That request came from a page of another site and was refused. Open the teacher's page itself and try again.",
            code="teacher_other_site",
        )


def check_may_choose(request: Request) -> None:
    """Raises AccessRefused for readers who may not set the first password."""
    here = at_this_machine(request.client.host if request.client else "", request.headers)
    if not here and not door(request).invites(request.query_params.get(INVITATION, "")):
        raise AccessRefused(
            "Until a password is chosen, the teacher's pages open only on the machine that Coursemate runs on. Choose it there, "
            "as localhost, with the link that the server printed when it started, or with: coursemate teacher password",
            code="teacher_only_here",
        )


def at_this_machine(client: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine and asks for it by one of its own names."""
    named_here = is_loopback(host_name(headers.get("host", "")))
    return is_loopback(client) and named_here and not any(name in headers for name in _FORWARDED)


def session_of(cookies: Mapping[str, str]) -> str:
    """The token of a teacher's session, empty if none is told."""
    return cookies.get(_SECURE_COOKIE) or cookies.get(COOKIE, "")


def let_in(request: Request, response: Response, token: str) -> None:
    """Gives the browser the session, out of reach of scripts and of other sites' pages."""
    secure = _is_https(request)
    response.set_cookie(
        _SECURE_COOKIE if secure else COOKIE, token, max_age=SESSION_S, path="/", secure=secure, httponly=True, samesite="strict"
    )


def let_out(response: Response) -> None:
    response.delete_cookie(_SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def _is_https(request: Request) -> bool:
    """As the reader's browser sees it, whatever a proxy between it and us speaks."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
