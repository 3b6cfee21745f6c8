"""mammoganesis token create | list | revoke: a file that only its owner reads, and the token shown once."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.access import service_tokens
from services.access.principals import Role
from services.cli import group


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["token", *map(str, arguments)])


def test_a_token_is_drawn_listed_and_revoked(tmp_path: Path) -> None:
    file = tmp_path / "private" / "tokens.json"
    made = _run("create", "night-job", "--roles", "researcher, learner", "--groups", "lab", "--file", file)
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    assert re.fullmatch(service_tokens.SCANNED, text)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert text not in file.read_text()
    who = service_tokens.bearer_of(service_tokens.read(file.read_bytes(), "file"), text)
    assert (who.subject, who.roles, who.groups) == ("night-job", {Role.RESEARCHER, Role.LEARNER}, ("lab",))
    other = _run("create", "night-job", "--roles", "reader", "--expires", "90d", "--file", file).stdout.strip()
    first, second = _run("list", "--file", file).output.splitlines()
    assert re.match(r"tok_\w{16}  night-job +valid +\d{4}-\d\d-\d\d  -  +learner,researcher$", first)
    assert second.endswith("reader")
    revoked = _run("revoke", first.split()[0], "--file", file)
    assert revoked.output == f"{first.split()[0]}  night-job  revoked\n"
    tokens = service_tokens.read(file.read_bytes(), "file")
    assert [token.state(0) for token in tokens] == ["revoked", "valid"]
    assert service_tokens.bearer_of(tokens, other).roles == {Role.READER}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "night-job", "--roles", "king"], "auditor"),
        (["create", "Night Job", "--roles", "reader"], "small letters"),
        (["create", "night-job", "--roles", "reader", "--expires", "soon"], "90d, 12w or 1y"),
        (["create", "night-job", "--roles", "reader", "--expires", "11y"], "1 to 3650 days"),
        (["create", "night-job"], "--roles"),
        (["revoke", "nobody"], "no valid token is called nobody"),
    ],
)
def test_what_is_no_token_is_refused_in_a_sentence_and_nothing_is_written(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "tokens.json"
    result = _run(*arguments, "--file", file)
    assert result.exit_code != 0
    assert told in result.output
    assert not file.exists()
