"""Pixels to DICOM files and back: the door of pydicom and highdicom, with `dicom_objects` and `dicom_marks` beside it.

A file has 12 bits from the float image, one window that shows all of them, and is not compressed: every reader takes
it. Networks draw all breasts as a right one hangs, chest wall on the right; a left one is written mirrored.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    UID,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

from mammoganesis.errors import InvalidArgument, MammoganesisError, shown
from mammoganesis.pictures import dicom_marks, texts
from mammoganesis.pictures.dicom_objects import LETTERS, ORIENTATIONS, VIEW_CODES, Place, mammogram, secondary_capture
from mammoganesis.pictures.formats import burns_in
from mammoganesis.pictures.kinds import DamagedImage, bytes_of, other_kind
from mammoganesis.pictures.pixels import WHITE_12, Pixels, burn_in_mark, pixels_sha256, to_uint12
from mammoganesis.pictures.provenance import Content, Provenance
from mammoganesis.recipe.canonical import from_json, to_json
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.texts.said import said
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_DICOM,
    IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
    SIDE_LEFT,
    SIDE_UNSPECIFIED,
    VIEW_UNSPECIFIED,
    ImageFormat,
    Side,
    View,
)

MAX_DICOM_BYTES = 64 * 2**20
MAX_DICOM_SIDE = 4096  # pixels
_HEAD = 132  # bytes before the first element

_ENCODINGS = {
    DigitalMammographyXRayImageStorageForPresentation: IMAGE_ENCODING_DICOM,
    SecondaryCaptureImageStorage: IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
}
# Of each file its own: identifiers, times, and where it stands among others.
_OWN = frozenset({
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "PatientID",
    "StudyID",
    "StudyDescription",
    "SeriesNumber",
    "SeriesDescription",
    "InstanceNumber",
    "ImagerPixelSpacing",
    "PixelSpacing",
    *(f"{of}{what}" for of in ("Study", "Series", "Content", "InstanceCreation") for what in ("Date", "Time")),
})  # fmt: skip
# Of the program and the machine that wrote it; `synthesis` is compared through the pixels.
_OF_WRITER = frozenset({"SoftwareVersions", "ContributingEquipmentSequence", "DerivationDescription"})


@dataclass(frozen=True)
class DicomContent(Content):
    """What a DICOM file holds. Pixels are as stored: [H, W] uint16 of 12 bits in our files, a left breast mirrored."""

    patient_id: str
    mark: str  # in words, the first mark of a synthetic image; "" where there is none

    @property
    def white(self) -> int:
        return WHITE_12


def encode(
    image: NDArray[np.float32], image_format: ImageFormat, provenance: Provenance, place: Place | None = None
) -> bytes:
    """A DICOM file.

    Args:
        image: [1, H, W] float32, about -1..1; not changed.
        image_format: of a DICOM encoding, as `formats.positioned` leaves it.
        provenance: how it came to be.
        place: study and series; None: a study of its own.
    """
    place = place or Place.new()
    mirrored = image_format.side == SIDE_LEFT
    pixels = to_uint12(image)
    if burns_in(image_format):
        pixels = burn_in_mark(pixels, mirrored, WHITE_12)
    if mirrored:
        pixels = pixels[:, ::-1]
    build = mammogram if image_format.encoding == IMAGE_ENCODING_DICOM else secondary_capture
    data = build(image_format, _texts(image_format, provenance, pixels), provenance, place)
    data.Rows, data.Columns = pixels.shape
    data.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()
    return written(data)


def written(data: Dataset) -> bytes:
    """The file of a whole data set: not compressed, explicit value representations."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta = meta
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _texts(image_format: ImageFormat, provenance: Provenance, pixels: Pixels) -> dict[str, str]:
    """What stands in the private block."""
    found = {
        "recipe": to_json(without_bundle(provenance.recipe)),
        "latent_id": provenance.latent_id,
        "bundle_digest": provenance.bundle_digest,
        "pixels_sha256": pixels_sha256(pixels),
        "synthesis": f"{provenance.provider} {provenance.precision}",
    }
    if burns_in(image_format):
        found["burned_in"] = texts.YES.upper()
    if provenance.preview:
        found["preview"] = texts.YES.upper()
    if provenance.signer is not None:
        said = (found["recipe"], found["bundle_digest"], found["pixels_sha256"])
        found["signature"] = provenance.signer.sign(*said)
    return found


