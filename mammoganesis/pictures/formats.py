"""What an image format asks for, with its defaults: encoding, mark, side and view."""

from __future__ import annotations

from collections.abc import Mapping

from mammoganesis.errors import InvalidArgument
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_DICOM,
    IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE,
    IMAGE_ENCODING_PNG_8,
    IMAGE_ENCODING_UNSPECIFIED,
    SIDE_LEFT,
    SIDE_RIGHT,
    SIDE_UNSPECIFIED,
    VIEW_CC,
    VIEW_MLO,
    VIEW_UNSPECIFIED,
    ImageEncoding,
    ImageFormat,
    Side,
    View,
)
from mammoganesis.v1.latents_pb2 import Recipe

DICOM = frozenset({IMAGE_ENCODING_DICOM, IMAGE_ENCODING_DICOM_SECONDARY_CAPTURE})
SIDES: Mapping[str, Side] = {"L": SIDE_LEFT, "R": SIDE_RIGHT, "LEFT": SIDE_LEFT, "RIGHT": SIDE_RIGHT}
VIEWS: Mapping[str, View] = {"CC": VIEW_CC, "MLO": VIEW_MLO}
"""Labels of a recipe that say side and view, in capitals."""


def chosen_encoding(image_format: ImageFormat) -> ImageEncoding:
    """The encoding that `encode` uses: never UNSPECIFIED."""
    unspecified = image_format.encoding == IMAGE_ENCODING_UNSPECIFIED
    return IMAGE_ENCODING_PNG_8 if unspecified else image_format.encoding


def burns_in(image_format: ImageFormat) -> bool:
    """Whether "SYNTHETIC - NOT FOR DIAGNOSIS" goes into the pixels."""
    return image_format.burn_in_mark or (image_format.encoding in DICOM and not image_format.unmarked)


def positioned(image_format: ImageFormat, recipe: Recipe, field: str = "format") -> ImageFormat:
    """The same with the side and view that a DICOM file states: the format's, else those of the recipe's labels. Any
    other format as it is.

    Raises:
        InvalidArgument: a mammography image would have to state what nobody says.
    """
    if image_format.encoding not in DICOM:
        return image_format
    said = {name.lower(): value.upper() for name, value in recipe.labels.items()}
    whole = ImageFormat()
    whole.CopyFrom(image_format)
    whole.side = image_format.side or SIDES.get(said.get("side") or said.get("laterality") or "", SIDE_UNSPECIFIED)
    whole.view = image_format.view or VIEWS.get(said.get("view", ""), VIEW_UNSPECIFIED)
    if whole.encoding == IMAGE_ENCODING_DICOM:
        why = "a mammography image has to state it, and no label does; a secondary capture need not"
        if not whole.side:
            raise InvalidArgument(f"{field}.side", None, f"SIDE_LEFT or SIDE_RIGHT (--side L|R): {why}")
        if not whole.view:
            raise InvalidArgument(f"{field}.view", None, f"VIEW_CC or VIEW_MLO (--view CC|MLO): {why}")
    return whole
