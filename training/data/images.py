"""Raster files of training: found, read, and written as image grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoganesis import files
from mammoganesis.errors import DataError, Excluded
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.file_texts import says_synthetic
from mammoganesis.pictures.page import tiled
from mammoganesis.pictures.pixels import stretch, to_uint8
from mammoganesis.pictures.png import marked_png, plain_png
from mammoganesis.pictures.sources import SUFFIXES, raster_values
from training.data.folders import files_of


def image_files(folder: Path) -> list[Path]:
    """The PNG, JPEG and TIFF files of a folder and its subfolders, sorted, without hidden ones."""
    return [path for path in files_of(folder).visible if isinstance(path, Path) and path.suffix.lower() in SUFFIXES]


def read_raster(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or TIFF file as a source of training images.

    Returns:
        [H, W] float32 in [0, 255]; images with more than 8 bits are scaled from their own range, see `stretch`.

    Raises:
        DataError: the file is missing, damaged, too large, of several pages, or not an image; or it says that it is
            synthetic.
    """
    values, depth = raster_values(path)
    if says_synthetic(path):
        raise Excluded(path, Reason.SYNTHETIC, "is synthetic and not for training (its texts say so)")
    return values if depth == 255 else stretch(values)


def read_grey(path: Path) -> np.ndarray:
    """Read a PNG, JPEG or TIFF file as its grey values are: 16 bits are divided by 257, nothing is stretched.

    Returns:
        [H, W] float32 in [0, 255].

    Raises:
        DataError: as `read_raster`; or the grey values have no fixed range (32 bits).
    """
    values, depth = raster_values(path)
    if depth is None:
        raise DataError(f"{path}: holds 32-bit values; 8 or 16 bits are needed")
    return values * np.float32(255 / depth)


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
