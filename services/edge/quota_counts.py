"""The counts of quotas: in Redis, where all edges have them together, or in this process while it is away.

windows    mammoganesis:quota:<quota>:<share>:<window>    a number, of the library limits
held       mammoganesis:quota:held:<quota>:<share>        a sorted set: "<id>:<amount>" by the time at which it ends
                                                          unless it is held on to: so the counts of an edge that was
                                                          killed go within LEASE_SECONDS
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

from limits.aio.storage import MemoryStorage, RedisStorage
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
# KEYS: the set. ARGV: the limit (-1: any), the amount, the member, for how many milliseconds.
_HOLD = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = 0
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  held = held + tonumber(string.match(member, ':(%d+)$'))
end
local limit, amount = tonumber(ARGV[1]), tonumber(ARGV[2])
if amount == 0 or (limit >= 0 and held + amount > limit) then
  return {0, held}
end
redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1, held + amount}
"""

T = TypeVar("T")


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
        self._hold = self._redis and self._redis.register_script(_HOLD)
        self._windows = pool and RedisStorage(
            "async+redis://localhost:6379",
            implementation="redispy",
            key_prefix=QUOTAS,
            connection_pool=pool,  # type: ignore[arg-type]
        )
        self._lines = Occasionally()
        self._door = self._redis and RedisDoor(self._redis, config.redis_timeout_seconds, self._tell)
        self._local = MemoryStorage()
        self._held: dict[str, Counter[str]] = {}  # of this edge, by key: members and their amounts

    async def add(self, key: str, seconds: int, amount: int) -> int:
        """Adds to a window's count, which is forgotten after `seconds`; returns the count."""
        windows = self._windows

        async def local() -> int:
            if amount:
                return await self._local.incr(key, seconds, amount)
            return await self._local.get(key)

        if windows is None:
            return await local()
        return await self._ask(lambda: windows.incr(key, seconds, amount) if amount else windows.get(key), local)

    async def hold(self, key: str, limit: int, amount: int) -> tuple[str | None, int]:
        """Holds an amount until it is let go, where no more than `limit` are then held: the name of what is held, else
        None, and how much is held in all."""
        member = f"{uuid.uuid4().hex}:{amount}"
        added, held = await self._held_with(key, limit, amount, member)
        if added:
            self._held.setdefault(key, Counter())[member] = amount
        return (member if added else None), held

    async def held(self, key: str) -> int:
        """How much is held in all."""
        return (await self._held_with(key, 0, 0, ""))[1]

    async def let_go(self, key: str, member: str) -> None:
        """Of what was held."""
        mine = self._held.get(key, Counter())
        mine.pop(member, None)
        if not mine:
            self._held.pop(key, None)
        redis = self._redis
        if redis is not None:
            await self._ask(lambda: redis.zrem(_held_key(key), member), _nothing, closed=False)

    async def run(self) -> None:
        """Holds on to what is held, for ever."""
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            for key, members in list(self._held.items()):
                for member, amount in list(members.items()):
                    await self._held_with(key, -1, amount, member, closed=False)

    async def close(self) -> None:
        """Closes the connections."""
        if self._door is not None:
            self._door.close()
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)

    async def _held_with(self, key: str, limit: int, amount: int, member: str, closed: bool = True) -> tuple[bool, int]:
        """Whether `member` is held now, and how much is held in all."""
        hold = self._hold

        async def local() -> tuple[int, int]:
            mine = sum(self._held.get(key, Counter()).values())
            added = amount > 0 and (limit < 0 or mine + amount <= limit)
            return int(added), mine + amount * added

        if hold is None:
            added, held = await local()
        else:
            arguments = [limit, amount, member, LEASE_SECONDS * 1000]
            added, held = await self._ask(lambda: hold([_held_key(key)], arguments), local, closed)
        return bool(added), held

    async def _ask(
        self, command: Callable[[], Awaitable[T]], local: Callable[[], Awaitable[T]], closed: bool = True
    ) -> T:
        assert self._door is not None
        try:
            return await self._door.asked(command)
        except LeftAlone:
            pass
        except Failed as failed:
            self._tell(failed)
        if closed and self._fails_closed:
            raise Unavailable("quotas cannot be counted at the moment, and without them nothing is done; try again")
        return await local()

    def _tell(self, failed: Failed) -> None:
        if (more := self._lines.due("redis")) is not None:
            reason = f"{type(failed.error).__name__} {shown(str(failed.error))}"
            event(logger, logging.WARNING, f"quotas: redis failed{more}", {"reason": reason})


async def _nothing() -> int:
    return 0


def _held_key(key: str) -> str:
    return f"{QUOTAS}:held:{key}"
