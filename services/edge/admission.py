"""Which calls the engine is given, and when; what it could not draw in time is refused at the door.

A call costs the images that it draws (`services.servicers.requests.images_drawn`). Calls with one answer go to the
engine a few batches at a time and wait in a fair line here: next comes the host with the fewest images in the engine,
then its connection with the fewest, then who has waited longest. Refused, with the time after which to try again, is

    a call that would not be done within its deadline, by the images before it and the capacity that was learned,
    a connection that would hold more than it leaves free for others, and a host that would hold four times as much;
    where another connection of its host holds more and waits in line, the latest call of that one in its place.

Calls in the background (`x-priority: background`) have their turn when no other waits for one, and no other counts them
before itself: the engine draws their images last.

Streams last too long for a line: they begin at once or are refused, in a room of their own; so do calls that draw
nothing, which never wait for those that do.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from mammoganesis.errors import DeadlineExceeded, Overloaded
from services.edge.capacity import Capacity
from services.observability import traces
from services.process.config import Config

BATCHES_AT_ONCE = 4
"""In the engine, of calls with one answer: one being drawn, the others on their way in and out."""
DEADLINE_SHARE = 0.8
"""Of a deadline that is planned with; the rest is for what a plan does not know."""
HOST_SHARE = 4
"""A host may hold so many times what is free; a connection once."""
STREAM_SHARE = 0.75
"""Of the engine's queue that streams may fill; the rest is for the batches of other calls."""
CALLS_WITHOUT_IMAGES = 512
"""At a time, by the rule for connections and hosts."""
PAUSE_SECONDS = 1.0
"""A stream whose client takes longer with an image asks nothing of the engine meanwhile."""
LEAST_RETRY_SECONDS, MOST_RETRY_SECONDS = 0.25, 30.0
UNKNOWN_RETRY_SECONDS = 1.0  # where no capacity is known

Answer = TypeVar("Answer")


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


