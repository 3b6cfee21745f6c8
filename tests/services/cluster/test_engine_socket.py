"""Images that are asked for at the engine's socket, and by Serve's handle where that cannot be."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mammoganesis.bundle.files import read_manifest
from mammoganesis.errors import DeadlineExceeded, Overloaded, Unavailable
from services.cluster import serve_engine
from services.cluster.serve_engine import EngineDeployment, ServeEngine
from services.process.config import Config
from services.wire import sockets
from services.wire.sockets import Line, Listener, Lost, NotReached, own_path
from tests.support.engine_jobs import held, some_job
from tests.support.serving import TINY

TINY_DIGEST = read_manifest(TINY)[1]


class Handle:
    """Of a deployment in this process; counts the calls."""

    hold: Any

    def __init__(self, deployment: EngineDeployment) -> None:
        self.asked: list[str] = []
        for name in ("synthesize", "ping", "hold"):
            setattr(self, name, SimpleNamespace(remote=self._remote(name, getattr(deployment, name))))

    def _remote(self, name: str, method: Any) -> Any:
        def remote(*arguments: Any) -> Any:
            self.asked.append(name)
            return asyncio.ensure_future(method(*arguments))

        return remote


@asynccontextmanager
async def both(folder: Path, **settings: Any) -> AsyncIterator[tuple[EngineDeployment, ServeEngine, Handle]]:
    """An engine that listens, and who asks it there."""
    deployment = EngineDeployment()
    await deployment.open(Config(bundle=TINY, execution_provider="cpu", **settings))
    await deployment.listen(folder / "engine")
    handle = Handle(deployment)
    engine = ServeEngine(handle, TINY_DIGEST)
    engine._take(await deployment.hold(0))
    try:
        yield deployment, engine, handle
    finally:
        engine._take(None)
        await deployment.close_socket()
        await deployment._engine.close()


async def known(engine: ServeEngine, where: bool) -> None:
    while (engine._line is not None) != where:
        await asyncio.sleep(0.01)


async def queued(deployment: EngineDeployment, count: int) -> None:
    while deployment._engine.queue_length != count:
        await asyncio.sleep(0.01)


async def test_images_are_the_same_by_both_ways(tmp_path: Path) -> None:
    async with both(tmp_path) as (deployment, engine, handle):
        jobs = [some_job(0), some_job(1, features=True), some_job(2, preview=True)]
        here = await engine.synthesize(jobs, time.monotonic() + 60)
        assert handle.asked == []
        there = await deployment.synthesize(jobs, None, TINY_DIGEST)
        assert not isinstance(there, Exception)
        for one, other in zip(here, there, strict=True):
            assert one.image.tobytes() == other.image.tobytes()
            assert (one.features is None) == (other.features is None)


async def test_many_at_once_get_each_their_own(tmp_path: Path) -> None:
    async with both(tmp_path) as (_, engine, handle):
        jobs = [some_job(i) for i in range(24)]
        alone = [(await engine.synthesize([job], None))[0].image.tobytes() for job in jobs]
        together = await asyncio.gather(*(engine.synthesize([job], None) for job in jobs))
        assert [result.image.tobytes() for (result,) in together] == alone
        assert len(set(alone)) == len(jobs)
        assert handle.asked == []


async def test_who_goes_away_is_drawn_nothing(tmp_path: Path) -> None:
    async with both(tmp_path) as (deployment, engine, _):
        with held(deployment._engine):
            first = asyncio.create_task(engine.synthesize([some_job(0)], None))
            while deployment._engine._batch_since is None:
                await asyncio.sleep(0.01)
            going = asyncio.create_task(engine.synthesize([some_job(1), some_job(2)], None))
            await queued(deployment, 2)
            going.cancel()
            await queued(deployment, 0)
            with pytest.raises(DeadlineExceeded):
                await engine.synthesize([some_job(3)], time.monotonic() + 0.05)
            await queued(deployment, 0)
        await first
        assert deployment._engine.statistics.images == 1


async def test_refusals_are_the_engines_own(tmp_path: Path) -> None:
    async with both(tmp_path, max_queued_images=8) as (_, engine, handle):
        with pytest.raises(Overloaded, match="no room for 9 more") as full:
            await engine.synthesize([some_job(i) for i in range(9)], None)
        assert full.value.retry_seconds
        engine.bundle_digest = "0" * 64
        with pytest.raises(Unavailable, match="another bundle"):
            await engine.synthesize([some_job(0)], None)
        with pytest.raises(DeadlineExceeded):
            await engine.synthesize([some_job(0)], time.monotonic() - 1)
        assert handle.asked == []


async def test_an_engine_that_ends_gives_first_what_it_was_asked_for(tmp_path: Path) -> None:
    async with both(tmp_path) as (deployment, engine, handle):
        await asyncio.gather(*(engine.synthesize([some_job(i)], None) for i in range(3)))  # two connections stay idle
        with held(deployment._engine):
            waiting = asyncio.create_task(engine.synthesize([some_job(0)], None))
            while deployment._engine._batch_since is None:
                await asyncio.sleep(0.01)
            ending = asyncio.create_task(deployment.close_socket())
            await asyncio.sleep(0.1)
            assert not ending.done()
        assert len(await waiting) == 1
        await ending
        assert handle.asked == []
        assert not deployment.listens
        assert await deployment.hold(0) is None
        assert list(tmp_path.iterdir()) == []
        assert len(await engine.synthesize([some_job(1)], None)) == 1
        assert handle.asked == ["synthesize"]


async def test_the_handle_is_asked_where_there_is_no_socket_or_too_many_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with both(tmp_path) as (deployment, engine, handle):
        monkeypatch.setattr(sockets, "MAX_CONNECTIONS", 2)
        with held(deployment._engine):
            calls = [asyncio.create_task(engine.synthesize([some_job(i)], None)) for i in range(5)]
            while len(handle.asked) != 3:
                await asyncio.sleep(0.01)
        assert [len(results) for results in await asyncio.gather(*calls)] == [1] * 5
        engine._take(tmp_path / "elsewhere")
        assert len(await engine.synthesize([some_job(0)], None)) == 1
        engine._take(None)
        assert len(await engine.synthesize([some_job(0)], None)) == 1
        assert handle.asked == ["synthesize"] * 5


async def test_where_the_engine_listens_is_known_while_it_answers_by_the_handle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve_engine, "HOLD_SECONDS", 0.05)
    async with both(tmp_path) as (deployment, engine, handle):
        engine._take(None)
        watching = asyncio.create_task(engine.watch())
        await known(engine, True)
        assert len(await engine.synthesize([some_job(0)], None)) == 1
        assert "synthesize" not in handle.asked
        silent = SimpleNamespace(remote=lambda _: asyncio.get_running_loop().create_future())
        answering, handle.hold = handle.hold, silent
        await known(engine, False)
        handle.hold = answering
        await known(engine, True)
        await deployment.close_socket()
        await known(engine, False)
        assert len(await engine.synthesize([some_job(0)], None)) == 1
        assert handle.asked.count("synthesize") == 1
        watching.cancel()


async def test_an_engine_that_dies_is_gone_and_the_handle_asks_its_successor_once(tmp_path: Path) -> None:
    async with both(tmp_path) as (_, engine, handle):
        asked: list[bytes] = []

        class Dying(asyncio.Protocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def data_received(self, data: bytes) -> None:
                asked.append(data)
                self.transport.abort()

        server = await asyncio.get_running_loop().create_unix_server(Dying, str(tmp_path / "dying"))
        engine._take(tmp_path / "dying")
        assert len(await engine.synthesize([some_job(0)], time.monotonic() + 60)) == 1
        server.close()
        assert len(asked) == 1
        assert handle.asked == ["ping", "synthesize"]


async def test_connections_are_kept_for_the_next_call_and_closed_with_the_line(tmp_path: Path) -> None:
    async def echo(message: bytes) -> bytes:
        return message

    socket, line = Listener(echo), Line(tmp_path / "socket")
    with pytest.raises(NotReached):
        await line.ask(b"too early")
    await socket.listen(tmp_path / "socket")
    for size in (0, 1, 7, 8, 9, 2**20, 0, 3):
        assert await line.ask(bytes(size)) == bytes(size)
    assert len(socket._connections) == 1
    line.close()
    while socket._connections:
        await asyncio.sleep(0.01)
    await socket.close()


async def test_who_cannot_be_answered_is_not_left_waiting(tmp_path: Path) -> None:
    async def fails(message: bytes) -> bytes:
        raise ValueError(message)

    socket, line = Listener(fails), Line(tmp_path / "socket")
    await socket.listen(tmp_path / "socket")
    with pytest.raises(Lost):
        await line.ask(b"1")
    await socket.close()


async def is_closed(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionResetError):  # where something that was sent has not been read
        assert await asyncio.wait_for(reader.read(), 30) == b""


async def test_a_message_takes_the_memory_of_what_has_come_and_not_of_what_it_says(tmp_path: Path) -> None:
    async def echo(message: bytes) -> bytes:
        return message

    socket, line = Listener(echo), Line(tmp_path / "socket")
    await socket.listen(tmp_path / "socket")
    liars = []
    for length in (sockets.MAX_MESSAGE_BYTES, sockets.MAX_MESSAGE_BYTES + 1, 2**64 - 1):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
        writer.write(length.to_bytes(8, "little") + b"0123456789")
        liars.append((reader, writer))
    for reader, _ in liars[1:]:
        await is_closed(reader)
    (waiting,) = socket._connections
    assert len(waiting._buffer) == sockets._FIRST_BYTES
    long = bytes(range(256)) * (5 * sockets._FIRST_BYTES // 256) + b"end"
    assert await line.ask(long) == long
    assert await line.ask(b"") == b""
    for _, writer in liars:
        writer.close()
    line.close()
    await socket.close()


async def test_a_connection_has_one_call_at_a_time(tmp_path: Path) -> None:
    ends = asyncio.Event()

    async def slow(message: bytes) -> bytes:
        try:
            await asyncio.sleep(60)
        finally:
            ends.set()
        return message

    socket = Listener(slow)
    await socket.listen(tmp_path / "socket")
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "socket"))
    for _ in range(2):
        writer.write((1).to_bytes(8, "little") + b"a")
    await is_closed(reader)
    await asyncio.wait_for(ends.wait(), 30)
    writer.close()
    await socket.close()


async def test_a_connection_that_the_engine_has_closed_is_not_used(tmp_path: Path) -> None:
    async def echo(message: bytes) -> bytes:
        return message

    socket, line = Listener(echo), Line(tmp_path / "socket")
    await socket.listen(tmp_path / "socket")
    await line.ask(b"1")
    (connection,) = line._connections
    (other,) = socket._connections
    other.transport.abort()
    while line._connections:
        await asyncio.sleep(0.01)
    with pytest.raises(Lost):
        await connection.ask(b"2")
    assert await line.ask(b"3") == b"3"
    line.close()
    await socket.close()


def test_what_killed_engines_have_left_goes_when_another_starts(tmp_path: Path) -> None:
    gone, other = subprocess.Popen(["/bin/true"]), subprocess.Popen(["/bin/sleep", "600"])
    try:
        gone.wait()
        left, lives = (tmp_path / f"engine-{process.pid}" for process in (gone, other))
        for path in (left, lives):
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(path))
        assert own_path(tmp_path, "engine") == tmp_path / f"engine-{os.getpid()}"
        assert list(tmp_path.iterdir()) == [lives]
    finally:
        other.kill()
        other.wait()
