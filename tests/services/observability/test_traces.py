"""One trace a call, from the edge to the batch, as a collector gets it; and nothing at all where none is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import grpc
import pytest

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from services.observability import table, traces
from services.observability.calls import served
from services.process.config import Config
from services.rendering.calls import CallContext
from services.servicers.assembly import Servicers
from tests.places import ROOT
from tests.support.edge_backend import Backend, running_edge, until
from tests.support.otlp_collector import Collector, Span, collecting
from tests.support.serving import serving

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
TRACE, CLIENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
"""Of W3C's own example: https://www.w3.org/TR/trace-context/"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Gets the traces of this process; nobody does afterwards."""
    with collecting() as collector:
        traces.configure("test", Config(traces_endpoint=collector.endpoint))
        yield collector
        traces.end()


@pytest.fixture
async def servicers() -> AsyncIterator[Servicers]:
    async with serving() as servicers:
        yield servicers


def _backend(servicers: Servicers) -> Backend:
    """The sampling service behind the edge, as an ingress has it."""
    backend = Backend()

    async def answer(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata() or ())
        with served("SamplingService/Sample", metadata, table.SERVICER_CALLS, table.SERVICER_SECONDS) as call:
            wanted = sampling_pb2.SampleRequest.FromString(request)
            made = await servicers.sampling.Sample(wanted, CallContext.with_timeout("id", 60.0))
            call.code = "OK"
            return made.SerializeToString()

    backend.unary(SAMPLE, answer)
    return backend


async def test_a_call_is_one_trace_from_its_client_to_its_batch(collector: Collector, servicers: Servicers) -> None:
    async with running_edge(_backend(servicers)) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        metadata = (("traceparent", f"00-{TRACE}-{CLIENT}-01"),)
        await stub.Sample(sampling_pb2.SampleRequest(seeds=[3, 4, 5]), metadata=metadata)

        async def there() -> bool:
            return any(span.parent == CLIENT for span in collector.trace(TRACE))

        await until(there)
    found = collector.trace(TRACE)
    assert {span.trace for span in collector.spans} == {TRACE}
    (edge,) = [span for span in found if span.parent == CLIENT]
    assert edge.name == "SamplingService/Sample"
    assert edge.attributes["rpc.grpc.status"] == "OK"
    assert _names_below(found, edge) == ["forwarded", "turn"]
    (forwarded,) = [span for span in found if span.name == "forwarded"]
    (servicer,) = [span for span in found if span.parent == forwarded.span]
    assert servicer.name == "SamplingService/Sample"
    assert {"encode", "queue", "batch"} <= set(_names_below(found, servicer))
    known = {span.span: span for span in found}
    for span in found:
        assert span.start <= span.end
        if span.parent in known:
            # Of what is over the start is reckoned back, and clocks tick apart.
            assert span.start >= known[span.parent].start - 5_000_000
    batches = [span for span in found if span.name == "batch"]
    assert sum(int(str(span.attributes["images"])) for span in batches) == 3


async def test_a_client_that_has_decided_against_it_is_not_traced(collector: Collector, servicers: Servicers) -> None:
    backend = _backend(servicers)
    async with running_edge(backend) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        await stub.Sample(sampling_pb2.SampleRequest(seeds=[3]), metadata=(("traceparent", f"00-{TRACE}-{CLIENT}-00"),))
        other = "a" * 32
        await stub.Sample(sampling_pb2.SampleRequest(seeds=[3]), metadata=(("traceparent", f"00-{other}-{CLIENT}-01"),))

        async def there() -> bool:
            return any(span.parent == CLIENT for span in collector.trace(other))

        await until(there)  # what was begun before has come by then
    assert collector.trace(TRACE) == []
    passed_on = [str(call["traceparent"]) for call in backend.seen if "traceparent" in call]
    assert passed_on[0].startswith(f"00-{TRACE}-")
    assert passed_on[0].endswith("-00")


async def test_an_error_says_its_kind_and_nothing_of_the_request(collector: Collector) -> None:
    async with running_edge() as running:
        unknown = running.channel.unary_unary("/mammoganesis.v1.SamplingService/A-Patients-Name")
        with pytest.raises(grpc.aio.AioRpcError):
            await unknown(b"", metadata=(("traceparent", f"00-{TRACE}-{CLIENT}-01"),))

        async def there() -> bool:
            return bool(collector.trace(TRACE))

        await until(there)
    (span,) = collector.trace(TRACE)
    assert (span.name, span.attributes["rpc.grpc.status"]) == ("other", "UNIMPLEMENTED")


@pytest.mark.parametrize("brought", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 5000])
async def test_what_is_no_parent_begins_a_trace(collector: Collector, servicers: Servicers, brought: str) -> None:
    async with running_edge(_backend(servicers)) as running:
        stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
        await stub.Sample(sampling_pb2.SampleRequest(seeds=[3]), metadata=(("traceparent", brought),))

        async def there() -> bool:
            return any(span.parent == "" for span in collector.spans)

        await until(there)
    (edge,) = [span for span in collector.spans if span.parent == ""]
    assert edge.name == "SamplingService/Sample"


def test_a_stream_that_is_closed_elsewhere_leaves_nothing_current(collector: Collector) -> None:
    def work() -> Iterator[int]:
        with traces.root("work", None):
            yield 1
            yield 2

    stream = work()
    assert next(stream) == 1
    stream.close()
    assert traces.traceparent() is None


def test_without_an_address_opentelemetry_is_not_even_imported() -> None:
    program = """
import json, sys
from services.observability import traces
from services.process.config import Config
traces.configure("edge", Config())
with traces.root("a", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), traces.span("b") as span:
    span.set_attribute("c", 1)
    traces.past("d", 0.0, 1.0)
print(json.dumps([name for name in sys.modules if name.startswith("opentelemetry")]))
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []


def _names_below(spans: list[Span], parent: Span) -> list[str]:
    return sorted(span.name for span in spans if span.parent == parent.span)
