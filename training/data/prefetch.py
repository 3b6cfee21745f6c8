"""Batches read ahead by a background thread, so that the training step does not wait for the disk.

What is read depends on the position alone, so a resume needs no state of the thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from mammoganesis.errors import ConfigurationError

DEPTH = 2  # batches that are ready before they are asked for


class Batch(NamedTuple):
    """One rank's part of a step's real images, on the host."""

    images: Tensor  # uint8 [N, C, H, W]
    labels: Tensor  # float32 [N, c_dim], one-hot by field; c_dim is 0 for a set without labels


class Source(Protocol):
    """What `training.data.dataset.Dataset` offers: images and labels by position."""

    def batch(self, position: int, size: int, seed: int) -> np.ndarray:
        """uint8 [size, C, H, W]."""
        ...

    def labels(self, position: int, size: int, seed: int) -> np.ndarray:
        """float32 [size, c_dim]."""
        ...


class Prefetcher(Iterator[Batch]):
    """An endless iterator over this rank's part of consecutive batches.

    The step at position p gets the images p + rank * n ... p + (rank + 1) * n - 1 with n = batch / world, so the order
    of the data does not depend on the number of processes. Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        source: Source,
        batch: int,
        seed: int,
        position: int = 0,
        rank: int = 0,
        world: int = 1,
        stage: Callable[[np.ndarray], Tensor] = torch.from_numpy,
    ) -> None:
        """Start reading.

        Args:
            source: the data set.
            batch: images per step over all ranks, a multiple of `world`.
            seed: decides the order.
            position: real images shown before the first step.
            rank: of this process, 0 .. world - 1.
            world: processes in the run.
            stage: what the thread makes of an array, such as a tensor in page-locked memory.

        Raises:
            ConfigurationError: `batch` cannot be split among `world` processes.
        """
        if batch % world:
            raise ConfigurationError(f"--batch is {batch}; it must be a multiple of the number of processes, {world}")
        self._source, self._seed, self._stage = source, seed, stage
        self._step, self._size = batch, batch // world
        self._position = position + rank * self._size
        self._ready: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=DEPTH)
        self._closing = threading.Event()
        self._waited, self._since = 0.0, time.monotonic()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="prefetch", daemon=True)
        self._thread.start()

    def __next__(self) -> Batch:
        """The next batch; raises what reading it raised."""
        if self._failure is not None:
            raise self._failure
        before = time.monotonic()
        item = self._ready.get()
        self._waited += time.monotonic() - before
        if isinstance(item, BaseException):
            self._failure = item
            raise item
        return item

    def waiting_share(self) -> float:
        """Share of the time since the last reading in which the loop waited for data, 0 to 1."""
        now = time.monotonic()
        share = self._waited / max(now - self._since, 1e-9)
        self._waited, self._since = 0.0, now
        return min(share, 1.0)

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._thread.join()

    def __enter__(self) -> Prefetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        position = self._position
        while not self._closing.is_set():
            try:
                item = Batch(
                    self._stage(self._source.batch(position, self._size, self._seed)),
                    self._stage(self._source.labels(position, self._size, self._seed)),
                )
            except Exception as error:
                self._offer(error)
                return
            self._offer(item)
            position += self._step

    def _offer(self, item: Batch | BaseException) -> None:
        while not self._closing.is_set():
            try:
                self._ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue
