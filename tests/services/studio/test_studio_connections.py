"""The studio's limits of headers, of time, and of connections, over real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from services.studio import connections
from services.studio.app import create_app
from tests.support.http_servers import running_app

HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
HALVES = {
    "nothing": b"",
    "half a line": b"GET / HTT",
    "half the headers": HEALTHZ + b"X-A: ",
    "half a body": b"POST /mammoganesis.v1.SamplingService/Sample HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: 99\r\n\r\n{",
    "a second one": HEALTHZ + b"\r\n" + HEALTHZ,
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_app(create_app("127.0.0.1:9"), **connections.OPTIONS) as port:
        yield port


@contextmanager
def connected(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        yield connection


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    received = bytearray()
    while part := connection.recv(2**20):
        received += part
    return bytes(received)


def healthy(port: int) -> bool:
    with connected(port, HEALTHZ + b"Connection: close\r\n\r\n") as connection:
        return everything(connection).startswith(b"HTTP/1.1 200")


def error_of(answer: bytes) -> tuple[int, str, str]:
    """Status, name and message."""
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    return int(head.split()[1]), error["status"], error["message"]


@pytest.mark.parametrize("half", HALVES)
def test_a_request_that_never_ends_is_closed(port: int, half: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.2)
    with connected(port, HALVES[half]) as connection:
        received = everything(connection)
    if half == "a second one":
        _, _, received = received.partition(b"ok")
    if half != "half a body":  # where the answer is the application's to give
        assert error_of(received) == (408, "DEADLINE_EXCEEDED", "request: it has not arrived in time")
    assert healthy(port)


def test_a_request_that_comes_in_pieces_is_answered(port: int) -> None:
    with connected(port) as connection:
        for byte in HEALTHZ + b"Connection: close\r\n\r\n":
            connection.sendall(bytes([byte]))
        assert everything(connection).endswith(b"ok")


def test_headers_are_bounded(port: int) -> None:
    with connected(port, HEALTHZ + b"X-Long: ") as connection:
        received = b""
        try:
            for _ in range(64):  # 64 MiB
                connection.sendall(b"a" * 2**20)
            pytest.fail("all of it was taken")
        except OSError:
            pass
    with connected(port, HEALTHZ + b"X-Long: " + b"a" * (connections.MAX_HEADER_BYTES + 1)) as connection:
        received = everything(connection)
    words = "request: not HTTP, or with headers of more than 16384 bytes"
    assert error_of(received) == (400, "INVALID_ARGUMENT", words)
    with connected(port, HEALTHZ + b"X-Long: " + b"a" * 12_000 + b"\r\nConnection: close\r\n\r\n") as connection:
        assert everything(connection).endswith(b"ok")


def test_a_new_connection_takes_the_place_of_the_oldest_half_open_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 5)
    with running_app(create_app("127.0.0.1:9"), **connections.OPTIONS) as port, ExitStack() as stack:
        opened = [stack.enter_context(connected(port, b"GET / HTT")) for _ in range(5)]
        assert healthy(port)
        assert error_of(everything(opened[0]))[0] == 408
        opened[1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            opened[1].recv(1)


def test_where_all_are_at_work_a_new_connection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            while not await request.is_disconnected():
                pass

        return StreamingResponse(parts())

    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    app = Starlette(routes=[Route("/", endless)])
    with (
        running_app(app, **connections.OPTIONS) as port,
        connected(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as first,
    ):
        received = b""
        while b"begun" not in received:
            received += first.recv(65536)
        with connected(port) as second:
            status, name, message = error_of(everything(second))
        assert (status, name) == (429, "RESOURCE_EXHAUSTED")
        assert "takes no more" in message


def test_a_client_that_does_not_read_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READING_SECONDS", 1.0)
    size = 64 * 2**20

    async def large(request: Request) -> Response:
        return PlainTextResponse(bytes(size))

    app = Starlette(routes=[Route("/", large)])
    ask = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with running_app(app, **connections.OPTIONS) as port:
        with connected(port, ask) as connection:
            received = len(everything(connection))
        assert received > size  # who reads gets all of it
        with connected(port, ask) as connection:
            time.sleep(2.5)
            assert len(everything(connection)) < size
