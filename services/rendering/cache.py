"""The latent cache: a small LRU in the process, Redis behind it.

The cache is never on the path of correctness. Whatever goes wrong (a miss, a dead, frozen, full or corrupt Redis, a
wrong password, a value that somebody else wrote) is a miss or a False, a counter and now and then a log line, never an
exception; the caller computes again.

    local_cache.py     the LRU
    cache_values.py    keys, and values with a keyed checksum
    redis_door.py      connections, timeouts and the breaker, which leaves a Redis alone that does not answer
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import Redis

from mammoganesis.errors import shown
from services.access.shared_secrets import SharedSecret
from services.observability import traces
from services.observability.occasionally import Occasionally
from services.process.config import Config
from services.rendering.breaker import SECONDS, CircuitBreaker
from services.rendering.cache_values import OVERHEAD, Sealing, recipe_key, w_key
from services.rendering.local_cache import LocalCache
from services.rendering.redis_door import Command, Failed, LeftAlone, RedisDoor, pool_of, together

logger = logging.getLogger(__name__)

MAX_VALUE_BYTES = 2**20  # larger values (recipes with dozens of explicit codes) are not cached


@dataclass
class CacheStats:
    """Counters since the start of the process."""

    local_hits: int = 0  # found in the process
    redis_hits: int = 0  # found in Redis, sound
    misses: int = 0  # found nowhere, for whatever reason
    corrupt: int = 0  # values in Redis that did not verify, damaged or forged; each is a miss too
    stored: int = 0  # values that Redis took
    not_stored: int = 0  # values that Redis did not take, for whatever reason
    faults: int = 0  # commands that failed or timed out
    skipped: int = 0  # commands not sent because the breaker was open
    breaker_openings: int = 0


class LatentCache:
    """Untruncated w by origin, and recipes by latent id.

    Bound to the event loop in which it is first used. Without a Redis client the LRU of the process is all there is.
    Redis is believed what was sealed by the same secret and nothing else.
    """

    def __init__(
        self,
        redis: Redis | None,
        secret: SharedSecret,
        *,
        ttl_seconds: int,
        command_seconds: float,
        local_entries: int,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._redis, self._secret = redis, secret
        self._drawn = Sealing.of()
        self._sealings: dict[tuple[str, ...], Sealing] = {}
        self._ttl_seconds = ttl_seconds
        self._command_seconds = command_seconds
        self._local = LocalCache(local_entries)
        self._door = None if redis is None else RedisDoor(redis, command_seconds, self._count_fault, breaker)
        self._stats = CacheStats()
        self._occasionally = Occasionally()

    @classmethod
    def none(cls) -> LatentCache:
        """One that holds nothing."""
        return cls(None, SharedSecret(None), ttl_seconds=1, command_seconds=1, local_entries=0)

    @classmethod
    def create(cls, config: Config) -> LatentCache:
        """The cache that `config` describes; connects when first used."""
        pool = pool_of(config)
        return cls(
            None if pool is None else Redis.from_pool(pool),
            SharedSecret.of(config, "edge_secret"),
            ttl_seconds=config.cache_ttl_seconds,
            command_seconds=config.redis_timeout_seconds,
            local_entries=config.local_cache_entries,
        )

    async def get_w(self, bundle_digest: str, origin_key: str, w_shape: tuple[int, ...]) -> NDArray[np.float32] | None:
        """The untruncated w, float32 of shape `w_shape`, read-only; None on a miss."""
        return (await self.get_many_w(bundle_digest, [origin_key], w_shape))[0]

    async def put_w(self, bundle_digest: str, origin_key: str, w: NDArray[np.float32]) -> bool:
        """Stores an untruncated w; True when a later call, of any replica that shares the Redis, will find it."""
        return (await self.put_many_w(bundle_digest, {origin_key: w}))[0]

    async def get_many_w(
        self, bundle_digest: str, origin_keys: Sequence[str], w_shape: tuple[int, ...], here: bool = False
    ) -> list[NDArray[np.float32] | None]:
        """`get_w` of each, in order; Redis is asked for all at once, or not at all where only what is `here` counts."""
        keys = [w_key(bundle_digest, key) for key in origin_keys]
        found = await self._get(keys, 4 * math.prod(w_shape), None if here else self._redis)
        return [None if payload is None else np.frombuffer(payload, dtype="<f4").reshape(w_shape) for payload in found]

    async def put_many_w(
        self, bundle_digest: str, codes: Mapping[str, NDArray[np.float32]], here: bool = False
    ) -> list[bool]:
        """`put_w` of each, by its key; likewise."""
        payloads = {
            w_key(bundle_digest, key): np.ascontiguousarray(w, dtype="<f4").tobytes() for key, w in codes.items()
        }
        return await self._put(payloads, None if here else self._redis)

    async def get_recipe(self, latent_id: str) -> bytes | None:
        """The serialized recipe behind the id; None on a miss."""
        return (await self._get([recipe_key(latent_id)], None, self._redis))[0]

    async def put_recipe(self, latent_id: str, recipe: bytes) -> bool:
        """Stores a serialized recipe; True as in `put_w`."""
        return (await self.put_recipes({latent_id: recipe}))[latent_id]

    async def put_recipes(self, recipes: Mapping[str, bytes]) -> dict[str, bool]:
        """`put_recipe` of each, by its latent id; Redis is asked for all at once."""
        kept = await self._put({recipe_key(name): recipe for name, recipe in recipes.items()}, self._redis)
        return dict(zip(recipes, kept, strict=True))

    async def check(self) -> str | None:
        """Asks Redis once, past the breaker: None when it answers or when there is none, otherwise the reason, for the
        log line at start. Holds no password."""
        if self._redis is None:
            return None
        try:
            async with asyncio.timeout(self._command_seconds):
                await self._redis.ping()
        except Exception as error:
            return _reason(error)
        return None

    @property
    def has_redis(self) -> bool:
        """Whether there is more than the process's own memory."""
        return self._redis is not None

    @property
    def asks_redis(self) -> bool:
        """Whether it is asked now, and not left alone for a while."""
        return self._door is not None and self._door.asks

    def stats(self) -> dict[str, int]:
        """The counters of CacheStats by name."""
        return asdict(self._stats)

    async def close(self) -> None:
        """Closes the connections."""
        if self._door is not None:
            self._door.close()
        if self._redis is not None:
            try:
                async with asyncio.timeout(self._command_seconds):
                    await self._redis.aclose(close_connection_pool=True)
            except Exception as error:
                logger.warning("closing the connections to redis failed: %s", _reason(error))

    def _sealing(self) -> Sealing:
        valid = self._secret.valid
        if not valid:
            return self._drawn
        if valid not in self._sealings:
            self._sealings = {valid: Sealing.of(*valid)}
        return self._sealings[valid]

    async def _get(self, keys: Sequence[str], size: int | None, redis: Redis | None) -> list[bytes | None]:
        found: dict[str, bytes] = {}
        for key in keys:
            payload = self._local.get(key)
            if payload is not None and size in (None, len(payload)):
                found[key] = payload
        self._stats.local_hits += len(found)
        missing = [key for key in keys if key not in found]
        if missing and redis is not None:
            with traces.span("cache", "client") as span:
                there = await self._get_from_redis(missing, size)
                span.set_attribute("hit", len(there) == len(missing))
            self._stats.redis_hits += len(there)
            for key, payload in there.items():
                self._local.put(key, payload)
            found |= there
        self._stats.misses += len(keys) - len(found)
        return [found.get(key) for key in keys]

    async def _get_from_redis(self, keys: Sequence[str], size: int | None) -> dict[str, bytes]:
        # Not all of it: whoever can write there could make it as large as Redis takes.
        values = await self._asked([("GETRANGE", key, 0, MAX_VALUE_BYTES + OVERHEAD) for key in keys])
        there: dict[str, bytes] = {}
        for key, value in zip(keys, values, strict=True):
            if not value:  # b"" where there is none
                continue
            payload = self._sealing().unseal(key, value) if isinstance(value, bytes) else None
            if payload is None or size not in (None, len(payload)):
                self._stats.corrupt += 1
                text = (
                    "cache: the value under %s was not stored there by these services, or is damaged; taken as a miss%s"
                )
                self._warn("corrupt", text, shown(key))
            else:
                there[key] = payload
        return there

    async def _put(self, payloads: Mapping[str, bytes], redis: Redis | None) -> list[bool]:
        small = {key: payload for key, payload in payloads.items() if len(payload) <= MAX_VALUE_BYTES}
        kept = {key: self._local.put(key, payload) for key, payload in small.items()}
        if small and redis is not None:
            # The process's own copy does not help a call that reaches another replica: only Redis counts.
            seal, seconds = self._sealing().seal, self._ttl_seconds
            commands = [("SET", key, seal(key, value), "EX", seconds) for key, value in small.items()]
            with traces.span("cache", "client") as span:
                kept = {key: bool(answer) for key, answer in zip(small, await self._asked(commands), strict=True)}
                span.set_attribute("stored", sum(kept.values()))
        stored = sum(kept.values())
        self._stats.stored += stored
        self._stats.not_stored += len(payloads) - stored
        return [kept.get(key, False) for key in payloads]

    async def _asked(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to commands that are sent at once; None for one that fails, and for all where the breaker is
        open or there is no Redis."""
        redis, door = self._redis, self._door
        if redis is None or door is None:
            return [None] * len(commands)
        try:
            answers = await door.asked(lambda: together(redis, commands))
        except LeftAlone:
            self._stats.skipped += len(commands)
        except Failed as failed:
            self._count_fault(failed)
        else:
            for answer in answers:
                if isinstance(answer, Exception):
                    self._count_fault(Failed(answer, opened=False))
            return [None if isinstance(answer, Exception) else answer for answer in answers]
        return [None] * len(commands)

    def _count_fault(self, failed: Failed) -> None:
        self._stats.faults += 1
        self._warn(type(failed.error).__name__, "cache: redis failed: %s%s", _reason(failed.error))
        if failed.opened:
            self._stats.breaker_openings += 1
            self._warn(
                "breaker", "cache: redis is left alone until it answers a trial, at most %g seconds apart%s", SECONDS
            )

    def _warn(self, kind: str, text: str, about: object) -> None:
        """A line, once in a while for each kind; `text` ends with the place of what `Occasionally` adds."""
        more = self._occasionally.due(kind)
        if more is not None:
            logger.warning(text, about, more)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__} {shown(str(error))}"
