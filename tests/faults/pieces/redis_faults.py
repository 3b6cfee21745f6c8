"""Redis is dead, stands still, is slow, full or lies: no call fails, one at most waits for it, no image is another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from mammoganesis.v1 import sampling_pb2
from services.process.config import Config
from services.process.ports import free_block
from tests.faults.calls import EXACT, RAW, digest_of
from tests.faults.history import quantile
from tests.faults.pieces import Finding
from tests.support.redis_server import RedisServer, redis_executable
from tests.support.serving import CALL, TINY, serving

ONCE_SECONDS, AFTER_SECONDS = 0.25, 0.005
"""What Redis may cost: one call, and the others in the median."""
WARM = 20


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[RedisServer]:
    started = RedisServer(redis_executable(), folder, free_block(1), arguments)
    started.start()
    try:
        yield started
    finally:
        started.kill()


@asynccontextmanager
async def slowed(port: int, seconds: float) -> AsyncIterator[int]:
    """The port of a way to `port` on which each answer takes so long."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: float) -> None:
        while data := await reader.read(65536):
            await asyncio.sleep(wait)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(carry(reader, back, 0), carry(there, writer, seconds))
        except (asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()
            back.close()

    proxy = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield proxy.sockets[0].getsockname()[1]
    finally:
        proxy.close()


def lie(redis: RedisServer) -> None:
    """Every value is another's, or damaged."""
    client = redis.client()
    keys = sorted(client.scan_iter())
    values = [client.get(key) for key in keys]
    for number, key in enumerate(keys):
        value = values[number - 1]
        client.set(key, value[:-1] + bytes([value[-1] ^ 1]) if number % 2 else value)


async def measured(url: str | None, calls: int, strike: Callable[[], Any]) -> tuple[list[float], list[str], list[str]]:
    """Seconds of each call after the strike, the digests of all, and the errors. Seeds come again, so that the cache
    is asked for what it has; the process keeps nothing itself."""
    settings: dict[str, Any] = {"redis_url": url, "local_cache_entries": 0, "edge_secret": "x" * 32, **EXACT}
    seconds, digests, errors = [], [], []
    async with serving(TINY, **settings) as servicers:
        for number in range(WARM + calls):
            if number == WARM:
                strike()
            request = sampling_pb2.SampleRequest(seeds=[number % WARM], format=RAW)
            start = time.monotonic()
            try:
                digests.append(digest_of([await servicers.sampling.Sample(request, CALL)]))
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            if number >= WARM:
                seconds.append(time.monotonic() - start)
    return seconds, digests, errors


async def one(kind: str, folder: Path, calls: int) -> tuple[list[float], list[str], list[str]]:
    full = ("--maxmemory", "1mb", "--maxmemory-policy", "noeviction") if kind == "full" else ()
    with server(folder, *full) as redis:
        # 2 s an answer from the first on: the time of connecting counts as warm.
        way = slowed(redis.port, 2.0) if kind == "slow" else nullcontext(redis.port)
        strikes = {"dead": redis.kill, "frozen": redis.freeze, "lying": lambda: lie(redis)}
        async with way as port:
            try:
                return await measured(f"redis://127.0.0.1:{port}/0", calls, strikes.get(kind, lambda: None))
            finally:
                if kind == "frozen":
                    redis.thaw()


def prove(folder: Path, calls: int = 500) -> Finding:
    """As the module says."""
    _, expected, _ = asyncio.run(measured(None, calls, lambda: None))
    alone, _, _ = asyncio.run(measured(None, calls, lambda: None))
    usual = quantile(alone, 0.5)
    told, wrong = {"without Redis, median ms": round(1000 * usual, 2)}, []
    for kind in ("sound", "dead", "frozen", "slow", "full", "lying"):
        seconds, digests, errors = asyncio.run(one(kind, folder, calls))
        extra = [each - usual for each in seconds]
        median, most, longest = (1000 * quantile(extra, share) for share in (0.5, 0.99, 1))
        waited = sum(each > ONCE_SECONDS / 2 for each in extra)
        told[kind] = (
            f"{len(seconds)} calls, {len(errors)} failed; more than without: median {median:.1f} ms, 99 of 100 "
            f"{most:.1f} ms, longest {longest:.0f} ms; {waited} waited"
        )
        if errors or digests != expected:
            wrong.append(f"{kind}: {errors[:1] or 'another image'}")
        if quantile(extra, 0.5) > AFTER_SECONDS:
            wrong.append(f"{kind}: the median call costs {1000 * quantile(extra, 0.5):.1f} ms more")
    return Finding(
        f"Redis at its worst, {calls} calls each, a limit of {Config().redis_timeout_seconds} s", told, wrong
    )
