"""Where images come from: every file is accounted for, here and elsewhere, and one bad file stops nothing."""

from __future__ import annotations

import csv
import dataclasses
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mammoganesis import files
from mammoganesis.errors import ConfigurationError, DataError
from mammoganesis.files import Location
from mammoganesis.pictures.dicom_transform import GreyOptions
from mammoganesis.pictures.exclusions import Reason
from tests.places import ROOT
from tests.support.mammograms import mammogram, write_dicom, write_png
from tests.support.object_store import BUCKET, object_store
from training.data import accounts
from training.data.dataset import Dataset
from training.data.dicom import ReadOptions
from training.data.listing import collect
from training.data.options import PrepareOptions
from training.data.prepare import prepare

OPTIONS = PrepareOptions(resolution=32, test_fraction=0.0)


@pytest.fixture
def memory() -> Location:
    """A folder of a store that is no file system."""
    place = files.location("memory://archive")
    files.remove(place)
    return place


def disc(folder: Path, lost: str) -> Path:
    """An exported disc as PACS write them: FILESETs with a DICOMDIR, of which one file is lost."""
    pydicom = pytest.importorskip("pydicom")
    from pydicom.fileset import FileSet

    exported = FileSet()
    for number in range(3):
        path = write_dicom(folder.parent / "instances" / f"{number}.dcm", (mammogram(number) * 10).astype(np.uint16))
        data = pydicom.dcmread(path)
        data.PatientName, data.StudyDate, data.StudyTime, data.StudyID = "", "20200101", "120000", "1"
        data.StudyInstanceUID, data.SeriesInstanceUID, data.AccessionNumber = "1.2.3", "1.2.3.4", ""
        data.SeriesNumber, data.InstanceNumber = 1, number
        exported.add(data)
    exported.write(folder)
    index = folder / "DICOMDIR"
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path != index)
    names[int(lost)].unlink()
    write_dicom(folder / "EXTRA", (mammogram(9) * 10).astype(np.uint16))
    return index