def read_dicom(data: bytes, field: str = "image") -> DicomContent:
    """Reads a DICOM file with one greyscale frame, ours or not.

    Raises InvalidArgument when it is no DICOM file, holds no such picture, or carries a recipe that cannot be read;
    DamagedImage when it cannot be read to its end.
    """
    found = read_data_set(data, field)
    with damage_named(field, len(data)):
        return _content(found, field, len(data))


def _content(found: Dataset, field: str, size: int) -> DicomContent:
    """What the data set of a file of `size` bytes holds."""
    own = dicom_marks.read_private(found)
    recipe = own.get("recipe") or dicom_marks.recipe_in_comment(found)
    pixels = _pixels(found, field, size)
    provider, _, precision = own.get("synthesis", "").partition(" ")
    mark = dicom_marks.mark_of(found)
    return DicomContent(
        pixels=pixels,
        image_format=ImageFormat(
            encoding=_ENCODINGS.get(found.get("SOPClassUID", ""), IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE),
            side=_side(found),
            view=_view(found),
            unmarked=str(found.get("BurnedInAnnotation")) != "YES",
            resolution=pixels.shape[1] if "preview" in own else 0,
        ),
        recipe=None if recipe is None else from_json(recipe, f"{field}.recipe"),
        latent_id=own.get("latent_id", ""),
        bundle_digest=own.get("bundle_digest")
        or ("" if recipe is None else str(found.get("DeviceSerialNumber") or "")),
        pixels_sha256=own.get("pixels_sha256", ""),
        provider=provider,
        precision=precision,
        form=f"DICOM, {found.get('BitsStored')} bits {str(found.get('PhotometricInterpretation')).lower()}",
        is_marked=bool(mark),
        recipe_text=recipe or "",
        signature=own.get("signature", ""),
        patient_id=str(found.get("PatientID") or ""),
        mark=mark,
    )


def read_data_set(data: bytes, field: str = "image") -> Dataset:
    """All elements of a DICOM file, its pixels not yet decoded. Raises as `read_dicom`."""
    if (kind := other_kind(data, "a DICOM")) is not None:
        raise InvalidArgument(field, kind, "a DICOM file")
    if len(data) > MAX_DICOM_BYTES:
        size, allowed = bytes_of(len(data)), f"a DICOM file of at most {MAX_DICOM_BYTES} bytes"
        raise InvalidArgument(field, str(size), allowed).coded("file.not_read", size=size)
    with damage_named(field, len(data)):
        if _transfer_syntax(data).is_deflated:  # pydicom would unpack it whole, whatever its size
            found = InvalidArgument(field, "a deflated DICOM file", "one that is not deflated")
            raise found.coded("file.deflated")
        found = dcmread(io.BytesIO(data))
        for _ in found.iterall():  # converts every value
            pass
        return found


@contextmanager
def damage_named(field: str, size: int) -> Iterator[None]:
    """Elements of a damaged file have values of any kind, and what fails on them raises anything: within, all of it is
    one error.

    Raises:
        DamagedImage: the block raised what is not ours; the file has `size` bytes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MammoganesisError:
        raise
    except Exception:
        raise DamagedImage(field, size, "DICOM") from None


def _transfer_syntax(data: bytes) -> UID:
    """What the file's head says of how the rest is written."""
    head = read_dataset(io.BytesIO(data[_HEAD:]), False, True, stop_when=lambda tag, *_: tag.group != 2)
    return head.TransferSyntaxUID


