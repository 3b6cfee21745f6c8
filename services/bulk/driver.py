"""The run of a bulk job: what is missing at the destination goes to workers, until nothing is."""

from __future__ import annotations

import hashlib
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from mammoganesis import files
from mammoganesis.bundle.loading import load_bundle
from mammoganesis.errors import DiskFull, FailedPrecondition, InvalidArgument, Unavailable
from mammoganesis.v1 import bulk_pb2 as pb
from services.bulk import document, manifest
from services.bulk.destination import PATIENCE_SECONDS, Destination
from services.bulk.found import Found, found_job, keep_job, lost_shards, proved
from services.bulk.plan import Plan, catalogue_of
from services.bulk.pool import Pool, Shard
from services.bulk.processors import threads_of_workers, threads_that_fit, usable_processors
from services.bulk.reasons import Code
from services.bulk.workers import Drawing, Work, Worker, ray_cluster, start_worker

ROUNDS = 3  # a store that loses what it has taken is given up after so many


class Making(Protocol):
    """Whoever makes shards: `Crew`, or a crew that a server draws for (`services.bulk.served`)."""

    @property
    def patience_seconds(self) -> float:
        """How long a store may be away, 0 or more."""
        ...

    def made(
        self,
        plan: Plan,
        bundle: files.Location,
        destination: Destination,
        missing: Sequence[Shard],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, int]]:
        """Number and images of each missing shard, as they get done; `cancelled` says when no other is to begin."""
        ...


@dataclass(frozen=True)
class Crew:
    """Workers of Ray, each with an engine of its own.

    Attributes:
        workers: processes, 1 or more; 0: this process, without a Ray.
        threads_per_worker: processors that each takes, 1 or more; None: the workers share all that there are.
        ray_address: "local" for a Ray of our own, or that of a running cluster.
        provider, precision: of `Drawing`.
        patience_seconds: how long a store may be away before the run ends, 0 or more.
        autoscaling: the cluster adds and removes nodes by itself: workers that have no place yet wait for one. Their
            threads have to be named.
    """

    workers: int
    threads_per_worker: int | None = None
    ray_address: str = "local"
    provider: str | None = None
    precision: str | None = None
    patience_seconds: float = PATIENCE_SECONDS
    autoscaling: bool = False

    def made(
        self,
        plan: Plan,
        bundle: files.Location,
        destination: Destination,
        missing: Sequence[Shard],
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, int]]:
        """As `Making`."""
        place = str(bundle.resolve() if isinstance(bundle, Path) else bundle)
        if not self.workers:
            threads = self.threads_per_worker or usable_processors()
            drawing = Drawing(threads, self.provider, self.precision)
            worker = Worker(Work(plan, place, str(destination), self.patience_seconds, drawing))
            for number, indices in itertools.takewhile(lambda _: not cancelled(), missing):
                yield number, worker.make(number, indices)
            return
        count = min(self.workers, len(missing))
        with _workers(self, count) as (ray, threads):
            drawing = Drawing(threads, self.provider, self.precision)
            work = ray.put(Work(plan, place, str(destination), self.patience_seconds, drawing))
            pool = Pool(ray, lambda: start_worker(ray, work, threads), count, cancelled)
            yield from pool.run(missing)


@dataclass(frozen=True)
class Summary:
    """What a run did."""

    images: int  # of the job that are there now
    found: int  # already there when the run began
    cancelled: bool = False  # it ended before all were there, as it was asked to


def _never() -> bool:
    return False


