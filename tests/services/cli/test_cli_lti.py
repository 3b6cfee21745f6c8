"""mammoganesis lti: a key, and the platforms of a server."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.lti.tokens import ToolKeys
from tests.support.commands import Ran, Run
from tests.support.recorded import recorded

FIELDS = {
    "--name": "Moodle",
    "--issuer": "https://moodle.example.org",
    "--client-id": "4fX2",
    "--deployment": "1",
    "--authorization-url": "https://moodle.example.org/mod/lti/auth.php",
    "--token-url": "https://moodle.example.org/mod/lti/token.php",
    "--jwks-url": "https://moodle.example.org/mod/lti/certs.php",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with recorded(tmp_path_factory.mktemp("lti")) as running:
        yield running.address


def add(run: Run, server: str, **changed: str) -> Ran:
    fields = FIELDS | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
    return run("lti", "platform", "add", "--address", server, *(part for pair in fields.items() for part in pair))


def test_a_key_is_its_owners_alone_and_never_written_over(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new" / "lti.pem"
    assert run("lti", "key", "--out", file).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    assert len(ToolKeys(before).published()["keys"]) == 1
    again = run("lti", "key", "--out", file)
    assert (again.code, "is there already" in again.err) == (1, True)
    assert file.read_text() == before


def test_platforms_are_added_changed_listed_and_removed(run: Run, server: str) -> None:
    added = add(run, server)
    assert added.code == 0
    name = added.out.strip()
    assert name.startswith("platform_")
    assert add(run, server, name="Moodle of the faculty").out.strip() == name
    listed = run("lti", "platform", "list", "--address", server).out
    assert listed.count("\n") == 1
    for part in (name, "Moodle of the faculty", "client 4fX2", "deployments 1", "waiting 0"):
        assert part in listed
    assert run("lti", "platform", "remove", name, "--address", server).code == 0
    assert run("lti", "platform", "list", "--address", server).out == ""
    gone = run("lti", "platform", "remove", name, "--address", server)
    assert (gone.code, "no such platform" in gone.err) == (1, True)


def test_a_platform_whose_fields_are_wrong_is_refused_in_one_sentence(run: Run, server: str) -> None:
    refused = add(run, server, token_url="http://moodle.example.org/token")
    assert refused.code == 1
    assert "platform.token_url" in refused.err
    assert refused.err.count("\n") == 1


def test_an_invitation_is_an_address(run: Run, server: str) -> None:
    made = run("lti", "platform", "invite", "--studio", "https://studio.example.org/mammo/", "--address", server)
    assert made.out.startswith("https://studio.example.org/mammo/lti/register?token=")
    assert made.err.startswith("until 20")
