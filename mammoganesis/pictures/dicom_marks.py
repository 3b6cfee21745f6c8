"""What says in a DICOM file that it is synthetic, and how it came to be.

Several marks, each of which is enough: software that files pass through takes some away.

    (0008,001C) SyntheticData           YES; de-identification may drop it, and dictionaries before 2024b do not know it
    (0018,A001) ContributingEquipment   an item of purpose 109100, Synthesizing Equipment
    (0010,0010) PatientName             SYNTHETIC^NOT A PATIENT
    (0079,00xx) the private block of CREATOR: recipe, latent id, bundle digest, checksum of the pixels, synthesis,
                             signature
    (0020,4000) ImageComments           the mark in words, then the recipe as text, which stays where private blocks go

Pure functions of data sets; pydicom is imported by who has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

CREATOR = "MAMMOGANESIS"
GROUP = 0x0079
ELEMENTS: Mapping[str, tuple[int, str]] = {  # name -> element within the block, value representation
    "recipe": (0x01, "UT"),
    "latent_id": (0x02, "LO"),
    "bundle_digest": (0x03, "LO"),
    "pixels_sha256": (0x04, "LO"),
    "synthesis": (0x05, "LO"),
    "burned_in": (0x06, "CS"),
    "preview": (0x07, "CS"),
    "signature": (0x08, "LT"),
}
PATIENT_NAME = "SYNTHETIC^NOT A PATIENT"
SYNTHESIZING = "109100"
NOT_FOR_DIAGNOSIS = "SYNTHETIC - NOT FOR DIAGNOSIS"
BEFORE_RECIPE = "Recipe: "
MAX_COMMENT = 10_240  # characters of ImageComments, a long text


def write_private(data: Dataset, values: Mapping[str, str]) -> None:
    """The private block; values by the names of ELEMENTS."""
    block = data.private_block(GROUP, CREATOR, create=True)
    for name, value in values.items():
        element, representation = ELEMENTS[name]
        block.add_new(element, representation, value)


def read_private(data: Dataset) -> dict[str, str]:
    """What the private block holds, by the names of ELEMENTS; empty where there is none."""
    try:
        block = data.private_block(GROUP, CREATOR)
    except KeyError:
        return {}
    found = {name: block[element] for name, (element, _) in ELEMENTS.items() if element in block}
    return {name: _text(element.value) for name, element in found.items()}


def comment_of(recipe: str) -> str:
    """ImageComments: the mark in words, and the recipe's JSON where it has room."""
    whole = f"{NOT_FOR_DIAGNOSIS}. {BEFORE_RECIPE}{recipe}"
    return whole if len(whole) <= MAX_COMMENT else f"{NOT_FOR_DIAGNOSIS}. The recipe stands in the private block."


def recipe_in_comment(data: Dataset) -> str | None:
    """The recipe's JSON in ImageComments; None where there is none."""
    comment = _text(data.get("ImageComments"))
    begins = f"{NOT_FOR_DIAGNOSIS}. {BEFORE_RECIPE}"
    return comment.removeprefix(begins) if comment.startswith(begins) else None


def mark_of(data: Dataset) -> str:
    """The first mark of a synthetic image that is found, in words; "" where there is none."""
    if _text(data.get("SyntheticData")).upper() == "YES":
        return "SyntheticData (0008,001C) is YES"
    for item in data.get("ContributingEquipmentSequence") or ():
        purposes = item.get("PurposeOfReferenceCodeSequence") or ()
        if any(_text(code.get("CodeValue")) == SYNTHESIZING for code in purposes):
            return "its contributing equipment is Synthesizing Equipment (109100)"
    if _text(data.get("PatientName")).upper() == PATIENT_NAME:
        return f"PatientName is {PATIENT_NAME}"
    if read_private(data):
        return f"it has the private block {CREATOR}"
    if any(_text(data.get(name)).startswith(NOT_FOR_DIAGNOSIS) for name in ("ImageComments", "DerivationDescription")):
        return f"its text says {NOT_FOR_DIAGNOSIS}"
    return ""


def _text(value: object) -> str:
    """A value without the blanks and NUL that fill it up; "" for none."""
    if value is None:
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip(" \0")
