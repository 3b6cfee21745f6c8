"""One generated image as the client hands it out."""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mammoganesis import files
from mammoganesis.pictures.encoding import decode
from mammoganesis.pictures.formats import DICOM
from mammoganesis.pictures.kinds import kind_of
from mammoganesis.pictures.pixels import Pixels, to_uint8
from mammoganesis.recipe.structure import is_masked
from mammoganesis.v1 import images_pb2, latents_pb2


@dataclass(frozen=True)
class Image:
    """A synthetic image, not for diagnosis, with the recipe that makes it again.

    Attributes:
        message: the answer as it came; everything else is read from it.
    """

    message: images_pb2.GeneratedImage

    @property
    def data(self) -> bytes:
        """The encoded pixels: a PNG or DICOM file, or little-endian float32 [C, H, W] for the format "raw"."""
        return self.message.data

    @property
    def recipe(self) -> latents_pb2.Recipe:
        """The complete recipe; every method that takes a latent takes it."""
        return self.message.recipe

    @property
    def latent_id(self) -> str:
        """Short name of recipe and bundle: "lat_" and 32 hexadecimal digits."""
        return self.message.latent_id

    @property
    def file_stem(self) -> str:
        """Name for a file of it, without suffix, such as "seed5_density+2.0"."""
        return self.message.file_stem

    @property
    def bundle_digest(self) -> str:
        """SHA-256 of the bundle's manifest, 64 hexadecimal digits."""
        return self.message.bundle_digest

    @property
    def timing(self) -> images_pb2.Timing:
        """Where the time went, in milliseconds."""
        return self.message.timing

    @property
    def is_raw(self) -> bool:
        """Whether `data` is float32 and not a file."""
        return self.message.encoding == images_pb2.IMAGE_ENCODING_RAW_FLOAT32

    def pixels(self) -> np.ndarray:
        """The pixels: [C, H, W] float32, about -1 to 1, not clamped (raw); else [H, W] or [H, W, 3], uint8 (png) or
        uint16 (png16; of DICOM its 12 bits, a left breast mirrored)."""
        if self.is_raw:
            shape = (self.message.channels, self.message.height, self.message.width)
            return np.frombuffer(self.data, dtype="<f4").reshape(shape)
        return decode(self.data).pixels

    def picture(self) -> Pixels:
        """The pixels as grey levels of their type's whole range, [H, W] or [H, W, 3], uint8 or uint16."""
        pixels = self.pixels()
        if self.is_raw:
            return to_uint8(pixels)
        return (pixels << 4).astype(np.uint16) if self.message.encoding in DICOM else pixels

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the image: the PNG or DICOM file as it came, or for "raw" a .npy file, float32 [C, H, W].

        Beside a DICOM file whose image was changed within a mask, such as edited.dcm, edited_marks.dcm draws the mask's
        outline: a presentation state of the same study.

        Returns:
            The path written.

        Raises:
            DiskFull: there is no room; nothing of it stays.
            OSError: it cannot be written for another reason.
        """
        path, content = Path(path), self.data
        if self.is_raw:
            buffer = io.BytesIO()
            np.save(buffer, self.pixels())
            content = buffer.getvalue()
        files.write(path, content)
        if self.message.encoding in DICOM and any(map(is_masked, self.recipe.style_transfers)):
            from mammoganesis.pictures.dicom_presentation import edits_beside

            if (marks := edits_beside(content)) is not None:
                files.write(path.with_name(f"{path.stem}_marks.dcm"), marks)
        return path

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows."""
        return self.data if kind_of(self.data) == "a PNG" else None
