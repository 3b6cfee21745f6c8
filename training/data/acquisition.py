"""Whether a DICOM file is a mammogram of a whole breast, by what it says of how it was taken.

Pure functions of data sets; docs/training.md has the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from mammoganesis.errors import Excluded, shown
from mammoganesis.pictures.dicom_grey import text_of
from mammoganesis.pictures.dicom_marks import mark_of
from mammoganesis.pictures.exclusions import Reason
from training.data.views import BREAST_CODES, WHOLE_VIEWS, codes_of, view_of

if TYPE_CHECKING:
    from pydicom import Dataset

MAMMOGRAPHY = "MG"
PERHAPS_MAMMOGRAPHY = ("CR", "DX", "OT", "SC", "")  # taken where something else speaks of a breast
PROCESSING_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.13.1.5",
)
TOMOSYNTHESIS_CLASSES = (  # slices, and the projections that they are computed from
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.13.1.4",
    "1.2.840.10008.5.1.4.1.1.13.1.5",
)
HUMAN_CODES = ("337915000", "L-85003", "L-85B00")
MOST_MAGNIFICATION = 1.2  # a breast on the detector's cover is up to a tenth larger than life; a magnifying stand 1.5
_MODIFIERS = (  # CID 4015; nipple in profile and infra-mammary fold show the breast whole
    ("399055006", "R-102D7", Reason.SPOT, "spot compression"),
    ("399163009", "R-102D6", Reason.MAGNIFIED, "magnification"),
    ("399209000", "R-102D5", Reason.IMPLANT_DISPLACED, "implant displaced"),
    ("399011000", "R-102D1", Reason.OTHER_VIEW, "axillary tail"),
    ("442580003", "R-40AB2", Reason.OTHER_VIEW, "axillary tissue"),
    ("399161006", "R-102D2", Reason.OTHER_VIEW, "cleavage"),
    ("414493004", "R-102CA", Reason.OTHER_VIEW, "rolled inferior"),
    ("399197002", "R-102D3", Reason.OTHER_VIEW, "rolled lateral"),
    ("399226006", "R-102D4", Reason.OTHER_VIEW, "rolled medial"),
    ("415670009", "R-102C9", Reason.OTHER_VIEW, "rolled superior"),
    ("399110001", "R-102C2", Reason.OTHER_VIEW, "tangential"),
    ("441752004", "P2-00161", Reason.OTHER_VIEW, "anterior compression"),
)
MODIFIER_CODES: Mapping[str, tuple[Reason, str]] = {
    code: (reason, meaning) for *codes, reason, meaning in _MODIFIERS for code in codes
}
# What technologists and machines write where no code is given; texts in capitals, _ as a blank.
_WRITTEN: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern))
    for reason, pattern in (
        (
            Reason.SYNTHETIC_2D,
            r"\b[CS][- ]?VIEWS?\b|\bV[- ]?PREVIEW\b|\b(INSIGHT|INTELLIGENT|GENERATED|SYNTH\w*)[- ]?2D\b|\b2D[- ]?SYNTH",
        ),
        (Reason.TOMOSYNTHESIS, r"\bTOMO(SYNTHESIS|SYNTHESE)?[- ]?(PROJ\w*|SLICES?|SLABS?|RECON\w*)\b"),
        (Reason.SPECIMEN, r"\bSPECIMENS?\b"),
        (Reason.MAGNIFIED, r"\bMAG(N\w*)?\b|\b[LR]?M(CC|MLO)\b|\b[LR]?(CC|MLO)[- ]?M\b"),
        (Reason.SPOT, r"\bSPOT\b|\bCONED?[- ](COMPRESSION|VIEW)|\b[LR]?(CC|MLO)S\b"),
        (Reason.IMPLANT_DISPLACED, r"\b[LR]?(CC|MLO|ML|LM)[- ]?ID\b|\bIMPLANTS?[- ]DISPLACE|\bEKLUND\b"),
        (Reason.PARTIAL_VIEW, r"\bCROPPED\b|\bPARTIAL\b"),
        (
            Reason.OTHER_VIEW,
            r"\b[LR]?XCC[LM]?\b|\bTAN(GENTIAL)?\b|\bROLLED\b|\b[LR]?(CC|MLO)R[LMSI]\b|\bCLEAVAGE\b|\bAXILLA"
            r"|\bSTEREO|(?<!POST[- ])\bBIOPS|\bNEEDLE\b|\bWIRE\b",
        ),
        (Reason.NOT_A_MAMMOGRAM, r"\bROI MASK\b"),
    )
)
_WRITTEN_IN = ("SeriesDescription", "ProtocolName", "ViewPosition", "PaddleDescription", "DerivationDescription")
_BREAST_WORDS = re.compile(r"BREAST|MAMM|BRUST|SEIN|MAMA|SENO|BORST|RINTA|BR[OÖ]ST")


def check_acquisition(data: Dataset, name: object, taken: Collection[Reason] = ()) -> None:
    """Refuse what is no mammogram of a whole breast for presentation.

    Args:
        data: a data set; its pixels are not looked at.
        name: of the file, for the message.
        taken: reasons that do not count, of those that `Reason.can_be_taken`.

    Raises:
        Excluded: with the first reason that applies.
    """
    for reason, sentence in _exclusions(data):
        if reason not in taken:
            raise Excluded(name, reason, sentence)


def _exclusions(data: Dataset) -> Iterator[tuple[Reason, str]]:
    """All that applies, what matters most first."""
    for rule in _RULES:
        yield from rule(data)


def _no_image(data: Dataset) -> Iterator[tuple[Reason, str]]:
    if "PixelData" not in data:
        if data.get("Rows") and data.get("Columns"):
            yield Reason.DAMAGED, f"has {data.Columns}x{data.Rows} pixels by its header, but holds none"
        else:
            yield Reason.NOT_AN_IMAGE, f"holds no pixels (Modality {shown(data.get('Modality'))})"


def _drawn(data: Dataset) -> Iterator[tuple[Reason, str]]:
    if mark := mark_of(data):
        yield Reason.SYNTHETIC, f"is synthetic and not for training ({mark})"


def _other_subject(data: Dataset) -> Iterator[tuple[Reason, str]]:
    for name in ("QualityControlImage", "QualityControlSubject"):
        if text_of(data.get(name)).upper() == "YES":
            yield Reason.PHANTOM, f"is of a test object ({name} is YES)"
    species = text_of(data.get("PatientSpeciesDescription"))
    codes = codes_of(data.get("PatientSpeciesCodeSequence"))
    if species and not re.fullmatch(r"homo( sapiens)?|human( being)?", species.casefold()):
        yield Reason.ANIMAL, f"is of an animal (PatientSpeciesDescription {shown(species)})"
    elif any(code and code not in HUMAN_CODES for code in codes):
        yield Reason.ANIMAL, f"is of an animal (PatientSpeciesCodeSequence {shown(codes[0])})"
    elif text_of(data.get("PatientBreedDescription")) or codes_of(data.get("PatientBreedCodeSequence")):
        yield Reason.ANIMAL, "is of an animal (it has a breed)"


def _other_part(data: Dataset) -> Iterator[tuple[Reason, str]]:
    modality, part = text_of(data.get("Modality")).upper(), text_of(data.get("BodyPartExamined")).upper()
    of_breast = _speaks_of_a_breast(data)
    if modality != MAMMOGRAPHY and (modality not in PERHAPS_MAMMOGRAPHY or not (of_breast or part)):
        allowed = "MG is needed, or one of projection with a breast as its body part"
        yield Reason.OTHER_MODALITY, f"is of Modality {shown(modality)}; {allowed}"
    if part and not of_breast:
        yield Reason.OTHER_BODY_PART, f"is of another part of the body (BodyPartExamined {shown(part)})"
    regions = codes_of(data.get("AnatomicRegionSequence"))
    if any(regions) and not of_breast:
        yield Reason.OTHER_BODY_PART, f"is of another part of the body (AnatomicRegionSequence {shown(regions[0])})"


def _speaks_of_a_breast(data: Dataset) -> bool:
    """Whether body part, region, organ or, where they say nothing, a view of mammography name the breast."""
    parts = [text_of(data.get(name)).upper() for name in ("BodyPartExamined", "OrganExposed")]
    regions = codes_of(data.get("AnatomicRegionSequence"))
    if any(_BREAST_WORDS.search(part) for part in parts) or BREAST_CODES.intersection(regions):
        return True
    return not any(parts) and not any(regions) and view_of(data) in WHOLE_VIEWS


def _computed(data: Dataset) -> Iterator[tuple[Reason, str]]:
    kinds = [str(value).upper() for value in _values(data.get("ImageType"))]
    sop_class, frames = text_of(data.get("SOPClassUID")), int(data.get("NumberOfFrames") or 1)
    if "GENERATED_2D" in kinds:
        yield Reason.SYNTHETIC_2D, "is computed from tomosynthesis (ImageType GENERATED_2D)"
    if sop_class in TOMOSYNTHESIS_CLASSES or any(kind.startswith("TOMO") for kind in kinds):
        yield Reason.TOMOSYNTHESIS, "is tomosynthesis (by its SOP class or ImageType)"
    if frames > 1:
        yield Reason.TOMOSYNTHESIS, f"has {frames} frames, as tomosynthesis; one is needed"
    intent = text_of(data.get("PresentationIntentType")).upper()
    if intent.endswith("PROCESSING") or sop_class in PROCESSING_CLASSES:
        yield Reason.FOR_PROCESSING, "is raw, for processing; the image for presentation is needed"


def _special_view(data: Dataset) -> Iterator[tuple[Reason, str]]:
    view = view_of(data)
    if view == "SPECIMEN" or data.get("SpecimenDescriptionSequence"):
        yield Reason.SPECIMEN, "is of a specimen"
    factor = data.get("EstimatedRadiographicMagnificationFactor")
    if factor is not None and float(factor) > MOST_MAGNIFICATION:
        yield Reason.MAGNIFIED, f"is magnified {float(factor):g} times; at most {MOST_MAGNIFICATION:g} are taken"
    for item in [data, *(data.get("ViewCodeSequence") or ())]:
        for code in codes_of(item.get("ViewModifierCodeSequence")):
            if code in MODIFIER_CODES:
                reason, meaning = MODIFIER_CODES[code]
                yield reason, f"is a special view: {meaning} (view modifier {shown(code)})"
    if text_of(data.get("PartialView")).upper() == "YES" or data.get("PartialViewCodeSequence"):
        yield Reason.PARTIAL_VIEW, "shows a part of the breast (PartialView)"
    if view.startswith("XCC"):
        yield Reason.OTHER_VIEW, f"is an exaggerated view ({view})"
    if (said := text_of(data.get("ViewPosition")).upper()) in ("AT", "CV", "TAN", "AX"):
        yield Reason.OTHER_VIEW, f"is a special view (ViewPosition {said})"


def _written(data: Dataset) -> Iterator[tuple[Reason, str]]:
    texts = {name: text_of(data.get(name)).upper().replace("_", " ") for name in _WRITTEN_IN}
    for reason, pattern in _WRITTEN:
        for name, text in texts.items():
            if match := pattern.search(text):
                yield reason, f"is left out as {reason.words} ({name} says {shown(match[0])})"


def _values(value: object) -> list[object]:
    """The values of an element that may have one, several or none."""
    several = hasattr(value, "__iter__") and not isinstance(value, (str, bytes))
    return list(value) if several else [] if value is None else [value]  # type: ignore[call-overload]


_RULES: tuple[Callable[[Dataset], Iterator[tuple[Reason, str]]], ...] = (
    *(_no_image, _drawn, _other_subject, _other_part, _computed, _special_view, _written),
)
