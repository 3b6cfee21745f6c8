"""The cache against real Redis servers: alive, dead, frozen, full, corrupting, guarded, restarted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.process.config import Config
from services.rendering.breaker import CircuitBreaker
from services.rendering.cache import MAX_VALUE_BYTES, LatentCache
from services.rendering.cache_values import ACCESS, USER, Sealing, w_key

DIGEST = "ab" * 32
OTHER_DIGEST = "cd" * 32
SECRET = "a-secret-of-the-tests-0123456789"
LATENT_ID = "lat_" + "0" * 32
W = np.linspace(-3, 3, 96, dtype=np.float32)
SHAPE = (96,)


def make_cache(url: str | None, **settings: Any) -> LatentCache:
    # No local copies unless a test asks for them: what comes back has been in Redis. And patience: only tests of a
    # frozen server want the short timeouts, a busy machine must not fail the others.
    return LatentCache.create(
        Config(
            redis_url=url,
            **{"local_cache_entries": 0, "redis_timeout_seconds": 5.0, "edge_secret": SECRET, **settings},
        )
    )


async def test_what_is_stored_comes_back_bit_for_bit(redis_server):
    cache = make_cache(redis_server.url)
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert await cache.put_w(DIGEST, "seed:7", W)
    found = await cache.get_w(DIGEST, "seed:7", SHAPE)
    assert found is not None
    assert found.dtype == np.float32
    assert found.tobytes() == W.tobytes()
    assert await cache.put_recipe(LATENT_ID, b"\x08\x05")
    assert await cache.get_recipe(LATENT_ID) == b"\x08\x05"
    stats = cache.stats()
    assert (stats["redis_hits"], stats["misses"], stats["stored"], stats["faults"]) == (2, 1, 2, 0)
    await cache.close()


async def test_another_process_finds_it_and_it_expires(redis_server):
    writer, reader = make_cache(redis_server.url, cache_ttl_seconds=100), make_cache(redis_server.url)
    await writer.put_w(DIGEST, "seed:7", W)
    assert await reader.get_w(DIGEST, "seed:7", SHAPE) is not None
    assert 0 < redis_server.client().ttl(w_key(DIGEST, "seed:7")) <= 100
    await writer.close()
    await reader.close()


async def test_keys_bind_bundle_and_origin(redis_server):
    cache = make_cache(redis_server.url)
    await cache.put_w(DIGEST, "seed:7", W)
    assert await cache.get_w(OTHER_DIGEST, "seed:7", SHAPE) is None
    assert await cache.get_w(DIGEST, "seed:70", SHAPE) is None
    # A value that somebody copied to another key is not taken for that key's value.
    client = redis_server.client()
    client.set(w_key(OTHER_DIGEST, "seed:7"), client.get(w_key(DIGEST, "seed:7")))
    assert await cache.get_w(OTHER_DIGEST, "seed:7", SHAPE) is None
    assert cache.stats()["corrupt"] == 1
    await cache.close()


async def test_another_shape_is_a_miss(redis_server):
    cache = make_cache(redis_server.url, local_cache_entries=4)
    await cache.put_w(DIGEST, "seed:7", W)
    assert await cache.get_w(DIGEST, "seed:7", (97,)) is None
    assert await cache.get_w(DIGEST, "seed:7", (2, 48)) is not None
    await cache.close()


async def test_corrupting_server_is_a_miss_each_time(redis_server):
    cache = make_cache(redis_server.url)
    client, key = redis_server.client(), w_key(DIGEST, "seed:7")
    await cache.put_w(DIGEST, "seed:7", W)
    sound = client.get(key)
    spoilt = [b"\0", sound[:-1], sound + b"x", b"x" * len(sound), sound[:40] + bytes([sound[40] ^ 1]) + sound[41:]]
    for value in spoilt:
        client.set(key, value)
        assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert cache.stats()["corrupt"] == len(spoilt)
    client.set(key, b"")  # for Redis's GETRANGE the same as none
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    client.delete(key)
    client.lpush(key, "a list where a value should be")
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert await cache.put_w(DIGEST, "seed:7", W)  # and storing heals it
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    assert cache.stats()["breaker_openings"] == 0
    await cache.close()


async def test_values_of_others_are_misses_that_are_counted_and_told_once_in_a_while(redis_server, caplog):
    """Another seed's, another bundle's, another secret's, one that this process would have made without a secret."""
    cache, client = make_cache(redis_server.url), redis_server.client()
    key = w_key(DIGEST, "seed:7")
    await cache.put_w(DIGEST, "seed:8", W + np.float32(1))
    await cache.put_w(OTHER_DIGEST, "seed:7", W + np.float32(1))
    forged = [
        client.get(w_key(DIGEST, "seed:8")),
        client.get(w_key(OTHER_DIGEST, "seed:7")),
        Sealing.of("another-secret-0123456789").seal(key, W.tobytes()),
        Sealing.of().seal(key, W.tobytes()),
    ]
    with caplog.at_level(logging.WARNING):
        for value in forged:
            assert isinstance(value, bytes)
            client.set(key, value)
            assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert (cache.stats()["corrupt"], cache.stats()["redis_hits"]) == (len(forged), 0)
    assert len([r for r in caplog.records if "was not stored there by these services" in r.getMessage()]) == 1
    assert await cache.put_w(DIGEST, "seed:7", W)  # computing again heals it
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    await cache.close()


