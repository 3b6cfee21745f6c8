"""DICOM files: padding, inverse presentation, identifiers, damage of any kind, and what would take all memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from mammoganesis.errors import DataError
from mammoganesis.pictures.encoding import encode
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe.completion import complete
from mammoganesis.v1.images_pb2 import SIDE_RIGHT, VIEW_CC, ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support.mammograms import mammogram, write_dicom
from tests.support.recipe_strategies import LIMITS
from training.data import dicom
from training.data.reading import read

STORED = (mammogram() * 10).astype(np.int32) + 100  # air is 100


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("padding", [0, 4095, 65535, -2000])
def test_padding_is_background(tmp_path: Path, photometric: str, padding: int) -> None:
    kind = np.int16 if padding < 0 else np.uint16
    stored = (4000 - STORED if photometric == "MONOCHROME1" else STORED).astype(kind)
    expected = read(write_dicom(tmp_path / "plain.dcm", stored, photometric)).values
    padded = np.pad(stored, ((0, 0), (0, 30)), constant_values=kind(padding))
    path = write_dicom(tmp_path / "padded.dcm", padded, photometric, PixelPaddingValue=padding)
    found = read(path).values
    assert found[:, -30:].max() == 0
    assert np.abs(found[:, :-30] - expected).max() < 1


def test_a_range_of_padding(tmp_path: Path) -> None:
    padded = np.pad(STORED, ((0, 0), (0, 30)), constant_values=60_000).astype(np.uint16)
    padded[:, -10:] = 65_000
    tags = {"PixelPaddingValue": 65_535, "PixelPaddingRangeLimit": 59_000}
    assert read(write_dicom(tmp_path / "a.dcm", padded, **tags)).values[:, -30:].max() == 0
    with pytest.raises(DataError, match=r"b\.dcm: every pixel is padding"):
        read(write_dicom(tmp_path / "b.dcm", np.full((40, 30), 7, np.uint16), PixelPaddingValue=7))


def test_inverse_presentation_is_inverted_once(tmp_path: Path) -> None:
    expected = read(write_dicom(tmp_path / "a.dcm", STORED.astype(np.uint16), PresentationLUTShape="IDENTITY")).values
    inverse = (4000 - STORED).astype(np.uint16)
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        values = read(write_dicom(tmp_path / "b.dcm", inverse, photometric, PresentationLUTShape="INVERSE")).values
        assert np.abs(values - expected).max() < 1


def test_tags_without_their_filling(tmp_path: Path) -> None:
    tags = {"PatientID": " P4 ", "ImageLaterality": "R ", "ViewPosition": "MLO "}
    image = read(write_dicom(tmp_path / "a.dcm", STORED.astype(np.uint16), **tags))
    assert (image.patient, image.side, image.view) == ("P4", "R", "MLO")
    several = read(write_dicom(tmp_path / "b.dcm", STORED.astype(np.uint16), ViewPosition=["CC", "MLO"]))
    assert several.view == ""


def test_content_decides_what_a_file_is(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "IM0001", STORED.astype(np.uint16))
    assert dicom.is_dicom(path)
    assert read(path).view == "MLO"
    (tmp_path / "DICOMDIR").write_bytes(path.read_bytes())
    (tmp_path / "short").write_bytes(b"DICM")
    assert not dicom.is_dicom(tmp_path / "DICOMDIR")
    assert not dicom.is_dicom(tmp_path / "short")
    with pytest.raises(DataError, match="no such file"):
        read(tmp_path / "none.dcm")


@pytest.mark.parametrize("deflated", [False, True])
def test_damage_of_any_kind_is_one_line_with_the_name(tmp_path: Path, deflated: bool) -> None:
    pydicom = pytest.importorskip("pydicom")
    tags = {"TransferSyntaxUID": pydicom.uid.DeflatedExplicitVRLittleEndian} if deflated else {}
    whole = write_dicom(tmp_path / "whole.dcm", STORED[:16, :16].astype(np.uint16), **tags).read_bytes()
    random, said = np.random.RandomState(0), []
    for _ in range(250):
        content = bytearray(whole)
        for place in random.randint(132, min(len(content), 800), 3):
            content[place] = random.randint(256)
        path = tmp_path / "damaged.dcm"
        path.write_bytes(content[: random.randint(140, len(content) + 1)])
        said.append(_refusal(path))
    refused = [line for line in said if line]
    assert len(refused) > 100
    assert [
        line for line in refused if not line.startswith(f"{tmp_path}/damaged.dcm: ") or not line.isprintable()
    ] == []


def _refusal(path: Path) -> str:
    try:
        read(path)
    except DataError as error:
        return str(error)
    return ""


def test_sizes_are_bounded_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pydicom = pytest.importorskip("pydicom")
    path = write_dicom(tmp_path / "huge.dcm", STORED.astype(np.uint16), Rows=60_000, Columns=60_000)
    with pytest.raises(DataError, match=r"huge\.dcm: has 60000x60000 pixels; at most"):
        read(path)
    deflated = {"TransferSyntaxUID": pydicom.uid.DeflatedExplicitVRLittleEndian}
    path = write_dicom(tmp_path / "bomb.dcm", np.zeros((2000, 2000), np.uint16), **deflated)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(dicom, "MOST_INFLATED", 2**22)
    with pytest.raises(DataError, match=r"bomb\.dcm: is deflated and holds more than 4194304 bytes"):
        read(path)
    monkeypatch.setattr(dicom, "MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"bomb\.dcm: has \d+ bytes; at most 1000 are read"):
        read(path)


@pytest.mark.parametrize("encoding", ["IMAGE_ENCODING_PNG_8", "IMAGE_ENCODING_DICOM"])
@pytest.mark.parametrize("lost", [False, True])
def test_what_was_drawn_by_a_network_is_refused(tmp_path: Path, encoding: str, lost: bool) -> None:
    recipe = complete(Recipe(seed=5), LIMITS)
    provenance = Provenance(recipe, "lat_" + "0" * 32, "ab" * 32, "CPUExecutionProvider", "float32")
    image = (mammogram() / 127.5 - 1).astype(np.float32)[None]
    image_format = ImageFormat(encoding=encoding)
    if "DICOM" in encoding:
        image_format.side, image_format.view = SIDE_RIGHT, VIEW_CC
    path = tmp_path / "image"
    path.write_bytes(encode(image, image_format, provenance))
    if lost and "DICOM" in encoding:  # what de-identification leaves of it
        found = dcmread(path)
        found.remove_private_tags()
        del found.SyntheticData, found.ImageComments
        found.save_as(path)
    with pytest.raises(DataError, match=rf"{path}: is synthetic and not for training"):
        read(path)
