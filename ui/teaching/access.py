"""Who counts as the teacher. Until there are accounts: whoever sits at this machine.

`teacher` is the dependency of every route of the teacher's screen; a check by password takes its place, not its routes'.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request

from knowledge.errors import AccessRefused
from ui.guard import host_name, is_loopback

_SAFE = ("GET", "HEAD")
# A proxy on this machine comes from it too; what it says of itself shows that the reader may sit anywhere.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def teacher(request: Request) -> None:
    """Raises AccessRefused for requests from elsewhere, and for those that another site's page makes.

    A page elsewhere can make a browser on this machine send what it likes, but not say that it comes from here.
    """
    if not at_this_machine(request.client.host if request.client else "", request.headers):
        raise AccessRefused(
            "The teacher's pages open only on the machine that Coursemate runs on. Open them there, as localhost.",
            code="teacher_only_here",
        )
    page = request.method in _SAFE and request.headers.get("sec-fetch-mode") == "navigate"
    if not page and not _from_our_page(request):
        raise AccessRefused(
            "That request came from a page of another site and was refused. Open the teacher's page itself and try again.",
            code="teacher_other_site",
        )


def at_this_machine(client: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine and asks for it by one of its own names."""
    named_here = is_loopback(host_name(headers.get("host", "")))
    return is_loopback(client) and named_here and not any(name in headers for name in _FORWARDED)


def _from_our_page(request: Request) -> bool:
    """By what browsers add and no page can change. Reading needs no word of origin, changing does."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return site is not None or request.method in _SAFE
