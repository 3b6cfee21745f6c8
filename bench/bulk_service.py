"""What callers notice of a bulk job on the same server: one Sample after the other, alone and beside a running job.

Starts the whole system (edge, Ray Serve, records, the runner) on free ports, in alternating rounds, and stops it again.

    python bench/bulk_service.py --bundle deploy/bundles/demo
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
from serving import running_system

from mammoganesis.terminal.progress import progress
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkJob
from services.client import Client

MANY = 100_000  # images of a job that does not end meanwhile
PAUSE_SECONDS = 0.05  # between two calls of a person, so that the job is at work in between


def latencies(client: Client, seeds: Iterator[int], calls: int) -> np.ndarray:
    """Seconds of each of `calls` calls for one image."""
    taken = []
    for seed in itertools.islice(seeds, calls):
        start = time.perf_counter()
        client.sample(seeds=[seed])
        taken.append(time.perf_counter() - start)
        time.sleep(PAUSE_SECONDS)
    return np.array(taken)


def begun(client: Client) -> str:
    """A job that runs: its id."""
    document = BulkJob(format="mammoganesis-bulk", format_version=1, count=MANY, shard_images=16)
    job_id = client.create_job(document).job_id
    for job in client.watch_job(job_id):
        if job.done:
            break
    return job_id


def ended(client: Client, job_id: str) -> pb.Job:
    """After it was cancelled."""
    client.cancel_job(job_id)
    return list(client.watch_job(job_id))[-1]


def row(name: str, seconds: np.ndarray) -> None:
    """One line of the report, in milliseconds."""
    p50, p95, p99 = np.percentile(seconds * 1e3, [50, 95, 99])
    click.echo(f"{name:<34}{p50:8.1f}{p95:8.1f}{p99:8.1f}{seconds.max() * 1e3:8.1f}")


@click.command(context_settings={"show_default": True})
@click.option("--bundle", type=click.Path(exists=True, path_type=Path), default=Path("deploy/bundles/demo"))
@click.option("--rounds", default=3, type=click.IntRange(1), help="Of each kind, in turn.")
@click.option("--calls", default=100, type=click.IntRange(20), help="Calls of one round.")
def main(bundle: Path, rounds: int, calls: int) -> None:
    """Print p50, p95, p99 and the longest of a Sample alone and beside a job, and the job's pace with and without."""
    seeds, alone, beside = itertools.count(1_000), [], []
    paces: dict[str, list[float]] = {"alone": [], "beside callers": []}
    with running_system(bundle) as system, Client.connect(system.edge, deadline_seconds=600) as client:
        client.sample(seeds=range(16))
        with progress(rounds, "measuring", "round") as bar:
            for _ in range(rounds):
                alone.append(latencies(client, seeds, calls))
                job_id = begun(client)
                paces["alone"].append(_pace(client, job_id, lambda: time.sleep(10)))
                paces["beside callers"].append(
                    _pace(client, job_id, lambda: beside.append(latencies(client, seeds, calls)))
                )
                ended(client, job_id)
                bar.update()
    click.echo(f"{'one image, milliseconds':<34}{'p50':>8}{'p95':>8}{'p99':>8}{'longest':>8}")
    row("alone", np.concatenate(alone))
    row("beside a job", np.concatenate(beside))
    for name, pace in paces.items():
        click.echo(f"the job {name}: {np.median(pace):.1f} images/s [{min(pace):.1f}, {max(pace):.1f}]")


def _pace(client: Client, job_id: str, meanwhile: Callable[[], object]) -> float:
    """Images a second of a job while something else is done."""
    before, start = client.job(job_id).job.done, time.monotonic()
    meanwhile()
    return (client.job(job_id).job.done - before) / (time.monotonic() - start)


if __name__ == "__main__":
    main()
