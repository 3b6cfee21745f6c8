"""What the registry keeps of an image, and what an exported line of it holds. No SQL, no transport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import DataError, InvalidArgument
from mammoganesis.pictures import likeness
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.kinds import kind_of, other_kind
from mammoganesis.pictures.pixels import Pixels, pixels_sha256, to_eight, to_uint8
from mammoganesis.pictures.png import MAX_PNG_SIDE
from mammoganesis.pictures.png_file import own_pixels
from mammoganesis.pictures.provenance import Content
from mammoganesis.pictures.sources import SentFile, raster_values
from mammoganesis.v1.images_pb2 import IMAGE_ENCODING_RAW_FLOAT32, SIDE_LEFT, GeneratedImage

ALIKE = 0.8
"""Correlation from which an image may be a copy. Of 80,000 pairs of the demo's images without a relation 0.72 is the
highest; copies as JPEG of quality 20, at half the size, blurred or brightened have 0.8 and more in 98 of 100 cases."""


@dataclass(frozen=True)
class Look:
    """What pictures are found again by."""

    pixels_sha256: str
    texture: bytes  # `likeness.packed`
    code: bytes  # `likeness.code`


@dataclass(frozen=True)
class Shown:
    """What an image shows, before it is described."""

    pixels_sha256: str
    thumbnail: NDArray[np.uint8]  # `likeness.thumbnail`


def shown(image: GeneratedImage) -> Shown:
    """By an image as it was handed over; a left breast of a DICOM file as networks draw it, like all others. Raises
    InvalidArgument or ValueError for data that are no image."""
    if image.encoding == IMAGE_ENCODING_RAW_FLOAT32:
        shape = (image.channels, image.height, image.width)
        values = np.frombuffer(image.data, "<f4").reshape(shape)
        return Shown(pixels_sha256(values), likeness.thumbnail(to_eight(to_uint8(values), 255)))
    pixels = own_pixels(image.data)
    if pixels is None:
        return shown_in(decode(image.data))
    white = np.iinfo(pixels.dtype).max
    return Shown(pixels_sha256(pixels), likeness.thumbnail(to_eight(pixels, int(white))))


def shown_in(content: Content) -> Shown:
    """Likewise, by a file that has been decoded."""
    pixels = content.pixels[:, ::-1] if content.image_format.side == SIDE_LEFT else content.pixels
    return Shown(pixels_sha256(content.pixels), likeness.thumbnail(to_eight(pixels, content.white)))


def looks(images: Sequence[Shown]) -> list[Look]:
    """Of each, in order; many at once take a third of the time."""
    if not images:
        return []
    textures = [likeness.softened(each) for each in likeness.texture(np.stack([each.thumbnail for each in images]))]
    kept = zip(images, textures, likeness.codes(np.stack(textures)), strict=True)
    return [Look(image.pixels_sha256, likeness.packed(texture), code) for image, texture, code in kept]


def texture_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What is compared of a whole picture of 8 bits; see `likeness.texture`."""
    return likeness.softened(likeness.texture(likeness.thumbnail(pixels)))


@dataclass(frozen=True)
class Seen:
    """A picture from outside."""

    pixels_sha256: str
    textures: tuple[NDArray[np.float32], ...]
    """As it stands, and mirrored."""


def seen(data: bytes, field: str = "image") -> Seen:
    """Of a PNG, JPEG, TIFF or DICOM file.

    Raises:
        InvalidArgument: it is none of them, cannot be read, or has more pixels than a picture of MAX_PNG_SIDE.
    """
    pixels = picture_of(data, field)
    eight = to_eight(pixels.values, pixels.white)
    return Seen(pixels.sha256, (texture_of(eight), texture_of(np.ascontiguousarray(eight[:, ::-1]))))


@dataclass(frozen=True)
class Picture:
    """Grey values or colours of a file."""

    values: Pixels
    white: int
    sha256: str  # `pixels_sha256` as our files have it; "" for none that ours could have


def picture_of(data: bytes, field: str = "image") -> Picture:
    """What a file shows. Raises as `seen`."""
    kind = kind_of(data)
    if kind in ("a PNG", "a DICOM"):
        content = decode(data, field, resaved=True)
        return Picture(content.pixels, content.white, pixels_sha256(content.pixels))
    if kind not in ("a JPEG", "a TIFF"):
        raise InvalidArgument(field, other_kind(data, "a PNG") or kind, "a PNG, JPEG, TIFF or DICOM file")
    try:
        values, white = raster_values(SentFile(field, data), MAX_PNG_SIDE**2)
    except DataError as error:
        raise InvalidArgument(field, error.message, "a PNG, JPEG, TIFF or DICOM file that can be read") from None
    top = white or float(max(values.max(), 1.0))
    return Picture(np.rint(np.clip(values, 0, top) * (255 / top)).astype(np.uint8), 255, "")
