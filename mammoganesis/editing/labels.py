"""Labels of images (view, density, ...) as the vector c that conditions a generator.

A field has a name and a fixed list of values; c is the fields' one-hot vectors in a row. A field whose value is not
known is all zeros, so networks also learn, and can draw, images of which nothing is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import InvalidArgument

Fields = Mapping[str, Sequence[str]]  # name -> values, in the order of c


def c_dim(fields: Fields) -> int:
    """Length of c; 0 without labels."""
    return sum(len(values) for values in fields.values())


def c_from_labels(labels: Mapping[str, str], fields: Fields) -> NDArray[np.float32]:
    """c of one image, [1, c_dim] float32, zeros and ones.

    Args:
        labels: value by field name; fields that are missing or empty are not known, names that the network does not
            know are ignored.
        fields: what the network knows.

    Raises:
        InvalidArgument: a value that the field does not have.
    """
    for name, values in fields.items():
        if labels.get(name) and labels[name] not in values:
            raise InvalidArgument(f"labels.{name}", labels[name], f"{', '.join(values)}, or nothing")
    ones = [float(labels.get(name) == value) for name, values in fields.items() for value in values]
    return np.array([ones], dtype=np.float32)


def c_of_images(images: Iterable[Mapping[str, str]], fields: Fields) -> NDArray[np.float32]:
    """c of several images, [N, c_dim] float32; see `c_from_labels`."""
    return np.concatenate([np.zeros((0, c_dim(fields)), np.float32), *(c_from_labels(i, fields) for i in images)])


def c_in_turn(fields: Fields, count: int) -> NDArray[np.float32]:
    """c of a sheet of samples: every field runs through its values, the last one fastest, over and over.

    Returns:
        [count, c_dim] float32.
    """
    rows = np.zeros((count, c_dim(fields)), np.float32)
    start, step = c_dim(fields), 1
    for values in reversed(list(fields.values())):
        start -= len(values)
        rows[np.arange(count), start + np.arange(count) // step % len(values)] = 1.0
        step *= len(values)
    return rows
