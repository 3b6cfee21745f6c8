"""Quotas at a real edge with a real Redis: what our own services ask for on somebody's behalf."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from mammoganesis.v1 import sampling_pb2
from services.access.principals import ANONYMOUS, EVERYBODY, SERVICE, Principal
from services.access.quotas import Quota
from services.wire.metadata import COUNTED, EDGE_SECRET, PRINCIPAL
from services.wire.retry import retry_seconds
from tests.services.edge.test_quotas import V1, Engine, edge, now, server, until_used, used, who
from tests.support.edge_backend import SECRET, Running
from tests.support.redis_server import RedisServer

__all__ = ["now", "server"]  # fixtures


async def by_a_service(running: Running, images: int, *counted: Quota, principal: Principal | None = None) -> None:
    """One of our own services asks for images, for somebody."""
    named = principal or who("one", "ward", "choir")
    metadata = [(EDGE_SECRET, SECRET), (PRINCIPAL, named.to_metadata(named.groups)), (COUNTED, " ".join(counted))]
    request = sampling_pb2.StreamSamplesRequest()
    request.seed_range.count = images
    call = running.channel.unary_stream(f"{V1}SamplingService/StreamSamples")
    async for _ in call(request.SerializeToString(), metadata=metadata):
        pass


async def test_what_our_services_draw_for_somebody_counts_in_images_and_bytes_alone(
    tmp_path: Path, server: RedisServer
) -> None:
    """Theirs and their groups': in nothing that is counted of calls, and nothing that they do not say is to be."""
    engine = Engine()
    of_one = {"images_per_day": 10, "bytes_per_day": 100, "calls_per_minute": 1, "queued_images": 1, "streams": 0}
    document = {"default": of_one, "groups": {"ward": {"images_per_day": 6}}, "everybody": of_one, "anonymous": of_one}
    both = Quota.IMAGES_PER_DAY, Quota.BYTES_PER_DAY
    async with edge(engine, tmp_path, document, server.url) as running:
        for _ in range(2):
            await by_a_service(running, 2, *both)
        await until_used(running, "bytes_per_day", 4)  # the second message has an index
        assert await used(running, who("one", "ward")) == {
            ("images_per_day", "of yours"): (4, 10),
            ("bytes_per_day", "of yours"): (4, 100),
            ("calls_per_minute", "of yours"): (0, 1),
            ("queued_images", "of yours"): (0, 1),
            ("streams", "of yours"): (0, 0),
            ("images_per_day", "of group ward"): (4, 6),
        }
        await by_a_service(running, 2, Quota.IMAGES_PER_DAY)  # the bytes are in the answers of another call
        await by_a_service(running, 2)  # compared, and handed out to nobody
        for nobody in (SERVICE, EVERYBODY, ANONYMOUS):
            await by_a_service(running, 50, *both, principal=nobody)
        found = await used(running, who("one", "ward"))
        assert found["images_per_day", "of yours"] == (6, 10)
        assert found["bytes_per_day", "of yours"] == (4, 100)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await by_a_service(running, 1, *both)
        assert "quota images_per_day of group ward: 6 of 6 are used; try again at" in str(caught.value.details())
        assert (retry_seconds(caught.value) or 0) > 1


async def test_what_our_services_did_not_get_is_given_back(tmp_path: Path, server: RedisServer) -> None:
    engine = Engine()
    engine.code = grpc.StatusCode.UNAVAILABLE
    async with edge(engine, tmp_path, {"default": {"images_per_day": 10}}, server.url) as running:
        with pytest.raises(grpc.aio.AioRpcError):
            await by_a_service(running, 8, Quota.IMAGES_PER_DAY)
        await until_used(running, "images_per_day", 2)  # which had come
