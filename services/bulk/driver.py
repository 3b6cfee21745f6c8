"""The run of a bulk job: what is missing goes to the workers, what comes back goes to the ledger."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoganesis.errors import DiskFull, Unavailable
from services.bulk.job import Job
from services.bulk.processors import threads_of_workers, threads_that_fit, usable_processors
from services.bulk.store import Line, Store
from services.bulk.workers import Drawing, ray_cluster, start_worker

DRAIN_SECONDS = 30  # for each shard that is under way when another fails
SHARD_IMAGES = 8  # a batch of the engine; also what a crash can waste


@dataclass(frozen=True)
class Crew:
    """Who does the work.

    Attributes:
        workers: processes, 1 or more.
        threads_per_worker: processors that each takes, 1 or more; None: the workers share all that there are.
        ray_address: "local" for a Ray of our own, or that of a running cluster.
        provider, precision: of `Drawing`.
    """

    workers: int
    threads_per_worker: int | None = None
    ray_address: str = "local"
    provider: str | None = None
    precision: str | None = None


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    images: int  # of the whole job, all there now
    found: int  # already there when the run began, proved by checksum


def run(
    job: Job, bundle: Path, out: Path, crew: Crew, progress: Callable[[int], object] = lambda count: None
) -> Summary:
    """Makes all images of `job` that `out` does not hold yet; returns when they all are there.

    Args:
        job: what to make.
        bundle: its bundle, on every machine that a worker runs on.
        out: its folder, likewise; may hold a part of the same job.
        crew: who makes it; no more workers than there are shards are started.
        progress: told how many images have been added, those found first.

    Raises:
        InvalidArgument: no machine of the cluster has threads_per_worker processors, or not all workers have a place.
        FailedPrecondition: the folder is another job's or in use; the cluster has no processors.
        BundleError: the bundle cannot be served.
        Unavailable: the workers die again and again.
        DiskFull: the disk is full; what is there is whole, and the same call goes on from it.
        OSError: the folder cannot be written for another reason.
    """
    lines: dict[int, Line] = {}
    try:
        return _run(job, bundle, out, crew, progress, lines)
    except DiskFull as error:
        kept = f"{len(lines)} of {len(job)} images are whole, and the same command goes on from them"
        raise error.keeping(kept) from None


def _run(
    job: Job, bundle: Path, out: Path, crew: Crew, progress: Callable[[int], object], lines: dict[int, Line]
) -> Summary:
    """As `run`; `lines` gets the line of every image that is there."""
    with Store(out, job) as store:
        lines.update(store.existing())
        found = len(lines)
        progress(found)
        missing = [index for index in range(len(job)) if index not in lines]
        shards = [missing[start : start + SHARD_IMAGES] for start in range(0, len(missing), SHARD_IMAGES)]
        if shards:
            with _workers(job, bundle.resolve(), out.resolve(), crew, len(shards)) as (ray, workers):
                for added in _rendered(ray, workers, shards):
                    store.add(added)
                    lines.update((line["index"], line) for line in added)
                    progress(len(added))
        store.finish(lines)
        return Summary(len(lines), found)


@contextmanager
def _workers(job: Job, bundle: Path, out: Path, crew: Crew, shards: int) -> Iterator[tuple[Any, list[Any]]]:
    """Ray and the workers in it, while the context is."""
    count = min(crew.workers, shards)
    threads = crew.threads_per_worker or threads_that_fit([usable_processors()], count)
    with ray_cluster(crew.ray_address, threads * count) as ray:
        if crew.ray_address != "local":  # this machine's processors say nothing about a cluster that others made
            processors = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
            threads = threads_of_workers(processors, crew.threads_per_worker, count)
        drawing = Drawing(threads, crew.provider, crew.precision)
        yield ray, [start_worker(ray, job, bundle, out, drawing) for _ in range(count)]


def _rendered(ray: Any, workers: Sequence[Any], shards: Sequence[Sequence[int]]) -> Iterator[list[Line]]:
    """The lines of all shards, as they get done; every worker has one shard at a time."""
    pool = ray.util.ActorPool(workers)
    try:
        for shard in shards:
            if not pool.has_free():
                yield pool.get_next_unordered()
            pool.submit(lambda worker, indices: worker.render.remote(indices), shard)
        while pool.has_next():
            yield pool.get_next_unordered()
    except ray.exceptions.RayTaskError as error:
        _drain(pool)
        raise error.cause from None
    except ray.exceptions.RayActorError:
        text = "the workers die again and again; too little memory may be the reason, and fewer --workers need less"
        raise Unavailable(text) from None


def _drain(pool: Any) -> None:
    """What the other workers are writing gets finished."""
    while pool.has_next():
        try:
            pool.get_next_unordered(timeout=DRAIN_SECONDS)
        except TimeoutError:
            return
        except Exception:  # of the same kind as the first, which is the one that is told
            continue
