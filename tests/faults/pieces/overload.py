"""Ten times what the system can draw: goodput near capacity, refusals soon, and calm after it.

Two ways: an edge before a backend that takes its time without a processor, which shows what admission does; and the
whole system (`bench/attacks/overload.py`), where load, edge and engine share the cores of the machine.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import psutil

from mammoganesis.v1 import sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.images_pb2 import GeneratedImage
from tests.faults.history import quantile
from tests.faults.pieces import Finding
from tests.support.edge_backend import Backend, running_edge

SAMPLE = "/mammoganesis.v1.SamplingService/Sample"
IMAGE_SECONDS = 0.05
CAPACITY = 1 / IMAGE_SECONDS
MEMORY_MIB = 200.0
REFUSAL_MILLISECONDS = 50.0


class Drawing(Backend):
    """One image after the other, each `IMAGE_SECONDS`, with a queue of 256 images as the engine's."""

    def __init__(self) -> None:
        super().__init__()
        self._one = asyncio.Lock()
        self.unary(SAMPLE, self._sample)

    async def _sample(self, body: bytes, context: grpc.aio.ServicerContext) -> bytes:
        images = len(sampling_pb2.SampleRequest.FromString(body).seeds)
        for _ in range(images):
            async with self._one:
                await asyncio.sleep(IMAGE_SECONDS)
        return sampling_pb2.SampleResponse(images=[GeneratedImage(data=b"x")] * images).SerializeToString()


@dataclass
class Outcome:
    codes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)


async def load(address: str, rate: float, seconds: float, deadline: float = 10.0, clients: int = 16) -> Outcome:
    """Calls of one image at a steady rate, however late the answers."""
    outcome, tasks = Outcome(), []
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
    channels = [grpc.aio.insecure_channel(address, options) for _ in range(clients)]
    stubs = [sampling_pb2_grpc.SamplingServiceStub(channel) for channel in channels]

    async def one(number: int) -> None:
        start = time.monotonic()
        try:
            await stubs[number % clients].Sample(sampling_pb2.SampleRequest(seeds=[number]), timeout=deadline)
            code = "OK"
        except grpc.aio.AioRpcError as error:
            code = error.code().name
        outcome.codes[code] += 1
        outcome.seconds.setdefault(code, []).append(time.monotonic() - start)

    start = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0, start + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    for channel in channels:
        await channel.close()
    return outcome


async def measured(times: float, seconds: float) -> tuple[Outcome, float, Outcome, float]:
    """Outcome of the load, seconds that it took, that of a normal load two seconds later, and MiB by which the process
    of edge and clients grew."""
    async with running_edge(Drawing()) as running:
        address = f"127.0.0.1:{running.port}"
        await load(address, 0.5 * CAPACITY, 3)
        before, start = psutil.Process().memory_info().rss, time.monotonic()
        outcome = await load(address, times * CAPACITY, seconds)
        took = time.monotonic() - start
        grown = (psutil.Process().memory_info().rss - before) / 2**20
        await asyncio.sleep(2)
        return outcome, took, await load(address, 0.5 * CAPACITY, 3), grown


def prove(folder: Path, times: float = 10, seconds: float = 20) -> Finding:
    """As the module says."""
    free = os.getloadavg()[0] <= (os.cpu_count() or 1)
    outcome, took, after, grown = asyncio.run(measured(times, seconds))
    free = free and os.getloadavg()[0] <= (os.cpu_count() or 1) + 1  # this load is one
    refused = outcome.seconds.get("RESOURCE_EXHAUSTED", [])
    slow = 1000 * quantile(refused, 0.99 if free else 0.5)
    goodput = outcome.codes["OK"] / took / CAPACITY
    told = {
        "calls": sum(outcome.codes.values()),
        "codes": dict(outcome.codes),
        "goodput, share of capacity": round(goodput, 3),
        "refusals after, ms: median, 99 of 100": [round(1000 * quantile(refused, share)) for share in (0.5, 0.99)],
        "the machine is free, so that 99 of 100 are judged, not the median": free,
        "at half of capacity two seconds later": dict(after.codes),
        "median ms then": round(1000 * quantile(after.seconds.get("OK", []), 0.5)),
        "MiB more, edge and clients in one process": round(grown),
    }
    wrong = [f"{count} calls ended {code}" for code, count in outcome.codes.items() if code not in ALLOWED]
    wrong += [f"goodput {goodput:.0%}"] if goodput < 0.95 else []
    wrong += [f"refusals take {slow:.0f} ms"] if slow > REFUSAL_MILLISECONDS else []
    wrong += [f"afterwards {dict(after.codes)}"] if set(after.codes) != {"OK"} else []
    wrong += [f"{grown:.0f} MiB more"] if grown > MEMORY_MIB else []
    return Finding(f"{times:g} times overload", told, wrong)


ALLOWED = frozenset({"OK", "RESOURCE_EXHAUSTED"})
