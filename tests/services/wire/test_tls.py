"""Why a client and a server do not come together, in one sentence, before real servers with certificates of openssl."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from mammoganesis import errors
from services.client import Client
from services.process.certificates import ServerCertificate
from services.process.ports import free_block
from services.wire.tls import Trust, server_credentials, trouble
from tests.support.tls import Authority, Pair


@contextmanager
def server(pair: Pair | None, client_ca: Path | None = None) -> Iterator[str]:
    """Address of a server that knows no method."""
    running = grpc.server(futures.ThreadPoolExecutor(1))
    if pair is None:
        port = running.add_insecure_port("127.0.0.1:0")
    else:
        certificate = ServerCertificate(pair.certificate, pair.key, client_ca)
        port = running.add_secure_port("127.0.0.1:0", server_credentials(certificate))
    running.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        running.stop(None).wait()


def told(address: str, trust: Trust | None) -> str:
    """By the client, as its user reads it."""
    files = {} if trust is None else {"ca": trust.ca_file, "certificate": trust.certificate_file, "key": trust.key_file}
    name = "" if trust is None else trust.server_name
    with (
        Client.connect(address, deadline_seconds=60, server_name=name, **files) as client,
        pytest.raises(errors.MammoganesisError) as caught,
    ):
        client.model()
    if isinstance(caught.value, errors.Unavailable):
        assert caught.value.message == (trouble(address, trust) or caught.value.message)
    else:
        assert trouble(address, trust) is None
    assert "\n" not in caught.value.message
    return caught.value.message


def test_the_wrong_authority(ours: Authority, theirs: Authority) -> None:
    with server(ours.pair("server")) as address:
        said = told(address, Trust(theirs.file))
        assert said.startswith(f"the certificate of {address} is not by an authority in {theirs.file}")
        assert "not by the authorities of this machine" in told(address, Trust(Path("system")))
        assert "does not answer as a MammoGANesis server does" in told(address, Trust(ours.file))  # it knows no method


def test_a_certificate_that_has_expired_or_has_another_name(ours: Authority) -> None:
    with server(ours.pair("late", days=-1)) as address:
        assert told(address, Trust(ours.file)) == (f"the certificate of {address} has expired, by this machine's clock")
    with server(ours.pair("elsewhere", names="DNS:elsewhere.example.org")) as address:
        assert f"the certificate of {address} is not for the name 127.0.0.1: " in told(address, Trust(ours.file))
        named = Trust(ours.file, server_name="elsewhere.example.org")
        assert "does not answer as a MammoGANesis server does" in told(address, named)


def test_tls_on_one_side_alone(ours: Authority) -> None:
    with server(ours.pair("server")) as address:
        assert told(address, None).startswith(f"{address} speaks TLS: name the file of its authority with --ca")
    with server(None) as address:
        assert told(address, Trust(ours.file)).startswith(f"{address} does not speak TLS: leave --ca")
        assert trouble(address, None) is None


def test_client_certificates(ours: Authority, theirs: Authority) -> None:
    with server(ours.pair("server"), client_ca=ours.file) as address:
        assert told(address, None).startswith(f"{address} speaks TLS")
        assert told(address, Trust(ours.file)).startswith(f"{address} wants a client certificate: give --certificate")
        foreign, right = theirs.pair("foreign"), ours.pair("right")
        said = told(address, Trust(ours.file, foreign.certificate, foreign.key))
        assert said.startswith(f"{address} does not take the client certificate in {foreign.certificate}: ")
        said = told(address, Trust(ours.file, right.certificate, right.key))
        assert "does not answer as a MammoGANesis server does" in said


def test_where_nobody_listens_or_somebody_says_nothing(ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.wire.tls.LOOK_SECONDS", 0.2)
    address = f"127.0.0.1:{free_block(1)}"
    assert "nothing serves there" in told(address, Trust(ours.file))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert trouble(f"127.0.0.1:{mute.getsockname()[1]}", None) is None


def test_what_goes_with_tls_goes_not_without() -> None:
    for values, words in (
        ({"certificate": "a.pem", "key": "a.key"}, "certificate: 'a.pem' is not allowed; allowed: nothing"),
        ({"server_name": "a"}, "server_name: 'a' is not allowed; allowed: nothing"),
        ({"ca": "ca.pem", "key": "a.key"}, "certificate: nothing is not allowed"),
        ({"ca": "ca.pem", "certificate": "a.pem"}, "key: nothing is not allowed"),
        ({"ca": "not/there.pem"}, "MAMMOGANESIS_TLS_CA_FILE: 'not/there.pem' is not allowed; allowed: a file that can"),
    ):
        with pytest.raises(errors.InvalidArgument) as caught:
            Client.connect("127.0.0.1:1", **values)
        assert caught.value.message.startswith(words)
