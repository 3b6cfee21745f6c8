"""Quotas at real edges with a real Redis: taken, refused, given back, shared, and counted while Redis is away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from redis.asyncio import Redis

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1 import quota_pb2, sampling_pb2
from services.access import assertions
from services.access.principals import ANONYMOUS, Principal, Role
from services.access.quotas import Quota
from services.edge import quotas
from services.edge.quotas import QuotaKeeper
from services.process.config import Config
from services.wire.metadata import EDGE_SECRET, PRINCIPAL
from services.wire.retry import retry_seconds
from tests.support.edge_backend import SECRET, Backend, Running, running_edge, until
from tests.support.redis_server import RedisServer, running_redis

V1 = "/mammoganesis.v1."
STUDIO = "a-secret-of-the-studio-and-the-edge-0123"
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time of all edges, which stands still: no test begins in one window and ends in the next."""
    now = time.time()
    monkeypatch.setattr(quotas, "time", SimpleNamespace(time=lambda: now))
    return now


class Engine(Backend):
    """Answers, or fails, or waits, as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.code: grpc.StatusCode | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = 0
        self.unary(f"{V1}SamplingService/Sample", self._sample)
        self.unary(f"{V1}ModelService/GetModel", self._sample)
        self.handlers[f"{V1}SamplingService/StreamSamples"] = grpc.unary_stream_rpc_method_handler(self._stream)

    async def _sample(self, body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        self.asked += 1
        await self.may_answer.wait()
        if self.code is not None:
            await context.abort(self.code, "mammoganesis: no")
        return b""

    async def _stream(self, body: bytes, context: grpc.aio.ServicerContext) -> AsyncIterator[bytes]:
        for index in range(2):
            yield sampling_pb2.StreamSamplesResponse(index=index).SerializeToString()
        await self.may_answer.wait()
        if self.code is not None:
            await context.abort(self.code, "mammoganesis: no")


def edge(engine: Engine, tmp_path: Path, document: dict[str, Any], url: str | None, **settings: Any):
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps(document))
    more = {"identity": "on", "studio_secret": STUDIO, "quotas_file": file, "redis_url": url, **settings}
    more = {"redis_timeout_seconds": 1} | more  # after which edges count by themselves: a busy machine needs longer
    return running_edge(engine, **more)


def who(subject: str = "one", *groups: str) -> Principal:
    return Principal("https://issuer.example", subject, frozenset({Role.LEARNER}), groups)


async def ask(running: Running, images: int = 1, principal: Principal | None = None, rpc: str = "Sample") -> None:
    metadata = [(assertions.METADATA, assertions.said(principal or who(), STUDIO))]
    if rpc == "Sample":
        request = sampling_pb2.SampleRequest(seeds=range(images)).SerializeToString()
        await running.channel.unary_unary(f"{V1}SamplingService/Sample")(request, metadata=metadata)
    elif rpc == "GetModel":
        await running.channel.unary_unary(f"{V1}ModelService/GetModel")(b"", metadata=metadata)
    else:
        request = sampling_pb2.StreamSamplesRequest()
        request.seed_range.count = images
        call = running.channel.unary_stream(f"{V1}SamplingService/StreamSamples")
        async for _ in call(request.SerializeToString(), metadata=metadata):
            pass


async def refused(running: Running, *arguments: Any, **named: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(running, *arguments, **named)
    assert caught.value.code() is EXHAUSTED, caught.value
    return caught.value


async def used(running: Running, principal: Principal | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    call = running.channel.unary_unary(
        f"{V1}QuotaService/GetQuota", response_deserializer=quota_pb2.GetQuotaResponse.FromString
    )
    answer = await call(b"", metadata=[(assertions.METADATA, assertions.said(principal or who(), STUDIO))])
    return {(state.quota, state.whose): (state.used, state.limit) for state in answer.quotas}


async def until_used(running: Running, quota: str, count: int) -> None:
    async def so() -> bool:
        return (await used(running))[quota, "of yours"][0] == count

    await until(so)


async def test_images_of_a_day_are_shared_by_edges_and_refused_with_when_to_come_back(
    tmp_path: Path, server: RedisServer, now: float
) -> None:
    engine = Engine()
    document = {"default": {"images_per_day": 10}}
    async with edge(engine, tmp_path, document, server.url) as one, edge(engine, tmp_path, document, server.url) as two:
        await ask(one, 4)
        await ask(two, 4)
        error = await refused(one, 3)
        assert "quota images_per_day of yours: 8 of 10 are used, and 3 more asked for; try again at " in error.details()
        seconds = retry_seconds(error)
        assert seconds is not None
        assert seconds == pytest.approx(86_400 - now % 86_400, abs=1)
        await ask(two, 2)
        await refused(one, 1)
        await ask(one, 10, who("another"))
        assert "10 are all that there ever are" in (await refused(one, 11, who("third"))).details()
        assert (await used(one))["images_per_day", "of yours"] == (10, 10)
        assert engine.asked == 4


async def test_what_fails_is_given_back(tmp_path: Path, server: RedisServer) -> None:
    engine = Engine()
    async with edge(engine, tmp_path, {"default": {"images_per_day": 10, "queued_images": 10}}, server.url) as running:
        engine.code = grpc.StatusCode.INVALID_ARGUMENT
        for _ in range(4):
            with pytest.raises(grpc.aio.AioRpcError):
                await ask(running, 8)
            await until_used(running, "images_per_day", 0)
            await until_used(running, "queued_images", 0)
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(running, 7, rpc="StreamSamples")
        await until_used(running, "images_per_day", 2)  # that had come


async def test_what_is_under_way_is_counted_at_a_time(tmp_path: Path, server: RedisServer) -> None:
    engine = Engine()
    engine.may_answer.clear()
    document = {"default": {"queued_images": 8, "streams": 1}}
    async with edge(engine, tmp_path, document, server.url) as one, edge(engine, tmp_path, document, server.url) as two:
        first = asyncio.ensure_future(ask(one, 5))
        stream = asyncio.ensure_future(ask(one, 2, rpc="StreamSamples"))
        await until_used(two, "queued_images", 7)
        assert "7 of 8 are taken, and 2 more asked for" in (await refused(two, 2)).details()
        assert "quota streams of yours: 1 of 1 are taken" in (await refused(two, 1, rpc="StreamSamples")).details()
        engine.may_answer.set()
        await first
        await stream
        await until_used(two, "queued_images", 0)
        await until_used(two, "streams", 0)
        await ask(two, 8)
        engine.may_answer.clear()
        gone = asyncio.ensure_future(ask(one, 8))
        await until_used(two, "queued_images", 8)
        gone.cancel()
        await until_used(two, "queued_images", 0)


async def test_groups_share_and_calls_and_bytes_are_counted(tmp_path: Path, server: RedisServer) -> None:
    engine = Engine()
    document = {"default": {"calls_per_minute": 3, "bytes_per_day": 3}, "groups": {"ward": {"images_per_day": 5}}}
    async with edge(engine, tmp_path, document, server.url) as running:
        await ask(running, 3, who("one", "ward"))
        details = (await refused(running, 3, who("two", "ward"))).details()
        assert "quota images_per_day of group ward: 3 of 5 are used" in details
        assert (await used(running, who("two", "ward")))["images_per_day", "of group ward"] == (3, 5)
        for _ in range(3):
            await ask(running, rpc="GetModel", principal=who("three"))
        error = await refused(running, rpc="GetModel", principal=who("three"))
        assert "quota calls_per_minute of yours: 3 of 3 are used; try again at" in error.details()
        assert 0 < retry_seconds(error) <= 60
        await ask(running, 2, who("four"), "StreamSamples")  # 2 bytes: the second message has an index
        await ask(running, 2, who("four"), "StreamSamples")

        async def spent() -> bool:
            return (await used(running, who("four")))["bytes_per_day", "of yours"][0] >= 4

        await until(spent)
        assert (
            "quota bytes_per_day of yours: 4 of 3 are used"
            in (await refused(running, rpc="GetModel", principal=who("four"))).details()
        )


async def test_records_are_told_of_groups_that_have_quotas(tmp_path: Path, server: RedisServer) -> None:
    """And nobody else is: what they ask for on somebody's behalf counts in these."""
    backend = Engine()
    backend.unary(f"{V1}BulkService/ListJobs", backend._sample)
    async with edge(backend, tmp_path, {"groups": {"ward": {}, "choir": {}}}, server.url) as running:
        asks = who("one", "choir", "unknown", "ward")
        word = (assertions.METADATA, assertions.said(replace(asks, roles=frozenset(Role)), STUDIO))
        await running.channel.unary_unary(f"{V1}BulkService/ListJobs")(b"", metadata=[word])
        await ask(running, principal=asks)
        told = [Principal.from_metadata(str(seen[PRINCIPAL])).groups for seen in backend.seen]
        assert told == [("choir", "ward"), ()]


