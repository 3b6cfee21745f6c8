"""Pixels to PNG files and back. Shapes as in `pixels`.

Every PNG carries, in iTXt chunks, what it is and how it came to be:

    mammoganesis:recipe          the complete recipe, canonical JSON
    mammoganesis:latent_id       its short name
    mammoganesis:bundle_digest   the bundle that it belongs to
    mammoganesis:pixels_sha256   `pixels_sha256` of the pixels in this file
    mammoganesis:synthesis       what computed it, such as "CPUExecutionProvider float32"
    mammoganesis:burned_in       "yes" when the mark is in the pixels
    mammoganesis:preview         "yes" when the pixels are a preview and not the recipe's own
    Synthetic                    "yes; not for diagnosis"
    XML:com.adobe.xmp            IPTC DigitalSourceType trainedAlgorithmicMedia

Marks in metadata say what an honest file is; they get lost when other software writes the file anew.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from mammoganesis.errors import InvalidArgument, MammoganesisError
from mammoganesis.pictures.pixels import Pixels, burn_in_mark, pixels_sha256, to_uint8, to_uint16
from mammoganesis.recipe.canonical import from_json, to_json
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1.images_pb2 import (
    IMAGE_ENCODING_PNG_8,
    IMAGE_ENCODING_PNG_16,
    IMAGE_ENCODING_RAW_FLOAT32,
    IMAGE_ENCODING_UNSPECIFIED,
    ImageEncoding,
    ImageFormat,
)
from mammoganesis.v1.latents_pb2 import Recipe

SYNTHETIC_TEXT = "yes; not for diagnosis"
MAX_PNG_BYTES = 64 * 2**20
MAX_PNG_SIDE = 4096  # pixels; 4096 * 4096 is far below what PIL itself calls a bomb

_PREFIX = "mammoganesis:"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WRITTEN = {(8, 0), (16, 0), (8, 2)}  # bit depth and colour type: greyscale 8 and 16 bits, RGB 8 bits
# What PIL raises.
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
_COLOURS = {0: "greyscale", 2: "RGB", 3: "palette", 4: "greyscale with alpha", 6: "RGB with alpha"}
_OTHER_KINDS = (  # of files, by how they begin
    (0, b"\xff\xd8\xff", "a JPEG"),
    (8, b"WEBP", "a WebP"),
    (128, b"DICM", "a DICOM"),
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (4, b"ftyp", "an AVIF or HEIF"),
    (0, b"\x93NUMPY", "a NumPy"),
)
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


class DamagedImage(InvalidArgument):
    """A file that begins as a PNG but is cut off or broken, so that its pixels or texts cannot be read.

    Args:
      field: name of the file's field or argument.
      size: bytes that are there.
    """

    def __init__(self, field: str, size: int) -> None:
        self.field = field
        self.allowed = "an undamaged PNG file"
        message = f"{field}: the file is damaged or cut off: a PNG file of {size} bytes that cannot be read to its end"
        MammoganesisError.__init__(self, message)


class LargeImage(InvalidArgument):
    """A PNG file that is larger than what is decoded; what it says of itself is known all the same.

    Args:
      size: what is too large, such as "5000 x 80 pixels".
      marked: whether it says that it is synthetic, as our files do.
      carries_recipe: whether there is a recipe in it.
    """

    def __init__(self, field: str, size: str, allowed: str, marked: bool, carries_recipe: bool) -> None:
        super().__init__(field, size, allowed)
        self.size, self.marked, self.carries_recipe = size, marked, carries_recipe


@dataclass(frozen=True)
class Provenance:
    """How an image came to be, as `encode` writes it into the file."""

    recipe: Recipe  # complete
    latent_id: str  # of the recipe and its bundle
    bundle_digest: str
    provider: str  # ONNX Runtime's name of what computed the pixels
    precision: str  # "float32" or "float16"
    preview: bool = False  # a quick look from an earlier block of the network, not the recipe's own pixels


@dataclass(frozen=True)
class PngContent:
    """What a PNG holds. The text fields are what the file says of itself, "" where it says nothing."""

    pixels: Pixels  # [H, W] or [H, W, 3], uint8 or uint16
    image_format: ImageFormat  # asking for this format again gives the same bytes of pixels
    recipe: Recipe | None  # not yet checked against a bundle's limits
    latent_id: str
    bundle_digest: str
    pixels_sha256: str
    provider: str
    precision: str
    synthetic: str
    xmp: str
    form: str  # such as "8 bits greyscale"
    written: bool  # whether `encode` writes files of this form

    @property
    def is_marked(self) -> bool:
        """Whether it says that it is synthetic, as our files do."""
        return _is_marked(self.synthetic, self.xmp)


def _is_marked(synthetic: str, xmp: str) -> bool:
    return synthetic == SYNTHETIC_TEXT or xmp == _XMP


def encode(image: NDArray[np.float32], image_format: ImageFormat, provenance: Provenance) -> bytes:
    """The bytes of GeneratedImage.data.

    Args:
      image: [C, H, W] float32, C 1 or 3; not changed.
      image_format: one that fits the image: 16 bits are for one channel, the mark is not for raw; an unspecified
        encoding is PNG with 8 bits.
      provenance: what the file says of itself; raw numbers say nothing.
    """
    if image_format.encoding == IMAGE_ENCODING_RAW_FLOAT32:
        return np.ascontiguousarray(image, dtype="<f4").tobytes()
    pixels = to_uint16(image) if image_format.encoding == IMAGE_ENCODING_PNG_16 else to_uint8(image)
    if image_format.burn_in_mark:
        pixels = burn_in_mark(pixels)
    text = PngInfo()
    text.add_itxt(_PREFIX + "recipe", to_json(without_bundle(provenance.recipe)))
    text.add_itxt(_PREFIX + "latent_id", provenance.latent_id)
    text.add_itxt(_PREFIX + "bundle_digest", provenance.bundle_digest)
    text.add_itxt(_PREFIX + "pixels_sha256", pixels_sha256(pixels))
    text.add_itxt(_PREFIX + "synthesis", f"{provenance.provider} {provenance.precision}")
    if image_format.burn_in_mark:
        text.add_itxt(_PREFIX + "burned_in", "yes")
    if provenance.preview:
        text.add_itxt(_PREFIX + "preview", "yes")
    return _png(pixels, text)


def carries_mark(data: bytes) -> bool:
    """Whether a PNG of ours says that the mark is burnt into its pixels."""
    return f"iTXt{_PREFIX}burned_in\0".encode() in data


def chosen_encoding(image_format: ImageFormat) -> ImageEncoding:
    """The encoding that `encode` uses: never UNSPECIFIED."""
    unspecified = image_format.encoding == IMAGE_ENCODING_UNSPECIFIED
    return IMAGE_ENCODING_PNG_8 if unspecified else image_format.encoding


def other_kind(data: bytes) -> str | None:
    """What a file is that is no PNG, such as "a JPEG"; "another" where that is not known, None for a PNG."""
    if data[:8] == _PNG_SIGNATURE:
        return None
    return next((name for at, start, name in _OTHER_KINDS if data[at : at + len(start)] == start), "another")


def read_png(data: bytes, field: str = "image", resaved: bool = False) -> PngContent:
    """Reads a PNG of the kinds that `encode` writes, ours or not; or of any, as other programs save it again: then a
    palette is looked up, alpha is left out, and colours of 16 bits have their upper 8.

    Raises InvalidArgument when the file is not a PNG, is of another kind (palette, alpha, 16 bit RGB; unless
    `resaved`), or carries a recipe that cannot be read; LargeImage when it is larger than MAX_PNG_BYTES or MAX_PNG_SIDE
    (found before any pixel is decompressed); DamagedImage when it is a PNG that is damaged.
    """
    depth, colour = _checked_header(data, field)
    written = (depth, colour) in _WRITTEN
    form = f"{depth} bits {_COLOURS.get(colour, 'unknown')}"
    if not written and not resaved:
        allowed = "PNG with 8 or 16 bits greyscale or 8 bits RGB"
        raise InvalidArgument(field, f"bit depth {depth}, colour type {colour}", allowed)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as opened:
            opened.load()
            text = {key: str(value) for key, value in opened.text.items()}  # type: ignore[attr-defined]
            pixels = np.asarray(opened if written else _without_alpha(opened))
    except _UNREADABLE:
        raise DamagedImage(field, len(data)) from None
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise InvalidArgument(field, f"{pixels.dtype} pixels", "PNG with 8 or 16 bits greyscale or 8 bits RGB")
    recipe = text.get(_PREFIX + "recipe")
    provider, _, precision = text.get(_PREFIX + "synthesis", "").partition(" ")
    return PngContent(
        pixels=pixels,
        image_format=ImageFormat(
            encoding=IMAGE_ENCODING_PNG_16 if pixels.dtype == np.uint16 else IMAGE_ENCODING_PNG_8,
            burn_in_mark=_PREFIX + "burned_in" in text,
            resolution=pixels.shape[1] if _PREFIX + "preview" in text else 0,
        ),
        recipe=None if recipe is None else from_json(recipe, f"{field}.recipe"),
        latent_id=text.get(_PREFIX + "latent_id", ""),
        bundle_digest=text.get(_PREFIX + "bundle_digest", ""),
        pixels_sha256=text.get(_PREFIX + "pixels_sha256", ""),
        provider=provider,
        precision=precision,
        synthetic=text.get("Synthetic", ""),
        xmp=text.get("XML:com.adobe.xmp", ""),
        form=form,
        written=written,
    )


def _without_alpha(opened: Image.Image) -> Image.Image:
    if opened.mode in ("1", "LA"):
        return opened.convert("L")
    return opened if opened.mode in ("L", "RGB", "I;16") else opened.convert("RGB")


def changed_texts(content: PngContent) -> list[str]:
    """Names of the texts that an unchanged file of ours would hold otherwise, as far as the file alone tells: the
    checksum of the pixels and both marks of synthetic images. Empty where all are right."""
    expected = {
        "pixels_sha256": (content.pixels_sha256, pixels_sha256(content.pixels)),
        "Synthetic": (content.synthetic, SYNTHETIC_TEXT),
        "XML:com.adobe.xmp": (content.xmp, _XMP),
    }
    return [name for name, (found, right) in expected.items() if found != right]


def _checked_header(data: bytes, field: str) -> tuple[int, int]:
    """Bit depth and colour type."""
    if data[:8] != _PNG_SIGNATURE:
        raise InvalidArgument(field, data[:8], "a PNG file")
    if len(data) < 33 or data[12:16] != b"IHDR":
        raise DamagedImage(field, len(data))
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    if len(data) > MAX_PNG_BYTES:
        raise _large(data, field, f"{len(data)} bytes", f"a PNG file of at most {MAX_PNG_BYTES} bytes")
    if not (1 <= width <= MAX_PNG_SIDE and 1 <= height <= MAX_PNG_SIDE):
        size, allowed = f"{width} x {height} pixels", f"a PNG of 1 to {MAX_PNG_SIDE} pixels in width and height"
        raise _large(data, field, size, allowed) if width and height else InvalidArgument(field, size, allowed)
    return depth, colour


def _large(data: bytes, field: str, size: str, allowed: str) -> InvalidArgument:
    """The error of a file that is too large, with what its texts say; its pixels stay compressed."""
    try:
        text = PngImageFile(io.BytesIO(data)).info  # reads up to the pixels; Image.open would warn of the size
    except _UNREADABLE:
        return DamagedImage(field, len(data))
    marked = _is_marked(str(text.get("Synthetic")), str(text.get("XML:com.adobe.xmp")))
    return LargeImage(field, size, allowed, marked, _PREFIX + "recipe" in text)


def label_map_png(labels: NDArray[np.uint8], size: int) -> bytes:
    """[g, g] region indices -> PNG, 8 bits greyscale, `size` pixels wide and high: the index of the cell under each
    pixel. Dark by nature: the values are indices."""
    cells = np.arange(size) * labels.shape[0] // size
    return _png(np.ascontiguousarray(labels[np.ix_(cells, cells)], dtype=np.uint8), PngInfo())


def marked_png(pixels: Pixels, burned_in: bool = False, description: str = "") -> bytes:
    """A PNG file of a figure, a sheet or a grid: marked as synthetic, without a recipe.

    Args:
        burned_in: "SYNTHETIC - NOT FOR DIAGNOSIS" stands in the pixels.
        description: the text chunk of that name; "" for none.
    """
    text = PngInfo()
    if burned_in:
        text.add_itxt(_PREFIX + "burned_in", "yes")
    if description:
        text.add_itxt("Description", description)
    return _png(pixels, text)


def plain_png(pixels: Pixels, description: str) -> bytes:
    """A PNG file of what is not, or not only, synthetic: no mark. `description` is the text chunk of that name."""
    text = PngInfo()
    text.add_itxt("Description", description)
    return _bytes(pixels, text)


def _png(pixels: Pixels, text: PngInfo) -> bytes:
    text.add_itxt("Synthetic", SYNTHETIC_TEXT)
    text.add_itxt("XML:com.adobe.xmp", _XMP)
    return _bytes(pixels, text)


def _bytes(pixels: Pixels, text: PngInfo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", pnginfo=text)
    return buffer.getvalue()
