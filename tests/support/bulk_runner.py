"""The process that works on bulk jobs, beside records and their edge; jobs for it, and what became of them."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkJob, BulkSeedRange, BulkSeeds
from mammoganesis.v1.registry_pb2 import RegistryEntry
from services.client import Client
from tests.places import ROOT
from tests.support.recorded import Recorded


@contextmanager
def working(records: Recorded, folder: Path, bundle: Path, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A runner with its pulse in `folder`; ends as asked with the block."""
    process = started(records, folder, bundle, **settings)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def started(records: Recorded, folder: Path, bundle: Path, **settings: Any) -> subprocess.Popen[bytes]:
    """A runner, which is somebody else's to end."""
    place = f"127.0.0.1:{records.environment['MAMMOGANESIS_RECORDS_PORT']}"
    further = {f"MAMMOGANESIS_{name.upper()}": str(value) for name, value in settings.items()}
    environment = records.environment | {
        "MAMMOGANESIS_RECORDS_ADDRESS": place,
        "MAMMOGANESIS_BUNDLE": str(bundle),
        "MAMMOGANESIS_MAX_BATCH_SIZE": "2",
        **further,
    }
    return subprocess.Popen([sys.executable, "-m", "services.bulk", str(folder)], cwd=ROOT, env=environment)


def asked(records: Recorded, images: int, folder: Path, **fields: Any) -> pb.Job:
    """A job of so many images, four a shard, into a folder at the top of where jobs of these records may write."""
    seeds = BulkSeeds(ranges=[BulkSeedRange(first=5, count=images)])
    whole = {"seeds": seeds, "shard_images": 4, "destination": folder.name} | fields
    document = BulkJob(format="mammoganesis-bulk", format_version=1, **whole)
    return records.bulk.CreateJob(pb.CreateJobRequest(token=secrets.token_hex(16), job=document)).job


def watched(records: Recorded, job: pb.Job, enough: Callable[[pb.Job], bool]) -> pb.Job:
    """The job as soon as it is so; the test's own time limit ends the wait."""
    for each in records.bulk.WatchJob(pb.WatchJobRequest(job_id=job.job_id), timeout=240):
        if enough(each.job):
            return each.job
    raise AssertionError(each.job)


def ended(records: Recorded, job: pb.Job) -> pb.Job:
    """The job once it has ended, however it did."""
    return watched(records, job, lambda now: now.HasField("ended_at"))


def cleared(records: Recorded) -> None:
    """Every job has ended: what was left of them is cancelled."""
    for each in records.bulk.ListJobs(pb.ListJobsRequest()).jobs:
        if not each.HasField("ended_at"):
            records.bulk.CancelJob(pb.CancelJobRequest(job_id=each.job_id))
            ended(records, each)


def files_of(folder: Path) -> dict[str, bytes]:
    """The images of a job, by their names below its folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("images/*.png")}


def registered(records: Recorded, before: Sequence[RegistryEntry] = ()) -> list[RegistryEntry]:
    """What the registry has beside what was there `before`; nothing may have been missed."""
    with Client.connect(records.address) as client:
        assert client.missed_answers() == 0
        return [entry for entry in client.registry() if entry not in before]
