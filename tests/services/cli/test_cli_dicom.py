"""DICOM files on the command line: made, told whether they are ours, and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil
from pydicom import Dataset, dcmread

from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.png import read_png
from tests.support.commands import Run

MLO = ("--format", "dicom", "--side", "L", "--view", "MLO")


@pytest.fixture
def made(run: Run, edge: str, tmp_path: Path) -> Path:
    done = run("sample", "--address", edge, "--seeds", "4-5", *MLO, "--out", tmp_path / "set")
    assert (done.code, done.err) == (0, ""), done.err
    return tmp_path / "set" / "seed00000005.dcm"


def test_samples_are_the_pictures_of_their_seeds(run: Run, edge: str, made: Path, tmp_path: Path) -> None:
    assert {path.name for path in made.parent.iterdir()} == {
        "seed00000004.dcm",
        "seed00000005.dcm",
        "contact_sheet.png",
    }
    found = dcmread(made)
    assert (found.Modality, found.ImageLaterality, found.ViewCodeSequence[0].CodeValue) == ("MG", "L", "399368009")
    plain = ("--seeds", 5, "--no-mark", "--address", edge, "--out", tmp_path / "plain")
    assert run("sample", *plain, "--format", "png16").code == 0
    assert run("sample", *plain, *MLO).code == 0
    sixteen = read_png((tmp_path / "plain/seed00000005.png").read_bytes()).pixels
    twelve = dcmread(tmp_path / "plain/seed00000005.dcm").pixel_array
    assert np.abs(twelve[:, ::-1] - sixteen / 65535 * 4095).max() <= 0.5 + 4095 / 65535
    sheet = np.asarray(Pil.open(made.parent / "contact_sheet.png").convert("L"))
    assert sheet.std() > 20  # 12 bits that were taken for 16 would be black


@pytest.mark.parametrize("more", [(), ("--side", "r"), ("--side", "L", "--view", "cc")])
def test_a_secondary_capture_may_leave_side_and_view_out(run: Run, edge: str, tmp_path: Path, more: tuple) -> None:
    out = tmp_path / "edited"
    done = run("edit", "--seed", 7, "--edit", "0=1", "--format", "dicom-sc", *more, "--address", edge, "--out", out)
    assert done.code == 0, done.err
    assert dcmread(tmp_path / "edited.dcm").Modality == "OT"
    assert run("verify", tmp_path / "edited.dcm", "--address", edge).code == 0


def test_a_mammogram_needs_side_and_view(run: Run, edge: str, tmp_path: Path) -> None:
    for given, missing in ((("--view", "CC"), "format.side"), (("--side", "R"), "format.view")):
        done = run("sample", "--seeds", 1, "--format", "dicom", *given, "--address", edge, "--out", tmp_path / "none")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"error: {missing}: nothing is not allowed")
        assert not (tmp_path / "none").exists()
    done = run("sample", "--seeds", 1, "--side", "R", "--address", edge, "--out", tmp_path / "none")
    assert done.code == 2
    assert "--side goes with --format dicom or dicom-sc, not with png" in done.err


def altered(path: Path, change: Callable[[Dataset], None]) -> Path:
    found = dcmread(path)
    change(found)
    found.save_as(path.with_name("altered.dcm"))
    return path.with_name("altered.dcm")


def _brighter(found: Dataset) -> None:
    pixels = found.pixel_array.copy()
    pixels[10:20, 10:20] = 4095 - pixels[10:20, 10:20]
    found.PixelData = pixels.tobytes()


def _without_private(found: Dataset) -> None:
    found.remove_private_tags()


def _without_recipe(found: Dataset) -> None:
    found.remove_private_tags()
    del found.ImageComments


def _nothing_left(found: Dataset) -> None:
    _without_recipe(found)
    del found.SyntheticData, found.ContributingEquipmentSequence, found.DerivationDescription
    found.PatientName = "DOE^JANE"


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda found: None, 0, "ours, unchanged"),
        (lambda found: setattr(found, "StudyInstanceUID", "2.25.1"), 0, "ours, unchanged"),
        (_brighter, 3, "largest difference"),
        (lambda found: setattr(found, "PatientName", "DOE^JANE"), 6, "not as written: PatientName"),
        (lambda found: setattr(found, "ImageLaterality", "R"), 3, "largest difference"),
        (_without_private, 6, "recipe"),
        (_without_recipe, 9, "the recipe is lost"),
        (_nothing_left, 9, "the mark stands in its pixels"),
        (lambda found: setattr(found, "InstitutionName", "X"), 10, "added: InstitutionName"),
    ],
)
def test_verify_tells_what_was_done_to_a_file(run: Run, edge: str, made: Path, change, code: int, says: str) -> None:
    result = run("verify", altered(made, change), "--address", edge)
    if change is _nothing_left:  # a picture of 32 pixels is too small for its mark
        code, says = 4, "not ours"
    assert (result.code, says in result.out) == (code, True), result.out
    assert ("altered in" in result.err) if code == 3 else (result.err == "")


def test_a_file_that_is_cut_off_is_damaged(run: Run, edge: str, made: Path) -> None:
    made.write_bytes(made.read_bytes()[:-100])
    result = run("verify", made, "--address", edge)
    assert (result.code, result.err) == (7, "")
    assert "a DICOM file of" in result.out


def test_a_file_of_somebody_elses_is_one_readable_line(run: Run, edge: str, made: Path, tmp_path: Path) -> None:
    other = altered(made, _nothing_left)
    for command in (("describe", other), ("edit", "--image", other, "--edit", "0=1", "--out", tmp_path / "x.png")):
        result = run(*command, "--address", edge)
        assert (result.code, result.out) == (1, "")
        assert "this one holds no recipe (any more)" in result.err


def test_a_file_is_a_latent_like_every_other(run: Run, edge: str, made: Path, tmp_path: Path) -> None:
    assert "Seed 5" in run("describe", made, "--address", edge).out
    by_file, by_seed = tmp_path / "file.png", tmp_path / "seed.png"
    for latent, out in ((("--image", made), by_file), (("--seed", 5), by_seed)):
        assert run("edit", *latent, "--edit", "0=1", "--address", edge, "--out", out).code == 0
    assert by_file.read_bytes() == by_seed.read_bytes()


def test_reproduce_gives_the_same_picture_in_a_file_of_its_own(run: Run, edge: str, made: Path, tmp_path: Path) -> None:
    done = run("reproduce", made, "--address", edge, "--out", tmp_path / "again")
    assert (done.code, done.err) == (0, "")
    first, second = (decode(path.read_bytes()) for path in (made, tmp_path / "again.dcm"))
    np.testing.assert_array_equal(first.pixels, second.pixels)
    assert first.image_format == second.image_format
    assert run("reproduce", made, "--address", edge, "--out", tmp_path / "again.png").code == 2


def test_beside_a_masked_transfer_lies_the_outline_of_its_mask(run: Run, edge: str, tmp_path: Path) -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 4:12] = 255
    Pil.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "edited.dcm"
    command = ("transfer", "--seed", 7, "--reference-seed", 12, "--locality", "masked", "--feather", 0)
    done = run(*command, "--mask", tmp_path / "mask.png", *MLO, "--address", edge, "--out", out)
    assert done.code == 0, done.err
    image, state = dcmread(out), dcmread(tmp_path / "edited_marks.dcm")
    assert (state.Modality, state.StudyInstanceUID) == ("PR", image.StudyInstanceUID)
    corners = np.array(state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData).reshape(-1, 2)
    np.testing.assert_allclose([corners.min(axis=0), corners.max(axis=0)], [[20, 8], [28, 24]], atol=0.02)
    assert run("verify", out, "--address", edge).code == 0
    assert run("edit", "--seed", 7, "--edit", "0=1", *MLO, "--address", edge, "--out", tmp_path / "plain").code == 0
    assert not (tmp_path / "plain_marks.dcm").exists()
