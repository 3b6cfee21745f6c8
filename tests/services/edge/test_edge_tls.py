"""TLS of the edge: handshakes as openssl finds them, certificates that are renewed under load, client certificates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.process.ports import free_block
from services.wire.tls import Trust, open_aio_channel
from tests.support.edge_backend import Running, running_edge
from tests.support.tls import Authority, Pair, handshake

LIVE = health_pb2.HealthCheckRequest(service="liveness")
OWN = [("grpc.use_local_subchannel_pool", 1)]  # a connection of its own


@asynccontextmanager
async def secured(pair: Pair, **settings: object) -> AsyncIterator[Running]:
    files = {"tls_certificate_file": pair.certificate, "tls_key_file": pair.key}
    async with running_edge(**files, **settings) as running:
        yield running


async def answers(port: int, trust: Trust | None) -> str:
    """ "yes" over a new connection, or gRPC's code."""
    async with open_aio_channel(f"127.0.0.1:{port}", OWN, trust) as channel:
        try:
            await health_pb2_grpc.HealthStub(channel).Check(LIVE, timeout=20)
        except grpc.aio.AioRpcError as error:
            return error.code().name
    return "yes"


async def test_the_handshake_is_of_tls_1_2_or_later_and_speaks_http_2(ours: Authority) -> None:
    async with secured(ours.pair("server")) as running:
        seen = await asyncio.to_thread(handshake, running.port, "-alpn", "h2", "-CAfile", ours.file)
        assert "ALPN protocol: h2" in seen
        assert "TLSv1.3" in seen
        assert "Verify return code: 0 (ok)" in seen
        older = await asyncio.to_thread(handshake, running.port, "-tls1_2", "-CAfile", ours.file)
        assert "Protocol  : TLSv1.2" in older
        assert "Verify return code: 0 (ok)" in older
        assert "ECDHE" in older
        for version in ("-tls1_1", "-tls1"):
            old = await asyncio.to_thread(handshake, running.port, version, "-cipher", "DEFAULT@SECLEVEL=0")
            assert "Cipher is (NONE)" in old
        weak = await asyncio.to_thread(handshake, running.port, "-tls1_2", "-cipher", "AES128-SHA:NULL@SECLEVEL=0")
        assert "Cipher is (NONE)" in weak
        assert await answers(running.port, Trust(ours.file)) == "yes"
        assert await answers(running.port, Trust(ours.file, server_name="localhost")) == "yes"
        assert await answers(running.port, None) == "UNAVAILABLE"
        assert await answers(running.port, Trust(ours.file, server_name="elsewhere")) == "UNAVAILABLE"


async def test_a_renewed_certificate_is_shown_without_a_call_that_fails(ours: Authority, tmp_path: Path) -> None:
    live = ours.pair("first").copied(tmp_path / "live")
    renewed = [ours.pair(f"renewed{number}") for number in range(3)]
    failed: list[str] = []
    made, done = 0, asyncio.Event()

    async def call_on_new_connections(port: int) -> None:
        nonlocal made
        while not done.is_set():
            if (said := await answers(port, Trust(ours.file))) != "yes":
                failed.append(said)
            made += 1

    async def subject(port: int) -> str:
        seen = await asyncio.to_thread(handshake, port)
        return next(line for line in seen.splitlines() if line.startswith("subject"))

    async with (
        secured(live) as running,
        open_aio_channel(f"127.0.0.1:{running.port}", OWN, Trust(ours.file)) as lasting,
    ):
        kept = health_pb2_grpc.HealthStub(lasting)
        await kept.Check(LIVE)
        load = [asyncio.create_task(call_on_new_connections(running.port)) for _ in range(2)]
        assert (await subject(running.port)).endswith("first")
        for number, pair in enumerate(renewed):
            pair.put_at(live)
            assert (await subject(running.port)).endswith(f"renewed{number}")
            before = made
            while made < before + 5:
                await asyncio.sleep(0.01)
        await kept.Check(LIVE)  # over the connection that knows the first certificate
        done.set()
        await asyncio.gather(*load)
    assert failed == []


async def test_files_that_do_not_go_together_change_nothing(
    ours: Authority, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live = ours.pair("kept").copied(tmp_path / "live")
    async with secured(live) as running:
        for content in (ours.pair("other").certificate.read_bytes(), b"no certificate"):
            live.certificate.write_bytes(content)
            with caplog.at_level(logging.WARNING):
                assert "CN = kept" in await asyncio.to_thread(handshake, running.port)
        assert "the certificate in use is kept: MAMMOGANESIS_TLS_KEY_FILE" in caplog.text
        live.certificate.unlink()
        assert await answers(running.port, Trust(ours.file)) == "yes"
        ours.pair("next").put_at(live)
        assert "CN = next" in await asyncio.to_thread(handshake, running.port)


async def test_client_certificates_are_required_and_judged(ours: Authority, theirs: Authority, tmp_path: Path) -> None:
    def showing(pair: Pair) -> Trust:
        return Trust(ours.file, pair.certificate, pair.key)

    taken = tmp_path / "clients-of"
    taken.write_bytes(theirs.file.read_bytes())
    right, second = showing(theirs.pair("right")), showing(ours.pair("second"))
    async with secured(ours.pair("server"), tls_client_ca_file=taken) as running:
        assert await answers(running.port, right) == "yes"
        assert await answers(running.port, Trust(ours.file)) == "UNAVAILABLE"
        assert await answers(running.port, None) == "UNAVAILABLE"
        assert await answers(running.port, showing(theirs.pair("late", days=-1))) == "UNAVAILABLE"
        assert await answers(running.port, second) == "UNAVAILABLE"
        taken.write_bytes(theirs.file.read_bytes() + ours.file.read_bytes())  # both, for a while
        assert [await answers(running.port, who) for who in (right, second)] == ["yes", "yes"]
        taken.write_bytes(ours.file.read_bytes())  # which revokes all of the other's
        assert [await answers(running.port, who) for who in (right, second)] == ["UNAVAILABLE", "yes"]


async def test_a_port_for_certificates_beside_one_without(ours: Authority) -> None:
    client = ours.pair("client")
    beside = free_block(1)
    settings = {"tls_client_ca_file": ours.file, "edge_certificate_port": beside}
    async with secured(ours.pair("server"), **settings) as running:
        assert await answers(running.port, Trust(ours.file)) == "yes"
        assert await answers(beside, Trust(ours.file)) == "UNAVAILABLE"
        assert await answers(beside, Trust(ours.file, client.certificate, client.key)) == "yes"
