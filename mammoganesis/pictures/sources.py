"""Mammograms from outside, as grey values: PNG, JPEG and TIFF files of any program, by their path or their bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps

from mammoganesis.errors import DataError, Excluded, MammoganesisError
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.limits import MOST_PIXELS, check_size, reason_of

FORMATS = ("PNG", "JPEG", "TIFF")
KINDS = "PNG, JPEG or TIFF"
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
DICOM_SUFFIXES = frozenset({".dcm", ".dicom"})


@dataclass(frozen=True)
class SentFile:
    """A file that is no file of this machine: its bytes, and what messages call it."""

    called: str
    data: bytes

    def __str__(self) -> str:
        return self.called


Source = Path | SentFile


def opened(source: Source) -> BinaryIO:
    """The file from its first byte."""
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source.data)


@contextmanager
def unreadable_named(source: Source, kind: str) -> Iterator[None]:
    """Whatever a decoder raises or warns of becomes one line that names the file.

    Raises:
        DataError: the block raised anything that is not ours.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MammoganesisError:
        raise
    except FileNotFoundError:
        raise DataError(f"{source}: no such file") from None
    except MemoryError:
        raise Excluded(source, Reason.TOO_LARGE, "takes more memory than there is for it") from None
    except Exception as error:  # damaged files make decoders raise any kind, RecursionError included
        raise Excluded(source, Reason.DAMAGED, f"cannot be read as {kind} ({reason_of(error)})") from error


@contextmanager
def pillow_as_it_is() -> Iterator[None]:
    """Round the import of a library that makes Pillow take damaged files, in the whole process."""
    strict = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = strict


def raster_values(source: Source, most_pixels: int = MOST_PIXELS) -> tuple[np.ndarray, int | None]:
    """Grey values [H, W] float32 as stored, upright and over black, and the value of white; None: not fixed.

    Raises:
        DataError: the file is missing, damaged, too large, of several pages, or not an image.
    """
    with unreadable_named(source, KINDS), opened(source) as file, Image.open(file, formats=FORMATS) as picture:
        check_size(source, *picture.size, most_pixels)
        if getattr(picture, "n_frames", 1) > 1:
            pages = picture.n_frames  # type: ignore[attr-defined]
            raise Excluded(source, Reason.NOT_A_MAMMOGRAM, f"holds {pages} pages; one is needed")
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1)
        if picture.format == "TIFF" and turned != 1:  # Pillow 13 turns it while loading, and not well
            sentence = f"is turned (orientation {turned}); save it upright, as PNG for example"
            raise Excluded(source, Reason.UNDECODABLE, sentence)
        image = ImageOps.exif_transpose(picture)
        if image.mode.startswith("I;16"):
            return np.asarray(image).astype(np.float32), 65535
        if image.mode in ("I", "F"):
            values = np.asarray(image, dtype=np.float32)
            if not np.isfinite(values).all():
                raise Excluded(source, Reason.DAMAGED, "holds grey values that are no numbers")
            return values, None
        if image.has_transparency_data:  # what lies under transparent pixels is often white
            clear = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", clear.size, (0, 0, 0, 255)), clear)
        return np.asarray(image.convert("L"), dtype=np.float32), 255
