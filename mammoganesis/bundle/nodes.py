"""What a node of a network takes and makes, as far as sizes go. A shape is a tuple of sizes, N written as None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from mammoganesis.bundle.v1.onnx_model_pb2 import OnnxAttribute, OnnxTensor

Shape = tuple[int | None, ...]

FLOAT32, INT64, FLOAT16 = 1, 7, 10
ITEM_BYTES: Mapping[int, int] = {FLOAT32: 4, INT64: 8, FLOAT16: 2}
MAX_DIMENSIONS = 8
_MAX_STEP = 2**31 - 1  # of a stride, a dilation and the like


@dataclass(frozen=True)
class Value:
    """What a node takes or makes."""

    shape: Shape
    kind: int  # FLOAT32, INT64 or FLOAT16
    constant: OnnxTensor | None = None  # where it stands in the file

    @property
    def count(self) -> int:
        """Elements for one image."""
        return prod(size or 1 for size in self.shape)

    @property
    def size(self) -> int:
        """Bytes for one image."""
        return self.count * ITEM_BYTES[self.kind]

    def integers(self, what: str) -> list[int]:
        """A constant of int64, as a list.

        Raises:
            ValueError: it is computed, or of another type.
        """
        if self.constant is None or self.kind != INT64:
            raise ValueError(f"{what} is computed or no int64; expected a constant of int64")
        return np.frombuffer(self.constant.raw_data, "<i8").tolist()


@dataclass(frozen=True)
class Node:
    """One use of an operator."""

    inputs: Sequence[Value | None]  # None: an optional one that is not given
    outputs: int  # how many values it makes
    attributes: Mapping[str, OnnxAttribute]

    def input(self, index: int) -> Value:
        """Raises ValueError where it is not given."""
        given = self.optional(index)
        if given is None:
            raise ValueError(f"input {index} is missing")
        return given

    def optional(self, index: int) -> Value | None:
        """None where it is not given."""
        return self.inputs[index] if index < len(self.inputs) else None

    def integer(self, name: str, default: int) -> int:
        """An attribute of one integer."""
        return self.attributes[name].i if name in self.attributes else default

    def integers(self, name: str, count: int, default: int, low: int = 1) -> list[int]:
        """An attribute of `count` integers from `low` up.

        Raises:
            ValueError: there are others.
        """
        found = list(self.attributes[name].ints) if name in self.attributes else [default] * count
        if len(found) != count or not all(low <= number <= _MAX_STEP for number in found):
            raise ValueError(f"{name} is {found[:8]}; allowed: {count} integers from {low} to {_MAX_STEP}")
        return found


def counted(axis: int, dimensions: int, shape: Sequence[int | None]) -> int:
    """Counted from the front; never N's."""
    if not -dimensions <= axis < dimensions or shape[axis] is None:
        raise ValueError(f"axis is {axis} of {shown(shape)}; allowed: an axis other than N")
    return axis % dimensions


def known(size: int | None) -> int:
    if size is None:
        raise ValueError("N stands where a fixed size is expected")
    return size


def shown(shape: Sequence[int | None]) -> str:
    """A shape for people."""
    return f"[{', '.join('N' if size is None else str(size) for size in shape)}]"
