"""What checkpoint.json must be, as far as it is read."""

from __future__ import annotations

from typing import Any

from mammoganesis import json_form
from mammoganesis.json_form import ByName, Form, Needed, count, number, text

_NUMBERS = ("resolution", "images", "held_out", "patients", "patients_held_out", "of_nobody")
_DATA: Form = {
    **dict.fromkeys(("digest", "licence", "attribution"), text),
    **dict.fromkeys(_NUMBERS, count),
    **dict.fromkeys(("views", "sides"), ByName(count)),
    "labels": ByName(ByName(count)),
}
_ANCESTOR: Form = {
    **dict.fromkeys(("digest", "command", "imported", "data_digest"), text),
    "kimg": number,
    "data": _DATA,
}
_FORM: Form = {
    "generator": {},
    "training_options": {"label_dropout": number, "projected": text},
    "teachers": [text],
    "dataset_digest": text,
    "data": _DATA,
    "ancestors": [_ANCESTOR],
    "imported": {"kind": Needed(text), "sha256": Needed(text), "licence": text, "attribution": text},
    "step": count,
    "images_seen": count,
    "published_from": text,
}


def fault_of(content: dict[str, Any]) -> str | None:
    """What is wrong in it, such as "images_seen is 'x'; expected a whole number", or None."""
    return json_form.fault_of(content, _FORM)
