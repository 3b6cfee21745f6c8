"""What the edge measures, read by Prometheus's own parser; and the rules of the table of metrics."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import Iterator

import grpc
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.edge.measures import Measures
from services.observability import metrics, table
from services.observability.prometheus import PrometheusRecorder, expose, read
from services.observability.table import LABELS, METRICS, REASONS, Kind
from services.process.config import Config
from services.process.ports import free_block
from tests.places import sources
from tests.support.edge_backend import Backend, Running, running_edge, until

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"


@pytest.fixture
def port() -> Iterator[int]:
    """Where this process shows its metrics; nowhere afterwards."""
    port = free_block(1)
    expose("edge", Config(metrics_port=port))
    yield port
    metrics.record_with(None)


def _page(port: int) -> dict[str, list[tuple[dict[str, str], float]]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return read(answer.read().decode())


def _value(page: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str) -> float:
    (value,) = [value for found, value in page[name] if found == labels]
    return value


async def _until_ended(running: Running, calls: int) -> None:
    """A client may hear of the end of its call before the edge is done with it."""

    async def ended() -> bool:
        return len(running.edge.last_minute()) == calls

    await until(ended)


async def test_every_call_is_counted_by_what_it_was_and_how_it_ended(port: int) -> None:
    backend = Backend()

    async def answer(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        if sampling_pb2.SampleRequest.FromString(request).seeds[0] == 7:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "mammoganesis: seeds: 7 is not allowed")
        return sampling_pb2.SampleResponse().SerializeToString()

    backend.unary(SAMPLE, answer)
    async with running_edge(backend) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        for seed in (1, 2, 3, 7):
            request = sampling_pb2.SampleRequest(seeds=[seed, 5])
            if seed == 7:
                with pytest.raises(grpc.aio.AioRpcError):
                    await stub.Sample(request)
            else:
                await stub.Sample(request)
        unknown = running.channel.unary_unary("/mammoganesis.v1.SamplingService/Nothing")
        with pytest.raises(grpc.aio.AioRpcError):
            await unknown(b"")
        await _until_ended(running, 5)
        page = _page(port)
        ended = running.edge.last_minute()
    name = "mammoganesis_edge_calls_total"
    assert _value(page, name, rpc="SamplingService/Sample", code="OK") == 3
    assert _value(page, name, rpc="SamplingService/Sample", code="INVALID_ARGUMENT") == 1
    assert _value(page, name, rpc="other", code="UNIMPLEMENTED") == 1
    assert _value(page, "mammoganesis_edge_images_total", rpc="SamplingService/Sample") == 6
    assert _value(page, "mammoganesis_edge_call_seconds_count", rpc="SamplingService/Sample") == 4
    assert _value(page, "mammoganesis_process_info", process="edge", version="0.1.0") == 1
    assert "process_resident_memory_bytes" in page
    assert [(call.rpc, call.code, call.images) for call in ended[-2:]] == [
        ("SamplingService/Sample", "INVALID_ARGUMENT", 0),
        ("other", "UNIMPLEMENTED", 0),
    ]


async def test_refusals_are_counted_by_their_reason(port: int) -> None:
    """One client may hold half of the places, however many calls it makes."""
    came, may_answer = asyncio.Event(), asyncio.Event()

    async def sample(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        came.set()
        await may_answer.wait()
        return sampling_pb2.SampleResponse().SerializeToString()

    backend = Backend()
    backend.unary(SAMPLE, sample)
    async with running_edge(backend, max_queued_images=8, max_batch_size=8) as running:
        stub, request = (
            sampling_pb2_grpc.SamplingServiceStub(running.channel),
            sampling_pb2.SampleRequest(seeds=range(5)),
        )
        first = asyncio.ensure_future(stub.Sample(request))
        await came.wait()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Sample(request)
        may_answer.set()
        await first
        await _until_ended(running, 2)
        page = _page(port)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert _value(page, "mammoganesis_edge_refusals_total", reason="room") == 1


@pytest.mark.parametrize("process", table.FROM_ZERO)
def test_what_a_rule_waits_for_is_there_before_it_happens(process: str) -> None:
    """A counter that appears with its first event has not grown, for Prometheus."""
    port = free_block(1)
    expose(process, Config(metrics_port=port))
    metrics.record_with(None)
    page = _page(port)
    for metric, labels in table.FROM_ZERO[process]:
        assert set(labels) == set(metric.labels)
        assert _value(page, metric.name, **labels) == 0


def test_the_last_minute_forgets() -> None:
    class Call:
        path, code, failure, started = SAMPLE, "OK", None, 0.0
        images = request_bytes = response_bytes = 1

        class repeats:  # noqa: N801
            count = 0

    now = 100.0
    measures = Measures([SAMPLE], clock=lambda: now)
    measures.ended(Call())  # type: ignore[arg-type]
    now = 159.0
    measures.ended(Call())  # type: ignore[arg-type]
    assert [call.at for call in measures.last_minute()] == [100.0, 159.0]
    now = 161.0
    assert [call.at for call in measures.last_minute()] == [159.0]
    now = 300.0
    measures.ended(Call())  # type: ignore[arg-type]
    assert [call.at for call in measures._ended] == [300.0]  # nothing is kept where nobody asks


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_are_by_convention_and_labels_are_bounded(metric: table.Metric) -> None:
    """https://prometheus.io/docs/practices/naming/"""
    assert re.fullmatch(r"mammoganesis_[a-z][a-z0-9_]*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert (metric.kind is Kind.HISTOGRAM) == bool(metric.buckets)
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert metric.help.endswith(".")
    assert set(metric.labels) <= LABELS.keys()
    assert metric.exported == (f"ray_{metric.name}" if metric.in_replicas else metric.name)


def test_every_metric_stands_in_the_table_once() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    recorder = PrometheusRecorder()
    for metric in METRICS:
        labels = dict.fromkeys(metric.labels, "x")
        record = {Kind.COUNTER: recorder.count, Kind.GAUGE: recorder.level, Kind.HISTOGRAM: recorder.observe}
        record[metric.kind](metric, 1, labels)


def test_reasons_are_what_is_raised() -> None:
    """Words that the code gives to refusals are in the table."""
    given = set()
    for path in sources("services", "*.py"):
        text = path.read_text()
        given |= set(re.findall(r'Overloaded\([^)]*reason="(\w+)"', text)) | set(
            re.findall(r'_refused\(\s*"(\w+)",', text)
        )
    assert given - {"edge_secret", "redis_url", "records_url"} <= set(REASONS)
    assert {"deadline", "room", "uploads"} <= given
