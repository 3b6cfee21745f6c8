"""A crew that draws through a running edge, in the background: the engine that answers everybody else does the work."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mammoganesis import files
from mammoganesis.errors import DeadlineExceeded, ResourceExhausted, Unavailable
from mammoganesis.v1.latents_pb2 import Recipe
from services.bulk.destination import PATIENCE_SECONDS, Destination
from services.bulk.making import NOBODY, RAW, Maker, Signers, Unencoded, nowhere
from services.bulk.plan import Plan
from services.bulk.pool import Shard
from services.bulk.reasons import NOTHING, Reason
from services.client import Client
from services.observability.logs import event

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

POLL_SECONDS = 0.5  # after which somebody is asked whether the job has been cancelled
AGAIN_SECONDS = 2.0  # after which a call that the server could not answer is made again
QUOTA_AGAIN_SECONDS = 15.0
"""The same where a quota is used up: it may begin anew only at midnight, and who keeps it may raise it before."""
PASSES = (Unavailable, DeadlineExceeded, ResourceExhausted)
"""What is over after a while: the server starts again, has too much to do, or a quota of the day is used up."""
ROOM_BYTES = 4096
"""Of a call that registers a file, beside the file: its destination above all."""


class GivenUp(Exception):  # noqa: N818
    """Work was stopped in the middle of a shard, which is not there then."""


class Dropped(Exception):  # noqa: N818
    """A shard was waiting for the server when its job was cancelled, and is not there."""


@dataclass(frozen=True)
class ServedCrew:
    """Who makes the shards of a job of the service.

    Attributes:
        client: of the edge, in the background.
        shards_at_once: each has one call in flight, or is being written.
        images_at_once: of one call.
        halted: set, what is under way is given up.
        cancelled: set, what waits for the server is dropped: for a quota that may be until tomorrow.
        trouble: told what is waited for and for how many seconds (None: nobody knows), and NOTHING when that is over.
        begun: told when the first shard that is not there yet begins.
        patience_seconds: how long a store may be away.
        signers: of what is written.
        registers: whether what is written goes into the registry.
    """

    client: Client
    shards_at_once: int
    images_at_once: int
    halted: threading.Event
    cancelled: threading.Event
    trouble: Callable[[Reason, float | None], object]
    begun: Callable[[], object]
    patience_seconds: float = PATIENCE_SECONDS
    signers: Signers = NOBODY
    registers: bool = True

    def made(
        self,
        plan: Plan,
        bundle: files.Location,
        destination: Destination,
        missing: Sequence[Shard],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, int]]:
        """As `services.bulk.driver.Making`.

        Raises:
            GivenUp: `halted` was set.
            FailedPrecondition: another bundle is being served.
        """
        self.begun()
        waiting, running = deque(missing), dict[Future[int], int]()
        register = partial(self._register, destination=str(destination)) if self.registers else nowhere
        maker = Maker(plan, destination, self._draw, self.signers, register)
        with ThreadPoolExecutor(self.shards_at_once, thread_name_prefix="shard") as threads:
            while waiting or running:
                if waiting and cancelled():
                    waiting.clear()
                while waiting and len(running) < self.shards_at_once:
                    number, indices = waiting.popleft()
                    running[threads.submit(maker.make, number, indices)] = number
                done, _ = wait(running, POLL_SECONDS, FIRST_COMPLETED)
                for future in done:
                    number = running.pop(future)
                    try:
                        images = future.result()
                    except Dropped:
                        continue
                    yield number, images

    def _draw(self, recipes: Sequence[Recipe]) -> list[Unencoded | None]:
        drawn: list[Unencoded | None] = []
        for start in range(0, len(recipes), self.images_at_once):
            wanted = recipes[start : start + self.images_at_once]
            images = self._answered(lambda wanted=wanted: self.client.allowed(wanted, picture=RAW))
            drawn += [None if image is None else Unencoded.of(image) for image in images]
        return drawn

    def _register(self, images: Sequence[bytes], destination: str) -> None:
        """Files that a call does not take are left out, and the log says so."""
        most = self._most_registered()
        taken = [data for data in images if len(data) <= most]
        if left := len(images) - len(taken):
            fields = {"destination": destination, "images": left, "max_request_bytes": most + ROOM_BYTES}
            event(logger, logging.WARNING, "too large to be registered", fields)
        self._answered(lambda: self.client.register_images(taken, destination))

    def _most_registered(self) -> int:
        """Bytes of a file."""
        return self._answered(self.client.model).limits.max_request_bytes - ROOM_BYTES

    def _answered(self, call: Callable[[], Answer]) -> Answer:
        """What a call of the server answers, however long it is away or busy."""
        while not self.halted.is_set():
            try:
                answer = call()
            except PASSES as error:
                self.trouble(Reason.of(error), error.retry_seconds)
                seconds = error.retry_seconds or AGAIN_SECONDS
                self._pause(min(max(seconds, AGAIN_SECONDS), QUOTA_AGAIN_SECONDS))
                continue
            self.trouble(NOTHING, None)
            return answer
        raise GivenUp

    def _pause(self, seconds: float) -> None:
        """Until then, or work is halted; raises Dropped when the job is cancelled."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and not self.halted.wait(min(left, POLL_SECONDS)):
            if self.cancelled.is_set():
                raise Dropped
