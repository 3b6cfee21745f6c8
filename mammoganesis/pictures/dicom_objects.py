"""What a DICOM file of ours holds beside its pixels: the modules of the standard, filled in.

Digital Mammography X-Ray Image For Presentation (PS3.3 A.27) where an image is to hang as mammograms do, Secondary
Capture (A.8.1) where it must not be taken for one. Attributes are those of the modules that are mandatory, and the
marks (`mammoganesis.pictures.dicom_marks`). Nothing is invented of a machine, a person or a size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from highdicom import ContributingEquipment
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from mammoganesis.pictures.dicom_marks import NOT_FOR_DIAGNOSIS, PATIENT_NAME, comment_of, write_private
from mammoganesis.pictures.pixels import WHITE_12
from mammoganesis.pictures.provenance import Provenance
from mammoganesis.pictures.software import SOFTWARE, software_version
from mammoganesis.v1.images_pb2 import SIDE_LEFT, SIDE_RIGHT, VIEW_CC, VIEW_MLO, ImageFormat, Side, View

MANUFACTURER = SOFTWARE
NOMINAL_SPACING = 1.0
"""ImagerPixelSpacing (type 1) where no size is stated, in millimetres: a ruler reads pixels."""
MAX_DERIVATION = 1024  # characters of DerivationDescription, a short text

LETTERS: Mapping[Side, str] = {SIDE_LEFT: "L", SIDE_RIGHT: "R"}
# PatientOrientation (0020,0020): where the rows and the columns point to, as PS3.3 C.8.11.7.1.3 has it for mammograms.
ORIENTATIONS: Mapping[tuple[Side, View], tuple[str, str]] = {
    (SIDE_RIGHT, VIEW_CC): ("P", "L"),
    (SIDE_LEFT, VIEW_CC): ("A", "R"),
    (SIDE_RIGHT, VIEW_MLO): ("P", "FL"),
    (SIDE_LEFT, VIEW_MLO): ("A", "FR"),
}
VIEW_CODES: Mapping[View, Code] = {
    VIEW_CC: Code("399162004", "SCT", "cranio-caudal"),
    VIEW_MLO: Code("399368009", "SCT", "medio-lateral oblique"),
}
VIEW_NAMES: Mapping[View, str] = {VIEW_CC: "CC", VIEW_MLO: "MLO"}


def fresh_uid() -> str:
    """2.25 and a random UUID: nobody's root, never used before."""
    return generate_uid(prefix=None)


@dataclass(frozen=True)
class Place:
    """Where an image belongs: of which study, of which series, and the how manieth."""

    study_uid: str
    series_uid: str
    made: datetime
    study_id: str = ""  # "": of the image alone
    patient_id: str = ""  # "": of the image alone
    title: str = ""  # of the study
    series_number: int = 1
    instance_number: int = 1
    pixel_spacing_millimetres: float = 0  # 0: not stated
    instance_uid: str = field(default_factory=fresh_uid)

    @classmethod
    def new(cls) -> Place:
        """A study of its own, made at this moment, with fresh identifiers (2.25, of random UUIDs)."""
        return cls(fresh_uid(), fresh_uid(), datetime.now().astimezone())

    def beside(self, series_number: int, pixel_spacing_millimetres: float = 0) -> Place:
        """The place of another image of the same study: in a series of its own."""
        return replace(
            self,
            series_uid=fresh_uid(),
            series_number=series_number,
            pixel_spacing_millimetres=pixel_spacing_millimetres,
            instance_uid=fresh_uid(),
        )


def mammogram(image_format: ImageFormat, texts: Mapping[str, str], provenance: Provenance, place: Place) -> Dataset:
    """A Digital Mammography X-Ray Image For Presentation, without its pixels.

    Args:
        image_format: with side and view.
        texts: of the private block, by the names of `dicom_marks.ELEMENTS`.
    """
    data = _common(image_format, texts, provenance, place)
    data.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    data.Modality = "MG"
    data.PresentationIntentType = "FOR PRESENTATION"
    data.ImageLaterality = LETTERS[image_format.side]
    data.PatientOrientation = list(ORIENTATIONS[image_format.side, image_format.view])
    data.PixelIntensityRelationship = "LOG"
    data.PixelIntensityRelationshipSign = -1
    data.DetectorType = None
    data.ImagerPixelSpacing = [place.pixel_spacing_millimetres or NOMINAL_SPACING] * 2
    data.AnatomicRegionSequence = [_code(Code("76752008", "SCT", "Breast"))]
    data.OrganExposed = "BREAST"
    data.PositionerType = "MAMMOGRAPHIC"
    view = _code(VIEW_CODES[image_format.view])
    view.ViewModifierCodeSequence = []
    data.ViewCodeSequence = [view]
    data.AcquisitionContextSequence = []
    return data


