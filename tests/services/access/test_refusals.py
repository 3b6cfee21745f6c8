"""A flood of refusals is told in few entries, and none of them is left out of the counts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from services.access.refusals import Gathered
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