def run(
    job: pb.BulkJob,
    bundle: files.Location,
    out: str | files.Location,
    crew: Making,
    progress: Callable[[int], object] = lambda count: None,
    cancelled: Callable[[], bool] = _never,
    *,
    prove: bool = True,
) -> Summary:
    """Makes all images of a job that its destination does not hold yet; returns when they all are there.

    Args:
        job: what to make; checked and completed here (`services.bulk.document`).
        bundle: its bundle, on every machine that a worker runs on.
        out: a folder on every such machine, or an address; may hold a part of the same job.
        crew: who makes it; no more workers than there are shards are started.
        progress: told how many images have been added, those found first.
        cancelled: asked twice a second; once it says yes the shards under way are finished, and no other begins.
        prove: read what a folder holds again, and make anew what is damaged. An address is only asked what it has.

    Raises:
        InvalidArgument: a field of the job, or the crew, is outside what is allowed.
        FailedPrecondition: the destination is another job's or in use; the job is for another bundle.
        BundleError: the bundle cannot be served.
        Unavailable: the workers die again and again, or the store stays away.
        DiskFull: the disk is full; what is there is whole, and the same call goes on from it.
        OSError: the destination cannot be written for another reason.
    """
    document.check(job)
    whole = document.complete(job)
    whole.made = whole.made or _now()
    opened = load_bundle(bundle)
    plan = Plan.of(whole, catalogue_of(opened), opened.limits())
    destination = Destination(out, crew.patience_seconds)
    kept = Found()
    try:
        with destination.held():
            told = _Told(progress, cancelled, prove)
            return _run(found_job(destination, plan), bundle, destination, crew, told, kept)
    except DiskFull as error:
        text = f"{kept.images} of {len(plan)} images are whole, and the same command goes on from them"
        raise error.keeping(text) from None


@dataclass(frozen=True)
class _Told:
    """How the caller follows a run."""

    progress: Callable[[int], object]
    cancelled: Callable[[], bool]
    prove: bool


def _run(
    plan: Plan, bundle: files.Location, destination: Destination, crew: Making, told: _Told, kept: Found
) -> Summary:
    """As `run`; `kept` learns which shards are there."""
    shards = list(enumerate(document.shards(plan.job)))
    for shard, images in proved(destination, plan, told.prove):
        kept.add(shard, images)
        told.progress(images)
    found = kept.images
    for _ in range(ROUNDS):
        missing = [shard for shard in shards if shard[0] not in kept.shards]
        if missing:
            destination.remove("finished.json")
            for shard, images in crew.made(plan, bundle, destination, missing, told.cancelled):
                kept.add(shard, images)
                keep_job(destination, plan)  # a store that came back empty would not know whose shards it has
                told.progress(images)
            if told.cancelled() and len(kept.shards) < len(shards):
                return Summary(kept.images, found, cancelled=True)
        lost = lost_shards(destination, kept)
        if not lost:
            if missing or destination.read("finished.json") is None:
                _finish(plan, destination, len(shards))
            return Summary(kept.images, found)
        told.progress(-kept.forget(lost))
    gone = Unavailable(f"{destination}: what was written is not there afterwards")
    raise gone.coded(Code.VANISHED, place=str(destination))


@contextmanager
def _workers(crew: Crew, count: int) -> Iterator[tuple[Any, int]]:
    """Ray while the context is, and the threads that each worker gets."""
    if crew.autoscaling and crew.threads_per_worker is None:
        raise InvalidArgument(
            "--threads-per-worker", None, "the processors of a worker, where a cluster adds nodes for it"
        )
    threads = crew.threads_per_worker or threads_that_fit([usable_processors()], count)
    with ray_cluster(crew.ray_address, threads * count) as ray:
        # This machine's processors say nothing about a cluster that others made.
        if crew.ray_address != "local" and not crew.autoscaling:
            processors = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
            threads = threads_of_workers(processors, crew.threads_per_worker, count)
        yield ray, threads


def _finish(plan: Plan, destination: Destination, shards: int) -> None:
    """The manifests in one, and, last of all, the marker."""

    def each() -> Iterator[manifest.Manifest]:
        for shard in range(shards):
            name = manifest.name_of(shard)
            data = destination.read(name)
            if data is None:
                gone = FailedPrecondition(f"{destination}/{name} has gone")
                raise gone.coded(Code.VANISHED, place=f"{destination}/{name}")
            yield manifest.read(data, name)

    with tempfile.TemporaryDirectory() as folder:
        table, lines = Path(folder) / "manifest.parquet", Path(folder) / "manifest.jsonl"
        count = manifest.write_whole(each(), table, lines)
        destination.copy(table, table.name)
        destination.copy(lines, lines.name)
        marker = {"images": count, "job": plan.identity}
        marker |= {"manifest_sha256": _digest(lines), "parquet_sha256": _digest(table)}
    destination.write("finished.json", json.dumps(marker).encode())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
