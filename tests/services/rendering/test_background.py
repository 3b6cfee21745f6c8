"""Images that can wait are drawn when nobody waits for another, alone and in batches that are soon over."""

from __future__ import annotations

import asyncio
import time

import pytest

from services.rendering.engine import LocalEngine
from services.rendering.jobs import Network, SynthesisJob
from services.rendering.queue import ATTENTION_SECONDS, Queue, Waiting
from tests.support.engine_jobs import held, some_job

SIZES: dict[Network, tuple[int, ...]] = {"synthesis": (1, 2, 4, 8), "preview": (1, 2, 4, 8)}


def waiting(number: int, background: bool = False, preview: bool = False) -> Waiting:
    job = some_job(number, background=background, preview=preview)
    return Waiting(job, None, asyncio.get_running_loop().create_future())


async def test_what_can_wait_comes_last_and_shares_no_batch() -> None:
    queue = Queue()
    behind, asked = [waiting(n, background=True) for n in range(8)], [waiting(n) for n in range(3)]
    queue.add([*behind[:4], *asked, *behind[4:]])
    assert queue.take(SIZES, {}) == (asked[:2], [])
    assert queue.take(SIZES, {}) == (asked[2:], [])
    assert queue.take(SIZES, {}) == (behind[:1], [])  # somebody has just asked, and nothing is known of the pace
    assert len(queue) == 7


async def test_nobody_who_asks_waits_long_for_what_could_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue()
    queue.add([waiting(0), *(waiting(n, background=True) for n in range(40))])
    queue.take(SIZES, {})
    assert len(queue.take(SIZES, {"synthesis": 0.02})[0]) == 2  # 0.04 s
    assert len(queue.take(SIZES, {"synthesis": 0.001})[0]) == 8
    assert len(queue.take(SIZES, {"synthesis": 3.0})[0]) == 1
    now = time.monotonic() + ATTENTION_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert len(queue.take(SIZES, {"synthesis": 3.0})[0]) == 8


async def test_what_nobody_wants_any_more_is_found_in_both() -> None:
    queue = Queue()
    items = [waiting(0), waiting(1), waiting(2, background=True), waiting(3, background=True)]
    queue.add(items)
    assert queue.remove({items[0], items[2]}) == 2
    items[3].future.cancel()
    assert queue.take(SIZES, {}) == ([items[1]], [])
    assert queue.take(SIZES, {}) == ([], [items[3]])
    assert queue.clear() == []


async def test_the_engine_draws_what_is_asked_for_before_what_came_earlier_and_can_wait(engine: LocalEngine) -> None:
    order: list[str] = []

    async def ask(name: str, job: SynthesisJob) -> int:
        (result,) = await engine.synthesize([job], None)
        order.append(name)
        return result.batch_size

    with held(engine):
        first = asyncio.create_task(ask("first", some_job(9)))  # in the arithmetic
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        background = [asyncio.create_task(ask("background", some_job(n, background=True))) for n in range(4)]
        await asyncio.sleep(0)
        asked = [asyncio.create_task(ask("asked", some_job(n))) for n in range(2)]
        await asyncio.sleep(0)
    sizes = await asyncio.gather(first, *asked, *background)
    assert order[:3] == ["first", "asked", "asked"]
    assert sizes[1:3] == [2, 2]
    assert engine.statistics.images == 7
