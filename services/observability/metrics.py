"""Where measurements go: nowhere unless a process says where.

Who measures calls `count`, `level` or `observe` with a metric of `table.py`, as a logger is called. A process that has
a port for its metrics says where by `prometheus.expose`, a replica of Ray Serve, whose metrics Ray exports, by
`services.cluster.ray_metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.observability.table import Metric


class Recorder(Protocol):
    """What takes measurements. Labels are those of the metric, each once."""

    def count(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """Adds to a counter."""

    def level(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Sets a gauge."""

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Adds a value to a histogram."""


_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """From here on this process's measurements go there; None: nowhere."""
    global _recorder
    _recorder = recorder


def is_recorded() -> bool:
    """Whether they go anywhere: what costs something to find out need not be found out otherwise."""
    return _recorder is not None


def count(metric: Metric, amount: float = 1, **labels: str) -> None:
    """So many more, 0 or more."""
    if _recorder is not None:
        _recorder.count(metric, amount, labels)


def level(metric: Metric, value: float, **labels: str) -> None:
    """So many now."""
    if _recorder is not None:
        _recorder.level(metric, value, labels)


def observe(metric: Metric, value: float, **labels: str) -> None:
    """One of a distribution."""
    if _recorder is not None:
        _recorder.observe(metric, value, labels)
