"""Holds calls to the quotas of who makes them: counted before a call is forwarded, given back where it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mammoganesis.errors import MammoganesisError, ResourceExhausted
from mammoganesis.v1 import quota_pb2 as pb
from services.access.principals import Principal
from services.access.quotas import Quota, Quotas, Share, refusal
from services.edge.quota_counts import Counts, Entry
from services.edge.quota_keeping import DAY, KEEP_SECONDS, MARK, Keeper
from services.observability.logs import event
from services.process.config import Config
from services.process.fields import variable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks whether the document has changed."""


@dataclass
class CallQuota:
    """What one call has taken of quotas; nothing, until it is admitted."""

    images: int = 0
    held: list[Entry] = field(default_factory=list)
    image_keys: list[str] = field(default_factory=list)  # of images a day
    byte_keys: list[str] = field(default_factory=list)  # of bytes a day, counted when they are known
    is_local: bool = False  # whether it was counted in this process


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
        keeps = config.quota_counts_file if self._counts is not None else None
        self._keeper = Keeper(keeps, self._counts) if keeps is not None and self._counts is not None else None
        self._after: set[asyncio.Task[None]] = set()

    async def admit(self, call: CallQuota, principal: Principal, host: str, asked: Mapping[Quota, int]) -> None:
        """Takes what a call asks for.

        Args:
            call: is told what was taken.
            host: where it comes from.
            asked: of each quota, by `asked_by_a_caller` or `asked_by_a_service`.

        Raises:
            ResourceExhausted: it is more than a quota leaves; Overloaded with the time after which it is not.
            Unavailable: it cannot be counted, and the configuration says that then nothing is done.
        """
        shares = self._quotas.shares(principal, host)
        if self._counts is None or not shares or not asked:
            return
        call.images = asked.get(Quota.IMAGES_PER_DAY, 0)
        taking = asyncio.ensure_future(self._take(call, shares, asked))
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(lambda done: done.cancelled() or done.exception())
            taking.add_done_callback(lambda _: self.ended(call, 0, 0))
            raise

    def ended(self, call: CallQuota, images: int, answered_bytes: int) -> None:
        """Gives back, in a moment, what a call has not used: it has got `images` of those that it asked for."""
        back = [replace(each, amount=-1, limit=None) for each in call.held]
        if images < call.images:
            back += [Entry(key, images - call.images, seconds=DAY) for key in call.image_keys]
        more = [Entry(key, answered_bytes, seconds=DAY) for key in call.byte_keys if answered_bytes]
        call.held, call.image_keys, call.byte_keys = [], [], []
        if back or more:
            task = asyncio.create_task(self._settle(back, more, call.is_local))
            self._after.add(task)
            task.add_done_callback(self._after.discard)

    def groups_of(self, principal: Principal) -> Sequence[str]:
        """Those of a principal that have quotas."""
        return self._quotas.known_groups(principal)

    async def states(self, principal: Principal, host: str) -> list[pb.QuotaState]:
        """What counts for a caller, as it stands."""
        shares = self._quotas.shares(principal, host)
        asked = [(share, quota) for share in shares for quota in Quota if quota in share.limits]
        if self._counts is None or not asked:
            return []
        found = await self._counts.take([_entry(quota, share, 0, limited=False) for share, quota in asked])
        return [_state(*each, count) for each, count in zip(asked, found.counts, strict=True)]

    async def run(self) -> None:
        """Reads the document again when it has changed, for ever; one that says nothing right changes nothing."""
        if self._file is None or self._counts is None:
            return
        holding = asyncio.create_task(self._counts.run())
        keeping = asyncio.create_task(self._keep())
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                await asyncio.to_thread(self._look)
        finally:
            holding.cancel()
            keeping.cancel()

    async def finish(self) -> None:
        """Waits for what is given back."""
        while self._after:
            await asyncio.wait(set(self._after))
        if self._keeper is not None:
            await self._keeper.look(_window(DAY)[0])
        if self._counts is not None:
            await self._counts.close()

    async def _keep(self) -> None:
        while self._keeper is not None:
            await self._keeper.look(_window(DAY)[0])
            await asyncio.sleep(KEEP_SECONDS)

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

    async def _take(self, call: CallQuota, shares: Iterable[Share], asked: Mapping[Quota, int]) -> None:
        assert self._counts is not None
        wanted = [
            (share, quota, amount) for share in shares for quota, amount in asked.items() if quota in share.limits
        ]
        if not wanted:
            return
        for share, quota, amount in wanted:
            if amount > share.limits[quota]:
                raise _refusal(share, quota, 0, amount)
        entries = [_entry(quota, share, amount) for share, quota, amount in wanted]
        found = await self._counts.take(entries if self._keeper is None else [*entries, MARK])
        if self._keeper is not None and not found.is_local and not found.counts[-1]:
            await self._keeper.look(_window(DAY)[0])  # redis has forgotten
        if found.refused is not None:
            share, quota, amount = wanted[found.refused]
            raise _refusal(share, quota, found.counts[found.refused], amount)
        call.is_local = found.is_local
        if self._keeper is not None and not found.is_local:
            self._keeper.saw(entries)
        call.held = [each for each in entries if each.member]
        keys = {
            quota: [entry.key for entry, each in zip(entries, wanted, strict=True) if each[1] is quota]
            for quota in Quota
        }
        call.image_keys, call.byte_keys = keys[Quota.IMAGES_PER_DAY], keys[Quota.BYTES_PER_DAY]

    async def _settle(self, back: list[Entry], more: list[Entry], is_local: bool) -> None:
        assert self._counts is not None
        if back:
            await self._counts.give_back(back, is_local)
        if more:
            with suppress(MammoganesisError):  # redis is away, and the log says so
                await self._counts.take(more)


