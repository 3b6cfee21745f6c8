"""What is no mammogram, and what lies around one: film frames, bright backgrounds, blank pages, masks. NumPy only.

Grey values are [H, W] float in [0, 255].
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mammoganesis.errors import Excluded
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.morphology import grown, runs, shrunk

FRAME_LEVEL = 180.0  # grey values from here on can be the frame of a film
FRAME_DEPTH = 0.05  # of the shorter side; a brighter region that is thicker is no frame
FRAME_MARGIN = 0.02  # of the shorter side; what comes so near to the border touches it
FRAME_LENGTH = 0.5  # of a side that an object along two or more sides must take
FRAME_RUN = 0.04  # of the shorter side, at least 9 pixels: so long a frame runs along its side, which tissue does not
FRAME_SEEN = 0.15  # of a side along which the frame must be seen, to tell where it ends
FRAME_BAND = 0.10  # of the shorter side; so far from its side a frame may lie, film being put in at a slant
FRAME_ALONE = 0.8  # of the top or the bottom that an object along that side alone must take
BRIGHT_BORDER = 128.0  # median along the border of an image whose background is bright
BRIGHT_MODE = 192.0  # most frequent grey value of an image whose background is bright
FEWEST_LEVELS = 3  # grey values of a picture; a mask has two
EXTREME_SHARE = 0.95  # of the pixels of a mask that are near one of its two values,
EXTREME_WIDTH = 32.0  # by this many grey values: compression blurs a mask
GREY_AIR = 5.0  # grey values; air that is brighter is made black
SMALLEST_SHARE = 0.25  # of the resolution that the longer side of a source has


def remove_frame(values: np.ndarray) -> tuple[np.ndarray, bool]:
    """Black out thin bright objects along the border: the frame or the edge of a digitised film.

    Returns:
        values [H, W] of the same dtype, and whether there was one.
    """
    bright = values >= FRAME_LEVEL
    shorter = min(values.shape)
    margin = max(1, round(FRAME_MARGIN * shorter))
    if max(_along(bright, margin)) < FRAME_LENGTH:
        return values, False
    depth = max(1, round(FRAME_DEPTH * shorter / 2))
    thin = bright & ~grown(shrunk(bright, depth), depth)
    thin = _along_sides(thin)  # bright tissue that touches the frame is not part of it
    labels, _ = ndimage.label(thin, structure=np.ones((3, 3)), output=np.int32)  # type: ignore[misc]
    areas = np.bincount(labels[thin], minlength=1)
    large = np.flatnonzero(areas >= FRAME_LENGTH * shorter)  # of a length, or it runs along no side
    frames = [number for number in large[large > 0] if _is_frame(labels, number, margin)]
    if not frames:
        return values, False
    removed = _outside(np.isin(labels, frames), bright, margin)
    return np.where(removed, np.zeros((), values.dtype), values), True


def _outside(frame: np.ndarray, bright: np.ndarray, margin: int) -> np.ndarray:
    """The pixels of a frame, [H, W] boolean, by what is seen of it and by all that is bright.

    Along a side they end at a straight line, which may slant: behind bright tissue the frame is not seen, and tissue
    that runs along it is none of it.
    """
    shorter = min(frame.shape)
    band, rim = max(1, round(FRAME_BAND * shorter)), max(1, shorter // 250)
    beyond, beside = np.zeros_like(frame), np.zeros_like(frame)
    for number, length in enumerate(_along(frame, margin)):
        seen, out, near = (_from_left(mask, number) for mask in (frame, beyond, beside))
        if length >= FRAME_SEEN:
            out[:, :band] |= np.arange(band) < (_line(seen[:, :band]) + rim)[:, None]
            near[:, :band] = True
    return (beyond & grown(bright, rim)) | (grown(frame, rim) & ~beside)


def _from_left(mask: np.ndarray, side: int) -> np.ndarray:
    """A view in which the top, bottom, left or right side, by its number, is the left one."""
    turned = mask.T if side < 2 else mask
    return turned[:, ::-1] if side % 2 else turned


def _line(strip: np.ndarray) -> np.ndarray:
    """Where the frame in a strip along the left side ends, by a straight line through most of its rows. [H] float."""
    rows = np.flatnonzero(strip.any(axis=1))
    ends = strip.shape[1] - strip[rows, ::-1].argmax(axis=1)
    if len(rows) < 2:
        return np.full(len(strip), float(ends.max(initial=0)))
    half = len(rows) // 2
    slope = np.median((ends[half:] - ends[: len(ends) - half]) / (rows[half:] - rows[: len(rows) - half]))
    return slope * np.arange(len(strip)) + np.median(ends - slope * rows)


def _along_sides(thin: np.ndarray) -> np.ndarray:
    """What runs straight along the side that it is near to. [H, W] boolean to the same."""
    shorter = min(thin.shape)
    band, length = max(1, round(FRAME_BAND * shorter)), max(9, round(FRAME_RUN * shorter))
    found = np.zeros_like(thin)
    for mask, out in ((thin, found), (thin.T, found.T)):  # left and right, then top and bottom
        for side in (slice(band), slice(-band, None)):
            out[:, side] |= runs(mask[:, side], length)
    return found


def _is_frame(labels: np.ndarray, number: int, margin: int) -> bool:
    """Whether an object runs along two sides of the image, or along the whole top or bottom."""
    lengths = _along(labels == number, margin)
    return sum(length >= FRAME_LENGTH for length in lengths) >= 2 or max(lengths[:2]) >= FRAME_ALONE


def _along(mask: np.ndarray, margin: int) -> tuple[float, float, float, float]:
    """The shares of the top, bottom, left and right side along which the mask holds something near the border."""
    top, bottom = mask[:margin].any(axis=0), mask[-margin:].any(axis=0)
    left, right = mask[:, :margin].any(axis=1), mask[:, -margin:].any(axis=1)
    return float(top.mean()), float(bottom.mean()), float(left.mean()), float(right.mean())


def black_air(values: np.ndarray, air: float) -> np.ndarray:
    """Make the air around a breast black where a window or a film leaves it grey, so that nothing frames the image.

    The level of air becomes 0, and white stays white; the order of grey values is kept.

    Args:
        values: [H, W].
        air: the most frequent dark grey value. It is air only where the border of the image has it too.
    """
    if air <= GREY_AIR or abs(_border(values) - air) > GREY_AIR:
        return values
    return np.clip((values - air) * (255 / (255 - air)), 0, 255).astype(values.dtype)


def _border(values: np.ndarray) -> float:
    """The median along the border."""
    return float(np.median(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])))


def is_bright(values: np.ndarray) -> bool:
    """Whether the background is brighter than the breast: an export that was not inverted, or a white page."""
    if _border(values) >= BRIGHT_BORDER:
        return True
    counts = np.bincount(np.rint(values).astype(np.uint8).ravel(), minlength=256)
    return int(np.convolve(counts, np.ones(5), "same").argmax()) >= BRIGHT_MODE  # a noisy background has several


def check_picture(values: np.ndarray, resolution: int) -> None:
    """Refuse what cannot be a picture of a breast by its size and its grey values.

    Raises:
        Excluded: far fewer pixels than the resolution, a blank page, or a mask.
    """
    height, width = values.shape
    if max(height, width) < SMALLEST_SHARE * resolution:
        raise _none(f"has {width}x{height} pixels; a quarter of the resolution {resolution} is needed")
    low, high = float(values.min()), float(values.max())
    middle = values[(values > low) & (values < high)]
    levels = 1 + (high > low) + (middle.size > 0)
    extreme = float(((values < low + EXTREME_WIDTH) | (values > high - EXTREME_WIDTH)).mean())
    if levels < FEWEST_LEVELS or (extreme >= EXTREME_SHARE and high - low > 3 * EXTREME_WIDTH):
        if high == low:
            raise _none(f"is a blank page and no mammogram: all of its pixels are {low:g}")
        raise _none(f"is a mask and no mammogram: {extreme:.1%} of its pixels are near {low:g} or {high:g}")


def _none(sentence: str) -> Excluded:
    return Excluded(None, Reason.NOT_A_MAMMOGRAM, sentence)