def test_every_file_of_a_folder_is_accounted_for(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "a.png", mammogram(0))
    write_png(folder / "again.png", mammogram(0))
    write_dicom(folder / "b", (mammogram(1) * 10).astype(np.uint16))
    write_dicom(folder / "ct.dcm", (mammogram(2) * 10).astype(np.uint16), Modality="CT")
    whole = write_dicom(tmp_path / "whole", (mammogram(3) * 10).astype(np.uint16)).read_bytes()
    (folder / "damaged.dcm").write_bytes(whole[: len(whole) // 2])
    (folder / "report.txt").write_text("text")
    (folder / "._a.png").write_bytes(b"AppleDouble")
    (folder / "empty.jpg").write_bytes(b"")
    table = tmp_path / "files.csv"
    table.write_text("an older one, which others can read")
    account = prepare([folder], tmp_path / "set", PrepareOptions(resolution=32, test_fraction=0, accounts=table))
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert {row["source"]: row["became"] for row in rows} == {
        "in/a.png": "used",
        "in/again.png": "in the set already",
        "in/b": "used",
        **dict.fromkeys(("in/ct.dcm", "in/damaged.dcm", "in/empty.jpg", "in/report.txt", "in/._a.png"), "left out"),
    }
    reasons = {row["source"]: row["reason"] for row in rows if row["became"] == "left out"}
    assert reasons == {
        "in/ct.dcm": "other-modality",
        "in/damaged.dcm": "damaged",
        "in/empty.jpg": "damaged",
        "in/report.txt": "not-an-image",
        "in/._a.png": "hidden",
    }
    assert table.stat().st_mode & 0o077 == 0
    assert len(rows) == len(list(folder.iterdir()))
    assert len(account["skipped"]) == 3
    assert [row["image"] for row in rows if row["source"] == "in/again.png"] == ["0"]


def test_the_table_of_all_files_stands_beside_the_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert accounts.beside(Path("out/set")) == Path("out/set.accounts.csv")
    assert accounts.beside(Path(".")) == tmp_path.with_name(f"{tmp_path.name}.accounts.csv")
    assert accounts.beside(Path("/")) is None
    assert accounts.beside(files.location("memory://bucket/set")) is None


def test_the_table_of_all_files_never_lies_in_the_set(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png", mammogram(0))
    inside = PrepareOptions(resolution=32, accounts=tmp_path / "set" / "files.csv")
    with pytest.raises(ConfigurationError, match=r"--accounts is .*files\.csv, inside the set"):
        prepare([tmp_path / "in"], tmp_path / "set", inside)


def test_a_row_whose_file_is_not_there_is_told_and_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "a.png", mammogram(0))
    write_png(folder / "unlisted.png", mammogram(1))
    (folder / "list.csv").write_text("file,view\na.png,CC\nlost.png,MLO\n")
    options = PrepareOptions(resolution=32, csv_files=(folder / "list.csv",))
    account = prepare([folder], tmp_path / "set", options)
    assert {one["name"]: one["reason"] for one in account["left_out"]} == {
        "in/lost.png": "missing",
        "in/unlisted.png": "not-listed",
        "in/list.csv": "not-an-image",
    }
    strict = PrepareOptions(resolution=32, csv_files=(folder / "list.csv",), strict=True)
    with pytest.raises(DataError, match=r"in/lost\.png: line 3: 'lost\.png' is neither below"):
        prepare([folder], tmp_path / "other", strict)


@pytest.mark.parametrize("lost", ["0", "2"])
def test_a_disc_has_what_its_index_names_and_what_is_lost_is_told(tmp_path: Path, lost: str) -> None:
    index = disc(tmp_path / "disc", lost)
    whole_folder = collect([index.parent])
    assert len(whole_folder.sources) == 3  # and the file that the index does not name
    assert Counter(one.reason.value for one in whole_folder.others) == {"not-an-image": 1, "missing": 1}
    named = collect([index])
    assert len(named.sources) == 2
    assert Counter(one.reason.value for one in named.others) == {"not-an-image": 1, "missing": 1, "not-listed": 1}
    account = prepare([index], tmp_path / "set", OPTIONS)
    assert len(account["images"]) == 2
    assert "missing" in {one["reason"] for one in account["left_out"]}


def test_names_of_a_disc_that_was_copied_are_found_in_other_spellings(tmp_path: Path) -> None:
    index = disc(tmp_path / "disc", "0")
    for path in sorted(index.parent.rglob("*"), key=lambda path: -len(path.parts)):
        if path != index:
            path.rename(path.with_name(path.name.lower() + (";1" if path.is_file() else "")))
    assert len(collect([index]).sources) == 2


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "a.png", mammogram(0))
    (folder / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + b"\x04\x00\x02\x00XX")
    reasons = Counter(one.reason.value for one in collect([folder]).others)
    assert reasons["not-an-image"] == 1


def test_names_of_any_bytes_are_told_on_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "a.png", mammogram(0))
    for number, name in enumerate([b"not utf-8 \xff.png", b"two\nlines\x1b[2J.png"], 1):
        write_png(Path(os.fsdecode(bytes(folder) + b"/" + name)), mammogram(number))
    table = tmp_path / "files.csv"
    account = prepare([folder], tmp_path / "set", dataclasses.replace(OPTIONS, accounts=table))
    sources = ["in/a.png", "in/not utf-8 \\udcff.png", "in/two\\nlines\\x1b[2J.png"]
    assert [row["source"] for row in account["images"]] == sources
    assert [line.partition(",")[0] for line in table.read_text().splitlines()] == ["source", *sources]


def test_a_table_that_comes_with_a_folder_names_files_of_the_folder_alone(tmp_path: Path) -> None:
    folder, private = tmp_path / "in", write_png(tmp_path / "private.png", mammogram(9))
    write_png(folder / "sub" / "a.png", mammogram(0))
    own = folder / "manifest.csv"
    own.write_text(f"file\nsub/../sub/a.png\n../private.png\n{private}\n")
    found = collect([folder])
    assert [source.name for source in found.sources] == ["in/sub/../sub/a.png"]
    missing = [one for one in found.others if one.reason is Reason.MISSING]
    assert [one.sentence for one in missing] == [
        f"line 3: '../private.png' is not below {folder}",
        f"line 4: '{private}' is not below {folder}",
    ]
    assert len(collect([folder], [own]).sources) == 2


