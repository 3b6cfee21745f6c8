"""Streams on their way to clients that may be slow: none holds up another, and none holds what others need.

A stream that waits for its client has its own call to the services, with a small window (`server.py`), one message
here, and a place. Nobody else waits for it while there are places. When there are none, a new stream takes that of
one whose client stands still, of the host that has the most; where all flow, of the host that has more than its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from mammoganesis.errors import DeadlineExceeded, MammoganesisError, Overloaded, ResourceExhausted
from services.process.config import Config, variable
from services.wire.metadata import Metadata
from services.wire.refusals import Status

PATIENCE_SECONDS = 5.0
"""A stream that has waited for its client for longer stands still."""

TELLING_SECONDS = 1.0
"""For a status to go out before its call is over here."""


class Streams:
    """The streams that are open in one edge, and what clients have yet to read of those that have ended."""

    def __init__(self, config: Config) -> None:
        self._most = config.max_streams
        self._stall_seconds = config.stream_stall_seconds
        self._open: set[Stream] = set()
        self._unread: set[asyncio.Task[Any]] = set()

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._open)

    @asynccontextmanager
    async def place(self, context: grpc.aio.ServicerContext, host: str) -> AsyncIterator[Stream]:
        """A place for one stream, of a client at `host`, while the context is entered.

        Raises:
          Overloaded: all are taken, by streams that flow or by what ended ones have left unread.
        """
        stream = Stream(context, host, self._stall_seconds)
        if len(self._open) >= self._most:
            self._make_room(stream)
        if len(self._unread) >= self._most:
            raise self._full()
        self._open.add(stream)
        try:
            yield stream
        finally:
            self._open.discard(stream)

    async def tell(self, context: grpc.aio.ServicerContext, status: Status, trailing: Metadata) -> None:
        """Ends a call with a status. It waits behind the messages that the client has not taken, and comes to one that
        reads on; this returns when it has gone out, or after TELLING_SECONDS.

        Args:
          trailing: metadata beside that of the status.
        """
        telling = asyncio.create_task(context.abort(status.code, status.details, (*trailing, *status.trailing)))
        self._unread.add(telling)
        telling.add_done_callback(self._told)
        await asyncio.wait({telling}, timeout=TELLING_SECONDS)

    def _told(self, telling: asyncio.Task[Any]) -> None:
        self._unread.discard(telling)
        if not telling.cancelled():
            telling.exception()  # the one that ends every abort; gRPC raises it again when the handler returns

    def _make_room(self, new: Stream) -> None:
        places = Counter(stream.host for stream in self._open)

        def claim(stream: Stream) -> tuple[bool, int, float]:
            return stream.stands_still, places[stream.host], stream.waiting_seconds

        chosen = max(self._open, key=claim)
        if not chosen.stands_still and places[chosen.host] <= places[new.host] + 1:
            raise self._full()
        self._open.discard(chosen)
        chosen.give_way()

    def _full(self) -> Overloaded:
        text = f"{self._most} streams are open ({variable('max_streams')}); try again in a moment"
        return Overloaded(text, PATIENCE_SECONDS, "streams")


class Stream:
    """One stream of answers to a client."""

    def __init__(self, context: grpc.aio.ServicerContext, host: str, stall_seconds: float) -> None:
        self._context = context
        self._stall_seconds = stall_seconds
        self.host = host
        self._begun = False
        self._messages = 0
        self._since: float | None = None  # the client is waited for; in the event loop's time
        self._limit: asyncio.Timeout | None = None
        self._gives_way = False

    @property
    def waiting_seconds(self) -> float:
        """How long the client has taken nothing of what there is for it; 0 where there is nothing."""
        return 0.0 if self._since is None else asyncio.get_running_loop().time() - self._since

    @property
    def stands_still(self) -> bool:
        """Whether its client has taken nothing for long enough to lose its place to any other."""
        return self.waiting_seconds >= PATIENCE_SECONDS

    def give_way(self) -> None:
        """Ends the stream, so that another has its place: now where it waits for its client, else with its next
        message."""
        self._gives_way = True
        if self._since is not None and self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def write(self, message: bytes) -> None:
        """Hands a message on; returns when there is room for it on the way to the client.

        Raises:
          DeadlineExceeded: the client has taken nothing for `stream_stall_seconds`.
          ResourceExhausted: its place is needed.
          CancelledError: it has gone.
        """
        if not self._begun:
            # Apart from the first message: of one that is given up, gRPC forgets whether they went with it.
            await self._context.send_initial_metadata(())
            self._begun = True
        if self._gives_way:
            raise self._stalled()
        self._since = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._stall_seconds) as self._limit:
                await self._context.write(message)
        except TimeoutError:
            raise self._stalled() from None
        except grpc.aio.InternalError:  # gRPC's word where the client has gone while its message waited
            raise asyncio.CancelledError from None
        finally:
            self._since = None
        self._messages += 1

    def _stalled(self) -> MammoganesisError:
        taken = f"after {self._messages} messages the client has taken none for {self.waiting_seconds:.3g} seconds"
        advice = "go on behind the last one received, and take them as they come"
        if self._gives_way and self._since is None:
            return ResourceExhausted(
                f"after {self._messages} messages others need the place of the stream, which has ended, since its host "
                "has the most; go on behind the last one received"
            )
        if self._gives_way:
            return ResourceExhausted(f"{taken}, and others need the place of the stream, which has ended; {advice}")
        limit = f"{variable('stream_stall_seconds')} is {self._stall_seconds:g}"
        return DeadlineExceeded(f"{taken} ({limit}); the stream has ended; {advice}")
