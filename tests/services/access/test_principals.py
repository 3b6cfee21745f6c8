"""What one process tells another of a principal."""

from __future__ import annotations

from services.access.principals import ANONYMOUS, EVERYBODY, MAX_TOLD_BYTES, SERVICE, Principal, Role

WHO = Principal("https://issuer.example", "4711", frozenset({Role.RESEARCHER}), ("ward", "choir"), "Ada")


def test_groups_are_told_where_they_are_named_and_no_more_than_metadata_holds() -> None:
    told = Principal.from_metadata(WHO.to_metadata(["choir"]))
    assert (told.key, told.roles, told.groups, told.name) == (WHO.key, WHO.roles, ("choir",), "")
    assert Principal.from_metadata(WHO.to_metadata()).groups == ()
    many = [f"{number:02}" + "é" * 254 for number in range(64)]  # 510 bytes each
    kept = Principal.from_metadata(WHO.to_metadata(many)).groups
    assert kept == tuple(many[: MAX_TOLD_BYTES // 510])
    assert len(WHO.to_metadata(many)) < 6000  # gRPC servers may refuse more than 8 KiB of metadata


def test_nobody_in_particular_is_nobody() -> None:
    assert WHO.is_somebody
    assert not any(each.is_somebody for each in (ANONYMOUS, EVERYBODY, SERVICE))
    assert not Principal.from_metadata(EVERYBODY.to_metadata()).is_somebody
