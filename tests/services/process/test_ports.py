"""Ports of this machine."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from services.process.config import Config
from services.process.ports import dialled, free_block, lasting_problem, problem


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_port_that_is_taken(host: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert problem(host, other.getsockname()[1]) == "Address already in use"


def test_a_port_with_connections_that_have_just_ended_is_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = server.getsockname()
        client = socket.create_connection(address)
        accepted, _ = server.accept()
        accepted.close()  # this side goes to TIME_WAIT
        client.close()
    assert problem(*address) is None


@pytest.fixture
def passing() -> Iterator[socket.socket]:
    """A connection to elsewhere, whose own port a server wants."""
    own = ("127.0.0.1", free_block(1))
    with (
        socket.create_server(("127.0.0.1", 0)) as elsewhere,
        socket.create_connection(elsewhere.getsockname(), source_address=own) as connection,
    ):
        at_once = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)  # gone when it is closed
        yield connection


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_connection_that_has_taken_a_port_is_waited_for(passing: socket.socket, host: str) -> None:
    port = passing.getsockname()[1]
    assert problem(host, port) == "Address already in use"
    ending = threading.Timer(0.3, passing.close)
    ending.start()
    assert lasting_problem(host, port) is None
    ending.join()


def test_a_connection_that_stays_is_told_of_and_a_server_at_once(
    passing: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # for longer than any test lasts
        monkeypatch.setattr("services.process.ports.PASSING_SECONDS", 1e6)
        assert lasting_problem("0.0.0.0", server.getsockname()[1]) == "Address already in use"
    monkeypatch.setattr("services.process.ports.PASSING_SECONDS", 0.0)
    assert "ip_local_reserved_ports=" in (lasting_problem("127.0.0.1", passing.getsockname()[1]) or "")


def test_what_only_our_processes_dial_is_outside_the_range_of_outgoing_connections() -> None:
    """But for the edge's, which programs of others have."""
    ports = {name: field.default for name, field in Config.model_fields.items() if name.endswith("_port")}
    assert {name for name, port in ports.items() if port >= 32_768} == {"edge_port"}
    assert Config().records_address == f"127.0.0.1:{ports['records_port']}"


def test_addresses_that_are_not_here() -> None:
    assert problem("192.0.2.1.example.invalid", 1) == "no such host"
    assert problem("198.51.100.7", 0) == "Cannot assign requested address"


def test_a_block_is_free_and_of_the_length_asked_for() -> None:
    first = free_block(50)
    assert all(problem("0.0.0.0", port) is None for port in range(first, first + 50))


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("[::]", "[::1]"),
        ("::1", "[::1]"),
        ("[fe80::1]", "[fe80::1]"),
        ("edge", "edge"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_how_a_server_is_dialled(host: str, wanted: str) -> None:
    assert dialled(host) == wanted
