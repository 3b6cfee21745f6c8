"""Which DICOM files are no mammograms of a whole breast: a file for each kind, with the reason that it must get."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import CAN_BE_TAKEN, EXPECTED, WORDS, Reason
from tests.support.mammograms import mammogram, write_dicom
from training.data.acquisition import MODIFIER_CODES
from training.data.dicom import ReadOptions
from training.data.reading import read

STORED = (mammogram() * 10).astype(np.uint16)


def coded(value: str, scheme: str = "SCT", **more: Any) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, "any"
    for name, content in more.items():
        setattr(item, name, content)
    return Sequence([item])


def modified(value: str, scheme: str = "SCT") -> Sequence:
    """A cranio-caudal view with a modifier."""
    return coded("399162004", ViewModifierCodeSequence=coded(value, scheme))


SPECIMEN = Sequence([Dataset()])
KINDS: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.NOT_AN_IMAGE, {"PixelData": None, "Rows": None, "Columns": None, "Modality": "SR"}),
    (Reason.NOT_AN_IMAGE, {"PixelData": None, "Rows": None, "Columns": None, "Modality": "PR"}),
    (Reason.DAMAGED, {"PixelData": None}),
    (Reason.SYNTHETIC, {"PatientName": "SYNTHETIC^NOT A PATIENT"}),
    (Reason.OTHER_MODALITY, {"Modality": "CT"}),
    (Reason.OTHER_MODALITY, {"Modality": "CT", "BodyPartExamined": "BREAST"}),
    (Reason.OTHER_MODALITY, {"Modality": "MR", "ViewPosition": None}),
    (Reason.OTHER_MODALITY, {"Modality": "US", "BodyPartExamined": "BREAST"}),
    (Reason.OTHER_MODALITY, {"Modality": "DX", "ViewPosition": None}),
    (Reason.OTHER_BODY_PART, {"Modality": "DX", "BodyPartExamined": "CHEST", "ViewPosition": "PA"}),
    (Reason.OTHER_BODY_PART, {"Modality": "CR", "BodyPartExamined": "HIP", "ViewPosition": "AP"}),
    (Reason.OTHER_BODY_PART, {"Modality": "DX", "BodyPartExamined": "HIP", "ViewPosition": "LM"}),
    (Reason.OTHER_BODY_PART, {"BodyPartExamined": "CHEST"}),
    (Reason.OTHER_BODY_PART, {"AnatomicRegionSequence": coded("51185008")}),
    (Reason.ANIMAL, {"PatientSpeciesDescription": "Canine", "PatientBreedDescription": "Beagle"}),
    (Reason.ANIMAL, {"PatientSpeciesCodeSequence": coded("448771007")}),
    (Reason.ANIMAL, {"PatientBreedDescription": "Beagle"}),
    (Reason.PHANTOM, {"QualityControlImage": "YES"}),
    (Reason.FOR_PROCESSING, {"PresentationIntentType": "FOR PROCESSING"}),
    (Reason.FOR_PROCESSING, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.2.1"}),
    (Reason.TOMOSYNTHESIS, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.13.1.3"}),
    (Reason.TOMOSYNTHESIS, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.13.1.4"}),
    (Reason.TOMOSYNTHESIS, {"NumberOfFrames": 2, "PixelData": np.concatenate([STORED, STORED]).tobytes()}),
    (Reason.TOMOSYNTHESIS, {"ImageType": ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"]}),
    (Reason.SYNTHETIC_2D, {"ImageType": ["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"]}),
    *[(Reason.SYNTHETIC_2D, {"SeriesDescription": text}) for text in ("L MLO C-View", "R_CC_S-View", "Intelligent 2D")],
    (Reason.SYNTHETIC_2D, {"SeriesDescription": "RMLO Insight 2D"}),
    (Reason.SPECIMEN, {"ViewCodeSequence": coded("127457009")}),
    (Reason.SPECIMEN, {"SpecimenDescriptionSequence": SPECIMEN}),
    (Reason.SPECIMEN, {"SeriesDescription": "Specimen left"}),
    (Reason.MAGNIFIED, {"EstimatedRadiographicMagnificationFactor": 1.5}),
    (Reason.MAGNIFIED, {"ViewCodeSequence": modified("399163009")}),
    *[(Reason.MAGNIFIED, {"ViewPosition": text}) for text in ("LMCC", "MCC", "CCM")],
    (Reason.MAGNIFIED, {"PaddleDescription": "10CM_MAG"}),
    (Reason.SPOT, {"ViewCodeSequence": modified("399055006")}),
    (Reason.SPOT, {"ViewCodeSequence": modified("R-102D7", "SRT")}),
    (Reason.SPOT, {"ViewModifierCodeSequence": coded("R-102D7", "SNM3")}),
    (Reason.SPOT, {"PaddleDescription": "SPOT COMPRESSION"}),
    (Reason.IMPLANT_DISPLACED, {"ViewCodeSequence": modified("399209000")}),
    *[(Reason.IMPLANT_DISPLACED, {"ViewPosition": text}) for text in ("CCID", "LMLOID", "MLO ID")],
    (Reason.PARTIAL_VIEW, {"PartialView": "YES"}),
    (Reason.PARTIAL_VIEW, {"SeriesDescription": "cropped images"}),
    (Reason.OTHER_VIEW, {"ViewCodeSequence": modified("399110001")}),
    (Reason.OTHER_VIEW, {"ViewCodeSequence": modified("R-102D3", "SNM3")}),
    (Reason.OTHER_VIEW, {"ViewCodeSequence": coded("399192008")}),
    *[(Reason.OTHER_VIEW, {"ViewPosition": text}) for text in ("XCCL", "RXCCL", "AT", "CV", "TAN", "CCRL")],
    (Reason.OTHER_VIEW, {"SeriesDescription": "Stereo biopsy scout"}),
    (Reason.NOT_A_MAMMOGRAM, {"SeriesDescription": "ROI mask images"}),
    (Reason.NOT_GREY, {"PhotometricInterpretation": "PALETTE COLOR"}),
]
TAKEN: list[dict[str, Any]] = [
    {"PresentationIntentType": "FOR PRESENTATION", "BodyPartExamined": "BREAST", "NumberOfFrames": 1},
    {"Modality": "CR", "BodyPartExamined": "BREAST", "ViewPosition": None},
    {"Modality": "DX", "BodyPartExamined": None, "ViewPosition": "MLO"},
    {"Modality": "OT", "BodyPartExamined": "Left Breast", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
    {"BodyPartExamined": "SEIN", "EstimatedRadiographicMagnificationFactor": 1.07},
    {"BodyPartExamined": "CHEST", "AnatomicRegionSequence": coded("T-04000", "SRT")},
    {"PatientSpeciesDescription": "Homo sapiens", "PatientSpeciesCodeSequence": coded("337915000")},
    {"ViewCodeSequence": modified("442581004"), "PartialView": "NO"},
    {"SeriesDescription": "R CC VIEW", "ProtocolName": "Post biopsy mammogram"},
    {"SeriesDescription": "full mammogram images", "PaddleDescription": "18X24CM"},
]


def name_of(value: object) -> str:
    return (
        " ".join(f"{key}={str(item)[:24]!r}" for key, item in value.items()) if isinstance(value, dict) else str(value)
    )


def written(path: Path, tags: dict[str, Any]) -> Path:
    absent = {"PixelData": STORED.tobytes(), **tags}
    return write_dicom(path, STORED, **{name: value for name, value in absent.items() if value or name in STANDING})


STANDING = {"PixelData", "Rows", "Columns", "Modality", "ViewPosition"}  # what `write_dicom` sets, None removes


@pytest.mark.parametrize(("reason", "tags"), KINDS, ids=name_of)
def test_a_kind_is_left_out_with_its_reason(tmp_path: Path, reason: Reason, tags: dict[str, Any]) -> None:
    path = written(tmp_path / "a.dcm", tags)
    with pytest.raises(Excluded) as found:
        read(path)
    assert found.value.reason is reason
    assert str(found.value) == f"{path}: {found.value.sentence}"


@pytest.mark.parametrize("tags", TAKEN, ids=name_of)
def test_what_only_looks_special_is_taken(tmp_path: Path, tags: dict[str, Any]) -> None:
    assert read(written(tmp_path / "a.dcm", tags)).values.max() > 100


@pytest.mark.parametrize(
    "tags",
    [
        {"PresentationIntentType": "FOR PROCESSING"},
        {"ViewCodeSequence": modified("399055006")},
        {"BodyPartExamined": "AXILLA"},
    ],
    ids=name_of,
)
def test_who_asks_for_a_kind_gets_it(tmp_path: Path, tags: dict[str, Any]) -> None:
    path = written(tmp_path / "a.dcm", tags)
    with pytest.raises(Excluded) as found:
        read(path)
    reason = Reason(found.value.reason)
    assert reason.can_be_taken
    assert reason.is_expected
    assert read(path, ReadOptions(taken=frozenset({reason}))).values.max() > 100


def test_modifiers_are_those_of_the_standard() -> None:
    """Against pydicom's copy of CID 4015; a code of SRT equals that of SNOMED CT there."""
    group = codes.cid4015
    standard = [getattr(group, name) for name in group.dir()]
    assert len(standard) == 14
    known = {Code(value, "SCT" if value.isdigit() else "SRT", "") for value in MODIFIER_CODES}
    assert {code.meaning for code in standard if code not in known} == {"Nipple in profile", "Infra-mammary fold"}
    words = {code.value: code.meaning.lower() for code in standard if code in known}
    assert {value: meaning for value, (_, meaning) in MODIFIER_CODES.items() if value.isdigit()} == words
    assert len(MODIFIER_CODES) == 2 * 12
    assert all(Code(value, "SCT" if value.isdigit() else "SRT", "") in standard for value in MODIFIER_CODES)


def test_a_file_that_is_no_image_in_any_way(tmp_path: Path) -> None:
    for name, content in (("a.dcm", b""), ("b.png", b"text"), ("c.dcm", b"\0" * 500)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Excluded) as found:
            read(tmp_path / name)
        assert found.value.reason is Reason.DAMAGED
    shutil.rmtree(tmp_path)


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)
    assert CAN_BE_TAKEN < EXPECTED < set(Reason)
    assert all(reason.words for reason in Reason)
