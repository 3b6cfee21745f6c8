"""The label fields that a data set has and that a network is conditioned on, and how often their values occur;
`mammoganesis.editing.labels` makes c."""

from __future__ import annotations

from collections.abc import Sequence

from mammoganesis.editing.labels import Counts
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


def checked_counts(counts: Sequence[Sequence[object]], fields: LabelFields) -> Counts:
    """How many images have which values, as nested tuples, as JSON does not keep them.

    Raises:
        ConfigurationError: a combination does not have one value, or nothing, of every field, or no image.
    """
    try:
        result = tuple((tuple(str(value) for value in row), int(count)) for row, count in counts)  # type: ignore
    except (TypeError, ValueError):
        raise ConfigurationError(f"label_mixture is {counts!r}; it must be pairs of values and a count") from None
    for row, count in result:
        allowed = [("", *values) for _, values in fields]
        fits = len(row) == len(fields) and all(value in values for value, values in zip(row, allowed, strict=True))
        if not fits or count < 1:
            raise ConfigurationError(
                f"label_mixture: {count} image(s) with {list(row)}; 1 or more with a value, or nothing, of each of "
                f"{', '.join(name for name, _ in fields) or 'no label'} are needed"
            )
    return result
