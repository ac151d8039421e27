"""The teacher's door: one password, set by whoever is there first, and sessions that it opens.

There is no password to begin with, and none that opens anything: until one is set, the door is shut, and it may be set
only from this machine or with the invitation that the server printed when it started (ui/teaching/access.py says from where).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time

from knowledge.errors import AccessRefused, CoursemateError
from ui.gate import passwords
from ui.gate.vault import Vault
from ui.gate.waits import Waits

SESSION_S = 7 * 24 * 3600
INVITATION = "setup"  # in the address of the link that the server prints when it starts without a password


class SignedOut(CoursemateError):
    """Nobody, or nobody any more, is signed in as the teacher."""


class NoPasswordYet(CoursemateError):
    """The teacher has still to choose one, and whoever asks may."""


class PasswordWrong(CoursemateError):
    pass


class TeacherDoor:
    """Safe to use from several threads; the command line may set the password anew while the server runs."""

    def __init__(self, vault: Vault, waits: Waits | None = None) -> None:
        self._vault, self._waits = vault, waits or Waits()
        self._one_at_a_time = threading.Lock()  # a hash takes 32 MB; a hundred guesses at once shall not take 3 GB
        self._invitation = ""

    @property
    def has_password(self) -> bool:
        return bool(self._vault.teacher_password())

    def invite(self) -> str:
        """What may set the first password from anywhere, once. Not kept beyond the process."""
        self._invitation = secrets.token_urlsafe(24)
        return self._invitation

    def invites(self, invitation: str) -> bool:
        known = self._invitation.encode()
        return bool(known) and hmac.compare_digest(known, invitation.encode("utf-8", "replace"))

    def set_first(self, password: str) -> str:
        """A session for whoever sets the first password. Raises InvalidInput for a weak one, AccessRefused if there is one."""
        passwords.check_new(password)
        with self._one_at_a_time:
            first = self._vault.set_teacher_password(passwords.kept(password), only_first=True)
        if not first:
            raise AccessRefused("A password was chosen already. Sign in with it.", code="password_there")
        self._invitation = ""
        return self.open_session()

    def set_anew(self, password: str) -> None:
        """Ends all sessions. Raises InvalidInput for a weak password."""
        passwords.check_new(password)
        self._vault.set_teacher_password(passwords.kept(password))

    def sign_in(self, password: str, address: str) -> str:
        """A session. Raises PasswordWrong, or TooSoon where this address has guessed too often."""
        self._waits.begin(address)
        with self._one_at_a_time:
            right = passwords.matches(password, self._vault.teacher_password() or _NOBODYS)
        if not right:
            raise PasswordWrong("That is not the password. Try again.", code="password_wrong")
        self._waits.forgive(address)
        return self.open_session()

    def open_session(self) -> str:
        """The token of a new session, of which only the hash is kept."""
        token = secrets.token_urlsafe(32)
        self._vault.add_teacher_session(_hash(token), ends=time.time() + SESSION_S)
        return token

    def check(self, token: str) -> None:
        """Raises SignedOut unless the token is a session's that is not over."""
        if not token or self._vault.teacher_session_ends(_hash(token)) <= time.time():
            raise SignedOut("You are not signed in as the teacher, or no longer. Load the page again.", code="teacher_signed_out")

    def sign_out(self, token: str) -> None:
        self._vault.remove_teacher_session(_hash(token))


_NOBODYS = "scrypt$15$8$3$AAAAAAAAAAAAAAAAAAAAAA==$" + "A" * 43 + "="  # of no known password: where there is none, none is right


def _hash(token: str) -> str:
    """A plain hash suffices: the token has 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
