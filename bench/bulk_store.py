"""A bulk job into a store that runs already: its process is killed, the store is restarted, and then all is verified.

    AWS_ENDPOINT_URL=http://127.0.0.1:8000 python bench/bulk_store.py --out s3://bucket/job \\
        --stop 'systemctl stop radosgw' --start 'systemctl start radosgw'

The bucket has to be there, and credentials in the environment, as for `mammoganesis bulk` itself. A third of the images
is edited. One process works, without Ray: it is killed after a quarter of the shards, another goes on, and while that
one works, after half of them, the store is stopped and started again. A last run has to find everything there.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import click

from mammoganesis.bundle.loading import load_bundle
from mammoganesis.v1 import bulk_pb2 as pb
from services.bulk import document, driver, manifest
from services.bulk.destination import Destination
from services.bulk.plan import Plan, catalogue_of
from services.bulk.verification import verify

POLL_SECONDS = 1.0


def job_of(images: int, shard_images: int) -> pb.BulkJob:
    """A job of drawn seeds, of which a third is edited."""
    job = pb.BulkJob(format=document.FORMAT, format_version=document.FORMAT_VERSION, count=images, seed=4)
    job.shard_images = shard_images
    edit = job.edits.add(index=1, probability=0.35)
    edit.sigmas.normal.mean, edit.sigmas.normal.deviation = 1, 0.5
    return job


def make(job: bytes, bundle: str, out: str) -> None:
    """Runs the job in this process, to its end."""
    summary = driver.run(pb.BulkJob.FromString(job), Path(bundle), out, driver.Crew(0, 1))
    click.echo(f"{summary.images} images: {summary.images - summary.found} made, {summary.found} found")
    if summary.found == summary.images:
        sys.exit(FOUND)


FOUND = 10  # exit code of a run that had nothing to do


def wait_for_shards(process: BaseProcess, destination: Destination, count: int) -> None:
    """Until so many are done, or the process has ended."""
    while process.is_alive() and len(destination.sizes(manifest.FOLDER)) < count:
        process.join(POLL_SECONDS)


@click.command(help=__doc__)
@click.option("--out", required=True, metavar="URL", help="Empty.")
@click.option("--bundle", type=click.Path(exists=True, file_okay=False), default="tests/data/tiny_bundle")
@click.option("--images", default=500, show_default=True)
@click.option("--shard-images", default=8, show_default=True)
@click.option("--stop", metavar="COMMAND", help="Of a shell; what stops the store.  [default: it is not stopped]")
@click.option("--start", metavar="COMMAND", help="What starts it again.")
@click.option("--away", default=5.0, show_default=True, help="Seconds between the two.")
def main(
    out: str, bundle: str, images: int, shard_images: int, stop: str | None, start: str | None, away: float
) -> None:
    if (stop is None) != (start is None):
        raise click.UsageError("--stop and --start belong together")
    destination = Destination(out)
    if destination.sizes():
        raise click.UsageError(f"--out: {out} is not empty")
    job = job_of(images, shard_images)
    shards = -(-images // shard_images)

    def started() -> BaseProcess:
        arguments = (job.SerializeToString(), bundle, out)
        process = multiprocessing.get_context("spawn").Process(target=make, args=arguments)
        process.start()
        return process

    began = time.perf_counter()
    process = started()
    wait_for_shards(process, destination, shards // 4)
    process.kill()
    process.join()
    click.echo(f"killed with {len(destination.sizes(manifest.FOLDER))} of {shards} shards")
    process = started()
    wait_for_shards(process, destination, shards // 2)
    if stop and start:
        click.echo(f"the store is stopped for {away:.0f} s, with {len(destination.sizes(manifest.FOLDER))} shards")
        subprocess.run(stop, shell=True, check=True)
        time.sleep(away)
        subprocess.run(start, shell=True, check=True)
    process.join()
    click.echo(f"the job took {time.perf_counter() - began:.1f} s")
    if process.exitcode:
        raise click.ClickException(f"it ended with {process.exitcode}")
    process = started()
    process.join()
    if process.exitcode != FOUND:
        raise click.ClickException("what was there has not been found")
    opened = load_bundle(Path(bundle))
    began = time.perf_counter()
    verdict = verify(out, lambda job: Plan.of(job, catalogue_of(opened), opened.limits()))
    click.echo(f"verify took {time.perf_counter() - began:.1f} s: {verdict.there} of {verdict.images} are right")
    for fault in verdict.faults:
        click.echo(fault)
    sys.exit(3 if verdict.count else 0)


if __name__ == "__main__":
    main()
