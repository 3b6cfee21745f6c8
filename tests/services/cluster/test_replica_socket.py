"""Calls that the edge makes at a replica's socket, and by Serve's proxy where that cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from mammoganesis.errors import FailedPrecondition, Overloaded
from mammoganesis.v1 import model_pb2
from mammoganesis.v1.model_pb2 import GetModelRequest, GetModelResponse
from mammoganesis.v1.model_pb2_grpc import ModelServiceStub
from mammoganesis.v1.replica_pb2 import ReplicaAnswer, ReplicaRequest
from services.cluster.ingress import Ingress, unary
from services.cluster.replica_socket import ReplicaSocket
from services.edge import replicas
from services.edge.replicas import Replicas
from services.edge.routes import routes
from services.process.config import Config
from services.rendering.calls import CallContext
from services.wire.metadata import EDGE_SECRET, REPLICA_SOCKET
from services.wire.sockets import Line
from tests.support.edge_backend import SECRET, Backend, running_edge, until

GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"
SERVICE = model_pb2.DESCRIPTOR.services_by_name["ModelService"]
Answering = Callable[[Any, CallContext], Awaitable[GetModelResponse]]


class Application(Ingress):
    """One with one RPC."""

    GetModel = unary("model", "GetModel", GetModelResponse)

    def __init__(self, answer: Answering) -> None:
        super().__init__(Config(edge_secret=SECRET))
        self.servicers = SimpleNamespace(model=SimpleNamespace(GetModel=answer))


class Serve(Backend):
    """Serve's proxy before a replica, which says where its socket is as long as `says`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.says, self.checks = path, True, 0
        self.unary(GET_MODEL, self._get_model)

    async def _get_model(self, _: bytes, context: grpc.aio.ServicerContext) -> bytes:
        return GetModelResponse(name="by serve").SerializeToString()

    def _check(self, application: str) -> Any:
        check = super()._check(application)

        async def saying(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
            if application == "sampling":
                self.checks += 1
                if self.says:
                    context.set_trailing_metadata(((REPLICA_SOCKET, str(self.path)),))
            return await check(body, context)

        return saying

    async def checked(self) -> None:
        """Once more, and its answer read."""
        before = self.checks
        await until(lambda: asyncio.sleep(0, self.checks > before + 1))


@asynccontextmanager
async def system(folder: Path, answer: Answering, **settings: Any) -> AsyncIterator[tuple[Any, Serve, ReplicaSocket]]:
    """A client of an edge whose replica listens, Serve before it, and the replica's end."""
    socket = ReplicaSocket(Application(answer), [SERVICE])
    await socket.listen(folder / "replica")
    serve = Serve(folder / "replica")
    async with running_edge(serve, **settings) as running:
        await serve.checked()
        yield ModelServiceStub(running.channel), serve, socket
    await socket.close()


async def by_socket(_: Any, call: CallContext) -> GetModelResponse:
    return GetModelResponse(name="by socket")


async def test_a_call_goes_to_the_socket_with_all_that_the_edge_says(tmp_path: Path) -> None:
    seen: list[CallContext] = []

    async def answer(_: Any, call: CallContext) -> GetModelResponse:
        seen.append(call)
        return GetModelResponse(name="by socket")

    async with system(tmp_path, answer) as (stub, serve, _):
        for _ in range(3):
            found = await stub.GetModel(GetModelRequest(), timeout=60, metadata=(("x-request-id", "mine"),))
            assert found.name == "by socket"
        assert serve.seen == []
    assert [call.request_id for call in seen] == ["mine"] * 3
    assert all(0 < (call.remaining() or 0) <= 61 for call in seen)


@pytest.mark.parametrize(
    "error",
    [FailedPrecondition("there is nothing of that"), Overloaded("no room for 9 more", 3.0)],
    ids=["for good", "to come again"],
)
async def test_refusals_are_the_same_by_both_ways(error: Exception, tmp_path: Path) -> None:
    async def refuse(*_: Any) -> GetModelResponse:
        raise error

    async def refused(stub: Any) -> tuple[Any, ...]:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub.GetModel(GetModelRequest(), timeout=60, metadata=(("x-request-id", "mine"),))
        return raised.value.code(), raised.value.details(), tuple(raised.value.trailing_metadata())

    async with system(tmp_path, refuse) as (stub, serve, socket):
        here = await refused(stub)
        assert serve.seen == []
        application = Application(refuse)

        async def by_serve(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
            return (await application.GetModel(GetModelRequest(), context)).SerializeToString()

        serve.unary(GET_MODEL, by_serve)
        await socket.close()
        assert await refused(stub) == here
        assert len(serve.seen) == 1


async def test_who_goes_away_or_has_no_time_left_is_answered_nothing(tmp_path: Path) -> None:
    begun, ended = asyncio.Queue[None](), asyncio.Queue[str]()

    async def wait(*_: Any) -> GetModelResponse:
        begun.put_nowait(None)
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            ended.put_nowait("cancelled")
            raise
        return GetModelResponse()

    async with system(tmp_path, wait) as (stub, serve, _):
        going = stub.GetModel(GetModelRequest(), timeout=600)
        await begun.get()
        going.cancel()
        assert await ended.get() == "cancelled"
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await stub.GetModel(GetModelRequest(), timeout=0.5)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert await ended.get() == "cancelled"
        assert serve.seen == []


async def test_a_replica_that_dies_loses_its_calls_to_serve(tmp_path: Path) -> None:
    begun = asyncio.Queue[None]()

    async def wait(*_: Any) -> GetModelResponse:
        begun.put_nowait(None)
        await asyncio.sleep(600)
        return GetModelResponse()

    async with system(tmp_path, wait, max_repeats=1) as (stub, serve, socket):
        held = [asyncio.ensure_future(stub.GetModel(GetModelRequest(), timeout=600)) for _ in range(4)]
        for _ in held:
            await begun.get()
        serve.says = False
        (tmp_path / "replica").unlink()
        for connection in list(socket._listener._connections):
            connection.transport.abort()  # as the system does for a process that has died
        assert {(await call).name for call in held} == {"by serve"}
        assert (await stub.GetModel(GetModelRequest(), timeout=60)).name == "by serve"
        assert len(serve.seen) == 5


async def test_only_a_replica_that_answers_health_checks_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with system(tmp_path, by_socket) as (stub, serve, _):
        assert (await stub.GetModel(GetModelRequest(), timeout=60)).name == "by socket"
        serve.says = False
        await serve.checked()
        monkeypatch.setattr(replicas, "FRESH_SECONDS", 0.0)
        assert (await stub.GetModel(GetModelRequest(), timeout=60)).name == "by serve"
        monkeypatch.undo()
        serve.says = True
        await serve.checked()
        assert (await stub.GetModel(GetModelRequest(), timeout=60)).name == "by socket"


async def test_a_replica_that_ends_gives_first_what_it_was_asked_for(tmp_path: Path) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any) -> GetModelResponse:
        begun.set()
        await go.wait()
        return GetModelResponse(name="by socket")

    async with system(tmp_path, wait) as (stub, _, socket):
        held = stub.GetModel(GetModelRequest(), timeout=600)
        await begun.wait()
        ending = asyncio.create_task(socket.close())
        await asyncio.sleep(0.1)
        assert not ending.done()
        assert (await stub.GetModel(GetModelRequest(), timeout=60)).name == "by serve"
        go.set()
        assert (await held).name == "by socket"
        await ending


async def test_a_larger_answer_than_the_edge_takes_is_refused(tmp_path: Path) -> None:
    async def large(*_: Any) -> GetModelResponse:
        return GetModelResponse(name="x" * 200_000)

    async with system(tmp_path, large, max_message_bytes=100_000) as (stub, serve, _):
        with pytest.raises(grpc.aio.AioRpcError, match="larger than 100000 bytes") as refused:
            await stub.GetModel(GetModelRequest(), timeout=60, metadata=(("x-max-message-bytes", "1000000"),))
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert serve.seen == []


async def test_at_the_socket_the_edges_secret_is_asked_for_too(tmp_path: Path) -> None:
    async with system(tmp_path, by_socket):
        line = Line(tmp_path / "replica")

        async def code(path: str, **metadata: str) -> str:
            asked = ReplicaRequest(
                path=path, metadata={name.replace("_", "-"): each for name, each in metadata.items()}
            )
            return ReplicaAnswer.FromString(await line.ask(asked.SerializeToString())).code

        named = {EDGE_SECRET.replace("-", "_"): SECRET}
        assert await code(GET_MODEL, **named) == ""
        assert await code(GET_MODEL) == "UNAUTHENTICATED"
        assert await code(GET_MODEL, **dict.fromkeys(named, "another")) == "UNAUTHENTICATED"
        assert await code("/mammoganesis.v1.SamplingService/Sample", **named) == "UNIMPLEMENTED"
        line.close()


async def test_the_replica_with_the_fewest_calls_is_asked(tmp_path: Path) -> None:
    calls: dict[str, int] = {}
    go = asyncio.Event()
    sockets = {}
    for name in ("one", "two", "three"):

        async def answer(*_: Any, name: str = name) -> GetModelResponse:
            calls[name] = calls.get(name, 0) + 1
            await go.wait()
            return GetModelResponse(name=name)

        sockets[name] = ReplicaSocket(Application(answer), [SERVICE])
        await sockets[name].listen(tmp_path / name)
    known = Replicas(-1)
    for name in sockets:
        known.heard("sampling", str(tmp_path / name))

    async def never(*_: Any, **__: Any) -> bytes:
        raise AssertionError("Serve is not needed")

    async def call() -> bytes:
        ask = known.asking(routes()[GET_MODEL], never)
        return await ask(b"", timeout=60, metadata=((EDGE_SECRET, SECRET),))

    held = []
    for _ in range(6):
        held.append(asyncio.create_task(call()))
        await until(lambda: asyncio.sleep(0, sum(calls.values()) == len(held)))
    assert calls == {"one": 2, "two": 2, "three": 2}
    go.set()
    await asyncio.gather(*held)
    for _ in range(4):  # one after the other: always the same
        await call()
    assert sorted(calls.values()) == [2, 2, 6]
    known.close()
    for socket in sockets.values():
        await socket.close()