def _pixels(found: Dataset, field: str, size: int) -> NDArray[np.uint16]:
    """The picture of a file of `size` bytes."""
    rows, columns = found.get("Rows"), found.get("Columns")
    frames, samples = found.get("NumberOfFrames") or 1, found.get("SamplesPerPixel")
    if "PixelData" not in found and found.get("SOPClassUID") in _ENCODINGS:
        raise DamagedImage(field, size, "DICOM")
    if "PixelData" not in found or not isinstance(rows, int) or not isinstance(columns, int):
        modality = found.get("Modality")
        pictureless = InvalidArgument(field, f"a DICOM file of Modality {modality}", "one with a picture")
        raise pictureless.coded("file.without_picture", modality=_value(modality))
    if not (1 <= rows <= MAX_DICOM_SIDE and 1 <= columns <= MAX_DICOM_SIDE):
        found_size = said("file.size", width=columns, height=rows)
        allowed = f"a DICOM file of 1 to {MAX_DICOM_SIDE} pixels in width and height"
        raise InvalidArgument(field, str(found_size), allowed).coded("file.not_read", size=found_size)
    if frames != 1 or samples != 1:
        several = InvalidArgument(
            field, f"{frames} frames of {samples} samples", "a DICOM file with one greyscale frame"
        )
        raise several.coded("file.frames", frames=_value(frames), samples=_value(samples))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = found.pixel_array
    except Exception:  # decoders raise whatever they like
        if not found.file_meta.TransferSyntaxUID.is_compressed:
            raise DamagedImage(field, size, "DICOM") from None
        allowed = "one whose pixels can be decoded here"
        undecoded = InvalidArgument(field, f"a DICOM file of {columns} x {rows} pixels", allowed)
        raise undecoded.coded("file.undecodable") from None
    return np.ascontiguousarray(pixels.astype(np.uint16))


def _value(found: object) -> str:
    """An element's value for a gap of a sentence: escaped and shortened as `shown` has it, without quotation marks, and
    "-" for none."""
    return shown(str(found)).strip("\"'") if found not in (None, "") else "-"


def _side(found: Dataset) -> Side:
    said = str(found.get("ImageLaterality") or found.get("Laterality") or "")
    return next((side for side, letter in LETTERS.items() if letter == said), SIDE_UNSPECIFIED)


def _view(found: Dataset) -> View:
    said = [str(item.get("CodeValue")) for item in found.get("ViewCodeSequence") or ()]
    orientation = [str(part) for part in found.get("PatientOrientation") or ()]
    by_code = next((view for view, code in VIEW_CODES.items() if code.value in said), VIEW_UNSPECIFIED)
    return by_code or _view_of_columns(orientation)


def _view_of_columns(orientation: list[str]) -> View:
    """Of a file without a code of the view, ours that is a secondary capture."""
    return next((view for (_, view), said in ORIENTATIONS.items() if list(said) == orientation), VIEW_UNSPECIFIED)


@dataclass(frozen=True)
class Changes:
    """How a file differs from the same image written again, beside the pixels; names as the standard has them."""

    changed: tuple[str, ...]
    added: tuple[str, ...]


def changes(data: bytes, again: bytes) -> Changes:
    """What a file says otherwise than the same image written again does, and what it says besides.

    What each file has of its own, such as identifiers and times, may be any; so may what the program says of itself.
    """
    with damage_named("image", len(data)):
        return _changes(read_data_set(data), read_data_set(again))


def _changes(found: Dataset, right: Dataset) -> Changes:
    free = _OWN | _OF_WRITER
    changed, added = [], []
    for tag in sorted({*found.keys(), *right.keys()}):
        here, there = found.get(tag), right.get(tag)
        name = _name(here if here is not None else there)
        if name in free or name in ("PixelData", "signature") or tag.element == 0:  # these are judged by themselves
            continue
        if there is None:
            added.append(name)
        elif here is None or not _same(here, there):
            changed.append(name)
    missing = [name for name in sorted(free) if name in right and name not in found]
    return Changes((*changed, *missing), tuple(added))


def _name(element: DataElement | None) -> str:
    assert element is not None
    if element.tag.is_private:
        names = {number: name for name, (number, _) in dicom_marks.ELEMENTS.items()}
        own = element.tag.group == dicom_marks.GROUP and element.private_creator == dicom_marks.CREATOR
        return names.get(element.tag.element & 0xFF, str(element.tag)) if own else str(element.tag)
    return element.keyword or str(element.tag)


def _same(here: DataElement, there: DataElement) -> bool:
    if _name(here) in ("pixels_sha256", "synthesis"):  # of the pixels, which are compared by themselves
        return True
    return here.value == there.value or str(here.value) == str(there.value)
