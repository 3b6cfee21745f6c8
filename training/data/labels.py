"""The label fields that a data set has and that a network is conditioned on; `mammoganesis.editing.labels` makes c."""

from __future__ import annotations

from collections.abc import Sequence

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
