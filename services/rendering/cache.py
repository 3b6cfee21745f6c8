"""The latent cache: a small LRU in the process, Redis behind it. The one door to redis and the one home of its keys.

The cache is never on the path of correctness. Whatever goes wrong (a miss, a dead, frozen, full or corrupt Redis, a
wrong password) is a miss or a False, a counter and a log line, never an exception; the caller computes again.

    key      mammoganesis:1:w:<bundle digest>:<origin key>      w before truncation, little-endian float32
             mammoganesis:1:recipe:<latent id>                  a serialized Recipe (the id binds the bundle digest)
    value    magic "MGLC" | version 1 byte | length 8 bytes | BLAKE2b 16 bytes over key, header and payload | payload

The checksum finds accidents: flipped bytes, truncation, a value under the wrong key. It is no protection against
someone who can write to Redis; what is read is therefore checked again as a request would be.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import struct
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from mammoganesis.errors import shown
from services.process.config import Config

logger = logging.getLogger(__name__)

SCHEMA = "mammoganesis:1"
MAX_VALUE_BYTES = 2**20  # larger values (recipes with dozens of explicit codes) are not cached
MAX_LOCAL_BYTES = 64 * 2**20
BREAKER_FAILURES = 3
BREAKER_SECONDS = 5.0

_HEADER = struct.Struct("<4sBQ16s")  # magic, version, length of the payload in bytes, checksum
_MAGIC = b"MGLC"
_VERSION = 1

T = TypeVar("T")


def w_key(bundle_digest: str, origin_key: str) -> str:
    """Key of an untruncated w."""
    return f"{SCHEMA}:w:{bundle_digest}:{origin_key}"


def recipe_key(latent_id: str) -> str:
    """Key of the recipe behind a latent id."""
    return f"{SCHEMA}:recipe:{latent_id}"


def seal(key: str, payload: bytes) -> bytes:
    """The value that is stored under `key` for `payload`."""
    return _HEADER.pack(_MAGIC, _VERSION, len(payload), _checksum(key, payload)) + payload


def unseal(key: str, value: bytes) -> bytes | None:
    """The payload of a stored value; None when a byte of it is wrong or it belongs to another key."""
    if len(value) < _HEADER.size:
        return None
    magic, version, length, checksum = _HEADER.unpack_from(value)
    payload = value[_HEADER.size :]
    sound = magic == _MAGIC and version == _VERSION and length == len(payload) and checksum == _checksum(key, payload)
    return payload if sound else None


def _checksum(key: str, payload: bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    name = key.encode()
    digest.update(struct.pack("<BQQ", _VERSION, len(name), len(payload)) + name)
    digest.update(payload)
    return digest.digest()


@dataclass
class CacheStats:
    """Counters since the start of the process."""

    local_hits: int = 0  # found in the process
    redis_hits: int = 0  # found in Redis, sound
    misses: int = 0  # found nowhere, for whatever reason
    corrupt: int = 0  # values in Redis that did not verify; each is a miss too
    stored: int = 0  # values that Redis took
    not_stored: int = 0  # values that Redis did not take, for whatever reason
    faults: int = 0  # commands that failed or timed out
    skipped: int = 0  # commands not sent because the breaker was open
    breaker_openings: int = 0


class CircuitBreaker:
    """Stops asking a server that does not answer: opens after `failures` in a row for `seconds`, then lets one trial
    pass at a time; a success closes it, a failed trial opens it again."""

    def __init__(
        self,
        failures: int = BREAKER_FAILURES,
        seconds: float = BREAKER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures, self._seconds, self._clock = failures, seconds, clock
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._trial = False

    def allows(self) -> bool:
        """Whether a command may be sent now. After a True, report how it went with succeeded, failed or abandoned."""
        if self._opened_at is None:
            return True
        if self._trial or self._clock() - self._opened_at < self._seconds:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """The server answered."""
        self._in_a_row, self._opened_at, self._trial = 0, None, False

    def abandoned(self) -> None:
        """The caller went away before the server answered: this says nothing about the server."""
        self._trial = False

    def failed(self) -> bool:
        """The server did not answer. Returns whether this opened the breaker (again)."""
        self._in_a_row += 1
        # Commands that were on their way when the breaker opened do not prolong it.
        opens = self._trial if self._opened_at is not None else self._in_a_row >= self._failures
        if opens:
            self._opened_at, self._trial = self._clock(), False
        return opens


class LocalCache:
    """Least recently used payloads by key, bounded by number and by bytes."""

    def __init__(self, max_entries: int, max_bytes: int = MAX_LOCAL_BYTES) -> None:
        self._max_entries, self._max_bytes = max_entries, max_bytes
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> bytes | None:
        """The payload, which becomes the most recently used; None when it is not here."""
        payload = self._entries.get(key)
        if payload is not None:
            self._entries.move_to_end(key)
        return payload

    def put(self, key: str, payload: bytes) -> bool:
        """Keeps the payload, dropping the least recently used; False when it does not fit at all."""
        self._bytes += len(payload) - len(self._entries.pop(key, b""))
        self._entries[key] = payload
        while self._entries and (len(self._entries) > self._max_entries or self._bytes > self._max_bytes):
            self._bytes -= len(self._entries.popitem(last=False)[1])
        return key in self._entries


class LatentCache:
    """Untruncated w by origin, and recipes by latent id.

    Bound to the event loop in which it is first used. Without a Redis client the LRU of the process is all there is.
    """

    def __init__(
        self,
        redis: Redis | None,
        *,
        ttl_seconds: int,
        command_seconds: float,
        local_entries: int,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._redis = redis
        self._ttl_seconds = ttl_seconds
        self._command_seconds = command_seconds
        self._local = LocalCache(local_entries)
        self._breaker = breaker or CircuitBreaker()
        self._stats = CacheStats()

    @classmethod
    def create(cls, config: Config) -> LatentCache:
        """The cache that `config` describes; connects when first used."""
        redis = None
        if config.redis_url is not None:
            timeout = config.redis_timeout_seconds
            pool = BlockingConnectionPool.from_url(
                config.redis_url,
                max_connections=config.redis_max_connections,
                timeout=timeout,  # waiting for a free connection
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                # redis-py's own defaults (5 s, 10 retries) hold a caller for a minute when the server is frozen.
                retry=Retry(EqualJitterBackoff(cap=0.05, base=0.01), 1),
                health_check_interval=15,
                **({} if config.redis_url.startswith("unix:") else {"socket_keepalive": True}),
            )
            redis = Redis.from_pool(pool)
        return cls(
            redis,
            ttl_seconds=config.cache_ttl_seconds,
            # Two attempts of a connect or a read each; what takes longer has met something that timeouts do not cover.
            command_seconds=3 * config.redis_timeout_seconds,
            local_entries=config.local_cache_entries,
        )

    async def get_w(self, bundle_digest: str, origin_key: str, w_shape: tuple[int, ...]) -> NDArray[np.float32] | None:
        """The untruncated w, float32 of shape `w_shape`, read-only; None on a miss."""
        key = w_key(bundle_digest, origin_key)
        payload = await self._get(key, 4 * int(np.prod(w_shape)))
        return None if payload is None else np.frombuffer(payload, dtype="<f4").reshape(w_shape)

    async def put_w(self, bundle_digest: str, origin_key: str, w: NDArray[np.float32]) -> bool:
        """Stores an untruncated w; True when a later call, of any replica that shares the Redis, will find it."""
        payload = np.ascontiguousarray(w, dtype="<f4").tobytes()
        return await self._put(w_key(bundle_digest, origin_key), payload)

    async def get_recipe(self, latent_id: str) -> bytes | None:
        """The serialized recipe behind the id; None on a miss."""
        return await self._get(recipe_key(latent_id))

    async def put_recipe(self, latent_id: str, recipe: bytes) -> bool:
        """Stores a serialized recipe; True as in `put_w`."""
        return await self._put(recipe_key(latent_id), recipe)

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

    def stats(self) -> dict[str, int]:
        """The counters of CacheStats by name."""
        return asdict(self._stats)

    async def close(self) -> None:
        """Closes the connections."""
        if self._redis is not None:
            try:
                async with asyncio.timeout(self._command_seconds):
                    await self._redis.aclose(close_connection_pool=True)
            except Exception as error:
                logger.warning("closing the connections to redis failed: %s", _reason(error))

    async def _get(self, key: str, size: int | None = None) -> bytes | None:
        payload = self._local.get(key)
        if payload is not None and size in (None, len(payload)):
            self._stats.local_hits += 1
            return payload
        payload = await self._get_from_redis(key, size)
        if payload is None:
            self._stats.misses += 1
            return None
        self._stats.redis_hits += 1
        self._local.put(key, payload)
        return payload

    async def _get_from_redis(self, key: str, size: int | None) -> bytes | None:
        redis = self._redis
        if redis is None:
            return None
        value = await self._asked(lambda: redis.get(key))
        if value is None:
            return None
        payload = unseal(key, value) if isinstance(value, bytes) else None
        if payload is None or size not in (None, len(payload)):
            self._stats.corrupt += 1
            logger.warning("cache: the value under %s is not what was stored there; taken as a miss", shown(key))
            return None
        return payload

    async def _put(self, key: str, payload: bytes) -> bool:
        if len(payload) > MAX_VALUE_BYTES:
            self._stats.not_stored += 1
            return False
        kept = self._local.put(key, payload)
        redis = self._redis
        if redis is not None:
            # The process's own copy does not help a call that reaches another replica: only Redis counts.
            kept = bool(await self._asked(lambda: redis.set(key, seal(key, payload), ex=self._ttl_seconds)))
        self._stats.stored += kept
        self._stats.not_stored += not kept
        return kept

    async def _asked(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """The command's answer; None when the breaker is open or the command fails."""
        if not self._breaker.allows():
            self._stats.skipped += 1
            return None
        task = asyncio.current_task()
        cancellations = task.cancelling() if task else 0
        try:
            async with asyncio.timeout(self._command_seconds):
                answer = await command()
            if task and task.cancelling() > cancellations:
                raise asyncio.CancelledError  # Python 3.11's wait_for, inside redis-py, can swallow it
        except asyncio.CancelledError:
            self._breaker.abandoned()
            raise
        except Exception as error:  # a barrier: a server that sends nonsense raises anything inside the client
            self._count_fault(error)
            return None
        self._breaker.succeeded()
        return answer

    def _count_fault(self, error: Exception) -> None:
        self._stats.faults += 1
        logger.warning("cache: redis failed: %s", _reason(error))
        if isinstance(error, ResponseError) and not isinstance(error, RedisConnectionError):
            self._breaker.succeeded()  # it answered, if only to say that it is full: reads go on
        elif self._breaker.failed():
            self._stats.breaker_openings += 1
            logger.warning("cache: redis is left alone for %g seconds", BREAKER_SECONDS)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__} {shown(str(error))}"
