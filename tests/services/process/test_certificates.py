"""Files of a server's certificate: what is refused, in which words. Made by openssl."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from services.observability import metrics
from services.observability.prometheus import PrometheusRecorder
from services.process.certificates import ServerCertificate, read_pair
from services.process.config import Config
from services.process.secret_files import secrets_of
from tests.support.tls import Authority, openssl


def test_files_that_are_none_are_refused_by_their_settings(tmp_path: Path) -> None:
    ours, nothing, encrypted = Authority.new(tmp_path / "ours"), tmp_path / "nothing", tmp_path / "encrypted.key"
    pair = ours.pair("server")
    openssl("ec", "-in", pair.key, "-aes256", "-passout", "pass:word", "-out", encrypted)
    for certificate, key, client_ca, setting, words in (
        (nothing, pair.key, None, "TLS_CERTIFICATE_FILE", "a file that can be read"),
        (pair.certificate, nothing, None, "TLS_KEY_FILE", "a file that can be read"),
        (pair.certificate, ours.pair("other").key, None, "TLS_KEY_FILE", "the private key of the certificate"),
        (pair.certificate, encrypted, None, "TLS_CERTIFICATE_FILE", "without a password"),
        (pair.key, pair.key, None, "TLS_CERTIFICATE_FILE", "a certificate and, in"),
        (pair.certificate, pair.key, pair.key, "TLS_CLIENT_CA_FILE", "a file of certificates as PEM"),
    ):
        with pytest.raises(InvalidArgument, match=words) as caught:
            ServerCertificate(certificate, key, client_ca)
        assert caught.value.field == f"MAMMOGANESIS_{setting}"


@pytest.mark.parametrize("given", ["TLS_CERTIFICATE_FILE", "TLS_CLIENT_KEY_FILE"])
def test_certificate_and_key_are_given_together(given: str) -> None:
    other = given.replace("KEY", "CERT") if "KEY" in given else given.replace("CERTIFICATE", "KEY")
    other = other.replace("CERT_FILE", "CERTIFICATE_FILE")
    with pytest.raises(InvalidArgument, match=f"MAMMOGANESIS_{other}: nothing is not allowed"):
        Config.from_environment({f"MAMMOGANESIS_{given}": "/keys/file.pem"})


def test_a_port_for_certificates_goes_with_their_authority() -> None:
    with pytest.raises(InvalidArgument, match="together with MAMMOGANESIS_TLS_CLIENT_CA_FILE"):
        Config.from_environment({}, edge_certificate_port="50060")


def test_metrics_tell_when_the_certificate_ends(tmp_path: Path) -> None:
    """As openssl reads it."""
    pair, recorder = Authority.new(tmp_path / "ours").pair("server"), PrometheusRecorder()
    metrics.record_with(recorder)
    try:
        ServerCertificate(pair.certificate, pair.key)
    finally:
        metrics.record_with(None)
    told = subprocess.run(
        ["openssl", "x509", "-in", pair.certificate, "-noout", "-enddate"], capture_output=True, text=True, check=True
    )
    ends = datetime.strptime(told.stdout.strip().partition("=")[2], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    name = "mammoganesis_certificate_expires_timestamp_seconds"
    assert recorder.registry.get_sample_value(name) == ends.timestamp()


def test_a_key_that_everybody_can_read_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pair, secret = Authority.new(tmp_path / "ours").pair("server"), tmp_path / "secret"
    secret.write_text("s" * 32)
    for mode, told in ((0o640, 0), (0o644, 1)):
        pair.key.chmod(mode)
        secret.chmod(mode)
        caplog.clear()
        for _ in range(3):
            ServerCertificate(pair.certificate, pair.key)
            read_pair("tls_client_certificate_file", pair.certificate, pair.key)
            secrets_of(secret, "edge_secret_file", 32)
        for field, what in (
            ("TLS_KEY_FILE", f"the private key {pair.key}"),
            ("TLS_CLIENT_KEY_FILE", f"the private key {pair.key}"),
            ("EDGE_SECRET_FILE", f"the secret in {secret}"),
        ):
            text = f"MAMMOGANESIS_{field}: everybody on this machine can read {what}; chmod 600 it"
            assert caplog.text.count(text) == told
        assert "s" * 32 not in caplog.text
