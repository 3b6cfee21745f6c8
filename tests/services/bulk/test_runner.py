"""Bulk jobs of the service: records, a real edge with real servicers, and the process that works on them."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mammoganesis.errors import FailedPrecondition
from mammoganesis.pictures.encoding import decode
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkJob, BulkReserve, BulkSeedRange, BulkSeeds
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_DICOM, ImageFormat
from mammoganesis.v1.registry_pb2 import IMAGE_VERDICT_UNCHANGED, RegistryEntry
from services.bulk import driver, manifest
from services.bulk.contents import images_at
from services.bulk.destination import Destination
from services.bulk.queue import pulse_file
from services.bulk.runner import check_place
from services.bulk.verification import verify
from services.client import Client
from tests.support.bulk_runner import started, working
from tests.support.keys import new_key
from tests.support.recorded import Recorded, postgres, recorded
from tests.support.serving import TINY, guarded_copy

DONE, CANCELLED, FAILED = pb.JOB_STATE_DONE, pb.JOB_STATE_CANCELLED, pb.JOB_STATE_FAILED


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Recorded]:
    with recorded(tmp_path / "records", bulk_destinations=(str(tmp_path / "out"),)) as running:
        yield running


def asked(records: Recorded, images: int, **fields: Any) -> pb.Job:
    seeds = BulkSeeds(ranges=[BulkSeedRange(first=5, count=images)])
    whole = {"seeds": seeds, "shard_images": 4, "destination": "job"} | fields
    document = BulkJob(format="mammoganesis-bulk", format_version=1, **whole)
    return records.bulk.CreateJob(pb.CreateJobRequest(token=secrets.token_hex(16), job=document)).job


def watched(records: Recorded, job: pb.Job, enough: Callable[[pb.Job], bool]) -> pb.Job:
    """The job as soon as it is so; the test's own time limit ends the wait."""
    for each in records.bulk.WatchJob(pb.WatchJobRequest(job_id=job.job_id), timeout=240):
        if enough(each.job):
            return each.job
    raise AssertionError(each.job)


def ended(records: Recorded, job: pb.Job) -> pb.Job:
    return watched(records, job, lambda now: now.HasField("ended_at"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("images/*.png")}


def registered(records: Recorded) -> list[RegistryEntry]:
    with Client.connect(records.address) as client:
        assert client.missed_answers() == 0
        return list(client.registry())


def test_a_job_of_the_service_is_the_same_as_one_of_the_command(records: Recorded, tmp_path: Path) -> None:
    job = asked(records, 10)
    with working(records, tmp_path, TINY):
        assert (ended(records, job).state, ended(records, job).done) == (DONE, 10)
        assert pulse_file(tmp_path).exists()
    made = files_of(tmp_path / "out" / "job")
    assert len(made) == 10
    assert json.loads((tmp_path / "out" / "job" / "finished.json").read_text())["images"] == 10
    document = records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id)).document
    driver.run(document, TINY, tmp_path / "command", driver.Crew(0))
    assert files_of(tmp_path / "command") == made


def test_what_a_job_has_made_is_registered_once_as_the_files_that_it_is(records: Recorded, tmp_path: Path) -> None:
    dicom = ImageFormat(encoding="IMAGE_ENCODING_DICOM", side="SIDE_LEFT", view="VIEW_CC")
    folder = tmp_path / "out" / "job"
    with working(records, tmp_path, TINY):
        assert ended(records, asked(records, 6, picture=dicom)).state == DONE
        (folder / "manifest" / "000001.parquet").unlink()  # as after a death between the files and their manifest
        assert ended(records, asked(records, 6, picture=dicom)).state == DONE
    entries = registered(records)
    assert sorted(entry.recipe.seed for entry in entries) == list(range(5, 11))
    assert {entry.destination for entry in entries} == {str(folder)}
    assert {entry.encoding for entry in entries} == {IMAGE_ENCODING_DICOM}
    with Client.connect(records.address) as client:
        assert client.register_images(images_at(str(folder)).images, str(folder)) == 0  # as `registry import` does
        (image,) = [path for path in folder.rglob("*.dcm") if path.stem.endswith("5")]
        verdict = client.verify_image(image.read_bytes())
    assert verdict.verdict == IMAGE_VERDICT_UNCHANGED


def test_a_server_without_a_registry_registers_nothing(records: Recorded, tmp_path: Path) -> None:
    with working(records, tmp_path, TINY, registry_held_bytes=0):
        assert ended(records, asked(records, 4)).state == DONE
    assert registered(records) == []


