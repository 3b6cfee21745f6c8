"""JSON: the whole study, but for the pictures' files."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from mammoganesis.json_text import read_json
from mammoganesis.statistics.as_json import to_json
from mammoganesis.texts.statements import sentence
from services.study.closed import ClosedStudy, StudyPicture, StudyReading
from services.study.exports.moments import iso
from services.study.ratings import counting
from services.study.results import StudyResults

FORMAT, FORMAT_VERSION = "mammoganesis-closed-study", 1


def study_json(closed: ClosedStudy, results: StudyResults) -> bytes:
    """Design, protocol hash, pictures with their truth, readers, trials, answers with corrections, events, results."""
    counts = {(each.reader, each.given.answer_id) for each in counting(closed)}
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "study_id": closed.study_id,
        "protocol_hash": closed.protocol_hash,
        "secret": closed.secret,
        "created_at": iso(closed.created_at),
        "opened_at": iso(closed.opened_at),
        "closed_at": iso(closed.closed_at),
        "bundle": closed.bundle,
        "design": _message(closed.design),
        "pool": {"reals": closed.reals, "samples": closed.samples, "composition": _message(closed.composition)},
        "pictures": [_picture(picture) for picture in closed.pictures],
        "readers": [_reader(closed, reading, counts) for reading in closed.readings],
        "results": to_json(results, sentence),
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _message(message: Message) -> dict[str, Any]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def _picture(picture: StudyPicture) -> dict[str, Any]:
    recipe = read_json(picture.recipe) if picture.recipe else None
    return to_json(picture) | {"generated": picture.origin.generated, "recipe": recipe}


def _reader(closed: ClosedStudy, reading: StudyReading, counts: Set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "reader": reading.pseudonym,
        "years": reading.years,
        "specialty": reading.specialty,
        "screen": _message(reading.screen),
        "invited_at": iso(reading.invited_at),
        "begun_at": iso(reading.begun_at),
        "finished_at": iso(reading.finished_at),
        "revoked_at": iso(reading.revoked_at),
        "trials": [to_json(trial) for trial in reading.trials],
        "answers": [
            {
                "answer_id": given.answer_id,
                "trial_id": given.trial_id,
                "recorded_at": iso(given.recorded_at),
                "counts": (reading.pseudonym, given.answer_id) in counts,
                "answer": _message(given.answer),
                "visible_milliseconds": given.visible_milliseconds,
                "seconds": closed.seconds(given),
                "events": [_message(event) for event in given.events],
            }
            for given in reading.answers
        ],
    }
