"""The prefetcher gives what the data set gives, in the same order, from any position and for any number of ranks."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from mammoganesis.errors import ConfigurationError
from tests.support.patience import WAIT_SECONDS
from training.data.prefetch import Prefetcher


class Numbers:
    """A source whose n-th image holds n; it counts what was read."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.read = threading.Semaphore(0)

    def batch(self, position: int, size: int, seed: int) -> np.ndarray:
        self.positions.append(position)
        self.read.release()
        return np.arange(position, position + size, dtype=np.uint8).reshape(size, 1, 1, 1)

    def labels(self, position: int, size: int, seed: int) -> np.ndarray:
        return np.full((size, 1), position, dtype=np.float32)


def test_batches_are_those_of_the_data_set(tiny_data: Path) -> None:
    from training.data.dataset import Dataset

    dataset = Dataset(tiny_data)
    with Prefetcher(dataset, batch=3, seed=5, position=6) as batches:
        for position in range(6, 36, 3):
            np.testing.assert_array_equal(next(batches).images, dataset.batch(position, 3, 5))


def test_a_resume_continues_the_order() -> None:
    with Prefetcher(Numbers(), batch=4, seed=0) as whole:
        expected = [next(whole).images.ravel().tolist() for _ in range(6)]
    with Prefetcher(Numbers(), batch=4, seed=0, position=12) as rest:
        resumed = [next(rest).images.ravel().tolist() for _ in range(3)]
    assert resumed == expected[3:]


def test_ranks_together_show_what_one_process_shows() -> None:
    ranks = [Prefetcher(Numbers(), batch=6, seed=0, position=6, rank=rank, world=3) for rank in range(3)]
    steps = [[next(rank) for rank in ranks] for _ in range(4)]
    for rank in ranks:
        rank.close()
    shown = [n for step in steps for part in step for n in part.images.ravel().tolist()]
    assert shown == list(range(6, 30))
    assert [part.labels[0, 0] for part in steps[0]] == [6, 8, 10]


def test_it_reads_two_ahead_and_no_further() -> None:
    source = Numbers()
    with Prefetcher(source, batch=1, seed=0) as batches:
        for _ in range(3):  # two wait in the queue, the third waits for a place
            assert source.read.acquire(timeout=WAIT_SECONDS)
        assert not source.read.acquire(timeout=0.3)
        next(batches)
        assert source.read.acquire(timeout=WAIT_SECONDS)
    assert source.positions == [0, 1, 2, 3]


def test_waiting_is_seen() -> None:
    gate = threading.Event()

    class Slow(Numbers):
        def batch(self, position: int, size: int, seed: int) -> np.ndarray:
            gate.wait(WAIT_SECONDS)
            return super().batch(position, size, seed)

    with Prefetcher(Slow(), batch=1, seed=0) as batches:
        batches.waiting_share()
        threading.Timer(0.3, gate.set).start()
        next(batches)
        assert batches.waiting_share() > 0.5  # nothing else happened
        next(batches)
        assert batches.waiting_share() <= 1.0


def test_an_error_while_reading_reaches_the_loop() -> None:
    class Broken(Numbers):
        def batch(self, position: int, size: int, seed: int) -> np.ndarray:
            if position == 2:
                raise OSError("the disk is gone")
            return super().batch(position, size, seed)

    with Prefetcher(Broken(), batch=2, seed=0) as batches:
        next(batches)
        for _ in range(2):  # and again, instead of waiting for ever
            with pytest.raises(OSError, match="the disk is gone"):
                next(batches)


def test_a_batch_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"--batch is 10.*multiple of the number of processes, 4"):
        Prefetcher(Numbers(), batch=10, seed=0, world=4)


def test_closing_ends_the_thread() -> None:
    before = threading.active_count()
    with Prefetcher(Numbers(), batch=1, seed=0):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_the_reading_thread_makes_of_arrays_what_the_device_wants() -> None:
    threads: set[str] = set()

    def stage(values: np.ndarray) -> torch.Tensor:
        threads.add(threading.current_thread().name)
        return torch.from_numpy(values) + 100

    with Prefetcher(Numbers(), batch=2, seed=0, stage=stage) as batches:
        images, labels = next(batches)
    assert images.flatten().tolist() == [100, 101]
    assert labels.flatten().tolist() == [100, 100]
    assert threads == {"prefetch"}
