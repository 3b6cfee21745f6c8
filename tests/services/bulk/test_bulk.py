"""Bulk jobs without Ray: what is written where."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydicom import dcmread
from upath import UPath

from mammoganesis.editing.measures import measure
from mammoganesis.pictures.png import burn_in_mark, read_png
from services.bulk.driver import Summary
from services.bulk.verification import verify
from services.bulk.workers import Drawing, Work, Worker
from tests.support.bulk_jobs import DICOM, SEEDS, job_of, names, plan_of, run, whole
from tests.support.serving import TINY


def test_a_folder_has_the_images_that_a_client_gets(tmp_path: Path, pictures: list[bytes]) -> None:
    told: list[int] = []
    assert run(tmp_path, progress=told.append) == Summary(3, 0)
    assert told == [3]
    images = [f"images/{index:08d}.png" for index in range(3)]
    others = ["finished.json", "job.json", "manifest.jsonl", "manifest.parquet", "manifest/000000.parquet"]
    assert names(tmp_path) == sorted(images + others)
    assert [(tmp_path / name).read_bytes() for name in images] == pictures
    lines = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [(line["index"], line["seed"], line["file"]) for line in lines] == list(
        zip(range(3), SEEDS, images, strict=True)
    )
    assert [line["sha256"] for line in lines] == [hashlib.sha256(data).hexdigest() for data in pictures]
    assert set(lines[0]) == {"index", "seed", "file", "sha256", "latent_id", "bundle_digest", "recipe"}
    manifest = json.loads((TINY / "manifest.json").read_text())
    assert lines[0]["recipe"]["bundle_name"] == f"{manifest['name']} {manifest['version']}"
    table = pq.read_table(tmp_path / "manifest.parquet").to_pylist()
    assert [json.loads(row["recipe"]) for row in table] == [line["recipe"] for line in lines]
    assert run(tmp_path) == Summary(3, 3)
    assert verify(tmp_path, plan_of).count == 0


def test_the_manifest_has_edits_rows_labels_and_measures(tmp_path: Path) -> None:
    row = {"images": 2, "name": "moved", "edits": [{"index": 1, "sigmas": {"fixed": 1.5}}]}
    job = job_of(seeds=None, prevalence={"rows": [row, {"images": 1}]}, measures=True, picture={})
    run(tmp_path, job)
    rows = pq.read_table(tmp_path / "manifest.parquet").to_pylist()
    assert [(each["row"], each["edits"]) for each in rows] == [("moved", [{"direction": "1", "sigmas": 1.5}])] * 2 + [
        ("", [])
    ]
    drawn = read_png((tmp_path / rows[0]["file"]).read_bytes()).pixels / 255
    measured = measure(drawn)
    assert {f"measure.{name}" for name in measured} <= set(rows[0])
    assert rows[0]["measure.mean_intensity"] == pytest.approx(measured["mean_intensity"], abs=0.01)
    assert verify(tmp_path, plan_of).count == 0


def test_archives_are_webdatasets_of_the_same_bytes_each_time(tmp_path: Path, pictures: list[bytes]) -> None:
    job = job_of(layout="BULK_LAYOUT_WEBDATASET", shard_images=2)
    for name in ("one", "two"):
        run(tmp_path / name, job)
    archives = [f"shards/{shard:06d}.tar" for shard in range(2)]
    for name in archives:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with tarfile.open(tmp_path / "one" / archives[0]) as archive:
        assert archive.getnames() == ["00000000.png", "00000000.json", "00000001.png", "00000001.json"]
        image, told = (archive.extractfile(name) for name in archive.getnames()[:2])
        assert image is not None
        assert told is not None
        assert image.read() == pictures[0]
        assert json.load(told)["recipe"]["seed"] == SEEDS[0]
    for name in archives:
        assert (tmp_path / "one" / name).read_bytes() == archived_again(tmp_path / "one" / name)
    assert verify(tmp_path / "one", plan_of).count == 0


def archived_again(path: Path) -> bytes:
    """The members of an archive as the standard library writes them."""
    again = io.BytesIO()
    with tarfile.open(path) as archive, tarfile.open(fileobj=again, mode="w", format=tarfile.USTAR_FORMAT) as other:
        for entry in archive:
            other.addfile(entry, archive.extractfile(entry))
    return again.getvalue()


def test_studies_are_dicom_with_identifiers_that_come_again(tmp_path: Path) -> None:
    job = job_of(
        picture=DICOM, layout="BULK_LAYOUT_DICOM_STUDIES", images_per_study=2, made="2026-11-29T12:00:00+00:00"
    )
    for name in ("one", "two"):
        run(tmp_path / name, job)
    found = [path.relative_to(tmp_path / "one") for path in sorted((tmp_path / "one").rglob("*.dcm"))]
    assert [path.as_posix() for path in found] == [f"studies/{i // 2:08d}/{i:08d}.dcm" for i in range(3)]
    for path in found:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
    first, second, third = (dcmread(tmp_path / "one" / path) for path in found)
    assert (first.StudyInstanceUID, first.PatientID) == (second.StudyInstanceUID, second.PatientID)
    assert first.StudyInstanceUID != third.StudyInstanceUID
    assert len({file.SOPInstanceUID for file in (first, second, third)}) == 3
    assert (first.StudyDate, first.StudyTime, first.ImageLaterality) == ("20261129", "120000", "L")
    assert verify(tmp_path / "one", plan_of).count == 0


@pytest.mark.parametrize("layout", ["BULK_LAYOUT_FOLDER", "BULK_LAYOUT_WEBDATASET"])
def test_an_address_takes_the_same_objects(tmp_path: Path, layout: str) -> None:
    job = job_of(layout=layout, shard_images=2)
    there = UPath(f"memory://bulk-{layout}/job")
    run(tmp_path, job)
    assert run(there, job) == Summary(3, 0)
    for name in names(tmp_path):
        if name.startswith(("images", "shards")):
            assert (there / name).read_bytes() == (tmp_path / name).read_bytes()
    assert run(there, job) == Summary(3, 3)
    (there / "manifest/000001.parquet").unlink()
    assert run(there, job) == Summary(3, 2)
    assert verify(there, plan_of).count == 0


def test_a_worker_is_not_bound_by_the_limits_of_a_server(
    tmp_path: Path, pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"MAX_BATCH_SIZE": "1", "MAX_QUEUED_IMAGES": "1", "MAX_IMAGES_PER_CALL": "1", "MAX_MESSAGE_BYTES": "65536"}
    for name, value in {**limits, "MAX_DEADLINE_SECONDS": "0.1", "DEFAULT_DEADLINE_SECONDS": "0.1"}.items():
        monkeypatch.setenv(f"MAMMOGANESIS_{name}", value)
    worker = Worker(Work(plan_of(whole(job_of())), str(TINY), str(tmp_path), 0, Drawing(1)))
    assert worker.make(0, range(3)) == 3
    assert [(tmp_path / f"images/{index:08d}.png").read_bytes() for index in range(3)] == pictures


def test_the_mark_is_in_the_pixels_unless_it_is_left_out(tmp_path: Path, pictures: list[bytes]) -> None:
    run(tmp_path, job_of(picture={}))
    unmarked, marked = read_png((tmp_path / "images/00000000.png").read_bytes()), read_png(pictures[0])
    assert (unmarked.image_format.burn_in_mark, marked.image_format.burn_in_mark) == (False, True)
    assert (unmarked.pixels != marked.pixels).any()
    np.testing.assert_array_equal(burn_in_mark(unmarked.pixels), marked.pixels)
