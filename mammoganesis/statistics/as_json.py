"""What an analysis finds, as JSON: results.json of `mammoganesis study analyse`, and results of a study."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

from mammoganesis.statistics.results import Interval, Mrmc, MrmcMethod, Statement


def to_json(value: Any, say: Callable[[Statement], Any] | None = None) -> Any:
    """Any of these values as dicts, lists, strings and finite numbers.

    Of `Mrmc` each method's numbers for random readers stand beside `fixed_readers`, and `fixed_readers` of the
    treatment has the methods again: mrmc.t.jackknife.auc, mrmc.t.jackknife.fixed_readers.auc and
    mrmc.t.fixed_readers.jackknife.auc.

    Args:
        say: what a statement becomes, such as a sentence. Default: its code and values.
    """
    if isinstance(value, Interval):
        return [to_json(value.low), to_json(value.high)]
    if isinstance(value, Statement) and say is not None:
        return say(value)
    if isinstance(value, MrmcMethod):
        return to_json(value.random_readers) | {"fixed_readers": to_json(value.fixed_readers)}
    if isinstance(value, Mrmc):
        fields = _fields(value, say)
        methods = {name: each for name, each in fields.items() if isinstance(each, dict) and "fixed_readers" in each}
        return fields | {"fixed_readers": {name: method["fixed_readers"] for name, method in methods.items()}}
    if dataclasses.is_dataclass(value):
        return _fields(value, say)
    if isinstance(value, Mapping):
        return {str(key): to_json(item, say) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item, say) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _fields(value: Any, say: Callable[[Statement], Any] | None) -> dict[str, Any]:
    return {each.name: to_json(getattr(value, each.name), say) for each in dataclasses.fields(value)}
