"""Who a client says it is: from a value, a file or the environment, to a real edge that asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mammoganesis.errors import FailedPrecondition, InvalidArgument, PermissionDenied, Unauthenticated
from services.access import service_tokens
from services.access.principals import Principal, Role
from services.cli import group
from services.client import Client
from tests.support.served import served_edge
from tests.support.serving import TINY


def _drawn(name: str, *roles: Role) -> tuple[str, service_tokens.ServiceToken]:
    return service_tokens.new(Principal(service_tokens.ISSUER, name, frozenset(roles)), None)


ONE, TWO, READER = _drawn("one", Role.LEARNER), _drawn("two", Role.LEARNER), _drawn("three", Role.READER)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("tokens") / "tokens.json"
    file.write_bytes(service_tokens.written([token for _, token in (ONE, TWO, READER)]))
    with served_edge(TINY, edge={"identity": "on", "service_tokens_file": file}) as found:
        yield found


def test_a_client_says_who_it_is_by_a_value(address: str) -> None:
    with Client.connect(address, token=ONE[0]) as client:
        (image,) = client.sample([7])
        assert image.message.burned_in
        assert len(list(client.stream([7, 8]))) == 2
    with Client.connect(address) as client, pytest.raises(Unauthenticated, match="log in, or bring a token"):
        client.sample([7])
    with (
        Client.connect(address, token=READER[0]) as client,
        pytest.raises(PermissionDenied, match="roles: reader"),
    ):
        client.sample([7])


def test_a_file_is_read_again_when_its_token_is_renewed(address: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{ONE[0]}\n")
    with Client.connect(address, token_file=file) as client:
        client.sample([7])
        file.write_text("made-up")
        with pytest.raises(Unauthenticated):
            client.sample([7])
        file.write_text(TWO[0])
        client.sample([7])
        file.write_text("two words")
        with pytest.raises(InvalidArgument, match="token_file: '9 characters'"):
            client.sample([7])


def test_what_is_no_token_is_told_without_it(tmp_path: Path) -> None:
    for bad in ("", "secret token", "secret\ntoken", "sécret", "x" * 20_000):
        with pytest.raises(InvalidArgument, match="one token") as caught:
            Client.connect("127.0.0.1:1", token=bad)
        assert "cret" not in caught.value.message
    with pytest.raises(InvalidArgument, match="one of token and token_file"):
        Client.connect("127.0.0.1:1", token="a", token_file=tmp_path)
    with pytest.raises(InvalidArgument, match="a file that can be read"):
        Client.connect("127.0.0.1:1", token_file=tmp_path / "absent")


def test_a_token_does_not_go_readable_over_a_network() -> None:
    for address in ("mammo.example.org:50051", "10.0.0.7:50051", "dns:///mammo.example.org:50051"):
        with pytest.raises(FailedPrecondition, match="can read it"):
            Client.connect(address, token="a")
        Client.connect(address, token="a", token_over_plaintext=True).close()
        Client.connect(address, token="a", ca="system").close()
        Client.connect(address).close()


def _run(address: str, *arguments: str, **variables: str) -> Result:
    environment = {f"MAMMOGANESIS_{name.upper()}": value for name, value in variables.items()}
    return CliRunner().invoke(group, ["model", "--address", address, *arguments], env=environment)


def test_every_command_takes_a_token_of_a_file_or_the_environment_and_none_on_its_line(
    address: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(ONE[0])
    assert _run(address, "--token-file", str(file)).exit_code == 0
    assert _run(address, token_file=str(file)).exit_code == 0
    assert _run(address, token=ONE[0]).exit_code == 0
    assert _run(address, "--token-file", str(file), token="made-up").exit_code == 0
    for refused in (_run(address), _run(address, token="made-up"), _run(address, token=ONE[0], token_file=str(file))):
        assert refused.exit_code == 1
        assert "Error" in refused.output or "error" in refused.output
        assert ONE[0] not in refused.output
    assert _run(address, "--token", ONE[0]).exit_code == 2
    assert "can read it" in _run("mammo.example.org:50051", token=ONE[0]).output
