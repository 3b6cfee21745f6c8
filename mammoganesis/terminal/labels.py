"""Labels of a conditional model as a person types them: FIELD=VALUE, several with commas, in any capitals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from mammoganesis.errors import InvalidArgument
from mammoganesis.terminal.commands import did_you_mean


class Labels(click.ParamType):
    """Labels of a conditional model: FIELD=VALUE, several with commas."""

    name = "field=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """{field: value}; which there are is for `labels_as_listed`."""
        if isinstance(value, dict):
            return value
        labels: dict[str, str] = {}
        for part in value.split(","):
            field, equals, label = (piece.strip() for piece in part.partition("="))
            if not (field and equals and label):
                self.fail(f"{part!r} is not allowed; allowed: FIELD=VALUE, such as view=MLO", param, ctx)
            if field in labels:
                self.fail(f"{field!r} is there twice; allowed: each field once", param, ctx)
            labels[field] = label
        return labels


def takes_labels(default: str = "none", where: str = "`mammoganesis model`") -> Callable:
    """Adds --labels.

    Args:
        default: what stands for them.
        where: what lists those that there are.
    """
    text = f"Labels of a conditional model, such as view=MLO,density=B; {where} lists them."
    return click.option("--labels", type=Labels(), help=f"{text}  [default: {default}]")


def labels_as_listed(given: Mapping[str, str], fields: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Labels as the model writes them.

    Raises:
        InvalidArgument: it does not have such a field or value, or no labels at all.
    """
    if not fields:
        raise InvalidArgument("labels", ", ".join(given), "none: this model has no labels")
    listed = {as_listed(name, fields, "labels", ""): value for name, value in given.items()}
    return {name: as_listed(value, fields[name], f"labels.{name}", "") for name, value in listed.items()}


def as_listed(given: str, names: Iterable[str], field: str, otherwise: str) -> str:
    """The one of `names` that was meant.

    Args:
        field: what the message calls it.
        otherwise: what is allowed beside the names; "" for nothing.

    Raises:
        InvalidArgument: it is none of them; the message lists them and suggests the nearest.
    """
    known = {name.casefold(): name for name in names}
    if given.casefold() in known:
        return known[given.casefold()]
    allowed = "; ".join(filter(None, [", ".join(sorted(known.values())) or "no names", otherwise]))
    raise InvalidArgument(field, given, allowed + did_you_mean(given, known.values()))
