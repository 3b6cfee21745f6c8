"""What the edge tells records later, in batches: a bounded queue, and the task that sends it on."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import grpc

from services.observability.logs import event
from services.observability.occasionally import Occasionally

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
GATHER_SECONDS = 0.5
"""From what comes first until it is sent, with all that has come by then: records needs three times as long for images
that come to it one by one."""
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)


class Telling(Protocol):
    """What is told."""

    @property
    def bytes_held(self) -> int:
        """Its share of what the queue may hold."""
        ...

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for it."""
        ...

    def settled(self, refusal: str | None) -> None:
        """Records has it, or refuses it for good."""


Item = TypeVar("Item", bound=Telling)
Send = Callable[[Sequence[Item], int, str], Awaitable[None]]
"""Sends a batch, how many were missed before it, and the id of that count ("" for none)."""


@dataclass(frozen=True)
class Batches:
    """How large a batch may be, and how long to wait between failures at most."""

    bytes: int
    items: int
    longest_pause_seconds: float


class Outbox(Generic[Item]):
    """A queue of one edge.

    Where it is full, what comes is counted instead of held, and records is told how many it lacks.

    Args:
        name: in lines of the log.
        most: bytes that are held; 0: nothing is.
    """

    def __init__(self, name: str, most: int, send: Send[Item], batches: Batches) -> None:
        self._name, self._most, self._send, self._batches = name, most, send, batches
        self._held: deque[Item] = deque()
        self._sending = 0  # of these, the first
        self._bytes = 0
        self._missed = 0
        self._gap: tuple[int, str] | None = None  # what is being told of those that were missed, and its id
        self._waiting, self._urgent = asyncio.Event(), asyncio.Event()
        self._lines = Occasionally()

    @property
    def bytes_held(self) -> int:
        """Of what records has not heard of yet."""
        return self._bytes

    @property
    def is_open(self) -> bool:
        """Whether anything is held."""
        return self._most > 0

    def put(self, item: Item) -> bool:
        """Whether there was room for it."""
        if not self._most:
            return False
        self._waiting.set()
        if self._bytes + item.bytes_held > self._most:
            self._missed += 1
            self._tell("no room for more", {"held": len(self._held)})
            return False
        self._held.append(item)
        self._bytes += item.bytes_held
        if item.is_urgent or self._is_a_batch():
            self._urgent.set()
        return True

    def withdraw(self, item: Item) -> None:
        """Takes an item back that is not being sent yet."""
        if item in list(self._held)[self._sending :]:
            self._held.remove(item)
            self._bytes -= item.bytes_held

    async def run(self) -> None:
        """Sends what is held, for ever: a moment after it came, at once where somebody waits for it or there is a batch
        of it. Waits longer from one failure to the next."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._waiting.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._urgent.wait()
            if await self._sent():
                pause = FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._batches.longest_pause_seconds)

    async def finish(self) -> None:
        """Sends what is held, as long as records takes it, and takes no more."""
        self._most = self._sending = 0
        while self._waiting.is_set() and await self._sent():
            pass
        self._waiting.clear()
        if self._held:
            event(logger, logging.WARNING, f"{self._name}: not told", {"items": len(self._held)})

    async def _sent(self) -> bool:
        """Whether the next batch is done with; one that records refuses for good counts as missed."""
        batch = self._batch()
        if self._gap is None and self._missed:
            self._gap, self._missed = (self._missed, uuid.uuid4().hex), 0
        refusal = None
        self._sending = len(batch)
        try:
            await self._send(batch, *(self._gap or (0, "")))
        except grpc.aio.AioRpcError as error:
            refusal = error.details() or error.code().name
            if error.code() in _AWAY:
                self._tell("records is away", {"reason": refusal, "held": len(self._held)})
                return False
            self._tell("records refuses", {"reason": refusal, "items": len(batch)})
        finally:
            self._sending = 0
        for item in batch:
            self._held.popleft()
            self._bytes -= item.bytes_held
            item.settled(refusal)
        if refusal is not None:
            self._missed += len(batch)
            return False
        self._gap = None
        if not self._is_a_batch() and not any(item.is_urgent for item in self._held):
            self._urgent.clear()
        if not self._held and not self._missed:
            self._waiting.clear()
        return True

    def _is_a_batch(self) -> bool:
        """Whether no more is waited for."""
        return len(self._held) >= self._batches.items or self._bytes >= self._batches.bytes

    def _batch(self) -> list[Item]:
        """The oldest that are held: one at least, where there is one."""
        batch: list[Item] = []
        size = 0
        for item in self._held:
            size += item.bytes_held
            if batch and (size > self._batches.bytes or len(batch) >= self._batches.items):
                break
            batch.append(item)
        return batch

    def _tell(self, what: str, fields: dict[str, object]) -> None:
        if (more := self._lines.due(what)) is not None:
            event(logger, logging.WARNING, f"{self._name}: {what}{more}", fields)
