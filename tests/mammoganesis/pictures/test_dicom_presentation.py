"""Outlines beside DICOM images, as others read them; and several files with the index that lists them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydicom import Dataset, dcmread
from pydicom.fileset import FileSet

from mammoganesis.pictures import dicom
from mammoganesis.pictures.dicom_marks import mark_of
from mammoganesis.pictures.dicom_media import write_file_set
from mammoganesis.pictures.dicom_objects import Place
from mammoganesis.pictures.dicom_presentation import Outline, outlines_of_mask, presentation_state
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.recipe.completion import complete
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe
from tests.support import dicom_tools
from tests.support.recipe_strategies import LIMITS

SIZE = 64
PROVENANCE = Provenance(
    complete(Recipe(seed=5), LIMITS), "lat_" + "1" * 32, "ab" * 32, "CPUExecutionProvider", "float32"
)
TRIANGLE = Outline("Mass", [(0.25, 0.25), (0.75, 0.25), (0.5, 0.75)])


def pair(side: str, *outlines: Outline) -> tuple[bytes, bytes]:
    """An image and its presentation state."""
    image_format = ImageFormat(encoding="IMAGE_ENCODING_DICOM", side=side, view="VIEW_CC")
    first = Place.new()
    values = np.random.RandomState(0).uniform(-1, 1, (1, SIZE, SIZE)).astype(np.float32)
    image = dicom.encode(values, image_format, PROVENANCE, first)
    return image, presentation_state(image, image_format, outlines, PROVENANCE, first.beside(100))


def read(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


@pytest.mark.parametrize("side", ["SIDE_LEFT", "SIDE_RIGHT"])
def test_outlines_lie_where_the_network_drew_on_either_side(side: str) -> None:
    image, state = (read(data) for data in pair(side, TRIANGLE, Outline("Place", [(0.1, 0.9)])))
    area, place = (item.GraphicObjectSequence[0] for item in state.GraphicAnnotationSequence)
    corners = np.array(area.GraphicData).reshape(-1, 2) / SIZE
    expected = np.array([*TRIANGLE.points, TRIANGLE.points[0]])
    point = np.array([0.1, 0.9])
    if side == "SIDE_LEFT":
        expected[:, 0], point[0] = 1 - expected[:, 0], 0.9
    np.testing.assert_allclose(corners, expected, atol=1e-6)
    np.testing.assert_allclose(np.array(place.GraphicData) / SIZE, point, atol=1e-6)
    assert (area.GraphicType, place.GraphicType) == ("POLYLINE", "POINT")
    assert state.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue == "Mass"
    (series,) = state.ReferencedSeriesSequence
    (named,) = series.ReferencedImageSequence
    assert (series.SeriesInstanceUID, named.ReferencedSOPInstanceUID) == (image.SeriesInstanceUID, image.SOPInstanceUID)
    assert (state.StudyInstanceUID, state.PatientID) == (image.StudyInstanceUID, image.PatientID)
    assert state.SeriesInstanceUID != image.SeriesInstanceUID
    assert mark_of(state).startswith("SyntheticData")


def test_the_outline_of_a_mask_is_its_edge() -> None:
    mask = np.zeros((32, 32), np.float32)
    mask[4:12, 6:20] = 1
    mask[6:9, 8:12] = 0.2  # a hole
    mask[25, 25] = 0.5
    mask[26, 26] = 0.5  # touches by a corner
    drawn = Image.new("1", (32, 32))
    rings = outlines_of_mask("edited area", mask)
    for ring in rings:  # inside of an odd number of rings; by the middle of each pixel
        one = Image.new("1", (320, 320))
        ImageDraw.Draw(one).polygon([(x * 320 - 0.5, y * 320 - 0.5) for x, y in ring.points], fill=1)
        middle = np.asarray(one)[5::10, 5::10]
        drawn = Image.fromarray(np.asarray(drawn) ^ middle)
    np.testing.assert_array_equal(np.asarray(drawn), mask >= 0.5)
    assert len(rings[0].points) == 4


def test_no_attribute_of_the_standard_is_missing() -> None:
    _, state = pair("SIDE_LEFT", TRIANGLE)
    assert dicom_tools.missing_attributes(read(state)) == []


@dicom_tools.needs("dciodvfy")
def test_dicom3tools_finds_no_fault(tmp_path: Path) -> None:
    paths = [tmp_path / "image.dcm", tmp_path / "state.dcm"]
    for path, data in zip(paths, pair("SIDE_LEFT", TRIANGLE), strict=True):
        path.write_bytes(data)
        assert dicom_tools.complaints(path) == []
    assert dicom_tools.set_complaints(paths) == ""


def test_a_folder_of_files_is_listed_in_its_index(tmp_path: Path) -> None:
    files = [*pair("SIDE_LEFT", TRIANGLE), *pair("SIDE_RIGHT", TRIANGLE)]
    write_file_set(tmp_path, files)
    listed = FileSet(tmp_path / "DICOMDIR")
    assert sorted(item.SOPInstanceUID for item in listed) == sorted(read(data).SOPInstanceUID for data in files)
    assert all(Path(item.path).read_bytes()[128:132] == b"DICM" for item in listed)
    assert len(listed.find_values("StudyInstanceUID")) == 2
