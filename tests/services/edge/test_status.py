"""GetStatus of a real edge: what it has seen, what it knows of others, who may ask; and the words of the command."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import grpc
import numpy as np
import pytest
from click.testing import CliRunner

from mammoganesis.v1 import bulk_service_pb2 as bulk
from mammoganesis.v1 import model_pb2, sampling_pb2, sampling_pb2_grpc, status_pb2, status_pb2_grpc
from services.cli.status import lines
from services.cli.status import status as command
from services.client import Client
from services.edge.routes import OWN
from services.edge.status import PATH, quantile
from services.observability.prometheus import fetched
from tests.support.edge_backend import Backend, Running, running_edge, until
from tests.support.ray_exporter import ENDED, exporter

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
PAGE = (
    """\
# HELP ray_mammoganesis_engine_images_total Images that were drawn.
# TYPE ray_mammoganesis_engine_images_total counter
ray_mammoganesis_engine_images_total{network="synthesis",application="engine"} 30.0
ray_mammoganesis_engine_images_total{network="preview",application="engine"} 10.0
ray_mammoganesis_engine_batches_total{network="synthesis"} 8.0
ray_mammoganesis_engine_busy_seconds_total{application="engine"} 2.0
ray_mammoganesis_engine_queue_images{application="engine"} 3.0
ray_mammoganesis_cache_local_hits_total{application="sampling"} 5.0
ray_mammoganesis_cache_redis_hits_total{application="pca_editing"} 4.0
ray_mammoganesis_cache_misses_total{application="sampling"} 1.0
ray_mammoganesis_cache_redis_available{application="sampling"} 1.0
ray_mammoganesis_cache_redis_available{application="pca_editing"} 0.0
ray_object_store_memory{nothing="of ours} 1
"""
    + ENDED
)


def _backend() -> Backend:
    backend = Backend()

    async def sample(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        if 9 in sampling_pb2.SampleRequest.FromString(request).seeds:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "mammoganesis: seeds: 9 is not allowed")
        return sampling_pb2.SampleResponse().SerializeToString()

    async def model(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        synthesis = model_pb2.Synthesis(execution_provider="OpenVINO", precision="bfloat16")
        return model_pb2.GetModelResponse(name="demo", version="1.2.3", synthesis=synthesis).SerializeToString()

    async def jobs(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        states = [bulk.JOB_STATE_RUNNING, bulk.JOB_STATE_DONE, bulk.JOB_STATE_DONE]
        return bulk.ListJobsResponse(jobs=[bulk.Job(state=state) for state in states]).SerializeToString()

    backend.unary(SAMPLE, sample)
    backend.unary("/mammoganesis.v1.ModelService/GetModel", model)
    backend.unary("/mammoganesis.v1.BulkService/ListJobs", jobs)
    return backend


async def _status(running: Running, **call: Any) -> status_pb2.GetStatusResponse:
    return await status_pb2_grpc.StatusServiceStub(running.channel).GetStatus(status_pb2.GetStatusRequest(), **call)


async def test_it_tells_what_was_seen_and_what_others_say() -> None:
    with exporter(lambda: PAGE) as address:
        async with running_edge(_backend(), ray_metrics_address=address) as running:
            stub = sampling_pb2_grpc.SamplingServiceStub(running.channel)
            for seeds in ([1], [2, 3], [9]):
                with suppress(grpc.aio.AioRpcError):
                    await stub.Sample(sampling_pb2.SampleRequest(seeds=seeds))

            async def seen() -> bool:
                found = await _status(running)
                return found.traffic.calls == 3 and all(part.serving for part in found.parts)

            await until(seen)
            found = await _status(running)
    assert [part.name for part in found.parts] == ["pca_editing", "records", "sampling", "style_transfer"]
    assert (found.model.name, found.model.synthesis.precision) == ("demo", "bfloat16")
    assert dict(found.traffic.codes) == {"OK": 2, "INVALID_ARGUMENT": 1}
    assert found.traffic.images == 3
    assert [(rpc.rpc, rpc.calls, rpc.images) for rpc in found.traffic.rpcs] == [("SamplingService/Sample", 3, 3)]
    assert 0 < found.traffic.rpcs[0].p50_seconds <= found.traffic.rpcs[0].p95_seconds
    engine = found.engine
    assert (engine.images, engine.batches, engine.queue_images) == (40, 8, 3)
    assert (engine.cache_hits, engine.cache_misses, engine.redis_available) == (9, 1, False)
    assert [(job.state, job.jobs) for job in found.jobs] == [("done", 2), ("running", 1)]
    assert [(each.name, each.count) for each in found.ended_for_memory] == [("Worker", 1), ("engine/Engine", 3)]
    text = "\n".join(lines(found))
    for words in (
        "demo 1.2.3",
        "OpenVINO in bfloat16",
        "3 images",
        "1 INVALID_ARGUMENT",
        "90% of 10",
        "2 done",
        "Ray has ended 1 of Worker, 3 of engine/Engine",
    ):
        assert words in text


async def test_what_is_away_is_left_out_and_said() -> None:
    backend = Backend()
    backend.serving["sampling"] = backend.serving["records"] = False
    async with running_edge(backend, ray_metrics_address="127.0.0.1:1") as running:

        async def probed() -> bool:
            return {part.name for part in (await _status(running)).parts if part.serving} == {
                "pca_editing",
                "style_transfer",
            }

        await until(probed)
        found = await _status(running)
        address = f"127.0.0.1:{running.port}"
        run = await _run(["--address", address, "--json"])
        backend.serving["sampling"] = True

        async def back() -> bool:
            return any(part.name == "sampling" and part.serving for part in (await _status(running)).parts)

        await until(back)
        without_records = await _run(["--address", address])
    assert not found.HasField("model")
    assert not found.HasField("engine")
    assert run.return_value == 4
    assert json.loads(run.output)["parts"][2]["serving"] is False
    assert without_records.return_value == 3
    assert "AWAY    records" in without_records.output


async def _run(arguments: list[str]) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, command, arguments, standalone_mode=False)


async def test_only_those_who_keep_the_service_may_ask() -> None:
    async with running_edge(_backend(), identity="on", studio_secret="s" * 32) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await _status(running)
        run = await _run(["--address", f"127.0.0.1:{running.port}"])
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "log in, or bring a token" in str(run.exception)  # the edge's words, which a client takes for the edge's
    assert PATH in OWN


def test_a_client_asks_as_for_anything_else() -> None:
    assert callable(Client.status)


@pytest.mark.parametrize("page", ["", "garbage {", "ray_mammoganesis_engine_images_total{ 1", "\x00" * 100])
def test_a_page_that_is_none_says_nothing(page: str) -> None:
    with exporter(lambda: page) as address:
        assert not fetched(address, 5.0)
    assert fetched(None, 5.0) is None


@pytest.mark.parametrize("count", [1, 2, 3, 10, 20, 21, 99])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_quantiles_are_nearest_ranks(count: int, share: float) -> None:
    values = np.random.default_rng(count).random(count)
    assert quantile(list(values), share) == np.quantile(values, share, method="inverted_cdf")
