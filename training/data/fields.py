"""Which labels a set or a network may have: the rule of bundles, so that no training ends in a refused export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mammoganesis.bundle.manifest import fault_of_labels
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import ConfigurationError


@dataclass(frozen=True)
class Label:
    """A label to store: its name in the set, and the CSV column that has its values."""

    name: str
    column: str


_NOT_KNOWN = ("", "na", "nan", "null", "unknown", "notknown", "missing")  # letters and digits of such a value


def stated(value: str) -> str:
    """A label's value; empty for what stands for none, as tables write it: _, -, ?, N/A, unknown."""
    return "" if re.sub(r"[\W_]", "", value.casefold()) in _NOT_KNOWN else value


def parse_labels(texts: Iterable[str]) -> tuple[Label, ...]:
    """Labels as a person writes them: COLUMN, or NEW=COLUMN where the column's name is no name of a label.

    Raises:
        ConfigurationError: a name that no bundle has, or one that is there twice.
    """
    labels = []
    for text in texts:
        name, _, column = text.partition("=")
        label = Label(name.strip(), column.strip() or name.strip())
        if _fault(label.name, ("a", "b")):
            raise ConfigurationError(
                f"--label {text}: a label's name has 1 to 64 lower-case letters, digits and underscores; "
                f"--label '{_suggestion(label.name)}={label.column}' renames it"
            )
        if label.name in {other.name for other in labels}:
            raise ConfigurationError(f"--label {text}: the label {label.name!r} is given twice")
        labels.append(label)
    return tuple(labels)


def check_fields(fields: Iterable[tuple[str, Sequence[str]]], where: str) -> None:
    """Refuse label fields that export and serving would refuse.

    Args:
        fields: names and values.
        where: what has them, for the message.

    Raises:
        ConfigurationError: a name that no bundle has, or a field with a single value.
    """
    for name, values in fields:
        if _fault(name, ("a", "b")):
            raise ConfigurationError(
                f"{where}: the label {name!r} has a name that no bundle has (lower-case letters, digits and "
                f"underscores); rename it with `prepare --label '{_suggestion(name)}={name}'`, or leave it out"
            )
        if len(values) == 1:
            raise ConfigurationError(
                f"{where}: the label {name!r} has one value, {values[0]!r}; two or more are needed to condition on it; "
                "leave it out"
            )
        if fault := _fault(name, values):
            raise ConfigurationError(f"{where}: {fault}")


def _fault(name: str, values: Sequence[str]) -> str | None:
    manifest = BundleManifest()
    manifest.label_fields.add(name=name, values=values)
    return fault_of_labels(manifest)


def _suggestion(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:64] or "label"
