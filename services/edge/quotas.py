"""Holds calls to the quotas of who makes them: counted before a call is forwarded, given back where it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from mammoganesis.errors import MammoganesisError, Overloaded, ResourceExhausted
from mammoganesis.v1 import quota_pb2 as pb
from services.access.principals import Principal
from services.access.quotas import Quota, Quotas, Share
from services.edge.quota_counts import Counts
from services.observability.logs import event
from services.process.config import Config
from services.process.fields import variable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks whether the document has changed."""
HELD_RETRY_SECONDS = 1.0
"""After which more may be asked for of what is counted at a time."""


@dataclass(frozen=True)
class _Taken:
    """What a call has taken of one quota."""

    key: str
    quota: Quota
    amount: int
    member: str | None = None  # of what is held


@dataclass
class CallQuota:
    """What one call has taken of quotas; nothing, until it is admitted."""

    images: int = 0
    taken: list[_Taken] = field(default_factory=list)
    byte_keys: list[str] = field(default_factory=list)  # of bytes a day, counted when they are known


class QuotaKeeper:
    """Quotas of one edge.

    Args:
        config: where the document is, if there is one, and where the counts are.

    Raises:
        InvalidArgument: the document is none.
    """

    def __init__(self, config: Config) -> None:
        self._file = config.quotas_file
        self._quotas = Quotas() if self._file is None else Quotas.read(self._file, variable("quotas_file"))
        self._seen = _state_of(self._file)
        self._counts = None if self._file is None else Counts(config)
        self._after: set[asyncio.Task[None]] = set()

    async def admit(self, call: CallQuota, principal: Principal, host: str, images: int, streams: bool) -> None:
        """Takes what a call asks for.

        Args:
            call: is told what was taken.
            host: where it comes from.
            images: that it draws.
            streams: whether it has a stream of answers.

        Raises:
            ResourceExhausted: it is more than a quota leaves; Overloaded with the time after which it is not.
            Unavailable: it cannot be counted, and the configuration says that then nothing is done.
        """
        shares = self._quotas.shares(principal, host)
        if self._counts is None or not shares:
            return
        call.images = images
        taking = asyncio.ensure_future(self._take(call, shares, images, streams))
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(lambda done: done.cancelled() or done.exception())
            taking.add_done_callback(lambda _: self.ended(call, 0, 0))
            raise

    def ended(self, call: CallQuota, images: int, answered_bytes: int) -> None:
        """Gives back, in a moment, what a call has not used: it has got `images` of those that it asked for."""
        taken, call.taken = call.taken, []
        if taken or call.byte_keys:
            task = asyncio.create_task(self._settle(taken, call, images, answered_bytes))
            self._after.add(task)
            task.add_done_callback(self._after.discard)

    async def states(self, principal: Principal, host: str) -> list[pb.QuotaState]:
        """What counts for a caller, as it stands."""
        shares = self._quotas.shares(principal, host)
        if self._counts is None:
            return []
        return [await self._state(share, quota) for share in shares for quota in Quota if quota in share.limits]

    async def run(self) -> None:
        """Reads the document again when it has changed, for ever; one that says nothing right changes nothing."""
        if self._file is None or self._counts is None:
            return
        holding = asyncio.create_task(self._counts.run())
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                await asyncio.to_thread(self._look)
        finally:
            holding.cancel()

    async def finish(self) -> None:
        """Waits for what is given back."""
        while self._after:
            await asyncio.wait(set(self._after))
        if self._counts is not None:
            await self._counts.close()

    def _look(self) -> None:
        assert self._file is not None
        state = _state_of(self._file)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._quotas = Quotas.read(self._file, variable("quotas_file"))
            event(logger, logging.INFO, "quotas: read again", {"file": str(self._file)})
        except MammoganesisError as error:
            event(logger, logging.ERROR, "quotas: the document is left as it was", {"reason": error.message})

    async def _take(self, call: CallQuota, shares: Iterable[Share], images: int, streams: bool) -> None:
        wanted = [
            (share, quota, amount)
            for share in shares
            for quota, amount in _asked(images, streams).items()
            if quota in share.limits
        ]
        found = await asyncio.gather(*(self._take_one(call, *each) for each in wanted), return_exceptions=True)
        call.byte_keys = [_key(Quota.BYTES_PER_DAY, share) for share in shares if Quota.BYTES_PER_DAY in share.limits]
        errors = [each for each in found if isinstance(each, BaseException)]
        if errors:
            call.byte_keys = []
            self.ended(call, 0, 0)
            raise errors[0]

    async def _take_one(self, call: CallQuota, share: Share, quota: Quota, amount: int) -> None:
        assert self._counts is not None
        limit, key = share.limits[quota], _key(quota, share)
        if amount > limit:
            _refuse(share, quota, 0, amount)
        if quota.seconds is None:
            member, held = await self._counts.hold(key, limit, amount)
            if member is None:
                _refuse(share, quota, held, amount)
            call.taken.append(_Taken(key, quota, amount, member))
            return
        count = await self._counts.add(key, quota.seconds, amount)
        if amount:
            call.taken.append(_Taken(key, quota, amount))
        if count > limit or (not amount and count >= limit):
            if amount:
                call.taken.remove(_Taken(key, quota, amount))
                await self._counts.add(key, quota.seconds, -amount)
            _refuse(share, quota, count - amount, amount)

    async def _settle(self, taken: list[_Taken], call: CallQuota, images: int, answered_bytes: int) -> None:
        assert self._counts is not None
        try:
            for each in taken:
                if each.member is not None:
                    await self._counts.let_go(each.key, each.member)
                elif each.quota is Quota.IMAGES_PER_DAY and images < call.images:
                    await self._counts.add(each.key, 86_400, images - call.images)
            for key in call.byte_keys if answered_bytes else ():
                await self._counts.add(key, 86_400, answered_bytes)
        except MammoganesisError:
            pass  # redis is away, and the log says so

    async def _state(self, share: Share, quota: Quota) -> pb.QuotaState:
        assert self._counts is not None
        key = _key(quota, share)
        if quota.seconds is None:
            return pb.QuotaState(
                quota=quota, whose=share.whose, limit=share.limits[quota], used=await self._counts.held(key)
            )
        used = max(0, await self._counts.add(key, quota.seconds, 0))
        state = pb.QuotaState(quota=quota, whose=share.whose, limit=share.limits[quota], used=used)
        state.resets_at.FromSeconds(_window(quota.seconds)[1])
        return state


