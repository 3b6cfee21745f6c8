"""Bulk jobs without Ray: what is taken up again, what is refused, what a crash or a full disk may leave behind."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from upath import UPath

from mammoganesis import files
from mammoganesis.errors import DiskFull, FailedPrecondition, Unavailable
from services.bulk import driver
from services.bulk.destination import Destination
from services.bulk.document import job_json
from services.bulk.driver import Summary
from services.bulk.verification import MOST_FAULTS, verify
from tests.support.bulk_jobs import SEEDS, job_of, names, plan_of, run, whole
from tests.support.small_disk import small_disk


def test_a_shard_without_a_manifest_keeps_what_proves_itself(tmp_path: Path, pictures: list[bytes]) -> None:
    run(tmp_path)
    (tmp_path / "manifest/000000.parquet").unlink()
    (tmp_path / "images/00000002.png").write_bytes(pictures[0])  # another image under its name
    (tmp_path / "images/.00000001.png.77-0a1b2c3d.part").write_bytes(b"half")
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in names(tmp_path) if "part" not in name}
    assert run(tmp_path) == Summary(3, 0)
    assert [(tmp_path / f"images/{index:08d}.png").read_bytes() for index in range(3)] == pictures
    kept = [
        name for name in before if name.startswith("images") and (tmp_path / name).stat().st_mtime_ns == before[name]
    ]
    assert kept == ["images/00000000.png", "images/00000001.png"]
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other", "text", "gone", "manifest"])
def test_what_is_damaged_is_found_and_made_again(tmp_path: Path, pictures: list[bytes], damage: str) -> None:
    run(tmp_path)
    path = tmp_path / ("manifest/000000.parquet" if damage == "manifest" else "images/00000001.png")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    contents = {"flip": bytes(flipped), "cut": whole[:-100], "empty": b"", "other": pictures[0], "text": b"text"}
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(contents.get(damage, bytes(flipped)[:-9]))
    verdict = verify(tmp_path, plan_of)
    assert (verdict.there, verdict.count) == (0, 1), verdict.faults
    assert verdict.faults[0].startswith(path.relative_to(tmp_path).as_posix())
    run(tmp_path)
    assert (tmp_path / "images/00000001.png").read_bytes() == pictures[1]
    assert verify(tmp_path, plan_of).count == 0


def _forged(path: Path, **metadata: Any) -> None:
    table = pq.read_table(path)
    columns = metadata.pop("columns", None)
    changed = table.schema.metadata | {key.encode(): str(value) for key, value in metadata.items()}
    pq.write_table((table if columns is None else table.select(columns)).replace_schema_metadata(changed), path)


def _many_rows(path: Path) -> None:
    zeros = pa.table({"index": pa.array(np.zeros(5_000, np.int64))})
    pq.write_table(zeros.replace_schema_metadata(pq.read_schema(path).metadata), path)


@pytest.mark.parametrize(
    "forge",
    [
        lambda path: _forged(path, objects='{"/dev/zero": [1, "00"]}'),
        lambda path: _forged(path, objects='{"../../job.json": [1, "00"]}'),
        lambda path: _forged(path, objects='{"a": [1e400, "00"]}'),
        lambda path: _forged(path, objects='{"a":' * 3000),
        lambda path: _forged(path, objects="[]"),
        lambda path: _forged(path, columns=["index", "seed"]),
        _many_rows,
    ],
    ids=["device", "outside", "infinite", "deep", "list", "columns", "rows"],
)
def test_a_manifest_from_elsewhere_leads_to_nothing_but_its_own_files(tmp_path: Path, forge: Any) -> None:
    out = tmp_path / "out"
    run(out)
    forge(out / "manifest/000000.parquet")
    verdict = verify(out, plan_of)
    assert (verdict.there, verdict.count) == (0, 1), verdict.faults
    assert verdict.faults[0].startswith("manifest/000000.parquet: ")
    assert run(out) == Summary(3, 0)
    assert verify(out, plan_of).count == 0


def test_what_is_no_file_is_not_read(tmp_path: Path, pictures: list[bytes]) -> None:
    run(tmp_path)
    (tmp_path / "images/00000001.png").unlink()
    os.mkfifo(tmp_path / "images/00000001.png")
    assert "images/00000001.png: missing" in verify(tmp_path, plan_of).faults
    assert run(tmp_path) == Summary(3, 0)
    assert (tmp_path / "images/00000001.png").read_bytes() == pictures[1]


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, tarfile.SYMTYPE, None], ids=["sparse", "link", "text"])
def test_an_archive_from_elsewhere_is_one_fault(tmp_path: Path, kind: bytes | None) -> None:
    run(tmp_path, job_of(layout="BULK_LAYOUT_WEBDATASET"))
    data, archive = b"no archive" * 200, tmp_path / "shards/000000.tar"
    if kind is not None:
        header = tarfile.TarInfo("00000000.png")
        header.type, header.linkname, header.size = kind, "nowhere", 0
        data = header.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
    archive.write_bytes(data)
    told = json.dumps({"shards/000000.tar": [len(data), hashlib.sha256(data).hexdigest()]})
    _forged(tmp_path / "manifest/000000.parquet", objects=told)
    verdict = verify(tmp_path, plan_of)
    assert verdict.there == 0
    assert all(fault.startswith("shards/000000.tar: ") for fault in verdict.faults), verdict.faults


def test_a_document_from_elsewhere_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "job.json").open("wb") as file:
        file.truncate(2**40)
    for take in (run, verify):
        with pytest.raises(FailedPrecondition, match=f"job.json has {2**40} bytes; allowed: at most"):
            take(tmp_path)
    many = job_of(seeds=None, count=20_000, shard_images=1)
    (tmp_path / "job.json").write_text(job_json(whole(many)))
    tracemalloc.start()
    try:
        verdict = verify(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (verdict.images, verdict.there, verdict.count, len(verdict.faults)) == (20_000, 0, 20_001, MOST_FAULTS)
    assert peak < 4 * 2**20, "memory follows what a document asks for, not what is there"


def test_verify_names_what_is_too_much_missing_or_of_another_recipe(tmp_path: Path) -> None:
    job = job_of(shard_images=2)
    run(tmp_path, job)
    (tmp_path / "images/00000003.png").write_bytes(b"x")
    (tmp_path / "manifest/000001.parquet").unlink()
    (tmp_path / "finished.json").unlink()
    faults = "\n".join(verify(tmp_path, plan_of).faults)
    assert "images/00000003.png: of no image of the job" in faults
    assert "manifest/000001.parquet: missing, and with it images 2 to 2" in faults
    assert "finished.json: missing" in faults
    other = tmp_path / "other"
    run(other, job_of(shard_images=2, seeds={"values": [1, 2, 3]}))
    (tmp_path / "manifest/000001.parquet").write_bytes((other / "manifest/000001.parquet").read_bytes())
    faults = "\n".join(verify(tmp_path, plan_of).faults)
    assert "manifest/000001.parquet: of another job or shard" in faults
    assert "manifest/000001.parquet, image 2: the recipe is not what the document asks for" in faults
    with pytest.raises(FailedPrecondition, match=r"holds no bulk job: it has no job\.json"):
        verify(tmp_path / "images")


def test_a_folder_of_an_earlier_version_is_taken_up(tmp_path: Path, pictures: list[bytes]) -> None:
    """Its job.json described the job by its images, its ledger was appended to line by line."""
    plan = plan_of(whole(job_of()))
    earlier = {
        "images": 3,
        "seeds_sha256": hashlib.sha256(np.array(SEEDS, dtype="<i8").tobytes()).hexdigest(),
        "first_seed": SEEDS[0],
        "last_seed": SEEDS[-1],
        "recipe_of_first_image": json.loads(plan.recipe_json(plan.drawn(0).recipe)),
        "noise_of_each_image": True,
        "format": "png",
        "bundle_digest": plan.job.bundle_digest,
        "burn_in_mark": True,
    }
    (tmp_path / "images").mkdir()
    (tmp_path / "job.json").write_text(json.dumps(earlier, indent=2))
    (tmp_path / "manifest.jsonl").write_text('{"index":0,"fil')
    for index in (0, 2):
        (tmp_path / f"images/{index:08d}.png").write_bytes(pictures[index])
    before = (tmp_path / "images/00000000.png").stat().st_mtime_ns
    with pytest.raises(
        FailedPrecondition, match=r"another bulk job \(it differs in: images, last_seed, seeds_sha256\)"
    ):
        run(tmp_path, job_of(seeds={"values": SEEDS[:2]}))
    assert run(tmp_path) == Summary(3, 0)
    assert (tmp_path / "images/00000000.png").stat().st_mtime_ns == before
    assert [(tmp_path / f"images/{index:08d}.png").read_bytes() for index in range(3)] == pictures
    assert verify(tmp_path, plan_of).count == 0


def test_another_job_is_refused(tmp_path: Path, pictures: list[bytes]) -> None:
    run(tmp_path)
    others: dict[str, dict[str, Any]] = {
        "seeds": {"seeds": {"values": SEEDS[:2]}},
        "recipe": {"recipe": {}},
        "picture": {"picture": {}},
        "measures": {"measures": True},
        "edits": {"edits": [{"index": 0, "sigmas": {"fixed": 1}}]},
    }
    for field, change in others.items():
        with pytest.raises(FailedPrecondition, match=rf"another bulk job \(it differs in: {field}\)"):
            run(tmp_path, job_of(**change))
    assert (tmp_path / "images/00000000.png").read_bytes() == pictures[0]
    assert run(tmp_path, job_of(destination="elsewhere", shard_images=1)) == Summary(3, 3)


def test_a_folder_in_use_or_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(FailedPrecondition, match="in use"):
            run(tmp_path / "out")
    files.write(tmp_path / "photos" / "holiday.png", b"")
    with pytest.raises(FailedPrecondition, match="not empty"):
        run(tmp_path / "photos")
    assert names(tmp_path / "photos") == ["holiday.png"]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "job.json").write_text("{")
    with pytest.raises(FailedPrecondition, match=r"job\.json is damaged"):
        run(tmp_path / "broken")


def test_a_driver_that_ends_before_its_job_stands_there_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".job.json.77-0a1b2c3d.part").write_bytes(b"half")
    assert run(tmp_path) == Summary(3, 0)


def test_a_job_that_is_cancelled_has_whole_shards_and_goes_on(tmp_path: Path) -> None:
    job, told = job_of(shard_images=1), list[int]()
    assert run(tmp_path, job, progress=told.append, cancelled=lambda: bool(told)) == Summary(1, 0, cancelled=True)
    assert [name for name in names(tmp_path) if name.startswith("manifest")] == ["manifest/000000.parquet"]
    assert run(tmp_path, job) == Summary(3, 1)


def test_a_full_disk_is_said_with_what_is_kept(tmp_path: Path) -> None:
    job = job_of(shard_images=1, picture={"encoding": "IMAGE_ENCODING_PNG_16"})
    with small_disk(tmp_path / "disk", 28 * 2**10) as disk:
        with pytest.raises(DiskFull, match=r"; [012] of 3 images are whole, and the same command goes on from them"):
            run(disk / "out", job)
        assert not list(disk.rglob("*.part"))
    assert run(tmp_path / "larger", job) == Summary(3, 0)


class Failing:
    """A store that refuses so many requests, then does what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusals: int) -> None:
        self.left, self.write = refusals, files.write
        monkeypatch.setattr("mammoganesis.files.write", self)
        monkeypatch.setattr("services.bulk.destination._FIRST_WAIT", 0.001)

    def __call__(self, place: files.Location, content: bytes) -> None:
        if self.left:
            self.left -= 1
            raise OSError("SlowDown: Please reduce your request rate.")
        self.write(place, content)