async def test_without_a_secret_no_value_of_another_process_is_taken(redis_server):
    writer, reader = (make_cache(redis_server.url, edge_secret=None) for _ in range(2))
    assert await writer.put_w(DIGEST, "seed:7", W)
    assert await writer.get_w(DIGEST, "seed:7", SHAPE) is not None
    assert await reader.get_w(DIGEST, "seed:7", SHAPE) is None
    await writer.close()
    await reader.close()


async def test_a_value_as_large_as_redis_takes_is_not_read_whole(redis_server):
    cache, client, key = make_cache(redis_server.url), redis_server.client(), w_key(DIGEST, "seed:7")
    client.setrange(key, 100 * 2**20, b"x")
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert cache.stats()["corrupt"] == 1
    assert client.info("stats")["total_net_output_bytes"] < 2 * MAX_VALUE_BYTES
    await cache.close()


async def test_the_rights_of_the_cache_are_those_that_it_needs(start_redis):
    server = start_redis("--user", "default", "off", "--user", *f"{USER} on >right-password {ACCESS}".split())
    cache = make_cache(server.url.replace("redis://", f"redis://{USER}:right-password@"))
    assert await cache.check() is None
    assert await cache.put_w(DIGEST, "seed:7", W)
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    assert (cache.stats()["faults"], cache.stats()["redis_hits"]) == (0, 1)
    await cache.close()


async def test_dead_server_is_a_miss_and_the_breaker_opens(redis_server, caplog):
    cache = make_cache(redis_server.url)
    await cache.put_w(DIGEST, "seed:7", W)
    assert (cache.has_redis, cache.asks_redis) == (True, True)
    redis_server.kill()
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert not await cache.put_w(DIGEST, "seed:8", W)
    stats = cache.stats()
    assert (stats["faults"], stats["skipped"], stats["breaker_openings"]) == (3, 3, 1)
    assert (stats["misses"], stats["not_stored"]) == (5, 1)
    assert (cache.has_redis, cache.asks_redis) == (True, False)
    # Once in a while, not for every image.
    assert len([r for r in caplog.records if "redis failed" in r.getMessage()]) == 1
    assert len([r for r in caplog.records if "redis is left alone" in r.getMessage()]) == 1
    await cache.close()


async def test_frozen_server_costs_one_command_its_time_and_then_nothing(redis_server):
    cache = make_cache(redis_server.url, redis_timeout_seconds=Config().redis_timeout_seconds)
    await cache.put_w(DIGEST, "seed:7", W)
    redis_server.freeze()
    start = time.monotonic()
    for _ in range(100):
        assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert time.monotonic() - start < 5  # redis-py's defaults take 59 seconds
    stats = cache.stats()
    assert stats["skipped"] == 99  # one was waited for
    redis_server.thaw()
    await cache.close()