def _asked(images: int, streams: bool) -> dict[Quota, int]:
    """What a call takes of each quota; of bytes nothing before it is answered, but there must be some left."""
    asked = {Quota.CALLS_PER_MINUTE: 1, Quota.BYTES_PER_DAY: 0}
    if images:
        asked |= {Quota.IMAGES_PER_DAY: images, Quota.QUEUED_IMAGES: images}
    if streams:
        asked[Quota.STREAMS] = 1
    return asked


def _key(quota: Quota, share: Share) -> str:
    if quota.seconds is None:
        return f"{quota}:{share.key}"
    return f"{quota}:{share.key}:{_window(quota.seconds)[0]}"


def _window(seconds: int) -> tuple[int, int]:
    """The number of the window that it is now, and when the next begins, in seconds since 1970."""
    number = int(time.time() // seconds)
    return number, (number + 1) * seconds


def _refuse(share: Share, quota: Quota, used: int, amount: int) -> NoReturn:
    limit = share.limits[quota]
    words = f"quota {quota} {share.whose}"
    if amount > limit:
        raise ResourceExhausted(f"{words}: {amount} are asked for, and {limit} are all that there ever are")
    more = f", and {amount} more asked for" if amount > 1 else ""
    if quota.seconds is None:
        raise Overloaded(
            f"{words}: {used} of {limit} are taken{more}; try again in a moment", HELD_RETRY_SECONDS, "quota"
        )
    ends = _window(quota.seconds)[1]
    at = datetime.fromtimestamp(ends, UTC)
    text = f"{words}: {max(0, used)} of {limit} are used{more}; try again at {at:%Y-%m-%d %H:%M:%S} UTC"
    raise Overloaded(text, max(0.001, ends - time.time()), "quota")


def _state_of(file: Path | None) -> tuple[int, int] | None:
    try:
        state = None if file is None else file.stat()
    except OSError:
        return None
    return None if state is None else (state.st_mtime_ns, state.st_size)
