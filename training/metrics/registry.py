"""The metrics by name."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mammoganesis.errors import ConfigurationError

if TYPE_CHECKING:
    from training.metrics.metric import Metric
    from training.metrics.result import Better

NAMES = ("fid", "kid", "precision_recall", "density_coverage", "ppl", "ms_ssim", "frd")
DEFAULT = ("kid", "fid", "frd", "precision_recall", "density_coverage", "ms_ssim")


def load(name: str) -> Metric:
    """One metric. Raises ConfigurationError for an unknown name."""
    if name not in NAMES:
        raise ConfigurationError(f"--metrics names {name!r}; allowed are {', '.join(NAMES)}")
    return importlib.import_module(f"training.metrics.{name}").METRIC


def check(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repetition, all of them known."""
    return tuple(load(name).name for name in dict.fromkeys(names))


def better(result: str) -> Better:
    """Whether `lower` or `higher` values of a result (such as fid, precision, ppl_end) are better."""
    known: dict[str, Better] = {}
    for metric in map(load, NAMES):
        known |= metric.better
    if result not in known:
        raise ConfigurationError(f"--best-metric is {result!r}; allowed are {', '.join(known)}")
    return known[result]
