"""Ports of this machine."""

from __future__ import annotations

import socket

import pytest

from services.process.ports import dialled, free_block, problem


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
