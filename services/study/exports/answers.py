"""CSV: every answer a row, those that were corrected later and practice included; and every event a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from mammoganesis.spreadsheets import spreadsheet_safe
from mammoganesis.v1.studies_pb2 import ReadingEventKind
from services.study.closed import ClosedStudy
from services.study.exports.moments import iso
from services.study.places import met, place_of, widened
from services.study.ratings import Answered, answered
from services.study.results import said

COLUMNS = [
    "study_id",
    "protocol_hash",
    "reader",
    "phase",
    "awareness",
    "task",
    "kind",
    "trial_id",
    "number",
    "practice",
    "repeats",
    "answer_id",
    "recorded_at",
    "counts",
    "pictures",
    "origins",
    "views",
    "confidence",
    "called_generated",
    "chosen",
    "right",
    "places",
    "met",
    "quality",
    "bi_rads",
    "density",
    "suspected",
    "text",
    "milliseconds_in_sight",
    "seconds_counted",
]
EVENT_COLUMNS = ("reader", "trial_id", "answer_id", "number", "kind", "milliseconds", "picture", "values")
PICTURE_COLUMNS = [
    "picture",
    "file",
    "place",
    "sha256",
    "origin",
    "patient_id",
    "view",
    "side",
    "density",
    "edit_types",
    "look_alike",
    "sentence",
    "recipe",
]


def answers_csv(closed: ClosedStudy) -> bytes:
    """A row an answer. Several pictures of a trial are separated by spaces, in the order in which they hung."""
    return _written(COLUMNS, (_row(closed, each) for each in answered(closed)))


def events_csv(closed: ClosedStudy) -> bytes:
    """What readers did with the pictures, in order."""
    rows = (
        {
            "reader": each.reader,
            "trial_id": each.trial.trial_id,
            "answer_id": each.given.answer_id,
            "number": number,
            "kind": ReadingEventKind.Name(event.kind).removeprefix("READING_EVENT_KIND_"),
            "milliseconds": f"{event.milliseconds:g}",
            "picture": event.picture if event.HasField("picture") else None,
            "values": " ".join(f"{value:g}" for value in event.values),
        }
        for each in answered(closed)
        for number, event in enumerate(each.given.events)
    )
    return _written(EVENT_COLUMNS, rows)


def pictures_csv(closed: ClosedStudy) -> bytes:
    """Every picture with its truth."""
    rows = (
        {
            "picture": picture.name,
            "file": f"pictures/{picture.name}.png",
            "place": f"places/{picture.name}.png" if picture.name in closed.places else "",
            "sha256": picture.sha256,
            "origin": str(picture.origin),
            "patient_id": picture.patient_id,
            "view": picture.view,
            "side": picture.side,
            "density": picture.density,
            "edit_types": " ".join(picture.edit_types),
            "look_alike": picture.look_alike,
            "sentence": picture.sentence,
            "recipe": picture.recipe,
        }
        for picture in closed.pictures
    )
    return _written(PICTURE_COLUMNS, rows)


def _row(closed: ClosedStudy, each: Answered) -> dict[str, object]:
    answer, kind = each.answer, each.answer.WhichOneof("kind")
    row: dict[str, object] = {
        "study_id": closed.study_id,
        "protocol_hash": closed.protocol_hash,
        "reader": each.reader,
        "phase": each.phase.name,
        "awareness": each.awareness,
        "task": each.trial.task,
        "kind": each.kind,
        "trial_id": each.trial.trial_id,
        "number": each.trial.number,
        "practice": int(each.trial.practice),
        "repeats": each.trial.repeats,
        "answer_id": each.given.answer_id,
        "recorded_at": iso(each.given.recorded_at),
        "counts": int(each.counts),
        "pictures": " ".join(picture.name for picture in each.pictures),
        "origins": " ".join(picture.origin for picture in each.pictures),
        "views": " ".join(picture.view or "-" for picture in each.pictures),
        "confidence": each.confidence,
        "called_generated": int(each.called[0]) if len(each.called) == 1 else None,
        "right": None if each.right is None else int(each.right),
        "milliseconds_in_sight": f"{each.given.visible_milliseconds:g}",
        "seconds_counted": f"{each.seconds:g}",
        **dict(said(each)),
    }
    if kind == "chosen":
        row["chosen"] = answer.chosen
    elif kind == "location":
        row["places"] = " ".join(f"{place.x:.4f},{place.y:.4f}" for place in answer.location.places)
        row["met"] = " ".join(str(int(hit)) for hit in _met(closed, each))
    elif kind == "suspicion":
        row |= {"suspected": int(answer.suspicion.suspected), "text": answer.suspicion.text}
    return row


def _met(closed: ClosedStudy, each: Answered) -> tuple[bool, ...]:
    """Whether each mark meets the true place; nothing where there is none."""
    place = closed.places.get(each.pictures[0].name)
    if place is None or each.task is None:
        return ()
    return met(widened(place_of(place), each.task.location.tolerance), each.answer.location.places)


def _written(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: spreadsheet_safe(value) for name, value in row.items()})
    return text.getvalue().encode("utf-8-sig")
