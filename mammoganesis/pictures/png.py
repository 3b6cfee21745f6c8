"""Pixels to PNG files and back. Shapes as in `pixels`.

Every PNG carries what it is and how it came to be (`mammoganesis.pictures.texts`).
"""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from mammoganesis.errors import InvalidArgument
from mammoganesis.pictures import texts
from mammoganesis.pictures.additions import own_texts
from mammoganesis.pictures.chunks import Broken, Header, header, split
from mammoganesis.pictures.kinds import DamagedImage, bytes_of, other_kind
from mammoganesis.pictures.pixels import (
    MarkPlace,
    Pixels,
    burn_in_mark,
    mark_place,
    pixels_sha256,
    to_uint8,
    to_uint16,
)
from mammoganesis.pictures.png_file import Text, png_file
from mammoganesis.pictures.provenance import Content, Provenance
from mammoganesis.recipe.canonical import from_json, to_json
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.texts.said import Said, said
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_PNG_8,
    IMAGE_ENCODING_PNG_16,
    IMAGE_ENCODING_RAW_FLOAT32,
    ImageFormat,
)

MAX_PNG_BYTES = 64 * 2**20
MAX_PNG_SIDE = 4096  # pixels; 4096 * 4096 is far below what PIL itself calls a bomb

_WRITTEN = {(8, 0), (16, 0), (8, 2)}  # bit depth and colour type: greyscale 8 and 16 bits, RGB 8 bits
_SYNTHESIS = re.compile(r"[A-Za-z0-9]+ExecutionProvider float(16|32)|OpenVINO (float32|bfloat16)")
# What PIL raises.
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)


class LargeImage(InvalidArgument):
    """A PNG file that is larger than what is decoded; what it says of itself is known all the same.

    Args:
      size: what is too large, such as "5000 x 80 pixels".
      marked: whether it says that it is synthetic, as our files do.
      carries_recipe: whether there is a recipe in it.
    """

    def __init__(self, field: str, size: Said, allowed: str, marked: bool, carries_recipe: bool) -> None:
        super().__init__(field, str(size), allowed)
        self.coded("file.not_read", size=size)
        self.size, self.marked, self.carries_recipe = size, marked, carries_recipe


@dataclass(frozen=True)
class PngContent(Content):
    """What a PNG holds."""

    texts: Mapping[str, str]  # all of them, by their names
    written: bool  # whether `encode` writes files of this form


def encode(image: NDArray[np.float32], image_format: ImageFormat, provenance: Provenance) -> bytes:
    """The bytes of GeneratedImage.data, in PNG or as raw numbers.

    Args:
      image: [C, H, W] float32, C 1 or 3; not changed.
      image_format: one that fits the image: 16 bits are for one channel, the mark is not for raw; an unspecified
        encoding is PNG with 8 bits.
      provenance: what the file says of itself; raw numbers say nothing.
    """
    if image_format.encoding == IMAGE_ENCODING_RAW_FLOAT32:
        return np.ascontiguousarray(image, dtype="<f4").tobytes()
    pixels = _levels(image, image_format)
    if image_format.burn_in_mark:
        pixels = burn_in_mark(pixels)
    recipe, checksum = to_json(without_bundle(provenance.recipe)), pixels_sha256(pixels)
    text = [
        (texts.RECIPE, recipe),
        (texts.LATENT_ID, provenance.latent_id),
        (texts.BUNDLE_DIGEST, provenance.bundle_digest),
        (texts.PIXELS_SHA256, checksum),
        (texts.SYNTHESIS, f"{provenance.provider} {provenance.precision}"),
    ]
    if image_format.burn_in_mark:
        text.append((texts.BURNED_IN, texts.YES))
    if provenance.preview:
        text.append((texts.PREVIEW, texts.YES))
    if provenance.signer is not None:
        text.append((texts.SIGNATURE, provenance.signer.sign(recipe, provenance.bundle_digest, checksum)))
    data = _marked(pixels, text)
    if provenance.manifest_signer is None:
        return data
    return provenance.manifest_signer.added(data, provenance.bundle_name, provenance.bundle_digest)


