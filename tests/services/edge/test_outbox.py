"""What the edge tells records later: gathered, and at once where somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import pytest

from services.edge import outbox as module
from services.edge.outbox import Batches, Outbox


@dataclass(eq=False)
class Item:
    name: int
    is_urgent: bool = False
    bytes_held: int = 10

    def settled(self, refusal: str | None) -> None:
        assert refusal is None


class Sent:
    """Batches as they went, and an outbox that runs."""

    def __init__(self, items: int = 100, most_bytes: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.came = asyncio.Event()
        self.outbox: Outbox[Item] = Outbox("test", 10**6, self._send, Batches(most_bytes, items, 1.0))

    async def _send(self, batch: Sequence[Item], missed: int, missed_id: str) -> None:
        self.batches.append([item.name for item in batch])
        self.came.set()

    async def after(self, *items: Item) -> list[list[int]]:
        """The batches that have gone when the first one has, and all that are full or urgent."""
        running = asyncio.create_task(self.outbox.run())
        for item in items:
            assert self.outbox.put(item)
            await asyncio.sleep(0)
        await self.came.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        return self.batches


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not urgent is not sent within a test's time."""
    monkeypatch.setattr(module, "GATHER_SECONDS", 3_600.0)


async def test_what_comes_together_goes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_SECONDS", 0.2)
    assert await Sent().after(*map(Item, range(5))) == [[0, 1, 2, 3, 4]]


@pytest.mark.usefixtures("patient")
async def test_what_somebody_waits_for_goes_at_once_with_all_that_is_there() -> None:
    assert await Sent().after(Item(0), Item(1), Item(2, is_urgent=True)) == [[0, 1, 2]]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("limits", [{"items": 3}, {"most_bytes": 30}])
async def test_a_whole_batch_goes_at_once_and_the_next_is_gathered_again(limits: dict[str, int]) -> None:
    sent = Sent(**limits)
    assert await sent.after(*map(Item, range(5))) == [[0, 1, 2]]
    assert sent.outbox.bytes_held == 20
    await sent.outbox.finish()  # which gathers nothing
    assert sent.batches == [[0, 1, 2], [3, 4]]
