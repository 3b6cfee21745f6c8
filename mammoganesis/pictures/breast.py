"""From the grey values of one mammogram to the paper's canonical pose; no files.

Canonical pose: square, breast as large as the square's height allows, chest wall on the right edge, black elsewhere.
Grey values are [H, W] in [0, 255] with a dark background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mammoganesis.errors import Excluded
from mammoganesis.pictures import background
from mammoganesis.pictures.exclusions import Reason
from mammoganesis.pictures.markers import remove_markers
from mammoganesis.pictures.pixels import upper_bits

TISSUE_ABOVE_BACKGROUND = 5.0  # grey values this far above the background count as tissue (or as a marker)
DARKEST_TISSUE = 64.0  # the background is looked for below this grey value
EMPTY_COLUMN_SHARE = 0.005  # a column with a smaller share of tissue is letterbox or background
FADED_EDGE_SHARE = 0.02  # of the width: so far the edge at the chest wall may be a blend of tissue and letterbox,
FADED_LEVEL = 0.75  # which is darker than this share of what is behind it
OUTER_SHARE = 0.10  # outer columns whose tissue decides on which side the chest wall is
SMALLEST_BREAST_SHARE = 0.01  # of the image; less is no mammogram
LARGEST_BREAST_SHARE = 0.98  # of the image; more has no background, so it is no mammogram
WHITE = 254.5  # grey values from here on have no texture left
THUMBNAIL = 64  # pixels, by which images are compared

Resize = Callable[[np.ndarray, int, int], np.ndarray]


@dataclass(frozen=True)
class Pose:
    """A prepared image and what was done to it."""

    image: np.ndarray  # [resolution, resolution] uint8 or uint16, as `resize` gives it
    mirrored: bool  # the source had the chest wall on the left
    markers_removed: int  # number of bright objects that were blacked out
    frame_removed: bool  # the frame of a film was blacked out
    inverted: bool  # the background was bright
    thumbnail: np.ndarray  # [THUMBNAIL, THUMBNAIL] uint8, the same pose
    aspect: float  # width of the breast over its height, before scaling
    saturated: float  # share of the breast, 0 to 1, that is white
    columns: tuple[int, int]  # of the source that were kept, the second one excluded

    def placed(self, values: np.ndarray, resize: Resize) -> np.ndarray:
        """What lies over the source, such as a mask of it, in the same pose.

        Args:
            values: [H, W] of the source's size, 0 to 255.

        Returns:
            [resolution, resolution] uint8.
        """
        kept = values[:, slice(*self.columns)]
        return fitted(kept[:, ::-1] if self.mirrored else kept, len(self.image), resize)


def tissue_level(values: np.ndarray) -> float:
    """The grey value above which a pixel counts as tissue: a little above the most frequent dark value."""
    dark = np.rint(values[values < DARKEST_TISSUE]).astype(np.int64)
    darkest = int(np.bincount(dark).argmax()) if dark.size else 0
    return darkest + TISSUE_ABOVE_BACKGROUND


def tissue_columns(values: np.ndarray, level: float) -> tuple[int, int]:
    """The columns [H, W] between those without tissue (letterbox, background) on the left and the right; the second one
    excluded."""
    tissue = (values > level).mean(axis=0) > EMPTY_COLUMN_SHARE
    kept = np.flatnonzero(tissue)
    if not len(kept):
        sentence = f"no column holds tissue (grey values above {level:g} of 255); is the image empty?"
        raise Excluded(None, Reason.NOT_A_MAMMOGRAM, sentence)
    return int(kept[0]), int(kept[-1]) + 1


def without_faded_edge(values: np.ndarray) -> np.ndarray:
    """Cut off what letterboxing has left of the last column at the chest wall, which is on the right.

    An image that was scaled down and then framed with black ends in a column that is half tissue and half black, or
    in some that hold compression noise only. A generator learns it as a dotted line in every sample.

    float [H, W] in [0, 255] -> [H, W'], narrower by at most FADED_EDGE_SHARE or 2 columns.
    """
    width = values.shape[1]
    most = max(2, round(width * FADED_EDGE_SHARE))
    if width <= 3 * most:
        return values
    columns = values.mean(axis=0)
    whole = columns[-most:] >= FADED_LEVEL * np.median(columns[-3 * most : -most])
    return values[:, : width - most + 1 + int(np.flatnonzero(whole)[-1])] if whole.any() else values[:, : width - most]


def chest_wall_is_left(values: np.ndarray, level: float) -> bool:
    """Compare tissue in the outer tenth of the columns: the chest wall is where more of it is.

    The brighter half is a bad sign: dense tissue behind the nipple misleads it.
    """
    outer = max(1, round(values.shape[1] * OUTER_SHARE))
    tissue = values > level
    return bool(tissue[:, :outer].mean() > tissue[:, -outer:].mean())


def canonical_pose(values: np.ndarray, resolution: int, resize: Resize, invert: bool = False) -> Pose:
    """Bring one mammogram into the canonical pose.

    Args:
        values: [H, W] float in [0, 255], breast in any horizontal orientation.
        resolution: height and width of the result, pixels.
        resize: (values [H, W], height, width) -> uint8 or uint16 [height, width].
        invert: turn an image with a bright background into one with a dark background, instead of refusing it.

    Raises:
        Excluded: there is no breast in it, nothing but tissue, or its background is bright.
    """
    values, framed = background.remove_frame(values)
    inverted = background.is_bright(values)
    if inverted:
        values = _inverted(values, invert)
    level = tissue_level(values)
    cleared = background.black_air(values, level - TISSUE_ABOVE_BACKGROUND)
    if cleared is not values:
        values, level = cleared, TISSUE_ABOVE_BACKGROUND
    values, markers = remove_markers(values, level)
    share = float((values > level).mean())
    if share < SMALLEST_BREAST_SHARE:
        sentence = f"only {share:.2%} of the image is tissue; at least {SMALLEST_BREAST_SHARE:.0%} is needed"
        raise Excluded(None, Reason.NOT_A_MAMMOGRAM, sentence)
    if share > LARGEST_BREAST_SHARE:
        sentence = f"{share:.2%} of the image is brighter than a background; it has none and is no mammogram"
        raise Excluded(None, Reason.NOT_A_MAMMOGRAM, sentence)
    first, last = tissue_columns(values, level)
    values = values[:, first:last]
    mirrored = chest_wall_is_left(values, level)
    if mirrored:
        values = values[:, ::-1]
    values = without_faded_edge(values)
    faded = last - first - values.shape[1]
    columns = (first + faded, last) if mirrored else (first, last - faded)
    image, thumbnail = (fitted(values, size, resize) for size in (resolution, THUMBNAIL))
    white = np.count_nonzero(values >= WHITE) / max(1, np.count_nonzero(values > level))
    aspect = values.shape[1] / values.shape[0]
    return Pose(image, mirrored, markers, framed, inverted, upper_bits(thumbnail), aspect, white, columns)


def _inverted(values: np.ndarray, invert: bool) -> np.ndarray:
    if not invert:
        sentence = "its background is bright, as in an export that was never inverted; --invert turns such images"
        raise Excluded(None, Reason.BRIGHT_BACKGROUND, sentence)
    turned = 255 - values
    if background.is_bright(turned):
        raise Excluded(None, Reason.NOT_A_MAMMOGRAM, "its background is bright, inverted or not; it is no mammogram")
    return turned


def fitted(values: np.ndarray, resolution: int, resize: Resize) -> np.ndarray:
    """A breast [H, W] with the chest wall on the right, as large as a square allows. [resolution, resolution]."""
    height, width = values.shape
    scale = resolution / max(height, width)  # a breast wider than high is shrunk by its width, never cropped
    new_height, new_width = max(1, round(height * scale)), max(1, round(width * scale))
    resized = resize(values, new_height, new_width)
    image = np.zeros((resolution, resolution), resized.dtype)
    top = (resolution - new_height) // 2
    image[top : top + new_height, resolution - new_width :] = resized
    return image
