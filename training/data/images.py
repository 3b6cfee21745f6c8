"""The door of PIL on the training side: reads raster files, resizes, writes image grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from mammoganesis.errors import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
STRETCH_TAIL = 0.01  # percent of the pixels at either end of the range that do not count


def read_raster(path: Path) -> np.ndarray:
    """Read a PNG or JPEG as grey values.

    Returns:
        [H, W] float32 in [0, 255]; images with more than 8 bits are scaled from their own range, see `stretch`.

    Raises:
        DataError: the file is missing, damaged or not an image.
    """
    try:
        with Image.open(path) as image:
            image.load()
            if image.mode.startswith(("I", "F")):
                return stretch(np.asarray(image, dtype=np.float32))
            return np.asarray(image.convert("L"), dtype=np.float32)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DataError(f"{path}: cannot be read as PNG or JPEG ({error})") from error


def stretch(values: np.ndarray) -> np.ndarray:
    """Map the range of the values to [0, 255] and clip; a constant image becomes 0. Same shape, float32.

    The 0.01 % of pixels at either end do not count: one defect pixel or a speck of a burned-in label would otherwise
    leave a few grey levels to the tissue.
    """
    low, high = (float(v) for v in np.percentile(values, [STRETCH_TAIL, 100 - STRETCH_TAIL]))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(values.shape, np.float32)
    return np.clip((values - low) * (255.0 / (high - low)), 0, 255).astype(np.float32)


def resize(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize grey values [H, W] in [0, 255] with an anti-aliasing filter. Returns uint8 [height, width]."""
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    resized = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))
    return np.clip(np.rint(resized), 0, 255).astype(np.uint8)


def write_grid(images: np.ndarray, path: Path, columns: int, description: str) -> None:
    """Write images as one PNG, row by row.

    Args:
        images: [N, C, H, W] float in about [-1, 1] with C = 1 or 3; clamped.
        path: the PNG to write.
        columns: images per row; missing ones stay black.
        description: what the images are, for the PNG's text chunk of that name.
    """
    count, channels, height, width = images.shape
    rows = -(-count // columns)
    pixels = np.clip(np.rint(images * 127.5 + 127.5), 0, 255).astype(np.uint8)
    canvas = np.zeros((rows * columns, channels, height, width), np.uint8)
    canvas[:count] = pixels
    canvas = canvas.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    canvas = canvas.reshape(rows * height, columns * width, channels)
    text = PngInfo()
    text.add_text("Description", description)
    Image.fromarray(canvas[..., 0] if channels == 1 else canvas).save(path, pnginfo=text)
