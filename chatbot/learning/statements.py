"""Learning events in the form of xAPI 1.0.3 statements, so that any learning record store can read them.

Learners appear under an account that means nothing outside this machine; the vocabulary is ADL's, as published at
w3id.org/xapi, and our own extensions stand under one address.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from chatbot.learning.evidence import Observation

HOME = "urn:coursemate"  # not an address: nothing is looked up, and nothing is sent there
_VERBS = {
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "mastered": "http://adlnet.gov/expapi/verbs/mastered",
    "chose": "https://w3id.org/xapi/dod-isd/verbs/chose",
    "reviewed": "http://adlnet.gov/expapi/verbs/experienced",
    "disagreed": "http://activitystrea.ms/schema/1.0/disagree",
    "scored": "http://adlnet.gov/expapi/verbs/scored",
}


def statement(
    learner: str,
    verb: str,
    course: str,
    thing: str,
    when: datetime,
    *,
    result: dict | None = None,
    about: str = "",
    **extensions: object,
) -> dict[str, Any]:
    """A statement about a thing of a course. `thing` is like "question/q7" or "concept/refraction"; `about` is the id of
    an earlier statement that this one adds to, for statements are never changed.
    """
    context: dict[str, Any] = {"contextActivities": {"grouping": [{"id": f"{HOME}:course/{course}"}]}}
    if about:
        context["statement"] = {"objectType": "StatementRef", "id": about}
    if extensions:
        context["extensions"] = {f"{HOME}:{name}": value for name, value in extensions.items()}
    told = {
        "id": str(uuid.uuid4()),
        "version": "1.0.3",
        "timestamp": when.astimezone(UTC).isoformat(),
        "actor": {"objectType": "Agent", "account": {"homePage": HOME, "name": learner}},
        "verb": {"id": _VERBS[verb], "display": {"en": verb}},
        "object": {"objectType": "Activity", "id": f"{HOME}:course/{course}/{thing}"},
        "context": context,
    }
    return told | ({"result": result} if result else {})


def answered(
    learner: str,
    course: str,
    item: str,
    concept: str,
    seen: Observation,
    when: datetime,
    *,
    response: str,
    seconds: float | None,
    about: str = "",
) -> dict[str, Any]:
    """That a question was answered, with its score and what else was seen of the answer."""
    result: dict[str, Any] = {"score": {"scaled": seen.score}, "success": seen.score >= 1.0, "response": response}
    if seconds is not None:
        result["duration"] = f"PT{seconds:.1f}S"
    return statement(
        learner, "answered", course, f"question/{item}", when, result=result, about=about,
        concept=concept, hints=seen.hints, attempts=seen.attempts, confidence=seen.confidence,
    )  # fmt: skip
