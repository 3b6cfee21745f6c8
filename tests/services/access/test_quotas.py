"""The document of quotas: what it says of whom, and what it must not say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mammoganesis.errors import InvalidArgument
from services.access.principals import ANONYMOUS, EVERYBODY, SERVICE, Principal, Role
from services.access.quotas import Quota, Quotas

DOCUMENT = """
[default]
images_per_day = 100
calls_per_minute = 60
streams = 1

[roles.researcher]
images_per_day = "unlimited"
streams = 4

[roles.educator]
images_per_day = 500
calls_per_minute = 30

[principals."https://login.example.org|4711"]
streams = 9

[groups.radiology]
images_per_day = 1000

[anonymous]
calls_per_minute = 5
"""


def quotas(tmp_path: Path, text: str = DOCUMENT, name: str = "quotas.toml") -> Quotas:
    file = tmp_path / name
    file.write_text(text)
    return Quotas.read(file, "MAMMOGANESIS_QUOTAS_FILE")


def who(*roles: Role, subject: str = "one", groups: tuple[str, ...] = ()) -> Principal:
    return Principal("https://login.example.org", subject, frozenset(roles), groups)


def said(document: Quotas, principal: Principal) -> dict[str, dict[str, int]]:
    shares = document.shares(principal, "ipv4:10.0.0.7")
    return {share.key: {str(quota): limit for quota, limit in share.limits.items()} for share in shares}


def test_roles_principals_groups_and_hosts_have_what_the_document_says(tmp_path: Path) -> None:
    document = quotas(tmp_path)
    one = "principal:https://login.example.org|one"
    assert said(document, who(Role.LEARNER)) == {
        one: {"images_per_day": 100, "calls_per_minute": 60, "streams": 1},
    }
    assert said(document, who(Role.EDUCATOR)) == {
        one: {"images_per_day": 500, "calls_per_minute": 30, "streams": 1},
    }
    both = said(document, who(Role.EDUCATOR, Role.RESEARCHER))
    assert both == {one: {"calls_per_minute": 30, "streams": 4}}, "the most generous of both"
    named = said(document, who(Role.LEARNER, subject="4711", groups=("radiology", "other", "radiology")))
    assert named == {
        "principal:https://login.example.org|4711": {"images_per_day": 100, "calls_per_minute": 60, "streams": 9},
        "group:radiology": {"images_per_day": 1000},
    }
    assert said(document, ANONYMOUS) == {"host:ipv4:10.0.0.7": {"calls_per_minute": 5}}
    assert said(document, EVERYBODY) == said(document, SERVICE) == {}


def test_json_says_the_same(tmp_path: Path) -> None:
    text = json.dumps({"default": {"streams": 2}, "everybody": {"bytes_per_day": 10**9}})
    document = quotas(tmp_path, text, "quotas.json")
    assert said(document, who())["principal:https://login.example.org|one"] == {"streams": 2}
    assert said(document, EVERYBODY) == {"host:ipv4:10.0.0.7": {"bytes_per_day": 10**9}}


def test_windows_follow_from_the_names() -> None:
    assert {quota: quota.seconds for quota in Quota} == {
        Quota.IMAGES_PER_DAY: 86_400,
        Quota.BYTES_PER_DAY: 86_400,
        Quota.CALLS_PER_MINUTE: 60,
        Quota.QUEUED_IMAGES: None,
        Quota.STREAMS: None,
    }


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[default]\nimages = 1", "default.images"),
        ("[default]\nstreams = -1", "default.streams"),
        ("[default]\nstreams = 1.5", "default.streams"),
        ("[default]\nstreams = true", "default.streams"),
        ('[default]\nstreams = "many"', "default.streams"),
        ("[roles.boss]\nstreams = 1", "roles.boss"),
        ("[principals.somebody]\nstreams = 1", "principals.somebody"),
        ("[users.a]\nstreams = 1", "users"),
        ("default = 1", "default"),
        ("[default", "MAMMOGANESIS_QUOTAS_FILE"),
    ],
)
def test_what_is_no_quota_is_named_with_its_place(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        quotas(tmp_path, text)
    assert caught.value.field.removeprefix(f"{tmp_path / 'quotas.toml'}: ") == field


@pytest.mark.parametrize("text", ["a = " + "[" * 10**5, f"a = {'9' * 5000}", "a = "])
def test_what_is_no_toml_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        InvalidArgument, match=r"MAMMOGANESIS_QUOTAS_FILE: .* is not allowed; allowed: TOML, or JSON in a file"
    ):
        quotas(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"MAMMOGANESIS_QUOTAS_FILE: .*No such file"):
        Quotas.read(tmp_path / "nowhere.toml", "MAMMOGANESIS_QUOTAS_FILE")
