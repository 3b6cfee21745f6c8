"""Why a file of an archive is no image to train on: the one list of reasons.

A file that is read gives an image, or raises `mammoganesis.errors.Excluded` with one of these and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """The code that stands in reports and options; never renamed."""

    # The file cannot be used, or is no image.
    NOT_AN_IMAGE = "not-an-image"
    HIDDEN = "hidden"
    NOT_LISTED = "not-listed"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too-large"
    NOT_GREY = "not-grey"
    # An image, but by what the file says of itself no mammogram of a woman's whole breast.
    SYNTHETIC = "synthetic"
    OTHER_MODALITY = "other-modality"
    OTHER_BODY_PART = "other-body-part"
    ANIMAL = "animal"
    PHANTOM = "phantom"
    FOR_PROCESSING = "for-processing"
    TOMOSYNTHESIS = "tomosynthesis"
    SYNTHETIC_2D = "synthetic-2d"
    SPECIMEN = "specimen"
    SPOT = "spot"
    MAGNIFIED = "magnified"
    IMPLANT_DISPLACED = "implant-displaced"
    PARTIAL_VIEW = "partial-view"
    OTHER_VIEW = "other-view"
    # By its pixels.
    NOT_A_MAMMOGRAM = "not-a-mammogram"
    BRIGHT_BACKGROUND = "bright-background"
    # A mammogram that must not be in the set, or is in it already.
    IDENTIFIED = "identified"
    BURNED_IN = "burned-in-annotation"
    PRIVATE_TAGS = "private-tags"
    DUPLICATE = "duplicate"

    @property
    def words(self) -> str:
        """What a report says of the images that are left out for it."""
        return WORDS[self]

    @property
    def is_expected(self) -> bool:
        """Whether an archive that is in order holds such files: they are left out and counted, never an error."""
        return self in EXPECTED

    @property
    def can_be_taken(self) -> bool:
        """Whether who asks for it gets these images into the set all the same."""
        return self in CAN_BE_TAKEN


WORDS: Mapping[Reason, str] = {
    Reason.NOT_AN_IMAGE: "no image: a report, a presentation state, an index, another kind of file",
    Reason.HIDDEN: "hidden, as .DS_Store and the files that macOS adds",
    Reason.NOT_LISTED: "not named by the CSV or the index of the disc",
    Reason.MISSING: "named, and not there",
    Reason.DAMAGED: "damaged",
    Reason.UNDECODABLE: "compressed in a way that no installed decoder reads",
    Reason.TOO_LARGE: "more pixels or bytes than are read",
    Reason.NOT_GREY: "in colour",
    Reason.SYNTHETIC: "synthetic, drawn by a model",
    Reason.OTHER_MODALITY: "of another modality than mammography",
    Reason.OTHER_BODY_PART: "of another part of the body",
    Reason.ANIMAL: "of an animal",
    Reason.PHANTOM: "of a test object, for quality control",
    Reason.FOR_PROCESSING: "raw, for processing and not for presentation",
    Reason.TOMOSYNTHESIS: "tomosynthesis",
    Reason.SYNTHETIC_2D: "computed from tomosynthesis (C-View and the like)",
    Reason.SPECIMEN: "of a specimen",
    Reason.SPOT: "spot compression",
    Reason.MAGNIFIED: "magnified",
    Reason.IMPLANT_DISPLACED: "implant displaced",
    Reason.PARTIAL_VIEW: "partial view",
    Reason.OTHER_VIEW: "another special view: rolled, tangential, exaggerated, axilla, cleavage, biopsy",
    Reason.NOT_A_MAMMOGRAM: "no mammogram by its pixels: blank, a mask, no breast, no background, too small",
    Reason.BRIGHT_BACKGROUND: "bright background, never inverted",
    Reason.IDENTIFIED: "says who the patient is",
    Reason.BURNED_IN: "has writing in its pixels that may say who the patient is",
    Reason.PRIVATE_TAGS: "has private tags, which may say who the patient is",
    Reason.DUPLICATE: "in the set already",
}

CAN_BE_TAKEN = frozenset(
    {
        Reason.OTHER_MODALITY,
        Reason.OTHER_BODY_PART,
        Reason.FOR_PROCESSING,
        Reason.SYNTHETIC_2D,
        Reason.SPOT,
        Reason.MAGNIFIED,
        Reason.IMPLANT_DISPLACED,
        Reason.PARTIAL_VIEW,
        Reason.OTHER_VIEW,
    }
)
EXPECTED = CAN_BE_TAKEN | {
    Reason.SYNTHETIC,
    Reason.NOT_AN_IMAGE,
    Reason.HIDDEN,
    Reason.NOT_LISTED,
    Reason.ANIMAL,
    Reason.PHANTOM,
    Reason.TOMOSYNTHESIS,
    Reason.SPECIMEN,
    Reason.DUPLICATE,
}
