"""What others get while clients read their streams slowly or not at all.

    python bench/attacks/slow_readers.py --studio http://127.0.0.1:8080 --readers 0 --readers 20
    python bench/attacks/slow_readers.py --address 127.0.0.1:50051 --readers 4 --rate 2

For each number of readers: so many clients, each with a connection of its own, open StreamSamples with 10,000 seeds and
take `--rate` images a second (0: the first one, then nothing). Once they have filled what is between them and the
engine, others sample, ask for the model, read streams of 20 images as they come and use the studio, call after call.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import click
import grpc
import numpy as np
import psutil

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, ImageFormat

SEEDS = itertools.count(random.randrange(2**20) * 1000)
DEADLINE_SECONDS = 20.0
STREAMED = 20
RAW = ImageFormat(encoding=IMAGE_ENCODING_RAW_FLOAT32)
"""Large images: they fill what is between sooner."""


@dataclass
class Outcome:
    """What became of the calls of one kind."""

    codes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        codes = ", ".join(f"{code} {count}" for code, count in self.codes.most_common())
        p50, p99 = np.percentile(self.seconds, [50, 99])
        return f"    {name:<22}{codes:<40}p50 {p50:7.3f} s   p99 {p99:7.3f} s   longest {max(self.seconds):7.3f} s"


def opened(address: str) -> grpc.aio.Channel:
    """A connection of its own."""
    return grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])


async def slow_reader(address: str, rate: float, ends: Counter[str]) -> None:
    """Takes `rate` images a second of a long stream, until cancelled or the stream ends."""
    async with opened(address) as channel:
        seeds = sampling_pb2.SeedRange(first=next(SEEDS), count=10_000)
        stream = sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(
            sampling_pb2.StreamSamplesRequest(seed_range=seeds, format=RAW), timeout=3_600
        )
        try:
            async for _ in stream:
                await asyncio.sleep(1 / rate if rate else 3_600)
        except grpc.aio.AioRpcError as error:
            ends[error.code().name] += 1


def of_the_studio(url: str) -> int:
    """The HTTP status of one image by way of the studio."""
    body = f'{{"seeds": [{next(SEEDS) % 2**32}]}}'.encode()
    request = urllib.request.Request(
        f"{url}/mammoganesis.v1.SamplingService/Sample", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


async def others(address: str, studio: str | None, seconds: float) -> dict[str, Outcome]:
    """What well-behaved clients get in so many seconds."""
    found: dict[str, Outcome] = {}
    end = time.monotonic() + seconds

    async def again_and_again(name: str, call: Callable[[], Awaitable[str]]) -> None:
        outcome = found[name] = Outcome()
        while time.monotonic() < end:
            start = time.monotonic()
            try:
                code = await call()
            except grpc.aio.AioRpcError as error:
                code = error.code().name
            outcome.codes[code] += 1
            outcome.seconds.append(time.monotonic() - start)
            await asyncio.sleep(0.05)

    async with opened(address) as channel:
        sampling = sampling_pb2_grpc.SamplingServiceStub(channel)
        model = model_pb2_grpc.ModelServiceStub(channel)

        async def sample() -> str:
            await sampling.Sample(sampling_pb2.SampleRequest(seeds=[next(SEEDS) % 2**32]), timeout=DEADLINE_SECONDS)
            return "OK"

        async def get_model() -> str:
            await model.GetModel(model_pb2.GetModelRequest(), timeout=DEADLINE_SECONDS)
            return "OK"

        async def stream() -> str:
            seeds = sampling_pb2.SeedRange(first=next(SEEDS), count=STREAMED)
            request = sampling_pb2.StreamSamplesRequest(seed_range=seeds)
            got = [answer async for answer in sampling.StreamSamples(request, timeout=DEADLINE_SECONDS)]
            return "OK" if len(got) == STREAMED else "INCOMPLETE"

        async def by_the_studio() -> str:
            return f"HTTP {await asyncio.to_thread(of_the_studio, str(studio))}"

        calls = {"Sample": sample, "GetModel": get_model, f"stream of {STREAMED}": stream}
        if studio:
            calls["studio"] = by_the_studio
        await asyncio.gather(*(again_and_again(name, call) for name, call in calls.items()))
    return found


def resident(words: str) -> str:
    """MiB of the processes whose command line holds `words`."""
    sizes = []
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        if words in " ".join(process.info["cmdline"] or ()) and process.info["memory_info"]:
            sizes.append(process.info["memory_info"].rss // 2**20)
    return ", ".join(map(str, sizes))


async def attack(address: str, studio: str | None, readers: int, rate: float, times: tuple[float, float]) -> None:
    """One number of readers; prints what the others got."""
    before, seconds = times
    ends: Counter[str] = Counter()
    slow = [asyncio.create_task(slow_reader(address, rate, ends)) for _ in range(readers)]
    await asyncio.sleep(before if readers else 0)
    click.echo(f"{readers} readers that take {rate:g} images a second each:")
    for name, outcome in (await others(address, studio, seconds)).items():
        click.echo(outcome.line(name))
    click.echo(f"    MiB: edge {resident('-m services.edge')}, HAProxy {resident('bin/haproxy')}")
    for words, count in ends.items():
        click.echo(f"    {count} of them ended: {words}")
    for task in slow:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*slow, return_exceptions=True)
    await asyncio.sleep(2)


@click.command(context_settings={"show_default": True})
@click.option("--address", default="127.0.0.1:50051", help="Of the edge.")
@click.option("--studio", help="Its URL; without, the studio is left out.")
@click.option("--readers", multiple=True, type=click.IntRange(0), default=(0, 1, 4, 20), help="May be repeated.")
@click.option("--rate", default=0.0, type=click.FloatRange(0), help="Images that each reader takes in a second.")
@click.option("--before", default=8.0, type=click.FloatRange(0), help="Seconds for readers to fill what is between.")
@click.option("--seconds", default=15.0, type=click.FloatRange(1), help="Of calls by others, for each number.")
def main(
    address: str, studio: str | None, readers: tuple[int, ...], rate: float, before: float, seconds: float
) -> None:
    """Print codes and times of calls beside slow readers."""
    for count in readers:
        asyncio.run(attack(address, studio, count, rate, (before, seconds)))


if __name__ == "__main__":
    main()
