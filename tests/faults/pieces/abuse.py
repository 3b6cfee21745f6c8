"""Clients that do harm without a fault of any process: half-open connections, streams that nobody reads, requests that
never end, recipes within recipes, floods of metadata. Memory is bounded, and somebody else is answered.

Against a real edge with the servicers behind it, in one process of its own.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import psutil

from mammoganesis.v1 import model_pb2, model_pb2_grpc, sampling_pb2, sampling_pb2_grpc
from mammoganesis.v1.latents_pb2 import Latent, Recipe
from tests.faults.pieces import Finding
from tests.places import ROOT

MOST_MIB = 250.0
"""By which a server of 200 MiB may grow under any of these."""
OTHER_SECONDS = 5.0
"""Within which somebody else is answered meanwhile, also on a busy machine."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SERVER = """
import threading
from tests.faults.calls import EXACT
from tests.support.served import served_edge
with served_edge(**EXACT) as address:
    print(address, flush=True)
    threading.Event().wait()
"""


@contextmanager
def server() -> Iterator[tuple[psutil.Process, str]]:
    """A process with edge and servicers, and the edge's address."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield psutil.Process(process.pid), process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def half_open(address: str, count: int) -> str:
    """Connections that say nothing, or half of what one says first."""
    host, port = address.split(":")
    opened = []
    for number in range(count):
        connection = socket.create_connection((host, int(port)), timeout=10)
        connection.sendall(PREFACE[: number % len(PREFACE)])
        opened.append(connection)
    time.sleep(1)
    for connection in opened:
        connection.close()
    return f"{count} connections"


def unread(address: str, count: int) -> str:
    """Streams of thousands of images of which one is read."""
    channels = [grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(count)]
    streams = []
    for channel in channels:
        seeds = sampling_pb2.SeedRange(first=0, count=5000)
        request = sampling_pb2.StreamSamplesRequest(seed_range=seeds)
        streams.append(sampling_pb2_grpc.SamplingServiceStub(channel).StreamSamples(request, timeout=60))
    codes = Counter[str]()
    for stream in streams:
        try:
            next(stream)
            codes["begun"] += 1
        except grpc.RpcError as error:
            codes[error.code().name] += 1  # type: ignore[attr-defined]
    time.sleep(3)
    for stream, channel in zip(streams, channels, strict=True):
        stream.cancel()
        channel.close()
    return str(dict(codes))


def slow_writers(address: str, count: int) -> str:
    """Calls whose request never comes."""
    over, codes = threading.Event(), Counter[str]()

    def never() -> Iterator[bytes]:
        over.wait(10)
        yield b""

    with grpc.insecure_channel(address) as channel:
        call = channel.stream_unary("/mammoganesis.v1.SamplingService/Sample")
        waiting = [call.future(never(), timeout=3) for _ in range(count)]
        for each in waiting:
            with contextlib.suppress(grpc.RpcError):
                each.result()
            codes[each.code().name] += 1
        over.set()
    return str(dict(codes))


def nested(address: str, count: int) -> str:
    """Recipes within recipes, to the depth that protobuf reads."""
    recipe = Recipe(seed=1)
    for _ in range(32):
        outer = Recipe()
        outer.interpolation.start.CopyFrom(recipe)
        outer.interpolation.end.seed = 2
        recipe = outer
    return _codes(address, sampling_pb2.SampleRequest(latents=[Latent(recipe=recipe)] * 16), count)


def wide(address: str, count: int) -> str:
    """Recipes that branch: each of two, of two, of two."""
    recipe = Recipe(seed=1)
    for _ in range(12):
        outer = Recipe()
        outer.interpolation.start.CopyFrom(recipe)
        outer.interpolation.end.CopyFrom(recipe)
        recipe = outer
    return _codes(address, sampling_pb2.SampleRequest(latents=[Latent(recipe=recipe)]), count)


def metadata_flood(address: str, count: int) -> str:
    """Metadata of many sizes, up to what gRPC reads and beyond."""
    sizes = (1_000, 15_000, 17_000, 60_000, 70_000)
    metadata = [(("x-flood", "a" * size),) for size in sizes]
    return _codes(address, sampling_pb2.SampleRequest(seeds=[1]), count, lambda number: metadata[number % len(sizes)])


def _codes(address: str, request: Any, count: int, metadata: Callable[[int], Any] = lambda number: ()) -> str:
    codes = Counter[str]()
    with grpc.insecure_channel(address) as channel:
        sample = sampling_pb2_grpc.SamplingServiceStub(channel).Sample
        for number in range(count):
            try:
                sample(request, timeout=30, metadata=metadata(number))
                codes["OK"] += 1
            except grpc.RpcError as error:
                codes[error.code().name] += 1  # type: ignore[attr-defined]
    return str(dict(codes))


ATTACKS: dict[str, tuple[Callable[[str, int], str], int]] = {
    "half-open connections": (half_open, 2000),
    "streams that nobody reads": (unread, 64),
    "requests that never come": (slow_writers, 200),
    "recipes 32 deep": (nested, 500),
    "recipes of 4,096 leaves": (wide, 100),
    "metadata of 1 to 70 KB": (metadata_flood, 2000),
}


def prove(folder: Path, share: float = 1.0) -> Finding:
    """As the module says; `share` of the sizes."""
    told, wrong = {}, []
    with server() as (process, address):
        _codes(address, sampling_pb2.SampleRequest(seeds=[1, 2, 3]), 20)
        for name, (attack, count) in ATTACKS.items():
            before, peak, slowest, over = process.memory_info().rss, [0], [0.0], threading.Event()
            others = threading.Thread(target=_others, args=(process, address, peak, slowest, over))
            others.start()
            try:
                came = attack(address, max(4, int(count * share)))
            finally:
                over.set()
                others.join()
            grown = (peak[0] - before) / 2**20
            told[name] = f"{came}; {grown:.0f} MiB more at the peak; others waited {slowest[0]:.2f} s at most"
            wrong += [f"{name}: {grown:.0f} MiB more"] if grown > MOST_MIB else []
            wrong += [f"{name}: others waited {slowest[0]:.1f} s"] if slowest[0] > OTHER_SECONDS else []
            wrong += [f"{name}: {came}"] if any(word in came for word in ("INTERNAL", "UNKNOWN")) else []
    return Finding("abuse by clients: bounded memory, and others are answered", told, wrong)


def _others(
    process: psutil.Process, address: str, peak: list[int], slowest: list[float], over: threading.Event
) -> None:
    """Somebody else asks for the model, ten times a second."""
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = model_pb2_grpc.ModelServiceStub(channel)
        while not over.wait(0.1):
            start = time.monotonic()
            try:
                stub.GetModel(model_pb2.GetModelRequest(), timeout=60)
            except grpc.RpcError:
                slowest[0] = 60.0
            slowest[0] = max(slowest[0], time.monotonic() - start)
            peak[0] = max(peak[0], process.memory_info().rss)
