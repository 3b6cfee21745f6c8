"""What lets people in, from the configuration: files are read at the start, and one that is wrong is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mammoganesis.errors import InvalidArgument
from services.access.principals import Role
from services.process.config import Config
from services.studio.entrance import door_of

SECRET = "a-secret-of-the-tests-" + 20 * "1"
LOGIN: dict[str, Any] = {
    "identity": "on",
    "studio_secret": SECRET,
    "studio_url": "https://studio.example.org",
    "oidc_issuer": "https://id.example.org",
    "oidc_client_id": "mammoganesis",
}


def written(folder: Path, text: str) -> Path:
    file = folder / "file"
    file.write_text(text)
    return file


def test_without_identity_there_is_no_door_and_with_it_alone_one_for_learning_platforms() -> None:
    assert door_of(Config()) is None
    door = door_of(Config(identity="on", studio_secret=SECRET))
    assert door is not None
    assert door.provider is None
    assert len(door.secrets[0]) >= 32


def test_a_whole_login_is_read(tmp_path: Path) -> None:
    keys = written(tmp_path, f"{SECRET}\n{SECRET[::-1]}\n")
    table = tmp_path / "roles.json"
    table.write_text('{"*": ["learner"], "it": ["operator"]}')
    secret = tmp_path / "secret"
    secret.write_text("first\n")
    door = door_of(
        Config(
            **LOGIN, session_key_file=keys, oidc_roles_file=table, oidc_client_secret_file=secret, session_seconds=600
        )
    )
    assert door is not None
    assert door.provider is not None
    assert (door.url, door.secrets, door.lifetimes.whole) == (LOGIN["studio_url"], (SECRET, SECRET[::-1]), 600)
    client = door.provider.client
    assert client.secret is not None
    assert client.secret() == "first"
    secret.write_text("second")  # a secret that is changed is taken at the next login
    assert client.secret() == "second"
    claims = {"sub": "a", "roles": ["it"]}
    assert client.reading.principal(claims, client.issuer).roles == {Role.LEARNER, Role.OPERATOR}


@pytest.mark.parametrize("name", ["session_key_file", "oidc_client_secret_file", "oidc_roles_file"])
@pytest.mark.parametrize("text", ["", "two words", "a\nb\nc\n", "\0", "[]", '{"a": ["admin"]}', None])
def test_a_file_that_is_none_is_named_and_not_shown(tmp_path: Path, name: str, text: str | None) -> None:
    file = tmp_path / "missing" if text is None else written(tmp_path, text)
    if name == "oidc_client_secret_file" and text in ("[]",):
        return  # a secret may be anything without spaces
    with pytest.raises(InvalidArgument, match=f"^MAMMOGANESIS_{name.upper()}") as caught:
        door_of(Config(**LOGIN, **{name: file}))
    assert "two words" not in caught.value.message


def test_a_studio_that_the_edge_would_not_believe_does_not_start() -> None:
    with pytest.raises(InvalidArgument, match=r"^MAMMOGANESIS_STUDIO_SECRET: nothing"):
        door_of(Config(**{**LOGIN, "studio_secret": None}))
    with pytest.raises(InvalidArgument, match=r"^MAMMOGANESIS_OIDC_ISSUER"):
        door_of(Config(**{**LOGIN, "oidc_issuer": "http://id.example.org"}))
