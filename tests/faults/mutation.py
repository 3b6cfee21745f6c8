"""Messages changed at random, along their own fields: a value of the right type that is large, small, empty, not finite
or foreign, a message inside itself, lists that are long, parts left out; and now and then bytes that are no message."""

from __future__ import annotations

import math
import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

INTEGERS = (0, 1, 2, 7, 17, 63, 64, 65, 255, 256, 2**31 - 1, 2**32 - 1, 2**32, 2**53, 2**63 - 1)
FLOATS = (0.0, -0.0, 0.5, 1.0, 1.001, -1.0, 3.0, 20.0, 1e-300, 1e30, 1e308, math.inf, -math.inf, math.nan)
TEXTS = (
    "",
    "a",
    "en",
    "fr",
    "density",
    "brightness",
    "CC",
    "nipple",
    "no such",
    "../x",
    "a\x00b",
    "é\u2028",
    "x" * 300,
    "0" * 64,
)
BYTES = (b"", b"\x00", b"\x89PNG\r\n\x1a\n", b"x\x9c", b"x\x9c\x03\x00\x00\x00\x00\x01", bytes(300), b"\xff" * 64)
_INTEGRAL = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64)
_FLOATING = (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE)
_NARROW = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_UINT32)
MAX_LIST, MAX_DEPTH = 6, 40


def body(message: Message, rng: random.Random) -> bytes:
    """A serialised message that is like `message` in most."""
    changed = type(message)()
    changed.CopyFrom(message)
    for _ in range(1 + int(rng.expovariate(0.7))):
        change(changed, rng)
    data = changed.SerializeToString()
    if rng.random() < 0.05 and data:
        at = rng.randrange(len(data))
        data = data[:at] + rng.choice((b"", bytes([rng.randrange(256)]), data[at:] * 2)) + data[at + 1 :]
    return data


def change(message: Message, rng: random.Random) -> None:
    """One change somewhere in it."""
    fields = list(message.DESCRIPTOR.fields)
    if not fields:
        return
    present = [field for field, _ in message.ListFields() if field.message_type is not None]
    if present and rng.random() < 0.6:  # go down
        field = rng.choice(present)
        if is_map(field):
            set_map(message, field, rng)
            return
        value = getattr(message, field.name)
        if not field.is_repeated:
            change(value, rng)
            return
        if rng.random() < 0.6:
            change(rng.choice(value), rng)
            return
    field = rng.choice(fields)
    if rng.random() < 0.25:
        message.ClearField(field.name)
    else:
        fill(message, field, rng, 0)


def fill(message: Message, field: FieldDescriptor, rng: random.Random, depth: int) -> None:
    """Another value of a field."""
    if is_map(field):
        set_map(message, field, rng)
        return
    count = rng.choice((1, 1, 2, MAX_LIST)) if field.is_repeated else 1
    for _ in range(count):
        if field.message_type is not None:
            value = getattr(message, field.name)
            inner = value.add() if field.is_repeated else value
            inner.SetInParent()
            nest = depth < MAX_DEPTH and rng.random() < (0.9 if depth > 2 else 0.75)
            for each in rng.sample(list(inner.DESCRIPTOR.fields), min(2, len(inner.DESCRIPTOR.fields))) if nest else ():
                fill(inner, each, rng, depth + 1 + MAX_LIST * (field.is_repeated or each.is_repeated))
        elif field.is_repeated:
            getattr(message, field.name).append(scalar(field, rng))
        else:
            setattr(message, field.name, scalar(field, rng))


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def set_map(message: Message, field: FieldDescriptor, rng: random.Random) -> None:
    key, value = field.message_type.fields
    if value.message_type is None:
        getattr(message, field.name)[scalar(key, rng)] = scalar(value, rng)


def scalar(field: FieldDescriptor, rng: random.Random) -> Any:
    """A value that protobuf takes for it."""
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return rng.choice((0, 1, 2, 3, 4, 5, 99))
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind in _FLOATING:
        return rng.choice(FLOATS) if rng.random() < 0.7 else rng.uniform(-5, 5)
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return rng.choice(BYTES if field.type == FieldDescriptor.TYPE_BYTES else TEXTS)
    value = rng.choice(INTEGERS) if rng.random() < 0.7 else rng.randrange(2**16)
    if kind in _INTEGRAL and rng.random() < 0.2:
        value = -value
    if kind in _NARROW:
        value %= 2**31
    return value
