"""Metrics of one set of fakes against one set of reals."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mammoganesis.errors import ConfigurationError
from mammoganesis.terminal.progress import progress
from training.metrics import registry
from training.metrics.metric import Context
from training.metrics.result import MetricResult
from training.metrics.samples import Need


def needs_of(names: Sequence[str]) -> frozenset[Need]:
    """What has to be computed for the metrics of these names."""
    return frozenset().union(*(registry.load(name).needs for name in names))


def check(context: Context, names: Sequence[str]) -> None:
    """Refuse what cannot be done before long work begins."""
    needs = needs_of(names)
    if "generator" in needs and context.generated is None:
        wanting = ", ".join(n for n in names if "generator" in registry.load(n).needs)
        raise ConfigurationError(f"--metric {wanting} needs a checkpoint or a run; a folder of images has no generator")


def measure(context: Context, names: Sequence[str]) -> tuple[list[MetricResult], dict[str, float]]:
    """Run metrics.

    Returns:
        the results in the order of the names, and the seconds that each metric took beside computing the vectors.
    """
    check(context, names)
    results: list[MetricResult] = []
    seconds: dict[str, float] = {}
    with progress(len(names), "metrics", "metric") as bar:
        for name in names:
            started = time.monotonic()
            results += registry.load(name).measure(context)
            seconds[name] = time.monotonic() - started
            bar.update()
    return results, seconds
