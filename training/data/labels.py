"""Labels of images (view, density, ...) as the vector c that conditions both networks.

A field has a name and a fixed list of values; c is the fields' one-hot vectors in a row. A field whose value is not
known is all zeros, so networks also learn, and can draw, images of which nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mammoganesis.errors import ConfigurationError

LabelFields = tuple[tuple[str, tuple[str, ...]], ...]  # (name, values) in the order of c

MOST_VALUES = 64  # of one field; more are no classes but measurements or identifiers


def checked(fields: Sequence[Sequence[object]]) -> LabelFields:
    """The fields as nested tuples, as JSON does not keep them.

    Raises:
        ConfigurationError: a name or a value is empty or given twice, or a field has no or too many values.
    """
    try:
        result = tuple((str(name), tuple(str(value) for value in values)) for name, values in fields)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise ConfigurationError(f"label_fields is {fields!r}; it must be pairs of a name and its values") from None
    names = [name for name, _ in result]
    if len(set(names)) < len(names) or not all(names):
        raise ConfigurationError(f"label_fields has the names {names}; they must differ and not be empty")
    for name, values in result:
        if not 1 <= len(values) <= MOST_VALUES or len(set(values)) < len(values) or not all(values):
            raise ConfigurationError(
                f"label_fields: {name} has the values {list(values)}; 1 to {MOST_VALUES} different, not empty ones are "
                "needed"
            )
    return result


def dimension(fields: LabelFields) -> int:
    """Length of c."""
    return sum(len(values) for _, values in fields)


def vector(fields: LabelFields, labels: Mapping[str, str]) -> np.ndarray:
    """One image's labels as c.

    Args:
        fields: what the network knows.
        labels: value by field name; fields that are missing or empty are not known, names that the network does not
            know are ignored.

    Returns:
        [dimension(fields)] float32, zeros and ones.

    Raises:
        ConfigurationError: a value that the field does not have.
    """
    parts = [np.zeros(0, np.float32)]
    for name, values in fields:
        part = np.zeros(len(values), np.float32)
        value = labels.get(name, "")
        if value:
            if value not in values:
                raise ConfigurationError(f"label {name} is {value!r}; allowed are {', '.join(values)}, or nothing")
            part[values.index(value)] = 1.0
        parts.append(part)
    return np.concatenate(parts)


def combinations(fields: LabelFields, count: int) -> np.ndarray:
    """Labels for a sheet of samples: every field runs through its values, the last one fastest, over and over.

    Returns:
        [count, dimension(fields)] float32.
    """
    rows = np.zeros((count, dimension(fields)), np.float32)
    start, step = dimension(fields), 1
    for _, values in reversed(fields):
        start -= len(values)
        rows[np.arange(count), start + np.arange(count) // step % len(values)] = 1.0
        step *= len(values)
    return rows
