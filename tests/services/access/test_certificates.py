"""The authority of one's own: its files, what openssl says of them, and what a renewal keeps."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from services.access import certificates
from services.process.config import Config
from tests.support.tls import openssl

HOSTS = ("localhost", "127.0.0.1", "mammo.example.org")


def text(file: Path) -> str:
    return openssl("x509", "-in", file, "-noout", "-text")


def test_openssl_takes_what_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    names = certificates.make(folder, HOSTS, ["lms"])
    assert names == ["ca", "server", "client-lms"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in names:
        assert stat.S_IMODE((folder / f"{name}.key").stat().st_mode) == 0o600
        same = [
            openssl("x509", "-in", folder / f"{name}.pem", "-noout", "-pubkey"),
            openssl("pkey", "-in", folder / f"{name}.key", "-pubout"),
        ]
        assert same[0] == same[1]
    for name, purpose in (("server", "sslserver"), ("server", "sslclient"), ("client-lms", "sslclient")):
        check = ("-x509_strict", "-purpose", purpose, "-CAfile", folder / "ca.pem", folder / f"{name}.pem")
        assert openssl("verify", *check).endswith("OK\n")
    with pytest.raises(AssertionError, match="purpose"):  # a client's does not do for a server
        openssl("verify", "-purpose", "sslserver", "-CAfile", folder / "ca.pem", folder / "client-lms.pem")
    server = text(folder / "server.pem")
    assert "DNS:localhost, IP Address:127.0.0.1, DNS:mammo.example.org" in server
    assert "Public-Key: (256 bit)" in server
    assert "Subject: CN = lms" in text(folder / "client-lms.pem")
    authority = text(folder / "ca.pem")
    assert "CA:TRUE, pathlen:0" in authority
    assert "Certificate Sign, CRL Sign" in authority


def test_nothing_is_overwritten_and_a_renewal_keeps_the_authority(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    certificates.make(folder, HOSTS, ["lms"])
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(FailedPrecondition, match=r"ca\.pem is there already"):
        certificates.make(folder, HOSTS, [])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert certificates.renew(folder, (), ["desk"]) == ["server", "client-lms", "client-desk"]
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {name for name in before if before[name] == after[name]} == {"ca.pem", "ca.key"}
    assert stat.S_IMODE((folder / "server.key").stat().st_mode) == 0o600
    assert "DNS:localhost, IP Address:127.0.0.1, DNS:mammo.example.org" in text(folder / "server.pem")
    for name in ("server", "client-lms", "client-desk"):
        assert openssl("verify", "-CAfile", folder / "ca.pem", folder / f"{name}.pem").endswith("OK\n")
    certificates.renew(folder, ["other.example.org"], [])
    assert "DNS:other.example.org\n" in text(folder / "server.pem")
    with pytest.raises(FailedPrecondition, match=r"no certificate and key ca\.pem"):
        certificates.renew(tmp_path, (), [])
    with pytest.raises(FailedPrecondition, match="the authority is valid until"):
        certificates.renew(folder, (), [], days=certificates.AUTHORITY_DAYS + 1)


@pytest.mark.parametrize("host", ["a b", "a:443", "", "-a.example.org", "a..b", "*", "a\n"])
def test_hosts_that_are_none(host: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="host: "):
        certificates.make(tmp_path / "tls", [host], [])
    assert not (tmp_path / "tls").exists()


@pytest.mark.parametrize("client", ["a/b", "..", "", "a b", "é", "x" * 64])
def test_clients_whose_names_are_no_file_names(client: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="client: "):
        certificates.make(tmp_path / "tls", HOSTS, [client])
    assert not (tmp_path / "tls").exists()


def test_the_folder_is_what_one_setting_switches_tls_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    with pytest.raises(InvalidArgument, match=r"certificates --out .* missing: ca\.pem, server\.key, server\.pem"):
        Config.from_environment({}, tls_folder=folder)
    certificates.make(folder, HOSTS, [])
    config = Config.from_environment({}, tls_folder=folder)
    assert (config.tls_folder, config.tls_ca_file) == (None, folder / "ca.pem")
    assert (config.tls_certificate_file, config.tls_key_file) == (folder / "server.pem", folder / "server.key")
    assert config.tls_client_ca_file is None
    assert Config.from_environment(config.environment()) == config
    own = Config.from_environment({"MAMMOGANESIS_TLS_CA_FILE": "system"}, tls_folder=folder)
    assert own.tls_ca_file == Path("system")
