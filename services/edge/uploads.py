"""Requests on their way in: how large, for how long, and how many bytes of them the edge holds.

gRPC reads a message only when it is asked for, and whole. So a call whose message is still to come waits for its turn
to read it, and one whose message does not come gives its place up as soon as others wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from mammoganesis.errors import DeadlineExceeded, Overloaded, ResourceExhausted
from services.process.config import Config
from services.process.memory import give_back

TRANSPORT_FACTOR = 2
"""gRPC itself refuses, in its own words, what is so many times larger than what is refused in ours."""
ARRIVAL_SECONDS = 20.0
"""For the first message of a call to arrive once it is its turn to be read; a stream may rest after it."""
CROWDED_ARRIVAL_SECONDS = 0.2
"""For any message while other calls wait for their turn."""
MAX_WAITING = 256
"""Calls that wait for their turn; the transport holds the beginning of each message."""

LARGE_BYTES = 2**19
GIVE_BACK_SECONDS = 2.0
"""After a request that was large, or did not arrive: then its call has ended too, and its memory can go back to the
system."""


class Uploads:
    """The requests of all calls of one edge."""

    def __init__(self, config: Config) -> None:
        self._max_request = config.max_request_bytes
        self._max_held = config.max_held_request_bytes // 2
        self._turns = asyncio.Semaphore(max(1, self._max_held // (TRANSPORT_FACTOR * config.max_request_bytes)))
        self._waiting = 0
        self._arriving: deque[tuple[asyncio.Timeout, float]] = deque()  # the oldest first; none that must hurry already
        self._held = 0
        self._giving_back: asyncio.TimerHandle | None = None
        self._free_at = 0.0  # when the last large one is, in the event loop's time

    async def read(self, messages: AsyncIterator[bytes], seconds: float | None) -> bytes | None:
        """The next message in its turn, which may take so long to arrive; None where there is none.

        Raises:
            Overloaded: too many wait already.
            DeadlineExceeded: it did not come.
            ResourceExhausted: it is larger than a request may be.
        """
        if self._turns.locked():
            if self._waiting >= MAX_WAITING:
                raise Overloaded("too many requests are on their way in; try again in a second", reason="uploads")
            self._hurry_the_oldest()
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        message = None
        try:
            message = await self._arrived(messages, seconds)
        finally:
            self._turns.release()
            if message is None or len(message) >= LARGE_BYTES:
                self._give_back_soon()
        size = len(message or b"")
        if size > self._max_request:
            del message  # an error keeps its frames, and the call may take a second to end
            raise ResourceExhausted(
                f"request: {size} bytes are more than this server takes in one: {self._max_request} "
                "(max_request_bytes); send fewer latents in a call, or recipes instead of codes"
            )
        return message

    def hold(self, upload: Upload, size: int) -> None:
        """Makes `size` bytes of what a call holds; raises Overloaded where all calls together would hold too many."""
        added = size - upload.held
        if added > 0 and self._held + added > self._max_held:
            raise Overloaded(
                f"the requests of all calls hold {self._held} of at most {self._max_held} bytes: no room for {added} "
                "more; try again in a second",
                reason="uploads",
            )
        self._held += added
        upload.held = size

    def _give_back_soon(self) -> None:
        """Large requests come in many pieces, and leave holes all over the heap."""
        loop = asyncio.get_running_loop()
        self._free_at = loop.time() + GIVE_BACK_SECONDS
        if self._giving_back is None:
            self._giving_back = loop.call_later(GIVE_BACK_SECONDS, self._give_back)

    def _give_back(self) -> None:
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, give_back)
        more = loop.time() < self._free_at  # have come meanwhile, and may not be free yet
        self._giving_back = loop.call_later(GIVE_BACK_SECONDS, self._give_back) if more else None

    def _hurry_the_oldest(self) -> None:
        if self._arriving:
            limit, begun = self._arriving.popleft()
            limit.reschedule(max(asyncio.get_running_loop().time(), begun + CROWDED_ARRIVAL_SECONDS))

    async def _arrived(self, messages: AsyncIterator[bytes], seconds: float | None) -> bytes | None:
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(CROWDED_ARRIVAL_SECONDS if self._waiting else seconds) as limit:
                entry = (limit, begun)
                self._arriving.append(entry)
                try:
                    return await anext(messages, None)
                finally:
                    if entry in self._arriving:
                        self._arriving.remove(entry)
        except TimeoutError:
            raise DeadlineExceeded("request: it has not arrived in time") from None


class Upload:
    """What one call receives, held until it is released."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self.held = 0  # bytes

    async def only(self, messages: AsyncIterator[bytes]) -> bytes | None:
        """The request of an RPC that has one; None where the client has ended its side without any. Raises as
        `Uploads.read` and `Uploads.hold` do."""
        return await self._next(messages, ARRIVAL_SECONDS)

    async def each(self, messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The requests of an RPC with a stream of them, of which the last is held; raises likewise."""
        message = await self.only(messages)
        while message is not None:
            yield message
            message = await self._next(messages, None)

    def release(self) -> None:
        """At the end of the call."""
        self._uploads.hold(self, 0)

    async def _next(self, messages: AsyncIterator[bytes], seconds: float | None) -> bytes | None:
        message = await self._uploads.read(messages, seconds)
        try:
            self._uploads.hold(self, len(message or b""))
        except Overloaded:
            del message
            raise
        return message
