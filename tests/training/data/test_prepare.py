"""Preparation: pose, markers, sides, splits, DICOM, and errors that name file, value and what is allowed."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoganesis.errors import DataError
from tests.places import MSYNTH
from training.data import breast, images
from training.data.listing import collect
from training.data.prepare import prepare, pseudonym, split_of


def half_disc(height: int = 100, width: int = 120, left: bool = True, level: float = 150.0) -> np.ndarray:
    """A breast with its chest wall on one edge: [height, width] float32 on black."""
    y, x = np.mgrid[:height, :width]
    x = x if left else width - 1 - x
    inside = (x / (0.45 * width)) ** 2 + ((y - height / 2) / (0.5 * height)) ** 2 < 1
    return np.where(inside, level, 0).astype(np.float32)


def pose(values: np.ndarray, resolution: int = 64) -> breast.Pose:
    return breast.canonical_pose(values, resolution, images.resize)


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
    labels, areas = breast.label_components(mask)
    assert sorted(areas[1:].tolist()) == [1, 2, 2, 2]
    assert labels[0, 0] == labels[1, 1] != labels[0, 3] == labels[1, 3]
    assert (labels > 0).tolist() == mask.tolist()


def test_simulated_mammograms(tmp_path: Path) -> None:
    index = prepare([MSYNTH], tmp_path / "set", resolution=64, test_fraction=0.0)
    rows = index["images"]
    assert isinstance(rows, list)
    assert {row["source"]: row["mirrored"] for row in rows} == {
        "msynth/dense_R.jpg": False,
        "msynth/fatty_L.jpg": True,
        "msynth/hetero_L.jpg": True,
        "msynth/scattered_R.jpg": False,
    }
    assert json.loads((tmp_path / "set" / "index.json").read_text()) == index
    shard = np.load(tmp_path / "set" / "shard-00000.npy", mmap_mode="r")
    assert shard.shape == (4, 1, 64, 64)
    assert shard.dtype == np.uint8
    assert (shard[:, 0, 28:36, -4:].mean(axis=(1, 2)) > 40).all()  # tissue at the chest wall
    with pytest.raises(DataError, match="already holds a training set"):
        prepare([MSYNTH], tmp_path / "set", resolution=64)


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Path]:
    """A source folder with copies of one image and a CSV of the given rows."""

    def make(rows: list[dict[str, str]], name: str = "clinic") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for row in rows:
            source = row.get("file") or row.get("filename") or ""
            if source.endswith(".jpg"):
                shutil.copy(MSYNTH / "fatty_L.jpg", folder / source)
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
    index = prepare([folder], tmp_path / "set", csv_files=[folder / "list.csv"], resolution=16, test_fraction=1.0)
    first, second = index["images"]  # type: ignore[misc]
    assert (first["side"], first["view"], first["split"]) == ("L", "CC", "test")
    assert first["patient"] == pseudonym("P1") != "P1"
    assert (second["patient"], second["split"]) == ("", "train")


def test_manifest_in_the_folder_decides_which_images_are_taken(listed: Callable[..., Path]) -> None:
    folder = listed([{"file": "a.jpg", "patient": "1"}])
    shutil.copy(MSYNTH / "dense_R.jpg", folder / "not_listed.jpg")
    assert len(collect([folder])) == 2
    (folder / "list.csv").rename(folder / "manifest.csv")
    assert [s.name for s in collect([folder])] == ["clinic/a.jpg"]


def test_split_is_by_patient_and_stable() -> None:
    patients = [f"P{i}" for i in range(2000)]
    parts = [split_of(p, 0.2) for p in patients]
    assert parts == [split_of(p, 0.2) for p in patients]
    assert abs(parts.count("test") / 2000 - 0.2) < 0.03
    assert {split_of(p, 0.0) for p in patients} == {"train"}
    held_out = {p for p in patients if split_of(p, 0.1) == "test"}
    assert held_out <= {p for p, part in zip(patients, parts, strict=True) if part == "test"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"name": "a.jpg"}], "no column names the file"),
        ([{"file": "a.jpg", "side": "X"}], "line 2: side is 'X'; allowed are L, R"),
        ([{"file": "missing.png"}], "line 2: 'missing.png' is neither below"),
        ([{"file": "a.jpg"}, {"file": "a.jpg"}], "is listed twice"),
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
        prepare([folder], tmp_path / "strict", resolution=16)
    index = prepare([folder], tmp_path / "lenient", resolution=16, skip_unreadable=True)
    assert len(index["images"]) == 1  # type: ignore[arg-type]
    assert "broken.png" in index["skipped"][0]  # type: ignore[index]


def test_sixteen_bit_png_uses_its_own_range(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray((half_disc() * 20).astype(np.uint16)).save(path)
    values = images.read_raster(path)
    assert (values.min(), values.max()) == (0.0, 255.0)


def write_dicom(path: Path, values: np.ndarray, photometric: str) -> None:
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.2"  # digital mammography, for presentation
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data = pydicom.Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.PatientID, data.ImageLaterality, data.ViewPosition, data.Modality = "synthetic", "L", "MLO", "MG"
    data.Rows, data.Columns = values.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, photometric
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.WindowCenter, data.WindowWidth, data.VOILUTFunction = 2000, 4000, "LINEAR"
    data.PixelData = values.astype("<u2").tobytes()
    data.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_dicom(tmp_path: Path, photometric: str) -> None:
    source = tmp_path / "dicom"
    source.mkdir()
    values = half_disc(level=3900)
    write_dicom(source / "one.dcm", 4000 - values if photometric == "MONOCHROME1" else values, photometric)
    index = prepare([source], tmp_path / "set", resolution=64, test_fraction=0.0, labels=["view"])
    (row,) = index["images"]  # type: ignore[misc]
    assert (row["side"], row["view"], row["mirrored"]) == ("L", "MLO", True)
    assert row["labels"] == {"view": "MLO"}
    assert index["label_fields"] == [{"name": "view", "values": ["MLO"]}]
    assert row["patient"] == pseudonym("synthetic")
    image = np.load(tmp_path / "set" / "shard-00000.npy")[0, 0]
    assert image[32, -1] > 240
    assert image[32, 0] == 0


def test_dicom_errors(tmp_path: Path) -> None:
    source = tmp_path / "dicom"
    source.mkdir()
    (source / "text.dcm").write_text("no DICOM")
    with pytest.raises(DataError, match=r"text\.dcm: cannot be read as DICOM"):
        prepare([source], tmp_path / "a", resolution=16)
    write_dicom(source / "text.dcm", half_disc(level=100), "RGB")
    with pytest.raises(DataError, match="PhotometricInterpretation is 'RGB'; allowed are MONOCHROME1"):
        prepare([source], tmp_path / "b", resolution=16)


def test_every_real_mammogram_is_turned_as_labelled(real_data: Path) -> None:
    sources = collect([real_data / "cdd-cesm-512"])[::4]
    for source in sources:
        result = pose(images.read_raster(source.path), 64)
        assert result.mirrored is (source.side == "L"), source.name
