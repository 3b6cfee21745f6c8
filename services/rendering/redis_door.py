"""Connections to Redis, and how it is asked: not for longer than was said, and not again while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import EqualJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from services.process.config import Config
from services.rendering.breaker import CircuitBreaker

T = TypeVar("T")
Command = tuple[str | bytes | int, ...]
"""Its name and arguments, as Redis reads them."""


class LeftAlone(Exception):  # noqa: N818
    """Redis was not asked: it has not answered lately."""


class Failed(Exception):  # noqa: N818
    """Redis was asked and has not answered, or not with what it should."""

    def __init__(self, error: Exception, opened: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.opened = opened  # from now on it is left alone


def pool_of(config: Config) -> BlockingConnectionPool | None:
    """Connections to the Redis of the configuration; None where it has none."""
    if config.redis_url is None:
        return None
    timeout = config.redis_timeout_seconds
    return BlockingConnectionPool.from_url(
        config.redis_url,
        max_connections=config.redis_max_connections,
        timeout=timeout,  # waiting for a free connection
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        # redis-py's own defaults (5 s, 10 retries) hold a caller for a minute when the server is frozen.
        retry=Retry(EqualJitterBackoff(cap=0.05, base=0.01), 1),
        health_check_interval=15,
        driver_info=None,  # its command would be one more for the user of the cache to be allowed
        **({} if config.redis_url.startswith("unix:") else {"socket_keepalive": True}),
    )


async def together(redis: Redis, commands: Sequence[Command]) -> list[Any]:
    """The answers to commands that go to Redis in one piece, in order. Of several, what one of them is refused for
    stands in its place; of one it is raised, as is whatever else goes wrong."""
    if len(commands) == 1:
        return [await redis.execute_command(*commands[0])]
    pipeline = redis.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    answers = await pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, RedisConnectionError):  # such as one that is still loading what it has
            raise answer
    return answers


class RedisDoor:
    """Asks one Redis.

    Args:
        seconds: of one command, as long as it takes inside the client.
        failed: is told of a trial that has failed, which nobody waits for.
    """

    def __init__(
        self, redis: Redis, seconds: float, failed: Callable[[Failed], None], breaker: CircuitBreaker | None = None
    ) -> None:
        self._redis, self._seconds, self._failed = redis, seconds, failed
        self._breaker = breaker or CircuitBreaker()
        self._trial: asyncio.Task[None] | None = None

    @property
    def asks(self) -> bool:
        """Whether commands are sent now, and Redis is not left alone."""
        return self._breaker.allows()

    async def asked(self, command: Callable[[], Awaitable[T]]) -> T:
        """The command's answer. Raises LeftAlone or Failed, and nothing else."""
        if not self._breaker.allows():
            if self._breaker.wants_trial():
                self._trial = asyncio.create_task(self._try())
            raise LeftAlone
        task = asyncio.current_task()
        cancellations = task.cancelling() if task else 0
        try:
            async with asyncio.timeout(self._seconds):
                answer = await command()
            if task and task.cancelling() > cancellations:
                raise asyncio.CancelledError  # Python 3.11's wait_for, inside redis-py, can swallow it
        except asyncio.CancelledError:
            raise
        except Exception as error:  # a barrier: a server that sends nonsense raises anything inside the client
            raise self._failure(error) from error
        self._breaker.succeeded()
        return answer

    def close(self) -> None:
        """Ends a trial that is under way."""
        if self._trial is not None:
            self._trial.cancel()

    async def _try(self) -> None:
        """Asks Redis whether it answers again; nobody waits for it."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._redis.ping()
        except Exception as error:
            self._failed(self._failure(error))
        else:
            self._breaker.succeeded()

    def _failure(self, error: Exception) -> Failed:
        if isinstance(error, ResponseError) and not isinstance(error, RedisConnectionError):
            self._breaker.succeeded()  # it answered, if only to say that it is full: reads go on
            return Failed(error, opened=False)
        return Failed(error, self._breaker.failed(waited=isinstance(error, TimeoutError | RedisTimeoutError)))
