"""What the launcher says, without starting anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.launch.launcher import reached
from services.process.config import Config


@pytest.mark.parametrize(
    ("host", "certificate", "said"),
    [
        ("127.0.0.1", None, "127.0.0.1:50051"),
        ("mammo.example.org", Path("server.pem"), "mammo.example.org:50051, with TLS"),
        ("0.0.0.0", Path("server.pem"), "127.0.0.1:50051 and every other address of this machine, with TLS"),
        ("::", None, "[::1]:50051 and every other address of this machine"),
    ],
)
def test_where_clients_reach_the_edge_is_said_whole(host: str, certificate: Path | None, said: str) -> None:
    config = Config(edge_host=host, public_without_protection="yes-anybody-may-use-this")
    assert reached(config.changed(tls_certificate_file=certificate, tls_key_file=certificate)) == said
