"""Several values of the cache at once, against real Redis servers."""

from __future__ import annotations

import numpy as np

from services.rendering.cache import MAX_VALUE_BYTES
from services.rendering.cache_values import w_key
from tests.services.rendering.test_cache import DIGEST, LATENT_ID, SHAPE, W, make_cache


async def test_several_at_once_are_what_each_is_alone(redis_server):
    """One is spoilt, one is a list, one is not there, one is too large to be stored."""
    cache, client = make_cache(redis_server.url), redis_server.client()
    seeds = [f"seed:{seed}" for seed in range(6)]
    assert await cache.put_many_w(DIGEST, {seed: W + np.float32(i) for i, seed in enumerate(seeds[:5])}) == [True] * 5
    client.set(w_key(DIGEST, "seed:1"), b"spoilt")
    client.delete(w_key(DIGEST, "seed:2"))
    client.lpush(w_key(DIGEST, "seed:2"), "a list where a value should be")
    found = await cache.get_many_w(DIGEST, seeds, SHAPE)
    assert [None if w is None else float(w[0]) for w in found] == [-3, None, None, 0, 1, None]
    stats = cache.stats()
    assert (stats["redis_hits"], stats["misses"], stats["corrupt"], stats["faults"]) == (3, 3, 1, 1)
    assert await cache.put_many_w(DIGEST, dict.fromkeys(seeds, W)) == [True] * 6  # and storing heals it
    other = f"{LATENT_ID[:-1]}1"
    stored = await cache.put_recipes({LATENT_ID: b"a", other: bytes(MAX_VALUE_BYTES + 1)})
    assert stored == {LATENT_ID: True, other: False}
    assert client.ttl(w_key(DIGEST, "seed:0")) > 0
    await cache.close()


async def test_several_at_once_at_a_full_and_at_a_dead_server(start_redis):
    server = start_redis("--maxmemory-policy", "noeviction")
    cache = make_cache(server.url)
    assert await cache.put_many_w(DIGEST, {"seed:0": W, "seed:1": W}) == [True, True]
    server.client().config_set("maxmemory", "1")
    assert await cache.put_many_w(DIGEST, {"seed:2": W, "seed:3": W}) == [False, False]
    assert all(w is not None for w in await cache.get_many_w(DIGEST, ["seed:0", "seed:1"], SHAPE))
    assert (cache.stats()["faults"], cache.stats()["breaker_openings"]) == (2, 0)
    server.kill()
    assert await cache.get_many_w(DIGEST, ["seed:0", "seed:1"], SHAPE) == [None, None]
    assert await cache.put_many_w(DIGEST, {"seed:2": W, "seed:3": W}) == [False, False]
    assert (cache.stats()["faults"], cache.stats()["not_stored"]) == (4, 4)
    await cache.close()