def test_a_store_that_throttles_is_asked_again_until_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    Failing(monkeypatch, 5)
    there = Destination("memory://throttled/job", 60.0)
    there.write("a", b"1")
    assert there.read("a") == b"1"
    assert there.sizes() == {"a": 1}
    Failing(monkeypatch, 1000)
    with pytest.raises(Unavailable, match=r"job/b: SlowDown: .*; the store has not done what was asked for 0 seconds"):
        Destination("memory://throttled/job", 0.01).write("b", b"")
    assert there.read("b") is None


@pytest.mark.parametrize("gone", ["", "images/00000000.png", "manifest/000001.parquet"])
def test_what_a_store_has_lost_is_made_again_before_the_end(monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    there = UPath(f"memory://emptied-{gone}/job")
    made = driver.Crew.made
    rounds = []

    def losing(*arguments: Any) -> Any:
        rounds.append(len(arguments[4]))
        yield from made(*arguments)
        if len(rounds) == 1:
            there.fs.rm(there.path + f"/{gone}".rstrip("/"), recursive=True)

    monkeypatch.setattr(driver.Crew, "made", losing)
    assert run(there, job_of(shard_images=2)) == Summary(3, 0)
    assert rounds == [2, 1 if gone else 2]
    assert verify(there, plan_of).count == 0
