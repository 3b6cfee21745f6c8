"""A call with what it asks of the engine, as admission counts it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

PAUSE_SECONDS = 1.0
"""A stream whose client takes longer with an image asks nothing of the engine meanwhile."""


def host_of(peer: str) -> str:
    """Where a client is, by gRPC's name for its connection."""
    return peer.rpartition(":")[0]


@dataclass(eq=False)
class Drawing:
    """A call with what it asks of the engine."""

    client: str  # its connection, as gRPC names the peer
    images: int  # at a time; 1 for a call that draws nothing, which counts as one
    remaining: int  # that have not come yet
    background: bool = False  # drawn when nobody else's wait
    seconds: float = math.inf  # that it had left when it came
    since: float = field(default_factory=time.monotonic)
    paused: float | None = None  # when its client began to take the last image
    host: str = field(init=False)  # where its client is

    def __post_init__(self) -> None:
        self.host = host_of(self.client)

    @property
    def asked(self) -> int:
        """Images that the engine owes it."""
        if self.paused is not None and time.monotonic() - self.paused > PAUSE_SECONDS:
            return 0
        return min(self.images, self.remaining)

    @property
    def seconds_left(self) -> float:
        """To its deadline."""
        return self.since + self.seconds - time.monotonic()


def asked_images(calls: Iterable[Drawing]) -> int:
    """Images that the engine owes some calls together."""
    return sum(call.asked for call in calls)
