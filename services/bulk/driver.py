"""The run of a bulk job: what is missing goes to the workers, what comes back goes to the manifest."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis.errors import Unavailable
from services.bulk.job import Job
from services.bulk.processors import threads_of_workers, threads_that_fit, usable_processors
from services.bulk.store import Line, Store
from services.bulk.workers import ray_cluster, start_worker

DRAIN_SECONDS = 30
SHARD_IMAGES = 8  # a batch of the engine; also what a crash can waste


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    images: int  # of the whole job, all there now
    found: int  # already there when the run began, proved by checksum


def run(
    job: Job,
    bundle: Path,
    out: Path,
    *,
    workers: int,
    threads_per_worker: int | None = None,
    ray_address: str = "local",
    progress: Callable[[int], Any] = lambda count: None,
) -> Summary:
    """Makes all images of `job` that `out` does not hold yet; returns when they all are there.

    Args:
        job: what to make.
        bundle: its bundle, on every machine that a worker runs on.
        out: its folder, likewise; may hold a part of the same job.
        workers: processes, 1 or more.
        threads_per_worker: processors that each takes, 1 or more; None: the workers share all that there are.
        ray_address: "local" for a Ray of our own, or that of a running cluster.
        progress: told how many images have been added, those found first.

    Raises:
        InvalidArgument: no machine of the cluster has threads_per_worker processors, or not all workers have a place.
        FailedPrecondition: the folder is another job's or in use; the cluster has no processors.
        BundleError: the bundle cannot be served.
        Unavailable: the workers die again and again.
        OSError: the folder cannot be written, when the disk is full say.
    """
    with Store(out, job) as store:
        lines = store.existing()
        found = len(lines)
        progress(found)
        missing = [index for index in range(len(job)) if index not in lines]
        if missing:
            shards = [missing[start : start + SHARD_IMAGES] for start in range(0, len(missing), SHARD_IMAGES)]

            def done(added: list[Line]) -> None:
                store.add(added)
                lines.update((line["index"], line) for line in added)
                progress(len(added))

            count = min(workers, len(shards))
            _render(job, bundle.resolve(), out.resolve(), shards, count, threads_per_worker, ray_address, done)
        store.finish(lines)
        return Summary(len(lines), found)


def _render(
    job: Job,
    bundle: Path,
    out: Path,
    shards: Sequence[Sequence[int]],
    workers: int,
    threads_per_worker: int | None,
    ray_address: str,
    done: Callable[[list[Line]], None],
) -> None:
    """Keeps every worker busy with one shard at a time."""
    waiting = deque(shards)
    own = threads_per_worker or threads_that_fit([usable_processors()], workers)
    with ray_cluster(ray_address, own * workers) as ray:
        threads = own
        if ray_address != "local":  # this machine's processors say nothing about a cluster that others made
            counts = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
            threads = threads_of_workers(counts, threads_per_worker, workers)
        idle = [start_worker(ray, job, bundle, out, threads) for _ in range(workers)]
        running: dict[Any, Any] = {}
        while waiting or running:
            while waiting and idle:
                worker = idle.pop()
                running[worker.render.remote(waiting.popleft())] = worker
            (ready, *_), _ = ray.wait(list(running), num_returns=1)
            idle.append(running.pop(ready))
            try:
                done(ray.get(ready))
            except ray.exceptions.RayTaskError as error:
                if running:  # what the others are writing gets finished
                    ray.wait(list(running), num_returns=len(running), timeout=DRAIN_SECONDS)
                raise error.cause from None
            except ray.exceptions.RayActorError as error:
                raise Unavailable(f"the workers die again and again: {error}") from None
