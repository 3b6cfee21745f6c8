"""An .onnx file as a message: bounded before it is read, and self-contained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from google.protobuf.message import DecodeError, Message

from mammoganesis.bundle.v1.onnx_model_pb2 import OnnxGraph, OnnxModel, OnnxNode, OnnxTensor
from mammoganesis.errors import BundleError, shown
from mammoganesis.files import Location

OWN_DOMAINS = ("", "ai.onnx")
MAX_BYTES_BESIDE_CONSTANTS = 2 * 2**20
"""Names, operators and shapes. An empty message takes two bytes in the file and a hundred once it is read. The
largest network of the demo bundle has 60,000."""

_NOT_ONNX = "not an ONNX file (its protobuf cannot be read)"
# From the file to the numbers of its constants.
_NUMBERS = tuple(
    message.DESCRIPTOR.fields_by_name[field].number
    for message, field in ((OnnxModel, "graph"), (OnnxGraph, "initializer"), (OnnxTensor, "raw_data"))
)


def read_onnx(model: bytes, path: Location) -> OnnxModel:
    """Read a network without opening anything that it names.

    Raises:
        BundleError: it is no ONNX file or a very long one beside its constants, refers to files beside it or to
            operators outside ONNX's own domain, or holds functions, graphs for training or sparse tensors.
    """
    try:
        _check_length(model, path)
        whole = OnnxModel.FromString(model)
    except (DecodeError, RecursionError, IndexError) as error:
        raise BundleError(path, _NOT_ONNX) from error
    for part in _parts(whole):
        if isinstance(part, OnnxTensor) and (part.external_data or part.data_location):
            raise BundleError(path, "a tensor lies outside the file (external data); expected all data inside")
        if isinstance(part, OnnxNode) and part.domain not in OWN_DOMAINS:
            node = f"node {shown(part.op_type)[1:-1]} {shown(list(part.output))}"
            raise BundleError(path, f"{node} is of the domain {shown(part.domain)}; expected only ONNX's own operators")
    if whole.functions or whole.training_info or whole.graph.sparse_initializer:
        raise BundleError(path, "it holds functions, graphs for training or sparse tensors; expected one plain graph")
    return whole


def _check_length(model: bytes, path: Location) -> None:
    """Raises BundleError, DecodeError for what is no protobuf, and IndexError for one that is cut off."""
    total = 0
    for size in _beside_constants(model, 0, len(model), _NUMBERS):
        total += size
        if total > MAX_BYTES_BESIDE_CONSTANTS:
            allowed = f"allowed: {MAX_BYTES_BESIDE_CONSTANTS}"
            raise BundleError(path, f"more than {MAX_BYTES_BESIDE_CONSTANTS} bytes beside its constants; {allowed}")


def _beside_constants(data: bytes, begin: int, end: int, way: Sequence[int]) -> Iterator[int]:
    """Sizes in bytes of all fields between `begin` and `end` but for what lies at the end of `way`, by field number."""
    while begin < end:
        key, position = _varint(data, begin)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            _, position = _varint(data, position)
        elif wire_type in (1, 5):
            position += 8 if wire_type == 1 else 4
        elif wire_type == 2:
            length, start = _varint(data, position)
            position = start + length
            if number == way[0]:
                yield start - begin
                if len(way) > 1:
                    yield from _beside_constants(data, start, min(position, end), way[1:])
                begin = position
                continue
        else:
            raise DecodeError("a group, which ONNX does not have")
        yield position - begin
        begin = position


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A number, and where it ends."""
    number = shift = 0
    while data[position] & 0x80:
        number |= (data[position] & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if shift > 63:
            raise DecodeError("a number of more than ten bytes")
    return number | data[position] << shift, position + 1


def _parts(message: Message) -> Iterator[Message]:
    """All messages inside a message, at any depth."""
    pending = [message]
    while pending:
        part = pending.pop()
        for field, value in part.ListFields():
            if field.message_type is not None:
                inside = list(value) if field.is_repeated else [value]
                yield from inside
                pending += inside
