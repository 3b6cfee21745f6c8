"""Replicas in processes of their own, asked at their sockets, beside the real HAProxy: one stands still, dies, ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mammoganesis.v1.model_pb2 import GetModelRequest
from mammoganesis.v1.model_pb2_grpc import ModelServiceStub
from services.edge import overtaking
from tests.support.edge_backend import SECRET, running_edge
from tests.support.haproxy import haproxy
from tests.support.replica_processes import running_replica

DEADLINE_SECONDS = 300.0
"""Whoever is answered before the test's own time limit was answered long before this."""

REPLICA = """
import asyncio, signal, sys
from pathlib import Path
from types import SimpleNamespace
import grpc
from grpc_health.v1.health_pb2 import HealthCheckResponse
from mammoganesis.v1 import model_pb2
from services.cluster.ingress import Ingress, unary
from services.cluster.replica_socket import ReplicaSocket
from services.process.config import Config
from services.wire.metadata import REPLICA_SOCKET

name, path, secret = sys.argv[1:]

class Application(Ingress):
    GetModel = unary("model", "GetModel", model_pb2.GetModelResponse)

async def drawn(by):
    await asyncio.sleep(0.3)
    return model_pb2.GetModelResponse(name=f"{name} by {by}")

async def at_the_socket(request, call):
    return await drawn("socket")

async def by_serve(request, context):
    return (await drawn("serve")).SerializeToString()

async def check(request, context):
    if Path(path).exists():
        context.set_trailing_metadata(((REPLICA_SOCKET, path),))
    return HealthCheckResponse(status=1).SerializeToString()

class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(check if details.method.endswith("/Check") else by_serve)

async def main():
    application = Application(Config(edge_secret=secret))
    application.servicers = SimpleNamespace(model=SimpleNamespace(GetModel=at_the_socket))
    socket = ReplicaSocket(application, [model_pb2.DESCRIPTOR.services_by_name["ModelService"]])
    await socket.listen(Path(path))
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    ends = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ends.set)
    print(port, flush=True)
    await ends.wait()
    await socket.close()  # as Serve has an application end
    await server.stop(30)

asyncio.run(main())
"""


def replica(name: str, folder: Path) -> AbstractContextManager[tuple[subprocess.Popen[str], int]]:
    """A process that takes 0.3 s for each call, and its gRPC port; it says its name, and which way a call came."""
    return running_replica(REPLICA, name, str(folder / name), SECRET)


class Calls:
    """Of a client that calls all the time, and who has answered."""

    def __init__(self, channel: Any) -> None:
        self._stub = ModelServiceStub(channel)

    async def one(self) -> str:
        return (await self._stub.GetModel(GetModelRequest(), timeout=DEADLINE_SECONDS)).name

    async def some(self, count: int = 8) -> set[str]:
        """At once."""
        return set(await asyncio.gather(*(self.one() for _ in range(count))))

    async def until(self, *wanted: str) -> None:
        """These have answered, of some that were asked at once, and nobody else."""
        while await self.some() != set(wanted):
            pass


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[tuple[Calls, subprocess.Popen[str]]]:
    """Calls that go to two replicas at their sockets, and the process of the first."""
    with (
        replica("one", folder) as (one, first),
        replica("two", folder) as (_, second),
        haproxy({"sampling": [first, second]}, folder) as (address, _),
    ):
        async with running_edge(serve_address=address, max_repeats=20) as running:
            calls = Calls(running.channel)
            await calls.until("one by socket", "two by socket")
            yield calls, one


async def test_a_replica_that_stands_still_loses_its_calls_and_is_asked_again_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overtaking, "GRACE_SECONDS", 3.0)  # HAProxy needs one to two
    async with system(tmp_path) as (calls, one):
        held = [asyncio.create_task(calls.one()) for _ in range(8)]
        await asyncio.sleep(0.1)
        os.kill(one.pid, signal.SIGSTOP)
        others = []
        while not all(call.done() for call in held):
            others.append(asyncio.create_task(calls.one()))
            await asyncio.sleep(0.2)
        assert "two by serve" in {await call for call in held}
        await asyncio.gather(*others)
        await calls.until("two by socket")
        os.kill(one.pid, signal.SIGCONT)
        await calls.until("one by socket", "two by socket")


async def test_a_replica_that_is_killed_loses_its_calls_to_the_other(tmp_path: Path) -> None:
    async with system(tmp_path) as (calls, one):
        held = [asyncio.create_task(calls.one()) for _ in range(8)]
        await asyncio.sleep(0.1)
        one.kill()
        answers = {await call for call in held}
        assert answers <= {"two by socket", "two by serve"} | {"one by socket"}  # what was answered before
        await calls.until("two by socket")


async def test_a_replica_that_ends_in_order_answers_what_it_was_asked_for(tmp_path: Path) -> None:
    async with system(tmp_path) as (calls, one):
        held = [asyncio.create_task(calls.one()) for _ in range(8)]
        await asyncio.sleep(0.1)
        one.terminate()
        assert {await call for call in held} <= {"one by socket", "two by socket", "two by serve", "one by serve"}
        await calls.until("two by socket")
        assert await asyncio.to_thread(one.wait) == 0
