"""How an image came to be, as files say it of themselves, and as they are read."""

from __future__ import annotations

from dataclasses import dataclass

from mammoganesis.pictures.c2pa_manifest import ManifestSigner
from mammoganesis.pictures.pixels import Pixels
from mammoganesis.pictures.signature import Signer
from mammoganesis.texts.said import Said
from mammoganesis.v1.images_pb2 import ImageFormat
from mammoganesis.v1.latents_pb2 import Recipe


@dataclass(frozen=True)
class Provenance:
    """How an image came to be, as it is written into the file."""

    recipe: Recipe  # complete
    latent_id: str  # of the recipe and its bundle
    bundle_digest: str
    provider: str  # of what computed the pixels: ONNX Runtime's name, or "OpenVINO"
    precision: str  # "float32", "bfloat16" or "float16"
    preview: bool = False  # a quick look from an earlier block of the network, not the recipe's own pixels
    bundle_name: str = ""  # name and version, such as "demo 0.5.0"; "" for not known
    signer: Signer | None = None  # None: it is not signed
    manifest_signer: ManifestSigner | None = None  # None: a PNG file has no C2PA manifest


@dataclass(frozen=True)
class Content:
    """What a file holds. The text fields are what the file says of itself, "" where it says nothing."""

    pixels: Pixels  # [H, W] or [H, W, 3], uint8 or uint16
    image_format: ImageFormat  # asking for this format again gives the same bytes of pixels
    recipe: Recipe | None  # not yet checked against a bundle's limits
    latent_id: str
    bundle_digest: str
    pixels_sha256: str
    provider: str
    precision: str
    form: Said | str  # such as "8 bits greyscale"
    is_marked: bool  # whether it says that it is synthetic, as our files do
    recipe_text: str  # the recipe as it stands there
    signature: str

    @property
    def white(self) -> int:
        """The brightest grey level that its form has."""
        return 255 if self.pixels.dtype.itemsize == 1 else 65535
