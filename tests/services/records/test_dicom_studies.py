"""Cases as DICOM studies, through the service: what a viewer finds in the file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.fileset import FileSet

from mammoganesis.pictures.encoding import decode
from mammoganesis.v1 import cases_pb2 as pb
from mammoganesis.v1.images_pb2 import SIDE_LEFT, SIDE_UNSPECIFIED
from tests.support import dicom_tools
from tests.support.recorded import Recorded, case


def exported(records: Recorded, folder: Path, made: pb.Case) -> tuple[list[Dataset], str]:
    created = records.cases.CreateCase(pb.CreateCaseRequest(case=made)).case
    request = pb.ExportCasesRequest(case_ids=[created.case_id], format=pb.CASE_FILE_FORMAT_DICOM)
    pieces = list(records.cases.ExportCases(request))
    with zipfile.ZipFile(io.BytesIO(b"".join(piece.data for piece in pieces))) as archive:
        archive.extractall(folder)
    return [item.load() for item in FileSet(folder / "DICOMDIR")], pieces[0].file_name


def test_a_case_is_a_study_of_its_images_with_the_findings_beside(records: Recorded, tmp_path: Path) -> None:
    made = case("Mass \\ left")
    made.images[0].side, made.images[0].mirrored, made.images[0].pixel_spacing_millimetres = SIDE_LEFT, True, 0.4
    made.images[1].side = SIDE_UNSPECIFIED
    found, name = exported(records, tmp_path, made)
    assert name == "mass_left_dicom.zip"
    assert sorted(item.Modality for item in found) == ["MG", "OT", "PR"]
    assert len({item.StudyInstanceUID for item in found}) == 1
    assert len({item.StudyID for item in found}) == 1
    assert len({item.SeriesInstanceUID for item in found}) == 3
    assert {item.PatientID for item in found} == {found[0].PatientID}
    assert {item.StudyDescription for item in found if item.Modality != "PR"} == {"SYNTHETIC Mass / left"}
    by_kind = {item.Modality: item for item in found}
    image, capture, state = by_kind["MG"], by_kind["OT"], by_kind["PR"]
    assert (image.ImageLaterality, list(image.ImagerPixelSpacing), image.BurnedInAnnotation) == ("L", [0.4, 0.4], "YES")
    assert "secret-notes" not in str(found)
    points = np.array(state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData).reshape(-1, 2)
    centre, half = points[:-1].mean(axis=0) / image.Rows, np.ptp(points, axis=0) / image.Rows / 2
    np.testing.assert_allclose(centre, [0.5, 0.5], atol=1e-3)
    np.testing.assert_allclose(half, [0.2, 0.1], atol=5e-3)  # its axes are turned by 90 degrees
    for item, seed in ((image, 11), (capture, 12)):
        buffer = io.BytesIO()
        item.save_as(buffer)
        recipe = decode(buffer.getvalue()).recipe
        assert recipe is not None
        assert recipe.seed == seed
    assert [dicom_tools.missing_attributes(item) for item in found] == [[]] * 3
