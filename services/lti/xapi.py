"""Attempts as statements for a learning record store (xAPI 1.0.3; verbs of ADL and cmi5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = "1.0.3"
_VERBS = {
    "attempted": "http://adlnet.gov/expapi/verbs/attempted",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "scored": "http://adlnet.gov/expapi/verbs/scored",
}
_ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
_QUESTION = "http://adlnet.gov/expapi/activities/cmi.interaction"


@dataclass(frozen=True)
class Told:
    """Whose attempt of which quiz.

    Attributes:
        home: the platform's issuer, which gave the subject.
        subject: the platform's pseudonym of the learner; no name, no address.
        base: address of the studio, below which activities are named.
        quiz_id, title: of the quiz.
        attempt: names the attempt in statement ids; may be a secret: only a hash of it leaves.
    """

    home: str
    subject: str
    base: str
    quiz_id: str
    title: str
    attempt: str

    @property
    def activity(self) -> str:
        """The IRI of the quiz."""
        return f"{self.base}/lti/{self.quiz_id}"


def attempted(told: Told, moment: int) -> dict[str, Any]:
    """The attempt has begun; `moment`: microseconds since 1970."""
    return _statement(told, "attempted", moment)


def answered(told: Told, question_id: str, share: float | None, moment: int) -> dict[str, Any]:
    """One question; `share`: 0 (wrong) to 1 (right), None: it counts in no score."""
    result = None if share is None else {"success": share >= 1.0, "score": {"scaled": round(share, 4)}}
    return _statement(told, "answered", moment, question_id, result)


def completed(told: Told, moment: int) -> dict[str, Any]:
    """Every question is answered."""
    return _statement(told, "completed", moment, result={"completion": True})


def scored(told: Told, points: float, possible: float, moment: int) -> dict[str, Any]:
    """The score of an attempt that has ended; `possible` is above 0."""
    share = {"scaled": round(points / possible, 4), "raw": round(points, 4), "min": 0, "max": possible}
    return _statement(told, "scored", moment, result={"score": share})


def _statement(
    told: Told, verb: str, moment: int, question_id: str = "", result: dict[str, Any] | None = None
) -> dict[str, Any]:
    # The id follows from what is said: a store that gets it twice has it once (xAPI part two, 4.1).
    name = f"{told.attempt}/{verb}/{question_id}"
    statement: dict[str, Any] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "actor": {"objectType": "Agent", "account": {"homePage": told.home, "name": told.subject}},
        "verb": {"id": _VERBS[verb], "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": f"{told.activity}#{question_id}" if question_id else told.activity,
            "definition": {"type": _QUESTION if question_id else _ASSESSMENT},
        },
        "timestamp": datetime.fromtimestamp(moment / 1e6, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
    }
    if question_id:
        statement["object"]["definition"] |= {"interactionType": "other"}
        statement["context"] = {"contextActivities": {"parent": [{"objectType": "Activity", "id": told.activity}]}}
    else:
        statement["object"]["definition"] |= {"name": {"und": told.title}}
    if result is not None:
        statement["result"] = result
    return statement