async def test_many_calls_at_once_on_a_frozen_server_end_together(redis_server):
    cache = make_cache(redis_server.url, redis_max_connections=2, redis_timeout_seconds=Config().redis_timeout_seconds)
    redis_server.freeze()
    start = time.monotonic()
    assert await asyncio.gather(*(cache.get_w(DIGEST, f"seed:{i}", SHAPE) for i in range(50))) == [None] * 50
    assert time.monotonic() - start < 10
    redis_server.thaw()
    await cache.close()


async def test_more_calls_than_connections_all_hit(redis_server):
    cache = make_cache(redis_server.url, redis_max_connections=2)
    await cache.put_w(DIGEST, "seed:7", W)
    found = await asyncio.gather(*(cache.get_w(DIGEST, "seed:7", SHAPE) for _ in range(200)))
    assert all(w is not None and w.tobytes() == W.tobytes() for w in found)
    await cache.close()


async def test_cancelled_calls_do_not_cross_answers(redis_server):
    cache = make_cache(redis_server.url, redis_max_connections=1)
    for seed in range(20):
        await cache.put_w(DIGEST, f"seed:{seed}", W + np.float32(seed))
    for seed in range(20):
        doomed = asyncio.ensure_future(cache.get_w(DIGEST, f"seed:{seed}", SHAPE))
        await asyncio.sleep(0)
        doomed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doomed
        found = await cache.get_w(DIGEST, f"seed:{19 - seed}", SHAPE)
        assert found is not None
        assert found.tobytes() == (W + np.float32(19 - seed)).tobytes()
    await cache.close()


async def test_full_server_refuses_writes_and_still_reads(start_redis):
    server = start_redis("--maxmemory-policy", "noeviction")
    cache = make_cache(server.url)
    assert await cache.put_w(DIGEST, "seed:7", W)
    server.client().config_set("maxmemory", "1")
    for seed in range(10):
        assert not await cache.put_w(DIGEST, f"seed:{100 + seed}", W)
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    stats = cache.stats()
    assert (stats["not_stored"], stats["faults"], stats["breaker_openings"]) == (10, 10, 0)
    await cache.close()


async def test_wrong_and_right_password(start_redis, caplog):
    server = start_redis("--requirepass", "right-password")
    wrong = make_cache(server.url.replace("redis://", "redis://:wrong-password@"))
    with caplog.at_level(logging.DEBUG, "services"):
        reason = await wrong.check()
        assert not await wrong.put_w(DIGEST, "seed:7", W)
        assert await wrong.get_w(DIGEST, "seed:7", SHAPE) is None
    assert reason is not None
    assert reason.startswith("AuthenticationError")
    assert "wrong-password" not in reason + caplog.text
    assert wrong.stats()["faults"] == 2
    right = make_cache(server.url.replace("redis://", "redis://:right-password@"))
    assert await right.check() is None
    assert await right.put_w(DIGEST, "seed:7", W)
    await wrong.close()
    await right.close()


async def test_restarted_empty_server_is_used_again(redis_server):
    cache = make_cache(redis_server.url)
    await cache.put_w(DIGEST, "seed:7", W)
    redis_server.kill()
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    redis_server.start()
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None  # empty now, and no error
    assert await cache.put_w(DIGEST, "seed:7", W)
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    assert cache.stats()["breaker_openings"] == 0
    await cache.close()


