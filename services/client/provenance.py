"""Whether a PNG file is ours and unchanged, and the same image again from the file alone."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from mammoganesis.v1 import images_pb2, latents_pb2

from services.client.client import Client
from services.client.image import Image
from services.errors import FailedPrecondition, InvalidArgument
from services.images import read_png


class Verdict(Enum):
    """What `verify` finds."""

    UNCHANGED = "ours, unchanged"
    PIXELS_CHANGED = "the recipe is ours, but the pixels are not what it makes"
    NOT_OURS = "not ours"
    OTHER_BUNDLE = "made by another bundle"


@dataclass(frozen=True)
class Verification:
    """The verdict on one file, and what it rests on."""

    verdict: Verdict
    detail: str


def verify(client: Client, png: bytes, tolerance: int = 0) -> Verification:
    """Renders the embedded recipe again and compares the pixels.

    Args:
        client: serves the bundle that the file is held against.
        png: the file's bytes.
        tolerance: largest difference of a pixel still taken as rounding, in grey levels of the file's bit depth.
            0 is right for the machine that made the file; another processor may round differently.
    """
    try:
        content = read_png(png)
    except InvalidArgument as error:
        return Verification(Verdict.NOT_OURS, str(error))
    if content.recipe is None:
        return Verification(Verdict.NOT_OURS, "no recipe of MammoGANesis in it")
    digest = client.model().bundle_digest
    if content.bundle_digest != digest:
        detail = f"the file names {short(content.bundle_digest)}, this is {short(digest)}"
        return Verification(Verdict.OTHER_BUNDLE, detail)
    difference = _difference(content.pixels, _render(client, content.recipe, content.image_format).pixels())
    detail = f"largest difference: {difference} grey levels" if difference else ""
    return Verification(Verdict.UNCHANGED if difference <= tolerance else Verdict.PIXELS_CHANGED, detail)


def reproduce(client: Client, png: bytes) -> Image:
    """The same pixels again from the file's own recipe, in the file's format.

    Raises:
        InvalidArgument: not a PNG file of ours.
        FailedPrecondition: the client serves another bundle than the file was made with.
    """
    content = read_png(png)
    if content.recipe is None:
        raise InvalidArgument("image", "a PNG file without recipe", "a PNG file made by MammoGANesis")
    digest = client.model().bundle_digest
    if content.bundle_digest != digest:
        raise FailedPrecondition(
            f"image: it was made with bundle {short(content.bundle_digest)}, but this is bundle {short(digest)}; "
            "only the same bundle gives the same pixels"
        )
    return _render(client, content.recipe, content.image_format)


def short(digest: str | None) -> str:
    """A digest as messages show it."""
    return f"{digest[:12]}..." if digest else "none"


def _render(client: Client, recipe: latents_pb2.Recipe, image_format: images_pb2.ImageFormat) -> Image:
    deep = image_format.encoding == images_pb2.IMAGE_ENCODING_PNG_16
    return client.sample(latents=[recipe], format="png16" if deep else "png", burn_in_mark=image_format.burn_in_mark)[0]


def _difference(left: np.ndarray, right: np.ndarray) -> float:
    """Largest absolute difference; infinite when the shapes differ."""
    if left.shape != right.shape or left.dtype != right.dtype:
        return float("inf")
    return int(np.abs(left.astype(np.int64) - right.astype(np.int64)).max())