async def test_our_own_services_and_who_has_no_quota_are_not_counted(tmp_path: Path, server: RedisServer) -> None:
    engine = Engine()
    async with edge(engine, tmp_path, {"everybody": {"calls_per_minute": 1}}, server.url, identity="off") as running:
        call = running.channel.unary_unary(f"{V1}ModelService/GetModel")
        for _ in range(3):
            await call(b"", metadata=[(EDGE_SECRET, SECRET)])
        await call(b"")
        with pytest.raises(grpc.aio.AioRpcError, match="quota calls_per_minute of this host"):
            await call(b"")
    async with edge(engine, tmp_path, {}, server.url) as running:
        for _ in range(3):
            await ask(running)
        assert await used(running) == {}


@pytest.mark.parametrize("identity", ["on", "off"])
async def test_browsers_have_quotas_of_their_own_hosts_and_not_the_studios(
    tmp_path: Path, server: RedisServer, identity: str
) -> None:
    group = "anonymous" if identity == "on" else "everybody"
    async with edge(Engine(), tmp_path, {group: {"calls_per_minute": 1}}, server.url, identity=identity) as running:
        call = running.channel.unary_unary(f"{V1}QuizService/OpenQuiz")

        async def code(*word: tuple[str, str]) -> str:
            try:
                await call(b"", metadata=word)
            except grpc.aio.AioRpcError as error:
                return error.code().name
            return "OK"

        here = [(assertions.METADATA, assertions.said(ANONYMOUS, STUDIO, host=f"ipv4:10.0.0.{i}")) for i in (1, 2)]
        first = [await code(word) for word in (*here, *here)]
        assert first[2:] == ["RESOURCE_EXHAUSTED"] * 2
        assert "RESOURCE_EXHAUSTED" not in [*first[:2], await code()]  # nor the connection's own host
        if identity == "off":  # where nobody is asked, a word that is none says nothing of a host either
            forged = assertions.said(ANONYMOUS, "x" * 32, host="ipv4:10.0.0.3")
            assert await code((assertions.METADATA, forged)) == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("away", ["dead", "frozen"])