async def test_server_that_is_not_redis_is_a_miss():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\xfe$99999999\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    cache = make_cache(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    assert not await cache.put_w(DIGEST, "seed:7", W)
    assert cache.stats()["faults"] == 2
    await cache.close()
    server.close()


async def test_trials_are_waited_for_by_nobody_and_bring_redis_back(redis_server):
    now = [0.0]
    cache = make_cache(redis_server.url)
    await cache.put_w(DIGEST, "seed:7", W)
    cache._door._breaker = CircuitBreaker(clock=lambda: now[0])
    redis_server.kill()
    for _ in range(4):
        await cache.get_w(DIGEST, "seed:7", SHAPE)
    assert cache.stats()["skipped"] == 1
    now[0] = 5.0
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None  # begins the trial, which fails
    await cache._door._trial
    stats = cache.stats()
    assert (stats["faults"], stats["skipped"], stats["breaker_openings"]) == (4, 2, 2)
    redis_server.start()
    now[0] = 10.0
    assert not await cache.put_w(DIGEST, "seed:7", W)
    await cache._door._trial
    assert await cache.put_w(DIGEST, "seed:7", W)
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    await cache.close()


async def test_a_cache_that_is_closed_during_a_trial_ends_it(redis_server):
    cache = make_cache(redis_server.url)
    now = [0.0]
    cache._door._breaker = CircuitBreaker(clock=lambda: now[0])
    cache._door._breaker.failed(waited=True)
    now[0] = 5.0
    redis_server.freeze()
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is None
    redis_server.thaw()
    await cache.close()
    assert cache._door._trial.cancelling() or cache._door._trial.done()


async def test_without_redis_the_process_remembers():
    cache = LatentCache.create(Config(local_cache_entries=2))
    assert await cache.check() is None
    assert (cache.has_redis, cache.asks_redis) == (False, False)
    for seed in range(3):
        assert await cache.put_w(DIGEST, f"seed:{seed}", W + np.float32(seed))
    assert await cache.get_w(DIGEST, "seed:0", SHAPE) is None  # the oldest made room
    found = await cache.get_w(DIGEST, "seed:2", SHAPE)
    assert found is not None
    assert found.tobytes() == (W + np.float32(2)).tobytes()
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    stats = cache.stats()
    assert (stats["local_hits"], stats["misses"], stats["stored"]) == (1, 1, 3)
    await cache.close()
    nothing = make_cache(None)
    assert not await nothing.put_w(DIGEST, "seed:0", W)


async def test_local_copies_survive_the_death_of_redis(redis_server):
    cache = make_cache(redis_server.url, local_cache_entries=8)
    await cache.put_w(DIGEST, "seed:7", W)
    redis_server.kill()
    assert await cache.get_w(DIGEST, "seed:7", SHAPE) is not None
    # Kept here, but no other replica can find it: not cached, as the caller understands the word.
    assert not await cache.put_w(DIGEST, "seed:8", W)
    assert await cache.get_w(DIGEST, "seed:8", SHAPE) is not None
    await cache.close()


async def test_what_redis_gave_is_kept_locally(redis_server):
    writer, reader = make_cache(redis_server.url), make_cache(redis_server.url, local_cache_entries=8)
    await writer.put_w(DIGEST, "seed:7", W)
    await reader.get_w(DIGEST, "seed:7", SHAPE)
    await reader.get_w(DIGEST, "seed:7", SHAPE)
    assert (reader.stats()["redis_hits"], reader.stats()["local_hits"]) == (1, 1)
    await writer.close()
    await reader.close()


async def test_oversized_values_are_not_cached(redis_server):
    cache = make_cache(redis_server.url)
    assert not await cache.put_recipe(LATENT_ID, bytes(MAX_VALUE_BYTES + 1))
    assert redis_server.client().dbsize() == 0
    assert await cache.put_recipe(LATENT_ID, bytes(MAX_VALUE_BYTES))
    await cache.close()


async def test_unix_socket(start_redis: Callable[..., Any], tmp_path):
    start_redis("--unixsocket", str(tmp_path / "redis.sock"))
    cache = make_cache(f"unix://{tmp_path / 'redis.sock'}")
    assert await cache.check() is None
    assert await cache.put_w(DIGEST, "seed:7", W)
    await cache.close()


def test_stats_start_at_zero():
    stats = LatentCache.create(Config()).stats()
    assert set(stats.values()) == {0}
