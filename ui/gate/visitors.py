"""Who asks: a student of our own page, a student of a course page elsewhere, or a program with a key.

A course page's session is a signed token that names the course, the origin and the student, so that it is worth nothing
on another site. Who the student is, the page's own site may say, signed with the secret it shares with the course; else
the student is nobody in particular, but the same nobody on each visit.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from knowledge.errors import AccessRefused
from knowledge.library import Library
from ui.gate.origins import Origins
from ui.gate.quotas import Quotas
from ui.gate.teacher import TeacherDoor
from ui.gate.tokens import SessionRefused, sign, verify
from ui.gate.vault import Key, Vault

SESSION_S = 12 * 3600
_KNOWN_AGAIN_S = 120 * 24 * 3600  # after the end of a session, an anonymous student is still the same one
_LONGEST_LOGIN_S = 24 * 3600
_KIND = "coursemate-session"
OWN = "self"  # in place of an origin: a page of this server, which needs no list. No browser sends it


@dataclass(frozen=True, slots=True)
class Visitor:
    """`student` is empty on our own page, where nobody is told apart; `course` empty: any."""

    student: str = ""
    course: str = ""
    origin: str = ""
    key: Key | None = None

    def check(self, course: str) -> None:
        """Raises AccessRefused for a course that this visitor has nothing to do with."""
        allowed = course == self.course if self.origin else self.key is None or self.key.may(course)
        if not allowed:
            raise AccessRefused(
                f"This session or key is not for the course {course!r}.", code="course_refused", course=course
            )


class Gate:
    """Made once by whoever builds the application. Without a vault, nothing is remembered beyond the process."""

    def __init__(self, library: Library, vault: Vault | None = None, quotas: Quotas | None = None) -> None:
        self.origins = Origins(library)
        self.vault = vault or Vault()
        self.quotas = quotas or Quotas()
        self.teacher = TeacherDoor(self.vault)
        self._secret = self.vault.server_secret()

    def open_session(self, course: str, origin: str, *, login: str = "", before: str = "") -> tuple[str, Visitor]:
        """A token for a student on that site. `login` is what the site signed, `before` an earlier token of ours.

        Raises AccessRefused where the course does not list the origin, SessionRefused for a login that does not hold.
        """
        self._check(course, origin)
        student = self._signed_in(course, login) if login else self._known(course, origin, before)
        claims = {"typ": _KIND, "aud": course, "origin": origin, "sub": student, "exp": int(time.time()) + SESSION_S}
        return sign(claims, self._secret), Visitor(student, course, origin)

    def visitor(self, token: str, origin: str) -> Visitor:
        """Who comes from another origin with this token. Raises SessionRefused, or AccessRefused as above."""
        claims = self._session(token)
        if claims["origin"] != origin:
            raise SessionRefused("The session belongs to another site. Load the page again.", code="session_refused")
        self._check(claims["aud"], origin)
        return Visitor(claims["sub"], claims["aud"], origin)

    def _check(self, course: str, origin: str) -> None:
        if origin != OWN and not self.origins.allows(course, origin):
            raise AccessRefused(
                f"This course may not be shown on {origin}. The teacher lists its sites.",
                code="origin_refused",
                origin=origin,
            )

    def _session(self, token: str, *, grace_s: float = 0.0) -> dict[str, str]:
        claims = verify(token, self._secret, grace_s=grace_s)
        if claims.get("typ") != _KIND or not all(isinstance(claims.get(k), str) for k in ("aud", "origin", "sub")):
            raise SessionRefused("The session is over or not ours. Load the page again.", code="session_refused")
        return claims

    def _known(self, course: str, origin: str, before: str) -> str:
        try:
            claims = self._session(before, grace_s=_KNOWN_AGAIN_S)
        except SessionRefused:
            claims = {}
        same = claims.get("aud") == course and claims.get("origin") == origin and claims["sub"].startswith("a-")
        return claims["sub"] if same else f"a-{secrets.token_urlsafe(12)}"

    def _signed_in(self, course: str, login: str) -> str:
        """The student whom the site names, under a name of ours: the site's stays with the site."""
        claims = verify(login, self.vault.site_secret(course).encode())
        subject, late = claims.get("sub"), float(claims["exp"]) > time.time() + _LONGEST_LOGIN_S
        if not isinstance(subject, str | int) or subject == "" or late or claims.get("aud") != course:
            raise SessionRefused(
                "The sign-in from this site does not hold. Load the page again.", code="login_refused"
            )
        return "s-" + hashlib.sha256(self._secret + f"\0{course}\0{subject}".encode()).hexdigest()[:24]
