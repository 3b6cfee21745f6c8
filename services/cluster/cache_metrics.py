"""The counters of a replica's latent cache as metrics of Ray, beside Serve's own."""

from __future__ import annotations

from collections.abc import Mapping

from ray.serve.metrics import Counter

PREFIX = "mammoganesis_cache_"


class CacheMetrics:
    """Counters by the names of `services.rendering.cache.CacheStats`, which say what they count. Serve adds application
    and replica. `ray_mammoganesis_cache_corrupt_total` above 0: Redis holds what these services have not stored."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}
        self._published: dict[str, int] = {}

    def publish(self, stats: Mapping[str, int]) -> None:
        """Adds what has been counted since the last call."""
        for name, count in stats.items():
            if name not in self._counters:
                self._counters[name] = Counter(PREFIX + name, description=f"Latent cache, since the start: {name}.")
            more = count - self._published.get(name, 0)
            if more:
                self._counters[name].inc(more)
                self._published[name] = count
