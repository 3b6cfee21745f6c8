"""Grades of quizzes in a platform's gradebook (LTI Assignment and Grade Services 2.0)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mammoganesis.errors import InvalidArgument
from services.lti.addresses import below, service_address

SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"


def score(subject: str, points: float, possible: float, ended_at: int) -> dict[str, Any]:
    """The grade of an attempt that has ended (section 4.4).

    The same attempt always gives the same bytes, its time included: a platform that gets it twice has it once.

    Args:
        subject: as the platform calls the learner.
        points: of the attempt.
        possible: of the quiz; 0: nothing in it counts, so that a person has to look at it.
        ended_at: microseconds since 1970; of one learner and column, later scores have later times.
    """
    moment = datetime.fromtimestamp(ended_at / 1e6, UTC).isoformat(timespec="microseconds")
    told: dict[str, Any] = {
        "userId": subject,
        "timestamp": moment.replace("+00:00", "Z"),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded" if possible else "PendingManual",
    }
    if possible:
        told |= {"scoreGiven": round(points, 4), "scoreMaximum": possible}
    return told


def scores_url(line_item: str) -> str:
    """Where scores of a column go; what the column's address asks with stays behind (section 4.4.1)."""
    return below(line_item, "scores")


def column(label: str, quiz_id: str, resource_link_id: str, possible: float) -> dict[str, Any]:
    """A column for a quiz, where the platform has made none for the link."""
    return {
        "label": label,
        "scoreMaximum": possible or 1,
        "resourceId": quiz_id,
        "resourceLinkId": resource_link_id,
    }


def column_among(found: Any, quiz_id: str, resource_link_id: str, listed_by: str) -> str:
    """Address of the column of a quiz among those that a platform lists; "" for none.

    Raises:
        InvalidArgument: it is no list of columns.
    """
    if not isinstance(found, list):
        raise InvalidArgument("lineitems", found, "a list of columns")
    for one in found:
        if not isinstance(one, dict):
            continue
        if one.get("resourceId") == quiz_id and one.get("resourceLinkId") in (None, "", resource_link_id):
            return service_address("lineitem.id", one.get("id"), listed_by)
    return ""
