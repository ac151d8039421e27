"""Who a request comes from, and what it counts as. The border has stopped pages of other sites before; here come the rest."""

from __future__ import annotations

from fastapi import Request

from knowledge.errors import AccessRefused
from ui.gate.border import bearer
from ui.gate.vault import is_key
from ui.gate.visitors import OWN, Gate, Visitor

LEARNER_HEADER = "coursemate-learner"
LEARNER_ID = r"^[\w-]{20,64}$"  # as `POST /api/learners` gives out


class Visiting:
    """The dependency of routes that answer questions or show a course."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def __call__(self, request: Request) -> Visitor:
        """The session that the border let in, the program whose key is shown, or a reader of our own page."""
        if visitor := getattr(request.state, "visitor", None):
            return visitor
        token = bearer(request.headers.get("authorization", ""))
        if not token:
            return Visitor()
        return Visitor(key=self.gate.vault.key(token)) if is_key(token) else self.gate.visitor(token, OWN)

    def program(self, request: Request) -> Visitor:
        """A program: nobody else is let in. Raises KeyRefused."""
        return Visitor(key=self.gate.vault.key(bearer(request.headers.get("authorization", ""))))

    def of_course(self, request: Request) -> None:
        """Raises AccessRefused unless the visitor may see the course that the address names, or all of them."""
        visitor, course = self(request), request.path_params.get("course", "")
        if course or visitor.origin or visitor.key:
            visitor.check(course)

    def count(self, request: Request, visitor: Visitor, course: str) -> None:
        """Counts a question. Raises QuotaReached. A program counts as its key, not as the address it runs at."""
        address = request.client.host if request.client else ""
        if visitor.key:
            self.gate.quotas.take(address=f"key:{visitor.key.id}", course=course)
        else:
            self.gate.quotas.take(student=visitor.student, address=address, course=course)


def owner_of(visitor: Visitor) -> str:
    """Who a conversation belongs to that a program has us keep: its key. No student's name has a colon before it."""
    return f"key:{visitor.key.id}" if visitor.key else visitor.student


def learner_of(visitor: Visitor, told: str = "") -> str:
    """Whose record of learning a request is about: the student of a course page, else who a page of ours tells; empty: nobody.

    A student's name cannot be told by anybody else: what pages tell (LEARNER_ID) holds no colon.
    """
    return f"student:{visitor.student}" if visitor.student else told


def own_student(visitor: Visitor) -> str:
    """The student a visitor is. Raises AccessRefused for one who is nobody in particular."""
    if not visitor.student:
        raise AccessRefused(
            "Conversations are listed only for the student they belong to. Open one by its own name.",
            code="conversations_private",
        )
    return visitor.student
