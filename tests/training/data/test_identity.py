"""What a DICOM file states of its patient: refused by the names of attributes, never by what stands in them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import Reason
from tests.support.mammograms import mammogram, write_dicom
from training.data import identity, reading
from training.data.prepare import PrepareOptions, prepare

NAME, BIRTH = "Gärtner^Ilse", "19520817"


def stated(**tags: Any) -> identity.Stated:
    data = Dataset()
    data.PatientID = "P-0042"
    for keyword, value in tags.items():
        setattr(data, keyword, value)
    return identity.stated(data)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "^^", "Anonymous", "ANONYMIZED^^", "REMOVED", "Anonymous Patient", "Patient^Anonymous", "None"),
        *("XXXX", "P-0042", "0042", "Patient 17", "CASE^12", "anon_7", "D1-0001", "Synthetic^Case", "Deidentified"),
        *(hashlib.md5(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest(), "2f1c3b1e-7c1d-4b8e-9d3c-0a1b2c3d4e5f"),
    ],
)
def test_a_dummy_a_code_or_a_hash_is_no_name(name: str) -> None:
    assert stated(PatientName=name).is_silent


@pytest.mark.parametrize("name", [NAME, "DOE^JANE", "Müller", "yamada^tarou=山田^太郎", "van der Berg^A"])
def test_a_name_is_a_name(name: str) -> None:
    assert stated(PatientName=name).attributes == ("PatientName",)


@pytest.mark.parametrize(
    "tags",
    [
        {"PatientBirthDate": BIRTH},
        {"PatientAddress": "Lindenweg 3"},
        {"AccessionNumber": "A20260112-7"},
        {"InstitutionName": "St. Anna"},
        {"ReferringPhysicianName": "HOUSE^G"},
        {"PatientComments": "called back on Monday"},
        {"OtherPatientIDs": ["", "1952-443"]},
        {"PatientTelephoneNumbers": "+49 30 1234"},
    ],
    ids=lambda tags: next(iter(tags)),
)
def test_attributes_of_the_profile_that_lead_to_a_person(tags: dict[str, Any]) -> None:
    assert stated(**tags).attributes == tuple(tags)
    inner = Dataset()
    inner.update({})
    for keyword, value in tags.items():
        setattr(inner, keyword, value)
    assert stated(RequestAttributesSequence=[Dataset(), inner]).attributes == tuple(tags)


def test_what_names_nobody_is_not_looked_at() -> None:
    quiet = {"StudyDate": "20260112", "StationName": "MAMMO1", "DeviceSerialNumber": "17", "PatientSex": "F"}
    assert stated(**quiet, PatientAge="052Y", PatientBirthDate="19000101").is_silent


def test_every_watched_keyword_is_an_attribute_of_the_standard() -> None:
    """Those of pydicom's dictionary, which is made of PS3.6."""
    from pydicom.datadict import tag_for_keyword

    assert [keyword for keyword in identity.WATCHED if tag_for_keyword(keyword) is None] == []


def test_the_reason_says_which_attributes_and_no_value(tmp_path: Path) -> None:
    values = (mammogram() * 10).astype(np.uint16)
    path = write_dicom(tmp_path / "a.dcm", values, PatientName=NAME, PatientBirthDate=BIRTH)
    with pytest.raises(Excluded, match="by PatientName, PatientBirthDate; de-identify it") as e:
        identity.check(reading.read(path).stated)
    assert e.value.reason == Reason.IDENTIFIED
    assert not any(part in str(e.value) for part in ("Ilse", "Gärtner", BIRTH))
    with pytest.raises(Excluded, match="BurnedInAnnotation") as e:
        identity.check(stated(BurnedInAnnotation="YES"))
    assert e.value.reason == Reason.BURNED_IN
    data = Dataset()
    data.add_new((0x0019, 0x0010), "LO", "A VENDOR")
    data.add_new((0x0019, 0x1001), "SH", "Ilse")
    with pytest.raises(Excluded, match=r"has 2 private element\(s\)") as e:
        identity.check(identity.stated(data))
    assert e.value.reason == Reason.PRIVATE_TAGS


def test_who_says_that_the_identity_is_removed_is_believed() -> None:
    found = stated(PatientName=NAME, PatientIdentityRemoved="YES")
    identity.check(found)
    assert identity.remark(found) == ""
    contradiction = stated(BurnedInAnnotation="YES", PatientIdentityRemoved="YES")
    identity.check(contradiction)
    assert identity.remark(contradiction) == "says that the identity is removed, and that its pixels identify"
    with pytest.raises(Excluded):
        identity.check(stated(PatientName=NAME, PatientIdentityRemoved="NO"))


def test_only_what_identifies_nobody_is_in_a_set_and_the_rest_has_a_reason(tmp_path: Path) -> None:
    def write(number: int, **tags: Any) -> None:
        values = (mammogram(number) * 10).astype(np.uint16)
        write_dicom(tmp_path / "in" / f"{number}.dcm", values, PatientID=f"P{number}", **tags)

    write(0)
    write(1, PatientName=NAME)
    write(2, BurnedInAnnotation="YES")
    write(3, PatientName=NAME, PatientIdentityRemoved="YES")
    private = dcmread(tmp_path / "in" / "0.dcm")
    private.private_block(0x19, "A VENDOR", create=True).add_new(1, "SH", "Ilse")
    private.SOPInstanceUID = "1.2.3"
    private.save_as(tmp_path / "in" / "4.dcm")
    options = PrepareOptions(resolution=32, test_fraction=0.0)
    account = prepare([tmp_path / "in"], tmp_path / "set", options)
    assert [row["source"] for row in account["images"]] == ["in/0.dcm", "in/3.dcm"]
    assert len(account["skipped"]) == 3
    taken = prepare([tmp_path / "in"], tmp_path / "all", PrepareOptions(resolution=32, accept_identified=True))
    assert len(taken["images"]) == 4  # 4.dcm shows what 0.dcm shows
    assert "1 image(s): was taken, and may identify the patient by PatientName" in taken["notes"]


def test_nothing_that_is_written_tells_where_an_image_came_from(tmp_path: Path) -> None:
    folder = tmp_path / "Mammographie-Altbestand"
    for number in range(4):
        values = (mammogram(number // 2 * 2) * 10).astype(np.uint16)  # each twice
        tags = {"PatientID": f"4711-{number}", "PatientName": NAME, "PatientIdentityRemoved": "YES"}
        write_dicom(folder / f"Gaertner_{number}.dcm", values, **tags)
    (folder / "Gaertner_damaged.dcm").write_bytes(b"no image")
    options = PrepareOptions(resolution=32, test_fraction=0.0)
    account = prepare([folder], tmp_path / "set", options)
    assert (len(account["images"]), len(account["duplicates"]), len(account["skipped"])) == (2, 2, 1)
    files = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".npy", ".html"}
    for secret in (b"4711", b"Gaertner", b"Ilse", b"Altbestand", str(tmp_path).encode()):
        assert [path.name for path in files if secret in path.read_bytes()] == []