def asked_by_a_caller(images: int, streams: bool) -> Mapping[Quota, int]:
    """What a call takes of each quota that draws `images`, and has a stream of answers or not; of bytes nothing before
    it is answered, but there must be some left."""
    asked = {Quota.CALLS_PER_MINUTE: 1, Quota.BYTES_PER_DAY: 0}
    if images:
        asked |= {Quota.IMAGES_PER_DAY: images, Quota.QUEUED_IMAGES: images}
    if streams:
        asked[Quota.STREAMS] = 1
    return asked


def asked_by_a_service(principal: Principal, images: int, counted: Collection[str]) -> Mapping[Quota, int]:
    """What a call of one of our own services takes: images of a day, and bytes where they are its principal's, by what
    it says itself (`services.wire.metadata.COUNTED`). Who it asks for has made no such call, holds no connection, and
    waits for no queue; and nobody's host is the service's."""
    if not images or not principal.is_somebody:
        return {}
    whole = {Quota.IMAGES_PER_DAY: images, Quota.BYTES_PER_DAY: 0}
    return {quota: amount for quota, amount in whole.items() if quota in counted}


def _entry(quota: Quota, share: Share, amount: int, limited: bool = True) -> Entry:
    limit = share.limits[quota] if limited else None
    if quota.seconds is None:
        return Entry.held(f"{quota}:{share.key}", amount, limit)
    return Entry(f"{quota}:{share.key}:{_window(quota.seconds)[0]}", amount, limit, quota.seconds)


def _state(share: Share, quota: Quota, count: int) -> pb.QuotaState:
    state = pb.QuotaState(quota=quota, whose=share.whose, limit=share.limits[quota], used=max(0, count))
    if quota.seconds is not None:
        state.resets_at.FromSeconds(_window(quota.seconds)[1])
    return state


def _window(seconds: int) -> tuple[int, int]:
    """The number of the window that it is now, and when the next begins, in seconds since 1970."""
    number = int(time.time() // seconds)
    return number, (number + 1) * seconds


def _refusal(share: Share, quota: Quota, used: int, amount: int) -> ResourceExhausted:
    ends = None if quota.seconds is None else float(_window(quota.seconds)[1])
    return refusal((quota, share.whose, used, share.limits[quota]), amount, time.time(), ends)


def _state_of(file: Path | None) -> tuple[int, int] | None:
    try:
        state = None if file is None else file.stat()
    except OSError:
        return None
    return None if state is None else (state.st_mtime_ns, state.st_size)
