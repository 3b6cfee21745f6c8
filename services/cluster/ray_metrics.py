"""What replicas measure, as metrics of Ray, which exports those of all processes of a node on one port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ray.serve.metrics import Counter, Gauge, Histogram

from services.observability import metrics, table
from services.observability.table import Kind, Metric


class RayRecorder:
    """`services.observability.metrics.Recorder` in a replica; Serve adds its application and its name."""

    def __init__(self) -> None:
        self._known: dict[Metric, Any] = {}

    def count(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        if amount:  # Ray refuses none
            self._of(metric).inc(amount, dict(labels))

    def level(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        self._of(metric).set(value, dict(labels))

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        self._of(metric).observe(value, dict(labels))

    def _of(self, metric: Metric) -> Any:
        if metric not in self._known:
            arguments: dict[str, Any] = {"description": metric.help, "tag_keys": metric.labels}
            if metric.kind is Kind.HISTOGRAM:
                self._known[metric] = Histogram(metric.name, boundaries=list(metric.buckets), **arguments)
            else:
                kind = Counter if metric.kind is Kind.COUNTER else Gauge
                self._known[metric] = kind(metric.name, **arguments)
        return self._known[metric]


class CacheCounters:
    """The counters of a replica's latent cache (`services.rendering.cache.CacheStats`)."""

    def __init__(self) -> None:
        self._published: dict[str, int] = {}

    def publish(self, stats: Mapping[str, int]) -> None:
        """Adds what has been counted since the last call."""
        for name, counted in stats.items():
            metrics.count(table.CACHE[name], counted - self._published.get(name, 0))
            self._published[name] = counted
