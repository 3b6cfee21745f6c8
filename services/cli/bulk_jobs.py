"""mammoganesis bulk submit | watch | list | cancel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.bulk import job_of_file
from services.cli.connection import takes_server
from services.cli.lines import each

if TYPE_CHECKING:
    from mammoganesis.v1.bulk_service_pb2 import Job
    from services.client import Client

FAILED, CANCELLED = 1, 3
"""Exit codes of `watch` for a job that has ended so."""
AGAIN_SECONDS = 2.0
WAIT_SECONDS = 60
"""Two waits of which the ends are nearer to each other are one."""


@click.command()
@click.argument("document", metavar="JOB.json", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", metavar="PLACE", help="Destination, instead of the document's.  [default: a new folder]")
@click.option(
    "--token",
    metavar="TOKEN",
    help="8 to 64 letters, digits, _ and -: sent again with the same document, it makes no second job.",
)
@click.option("--watch", "watching", is_flag=True, help="Show how far it is, until it ends.")
@takes_server
def submit(client: Client, document: Path, out: str | None, token: str | None, watching: bool) -> int:
    """Give a server a job to work on while nobody else waits for it.

    A destination is a name or a path such as teaching/dense, below the first folder or address that the server allows
    (MAMMOGANESIS_BULK_DESTINATIONS), or one of these with what follows it. A job of a document whose images are partly
    there goes on from there.

    \b
    Example:
      mammoganesis bulk submit dense.json --out teaching/dense --watch
    """
    job = job_of_file(document)
    if out is not None:
        job.destination = out
    made = client.create_job(job, token)
    _tell(made)
    return _watched(client, made.job_id) if watching else 0


@click.command()
@click.argument("job_id", metavar="ID")
@takes_server
def watch(client: Client, job_id: str) -> int:
    """Show how far a job is, until it ends; Ctrl-C ends the look, not the job.

    Exit code 0: all images are there. 1: it failed, or cannot be seen. 3: it was cancelled.
    """
    return _watched(client, job_id)


@click.command("list")
@takes_server
def list_(client: Client) -> None:
    """List all jobs, the newest first."""
    for job in each(client.jobs(), "no job"):
        _tell(job)


@click.command()
@click.argument("job_id", metavar="ID")
@takes_server
def cancel(client: Client, job_id: str) -> None:
    """Have a job end after the shard that is being written. What is there stays, in whole shards."""
    _tell(client.cancel_job(job_id))


def _watched(client: Client, job_id: str) -> int:
    """Until the job ends, also when a stream does or the server is away for a while."""
    import time

    from mammoganesis.errors import DeadlineExceeded, Unavailable
    from mammoganesis.terminal.progress import beside, progress
    from mammoganesis.v1 import bulk_service_pb2 as pb

    job = client.job(job_id).job
    seen, told = 0, 0
    with progress(job.images, "waiting" if job.state == pb.JOB_STATE_QUEUED else "rendering") as bar:
        while job.state in (pb.JOB_STATE_QUEUED, pb.JOB_STATE_RUNNING, pb.JOB_STATE_CANCELLING):
            try:
                for job in client.watch_job(job_id):
                    bar.update(job.done - seen)
                    seen = job.done
                    if job.waits_until.seconds > told + WAIT_SECONDS:
                        told = job.waits_until.seconds
                        beside(_waits(job))
            except (Unavailable, DeadlineExceeded):
                time.sleep(AGAIN_SECONDS)
    _tell(job)
    return {pb.JOB_STATE_FAILED: FAILED, pb.JOB_STATE_CANCELLED: CANCELLED}.get(job.state, 0)


def _tell(job: Job) -> None:
    from mammoganesis.v1.bulk_service_pb2 import JobState

    state = JobState.Name(job.state).removeprefix("JOB_STATE_")
    left = f", {job.seconds_left:.0f} s left" if job.HasField("seconds_left") else ""
    pace = f", {job.images_per_second:.3g} images/s{left}" if job.images_per_second else ""
    waits = f", {job.before} job(s) before it" if job.before else ""
    click.echo(f"{job.job_id}  {state}, {job.done} of {job.images} images{pace}{waits}")
    click.echo(f"  {job.destination}{'  ' + job.title if job.title else ''}")
    for text in filter(None, (_waits(job), job.reason)):
        click.echo(f"  {text}")


def _waits(job: Job) -> str:
    """What it waits for, and until when where that is known; "" for nothing."""
    until = f" until {job.waits_until.ToJsonString()}" if job.HasField("waits_until") else ""
    return f"it waits{until}: {job.trouble}" if job.trouble else ""
