"""Image values to grey levels, their checksum, and the mark. Pure functions.

Shapes: image [C, H, W] float32 about -1..1 (from the engine); pixels [H, W] or [H, W, 3], uint8 or uint16.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

WHITE_12 = 4095  # the brightest of 12 bits
STRETCH_TAIL = 0.01  # percent of the pixels at either end of the range that do not count
MARK_LINES = ("SYNTHETIC -", "NOT FOR", "DIAGNOSIS")
MARKED_HEIGHTS = (128, 256, 512, 1024)  # of pictures that are drawn and marked, as bundles have them
LEAST_SCALE = 0.4  # by which a marked picture may be made smaller so that the mark can be read
MARK_FROM = 100  # pixels of a picture's side from which the mark can be read
MARK_LIKENESS = (
    0.6  # correlation of a corner with the mark; of 64 demo images 0.93 and more with it, at most 0.14 without
)
BRIGHT = 0.25  # mean of a corner, of the full range, from which the mark goes to the next: above all dark air


def to_uint8(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[C, H, W] float32 -> [H, W] (C = 1) or [H, W, 3] uint8: round(clamp(x * 127.5 + 127.5, 0, 255)), ties to even."""
    levels = image * np.float32(127.5)
    levels += np.float32(127.5)
    np.rint(np.clip(levels, 0, 255, out=levels), out=levels)
    return _channels_last(levels.astype(np.uint8))


def to_uint16(image: NDArray[np.float32]) -> NDArray[np.uint16]:
    """[1, H, W] float32 -> [H, W] uint16: round(clamp((x + 1) / 2, 0, 1) * 65535), ties to even, in double precision
    (float32 has too few digits to tell all levels apart safely)."""
    unit = np.clip((image.astype(np.float64) + 1) / 2, 0, 1)
    return _channels_last(np.rint(unit * 65535).astype(np.uint16))


def to_uint12(image: NDArray[np.float32]) -> NDArray[np.uint16]:
    """[1, H, W] float32 -> [H, W] uint16 of 12 bits, as DICOM stores them: round(clamp((x + 1) / 2, 0, 1) * WHITE_12),
    ties to even, in double precision."""
    unit = np.clip((image.astype(np.float64) + 1) / 2, 0, 1)
    return _channels_last(np.rint(unit * WHITE_12).astype(np.uint16))


def _channels_last(pixels: NDArray) -> NDArray:
    return np.ascontiguousarray(pixels[0] if pixels.shape[0] == 1 else pixels.transpose(1, 2, 0))


def upper_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """Pixels of the same shape with 8 bits: of uint16 the upper ones."""
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels.astype(np.uint8)


