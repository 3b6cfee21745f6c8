"""Calls of a system that is under attack, in a process of their own, with one line for each.

    python -m tests.faults.traffic --address 127.0.0.1:50051 --calls calls.json --history history.jsonl --count 1000

Clients of their own connections make the next call when the one before has ended, and repeat nothing themselves; with
--fresh they also ask for seeds that nobody has asked for. Ends after --count calls, or at SIGTERM when those in flight
have ended. A line is [start, end, path, code, right, details]: time.monotonic() seconds, which all processes of a
machine share; right is null for a call whose images nobody has judged.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import time
from pathlib import Path
from typing import Any, TextIO

import click
import grpc

from mammoganesis.v1 import sampling_pb2
from tests.faults.calls import RAW, Call, digest_of, method_of, read, type_of

OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
FIRST_FRESH_SEED = 1_000_000


class Traffic:
    """All clients of a process."""

    def __init__(self, calls: list[Call], history: TextIO, count: int, pause: float, deadline: float) -> None:
        self._calls, self._history = calls, history
        self._numbers = iter(range(count)) if count else itertools.count()
        self._pause, self._deadline = pause, deadline
        self.over = asyncio.Event()
        self._parent = os.getppid()

    async def client(self, address: str, fresh: bool) -> None:
        """Until there is no call left."""
        async with grpc.aio.insecure_channel(address, OPTIONS) as channel:
            for number in self._numbers:
                if self.over.is_set() or os.getppid() != self._parent:  # nobody is left who would stop it
                    return
                call, expected = self._next(number, fresh)
                await self._make(channel, call, expected)
                if self._pause:
                    await asyncio.sleep(self._pause)

    def _next(self, number: int, fresh: bool) -> tuple[Call, bool]:
        if fresh and number % 2:
            request = sampling_pb2.SampleRequest(seeds=[FIRST_FRESH_SEED + number], format=RAW)
            return Call.of("SamplingService", "Sample", request), False
        return self._calls[number % len(self._calls)], True

    async def _make(self, channel: grpc.aio.Channel, call: Call, expected: bool) -> None:
        method = method_of(call.service, call.method)
        options: dict[str, Any] = {
            "request_serializer": None,
            "response_deserializer": type_of(method.output_type).FromString,
        }
        start = time.monotonic()
        right, code, details = None, "OK", ""
        try:
            if method.server_streaming:
                stream = channel.unary_stream(call.path, **options)(call.body, timeout=self._deadline)
                answers = [answer async for answer in stream]
            else:
                answers = [await channel.unary_unary(call.path, **options)(call.body, timeout=self._deadline)]
            right = digest_of(answers) in call.digests if expected else None
        except grpc.aio.AioRpcError as error:
            code, details = error.code().name, (error.details() or "")[:200]
        line = [start, time.monotonic(), call.path, code, right, details]
        self._history.write(json.dumps(line) + "\n")
        self._history.flush()


async def run(address: str, traffic: Traffic, clients: int, fresh: bool) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, traffic.over.set)
    await asyncio.gather(*(traffic.client(address, fresh) for _ in range(clients)))


@click.command(context_settings={"show_default": True})
@click.option("--address", required=True, help="Of the edge.")
@click.option("--calls", type=click.Path(path_type=Path, exists=True), required=True, help="Of tests.faults.calls.")
@click.option("--history", type=click.Path(path_type=Path), required=True, help="The record; appended to.")
@click.option("--count", default=0, help="Of calls, all clients together; 0: until SIGTERM.")
@click.option("--clients", default=8)
@click.option("--pause", default=0.0, help="Seconds of a client between two calls.")
@click.option("--deadline", default=60.0, help="Seconds of a call.")
@click.option("--fresh", is_flag=True, help="Every other call asks for a seed of its own, which nobody judges.")
def main(
    address: str, calls: Path, history: Path, count: int, clients: int, pause: float, deadline: float, fresh: bool
) -> None:
    """Make calls and write down what came."""
    with history.open("a") as file:
        asyncio.run(run(address, Traffic(read(calls), file, count, pause, deadline), clients, fresh))


if __name__ == "__main__":
    main()
