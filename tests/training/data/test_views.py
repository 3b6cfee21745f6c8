"""View and side by all that a DICOM file may say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, Sequence
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from tests.support.mammograms import mammogram, write_dicom
from training.data.reading import read
from training.data.views import VIEW_CODES, side_of, view_of


def coded(value: str, scheme: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = value, scheme
    return Sequence([item])


def data_set(**tags: Any) -> Dataset:
    data = Dataset()
    for name, value in tags.items():
        setattr(data, name, value)
    return data


@pytest.mark.parametrize(
    ("value", "scheme", "view"),
    [
        ("399162004", "SCT", "CC"),
        ("399368009", "SCT", "MLO"),
        ("R-10242", "SRT", "CC"),
        ("R-10226", "SNM3", "MLO"),
        ("399260004", "SCT", "ML"),
        ("R-10224", "SNM3", "ML"),
    ],
)
def test_the_code_of_the_view_comes_first(value: str, scheme: str, view: str) -> None:
    assert view_of(data_set(ViewCodeSequence=coded(value, scheme), ViewPosition="LM")) == view


@pytest.mark.parametrize(
    ("said", "view"),
    [
        *[(text, text) for text in ("CC", "MLO", "ML", "LM", "XCCL")],
        *[("LCC", "CC"), ("R MLO", "MLO"), ("rml", "ML"), ("CCID", "CC"), ("", ""), (["CC", "MLO"], ""), ("PA", "PA")],
    ],
)
def test_the_view_as_text(said: Any, view: str) -> None:
    assert view_of(data_set(ViewPosition=said)) == view


def test_codes_that_contradict_each_other_are_not_known() -> None:
    both = Sequence([*coded("399162004", "SCT"), *coded("399368009", "SCT")])
    assert view_of(data_set(ViewCodeSequence=both, ViewPosition="CC")) == ""
    assert view_of(data_set(ViewCodeSequence=coded("1", "99X"), ViewPosition="CC")) == "CC"


def test_the_views_are_those_of_the_standard() -> None:
    """Against pydicom's copy of CID 4014."""
    group = codes.cid4014
    standard = [getattr(group, name) for name in group.dir()]
    known = [Code(value, "SCT" if value.isdigit() else "SRT", "") for value in VIEW_CODES]
    assert all(code in standard for code in known)
    assert all(code in known for code in standard)
    assert len(VIEW_CODES) == 2 * len(standard)


def groups(side: str) -> Sequence:
    return Sequence([data_set(FrameAnatomySequence=Sequence([data_set(FrameLaterality=side)]))])


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        ({"ImageLaterality": "L", "Laterality": "R"}, "L"),
        ({"Laterality": "R"}, "R"),
        ({"SharedFunctionalGroupsSequence": groups("R")}, "R"),
        ({"PerFrameFunctionalGroupsSequence": groups("L")}, "L"),
        ({"AnatomicRegionSequence": Sequence([data_set(AnatomicRegionModifierSequence=coded("7771000", "SCT"))])}, "L"),
        ({"PatientOrientation": ["P", "L"]}, "R"),
        ({"PatientOrientation": ["A", "R"]}, "L"),
        ({"PatientOrientation": ["P", "FL"]}, "R"),
        ({"PatientOrientation": ["A", "FR"]}, "L"),
        ({"PatientOrientation": ["A", "F"]}, ""),
        ({"PatientOrientation": ["L", "R"]}, ""),
        ({"PatientOrientation": "L"}, ""),
        ({"ViewPosition": "RCC"}, "R"),
        ({"ViewPosition": "LM"}, ""),
        ({}, ""),
    ],
)
def test_the_side_and_where_it_is_looked_for(tags: dict[str, Any], side: str) -> None:
    assert side_of(data_set(**tags))[0] == side


def test_a_contradiction_is_a_remark(tmp_path: Path) -> None:
    stored = (mammogram() * 10).astype(np.uint16)
    window = {"WindowCenter": 1000, "WindowWidth": 2000}
    image = read(write_dicom(tmp_path / "a.dcm", stored, ImageLaterality="L", PatientOrientation=["P", "L"], **window))
    assert image.side == "L"
    assert image.remarks == ("ImageLaterality is L, but by PatientOrientation it is R",)
    assert read(write_dicom(tmp_path / "b.dcm", stored, PatientOrientation=["A", "R"], **window)).remarks == ()


def test_burned_in_annotation_is_told(tmp_path: Path) -> None:
    stored = (mammogram() * 10).astype(np.uint16)
    for value in ("YES", "NO"):
        path = write_dicom(tmp_path / "a.dcm", stored, BurnedInAnnotation=value)
        assert read(path).stated.burned_in is (value == "YES")