async def test_without_redis_an_edge_counts_by_itself_or_refuses(
    tmp_path: Path, server: RedisServer, away: str
) -> None:
    engine = Engine()
    document = {"default": {"images_per_day": 4, "streams": 1}}
    async with (
        edge(engine, tmp_path, document, server.url) as opened,
        edge(engine, tmp_path, document, server.url, quotas_without_redis="closed") as closed,
    ):
        await ask(opened, 1)
        server.freeze() if away == "frozen" else server.kill()
        await ask(opened, 4)
        await refused(opened, 1)
        await ask(opened, 0, rpc="StreamSamples", principal=who("another"))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(closed, 1)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "quotas cannot be counted at the moment" in (caught.value.details() or "")
        if away == "frozen":
            server.thaw()


async def test_all_quotas_of_a_call_are_one_way_to_redis(tmp_path: Path, server: RedisServer) -> None:
    document = {"default": dict.fromkeys(Quota, 10**6), "groups": {"ward": {"images_per_day": 10**6}}}
    async with edge(Engine(), tmp_path, document, server.url) as running:
        await ask(running, 3, who("one", "ward"))  # the script is loaded
        await until_used(running, "queued_images", 0)
        async with Redis.from_url(server.url) as redis:
            await redis.config_resetstat()
            await ask(running, 3, who("two", "ward"), "StreamSamples")

            async def settled() -> bool:
                found = await redis.info("commandstats")
                return found.get("cmdstat_zrem", {}).get("calls") == 2

            await until(settled)
            assert (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] <= 3  # taken; given back; bytes


