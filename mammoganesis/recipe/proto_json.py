"""Proto JSON from outside: read strictly, and refused in words of ours that name the place."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import MAX_DEPTH, NotJson, bound_depth, read_json

_TRUTH = re.compile(r"\b(true|false)\b")

AnyMessage = TypeVar("AnyMessage", bound=Message)


def read(text: str, message: AnyMessage, field: str) -> AnyMessage:
    """Fills `message` from proto JSON and returns it. Ranges are left to the caller.

    Args:
        text: of any length; the caller bounds it.
        field: what the text is called in errors.

    Raises:
        InvalidArgument: the text is not JSON, or not of the message's form; it names the place in the text, or the
            field inside the message, and shows no more of the text than that.
    """
    try:
        if not text.lstrip().startswith("{"):  # the library takes "[]" for an empty message
            raise ValueError
        bound_depth(text)
        json_format.Parse(text, message, max_recursion_depth=MAX_DEPTH)
        if _TRUTH.search(text) and (fault := _fault_in(read_json(text, finite=False), message.DESCRIPTOR, field)):
            raise fault  # the library takes true for 1
        return message
    except (json_format.Error, ValueError, OverflowError):
        raise _fault(text, message.DESCRIPTOR, field) from None


def is_map(field: Any) -> bool:
    """Whether a field descriptor is that of a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _fault(text: str, descriptor: Any, field: str) -> InvalidArgument:
    """What is wrong with a text that the protobuf library has refused."""
    allowed = f"proto JSON of a {descriptor.full_name}"
    try:
        fault = _fault_in(read_json(text, finite=False), descriptor, field)
    except NotJson as error:
        return InvalidArgument(field, f"a text of {len(text)} characters", f"{allowed}; this is {error}")
    choices = "".join(f", one {oneof.name}" for oneof in descriptor.oneofs if not oneof.name.startswith("_"))
    whole = f"{allowed}, no key twice{choices}, at most {MAX_DEPTH} levels deep"
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
        if is_map(entry):
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
    if isinstance(value, bool) and entry.cpp_type != FieldDescriptor.CPPTYPE_BOOL:
        return False
    message = message_factory.GetMessageClass(entry.containing_type)()
    try:
        json_format.ParseDict({entry.name: [value] if entry.is_repeated else value}, message)
    except (json_format.Error, ValueError, OverflowError):  # an integer of hundreds of digits is no float
        return False
    return True


def _kind(entry: Any) -> str:
    """What a value of the field has to be, for messages."""
    if entry.enum_type is not None:
        return ", ".join(value.name for value in entry.enum_type.values)
    if entry.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return "a number"
    return "a text" if entry.cpp_type == FieldDescriptor.CPPTYPE_STRING else "an integer in the field's range"
