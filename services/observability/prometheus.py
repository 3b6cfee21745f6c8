"""What a process measures, shown on a port of its own as Prometheus reads it. The one door to Prometheus's client."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.parser import text_string_to_metric_families

from mammoganesis.errors import Unavailable
from services.observability import metrics, table
from services.observability.table import Kind, Metric
from services.process.config import Config, variable
from services.process.ports import problem

MAX_PAGE_BYTES = 2**25
_OURS_IN_RAY = "ray_mammoganesis_"
_EVICTED = "ray_memory_manager_worker_eviction_total"
_REPLICA = re.compile(r"ServeReplica:([^:]+):([^.:]+)")
_AT_WORK = re.compile(r"(Actor|Task)Eviction")  # of idle workers and of drivers nothing is lost

disable_created_metrics()  # a further series for each counter, which nobody asks for


class PrometheusRecorder:
    """Measurements in this process's memory.

    Attributes:
        registry: what is exported, with memory, descriptors and processor time of the process.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._known: dict[Metric, Any] = {}
        self._children: dict[tuple[Metric, tuple[str, ...]], Any] = {}

    def count(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        self._child(metric, labels).inc(amount)

    def level(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        self._child(metric, labels).set(value)

    def observe(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """As of Recorder."""
        self._child(metric, labels).observe(value)

    def _child(self, metric: Metric, labels: Mapping[str, str]) -> Any:
        key = metric, tuple(labels[name] for name in metric.labels)
        child = self._children.get(key)
        if child is None:
            family = self._family(metric)
            child = self._children[key] = family.labels(*key[1]) if metric.labels else family
        return child

    def _family(self, metric: Metric) -> Any:
        if metric not in self._known:
            kinds = {Kind.COUNTER: Counter, Kind.GAUGE: Gauge, Kind.HISTOGRAM: Histogram}
            more = {"buckets": metric.buckets} if metric.kind is Kind.HISTOGRAM else {}
            made = kinds[metric.kind](metric.name, metric.help, metric.labels, registry=self.registry, **more)
            self._known[metric] = made
        return self._known[metric]


def expose(process: str, config: Config) -> None:
    """Answers GET /metrics on the process's metrics port from here on, in a thread; nothing where it is 0.

    Raises:
        Unavailable: the port cannot be listened on.
    """
    if not config.metrics_port:
        return
    host, port = config.metrics_host, config.metrics_port
    if (reason := problem(host, port)) is not None:
        raise Unavailable(
            f"no metrics of {process} can be shown on {host}:{port}: {reason} ({variable('metrics_port')})"
        )
    recorder = PrometheusRecorder()
    start_http_server(port, host.strip("[]"), recorder.registry)
    metrics.record_with(recorder)
    metrics.level(table.PROCESS, 1, process=process, version=version("mammoganesis"))
    for metric, labels in table.FROM_ZERO.get(process, ()):
        (metrics.level if metric.kind is Kind.GAUGE else metrics.count)(metric, 0, **labels)


Samples = dict[str, list[tuple[dict[str, str], float]]]
"""Samples by name, each with its labels."""


def read(text: str) -> Samples:
    """What /metrics answers."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def fetched(address: str | None, seconds: float) -> Samples | None:
    """The samples of our own metrics, and of what Ray has ended for memory, that Ray's exporter at host:port answers
    with; None where it answers nothing within `seconds`, or nobody knows where it is."""
    if address is None:
        return None
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=seconds)  # knows no proxies
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read(MAX_PAGE_BYTES).decode(errors="replace")
        # Of a megabyte the most is Ray's own.
        return read("\n".join(line for line in text.splitlines() if line.startswith((_OURS_IN_RAY, _EVICTED))))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def ended_for_memory(page: Samples) -> dict[str, int]:
    """How many workers Ray's memory monitor has ended since Ray has begun, on the node of this exporter: by application
    and deployment of a replica ("engine/Engine"), else by Ray's name."""
    found: dict[str, int] = {}
    for labels, value in page.get(_EVICTED, ()):
        if not _AT_WORK.search(labels.get("Type", "")):
            continue
        name = labels.get("Name", "")
        replica = _REPLICA.match(name)
        name = f"{replica[1]}/{replica[2]}" if replica else name.removesuffix(".__init__")
        found[name] = found.get(name, 0) + int(value)
    return {name: count for name, count in found.items() if count}