def _levels(image: NDArray[np.float32], image_format: ImageFormat) -> Pixels:
    return to_uint16(image) if image_format.encoding == IMAGE_ENCODING_PNG_16 else to_uint8(image)


def place_of_mark(image: NDArray[np.float32], image_format: ImageFormat) -> MarkPlace | None:
    """Where `encode` burns the mark in; None: nowhere."""
    return mark_place(_levels(image, image_format)) if image_format.burn_in_mark else None


def carries_mark(data: bytes) -> bool:
    """Whether a PNG of ours says that the mark is burnt into its pixels."""
    return f"iTXt{texts.BURNED_IN}\0".encode() in data


def read_png(data: bytes, field: str = "image", resaved: bool = False) -> PngContent:
    """Reads a PNG of the kinds that `encode` writes, ours or not; or of any, as other programs save it again: then a
    palette is looked up, alpha is left out, and colours of 16 bits have their upper 8.

    Raises InvalidArgument when the file is not a PNG, is of another kind (palette, alpha, 16 bit RGB, interlaced;
    unless `resaved`), or carries a recipe that cannot be read; LargeImage when it is larger than MAX_PNG_BYTES or
    MAX_PNG_SIDE (found before any pixel is decompressed); DamagedImage when it is a PNG that is damaged.
    """
    head = _checked_header(data, field)
    written = (head.depth, head.colour) in _WRITTEN and not head.interlace
    if not written and not resaved:
        allowed = "PNG with 8 or 16 bits greyscale or 8 bits RGB"
        raise InvalidArgument(field, f"bit depth {head.depth}, colour type {head.colour}", allowed)
    try:
        chunks, _ = split(data)
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            warnings.simplefilter("ignore")  # of an animation that is none, say; what is in the file is told by us
            opened.load()
            text = {key: str(value) for key, value in opened.text.items()}  # type: ignore[attr-defined]
            pixels = np.asarray(opened if written else _without_alpha(opened))
    except (Broken, *_UNREADABLE):
        raise DamagedImage(field, len(data)) from None
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        found = InvalidArgument(field, f"{pixels.dtype} pixels", "PNG with 8 or 16 bits greyscale or 8 bits RGB")
        raise found.coded("file.pixels", kind=pixels.dtype)
    # Of two texts of one name Pillow gives the last.
    text |= {key: plain for at, key in own_texts(chunks).items() if (plain := chunks[at].plain_text) is not None}
    recipe = text.get(texts.RECIPE)
    provider, _, precision = text.get(texts.SYNTHESIS, "").partition(" ")
    return PngContent(
        pixels=pixels,
        image_format=ImageFormat(
            encoding=IMAGE_ENCODING_PNG_16 if pixels.dtype == np.uint16 else IMAGE_ENCODING_PNG_8,
            burn_in_mark=texts.BURNED_IN in text,
            resolution=pixels.shape[1] if texts.PREVIEW in text else 0,
        ),
        recipe=None if recipe is None else from_json(recipe, f"{field}.recipe"),
        latent_id=text.get(texts.LATENT_ID, ""),
        bundle_digest=text.get(texts.BUNDLE_DIGEST, ""),
        pixels_sha256=text.get(texts.PIXELS_SHA256, ""),
        provider=provider,
        precision=precision,
        form=head.form,
        is_marked=texts.is_marked(text.get(texts.SYNTHETIC, ""), text.get(texts.XMP, "")),
        recipe_text=recipe or "",
        signature=text.get(texts.SIGNATURE, ""),
        texts=text,
        written=written,
    )


def _without_alpha(opened: Image.Image) -> Image.Image:
    if opened.mode in ("1", "LA"):
        return opened.convert("L")
    return opened if opened.mode in ("L", "RGB", "I;16") else opened.convert("RGB")


