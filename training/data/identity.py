"""Whether a file says who its patient is: what it states, and which of that is believed.

The attributes are those of the Basic Application Level Confidentiality Profile (PS3.15 table E.1-1) that name a
person or lead to one. UIDs, dates of the study and the device are in that table too, but name nobody, and are not
looked at; nor is PatientID, by which the set is split and which is stored as a pseudonym only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import Reason
from training.data.patients import identifier, is_placeholder

NAMES = frozenset({
    "PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ResponsiblePerson", "PersonName",
    "ReferringPhysicianName", "ConsultingPhysicianName", "PerformingPhysicianName", "PhysiciansOfRecord",
    "NameOfPhysiciansReadingStudy", "RequestingPhysician", "OperatorsName", "InstitutionName",
    "InstitutionalDepartmentName", "ResponsibleOrganization",
})  # fmt: skip
DATES = frozenset({"PatientBirthDate", "PatientBirthDateInAlternativeCalendar"})
OTHERS = frozenset({
    "PatientBirthTime", "OtherPatientIDs", "PatientAddress", "PatientTelephoneNumbers", "PatientTelecomInformation",
    "PersonAddress", "PersonTelephoneNumbers", "PersonTelecomInformation", "CountryOfResidence", "RegionOfResidence",
    "MilitaryRank", "MedicalRecordLocator", "Occupation", "PatientReligiousPreference", "PatientComments",
    "AdditionalPatientHistory", "VisitComments", "StudyComments", "CurrentPatientLocation", "AdmissionID",
    "PatientInstitutionResidence", "AccessionNumber", "InstitutionAddress", "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
})  # fmt: skip
WATCHED = NAMES | DATES | OTHERS
OLDEST_BIRTH = "1901"  # a year of birth before it is a dummy: nobody so old had a mammogram
_DUMMY = re.compile(
    r"anonym|pseudonym|de-?identif|redact|removed|synthetic|simulat|phantom|not\s*a\s*patient|no\s*name|john\^?doe",
    re.I,
)
_CODE = re.compile(r"(?=.*\d)[\w.:#/+=-]+")  # one word with a digit: a code or a hash; no person is called so
_GENERIC = frozenset({
    "patient", "case", "subject", "participant", "name", "person", "test", "anon", "hospital", "institution", "clinic",
    "site",
})  # fmt: skip

_KEYWORDS = {keyword.casefold(): keyword for keyword in sorted(WATCHED)} | {
    "patientsname": "PatientName",
    "nameofpatient": "PatientName",
    "patientdob": "PatientBirthDate",
    "patientsbirthdate": "PatientBirthDate",
    "birthdate": "PatientBirthDate",
    "dateofbirth": "PatientBirthDate",
    "dob": "PatientBirthDate",
}
"""Names as texts have them, letters alone -> the attribute."""
_NAMED = (re.sub(r"(?<=[a-z])(?=[A-Z])", r"[\\s_'-]*", keyword) for keyword in sorted(WATCHED, key=len, reverse=True))
_SPOKEN = ("patient'?s[ _-]name", "name of (?:the )?patient", "patient[ _-]?dob", "patient'?s[ _-]birth[ _-]?date")
_SAID = re.compile(
    rf"""(?<![A-Za-z])(?P<name>{"|".join((*_NAMED, *_SPOKEN, "date of birth", "birth[ _-]?date", "dob"))})"""
    r"""[ \t]*+["']?[ \t]*+[:=>]++[ \t]*+["']?(?P<value>[^\s"'<>;|\n][^"'<>;|\n]{0,64})""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Stated:
    """What a file states of its patient, without a value."""

    attributes: tuple[str, ...] = ()  # keywords of those that hold more than a dummy, in the order of the file
    burned_in: bool = False  # BurnedInAnnotation (0028,0301) is YES
    private: int = 0  # number of private elements, sequences included
    removed: bool = False  # PatientIdentityRemoved (0012,0062) is YES

    @property
    def is_silent(self) -> bool:
        """Whether nothing of it identifies anybody."""
        return not (self.attributes or self.burned_in or self.private)


NOTHING_STATED = Stated()


def stated(data: Any) -> Stated:
    """What a pydicom data set states, its sequences included.

    Args:
        data: the data set; only looked at.
    """
    attributes: dict[str, None] = {}
    patient, private = identifier(data.get("PatientID")), 0
    for element in data.iterall():
        if element.tag.is_private:
            private += 1
        elif element.keyword in WATCHED and not all(
            is_dummy(element.keyword, value, patient) for value in _values(element.value)
        ):
            attributes[element.keyword] = None
    return Stated(tuple(attributes), _yes(data, "BurnedInAnnotation"), private, _yes(data, "PatientIdentityRemoved"))


def stated_by_texts(texts: Iterable[str]) -> Stated:
    """What the texts beside the pixels of a PNG, JPEG or TIFF file state: EXIF, XMP (that of DICOM's converters among
    it), comments. They are taken as free text, in which an attribute is named and a value follows."""
    attributes: dict[str, None] = {}
    for text in texts:
        for found in _SAID.finditer(text):
            keyword = _KEYWORDS[re.sub(r"[^a-z]", "", found["name"].casefold().replace("\u0131", "i"))]
            if not is_dummy(keyword, found["value"].strip(" ^"), ""):
                attributes[keyword] = None
    return Stated(tuple(attributes))


def _values(value: Any) -> Iterator[str]:
    """The values of an element as text, whatever their number."""
    several = value if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue" else [value]
    return (identifier(one) for one in several)


def _yes(data: Any, keyword: str) -> bool:
    return identifier(data.get(keyword)).upper() == "YES"


def is_dummy(keyword: str, value: str, patient: str) -> bool:
    """Whether a value names nobody: nothing, a placeholder, a code or hash, the identifier of the patient again.

    Args:
        keyword: of the attribute, one of `WATCHED`.
        value: without blanks around it.
        patient: PatientID of the file; what repeats it says no more.
    """
    if is_placeholder(value) or value == patient or _DUMMY.search(value):
        return True
    if keyword in DATES:
        return value[:4] < OLDEST_BIRTH
    if keyword in NAMES:
        words = [word for word in re.split(r"[\W_]+", value.casefold()) if word]
        return _CODE.fullmatch(value.strip("^")) is not None or all(w in _GENERIC or w.isdigit() for w in words)
    return re.fullmatch(r"[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.casefold()) is not None


def check(found: Stated, accepted: bool = False) -> None:
    """Refuse what identifies a patient. The sentence names attributes, never what stands in them.

    A file that says that the identity has been removed, from attributes and pixels as PS3.3 C.7.1.1 defines it, is
    believed; so is who prepares the set and accepts what identifies.

    Raises:
        Excluded: the file states who the patient is; without its name.
    """
    if accepted or found.removed or found.is_silent:
        return
    way = "de-identify it (PatientIdentityRemoved YES), or take it with --accept-identified"
    if found.attributes:
        raise Excluded(None, Reason.IDENTIFIED, f"identifies the patient by {', '.join(found.attributes)}; {way}")
    if found.burned_in:
        raise Excluded(None, Reason.BURNED_IN, f"says that its pixels identify the patient (BurnedInAnnotation); {way}")
    raise Excluded(None, Reason.PRIVATE_TAGS, f"has {found.private} private element(s), which may identify; {way}")


def remark(found: Stated) -> str:
    """What is to be said of a file that was taken all the same; empty for nothing."""
    if found.removed:
        return "says that the identity is removed, and that its pixels identify" if found.burned_in else ""
    said = [*found.attributes, *(["BurnedInAnnotation"] if found.burned_in else [])]
    said += [f"{found.private} private element(s)"] if found.private else []
    return f"was taken, and may identify the patient by {', '.join(said)}" if said else ""
