"""Tokens for programs: drawn, shown once, kept as hashes that SHA-256 of another program agrees with."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from mammoganesis.errors import FailedPrecondition, InvalidArgument, NotFound, Unauthenticated
from services.access import service_tokens
from services.access.principals import Principal, Role
from services.access.service_tokens import SCANNED, bearer_of, new, read, with_new, without, written

WHO = Principal("token", "night-job", frozenset({Role.RESEARCHER, Role.OPERATOR}), ("radiology",))


def test_what_is_kept_is_a_hash_and_what_is_shown_is_found_by_scanners(tmp_path: Path) -> None:
    text, token = new(WHO, None)
    assert re.fullmatch(SCANNED, text)
    assert (
        token.digest
        == subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True)
        .stdout.decode()
        .split()[0]
    )
    content = written([token])
    assert text not in content.decode()
    assert text[13:] not in content.decode()
    assert read(content, "file") == (token,)
    assert bearer_of(read(content, "file"), text) == WHO
    assert new(WHO, None)[0] != text


def test_a_token_ends_with_its_time_or_when_it_is_revoked() -> None:
    text, token = new(WHO, 60, now=1000)
    assert bearer_of([token], text, now=1059) == WHO
    with pytest.raises(Unauthenticated, match=r"night-job \(tok_[0-9a-f]{16}\) is expired"):
        bearer_of([token], text, now=1060)
    for which in (token.id, "night-job"):
        revoked = without([token], which, now=1010)
        with pytest.raises(Unauthenticated, match="is revoked"):
            bearer_of(revoked, text, now=1020)
        assert read(written(revoked), "file") == revoked
        with pytest.raises(NotFound):
            without(revoked, which, now=1030)
    with pytest.raises(NotFound):
        without([token], "day-job", now=1010)


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: text + "0", lambda text: text.swapcase()])
def test_no_other_text_is_taken(change) -> None:
    text, token = new(WHO, None)
    with pytest.raises(Unauthenticated, match="does not know it"):
        bearer_of([token, new(WHO, None)[1]], change(text))


@pytest.mark.parametrize("name", ["", "Night", "night job", "-a", "a" * 65, "a\n"])
def test_a_name_is_one_word_of_small_letters(name: str) -> None:
    with pytest.raises(InvalidArgument, match="small letters"):
        new(Principal("token", name), None)


def test_there_are_at_most_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_tokens, "MAX_TOKENS", 1)
    (_, one), (_, other) = new(WHO, None), new(WHO, None)
    assert with_new([], one) == (one,)
    with pytest.raises(FailedPrecondition, match="there may be 1"):
        with_new([one], other)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("id", value) for value in ("tok_1", None, 7)),
        *(("name", value) for value in ("", "A", None)),
        *(("sha256", value) for value in ("00", "G" * 64, None)),
        *(("roles", value) for value in (["king"], "reader", None)),
        *(("groups", value) for value in ("radiology", [1])),
        *(("created", value) for value in (None, 7, "yesterday", "2027-01-31T12:00:00")),
        ("expires", "never"),
    ],
)
def test_a_file_that_was_altered_is_refused_by_its_field(key: str, value: object) -> None:
    content = json.loads(written([new(WHO, 60)[1]]))
    content["tokens"][0][key] = value
    with pytest.raises(InvalidArgument):
        read(json.dumps(content).encode(), "MAMMOGANESIS_SERVICE_TOKENS_FILE")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": "mammoganesis.service-tokens"}', b"\xff"])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidArgument, match=r"^FILE"):
        read(content, "FILE")
