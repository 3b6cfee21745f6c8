"""A flood of refusals is told in few entries, and none of them is left out of the counts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from services.access.audit_entries import Entry
from services.access.principals import ANONYMOUS
from services.access.refusals import MOST_OF_KNOWN, MOST_OF_NOBODY, Gathered, GatheredRefusals
from tests.support.edge_backend import until

Told = list[tuple[str, int]]


def gathered(told: Told, most: int = 3) -> Gathered[str]:
    return Gathered(lambda item, count: told.append((item, count)), lambda item: "more", most)


async def test_the_first_of_a_kind_is_told_at_once_and_the_others_together() -> None:
    told: Told = []
    noted = gathered(told)
    for item in ("a1", "a2", "b1", "a3"):
        noted.note(item[0], item)
    assert told == [("a1", 1), ("b1", 1)]
    noted.finish()
    assert told[2:] == [("a3", 2)]


async def test_what_has_no_room_is_counted() -> None:
    told: Told = []
    noted = gathered(told)
    for i in range(1000):
        noted.note(i, f"kind {i}")
    noted.finish()
    assert told == [("kind 0", 1), ("kind 1", 1), ("kind 2", 1), ("more", 1), ("more", 996)]


async def test_a_flood_is_told_once_a_while_and_every_one_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.access.refusals.SECONDS", 0.02)
    told: Told = []
    noted, chance, sent = gathered(told, most=1000), random.Random(1), Counter[str]()
    for _ in range(200):
        for _ in range(20):
            kind = chance.choice("abc")
            sent[kind] += 1
            noted.note(kind, kind)
        await asyncio.sleep(0)

    async def all_told() -> bool:
        return sum(count for _, count in told) == sum(sent.values())

    await until(all_told)  # without `finish`: what nothing follows is told too
    counts = Counter[str]()
    for kind, count in told:
        counts[kind] += count
    assert counts == sent
    noted.finish()
    assert sum(count for _, count in told) == sum(sent.values())


A_REFUSAL = Entry(
    entry_id="0123456789abcdef0123456789abcdef",
    at=0,
    who=ANONYMOUS.key,
    host="ipv4:10.0.0.1",
    action="CaseService/SaveCase",
    outcome="UNAUTHENTICATED",
)


async def test_other_reasons_are_no_other_kind_and_anything_else_is() -> None:
    told: list[tuple[Entry, int]] = []
    noted = GatheredRefusals[Entry](lambda entry, count: told.append((entry, count)), lambda entry: entry)
    for reason in ("reason:token: it has expired", "reason:token: not signed by one of the issuer's keys"):
        noted.note(replace(A_REFUSAL, targets=("case_id:case_1", reason)), 2)
    others: list[dict[str, str]] = [
        {"host": "10.0.0.2"},
        {"action": "CaseService/GetCase"},
        {"outcome": "PERMISSION_DENIED"},
    ]
    for other in others:
        noted.note(replace(A_REFUSAL, targets=("case_id:case_1",), **other))
    noted.note(replace(A_REFUSAL, targets=("case_id:case_2",)))
    assert [count for _, count in told] == [2, 1, 1, 1, 1]
    noted.finish()
    assert told[5:] == [(replace(A_REFUSAL, targets=("case_id:case_1", reason)), 2)]


async def test_a_flood_of_nobody_knows_whom_takes_no_room_of_those_who_are_known() -> None:
    told: list[tuple[Entry, int]] = []
    noted = GatheredRefusals[Entry](
        lambda entry, count: told.append((entry, count)), lambda entry: replace(entry, host="", action="more")
    )
    for i in range(2 * MOST_OF_NOBODY):
        noted.note(replace(A_REFUSAL, host=f"10.0.1.{i}"))
    for i in range(MOST_OF_KNOWN):
        noted.note(replace(A_REFUSAL, who="https://issuer.example|somebody", host=f"10.0.2.{i}"))
    noted.finish()
    seen = Counter[tuple[str, str]]()
    for entry, count in told:
        seen[entry.who, entry.action] += count
    assert seen == {
        (ANONYMOUS.key, A_REFUSAL.action): MOST_OF_NOBODY,
        (ANONYMOUS.key, "more"): MOST_OF_NOBODY,
        ("https://issuer.example|somebody", A_REFUSAL.action): MOST_OF_KNOWN,
    }