def secondary_capture(
    image_format: ImageFormat, texts: Mapping[str, str], provenance: Provenance, place: Place
) -> Dataset:
    """A Secondary Capture Image, without its pixels. Arguments as of `mammogram`; side and view may be missing."""
    data = _common(image_format, texts, provenance, place)
    data.SOPClassUID = SecondaryCaptureImageStorage
    data.Modality = "OT"
    data.ConversionType = "SYN"
    data.BodyPartExamined = "BREAST"
    data.Laterality = LETTERS.get(image_format.side, "")  # of a paired organ it may be empty, but not left out
    orientation = ORIENTATIONS.get((image_format.side, image_format.view))
    data.PatientOrientation = list(orientation) if orientation else None
    if place.pixel_spacing_millimetres:
        data.PixelSpacing = [place.pixel_spacing_millimetres] * 2
    return data


def _common(image_format: ImageFormat, texts: Mapping[str, str], provenance: Provenance, place: Place) -> Dataset:
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPInstanceUID = place.instance_uid
    data.SyntheticData = "YES"
    _identify(data, image_format, provenance, place)
    data.Manufacturer = MANUFACTURER
    data.ManufacturerModelName = provenance.bundle_name or MANUFACTURER
    data.DeviceSerialNumber = provenance.bundle_digest
    data.SoftwareVersions = software_version()
    data.ContributingEquipmentSequence = [contribution(provenance, place)]
    data.ImageType = ["DERIVED", "PRIMARY"]
    data.DerivationDescription = _derivation(texts, provenance)
    data.ImageComments = comment_of(texts["recipe"])
    data.BurnedInAnnotation = "YES" if "burned_in" in texts else "NO"
    data.RecognizableVisualFeatures = "NO"
    data.LossyImageCompression = "00"
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = 0, 1, "US"
    data.WindowCenter, data.WindowWidth, data.VOILUTFunction = (WHITE_12 + 1) // 2, WHITE_12 + 1, "LINEAR"
    data.PresentationLUTShape = "IDENTITY"
    write_private(data, texts)
    return data


def _identify(data: Dataset, image_format: ImageFormat, provenance: Provenance, place: Place) -> None:
    """Patient, study and series: nobody's, and fresh."""
    data.PatientName = PATIENT_NAME
    data.PatientID = place.patient_id or patient_id(provenance.latent_id)
    data.IssuerOfPatientID = MANUFACTURER
    data.PatientBirthDate = data.PatientSex = ""
    day, time = f"{place.made:%Y%m%d}", f"{place.made:%H%M%S}"
    data.StudyDate = data.SeriesDate = data.ContentDate = data.InstanceCreationDate = day
    data.StudyTime = data.SeriesTime = data.ContentTime = data.InstanceCreationTime = time
    data.AccessionNumber = data.ReferringPhysicianName = ""
    data.StudyID = place.study_id or f"SYN-{provenance.latent_id[-8:].upper()}"
    title = place.title.replace("\\", "/") or "- not for diagnosis"  # a backslash would make two values of it
    data.StudyDescription = f"SYNTHETIC {title}"[:64].strip()
    said = (LETTERS.get(image_format.side), VIEW_NAMES.get(image_format.view))
    data.SeriesDescription = " ".join(("SYNTHETIC", *filter(None, said)))
    data.StudyInstanceUID, data.SeriesInstanceUID = place.study_uid, place.series_uid
    data.SeriesNumber, data.InstanceNumber = place.series_number, place.instance_number


def patient_id(name: str) -> str:
    """ "SYN-" and 16 hexadecimal digits of a latent id, or of another name that ends in as many."""
    return f"SYN-{name[-16:].upper()}"


def contribution(provenance: Provenance, place: Place) -> ContributingEquipment:
    """The item that says by what the content was synthesised."""
    return ContributingEquipment(
        MANUFACTURER,
        codes.DCM.SynthesizingEquipment,
        manufacturer_model_name=provenance.bundle_name or MANUFACTURER,
        software_versions=software_version(),
        device_serial_number=provenance.bundle_digest,
        contribution_datetime=place.made.replace(microsecond=0),
        contribution_description="The whole image was drawn by a generative network",
    )


def _derivation(texts: Mapping[str, str], provenance: Provenance) -> str:
    """In short; a recipe that is long is cut, since ImageComments and the private block hold it whole."""
    text = (
        f"{NOT_FOR_DIAGNOSIS}. Drawn by {MANUFACTURER} {software_version()} with the bundle "
        f"{provenance.bundle_name or 'of digest'} ({provenance.bundle_digest[:12]}), {provenance.provider} "
        f"{provenance.precision}; sizes are not of a body. {texts['latent_id']}: {texts['recipe']}"
    )
    return text if len(text) <= MAX_DERIVATION else f"{text[: MAX_DERIVATION - 3]}..."


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item
