"""The studio over HTTPS, as a process before an edge with TLS: handshakes as openssl finds them, renewal, HSTS."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.launch.health import studio_answers
from services.process.config import Config
from services.process.ports import free_block
from tests.places import ROOT
from tests.support.served import served_edge
from tests.support.studio_server import JSON, Answer
from tests.support.tls import Authority, Pair, handshake

HSTS = "strict-transport-security"
GET_MODEL = "/mammoganesis.v1.ModelService/GetModel"


@contextmanager
def studio(ours: Authority, pair: Pair, edge: str, host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a studio that is up."""
    port = free_block(1)
    config = Config(
        edge_port=int(edge.rpartition(":")[2]),
        studio_host=host,
        studio_port=port,
        tls_certificate_file=pair.certificate,
        tls_key_file=pair.key,
        tls_ca_file=ours.file,
        public_without_protection="" if host == "127.0.0.1" else "yes-anybody-may-use-this",
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAMMOGANESIS_")}
    command = [sys.executable, "-m", "services.studio"]
    with subprocess.Popen(command, cwd=ROOT, env=environment | config.environment()) as process:
        try:
            while not studio_answers("127.0.0.1", port, tls=True):
                assert process.poll() is None, "the studio has ended"
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def asked(ours: Authority, port: int, path: str, body: str | None = None) -> Answer:
    context = ssl.create_default_context(cafile=ours.file)
    with closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)) as connection:
        connection.request("GET" if body is None else "POST", path, body, JSON)
        return Answer(connection.getresponse())


def test_pages_and_calls_by_https_to_an_edge_with_tls(ours: Authority, tmp_path: Path) -> None:
    pair = ours.pair("studio")
    live = pair.copied(tmp_path / "live")
    edge = {"tls_certificate_file": pair.certificate, "tls_key_file": pair.key}
    with served_edge(edge=edge) as address, studio(ours, live, address) as port:
        page = asked(ours, port, "/")
        assert (page.status, page.headers.get(HSTS)) == (200, None)  # not for a loopback name
        assert b"<html" in page.body
        answer = asked(ours, port, GET_MODEL, "{}")
        assert (answer.status, "dimensions" in answer.json) == (200, True)
        seen = handshake(port, "-alpn", "h2,http/1.1", "-CAfile", ours.file)
        assert "ALPN protocol: http/1.1" in seen
        assert "Verify return code: 0 (ok)" in seen
        assert "Protocol  : TLSv1.2" in handshake(port, "-tls1_2")
        for version in ("-tls1_1", "-tls1"):
            assert "Cipher is (NONE)" in handshake(port, version, "-cipher", "DEFAULT@SECLEVEL=0")
        live.certificate.write_bytes(ours.pair("other").certificate.read_bytes())  # of which the key is not here
        assert "CN = studio" in handshake(port, "-noservername")
        ours.pair("renewed").put_at(live)
        assert "CN = renewed" in handshake(port, "-noservername")
        assert "CN = renewed" in handshake(port, "-servername", "localhost", "-tls1_2")
        with socket.create_connection(("127.0.0.1", port)) as silent:  # a handshake that never begins
            silent.settimeout(60)
            assert silent.recv(1) == b""
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as plain:
            plain.request("GET", "/")
            with pytest.raises((http.client.HTTPException, ConnectionError)):
                plain.getresponse()


def test_who_has_come_by_https_is_to_come_so_again(ours: Authority) -> None:
    with studio(ours, ours.pair("studio"), "127.0.0.1:1", host="0.0.0.0") as port:
        for path in ("/", "/healthz", "/nothing"):
            assert asked(ours, port, path).headers[HSTS] == "max-age=31536000"
