"""CSV files as spreadsheets and public sets write them: columns by any spelling, rows of findings, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoganesis.errors import DataError
from training.data.fields import parse_labels
from training.data.listing import Listing, SourceImage, collect

ROW = SourceImage(Path(), "clinic/a.png", "P1", "L", "CC")


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "clinic"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        (folder / name).touch()
    return folder


def listed(clinic: Path, content: str | bytes, *labels: str) -> Listing:
    table = clinic / "list.csv"
    table.write_bytes(content if isinstance(content, bytes) else content.encode())
    return collect([clinic], [table], parse_labels(labels))


@pytest.mark.parametrize(
    "header",
    [
        "file,patient,side,view",
        "File Name,Patient ID,Laterality,View",  # INbreast
        "image_id,study_id,laterality,view_position",  # VinDr-Mammo
        "image file path,patient_id,left or right breast,image view",  # CBIS-DDSM
        "IMAGE-ID,Subject,L/R,View Position",
        "path,case,Left_Right,projection",
        "anon_dicom_path,empi_anon,ImageLateralityFinal,ViewPosition",  # EMBED
        " filename ,exam_id,Breast Side,view name",
    ],
)
@pytest.mark.parametrize("side", ["L", "left", "LEFT ", "Left breast"])
def test_columns_of_public_sets_are_known(clinic: Path, header: str, side: str) -> None:
    found = listed(clinic, f"{header}\na.png,P1 ,{side},cc\n")
    (source,) = found.sources
    assert (source.patient, source.side, source.view) == ("P1", "L", "CC")


def test_one_line_says_which_columns_were_used(clinic: Path) -> None:
    note, *others = listed(clinic, "Image ID,whoever,Laterality,Age\na.png,P1,R,50\n").notes
    assert note == (
        "list.csv: file from 'Image ID', side from 'Laterality'; no column for patient, view; not used: whoever, Age"
    )
    assert others == []


def test_a_patient_comes_before_a_study(clinic: Path) -> None:
    (source,) = listed(clinic, "study_id,patient_id,file\nS1,P1,a.png\n").sources
    assert source.patient == "P1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_a_spreadsheet_writes(clinic: Path, delimiter: str, encoding: str, end: str) -> None:
    lines = ["file,patient,side,view,note", ",,,,", "a.png,P1,L,CC,d\u00e9j\u00e0", ",,,,", "", '"b.png","P2",R,MLO,']
    content = end.join(line.replace(",", delimiter) for line in lines) + end
    found = listed(clinic, content.encode(encoding), "note").sources
    assert [(s.patient, s.side, s.view, s.labels["note"]) for s in found] == [
        ("P1", "L", "CC", "d\u00e9j\u00e0"),
        ("P2", "R", "MLO", ""),
    ]


def test_excel_may_state_the_delimiter_and_leave_empty_columns(clinic: Path) -> None:
    (source,) = listed(clinic, "sep=;\r\nfile;patient;;\r\na.png;P1;;\r\n;;;\r\n").sources
    assert (source.name, source.patient) == ("clinic/a.png", "P1")


def test_paths_as_windows_writes_them(clinic: Path) -> None:
    (clinic / "sub").mkdir()
    (clinic / "sub" / "c.png").touch()
    assert [s.path.name for s in listed(clinic, "file\nsub\\c.png\na\n").sources] == ["c.png", "a.png"]


def test_one_row_per_finding_is_one_image(clinic: Path) -> None:
    text = "file,patient,side,view,birads,density\na.png,P1,L,,4,B\nb.png,P2,,,2,A\na.png,,,CC,5,B\na.png,P1,,,4,\n"
    found = listed(clinic, text, "birads", "density")
    first, second = found.sources
    assert (first.patient, first.side, first.view) == ("P1", "L", "CC")
    assert first.labels == {"birads": "", "density": "B"}
    assert second.labels == {"birads": "2", "density": "A"}
    assert found.notes[1:] == (
        "list.csv: 2 further row(s) of images already listed, taken together",
        "list.csv: birads differs between the rows of 1 image(s); not known of them",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("file,patient\na.png,P1\na.png,P2\n", r"lines 2 and 3: clinic/a.png has the patient 'P1' and 'P2'"),
        ("file,side\na.png,L\n\na.png,R\n", r"lines 2 and 4: clinic/a.png has the side 'L' and 'R'"),
        ("file,view,view\na.png,CC,\n", "the column 'view' is there twice"),
        ("file,View,VIEW \na.png,CC,\n", "is there twice"),
        ("file,Patient ID,patient_id\na.png,P1,P2\n", "'patientid' is there 2 times, as 'Patient ID' and 'patient_id'"),
        ("file,patient\na.png,P1,CC\n", "line 2: has 3 cells; the first line names 2"),
        ("patient;name\nP1;a.png\n", r"no column names the file .*; it has patient, name"),
        ("", "has no rows"),
        (" \n,,\n", "has no rows"),
        ("file,patient\n", "has no rows"),
        (b"PK\3\4 workbook", "is a workbook"),
        (b"\xff\xfef", "cannot be read as CSV"),
        ("file,patient\n,P1\n", "line 2: no file is named"),
    ],
)
def test_what_is_refused_names_line_and_column(clinic: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        listed(clinic, content)


def test_labels_are_found_by_any_spelling_and_renamed(clinic: Path) -> None:
    (source,) = listed(clinic, "file,Breast Density,BI-RADS\na.png,B,4\n", "breast_density", "bi_rads=BI-RADS").sources
    assert source.labels == {"breast_density": "B", "bi_rads": "4"}
    with pytest.raises(DataError, match=r"no column for the label 'age'; it has file, Breast Density, BI-RADS"):
        listed(clinic, "file,Breast Density,BI-RADS\na.png,B,4\n", "age")


@pytest.mark.parametrize("value", ["", "_", " - ", "?", "N/A", "nan", "Unknown", "not known"])
def test_what_stands_for_no_value_is_not_known(clinic: Path, value: str) -> None:
    found = listed(clinic, f"file,density,birads\na.png,{value},0\nb.png,B,none\na.png,C,0\n", "density", "birads")
    first, second = found.sources
    assert first.labels == {"density": "C", "birads": "0"}
    assert second.labels == {"density": "B", "birads": "none"}
    assert not any("differs" in note for note in found.notes)
