"""What quotas cost a call: all of its counts in one way to Redis, and one way for each, turn and turn about.

A call takes its quotas, and gives back what is counted at a time when it has ended, as the edge does it. Times are of
the taking, which a call waits for.

    python bench/quotas.py --quotas 5
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from services.edge.quota_counts import Counts, Entry
from services.launch.embedded_redis import EmbeddedRedis, find_server
from services.process.config import Config


def entries(number: int) -> list[Entry]:
    """Windows, and every third is held."""
    return [
        Entry.held(f"bench:{i}", 1, 10**6) if i % 3 == 2 else Entry(f"bench:{i}", 1, 10**9, 86_400)
        for i in range(number)
    ]


async def measured(url: str, quotas: int, rounds: int) -> dict[str, np.ndarray]:
    """Milliseconds, [rounds], of both."""
    counts = Counts(Config(redis_url=url))
    found: dict[str, list[float]] = {"one way": [], "a way each": []}
    for _ in range(rounds):
        for kind, times in found.items():
            wanted = entries(quotas)
            begun = time.perf_counter()
            if kind == "one way":
                await counts.take(wanted)
            else:
                await asyncio.gather(*(counts.take([each]) for each in wanted))
            times.append(1000 * (time.perf_counter() - begun))
            held = [Entry(each.key, -1, member=each.member) for each in wanted if each.member]
            await counts.give_back(held, is_local=False)
    await counts.close()
    return {kind: np.array(times[rounds // 10 :]) for kind, times in found.items()}


@click.command()
@click.option("--quotas", default=5, show_default=True, type=click.IntRange(1, 50))
@click.option("--rounds", default=2000, show_default=True, type=click.IntRange(100))
def main(quotas: int, rounds: int) -> None:
    """Prints the fastest, the median and the 95th percentile of each, in milliseconds."""
    server = find_server()
    if server is None:
        raise click.UsageError("needs redis-server")
    with tempfile.TemporaryDirectory(prefix="mgs-") as folder:
        redis = EmbeddedRedis(server[0], Path(folder), Path(folder))
        redis.child.start()
        try:
            while not redis.answers():
                time.sleep(0.01)
            for kind, times in asyncio.run(measured(redis.url, quotas, rounds)).items():
                low, middle, high = np.percentile(times, [0, 50, 95])
                text = f"least {low:.2f} ms, median {middle:.2f} ms, 95 % within {high:.2f} ms"
                click.echo(f"{quotas} quotas, {kind}: {text}")
        finally:
            redis.child.stop(5)


if __name__ == "__main__":
    main()