async def test_what_was_refused_has_taken_nothing(tmp_path: Path, server: RedisServer) -> None:
    document = {"default": {"images_per_day": 10, "queued_images": 100}, "groups": {"ward": {"images_per_day": 4}}}
    async with edge(Engine(), tmp_path, document, server.url) as running:
        assert "of group ward: 0 of 4" not in (await refused(running, 5, who("one", "ward"))).details()  # 4 at all
        await ask(running, 3, who("one", "ward"))
        await refused(running, 2, who("one", "ward"))
        found = await used(running, who("one", "ward"))
        assert found["images_per_day", "of yours"][0] == found["images_per_day", "of group ward"][0] == 3


async def test_what_was_counted_here_is_not_given_back_in_redis_nor_the_other_way_round(
    tmp_path: Path, server: RedisServer
) -> None:
    """Given back where it was not taken, it would let somebody have more than their quota."""
    engine = Engine()
    async with edge(engine, tmp_path, {"default": {"images_per_day": 10}}, server.url) as running:
        await ask(running, 6)
        engine.code = grpc.StatusCode.INVALID_ARGUMENT
        engine.may_answer.clear()
        server.kill()
        asked = asyncio.ensure_future(ask(running, 4))
        while engine.asked < 2:
            await asyncio.sleep(0)
        server.start()  # with nothing in it

        async def is_back() -> bool:
            await used(running)
            async with Redis.from_url(server.url) as redis:
                return bool((await redis.info("commandstats")).get("cmdstat_evalsha"))

        await until(is_back)
        engine.may_answer.set()
        with pytest.raises(grpc.aio.AioRpcError):
            await asked
        engine.code = None
        await ask(running, 4, who("another"))
        await ask(running, 10)
        await refused(running, 1)


async def test_the_document_is_read_again_and_a_wrong_one_changes_nothing(
    tmp_path: Path, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.edge.quotas.LOOK_SECONDS", 0.05)
    file = tmp_path / "quotas.json"
    async with edge(Engine(), tmp_path, {"default": {"images_per_day": 4}}, server.url) as running:

        async def limit_is(limit: int) -> None:
            async def so() -> bool:
                return (await used(running))["images_per_day", "of yours"][1] == limit

            await until(so)

        file.write_text('{"default": {"images_per_day": 50}}')
        await limit_is(50)
        file.write_text('{"default": {"images_per_day": "often"}}')
        await asyncio.sleep(0.3)
        await limit_is(50)
        file.write_text('{"default": {"images_per_day": 700}}')
        await limit_is(700)


def test_an_edge_with_a_wrong_document_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    file.write_text('{"default": {"images": 1}}')
    with pytest.raises(InvalidArgument, match=r"quotas\.json: default\.images"):
        QuotaKeeper(Config(quotas_file=file))
    file.write_text("{}")
    with pytest.raises(InvalidArgument, match="MAMMOGANESIS_QUOTAS_WITHOUT_REDIS"):
        QuotaKeeper(Config(quotas_file=file, quotas_without_redis="closed"))


async def test_everybody_may_ask_what_is_left_to_them() -> None:
    """And nobody what is left to another."""
    async with running_edge(identity="on", studio_secret=STUDIO) as running:
        call = running.channel.unary_unary(f"{V1}QuotaService/GetQuota")
        assert await call(b"") == b""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"", metadata=[(assertions.METADATA, "forged")])
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
