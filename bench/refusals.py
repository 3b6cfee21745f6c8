"""What it costs the edge to refuse a call that the engine has no room for, beside a gRPC server that does nothing else.

Edge and bare server are processes of their own and take turns, so that a busy machine slows both; the figures are their
processor time for each call. The edge writes its log, counts, audits and admits as it does in service; the bare one
ends every call with the same status and trailing metadata.

    python bench/refusals.py
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import grpc
import psutil
from grpc_health.v1 import health_pb2

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc

ROOT = Path(__file__).resolve().parents[1]
ROOM = 8  # images that the engine's queue holds
SECRET = "a-secret-of-this-bench-0123456789"
RETRY_SECONDS = 1.0


class Full(grpc.GenericRpcHandler):
    """Refuses every call as the edge does, or, where it `holds` them, answers none: an engine that is full."""

    def __init__(self, holds: bool) -> None:
        from services.wire.retry import retry_info

        text = "more is asked for than can be drawn in time: 8 of 8 places are taken; try again in 1.2 s"
        self._holds, self._text = holds, text
        self._trailing = (
            ("x-request-id", "0" * 32),
            *retry_info(grpc.StatusCode.RESOURCE_EXHAUSTED, text, RETRY_SECONDS),
        )

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        health = handler_call_details.method == "/grpc.health.v1.Health/Check"
        return grpc.stream_unary_rpc_method_handler(self._well if health else self._answer)

    async def _well(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING).SerializeToString()

    async def _answer(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> bytes:
        async for request in requests:
            sampling_pb2.SampleRequest.FromString(request)
        if self._holds:
            await asyncio.sleep(3600)
        await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, self._text, self._trailing)


async def serve(what: str) -> None:
    """One of the two, until standard input ends."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Full(holds=what == "edge"),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    if what == "edge":
        from services.edge.server import Edge
        from services.observability.logs import configure
        from services.process.config import Config

        address = f"127.0.0.1:{port}"
        config = Config(edge_port=0, edge_secret=SECRET, serve_address=address, records_address=address)
        config = config.changed(max_queued_images=ROOM, max_batch_size=1)
        configure("edge", config, Path(os.devnull).open("w"))  # noqa: SIM115  (as long as the process)
        port = await Edge(config).start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def started(what: str) -> Iterator[tuple[psutil.Process, str]]:
    """The process, and its address."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    try:
        assert process.stdout
        yield psutil.Process(process.pid), f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


async def calls(channels: list[grpc.aio.Channel], count: int) -> Counter[str]:
    """Codes of `count` calls, as many at a time as there are channels."""
    codes, numbers = Counter[str](), iter(range(count))

    async def one(stub: sampling_pb2_grpc.SamplingServiceStub) -> None:
        for number in numbers:
            code = await stub.Sample(sampling_pb2.SampleRequest(seeds=[number]), timeout=600).code()
            codes[code.name] += 1

    await asyncio.gather(*(one(sampling_pb2_grpc.SamplingServiceStub(channel)) for channel in channels))
    return codes


async def microseconds(process: psutil.Process, channels: list[grpc.aio.Channel], count: int) -> float:
    """Of the process's processor time for each refusal."""
    before = process.cpu_times()
    codes = await calls(channels, count)
    after = process.cpu_times()
    if set(codes) != {"RESOURCE_EXHAUSTED"}:
        raise click.ClickException(f"not refused: {dict(codes)}")
    return 1e6 * (after.user + after.system - before.user - before.system) / count


async def measure(rounds: int, count: int, clients: int) -> None:
    """Prints the figures."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    with started("edge") as (edge, edge_address), started("bare") as (bare, bare_address):
        filling = [grpc.aio.insecure_channel(edge_address, options) for _ in range(ROOM)]
        held = [
            sampling_pb2_grpc.SamplingServiceStub(channel).Sample(sampling_pb2.SampleRequest(seeds=[1]), timeout=3600)
            for channel in filling
        ]
        sides = {
            name: (process, [grpc.aio.insecure_channel(address, options) for _ in range(clients)])
            for name, process, address in (("edge", edge, edge_address), ("bare", bare, bare_address))
        }
        await asyncio.sleep(1)
        for process, channels in sides.values():
            await microseconds(process, channels, count // 10)
        found: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (process, channels) in sides.items():
                found[name].append(await microseconds(process, channels, count))
        for call in held:
            call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*held, return_exceptions=True)
    for name, values in found.items():
        told = ", ".join(f"{value:.0f}" for value in values)
        click.echo(f"{name}: {statistics.median(values):.0f} microseconds of a processor a refusal ({told})")
    ratios = [edge / bare for edge, bare in zip(found["edge"], found["bare"], strict=True)]
    click.echo(f"ratio: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


@click.command(context_settings={"show_default": True})
@click.option("--rounds", default=5, help="Each measures both.")
@click.option("--calls", "count", default=2000, help="Of a round, for each.")
@click.option("--clients", default=16)
@click.option("--serve", "what", type=click.Choice(["edge", "bare"]), hidden=True)
def main(rounds: int, count: int, clients: int, what: str | None) -> None:
    """Measure what a refusal costs."""
    asyncio.run(serve(what) if what else measure(rounds, count, clients))


if __name__ == "__main__":
    main()
