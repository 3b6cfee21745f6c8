"""The metrics by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mammoganesis.errors import ConfigurationError

if TYPE_CHECKING:
    from training.metrics.evaluation import Context
    from training.metrics.result import MetricResult

Better = Literal["lower", "higher"]
Need = Literal["features", "radiomics", "images", "generator"]

NAMES = ("fid", "kid", "precision_recall", "density_coverage", "ppl", "ms_ssim", "frd")
DEFAULT = ("kid", "fid", "frd", "precision_recall", "density_coverage", "ms_ssim")


@dataclass(frozen=True)
class Metric:
    """What a metric's file defines as `METRIC`."""

    name: str  # what --metric and the training option `metrics` take
    needs: frozenset[Need]
    better: dict[str, Better]  # result name -> which way is better; one metric may have two results
    measure: Callable[[Context], list[MetricResult]]


def load(name: str) -> Metric:
    """One metric. Raises ConfigurationError for an unknown name."""
    if name not in NAMES:
        raise ConfigurationError(f"metric is {name!r}; allowed are {', '.join(NAMES)}")
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
        raise ConfigurationError(f"metric result is {result!r}; allowed are {', '.join(known)}")
    return known[result]