def test_other_layouts_on_postgresql_signed_and_without_copies(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What the engine refuses, here the second image, is replaced by the runner as by the command."""
    key, _ = new_key(tmp_path, "operator")
    bundle = guarded_copy(tmp_path_factory.mktemp("guarded") / "bundle", [6])
    dicom = ImageFormat(encoding="IMAGE_ENCODING_DICOM", side="SIDE_LEFT", view="VIEW_CC")
    kinds: dict[str, dict[str, Any]] = {
        "tars": {"layout": "BULK_LAYOUT_WEBDATASET"},
        "studies": {"layout": "BULK_LAYOUT_DICOM_STUDIES", "picture": dicom, "images_per_study": 2},
    }
    out = tmp_path / "out"
    with (
        postgres() as url,
        recorded(tmp_path / "records", url, bundle, drawing={"guard": "on"}, bulk_destinations=(str(out),)) as records,
        working(records, tmp_path, bundle, signing_key_file=key),
    ):
        jobs = [
            asked(records, 6, destination=name, reserve=BulkReserve(first=1000), **fields)
            for name, fields in kinds.items()
        ]
        for job in jobs:
            done = ended(records, job)
            assert (done.state, done.done, done.reason) == (DONE, 6, "")
    for name in kinds:
        rows = pq.read_table(out / name / "manifest.parquet").to_pylist()
        assert [row["refused"] for row in rows] == [[], [6], [], [], [], []]
        assert rows[1]["seed"] >= 1000
        assert verify(out / name).count == 0
        images = list(images_at(str(out / name)).images)
        assert len(images) == 6
        assert {decode(data).signature.partition(":")[0] for data in images} == {"ed25519"}


def test_killed_runner_and_killed_records_lose_nothing(records: Recorded, tmp_path: Path) -> None:
    job = asked(records, 120)
    killed = started(records, tmp_path, TINY)
    watched(records, job, lambda now: now.done >= 8)
    killed.kill()
    killed.wait()
    there = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out/job/manifest").iterdir()}
    assert there
    records.kill()
    records.start_again()
    with working(records, tmp_path, TINY):
        watched(records, job, lambda now: now.done >= 24)
        records.kill()
        records.start_again()
        assert ended(records, job).state == DONE
    folder = tmp_path / "out" / "job"
    assert len(files_of(folder)) == 120
    seeds = [json.loads(line)["seed"] for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert seeds == list(range(5, 125))
    kept = {name: (folder / "manifest" / name).stat().st_mtime_ns for name in there}
    assert kept == there  # shards that were there were not made again
    assert sorted(entry.recipe.seed for entry in registered(records)) == list(range(5, 125))


def test_a_cancelled_job_leaves_whole_shards_and_goes_on_later(records: Recorded, tmp_path: Path) -> None:
    job, folder = asked(records, 2000), tmp_path / "out" / "job"
    with working(records, tmp_path, TINY):
        watched(records, job, lambda now: now.done >= 4)
        records.bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id))
        left = ended(records, job)
        assert (left.state, left.done % 4) == (CANCELLED, 0)
        assert 0 < left.done < 2000
        names = [path.name for path in (folder / "manifest").glob("*.parquet")]
        assert sum(manifest.read((folder / "manifest" / name).read_bytes(), name).images for name in names) == left.done
        assert not (folder / "finished.json").exists()
        document = records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id)).document
        request = pb.CreateJobRequest(token=secrets.token_hex(16), job=document)
        again = records.bulk.CreateJob(request).job
        watched(records, again, lambda now: now.done > left.done)


def test_a_stopped_runner_gives_its_job_back(records: Recorded, tmp_path: Path) -> None:
    job = asked(records, 2000)
    with working(records, tmp_path, TINY) as stopped:
        watched(records, job, lambda now: now.done >= 4)
        stopped.terminate()
        assert stopped.wait(timeout=60) == 0
    assert records.runner().take().job.job_id == job.job_id  # at once: nobody has to wait for its time to end


def test_a_folder_that_another_runner_has_not_let_go_of_is_waited_for(records: Recorded, tmp_path: Path) -> None:
    """A runner whose records were away for longer than its lease, while the next one has the job already."""
    job, folder = asked(records, 6), tmp_path / "out" / "job"
    with Destination(folder).held(), working(records, tmp_path, TINY):
        waits = watched(records, job, lambda now: bool(now.trouble) or now.HasField("ended_at"))
        assert "is in use" in waits.trouble
        assert waits.coded_trouble == pb.JobReason(code="in_use", values={"place": waits.destination})
        assert not list(folder.rglob("*.png"))
    with working(records, tmp_path, TINY):
        assert ended(records, job).state == DONE
    assert len(files_of(folder)) == 6


def test_a_job_that_waits_for_its_folder_can_be_cancelled(records: Recorded, tmp_path: Path) -> None:
    job, folder = asked(records, 6), tmp_path / "out" / "job"
    with Destination(folder).held(), working(records, tmp_path, TINY):
        watched(records, job, lambda now: bool(now.trouble))
        records.bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id))
        assert ended(records, job).state == CANCELLED
    assert not list(folder.rglob("*.png"))


def test_why_it_could_not_go_on_is_told(records: Recorded, tmp_path: Path) -> None:
    (tmp_path / "out" / "job").mkdir(parents=True)
    (tmp_path / "out" / "job" / "thesis.txt").write_text("mine")
    job = asked(records, 4)
    with working(records, tmp_path, TINY):
        left = ended(records, job)
        assert left.state == FAILED
        assert "holds no bulk job" in left.reason
        assert left.coded_reason == pb.JobReason(code="not_empty", values={"place": left.destination})
        shutil.rmtree(tmp_path / "out" / "job")
        assert ended(records, asked(records, 4)).state == DONE  # it works on


def test_an_allowed_folder_is_one_whatever_links_lead_there(tmp_path: Path) -> None:
    root, other = tmp_path / "out", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "link").symlink_to(other)
    check_place(f"{root}/job", (str(root),))
    check_place("s3://bucket/bulk/job", ("s3://bucket/bulk",))
    for place in (f"{root}/link/job", f"{root}/link", f"{other}/job", "s3://other/job", str(root)):
        with pytest.raises(FailedPrecondition, match="does not lie below"):
            check_place(place, (str(root), "s3://bucket/bulk"))
