"""What an image is handed over as: the one door from float pixels to a file and back, whatever the encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import png
from mammoganesis.pictures.formats import DICOM, positioned
from mammoganesis.pictures.kinds import kind_of, other_kind
from mammoganesis.pictures.provenance import Content, Provenance
from mammoganesis.v1.images_pb2 import ImageFormat

if TYPE_CHECKING:
    from mammoganesis.pictures.dicom_objects import Place


def encode(
    image: NDArray[np.float32], image_format: ImageFormat, provenance: Provenance, place: Place | None = None
) -> bytes:
    """The bytes of GeneratedImage.data.

    Args:
        image: [C, H, W] float32, C 1 or 3; not changed.
        image_format: one that fits the image, as `services.servicers.requests.check_format` lets it through.
        provenance: what the file says of itself; raw numbers say nothing.
        place: study and series of a DICOM file; None: a study of its own.

    Raises:
        InvalidArgument: nobody says which breast a mammography image shows, or from where.
    """
    if image_format.encoding in DICOM:
        from mammoganesis.pictures import dicom  # half a second, which nothing else need wait for

        return dicom.encode(image, positioned(image_format, provenance.recipe), provenance, place)
    return png.encode(image, image_format, provenance)


def decode(data: bytes, field: str = "image", resaved: bool = False) -> Content:
    """What a PNG or a DICOM file holds. Raises as `png.read_png` and `dicom.read_dicom` do; `resaved` is the former's.

    Raises:
        InvalidArgument: it is neither, or cannot be read.
    """
    if (kind := other_kind(data, "a PNG", "a DICOM")) is not None:
        raise InvalidArgument(field, kind, "a PNG or a DICOM file")
    if kind_of(data) == "a DICOM":
        from mammoganesis.pictures import dicom

        return dicom.read_dicom(data, field)
    return png.read_png(data, field, resaved)
