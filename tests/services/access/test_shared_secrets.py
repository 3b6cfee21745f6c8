"""Secrets that change while calls are made: none fails, and what is out is out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument, Unauthenticated
from services.access import rereading
from services.access.assertions import heard, said
from services.access.principals import EVERYBODY
from services.access.shared_secrets import SharedSecret
from services.process.config import Config
from services.servicers.callers import admit
from services.wire.metadata import EDGE_SECRET
from tests.support.edge_backend import Backend, running_edge

OLD, NEW, NEWER = "the-old-secret-0123456789", "the-new-secret-0123456789", "the-newer-secret-0123456"
SAMPLE = "/mammoganesis.v1.SamplingService/Sample"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "LOOK_SECONDS", 0.0)


def put(file: Path, *lines: str) -> None:
    """As whoever changes a file does: the whole of it at once."""
    new = file.with_name(file.name + ".new")
    new.write_text("".join(f"{line}\n" for line in lines))
    new.chmod(0o600)
    new.replace(file)


def of(file: Path, name: str = "edge_secret") -> SharedSecret:
    return SharedSecret.of(Config(**{f"{name}_file": file}), name)  # type: ignore[arg-type]


def test_both_are_taken_and_the_first_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    put(file, OLD)
    secret = of(file)
    assert (secret.valid, secret.sent) == ((OLD,), OLD)
    put(file, OLD, NEW)
    assert (secret.valid, secret.sent) == ((OLD, NEW), OLD)
    put(file, NEW, OLD)
    assert (secret.valid, secret.sent) == ((NEW, OLD), NEW)
    put(file, NEW)
    assert (secret.valid, secret.sent) == ((NEW,), NEW)
    file.write_text("short\n")  # what is no secret changes nothing
    assert secret.valid == (NEW,)
    file.unlink()
    assert secret.valid == (NEW,)
    put(file, NEWER)
    assert secret.valid == (NEWER,)


def test_what_a_file_may_hold(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    for lines in ((), ("short",), (OLD, NEW, NEWER), ("with spaces in it, which is no secret",), ("é" * 20,)):
        put(file, *lines)
        with pytest.raises(
            InvalidArgument, match=r"MAMMOGANESIS_EDGE_SECRET_FILE: .* a file of one or two lines of 16"
        ) as caught:
            of(file)
        assert not any(line in caught.value.message for line in lines if len(line) > 5)
    put(file, OLD)
    with pytest.raises(InvalidArgument, match="either it or MAMMOGANESIS_EDGE_SECRET, not both"):
        SharedSecret.of(Config(edge_secret=NEW, edge_secret_file=file), "edge_secret")
    with pytest.raises(InvalidArgument, match="a file that is there"):
        of(tmp_path / "nothing")
    with pytest.raises(FailedPrecondition, match="MAMMOGANESIS_EDGE_SECRET is not set"):
        SharedSecret.of(Config(), "edge_secret").needed("edge_secret")


def test_the_studios_word_under_two_secrets(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    put(file, NEW, OLD)
    studio, edge = of(file, "studio_secret"), of(file, "studio_secret")
    assert heard(said(EVERYBODY, str(studio.sent)), edge.valid).principal == EVERYBODY
    assert heard(said(EVERYBODY, OLD), edge.valid).principal == EVERYBODY  # of a studio that is a step behind
    put(file, NEW)
    with pytest.raises(Unauthenticated):
        heard(said(EVERYBODY, OLD), edge.valid)


async def test_no_call_fails_while_a_secret_is_changed(tmp_path: Path) -> None:
    """Each process has its own copy of the file, as containers do, and reads a step before or after the other."""
    at_edge, at_services = tmp_path / "edge", tmp_path / "services"
    put(at_edge, OLD)
    put(at_services, OLD)
    services, brought = of(at_services), set[str]()

    async def answer(_: bytes, context: grpc.aio.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata() or ())
        try:
            admit(metadata, services.valid)
        except Unauthenticated as error:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, error.message)
        brought.add(str(metadata[EDGE_SECRET]))
        return b""

    backend, failed, made, done = Backend(), list[str](), 0, asyncio.Event()
    backend.unary(SAMPLE, answer)

    async def load(channel: grpc.aio.Channel) -> None:
        nonlocal made
        while not done.is_set():
            try:
                await channel.unary_unary(SAMPLE)(b"")
            except grpc.aio.AioRpcError as error:
                failed.append(f"{error.code().name} {error.details()}")
            made += 1

    async def some_calls() -> None:
        before = made
        while made < before + 20:
            await asyncio.sleep(0.01)

    async with running_edge(backend, edge_secret=None, edge_secret_file=at_edge) as running:
        callers = [asyncio.create_task(load(running.channel)) for _ in range(4)]
        for step, first in (
            ((OLD, NEW), at_edge),
            ((NEW, OLD), at_services),
            ((NEW,), at_services),
            ((NEW, NEWER), at_services),
            ((NEWER, NEW), at_edge),
            ((NEWER,), at_edge),
        ):
            put(first, *step)
            await some_calls()
            put(at_services if first == at_edge else at_edge, *step)
            await some_calls()
        done.set()
        await asyncio.gather(*callers)
    assert failed == []
    assert brought == {OLD, NEW, NEWER}
    with pytest.raises(Unauthenticated):
        admit({EDGE_SECRET: OLD}, services.valid)
