"""Recipes as JSON: the canonical text, and its reader.

The text is proto JSON with the field names of the `.proto` files, written by this module and not by the protobuf
library: keys sorted, no spaces, integers as numbers, enum values by name, numbers in the shortest form that gives the
same double (values of a code: the double equal to the float32), bytes in base64, fields at their implicit zero left
out. So it depends neither on the version of protobuf nor on the order of fields on the wire or of the entries of a map.
A field that a later version of the protos adds is left out at the value that stood for it before (`_SINCE`), so that it
changes no text of a recipe that does not use it. The bundle that a recipe says it belongs to stands in the text where
the recipe has it; canonical text (`mammoganesis.recipe.identity`) goes without.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from google.protobuf.message import Message

from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe import proto_json
from mammoganesis.recipe.proto_json import is_map
from mammoganesis.v1.latents_pb2 import EDIT_MODE_RELATIVE, INTERPOLATION_SPACE_W, LOCALITY_CHANNELS, Recipe

MAX_JSON_CHARACTERS = 16 * 2**20

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)

# Fields that came after the first version of the contract, and what stood for them before.
_SINCE: Mapping[str, int] = {
    "mammoganesis.v1.ComponentEdit.mode": EDIT_MODE_RELATIVE,
    "mammoganesis.v1.Interpolation.space": INTERPOLATION_SPACE_W,
    "mammoganesis.v1.StyleTransfer.locality": LOCALITY_CHANNELS,
}


def to_json(recipe: Recipe) -> str:
    """`recipe` as JSON in the canonical form, as it travels in text chunks; `recipe` need not be complete."""
    return _text(recipe.SerializeToString(deterministic=True))


@lru_cache(maxsize=32)  # an image's latent id, its file and its row in a list are made of one text
def _text(serialized: bytes) -> str:
    return _JSON.encode(_as_dict(Recipe.FromString(serialized)))


def from_json(text: str, field: str = "recipe") -> Recipe:
    """Reads `to_json`'s text exactly, or any proto JSON of a Recipe. The caller still checks it, with `complete`.

    Raises InvalidArgument when the text is too long, is not JSON, or is not a Recipe; it names the place in the text,
    or the field inside the recipe, and shows no more of the text than that.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise InvalidArgument(field, f"{len(text)} characters", f"at most {MAX_JSON_CHARACTERS} characters of JSON")
    return _with_later_fields(proto_json.read(text, Recipe(), field))


def _with_later_fields(message: Any) -> Any:
    """The same message, with what `to_json` leaves out by `_SINCE` filled in."""
    for field in message.DESCRIPTOR.fields:
        if field.full_name in _SINCE:
            if not getattr(message, field.name):
                setattr(message, field.name, _SINCE[field.full_name])
        elif field.message_type is not None and not is_map(field):
            if field.is_repeated:
                for item in getattr(message, field.name):
                    _with_later_fields(item)
            elif message.HasField(field.name):
                _with_later_fields(getattr(message, field.name))
    return message


def _as_dict(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field, value in message.ListFields():  # those that are not at their implicit zero
        if is_map(field):
            result[field.name] = dict(value)  # of texts; json.dumps sorts its keys too
        elif field.is_repeated:
            result[field.name] = [_as_value(field, item) for item in value]
        elif _SINCE.get(field.full_name) != value:
            result[field.name] = _as_value(field, value)
    return result


def _as_value(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _as_dict(value)
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value