class Admission:
    """The door of one edge to the engine."""

    def __init__(self, config: Config) -> None:
        self._batch = config.max_batch_size
        self._at_once = min(BATCHES_AT_ONCE * config.max_batch_size, config.max_queued_images)
        self._window = config.stream_window_images
        self._room = config.max_queued_images
        self._stream_room = max(self._window, int(STREAM_SHARE * config.max_queued_images))
        self._capacity = Capacity(config.max_batch_size)
        self._line: dict[Drawing, asyncio.Future[None]] = {}
        self._singles: set[Drawing] = set()  # in the engine
        self._streams: set[Drawing] = set()
        self._others: set[Drawing] = set()  # that draw nothing

    @asynccontextmanager
    async def single(self, client: str, images: int, seconds: float, background: bool = False) -> AsyncIterator[None]:
        """A call with one answer, from its turn to its end; without an error all of its images have come by then.

        Args:
            client: its connection.
            images: that it draws, 0 or more.
            seconds: that it has left.
            background: whether it can wait until nobody else does.

        Raises:
            Overloaded: it is refused, at once.
            DeadlineExceeded: its turn did not come in time after all.
        """
        if not images:
            async with self._other(client):
                yield
            return
        call = Drawing(client, images, images, background)
        self._check_time(call, self._before(call), seconds)
        self._find_room(call)
        await self._turn(call, seconds)
        try:
            yield
            self._note(call, images)
        finally:
            self._note(call, 0)
            self._singles.discard(call)
            self._give_turns()

    @asynccontextmanager
    async def stream(
        self, client: str, images: int, seconds: float, background: bool = False
    ) -> AsyncIterator[Drawing]:
        """A call with a stream of answers, which goes through `each`. Arguments and Overloaded as of `single`."""
        if not images:
            async with self._other(client) as call:
                yield call
            return
        call = Drawing(client, min(images, self._window), images, background)
        _check_room(call, self._streams, self._stream_room, self._capacity)
        self._check_time(call, self._owed_before(call), seconds)
        self._note(call, 0)
        self._streams.add(call)
        try:
            yield call
        finally:
            self._note(call, 0)
            self._streams.discard(call)

    async def each(self, call: Drawing, answers: AsyncIterator[Answer]) -> AsyncIterator[Answer]:
        """The answers of a stream, an image each. What is done with one before the next is asked for is no time of the
        engine's."""
        async for answer in answers:
            self._note(call, 1)
            call.paused = time.monotonic()
            yield answer
            call.paused = None

    def _find_room(self, call: Drawing) -> None:
        while True:
            try:
                return _check_room(call, [*self._line, *self._singles], self._room, self._capacity)
            except Overloaded:
                if not self._have_one_refused(call):
                    raise

    def _have_one_refused(self, instead: Drawing) -> bool:
        """Of the same host, in line, of the connection that holds the most, if that is more than the one of `instead`
        would."""
        held: dict[str, int] = {}
        for call in (*self._line, *self._singles, instead):
            held[call.client] = held.get(call.client, 0) + call.images
        more = [call for call in self._line if call.host == instead.host and held[call.client] > held[instead.client]]
        if not more:
            return False
        latest = max(more, key=lambda call: (held[call.client], call.since))
        turn = self._line.pop(latest)
        if not turn.done():
            reason = f"its connection holds {held[latest.client]} images, and another one of its host less"
            turn.set_exception(_refused("host", reason, UNKNOWN_RETRY_SECONDS))
        return True

    @asynccontextmanager
    async def _other(self, client: str) -> AsyncIterator[Drawing]:
        call = Drawing(client, 1, 1)
        _check_room(call, self._others, CALLS_WITHOUT_IMAGES, self._capacity)
        self._others.add(call)
        try:
            yield call
        finally:
            self._others.discard(call)

    @property
    def waiting(self) -> int:
        """Images of calls that wait for their turn."""
        return sum(call.images for call in self._line)

    @property
    def asked(self) -> int:
        """Images that the engine owes all calls."""
        return _images(self._singles) + _images(self._streams)

    def _owed_before(self, call: Drawing) -> int:
        """Images that the engine owes others, and draws before those of a call."""
        owed = [*self._singles, *self._streams]
        return _images(owed if call.background else [each for each in owed if not each.background])

    def _note(self, call: Drawing, came: int) -> None:
        self._capacity.note(self.asked, came)
        call.remaining = max(0, call.remaining - came)

    def _before(self, call: Drawing) -> int:
        """Images that will be drawn before those of a call which comes now."""
        of_client, of_others, of_host = 0, {}, {}
        for waiting in self._line:
            if waiting.background and not call.background:
                continue
            if waiting.client == call.client:
                of_client += waiting.images
            elif waiting.host == call.host:
                of_others[waiting.client] = of_others.get(waiting.client, 0) + waiting.images
            else:
                of_host[waiting.host] = of_host.get(waiting.host, 0) + waiting.images
        # Each of the others has as much of the engine as this one, while it has anything in line.
        here = of_client + sum(min(images, of_client + call.images) for images in of_others.values())
        elsewhere = sum(min(images, here + call.images) for images in of_host.values())
        return self._owed_before(call) + here + elsewhere

    def _check_time(self, call: Drawing, before: int, seconds: float) -> None:
        """Refuses what would not be done in time. Where the engine has less than a batch to do nothing is refused: so
        every capacity that was learned can be learned anew."""
        self._capacity.note(self.asked)
        rate = self._capacity.images_per_second
        if rate is None or before < self._batch:
            return
        needed = (before + call.images) / rate
        if needed > DEADLINE_SHARE * seconds:
            raise _refused(
                "deadline",
                f"{before} images are to be drawn before this call's {call.images}, at {rate:.3g} a second: its "
                f"deadline, {max(0.0, seconds):.3g} seconds, would pass",
                needed - DEADLINE_SHARE * seconds,
            )

    async def _turn(self, call: Drawing, seconds: float) -> None:
        """Waits until the engine may be given a call."""
        turn = self._line[call] = asyncio.get_running_loop().create_future()
        self._give_turns()
        try:
            with traces.span("turn"):
                async with asyncio.timeout(seconds):
                    await turn
        except TimeoutError:
            self._leave(call)
            raise DeadlineExceeded("the deadline passed before it was this call's turn") from None
        except asyncio.CancelledError:
            self._leave(call)
            raise

    def _leave(self, call: Drawing) -> None:
        self._line.pop(call, None)
        self._singles.discard(call)  # its turn came at the very moment
        self._give_turns()

    def _give_turns(self) -> None:
        while self._line:
            of_host, of_client = {}, {}
            for single in self._singles:
                of_host[single.host] = of_host.get(single.host, 0) + single.images
                of_client[single.client] = of_client.get(single.client, 0) + single.images
            call = min(
                self._line,
                key=lambda item: (
                    item.background,
                    of_host.get(item.host, 0),
                    of_client.get(item.client, 0),
                    item.since,
                ),
            )
            given = sum(single.images for single in self._singles if call.background or not single.background)
            if given > self._batch and given + call.images > self._at_once:
                return
            turn = self._line.pop(call)
            self._note(call, 0)
            self._singles.add(call)
            if not turn.done():
                turn.set_result(None)


def _images(calls: Collection[Drawing]) -> int:
    return sum(call.asked for call in calls)


def _check_room(call: Drawing, held: Collection[Drawing], room: int, capacity: Capacity) -> None:
    """Refuses what would hold more of a room than it leaves free: so there is always some for another, and one alone
    may have half of it."""
    free = room - _images(held)
    of_client = _images([item for item in held if item.client == call.client])
    of_host = _images([item for item in held if item.host == call.host])
    over = max(of_client + call.images - free, of_host + call.images - HOST_SHARE * free)
    if over > 0:
        rate = capacity.images_per_second
        raise _refused(
            "room",
            f"{room - free} of {room} places are taken, {of_client} of them by this client, which asks for "
            f"{call.images} more",
            UNKNOWN_RETRY_SECONDS if rate is None else over / rate,
        )


def _refused(kind: str, reason: str, seconds: float) -> Overloaded:
    """With a time to try again that is not the same for all who are refused together; `kind` is counted."""
    seconds = random.uniform(1, 1.5) * min(max(seconds, LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS)
    text = f"more is asked for than can be drawn in time: {reason}; try again in {seconds:.1f} s"
    return Overloaded(text, seconds, kind)
