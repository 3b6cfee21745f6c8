"""The counts of quotas: in Redis, where all edges have them together, or in this process while it is away.

windows    mammoganesis:quota:<quota>:<share>:<window>    a number
held       mammoganesis:quota:held:<quota>:<share>        a sorted set: "<id>:<amount>" by the time at which it ends
                                                          unless it is held on to: so the counts of an edge that was
                                                          killed go within LEASE_SECONDS

Whatever a call takes, gives back or is told of all its quotas is one script, so one way to Redis and back, and all or
nothing (`limits`, which counts in this process, has a command for one key at a time).
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from limits.aio.storage import MemoryStorage
from redis.asyncio import Redis

from mammoganesis.errors import InvalidArgument, Unavailable, shown
from services.observability.logs import event
from services.observability.occasionally import Occasionally
from services.process.config import Config
from services.process.fields import variable
from services.rendering.cache_values import QUOTAS
from services.rendering.redis_door import Failed, LeftAlone, RedisDoor, pool_of

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60
RENEWAL_SECONDS = 20.0
# For each of KEYS four of ARGV: the limit (-1: any), the amount (less than 0: given back), for how many milliseconds it
# is kept, and the name of what is held ("" for a window). Answers with the place of the first that is refused (0: none,
# and then all were taken), and with each count as it was before.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local counts, refused = {}, 0
for i, key in ipairs(KEYS) do
  local limit, amount, member = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), ARGV[4 * i]
  local count = 0
  if member == '' then
    count = tonumber(redis.call('GET', key) or '0')
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    for _, held in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      count = count + tonumber(string.match(held, ':(%d+)$'))
    end
  end
  counts[i] = count
  local more = amount == 0 and 1 or amount
  if refused == 0 and limit >= 0 and count + more > limit then
    refused = i
  end
end
if refused == 0 then
  for i, key in ipairs(KEYS) do
    local amount, milliseconds, member = ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i]
    if member == '' and amount ~= '0' then
      redis.call('INCRBY', key, amount)
      redis.call('PEXPIRE', key, milliseconds)
    elseif tonumber(amount) > 0 then
      redis.call('ZADD', key, now + milliseconds, member)
      redis.call('PEXPIRE', key, milliseconds)
    elseif tonumber(amount) < 0 then
      redis.call('ZREM', key, member)
    end
  end
end
return {refused, counts}
"""


@dataclass(frozen=True)
class Entry:
    """What is asked of one count.

    Attributes:
        amount: that is taken; less than 0: given back; 0: only a little must be left.
        limit: of the count with it; None: any.
        seconds: of its window; None: it is held until it is let go, all of it, under the name `member`.
    """

    key: str
    amount: int
    limit: int | None = None
    seconds: int | None = None
    member: str = ""

    @classmethod
    def held(cls, key: str, amount: int, limit: int | None = None) -> Entry:
        """Of what is counted at a time."""
        return cls(key, amount, limit, None, f"{uuid.uuid4().hex}:{amount}")


@dataclass(frozen=True)
class Answer:
    """What came of entries.

    Attributes:
        counts: as they were before, in order.
        refused: place of the first that does not fit; None: none, and all were taken.
        is_local: whether they were counted in this process.
    """

    counts: Sequence[int]
    refused: int | None
    is_local: bool


class Counts:
    """Counts of one edge.

    Args:
        config: which Redis, and what happens while it does not answer.

    Raises:
        InvalidArgument: there is to be no call without Redis, and there is no Redis.
    """

    def __init__(self, config: Config) -> None:
        pool = pool_of(config)
        self._fails_closed = config.quotas_without_redis == "closed"
        if self._fails_closed and pool is None:
            allowed = f"open, where {variable('redis_url')} is not set"
            raise InvalidArgument(variable("quotas_without_redis"), "closed", allowed)
        self._redis = None if pool is None else Redis.from_pool(pool)
        self._script = self._redis and self._redis.register_script(_SCRIPT)
        self._lines = Occasionally()
        self._door = self._redis and RedisDoor(self._redis, config.redis_timeout_seconds, self._tell)
        self._local, self._alone = MemoryStorage(), asyncio.Lock()
        self._held: dict[str, Counter[str]] = {}  # of this edge, by key: members and their amounts

    async def take(self, entries: Sequence[Entry]) -> Answer:
        """Takes all of it or nothing, and tells the counts.

        Raises:
            Unavailable: Redis is away, and then nothing is to be taken.
        """
        answer = await self.asked(entries)
        if answer is None and self._fails_closed:
            raise Unavailable("quotas cannot be counted at the moment, and without them nothing is done; try again")
        if answer is None:
            answer = await self._locally(entries)
        if answer.refused is None:
            for each in entries:
                if each.member and each.amount:
                    self._held.setdefault(each.key, Counter())[each.member] = each.amount
        return answer

    async def give_back(self, entries: Sequence[Entry], is_local: bool) -> None:
        """Where they were taken: what was counted here is none of Redis's, and the other way round. While Redis is away
        what it has counted stays counted, until its window or its lease ends."""
        for each in entries:
            if each.member and (mine := self._held.get(each.key)) is not None:
                mine.pop(each.member, None)
                if not mine:
                    self._held.pop(each.key)
        if is_local:
            await self._locally(entries)
        held = [each for each in entries if each.member] if is_local else entries  # renewed in Redis, when it is back
        if held:
            await self.asked(held)

    async def run(self) -> None:
        """Holds on to what is held, for ever."""
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            for key, members in list(self._held.items()):
                await self.asked([Entry(key, amount, member=member) for member, amount in members.items()])

    async def close(self) -> None:
        """Closes the connections."""
        if self._door is not None:
            self._door.close()
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)

    async def asked(self, entries: Sequence[Entry]) -> Answer | None:
        """As `take`, of Redis alone; None where it does not answer, and nothing is held on to."""
        script = self._script
        if script is None or self._door is None:
            return None
        keys = [f"{QUOTAS}:held:{each.key}" if each.member else f"{QUOTAS}:{each.key}" for each in entries]
        arguments: list[int | str] = []
        for each in entries:
            kept = (LEASE_SECONDS if each.seconds is None else each.seconds) * 1000
            arguments += [-1 if each.limit is None else each.limit, each.amount, kept, each.member]
        try:
            refused, counts = await self._door.asked(lambda: script(keys, arguments))
        except LeftAlone:
            return None
        except Failed as failed:
            self._tell(failed)
            return None
        return Answer([int(count) for count in counts], int(refused) - 1 if refused else None, is_local=False)

    async def _locally(self, entries: Sequence[Entry]) -> Answer:
        async with self._alone:  # as the script is
            counts = [await self._count(each) for each in entries]
            refused = (
                i
                for i, (each, count) in enumerate(zip(entries, counts, strict=True))
                if each.limit is not None and count + (each.amount or 1) > each.limit
            )
            first = next(refused, None)
            if first is None:
                for each in entries:
                    if each.seconds is not None and each.amount:
                        await self._local.incr(each.key, each.seconds, each.amount)
            return Answer(counts, first, is_local=True)

    async def _count(self, entry: Entry) -> int:
        if entry.seconds is None:
            return sum(self._held.get(entry.key, Counter()).values())
        return await self._local.get(entry.key)

    def _tell(self, failed: Failed) -> None:
        if (more := self._lines.due("redis")) is not None:
            reason = f"{type(failed.error).__name__} {shown(str(failed.error))}"
            event(logger, logging.WARNING, f"quotas: redis failed{more}", {"reason": reason})
