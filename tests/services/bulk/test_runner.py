"""Bulk jobs of the service: records, a real edge with real servicers, and the process that works on them, the same for
all tests, each of which has a folder of its own."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mammoganesis.errors import FailedPrecondition
from mammoganesis.pictures.encoding import decode
from mammoganesis.v1 import bulk_service_pb2 as pb
from mammoganesis.v1.bulk_pb2 import BulkReserve
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_DICOM, ImageFormat
from mammoganesis.v1.registry_pb2 import IMAGE_VERDICT_UNCHANGED
from services.bulk import driver, manifest
from services.bulk.contents import images_at
from services.bulk.destination import Destination
from services.bulk.queue import pulse_file
from services.bulk.runner import check_place
from services.bulk.verification import verify
from services.client import Client
from tests.support.bulk_runner import asked, cleared, ended, files_of, registered, watched, working
from tests.support.keys import new_key
from tests.support.recorded import Recorded, postgres, recorded
from tests.support.serving import TINY, guarded_copy

DONE, CANCELLED, FAILED = pb.JOB_STATE_DONE, pb.JOB_STATE_CANCELLED, pb.JOB_STATE_FAILED


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jobs write into its `out`, and the runner's pulse is in it."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def started(place: Path) -> Iterator[Recorded]:
    with (
        recorded(place / "records", bulk_destinations=(str(place / "out"),)) as running,
        working(running, place, TINY),
    ):
        yield running


@pytest.fixture
def records(started: Recorded) -> Iterator[Recorded]:
    """With a runner; every job of a test ends with it."""
    yield started
    cleared(started)


@pytest.fixture
def folder(place: Path, tmp_path: Path) -> Path:
    """Of the test's jobs."""
    return place / "out" / tmp_path.name


def test_a_job_of_the_service_is_the_same_as_one_of_the_command(
    records: Recorded, place: Path, folder: Path, tmp_path: Path
) -> None:
    job = asked(records, 10, folder)
    assert (ended(records, job).state, ended(records, job).done) == (DONE, 10)
    assert pulse_file(place).exists()
    made = files_of(folder)
    assert len(made) == 10
    assert json.loads((folder / "finished.json").read_text())["images"] == 10
    document = records.bulk.GetJob(pb.GetJobRequest(job_id=job.job_id)).document
    driver.run(document, TINY, tmp_path / "command", driver.Crew(0))
    assert files_of(tmp_path / "command") == made


def test_what_a_job_has_made_is_registered_once_as_the_files_that_it_is(records: Recorded, folder: Path) -> None:
    before = registered(records)
    dicom = ImageFormat(encoding="IMAGE_ENCODING_DICOM", side="SIDE_LEFT", view="VIEW_CC")
    assert ended(records, asked(records, 6, folder, picture=dicom)).state == DONE
    (folder / "manifest" / "000001.parquet").unlink()  # as after a death between the files and their manifest
    assert ended(records, asked(records, 6, folder, picture=dicom)).state == DONE
    entries = registered(records, before)
    assert sorted(entry.recipe.seed for entry in entries) == list(range(5, 11))
    assert {entry.destination for entry in entries} == {str(folder)}
    assert {entry.encoding for entry in entries} == {IMAGE_ENCODING_DICOM}
    with Client.connect(records.address) as client:
        assert client.register_images(images_at(str(folder)).images, str(folder)) == 0  # as `registry import` does
        (image,) = [path for path in folder.rglob("*.dcm") if path.stem.endswith("5")]
        verdict = client.verify_image(image.read_bytes())
    assert verdict.verdict == IMAGE_VERDICT_UNCHANGED


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
            asked(records, 6, out / name, reserve=BulkReserve(first=1000), **fields) for name, fields in kinds.items()
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


def test_a_cancelled_job_leaves_whole_shards_and_goes_on_later(records: Recorded, folder: Path) -> None:
    job = asked(records, 2000, folder)
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


def test_a_job_that_waits_for_its_folder_can_be_cancelled(records: Recorded, folder: Path) -> None:
    job = asked(records, 6, folder)
    with Destination(folder).held():
        watched(records, job, lambda now: bool(now.trouble))
        records.bulk.CancelJob(pb.CancelJobRequest(job_id=job.job_id))
        assert ended(records, job).state == CANCELLED
    assert not list(folder.rglob("*.png"))


def test_why_it_could_not_go_on_is_told(records: Recorded, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    job = asked(records, 4, folder)
    left = ended(records, job)
    assert left.state == FAILED
    assert "holds no bulk job" in left.reason
    assert left.coded_reason == pb.JobReason(code="not_empty", values={"place": left.destination})
    shutil.rmtree(folder)
    assert ended(records, asked(records, 4, folder)).state == DONE  # it works on


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
