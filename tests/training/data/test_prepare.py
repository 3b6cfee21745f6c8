"""Preparation: pose, markers, sides, splits, DICOM, and errors that name file, value and what is allowed."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import DataError, DiskFull
from mammoganesis.pictures import breast, markers
from mammoganesis.pictures.pixels import resize
from tests.places import MSYNTH
from tests.support.mammograms import mammogram, write_dicom, write_png
from tests.support.small_disk import small_disk
from training.data import images, pseudonyms
from training.data.fields import parse_labels
from training.data.index import written
from training.data.listing import collect
from training.data.patients import split_of
from training.data.prepare import PrepareOptions, prepare


def pseudonym(patient: str) -> str:
    """Of the key that is taken where none is asked for."""
    return pseudonyms.pseudonym(patient, pseudonyms.key_of(None, Path("set"))[0])


def half_disc(height: int = 100, width: int = 120, left: bool = True, level: float = 150.0) -> np.ndarray:
    """A breast with its chest wall on one edge: [height, width] float32 on black."""
    y, x = np.mgrid[:height, :width]
    x = x if left else width - 1 - x
    inside = (x / (0.45 * width)) ** 2 + ((y - height / 2) / (0.5 * height)) ** 2 < 1
    return np.where(inside, level, 0).astype(np.float32)


def pose(values: np.ndarray, resolution: int = 64) -> breast.Pose:
    return breast.canonical_pose(values, resolution, resize)


@pytest.mark.parametrize("left", [True, False])
def test_chest_wall_goes_to_the_right_edge(left: bool) -> None:
    result = pose(half_disc(left=left))
    assert result.mirrored is left
    assert result.image.shape == (64, 64)
    assert result.image.dtype == np.uint8
    assert (result.image[20:44, -1] > 100).all()
    assert (result.image[:, 0] == 0).all()
    assert np.array_equal(result.image, pose(half_disc(left=True)).image)


def test_height_fills_the_square_and_letterbox_goes() -> None:
    boxed = np.pad(half_disc(), ((0, 0), (40, 90)))
    assert np.array_equal(pose(boxed).image, pose(half_disc()).image)
    assert (pose(half_disc(level=200)).image[[1, -2], -1] > 0).all()


def test_a_wide_breast_is_shrunk_and_not_cropped() -> None:
    values = np.zeros((60, 200), np.float32)
    values[10:50, :180] = 120
    values[0:60, :20] = 120
    image = pose(values, 64).image
    columns = np.flatnonzero(image.max(axis=0) > 20)
    rows = np.flatnonzero(image.max(axis=1) > 20)
    assert len(columns) == 64
    assert 18 <= len(rows) <= 24  # 60 of 180 columns


def test_dense_tissue_behind_the_nipple_does_not_decide_the_side() -> None:
    values = half_disc(left=True, level=40)
    values[40:60, 30:50] = 250  # the brighter half is away from the chest wall
    assert pose(values).mirrored


def test_markers_are_removed_and_the_breast_is_kept() -> None:
    clean = half_disc()
    marked = clean.copy()
    marked[5:15, 100:115] = 240
    result = pose(marked)
    assert result.markers_removed == 1
    assert np.array_equal(result.image, pose(clean).image)
    faint = clean.copy()
    faint[2:4, 70:72] = 30
    assert pose(faint).markers_removed == 0


def test_an_image_without_a_breast_is_refused() -> None:
    with pytest.raises(DataError, match="tissue"):
        pose(np.zeros((50, 50), np.float32))


def test_components_are_eight_connected() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    labels, areas = markers.label_components(mask)
    assert sorted(areas[1:].tolist()) == [1, 2, 2, 2]
    assert labels[0, 0] == labels[1, 1] != labels[0, 3] == labels[1, 3]
    assert (labels > 0).tolist() == mask.tolist()


def test_simulated_mammograms(tmp_path: Path) -> None:
    index = prepare([MSYNTH], tmp_path / "set", PrepareOptions(resolution=64, test_fraction=0.0))
    rows = index["images"]
    assert isinstance(rows, list)
    assert {row["source"]: row["mirrored"] for row in rows} == {
        "msynth/dense_R.jpg": False,
        "msynth/fatty_L.jpg": True,
        "msynth/hetero_L.jpg": True,
        "msynth/scattered_R.jpg": False,
    }
    assert json.loads((tmp_path / "set" / "index.json").read_text()) == written(index)
    shard = np.load(tmp_path / "set" / "shard-00000.npy", mmap_mode="r")
    assert shard.shape == (4, 1, 64, 64)
    assert shard.dtype == np.uint8
    assert (shard[:, 0, 28:36, -4:].mean(axis=(1, 2)) > 40).all()  # tissue at the chest wall
    with pytest.raises(DataError, match="already holds a training set"):
        prepare([MSYNTH], tmp_path / "set", PrepareOptions(resolution=64))


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """A source folder with an image for each of the given rows, and a CSV of them."""

    def make(rows: list[dict[str, str]], name: str = "clinic") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for seed, row in enumerate(rows):
            source = row.get("file") or row.get("filename") or ""
            if source.endswith(".jpg"):
                write_png(folder / source, mammogram(seed))  # the content decides, not the suffix
        with (folder / "list.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return folder

    return make


def test_csv_gives_patient_side_and_view(listed: Callable[..., Path], tmp_path: Path) -> None:
    folder = listed([
        {"filename": "a.jpg", "Patient_ID": "P1", "laterality": "left", "view": "cc"},
        {"filename": "b.jpg", "Patient_ID": "", "laterality": "", "view": ""},
    ])  # fmt: skip
    index = prepare(
        [folder], tmp_path / "set", PrepareOptions(csv_files=(folder / "list.csv",), resolution=16, test_fraction=1.0)
    )
    first, second = index["images"]  # type: ignore[misc]
    assert (first["side"], first["view"], first["split"]) == ("L", "CC", "test")
    assert first["patient"] == pseudonym("P1") != "P1"
    assert (second["patient"], second["split"]) == ("", "train")


def test_manifest_in_the_folder_decides_which_images_are_taken(listed: Callable[..., Path]) -> None:
    folder = listed([{"file": "a.jpg", "patient": "1"}])
    shutil.copy(MSYNTH / "dense_R.jpg", folder / "not_listed.jpg")
    assert len(collect([folder]).sources) == 2
    (folder / "list.csv").rename(folder / "manifest.csv")
    assert [s.name for s in collect([folder]).sources] == ["clinic/a.jpg"]


def test_split_is_by_patient_and_stable() -> None:
    patients = [f"P{i}" for i in range(2000)]
    parts = [split_of([p], 0.2) for p in patients]
    assert parts == [split_of([p], 0.2) for p in patients]
    assert abs(parts.count("test") / 2000 - 0.2) < 0.03
    assert {split_of([p], 0.0) for p in patients} == {"train"}
    held_out = {p for p in patients if split_of([p], 0.1) == "test"}
    assert held_out <= {p for p, part in zip(patients, parts, strict=True) if part == "test"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"name": "a.jpg"}], "no column names the file"),
        ([{"file": "a.jpg", "side": "X"}], "line 2: side is 'X'; allowed are L, R"),
        ([{"file": "missing.png"}], "line 2: 'missing.png' is neither below"),
    ],
)
def test_csv_errors_name_file_line_and_value(
    listed: Callable[..., Path], rows: list[dict[str, str]], message: str
) -> None:
    folder = listed(rows)
    with pytest.raises(DataError, match=message):
        collect([folder], [folder / "list.csv"])


def test_unreadable_files(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    with pytest.raises(DataError, match="holds no image"):
        collect([folder])
    shutil.copy(MSYNTH / "fatty_L.jpg", folder)
    (folder / "broken.png").write_bytes(b"\x89PNG nothing more")
    with pytest.raises(DataError, match=r"broken\.png: cannot be read as PNG, JPEG or TIFF"):
        prepare([folder], tmp_path / "strict", PrepareOptions(resolution=16, strict=True))
    assert not (tmp_path / "strict").exists()
    index = prepare([folder], tmp_path / "lenient", PrepareOptions(resolution=16))
    assert len(index["images"]) == 1  # type: ignore[arg-type]
    assert "broken.png" in index["skipped"][0]  # type: ignore[index]


def test_sixteen_bit_png_uses_its_own_range(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray((half_disc() * 20).astype(np.uint16)).save(path)
    values = images.read_raster(path)
    assert (values.min(), values.max()) == (0.0, 255.0)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_dicom(tmp_path: Path, photometric: str) -> None:
    source = tmp_path / "dicom"
    source.mkdir()
    values = (mammogram() * 15).astype(np.uint16)
    window = {"WindowCenter": 2000, "WindowWidth": 4000, "VOILUTFunction": "LINEAR"}
    stored = 4000 - values if photometric == "MONOCHROME1" else values
    write_dicom(source / "one.dcm", stored, photometric, ViewPosition="MLO", **window)
    write_dicom(source / "two.dcm", (mammogram(1) * 15).astype(np.uint16), ViewPosition="CC", **window)
    index = prepare(
        [source], tmp_path / "set", PrepareOptions(resolution=64, test_fraction=0.0, labels=parse_labels(["view"]))
    )
    row = index["images"][0]
    assert (row["side"], row["view"], row["mirrored"]) == ("L", "MLO", True)
    assert row["labels"] == {"view": "MLO"}
    assert index["label_fields"] == [{"name": "view", "values": ["CC", "MLO"]}]
    assert row["patient"] == pseudonym("synthetic")
    image = np.load(tmp_path / "set" / "shard-00000.npy")[0, 0]
    expected = pose(mammogram() * np.float32(15 / 4000 * 255)).image
    assert np.abs(image.astype(int) - expected).mean() < 0.5
    assert image[:, 0].max() == 0


def test_dicom_errors(tmp_path: Path) -> None:
    source = tmp_path / "dicom"
    source.mkdir()
    (source / "text.dcm").write_text("no DICOM")
    with pytest.raises(DataError, match=r"text\.dcm: cannot be read as DICOM"):
        prepare([source], tmp_path / "a", PrepareOptions(resolution=16))
    write_dicom(source / "text.dcm", half_disc(level=100).astype(np.uint16), "RGB")
    with pytest.raises(DataError, match="PhotometricInterpretation is 'RGB'; allowed are MONOCHROME1"):
        prepare([source], tmp_path / "b", PrepareOptions(resolution=16))


def test_every_real_mammogram_is_turned_as_labelled(real_data: Path) -> None:
    sources = collect([real_data / "cdd-cesm-512"]).sources[::4]
    for source in sources:
        result = pose(images.read_raster(source.path), 64)
        assert result.mirrored is (source.side == "L"), source.name


def prepared(folder: Path, out: Path, **options: Any) -> dict[str, Any]:
    return prepare([folder], out, PrepareOptions(resolution=32, **options))


def test_an_image_listed_for_two_folders_is_refused(listed: Callable[..., Path]) -> None:
    folder = listed([{"file": "a.jpg"}])
    with pytest.raises(DataError, match="is listed twice"):
        collect([folder, folder], [folder / "list.csv"] * 2)


def test_identifiers_of_every_source_are_stripped(tmp_path: Path) -> None:
    for number, patient in enumerate(("P4", " P4", "P4 ", "P4\0", "P5")):
        values = (mammogram(number) * 10).astype(np.uint16)
        write_dicom(tmp_path / "in" / f"{number}.dcm", values, PatientID=patient)
    rows = prepared(tmp_path / "in", tmp_path / "set", test_fraction=0.0)["images"]
    assert [row["patient"] for row in rows] == [pseudonym("P4")] * 4 + [pseudonym("P5")]


def test_placeholders_are_nobody_in_every_source(tmp_path: Path) -> None:
    for number, patient in enumerate(("REMOVED", " anonymous", "")):
        write_dicom(tmp_path / "in" / f"{number}.dcm", (mammogram(number) * 10).astype(np.uint16), PatientID=patient)
    index = prepared(tmp_path / "in", tmp_path / "set")
    assert {row["patient"] for row in index["images"]} == {""}
    assert {row["split"] for row in index["images"]} == {"train"}
    assert any("'REMOVED' is taken for nobody: 1 image" in note for note in index["notes"])
    with pytest.raises(DataError, match="nothing can be held out: the patient is known of none of the 3 images"):
        prepared(tmp_path / "in", tmp_path / "other", test_fraction=0.1)
    assert not (tmp_path / "other" / "index.json").exists()
    assert prepared(tmp_path / "in", tmp_path / "other", test_fraction=0.0)["images"] == index["images"]  # goes on
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == sorted(
        path.name for path in (tmp_path / "set").iterdir()
    )


def test_what_cannot_be_split_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "damaged.png").write_bytes(b"no image")
    with pytest.raises(DataError, match="nothing can be held out"):
        prepared(folder, tmp_path / "set", test_fraction=0.1)


def test_one_image_of_two_patients_is_kept_once_and_they_are_one_in_the_split(tmp_path: Path) -> None:
    names = [f"P{i}" for i in range(40)]
    held, trained = (next(n for n in names if split_of([n], 0.5) == side) for side in ("test", "train"))
    values = {name: (mammogram(seed) * 10).astype(np.uint16) for seed, name in enumerate("abcd")}
    write_dicom(tmp_path / "in" / "0.dcm", values["a"], PatientID=held)
    write_dicom(tmp_path / "in" / "1.dcm", values["b"], PatientID=held)
    write_dicom(tmp_path / "in" / "2.dcm", values["a"], PatientID=trained)  # the same pixels
    write_dicom(tmp_path / "in" / "3.dcm", values["c"], PatientID=trained)
    other = next(n for n in names if n != held and split_of([n], 0.5) == "test")
    write_dicom(tmp_path / "in" / "4.dcm", values["d"], PatientID=other)
    index = prepared(tmp_path / "in", tmp_path / "set", test_fraction=0.5)
    assert {row["source"]: row["split"] for row in index["images"]} == {
        "in/0.dcm": "train", "in/1.dcm": "train", "in/3.dcm": "train", "in/4.dcm": "test"
    }  # fmt: skip
    assert index["duplicates"] == [
        {"source": "in/2.dcm", "same_as": "in/0.dcm", "how": "pixels", "kept": False, "rows": (None, 0)}
    ]
    assert any("one in the split: 1 group" in note for note in index["notes"])


def test_the_same_image_in_two_sources_is_found_whatever_it_was_saved_as(tmp_path: Path) -> None:
    held = next(f"P{i}" for i in range(40) if split_of([f"P{i}"], 0.5) == "test")
    first, second = mammogram(1, 240, 180), mammogram(2, 240, 180)
    write_png(tmp_path / "known" / "x.png", first)
    write_png(tmp_path / "known" / "y.png", mammogram(3))
    (tmp_path / "known" / "manifest.csv").write_text(f"file,patient,view\nx.png,{held},MLO\ny.png,{held},CC\n")
    lossy = Image.fromarray(np.pad(first[:, ::-1], ((0, 0), (90, 0))).astype(np.uint8)).resize((200, 180))
    (tmp_path / "nameless").mkdir()
    lossy.save(tmp_path / "nameless" / "other.jpg", quality=70)
    write_png(tmp_path / "nameless" / "z.png", second)
    options = PrepareOptions(resolution=64, test_fraction=0.5)
    index = prepare([tmp_path / "nameless", tmp_path / "known"], tmp_path / "set", options)
    assert [(d["source"], d["same_as"], d["kept"]) for d in index["duplicates"]] == [
        ("known/x.png", "nameless/other.jpg", False)
    ]
    rows = {row["source"]: row for row in index["images"]}
    assert set(rows) == {"nameless/other.jpg", "nameless/z.png", "known/y.png"}
    assert (rows["nameless/other.jpg"]["split"], rows["nameless/other.jpg"]["view"]) == ("test", "MLO")
    assert rows["nameless/other.jpg"]["patient"] == pseudonym(held)
    assert (rows["nameless/z.png"]["split"], rows["known/y.png"]["split"]) == ("train", "test")

    keep = dataclasses.replace(options, keep_near_duplicates=True)
    kept = prepare([tmp_path / "nameless", tmp_path / "known"], tmp_path / "kept", keep)
    sides = {row["source"]: row["split"] for row in kept["images"]}
    assert sides == {name: row["split"] for name, row in rows.items()} | {"known/x.png": "test"}


def test_one_instance_twice_is_one_image(tmp_path: Path) -> None:
    for number, seed in enumerate((0, 1, 2)):
        write_dicom(
            tmp_path / "in" / f"{number}.dcm",
            (mammogram(seed) * 10).astype(np.uint16),
            SOPInstanceUID=f"1.2.{number // 2}",
        )
    index = prepared(tmp_path / "in", tmp_path / "set")
    assert [d["how"] for d in index["duplicates"]] == ["instance"]
    assert len(index["images"]) == 2


def test_dicom_is_found_by_content_and_what_was_not_taken_is_said(tmp_path: Path) -> None:
    for number, name in enumerate(("IM0000", "1.2.840.3", "x.ima", "a.dcm")):
        write_dicom(tmp_path / "in" / name, (mammogram(number) * 10).astype(np.uint16))
    (tmp_path / "in" / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (tmp_path / "in" / "notes.txt").write_text("text")
    (tmp_path / "in" / ".DS_Store").write_text("hidden")
    index = prepared(tmp_path / "in", tmp_path / "set", test_fraction=0.0)
    assert {row["source"] for row in index["images"]} == {"in/IM0000", "in/1.2.840.3", "in/x.ima", "in/a.dcm"}
    assert index["notes"][0] == "in: 2 other file(s) not taken, such as DICOMDIR"


def test_bright_backgrounds_are_refused_or_inverted(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png", mammogram(0))
    write_png(tmp_path / "in" / "b.png", 255 - mammogram(1, left=False))
    with pytest.raises(DataError, match=r"b\.png: its background is bright.*--invert turns such images"):
        prepared(tmp_path / "in", tmp_path / "set", strict=True)
    assert prepared(tmp_path / "in", tmp_path / "one")["left_out"][0]["reason"] == "bright-background"
    rows = prepared(tmp_path / "in", tmp_path / "set", invert=True)["images"]
    assert [(row["inverted"], row["mirrored"]) for row in rows] == [(False, True), (True, False)]
    image = np.load(tmp_path / "set" / "shard-00000.npy")[1, 0]
    assert np.array_equal(image, pose(np.rint(mammogram(1, left=False)), 32).image)


def test_a_full_disk_keeps_what_is_done_and_the_same_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.data.shards.SHARD_BYTES", 4 * 256**2)
    for seed in range(24):
        write_png(tmp_path / "in" / f"{seed:02d}.png", mammogram(seed))
    options = PrepareOptions(resolution=256)
    with small_disk(tmp_path / "disk", 2**21) as disk:
        (disk / "other").write_bytes(bytes(2**20))
        with pytest.raises(DiskFull, match=r"set/.*: the disk is full; \d+ bytes were to be written"):
            prepare([tmp_path / "in"], disk / "set", options)
        assert not (disk / "set" / "index.json").exists()
        first = disk / "set" / "shard-00000.npy"
        before = first.stat().st_mtime_ns
        (disk / "other").unlink()
        index = prepare([tmp_path / "in"], disk / "set", options)
        assert first.stat().st_mtime_ns == before
        assert index["images"] == prepare([tmp_path / "in"], tmp_path / "elsewhere", options)["images"]
        assert first.read_bytes() == (tmp_path / "elsewhere" / "shard-00000.npy").read_bytes()
