"""Signed tokens: JSON Web Tokens with HMAC-SHA256 (RFC 7519, RFC 7515), of which nothing else is accepted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

from knowledge.errors import CoursemateError

_HEADER = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
_LONGEST = 4096  # characters of a token that is looked at


class SessionRefused(CoursemateError):
    """A token that is missing, forged, or over: whoever holds it must open a new session."""


def sign(claims: dict[str, Any], secret: bytes) -> str:
    body = f"{_HEADER}.{_encode(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{body}.{_encode(_mac(body, secret))}"


def verify(token: str, secret: bytes, *, grace_s: float = 0.0) -> dict[str, Any]:
    """The claims of a token that we, or who shares the secret, signed. Raises SessionRefused.

    A token without `exp` is never taken; one that is over is, for `grace_s` seconds more.
    """
    head, _, mac = token[:_LONGEST].rpartition(".")
    try:
        if not hmac.compare_digest(_decode(mac), _mac(head, secret)):
            raise _refused()
        header, claims = (json.loads(_decode(part)) for part in head.split("."))
        ends = float(claims["exp"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _refused() from None
    if not isinstance(header, dict) or header.get("alg") != "HS256" or not ends + grace_s > time.time():
        raise _refused()
    return claims


def _mac(body: str, secret: bytes) -> bytes:
    return hmac.new(secret, body.encode("utf-8", "replace"), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _refused() -> SessionRefused:
    return SessionRefused("The session is over or not ours. Load the page again.", code="session_refused")
