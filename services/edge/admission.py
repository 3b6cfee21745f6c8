"""Which calls the engine is given, and when; what it could not draw in time is refused at the door.

A call costs the images that it draws (`services.servicers.requests.images_drawn`). Calls with one answer go to the
engine a few batches at a time and wait in a fair line here (`line.py`). Refused, with the time to try again, is

    a call that would not be done within its deadline, by the images before it and what is known of the engine's
    capacity (`capacity.py`): when it comes, or as soon as that is seen while it is in line,
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
from typing import TypeVar

from mammoganesis.errors import DeadlineExceeded, Overloaded
from services.edge.capacity import Capacity
from services.edge.drawings import Drawing, asked_images
from services.edge.line import Line
from services.observability import traces
from services.process.config import Config

BATCHES_AT_ONCE = 4
"""In the engine, of calls with one answer: one being drawn, the others on their way in and out."""
DEADLINE_SHARE = 0.8
"""Of a deadline that is planned with; the rest is for what a plan does not know."""
LATE_SHARE = 0.9
"""Of the time left within which a call in line has to be done by what is known then. As long as all goes as planned a
call that was admitted needs less of it from moment to moment."""
LOOK_SECONDS = 0.25
"""Between two looks at who in line would be late."""
HOST_SHARE = 4
"""A host may hold so many times what is free; a connection once."""
STREAM_SHARE = 0.75
"""Of the engine's queue that streams may fill; the rest is for the batches of other calls."""
CALLS_WITHOUT_IMAGES = 512
"""At a time, by the rule for connections and hosts."""
LEAST_RETRY_SECONDS, MOST_RETRY_SECONDS = 0.25, 30.0
UNKNOWN_RETRY_SECONDS = 1.0  # where no capacity is known

Answer = TypeVar("Answer")


class Admission:
    """The door of one edge to the engine."""

    def __init__(self, config: Config) -> None:
        self._batch = config.max_batch_size
        self._at_once = min(BATCHES_AT_ONCE * config.max_batch_size, config.max_queued_images)
        self._window = config.stream_window_images
        self._room = config.max_queued_images
        self._stream_room = max(self._window, int(STREAM_SHARE * config.max_queued_images))
        self._capacity = Capacity(config.max_batch_size)
        self._line = Line()
        self._looked = 0.0  # when, at who in line would be late
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
        if images > self._room:
            images = 1  # more than any call may ask for: the service says what is allowed, and draws nothing
        call = Drawing(client, images, images, background, seconds)
        self._check_time(call, self._owed_before(call) + self._line.before(call), seconds)
        self._find_room(call)
        await self._turn(call, seconds)
        began = time.monotonic()
        try:
            yield
            self._note(call, images)
            self._capacity.drew(images, time.monotonic() - began)
            self._refuse_late()
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
        reason = f"its connection holds {held[latest.client]} images, and another one of its host less"
        self._line.refuse(latest, _refused("host", reason, UNKNOWN_RETRY_SECONDS))
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
        return self._line.images

    @property
    def asked(self) -> int:
        """Images that the engine owes all calls."""
        return asked_images(self._singles) + asked_images(self._streams)

    def _owed_before(self, call: Drawing) -> int:
        """Images that the engine owes others, and draws before those of a call."""
        owed = [*self._singles, *self._streams]
        return asked_images(owed if call.background else [each for each in owed if not each.background])

    def _note(self, call: Drawing, came: int) -> None:
        self._capacity.note(self.asked, came)
        call.remaining = max(0, call.remaining - came)

    def _check_time(self, call: Drawing, before: int, seconds: float) -> None:
        """Refuses what would not be done in time. Where the engine has less than a batch to do nothing is refused: so
        every capacity that was learned can be learned anew."""
        self._capacity.note(self.asked)
        rate = self._capacity.images_per_second
        if rate is None or before < self._batch:
            return
        needed = (before + call.images) / rate
        if needed > DEADLINE_SHARE * seconds:
            raise _too_late(call, before, rate, seconds, DEADLINE_SHARE)

    def _refuse_late(self) -> None:
        """Of those in line, who came when less was known of the engine, or when it was faster."""
        rate, now = self._capacity.learned, time.monotonic()
        if not len(self._line) or rate is None or now < self._looked + LOOK_SECONDS:
            return
        self._looked = now

        def late(call: Drawing, in_line: int) -> Overloaded | None:
            before, left = self._owed_before(call) + in_line, call.seconds_left
            if before < self._batch or (before + call.images) / rate <= LATE_SHARE * left:
                return None
            return _too_late(call, before, rate, left, LATE_SHARE)

        self._line.refuse_late(late)

    async def _turn(self, call: Drawing, seconds: float) -> None:
        """Waits until the engine may be given a call."""
        turn = self._line.enter(call)
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
        self._line.leave(call)
        self._singles.discard(call)  # its turn came at the very moment
        self._give_turns()

    def _give_turns(self) -> None:
        while len(self._line):
            call = self._line.next(self._singles)
            given = sum(single.images for single in self._singles if call.background or not single.background)
            if given > self._batch and given + call.images > self._at_once:
                return
            self._note(call, 0)
            self._singles.add(call)
            self._line.give_turn(call)


def _check_room(call: Drawing, held: Collection[Drawing], room: int, capacity: Capacity) -> None:
    """Refuses what would hold more of a room than it leaves free: so there is always some for another, and one alone
    may have half of it."""
    free = room - asked_images(held)
    of_client = asked_images([item for item in held if item.client == call.client])
    of_host = asked_images([item for item in held if item.host == call.host])
    over = max(of_client + call.images - free, of_host + call.images - HOST_SHARE * free)
    if over > 0:
        rate = capacity.images_per_second
        raise _refused(
            "room",
            f"{room - free} of {room} places are taken, {of_client} of them by this client, which asks for "
            f"{call.images} more",
            UNKNOWN_RETRY_SECONDS if rate is None else over / rate,
        )


def _too_late(call: Drawing, before: int, rate: float, seconds: float, share: float) -> Overloaded:
    return _refused(
        "deadline",
        f"{before} images are to be drawn before this call's {call.images}, at {rate:.3g} a second: its deadline, "
        f"{max(0.0, seconds):.3g} seconds, would pass",
        (before + call.images) / rate - share * seconds,
    )


def _refused(kind: str, reason: str, seconds: float) -> Overloaded:
    """With a time to try again that is not the same for all who are refused together; `kind` is counted."""
    seconds = random.uniform(1, 1.5) * min(max(seconds, LEAST_RETRY_SECONDS), MOST_RETRY_SECONDS)
    text = f"more is asked for than can be drawn in time: {reason}; try again in {seconds:.1f} s"
    return Overloaded(text, seconds, kind)
