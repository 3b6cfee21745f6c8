"""Workers on nodes that come and go, in a Ray of which each step is said by the test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mammoganesis.errors import Unavailable
from services.bulk import pool
from services.bulk.pool import Pool, Shard

SHARDS: list[Shard] = [(number, range(number, number + 1)) for number in range(12)]


class WorkerLost(Exception):  # noqa: N818
    """As Ray's errors of a dead actor."""


class Work:
    """A worker: `ready` and `make` answer with references."""

    def __init__(self, ray: Nodes) -> None:
        self.ready = SimpleNamespace(remote=lambda: ray.asked(self, None))
        self.make = SimpleNamespace(remote=lambda number, indices: ray.asked(self, number))


class Nodes:
    """A Ray with room for `places` workers, each of which does a shard a step; the others wait. `steps` is called with
    the number of the step, and changes what there is."""

    def __init__(self, places: int, steps: Callable[[int], object] = lambda step: None) -> None:
        self.places, self._steps, self.step = places, steps, 0
        self.placed: list[Work] = []
        self.waiting: list[Work] = []
        self.most_waiting = self.lost = 0
        self._answers: dict[object, tuple[Work, int | None]] = {}
        self.exceptions = SimpleNamespace(RayError=WorkerLost, RayTaskError=type("TaskFailed", (Exception,), {}))

    def start(self) -> Work:
        worker = Work(self)
        self.waiting.append(worker)
        return worker

    def asked(self, worker: Work, shard: int | None) -> object:
        reference = object()
        self._answers[reference] = (worker, shard)
        return reference

    def wait(self, references: list[object], timeout: float, num_returns: int = 1) -> tuple[list[object], list[object]]:
        self.step += 1
        assert self.step < 100
        self._steps(self.step)
        while self.waiting and len(self.placed) < self.places:
            self.placed.append(self.waiting.pop(0))
        self.most_waiting = max(self.most_waiting, len(self.waiting))
        ready, busy = [], set()
        for reference in references:
            worker, _ = self._answers[reference]
            if worker not in (*self.placed, *self.waiting):
                ready.append(reference)
            elif worker in self.placed and worker not in busy:
                ready.append(reference)
                busy.add(worker)
        return ready, []

    def get(self, reference: object) -> int:
        worker, _ = self._answers[reference]
        if worker not in self.placed:
            raise WorkerLost
        return 1

    def kill(self, worker: Work) -> None:
        for line in (self.placed, self.waiting):
            if worker in line:
                line.remove(worker)

    def lose(self, node: int) -> None:
        """A node goes, with its worker."""
        self.places -= 1
        self.placed.pop(node)
        self.lost += 1


def made(ray: Any, workers: int, shards: list[Shard] = SHARDS) -> Iterator[int]:
    return (number for number, _ in Pool(ray, ray.start, workers, lambda: False).run(shards))


def test_workers_without_a_place_wait_and_take_shards_when_a_node_comes() -> None:
    def grows(step: int) -> None:
        ray.places = {4: 1, 7: 3}.get(step, ray.places)

    ray = Nodes(0, grows)
    assert sorted(made(ray, 3)) == list(range(12))
    assert ray.most_waiting == 3, "what a cluster adds nodes for"
    assert ray.step < 4 + 12, "the nodes that came later have worked too"


def test_a_worker_ends_when_there_is_no_shard_for_it() -> None:
    ray = Nodes(2)
    run = made(ray, 4)
    seen = [(next(run), len(ray.placed) + len(ray.waiting)) for _ in SHARDS]
    assert seen[0][1] == 4
    assert seen[-1][1] <= 2, "those that wait for a node are not waited for"
    assert list(run) == []
    assert (ray.placed, ray.waiting) == ([], [])


def test_a_node_that_goes_while_it_works_loses_no_shard() -> None:
    def shrinks(step: int) -> None:
        if step in (3, 5):
            ray.lose(0)
        if step == 12:
            ray.places = 1

    ray = Nodes(2, shrinks)
    found = list(made(ray, 2))
    assert sorted(found) == list(range(12))
    assert (ray.placed, ray.waiting) == ([], [])


def test_nodes_may_be_lost_again_and_again_as_long_as_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_ATTEMPTS", 3)

    def loses(step: int) -> None:
        if step % 5 == 0 and ray.placed:
            ray.lose(0)
            ray.places += 1

    ray = Nodes(1, loses)
    assert sorted(made(ray, 1)) == list(range(12))
    assert ray.lost >= 3, "more starts than a worker that always dies gets"
    dying = Nodes(1, lambda step: dying.placed.clear())
    with pytest.raises(Unavailable, match="die again and again"):
        list(made(dying, 1))


def test_it_is_said_that_nobody_works(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(pool, "TOLD_SECONDS", -1)
    ray = Nodes(0, lambda step: setattr(ray, "places", int(step > 3)))
    with caplog.at_level(logging.WARNING):
        list(made(ray, 2, SHARDS[:2]))
    assert "2 workers wait for a place or are opening their engines; none is up" in caplog.text