def test_a_set_elsewhere_of_images_elsewhere(tmp_path: Path, memory: Location) -> None:
    folder = tmp_path / "in"
    for seed in range(3):
        write_png(folder / f"{seed}.png", mammogram(seed))
    write_dicom(folder / "sub" / "IM0001", (mammogram(5) * 10).astype(np.uint16))
    (folder / "manifest.csv").write_text("file,patient\n0.png,P1\n1.png,P1\nsub/IM0001,P2\n")
    for path in folder.rglob("*"):
        if path.is_file():
            files.copy(path, memory / "in" / path.relative_to(folder).as_posix())
    here = prepare([folder], tmp_path / "set", OPTIONS)
    there = prepare([memory / "in"], memory / "set", OPTIONS)
    assert there["images"] == here["images"]
    assert {one["name"]: one["reason"] for one in there["left_out"]} == {
        one["name"]: one["reason"] for one in here["left_out"]
    }
    for name in ("index.json", "report.html", "shard-00000.npy"):
        assert (memory / "set" / name).read_bytes() == (tmp_path / "set" / name).read_bytes()
    with pytest.raises(DataError, match="already holds a training set"):
        prepare([memory / "in"], memory / "set", OPTIONS)
    assert prepare([files.location(f"file://{folder}")], tmp_path / "third", OPTIONS)["images"] == here["images"]


def test_sixteen_bits_keep_what_eight_round_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 16, (128, 96))
    values = np.clip(mammogram(3, 128, 96) * 16 + noise, 0, 4095)
    write_dicom(tmp_path / "in" / "a.dcm", values.astype(np.uint16), BitsStored=12, HighBit=11)
    write_dicom(tmp_path / "in" / "b.dcm", (mammogram(4) * 16).astype(np.uint16), BitsStored=12, HighBit=11)
    deep = PrepareOptions(resolution=64, test_fraction=0.0, bits=16)
    prepare([tmp_path / "in"], tmp_path / "deep", deep)
    prepare([tmp_path / "in"], tmp_path / "flat", PrepareOptions(resolution=64, test_fraction=0.0))
    shard = np.load(tmp_path / "deep" / "shard-00000.npy", mmap_mode="r")
    assert shard.dtype == np.dtype("<u2")
    sixteen, eight = Dataset(tmp_path / "deep"), Dataset(tmp_path / "flat")
    fine, coarse = sixteen.batch(0, 2, seed=0), eight.batch(0, 2, seed=0)
    assert (fine.dtype, coarse.dtype) == (np.float32, np.uint8)
    assert np.abs(fine - coarse).max() <= 0.502  # what rounding takes away
    assert len(np.unique(fine)) > 4 * len(np.unique(coarse))
    assert sixteen[0].dtype == np.uint8
    assert sixteen.digest != eight.digest


def test_how_files_are_read_is_asked_for(tmp_path: Path) -> None:
    values = (mammogram(3) * 10).astype(np.uint16)
    write_dicom(tmp_path / "in" / "a.dcm", values, WindowCenter=2048, WindowWidth=4096)
    raw = (mammogram(4) * 10).astype(np.uint16)
    write_dicom(tmp_path / "in" / "raw.dcm", raw, PresentationIntentType="FOR PROCESSING")
    account = prepare([tmp_path / "in"], tmp_path / "set", OPTIONS)
    assert [one["reason"] for one in account["left_out"]] == ["for-processing"]
    reading = ReadOptions(GreyOptions("none"), frozenset({Reason.FOR_PROCESSING}))
    asked = dataclasses.replace(OPTIONS, reading=reading)
    assert len(prepare([tmp_path / "in"], tmp_path / "other", asked)["images"]) == 2
    seen, stretched = (np.load(tmp_path / name / "shard-00000.npy")[0].max() for name in ("set", "other"))
    assert seen < 0.7 * stretched


def test_from_a_bucket_into_a_bucket(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    with object_store() as store:
        for number in range(16):  # as many as make two processes worth while
            path = write_png(folder / f"{number:02d}.png", mammogram(number))
            store.client.upload_file(str(path), BUCKET, f"in/{path.name}")
        key = ("--pseudonym-key", str(tmp_path / "key"), "--resolution", "32", "--workers", "2")
        bucket = (f"s3://{BUCKET}/in", "--out", f"s3://{BUCKET}/set")
        command = [sys.executable, "-m", "training.cli", "prepare", *bucket, *key]
        environment = store.environment | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert run.returncode == 0, run.stderr
        names = ["index.json", "report.html", "shard-00000.npy"]
        assert store.names("set/") == [f"set/{name}" for name in names]
        prepare([folder], tmp_path / "set", OPTIONS)
        for name in names[1:]:
            found = store.client.get_object(Bucket=BUCKET, Key=f"set/{name}")["Body"].read()
            assert found == (tmp_path / "set" / name).read_bytes()
