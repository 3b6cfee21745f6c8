"""Goodput and answers under more load than the engine can draw: calls at a fixed rate, however late the answers.

    python bench/attacks/overload.py --address 127.0.0.1:50051 --times 1 --times 2 --times 10

Capacity is measured first (eight callers, each with its next call as soon as it is answered). Then every client sends
calls at its share of the rate, over a connection of its own. Goodput is the images that came within their deadline, as
a share of capacity. Beside the load one quiet client asks for one image a second, and one for GetModel.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import click
import grpc
import numpy as np
from google.rpc import error_details_pb2, status_pb2

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc

SEEDS = itertools.count(random.randrange(2**20) * 1000)


@dataclass
class Outcome:
    """What became of the calls of one kind of client."""

    codes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    told_when: int = 0  # refusals with a RetryInfo
    images: int = 0

    def note(self, code: str, seconds: float) -> None:
        self.codes[code] += 1
        self.seconds.setdefault(code, []).append(seconds)

    def lines(self) -> list[str]:
        """One line a status: how many, and after how many milliseconds."""
        found = []
        for code, count in self.codes.most_common():
            p50, p99 = np.percentile(np.array(self.seconds[code]) * 1000, [50, 99])
            found.append(f"{code:<20}{count:>7} calls   p50 {p50:8.0f} ms   p99 {p99:8.0f} ms")
        return found


def opened(address: str) -> grpc.aio.Channel:
    """A connection of its own."""
    return grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])


async def one(stub: Any, images: int, deadline: float, outcome: Outcome) -> None:
    request = sampling_pb2.SampleRequest(seeds=[next(SEEDS) % 2**32 for _ in range(images)])
    await timed(stub.Sample(request, timeout=deadline), outcome, images)


async def timed(call: Any, outcome: Outcome, images: int = 0) -> None:
    start = time.monotonic()
    try:
        await call
        outcome.images += images
        code = "OK"
    except grpc.aio.AioRpcError as error:
        code = error.code().name
        outcome.told_when += tells_when(error)
    outcome.note(code, time.monotonic() - start)


def tells_when(error: grpc.aio.AioRpcError) -> bool:
    """Whether a refusal says when to try again."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            details = status_pb2.Status.FromString(value).details  # type: ignore[arg-type]  # of "-bin" it is bytes
            return any(item.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for item in details)  # type: ignore[arg-type]
    return False


async def capacity(address: str, images: int, seconds: float) -> float:
    """Images per second with eight callers that wait for each answer."""
    end, drawn = time.monotonic() + seconds, 0

    async def caller() -> None:
        nonlocal drawn
        async with opened(address) as channel:
            stub = sampling_pb2_grpc.SamplingServiceStub(channel)
            while time.monotonic() < end:
                await stub.Sample(sampling_pb2.SampleRequest(seeds=[next(SEEDS) % 2**32 for _ in range(images)]))
                drawn += images

    start = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(8)))
    return drawn / (time.monotonic() - start)


async def quiet(address: str, end: float, deadline: float) -> tuple[Outcome, Outcome]:
    """One image a second, and GetModel ten times a second, of clients that do no harm."""
    sample, model = Outcome(), Outcome()
    async with opened(address) as channel, opened(address) as other:
        stub, models = sampling_pb2_grpc.SamplingServiceStub(channel), model_pb2_grpc.ModelServiceStub(other)
        tasks = []
        for number in itertools.count():
            if time.monotonic() >= end:
                break
            if number % 10 == 0:
                tasks.append(asyncio.create_task(one(stub, 1, deadline, sample)))
            tasks.append(
                asyncio.create_task(timed(models.GetModel(model_pb2.GetModelRequest(), timeout=deadline), model))
            )
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)
    return sample, model


async def load(address: str, rate: float, clients: int, images: int, deadline: float, end: float) -> Outcome:
    """`rate` calls per second, spread evenly over the clients, until `end`; all are waited for."""
    outcome = Outcome()
    channels = [opened(address) for _ in range(clients)]
    stubs = [sampling_pb2_grpc.SamplingServiceStub(channel) for channel in channels]
    tasks, next_call = [], time.monotonic()
    for stub in itertools.cycle(stubs):
        if next_call >= end:
            break
        await asyncio.sleep(max(0, next_call - time.monotonic()))
        tasks.append(asyncio.create_task(one(stub, images, deadline, outcome)))
        next_call += random.expovariate(rate)
    await asyncio.gather(*tasks)
    for channel in channels:
        await channel.close()
    return outcome


async def run(
    address: str, times: tuple[float, ...], clients: int, images: int, deadline: float, seconds: float
) -> None:
    most = await capacity(address, images, min(seconds, 10))
    click.echo(f"capacity: {most:.1f} images/s in calls of {images}")
    for factor in times:
        start = time.monotonic()
        end = start + seconds
        beside = asyncio.create_task(quiet(address, end, deadline))
        outcome = await load(address, factor * most / images, clients, images, deadline, end)
        took = time.monotonic() - start
        sample, model = await beside
        calls, refused = sum(outcome.codes.values()), outcome.codes["RESOURCE_EXHAUSTED"]
        click.echo(
            f"\n{factor:g} times capacity, {clients} clients, deadline {deadline:g} s: {calls} calls in {took:.1f} s, "
            f"goodput {outcome.images / took / most:.0%}, {outcome.told_when} of {refused} refusals say when"
        )
        for name, kind in (("load", outcome), ("quiet client", sample), ("GetModel", model)):
            for line in kind.lines():
                click.echo(f"  {name:<14}{line}")
        await asyncio.sleep(5)


@click.command(context_settings={"show_default": True})
@click.option("--address", default="127.0.0.1:50051")
@click.option("--times", multiple=True, type=float, default=(1.0, 2.0, 10.0), help="Load as a multiple of capacity.")
@click.option("--clients", default=16, type=click.IntRange(1))
@click.option("--images", default=1, type=click.IntRange(1, 64), help="Images of one call.")
@click.option("--deadline", default=10.0, help="Seconds of one call.")
@click.option("--seconds", default=20.0, help="Of one load.")
def main(address: str, times: tuple[float, ...], clients: int, images: int, deadline: float, seconds: float) -> None:
    """Measure what a running system does with too much work."""
    asyncio.run(run(address, times, clients, images, deadline, seconds))


if __name__ == "__main__":
    main()
