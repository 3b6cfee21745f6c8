"""Commands before an edge with TLS, with the certificates that `mammoganesis certificates` makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.connection import _tls
from services.process.config import Config, variable
from tests.support.commands import Run
from tests.support.served import served_edge


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    made = run("certificates", "--out", tmp_path / "tls", "--host", "mammo.example.org", "--client", "lms")
    assert made.code == 0
    assert f"mammoganesis serve --tls {tmp_path / 'tls'}" in made.out
    assert "localhost, 127.0.0.1, ::1, mammo.example.org" in made.out
    return tmp_path / "tls"


@pytest.fixture
def secured(folder: Path) -> Iterator[str]:
    """Address of an edge that wants client certificates."""
    config = Config.from_environment({}, tls_folder=folder)
    edge = {name: getattr(config, name) for name in ("tls_certificate_file", "tls_key_file")}
    with served_edge(edge={**edge, "tls_client_ca_file": folder / "ca.pem"}) as address:
        yield address


def test_a_command_by_options_and_by_the_environment(
    run: Run, secured: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate, key = (folder / name for name in ("ca.pem", "client-lms.pem", "client-lms.key"))
    plain = run("model", "--address", secured)
    assert (plain.code, f"error: {secured} speaks TLS: name the file" in plain.err) == (1, True)
    unknown = run("model", "--address", secured, "--ca", authority)
    assert (unknown.code, f"error: {secured} wants a client certificate" in unknown.err) == (1, True)
    shown = run("model", "--address", secured, "--ca", authority, "--certificate", certificate, "--key", key)
    assert (shown.code, shown.err) == (0, "")
    for name, file in (
        ("TLS_CA_FILE", authority),
        ("TLS_CLIENT_CERTIFICATE_FILE", certificate),
        ("TLS_CLIENT_KEY_FILE", key),
        ("TLS_SERVER_NAME", "mammo.example.org"),
    ):
        monkeypatch.setenv(f"MAMMOGANESIS_{name}", str(file))
    assert run("model", "--address", secured).out == shown.out
    assert run("case", "list", "--address", secured).err.startswith("error: ")  # records is not there
    other = run("model", "--address", secured, "--server-name", "other.example.org")
    assert "is not for the name other.example.org" in other.err
    local = run("model", "--local", "--ca", authority)
    assert (local.code, "--ca and --local exclude each other" in local.err) == (2, True)


def test_variables_of_the_options_are_settings() -> None:
    known = set(map(variable, Config.model_fields))
    context_free = [option(lambda: None).__click_params__[0] for option in _tls]
    assert {str(option.envvar) for option in context_free} <= known
    assert all(str(option.envvar) in (option.help or "") for option in context_free)


def test_certificates_refuses_to_overwrite_and_renews(run: Run, folder: Path) -> None:
    again = run("certificates", "--out", folder)
    assert (again.code, "ca.pem is there already" in again.err) == (1, True)
    before = (folder / "ca.pem").read_bytes(), (folder / "server.pem").read_bytes()
    renewed = run("certificates", "--out", folder, "--renew")
    assert (renewed.code, "mammo.example.org" in renewed.out) == (0, True)
    assert (folder / "ca.pem").read_bytes() == before[0]
    assert (folder / "server.pem").read_bytes() != before[1]
    assert "host: 'a b' is not allowed" in run("certificates", "--out", folder / "x", "--host", "a b").err
