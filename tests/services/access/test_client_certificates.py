"""Who shows a client certificate: its fingerprint, held against openssl's, and its names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from services.access.client_certificates import bearer_of, read_roles
from services.access.principals import Principal, Role

NAMES = ["lms.example.org", "spiffe://example.org/lms"]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    file = folder / "certificate.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "key.pem")]
    command = ["openssl", "req", "-x509", *key, "-subj", "/CN=lms", "-days", "1", "-out", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file


def _fingerprint(pem: Path) -> str:
    """As openssl tells it."""
    command = ["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", str(pem)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "sha256:" + told.partition("=")[2].strip().replace(":", "").lower()


def test_roles_follow_the_fingerprint_before_the_names(pem: Path) -> None:
    one, two = frozenset({Role.EDUCATOR}), frozenset({Role.AUDITOR})
    roles = {_fingerprint(pem): one, NAMES[1]: two}
    assert bearer_of(pem.read_bytes(), NAMES, roles) == Principal("certificate", NAMES[0], one)
    assert bearer_of(pem.read_bytes(), [], roles) == Principal("certificate", _fingerprint(pem), one)
    del roles[_fingerprint(pem)]
    assert bearer_of(pem.read_bytes(), NAMES, roles) == Principal("certificate", NAMES[1], two)


def test_who_is_not_listed_is_somebody_without_a_role(pem: Path) -> None:
    assert bearer_of(pem.read_bytes(), NAMES, {"lms": frozenset(Role)}) == Principal("certificate", NAMES[0])
    assert bearer_of(pem.read_bytes(), ["a" * 300], {}).subject == _fingerprint(pem)


def test_a_file_of_roles_is_read() -> None:
    assert read_roles(b'{"lms.example.org": ["educator", "learner"]}', "FILE") == {
        "lms.example.org": frozenset({Role.EDUCATOR, Role.LEARNER})
    }


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": ["king"]}', b'{"a": "reader"}', b'{"sha256:AB:CD": []}'])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidArgument, match=r"^FILE"):
        read_roles(content, "FILE")
