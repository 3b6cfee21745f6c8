"""Whether a PNG file is ours and unchanged, and the same image again from the file alone."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from mammoganesis.errors import FailedPrecondition, InvalidArgument
from mammoganesis.pictures.png import DamagedImage, PngContent, changed_texts, read_png
from mammoganesis.recipe.identity import without_bundle
from mammoganesis.v1 import images_pb2, latents_pb2
from services.client.client import Client
from services.client.image import Image


class Verdict(Enum):
    """What `verify` finds."""

    UNCHANGED = "ours, unchanged"
    PIXELS_CHANGED = "the recipe is ours, but the pixels are not what it makes"
    NOT_OURS = "not ours"
    OTHER_BUNDLE = "made by another bundle"
    METADATA_CHANGED = "the pixels are ours, but the metadata has been changed"
    DAMAGED = "damaged, cannot be read"


@dataclass(frozen=True)
class Verification:
    """The verdict on one file, and what it rests on."""

    verdict: Verdict
    detail: str


def verify(client: Client, png: bytes, tolerance: int = 0) -> Verification:
    """Renders the embedded recipe again and compares the pixels, and holds every text of the file against what it
    should be: the complete recipe, its latent id, the checksum of the pixels, and the marks of synthetic images.

    Args:
        client: serves the bundle that the file is held against.
        png: the file's bytes.
        tolerance: largest difference of a pixel still taken as rounding, in grey levels of the file's bit depth.
            0 is right for the machine that made the file; another processor may round differently.
    """
    try:
        content = read_png(png)
    except DamagedImage:
        return Verification(Verdict.DAMAGED, f"a PNG file of {len(png)} bytes that cannot be read to its end")
    except InvalidArgument as error:
        return Verification(Verdict.NOT_OURS, str(error))
    if content.recipe is None:
        return Verification(Verdict.NOT_OURS, "no recipe of MammoGANesis in it")
    digest = client.model().bundle_digest
    if content.bundle_digest != digest:
        detail = f"the file names {short(content.bundle_digest)}, this is {short(digest)}"
        return Verification(Verdict.OTHER_BUNDLE, detail)
    try:
        again = _render(client, content.recipe, content.image_format)
    except (InvalidArgument, FailedPrecondition) as error:  # this very bundle cannot have made it
        return Verification(Verdict.NOT_OURS, str(error))
    difference = _difference(content.pixels, again.pixels())
    details = [f"largest difference: {difference} grey levels"] if difference else []
    if changed := _changed_texts(content, again):
        details.append(f"not as written: {', '.join(changed)}")
    if difference > tolerance:
        verdict = Verdict.PIXELS_CHANGED
    else:
        verdict = Verdict.METADATA_CHANGED if changed else Verdict.UNCHANGED
    return Verification(verdict, "; ".join(details))


def reproduce(client: Client, png: bytes) -> Image:
    """The same pixels again from the file's own recipe, in the file's format.

    Raises:
        InvalidArgument: not a PNG file of ours, or its recipe is out of range; DamagedImage when it is damaged.
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
    name = "png16" if image_format.encoding == images_pb2.IMAGE_ENCODING_PNG_16 else "png"
    try:
        return client.sample(
            latents=[recipe],
            format=name,
            burn_in_mark=image_format.burn_in_mark,
            resolution=image_format.resolution,
        )[0]
    except InvalidArgument as error:
        # The request's field means nothing to who has handed in a file.
        raise error.named(error.field.replace("latents[0].recipe", "image.recipe", 1)) from None


def _changed_texts(content: PngContent, again: Image) -> list[str]:
    """Names of the file's texts that differ from those of the same image made again."""
    changed = changed_texts(content)
    if content.latent_id != again.latent_id:
        changed.append("latent_id")
    if content.recipe != without_bundle(again.recipe):
        changed.append("recipe")
    return changed


def _difference(left: np.ndarray, right: np.ndarray) -> float:
    """Largest absolute difference; infinite when the shapes differ."""
    if left.shape != right.shape or left.dtype != right.dtype:
        return float("inf")
    return int(np.abs(left.astype(np.int64) - right.astype(np.int64)).max())
