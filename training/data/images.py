"""The door of PIL on the training side: finds and reads raster files, resizes, writes image grids."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from mammoganesis import files
from mammoganesis.errors import DataError, MammoganesisError
from mammoganesis.pictures import texts
from mammoganesis.pictures.limits import check_size, reason_of
from mammoganesis.pictures.page import tiled
from mammoganesis.pictures.pixels import stretch, to_uint8
from mammoganesis.pictures.png import marked_png, plain_png

FORMATS = ("PNG", "JPEG", "TIFF")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
ARCHIVE_LEFTOVERS = "__MACOSX"  # what macOS adds to a zip file


def visible_files(folder: Path) -> list[Path]:
    """All files of a folder and its subfolders, sorted, without hidden ones (.DS_Store, AppleDouble's ._NAME).

    Raises:
        DataError: a folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be listed ({error.strerror})")

    found = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and name != ARCHIVE_LEFTOVERS]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    return sorted(path for path in found if path.is_file())


def image_files(folder: Path) -> list[Path]:
    """The PNG, JPEG and TIFF files of a folder and its subfolders, sorted, without hidden ones."""
    return [path for path in visible_files(folder) if path.suffix.lower() in SUFFIXES]


@contextmanager
def unreadable_named(path: Path, kind: str) -> Iterator[None]:
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
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # damaged files make decoders raise any kind, RecursionError and MemoryError included
        raise DataError(f"{path}: cannot be read as {kind} ({reason_of(error)})") from error


def read_raster(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or TIFF file as a source of training images.

    Returns:
        [H, W] float32 in [0, 255]; images with more than 8 bits are scaled from their own range, see `stretch`.

    Raises:
        DataError: the file is missing, damaged, too large, of several pages, or not an image; or it says that it is
            synthetic.
    """
    values, depth = _read(path)
    _refuse_synthetic(path)
    return values if depth == 255 else stretch(values)


def _refuse_synthetic(path: Path) -> None:
    with unreadable_named(path, "PNG, JPEG or TIFF"), Image.open(path, formats=FORMATS) as opened:
        said = [str(opened.info.get(name, "")) for name in (texts.SYNTHETIC, texts.XMP)]
        if texts.is_marked(*said) or texts.RECIPE in opened.info:
            raise DataError(f"{path}: is synthetic and not for training (its texts say so)")


def read_grey(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or TIFF file as its grey values are: 16 bits are divided by 257, nothing is stretched.

    Returns:
        [H, W] float32 in [0, 255].

    Raises:
        DataError: as `read_raster`; or the grey values have no fixed range (32 bits).
    """
    values, depth = _read(path)
    if depth is None:
        raise DataError(f"{path}: holds 32-bit values; 8 or 16 bits are needed")
    return values * np.float32(255 / depth)


def _read(path: Path) -> tuple[np.ndarray, int | None]:
    """Grey values [H, W] float32 as stored, upright and over black, and the value of white; None: not fixed."""
    with unreadable_named(path, "PNG, JPEG or TIFF"), Image.open(path, formats=FORMATS) as opened:
        check_size(path, *opened.size)
        if getattr(opened, "n_frames", 1) > 1:
            raise DataError(f"{path}: holds {opened.n_frames} pages; one is needed")  # type: ignore[attr-defined]
        turned = opened.getexif().get(ExifTags.Base.Orientation, 1)
        if opened.format == "TIFF" and turned != 1:  # Pillow 13 turns it while loading, and not well
            raise DataError(f"{path}: is turned (orientation {turned}); save it upright, as PNG for example")
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith("I;16"):
            return np.asarray(image).astype(np.float32), 65535
        if image.mode in ("I", "F"):
            return np.asarray(image, dtype=np.float32), None
        if image.has_transparency_data:  # what lies under transparent pixels is often white
            clear = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", clear.size, (0, 0, 0, 255)), clear)
        return np.asarray(image.convert("L"), dtype=np.float32), 255


def write_grid(images: np.ndarray, path: Path, columns: int, description: str, *, synthetic: bool = True) -> None:
    """Write images as one PNG, row by row.

    Args:
        images: [N, C, H, W] float in about [-1, 1] with C = 1 or 3; clamped.
        path: the PNG to write.
        columns: images per row; missing ones stay black.
        description: what the images are, for the PNG's text chunk of that name.
        synthetic: whether the file's metadata marks them as synthetic.
    """
    grid = tiled([to_uint8(image) for image in images], columns)
    files.write(path, marked_png(grid, description=description) if synthetic else plain_png(grid, description))
