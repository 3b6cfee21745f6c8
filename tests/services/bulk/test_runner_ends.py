"""Ends of those that work on bulk jobs: runners and records that are killed or stopped, and a folder that one of them
still holds. Records and their edge are the same for all tests; each has a folder and runners of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoganesis.v1 import bulk_service_pb2 as pb
from services.bulk.destination import Destination
from tests.support.bulk_runner import asked, ended, files_of, registered, started, watched, working
from tests.support.recorded import Recorded, recorded
from tests.support.serving import TINY

DONE, CANCELLED = pb.JOB_STATE_DONE, pb.JOB_STATE_CANCELLED


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jobs write into its `out`."""
    return tmp_path_factory.mktemp("runners")


@pytest.fixture(scope="module")
def records(place: Path) -> Iterator[Recorded]:
    """Without a runner."""
    with recorded(place / "records", bulk_destinations=(str(place / "out"),)) as running:
        yield running


@pytest.fixture
def folder(place: Path, tmp_path: Path) -> Path:
    """Of the test's job."""
    return place / "out" / tmp_path.name


def test_a_server_without_a_registry_registers_nothing(records: Recorded, folder: Path, tmp_path: Path) -> None:
    before = registered(records)
    with working(records, tmp_path, TINY, registry_held_bytes=0):
        assert ended(records, asked(records, 4, folder)).state == DONE
    assert registered(records, before) == []


def test_killed_runner_and_killed_records_lose_nothing(records: Recorded, folder: Path, tmp_path: Path) -> None:
    before, job = registered(records), asked(records, 120, folder)
    killed = started(records, tmp_path, TINY)
    watched(records, job, lambda now: now.done >= 8)
    killed.kill()
    killed.wait()
    there = {path.name: path.stat().st_mtime_ns for path in (folder / "manifest").iterdir()}
    assert there
    records.kill()
    records.start_again()
    with working(records, tmp_path, TINY):
        watched(records, job, lambda now: now.done >= 24)
        records.kill()
        records.start_again()
        assert ended(records, job).state == DONE
    assert len(files_of(folder)) == 120
    seeds = [json.loads(line)["seed"] for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert seeds == list(range(5, 125))
    kept = {name: (folder / "manifest" / name).stat().st_mtime_ns for name in there}
    assert kept == there  # shards that were there were not made again
    assert sorted(entry.recipe.seed for entry in registered(records, before)) == list(range(5, 125))


def test_a_stopped_runner_gives_its_job_back(records: Recorded, folder: Path, tmp_path: Path) -> None:
    job = asked(records, 2000, folder)
    with working(records, tmp_path, TINY) as stopped:
        watched(records, job, lambda now: now.done >= 4)
        stopped.terminate()
        assert stopped.wait(timeout=60) == 0
    another = records.runner()
    assert another.take().job.job_id == job.job_id  # at once: nobody has to wait for its time to end
    another.report(job.job_id, ended=CANCELLED)


def test_a_folder_that_another_runner_has_not_let_go_of_is_waited_for(
    records: Recorded, folder: Path, tmp_path: Path
) -> None:
    """A runner whose records were away for longer than its lease, while the next one has the job already."""
    job = asked(records, 6, folder)
    with Destination(folder).held(), working(records, tmp_path, TINY):
        waits = watched(records, job, lambda now: bool(now.trouble) or now.HasField("ended_at"))
        assert "is in use" in waits.trouble
        assert waits.coded_trouble == pb.JobReason(code="in_use", values={"place": waits.destination})
        assert not list(folder.rglob("*.png"))
    with working(records, tmp_path, TINY):
        assert ended(records, job).state == DONE
    assert len(files_of(folder)) == 6