def changed_texts(content: PngContent) -> list[str]:
    """Names of the texts that an unchanged file of ours would hold otherwise, as far as the file alone tells: the
    checksum of the pixels, both marks of synthetic images, and what made an image that has a recipe. Empty where all
    are right."""
    found = content.texts
    right = {
        texts.PIXELS_SHA256: content.pixels_sha256 == pixels_sha256(content.pixels),
        texts.SYNTHETIC: found.get(texts.SYNTHETIC) == texts.SYNTHETIC_TEXT,
        texts.XMP: found.get(texts.XMP) == texts.XMP_TEXT,
        texts.SYNTHESIS: content.recipe is None or bool(_SYNTHESIS.fullmatch(found.get(texts.SYNTHESIS, ""))),
        texts.BURNED_IN: found.get(texts.BURNED_IN, texts.YES) == texts.YES,
        texts.PREVIEW: found.get(texts.PREVIEW, texts.YES) == texts.YES,
    }
    return [name.removeprefix(texts.PREFIX) for name, is_right in right.items() if not is_right]


def _checked_header(data: bytes, field: str) -> Header:
    if (kind := other_kind(data, "a PNG")) is not None:
        raise InvalidArgument(field, kind, "a PNG file")
    try:
        head = header(data)
    except Broken:
        raise DamagedImage(field, len(data)) from None
    width, height = head.width, head.height
    if len(data) > MAX_PNG_BYTES:
        raise _large(data, field, bytes_of(len(data)), f"a PNG file of at most {MAX_PNG_BYTES} bytes")
    if not (1 <= width <= MAX_PNG_SIDE and 1 <= height <= MAX_PNG_SIDE):
        size = said("file.size", width=width, height=height)
        allowed = f"a PNG of 1 to {MAX_PNG_SIDE} pixels in width and height"
        if width and height:
            raise _large(data, field, size, allowed)
        raise InvalidArgument(field, str(size), allowed).coded("file.not_read", size=size)
    return head


def _large(data: bytes, field: str, size: Said, allowed: str) -> InvalidArgument:
    """The error of a file that is too large, with what its texts say; its pixels stay compressed."""
    try:
        text = PngImageFile(io.BytesIO(data)).info  # reads up to the pixels; Image.open would warn of the size
    except _UNREADABLE:
        return DamagedImage(field, len(data))
    marked = texts.is_marked(str(text.get(texts.SYNTHETIC)), str(text.get(texts.XMP)))
    return LargeImage(field, size, allowed, marked, texts.RECIPE in text)


def label_map_png(labels: NDArray[np.uint8]) -> bytes:
    """[H, W] region indices -> PNG, 8 bits greyscale. Dark by nature: the values are indices."""
    return _marked(labels)


def palette_png(indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A label map in colour, marked as synthetic: PNG with 8 bits and a palette (colour type 3), so that the value of a
    pixel is still the index of its region.

    Args:
        indices: [H, W], each below n.
        palette: [n, 3], the colour of each index, n up to 256.
    """
    return _marked(indices, palette=palette)


def marked_png(pixels: Pixels, burned_in: bool = False, description: str = "") -> bytes:
    """A PNG file of a figure, a sheet or a grid: marked as synthetic, without a recipe.

    Args:
        burned_in: "SYNTHETIC - NOT FOR DIAGNOSIS" stands in the pixels.
        description: the text chunk of that name; "" for none.
    """
    burned = [(texts.BURNED_IN, texts.YES)] if burned_in else []
    return _marked(pixels, burned + _described(description))


def plain_png(pixels: Pixels, description: str) -> bytes:
    """A PNG file of what is not, or not only, synthetic: no mark. `description` is the text chunk of that name."""
    return png_file(pixels, _described(description))


def blind_png(pixels: Pixels) -> bytes:
    """A PNG file that says nothing of itself: for readers who are to tell real from synthetic. No mark, no text."""
    return png_file(pixels)


def _described(description: str) -> list[Text]:
    return [("Description", description)] if description else []


def _marked(pixels: Pixels, text: Sequence[Text] = (), palette: NDArray[np.uint8] | None = None) -> bytes:
    marks = [(texts.SYNTHETIC, texts.SYNTHETIC_TEXT), (texts.XMP, texts.XMP_TEXT)]
    return png_file(pixels, [*text, *marks], palette)
