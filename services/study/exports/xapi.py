"""xAPI statements (1.0.3), one a line: readers who begin, every answer, and readers who finish.

Readers are accounts by their pseudonyms. An answer that was corrected later stands there too; the later one has the
same activity and a later time. The same study gives the same statements with the same ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format

from services.study.closed import ClosedStudy, StudyReading
from services.study.exports.moments import iso, iso_duration
from services.study.ratings import Answered, answered

HOME = "https://mammoganesis.example/studies"
"""Of the identifiers; "example" is a name that nobody owns."""
VERBS = "http://adlnet.gov/expapi/verbs/"
_INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
_ASSESSMENT = "http://adlnet.gov/expapi/activities/assessment"
_SPACE = uuid.UUID("6f1f5a7e-7d8e-5a3f-9f57-0d3f6c1f8f11")


def xapi(closed: ClosedStudy) -> bytes:
    """The statements, in the order of their times."""
    found = sorted(_statements(closed), key=lambda statement: (statement["timestamp"], statement["id"]))
    return "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in found).encode()


def _statements(closed: ClosedStudy) -> Iterator[dict[str, Any]]:
    for reading in closed.readings:
        for verb, at in (("initialized", reading.begun_at), ("completed", reading.finished_at)):
            if at:
                yield _of_study(closed, reading, verb, at)
    for each in answered(closed):
        yield _of_answer(closed, each)


def _of_study(closed: ClosedStudy, reading: StudyReading, verb: str, at: int) -> dict[str, Any]:
    return {
        "id": _identity(closed, f"{reading.pseudonym} {verb}"),
        "actor": _actor(closed, reading.pseudonym),
        "verb": _verb(verb),
        "object": _study(closed),
        "timestamp": iso(at),
        "version": "1.0.3",
    }


def _of_answer(closed: ClosedStudy, each: Answered) -> dict[str, Any]:
    result: dict[str, Any] = {
        "response": _response(each),
        "duration": iso_duration(each.given.visible_milliseconds / 1000),
    }
    if each.right is not None:
        result |= {
            "success": each.right,
            "score": {"raw": int(each.right), "min": 0, "max": 1, "scaled": int(each.right)},
        }
    names = {"pictures": [picture.name for picture in each.pictures]}
    truth = {"generated": [picture.origin.generated for picture in each.pictures]}
    further = {"counts": each.counts, "practice": each.trial.practice, "repeats": each.trial.repeats}
    return {
        "id": _identity(closed, each.given.answer_id),
        "actor": _actor(closed, each.reader),
        "verb": _verb("answered"),
        "object": {
            "id": f"{HOME}/{closed.study_id}/trials/{each.reader}/{each.trial.trial_id}",
            "objectType": "Activity",
            "definition": {
                "type": _INTERACTION,
                "interactionType": "other",
                "name": {"en": f"{each.trial.task or each.kind} {each.trial.number}"},
            },
        },
        "result": result,
        "context": {
            "contextActivities": {"parent": [_study(closed)]},
            "extensions": {f"{HOME}/extensions/{name}": value for name, value in (names | truth | further).items()},
        },
        "timestamp": iso(each.given.recorded_at),
        "version": "1.0.3",
    }


def _response(each: Answered) -> str:
    """What was answered, as JSON."""
    return json.dumps(json_format.MessageToDict(each.answer, preserving_proto_field_name=True), sort_keys=True)


def _study(closed: ClosedStudy) -> dict[str, Any]:
    return {
        "id": f"{HOME}/{closed.study_id}",
        "objectType": "Activity",
        "definition": {
            "type": _ASSESSMENT,
            "name": {"en": closed.design.title},
            "extensions": {f"{HOME}/extensions/protocol_hash": closed.protocol_hash},
        },
    }


def _actor(closed: ClosedStudy, reader: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": f"{HOME}/{closed.study_id}", "name": reader}}


def _verb(name: str) -> dict[str, Any]:
    return {"id": VERBS + name, "display": {"en": name}}


def _identity(closed: ClosedStudy, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{closed.study_id} {name}"))