def resize(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize grey values [H, W] in [0, 255] with an anti-aliasing filter. Returns uint8 [height, width]."""
    return np.clip(np.rint(_resized(values, height, width)), 0, 255).astype(np.uint8)


def resize_deep(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """As `resize`, with 16 bits: uint16 [height, width], 257 times the grey values."""
    return np.rint(np.clip(_resized(values, height, width), 0, 255) * 257.0).astype(np.uint16)


def _resized(values: np.ndarray, height: int, width: int) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def to_eight(pixels: Pixels, white: int) -> NDArray[np.uint8]:
    """Grey levels of any depth, of which `white` is the brightest, or colours, as 8 bits of grey. [H, W]"""
    if pixels.dtype == np.uint8 and pixels.ndim == 2 and white == 255:
        return pixels.astype(np.uint8, copy=False)
    grey = pixels if pixels.ndim == 2 else pixels.mean(axis=2)
    return np.minimum(np.rint(grey * (255 / white)), 255).astype(np.uint8)


def area_mean(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A small square picture, each pixel the mean of what it covers. [H, W] -> [side, side]."""
    grey = Image.fromarray(np.ascontiguousarray(pixels))
    larger = min(grey.size) >= side
    return np.asarray(grey.resize((side, side), Image.Resampling.BOX if larger else Image.Resampling.BICUBIC))


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


def pixels_sha256(pixels: Pixels) -> str:
    """SHA-256, 64 hexadecimal digits, over the pixels' type, shape and little-endian bytes; independent of how a file
    compresses them."""
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    header = f"{_name_of(little.dtype)} {'x'.join(map(str, little.shape))}\n"
    digest = hashlib.sha256(header.encode("ascii"))
    digest.update(little.data)
    return digest.hexdigest()


@lru_cache(maxsize=8)  # NumPy puts it together anew each time
def _name_of(dtype: np.dtype[Any]) -> str:
    return dtype.name


@dataclass(frozen=True)
class MarkPlace:
    """Where "SYNTHETIC - NOT FOR DIAGNOSIS" stands in a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int
    mirrored: bool = False
    """It can be read in a picture that is shown mirrored."""


def burn_in_mark(pixels: Pixels, mirrored: bool = False, white: int | None = None) -> Pixels:
    """A copy with "SYNTHETIC - NOT FOR DIAGNOSIS" in its upper left corner, opposite the chest wall.

    Always there, so that it stands still from one picture of a strip to the next; the lower left corner and the two at
    the right, in this order, take its place only where those before them are bright, as over a breast at the left.
    Three lines, each a 28th of the picture's height but at least 11 pixels, less where the picture is too small for it;
    below about 64 pixels it cannot be read. `mirrored`: written so that it can be read in a picture that is shown
    mirrored. `white`: the brightest grey level; None: that of the pixels' type.
    """
    white = np.iinfo(pixels.dtype).max if white is None else white
    place = mark_place(pixels, mirrored, white)
    mark = _mark(pixels.shape[1], pixels.shape[0])  # [h, w] float64, 0..1
    if mirrored:
        mark = mark[:, ::-1]
    marked = pixels.copy()
    window = marked[place.top : place.top + place.height, place.left : place.left + place.width]
    alpha = mark if pixels.ndim == 2 else mark[:, :, None]
    ink = white if window.mean() <= white / 2 else 0  # a picture that is bright everywhere is written on in black
    window[:] = np.rint(window * (1 - alpha) + ink * alpha).astype(pixels.dtype)
    return marked


def mark_place(pixels: Pixels, mirrored: bool = False, white: int | None = None) -> MarkPlace:
    """Where `burn_in_mark` writes in a picture that has no mark yet."""
    white = np.iinfo(pixels.dtype).max if white is None else white
    height, width = _mark(pixels.shape[1], pixels.shape[0]).shape
    top, left = _corner(pixels if pixels.ndim == 2 else pixels.max(axis=2), (height, width), BRIGHT * white)
    return MarkPlace(top, left, height, width, mirrored)


def has_mark(pixels: NDArray[Any]) -> bool:
    """Whether "SYNTHETIC - NOT FOR DIAGNOSIS" stands in a corner as `burn_in_mark` writes it, either way round: what is
    there follows the strokes, in white or in black; also where a picture was mirrored, or one of MARKED_HEIGHTS scaled,
    afterwards. False where it is too small to be read. Of any type."""
    height = pixels.shape[0]
    scales = [height / before for before in MARKED_HEIGHTS if before != height]
    return any(_found(pixels, scale) is not None for scale in (1.0, *scales) if scale >= LEAST_SCALE)


def found_mark(pixels: Pixels) -> MarkPlace | None:
    """Where the mark stands in a picture that `burn_in_mark` gave; None: there is none, or none that can be read."""
    return _found(pixels, 1.0)


def _found(pixels: NDArray[Any], scale: float) -> MarkPlace | None:
    """The mark that a picture got when its height was the present one over `scale`."""
    height, width = pixels.shape[:2]
    if min(height, width) < MARK_FROM:
        return None
    mark = _mark(round(width / scale), round(height / scale))
    down, right = (min(of, side * scale) for of, side in zip((height, width), mark.shape, strict=True))
    rows, columns = int(np.ceil(down)), int(np.ceil(right))
    for lower, righter in ((False, False), (True, False), (False, True), (True, True)):
        corner = pixels[
            slice(-rows, None) if lower else slice(rows), slice(-columns, None) if righter else slice(columns)
        ]
        window = (corner if corner.ndim == 2 else corner.mean(axis=2)).astype(np.float32)
        if scale != 1:
            top, left = lower * (rows - down), righter * (columns - right)
            filtering = Image.Resampling.BOX if scale > 1 else Image.Resampling.BICUBIC
            box, size = (left, top, left + right, top + down), mark.shape[::-1]
            window = np.asarray(Image.fromarray(window).resize(size, filtering, box))
        if np.ptp(window) == 0:
            continue
        for mirrored, written in ((False, mark), (True, mark[:, ::-1])):
            if abs(np.corrcoef(window.ravel(), written.ravel())[0, 1]) > MARK_LIKENESS:
                return MarkPlace(lower * (height - rows), righter * (width - columns), rows, columns, mirrored)
    return None


@lru_cache(maxsize=8)  # drawing it takes longer than compressing a picture of 128 pixels
def _mark(width: int, height: int) -> NDArray[np.float64]:
    """The lines of the mark as coverage 0..1, [h, w] with h <= height and w <= width; read-only."""
    text = "\n".join(MARK_LINES)
    for size in range(max(11, height // 28), 0, -1):
        font = ImageFont.load_default(size)
        box = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font=font, spacing=2)
        right, bottom = int(np.ceil(box[2])) + 2, int(np.ceil(box[3])) + 2
        if right <= width and bottom <= height:
            break
    canvas = Image.new("L", (min(right, width), min(bottom, height)))
    ImageDraw.Draw(canvas).multiline_text((1, 1), text, fill=255, font=font, spacing=2)
    coverage = np.asarray(canvas) / 255.0
    coverage.flags.writeable = False
    return coverage


def _corner(grey: Pixels, shape: tuple[int, int], bright: float) -> tuple[int, int]:
    """Top and left of the first corner that is not bright; of the upper left one where all are."""
    lowest, rightmost = grey.shape[0] - shape[0], grey.shape[1] - shape[1]
    for top, left in ((0, 0), (lowest, 0), (0, rightmost), (lowest, rightmost)):
        if grey[top : top + shape[0], left : left + shape[1]].mean() <= bright:
            return top, left
    return 0, 0


@dataclass(frozen=True)
class Difference:
    """Of two pictures, in grey levels."""

    largest: int  # of one pixel
    root_mean_square: float  # over all


def difference(left: Pixels, right: Pixels) -> Difference:
    """Between two pictures of one height and width, at the lower depth of the two.

    Grey is held against colour as three equal channels; 16 bits are brought to 8 by their upper bits or by rounding,
    whichever is nearer, as programs do the one or the other.
    """
    apart = levels_apart(left, right)
    return Difference(int(apart.max()), float(np.sqrt(np.square(apart).mean())))


def levels_apart(left: Pixels, right: Pixels) -> NDArray[np.int64]:
    """How many grey levels each value of two pictures is apart, as `difference` compares. [H, W] or [H, W, 3]"""
    if left.ndim != right.ndim:
        left, right = _in_colour(left), _in_colour(right)
    if left.dtype == right.dtype:
        return _apart(left, right)
    eight, sixteen = (left, right) if left.dtype == np.uint8 else (right, left)
    reduced = (upper_bits(sixteen), np.rint(sixteen / 257).astype(np.uint8))
    return min((_apart(eight, part) for part in reduced), key=lambda found: int(found.max()))


def _apart(left: Pixels, right: Pixels) -> NDArray[np.int64]:
    return np.abs(left.astype(np.int64) - right.astype(np.int64))


def _in_colour(pixels: NDArray) -> NDArray:
    """[H, W] or [H, W, 3] -> [H, W, 3]."""
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
