"""Recipes as JSON: the canonical text, and its reader.

The text is proto JSON with the field names of the `.proto` files, written by this module and not by the protobuf
library: keys sorted, no spaces, integers as numbers, enum values by name, numbers in the shortest form that gives the
same double (values of a code: the double equal to the float32), fields at their implicit zero left out. So it depends
neither on the version of protobuf nor on the order of fields on the wire or of the entries of a map. A field that a
later version of the protos adds is left out at the value that stood for it before (`_SINCE`), so that it changes no
text of a recipe that does not use it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1.latents_pb2 import EDIT_MODE_RELATIVE, INTERPOLATION_SPACE_W, Recipe

MAX_JSON_CHARACTERS = 16 * 2**20
MAX_JSON_DEPTH = 40  # messages inside messages; a recipe that validation accepts needs less than 20

# Fields that came after the first version of the contract, and what stood for them before.
_SINCE: Mapping[str, int] = {
    "mammoganesis.v1.ComponentEdit.mode": EDIT_MODE_RELATIVE,
    "mammoganesis.v1.Interpolation.space": INTERPOLATION_SPACE_W,
}


def to_json(recipe: Recipe) -> str:
    """`recipe` as JSON in the canonical form, as it travels in text chunks; `recipe` need not be complete."""
    return json.dumps(_as_dict(recipe), sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str, field: str = "recipe") -> Recipe:
    """Reads `to_json`'s text exactly, or any proto JSON of a Recipe. The caller still checks it with `check_recipe`.

    Raises InvalidArgument when the text is too long, is not JSON, or is not a Recipe; it names the place in the text,
    or the field inside the recipe, and shows no more of the text than that.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise InvalidArgument(field, f"{len(text)} characters", f"at most {MAX_JSON_CHARACTERS} characters of JSON")
    try:
        if not text.lstrip().startswith("{"):  # the library takes "[]" for an empty message
            raise ValueError
        return _with_later_fields(json_format.Parse(text, Recipe(), max_recursion_depth=MAX_JSON_DEPTH))
    except (json_format.Error, ValueError, RecursionError):
        raise _fault(text, field) from None


def _with_later_fields(message: Any) -> Any:
    """The same message, with what `to_json` leaves out by `_SINCE` filled in."""
    for field in message.DESCRIPTOR.fields:
        if field.full_name in _SINCE:
            if not getattr(message, field.name):
                setattr(message, field.name, _SINCE[field.full_name])
        elif field.message_type is not None and not _is_map(field):
            if field.is_repeated:
                for item in getattr(message, field.name):
                    _with_later_fields(item)
            elif message.HasField(field.name):
                _with_later_fields(getattr(message, field.name))
    return message


def _is_map(field: Any) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _fault(text: str, field: str) -> InvalidArgument:
    """What is wrong with a text that the protobuf library has refused."""
    allowed = "proto JSON of a mammoganesis.v1.Recipe"
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        return InvalidArgument(field, f"the text at line {error.lineno}, column {error.colno}", f"{allowed} there")
    except (ValueError, RecursionError):  # integers of thousands of digits, or lists in lists without end
        return InvalidArgument(field, f"a text of {len(text)} characters", allowed)
    try:
        fault = _fault_in(found, Recipe.DESCRIPTOR, field)
    except RecursionError:
        fault = None
    whole = f"{allowed}, no key twice, one origin, at most {MAX_JSON_DEPTH} levels deep"
    return fault or InvalidArgument(field, f"a text of {len(text)} characters", whole)


def _fault_in(found: object, descriptor: Any, field: str) -> InvalidArgument | None:
    """The first entry of `found` that is unknown to the message or does not fit its field; None where all fit."""
    if not isinstance(found, dict):
        return InvalidArgument(field, found, "a JSON object")
    fields = {name: entry for entry in descriptor.fields for name in (entry.name, entry.json_name)}
    for key, value in found.items():
        if key not in fields:
            return InvalidArgument(field, key, f"the keys {', '.join(entry.name for entry in descriptor.fields)}")
        entry = fields[key]
        path = f"{field}.{entry.name}"
        if value is None:  # proto JSON's way to leave a field out
            continue
        if _is_map(entry):
            if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
                return InvalidArgument(path, value, "a JSON object of texts")
            continue
        if entry.is_repeated and not isinstance(value, list):
            return InvalidArgument(path, value, "a list")
        for index, item in enumerate(value if entry.is_repeated else [value]):
            place = f"{path}[{index}]" if entry.is_repeated else path
            if entry.message_type is not None:
                fault = _fault_in(item, entry.message_type, place)
            else:
                fault = None if _fits(item, entry) else InvalidArgument(place, item, _kind(entry))
            if fault is not None:
                return fault
    return None


def _fits(value: object, entry: Any) -> bool:
    message = message_factory.GetMessageClass(entry.containing_type)()
    try:
        json_format.ParseDict({entry.name: [value] if entry.is_repeated else value}, message)
    except (json_format.Error, ValueError):
        return False
    return True


def _kind(entry: Any) -> str:
    """What a value of the field has to be, for messages."""
    if entry.enum_type is not None:
        return ", ".join(value.name for value in entry.enum_type.values)
    if entry.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return "a number"
    return "a text" if entry.cpp_type == FieldDescriptor.CPPTYPE_STRING else "an integer in the field's range"


def _as_dict(message: Message) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if _is_map(field):
            if len(value):
                result[field.name] = dict(value)  # of texts; json.dumps sorts its keys too
        elif field.is_repeated:
            if len(value):
                result[field.name] = [_as_value(field, item) for item in value]
        elif (message.HasField(field.name) if field.has_presence else value) and _SINCE.get(field.full_name) != value:
            result[field.name] = _as_value(field, value)
    return result


def _as_value(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _as_dict(value)
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    return value
