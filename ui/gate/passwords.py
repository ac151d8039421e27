"""A password as it is kept: never itself, but what scrypt (RFC 7914) makes of it with a salt. Pure functions.

Cost as OWASP's cheat sheet has it for scrypt, the choice that takes 32 MB: N = 2^15, r = 8, p = 3. The parameters stand
in what is kept, so that they can grow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata

from knowledge.errors import InvalidInput

LEAST = 12  # characters; a few words
MOST = 1024
_LEAST_DIFFERENT = 5
_LOG_N, _R, _P = 15, 8, 3
_BYTES = 32


def check_new(password: str) -> None:
    """Raises InvalidInput for what is too easily guessed, or too long to be one."""
    if len(password) > MOST:
        raise InvalidInput(f"A password has at most {MOST} characters. Choose a shorter one.", code="password_long", most=MOST)
    if len(password) < LEAST or len(set(password)) < _LEAST_DIFFERENT:
        raise InvalidInput(
            f"The password needs at least {LEAST} characters, and not the same ones over and over. Four or five words do well.",
            code="password_weak",
            least=LEAST,
        )


def kept(password: str) -> str:
    salt = secrets.token_bytes(16)
    parts = (str(_LOG_N), str(_R), str(_P), _text(salt), _text(_scrypt(password, salt, _LOG_N, _R, _P)))
    return "$".join(("scrypt", *parts))


def matches(password: str, as_kept: str) -> bool:
    """Whether this is the password that was kept. Takes a tenth of a second or more, on purpose."""
    _, log_n, r, p, salt, hashed = as_kept.split("$")
    made = _scrypt(password[:MOST], base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(made, base64.b64decode(hashed))


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    told = unicodedata.normalize("NFKC", password).encode()  # one password, whichever keyboard it is typed on
    memory = 128 * r * (2**log_n + p + 2)
    return hashlib.scrypt(told, salt=salt, n=2**log_n, r=r, p=p, maxmem=memory, dklen=_BYTES)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
