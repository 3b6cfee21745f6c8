"""What may be said about components and regions: one rule for the manifest and for catalogue.json.

Every fault is an InvalidArgument that names the field, its value and what is allowed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from mammoganesis.bundle.names import NAME_WORDS, is_name
from mammoganesis.bundle.v1.manifest_pb2 import Evidence, NamedComponent
from mammoganesis.errors import InvalidArgument
from mammoganesis.recipe.limits import DEFAULT_SIGMAS, MAX_EPSILON, MAX_SIGMAS

_ATTRIBUTE = re.compile(r"\w{1,64}")


def check_directions(directions: Sequence[NamedComponent], field: str, num_ws: int | None = None) -> None:
    """Named components of a bundle with `num_ws` codes; None: not known."""
    for i, named in enumerate(directions):
        _check_direction(named, f"{field}[{i}]", num_ws)
    check_distinct(field, "name", [named.name for named in directions])


def check_region_names(names: Sequence[str], field: str) -> None:
    """Names of regions, "" for none."""
    for i, name in enumerate(names):
        if name and not is_name(name):
            raise InvalidArgument(f"{field}[{i}]", name, NAME_WORDS)
    check_distinct(field, "name", [name for name in names if name])


def check_epsilon(value: float, field: str, zero: bool) -> None:
    """A budget of transfers; `zero`: whether it may be 0."""
    if not (math.isfinite(value) and 0 <= value <= MAX_EPSILON) or (value == 0 and not zero):
        raise InvalidArgument(field, value, f"{'' if zero else 'above '}0 to {MAX_EPSILON:g}")


def check_distinct(field: str, what: str, values: Sequence[Any]) -> None:
    """Every value once."""
    for i, value in enumerate(values):
        if value in values[:i]:
            raise InvalidArgument(field, value, f"each {what} once")


def sigmas_range(named: NamedComponent) -> tuple[float, float]:
    """The useful range of a direction, in its own standard deviations."""
    return (
        named.sigmas_start if named.HasField("sigmas_start") else DEFAULT_SIGMAS[0],
        named.sigmas_end if named.HasField("sigmas_end") else DEFAULT_SIGMAS[1],
    )


def _check_direction(named: NamedComponent, field: str, num_ws: int | None) -> None:
    if not is_name(named.name):
        raise InvalidArgument(f"{field}.name", named.name, NAME_WORDS)
    first, end = named.layer_start + 1, named.layer_end
    if end < first or (num_ws is not None and end > num_ws):
        last = "num_ws" if num_ws is None else num_ws
        raise InvalidArgument(f"{field}.layer_end", end, f"layer_start + 1, {first}, to {last}")
    start, stop = sigmas_range(named)
    if not -MAX_SIGMAS <= start <= MAX_SIGMAS:
        raise InvalidArgument(f"{field}.sigmas_start", start, f"-{MAX_SIGMAS:g} to {MAX_SIGMAS:g}")
    if not start <= stop <= MAX_SIGMAS:
        raise InvalidArgument(f"{field}.sigmas_end", stop, f"sigmas_start, {start:g}, to {MAX_SIGMAS:g}")
    if named.HasField("evidence"):
        _check_evidence(named.evidence, f"{field}.evidence")


def _check_evidence(evidence: Evidence, field: str) -> None:
    if not _ATTRIBUTE.fullmatch(evidence.attribute):
        raise InvalidArgument(f"{field}.attribute", evidence.attribute, "letters, digits and underscores, 64 at most")
    if not -1 <= evidence.spearman_rho <= 1:
        raise InvalidArgument(f"{field}.spearman_rho", evidence.spearman_rho, "-1 to 1")
    if evidence.num_seeds < 1:
        raise InvalidArgument(f"{field}.num_seeds", evidence.num_seeds, "1 or more")
