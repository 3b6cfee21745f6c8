"""Calls that were lost between edge and services are made again, where that gives the same (`Route.repeatable`)."""

from __future__ import annotations

import asyncio
import random

import grpc

from services.wire.refusals import is_lost

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 1.0
"""Each pause is twice the one before. A proxy that has died is back after about five seconds."""
TIME_TO_SAY_SO_SECONDS = 0.5
"""Before its deadline: the client is told that there is no answer, rather than hearing nothing."""


class Repeats:
    """Of one call.

    Args:
        most: how often it may be made again.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = 0

    @property
    def are_spent(self) -> bool:
        """Whether it is not made again any more."""
        return self.count >= self._most

    async def pause(self, error: grpc.aio.AioRpcError, seconds_left: float) -> bool:
        """Whether the call that ended with `error` is to be made again; returns when it is time to.

        Args:
            seconds_left: to the call's deadline.
        """
        # Not all at the same moment: those lost together come back one after the other.
        pause = min(FIRST_PAUSE_SECONDS * 2**self.count, LONGEST_PAUSE_SECONDS) * random.uniform(0.75, 1.25)
        if self.are_spent or not is_lost(error) or pause + TIME_TO_SAY_SO_SECONDS > seconds_left:
            return False
        self.count += 1
        await asyncio.sleep(pause)
        return True
