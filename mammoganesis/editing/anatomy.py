"""Parts of the breast that the image itself shows, whatever a network's activations say: skin, pectoral muscle and
axillary tail. Pure functions of one image in the aligned pose, as in `mammoganesis.editing.measures`.

A grid of activations is too coarse for a skin line, and tells places rather than tissues: its upper posterior cluster
is muscle in one image and fat in another. These parts are found in the pixels:

    skin             a band of SKIN of the image's width along the outline, where air lies in front of, above or below
                     the breast; none along the chest wall
    pectoral-muscle  the triangle of `measures.pectoral`; none where no muscle is seen, as in CC views. A bright spot in
                     the upper corner of a CC view looks like the smallest triangles: one below SLIVER of the image is
                     a muscle where its contrast is above CLEAR only
    axillary-tail    where a muscle is seen, the tissue in front of it, down to TAIL of the way from the breast's upper
                     end to the level of its foremost point: the part of the upper outer quadrant that runs along the
                     muscle towards the axilla. A CC view projects it onto the posterior lateral tissue, from which
                     nothing in the picture tells it
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray
from scipy import ndimage

from mammoganesis.editing.measures import Pectoral, pectoral, triangle_mask
from mammoganesis.editing.segmentation import breast_mask

SKIN, PECTORAL_MUSCLE, AXILLARY_TAIL = "skin", "pectoral-muscle", "axillary-tail"
PARTS = (SKIN, PECTORAL_MUSCLE, AXILLARY_TAIL)
"""All there are. A pixel belongs to one of them at most: to the skin before the others."""

SMALLEST = 8
"""Width and height of an image, in pixels, from which on parts are looked for."""

SKIN_WIDTH = 0.016  # of the image's width: about 2 mm where it shows 13 cm; skin is 0.5 to 2 mm thick, its line thicker
TAIL = 0.4  # of the way from the breast's upper end to the level of its foremost point
SLIVER, CLEAR = 0.02, 0.8  # share of the image, `Pectoral.contrast`
FOREMOST = 0.01  # of the image's width: so near to the foremost column counts as the foremost point


def part_masks(image: ndarray, parts: Sequence[str]) -> ndarray:
    """Where parts of the breast are.

    Args:
        image: [H, W] float, 0 (black) to 1 (white), the chest wall at the right edge, H and W SMALLEST or more.
        parts: some of PARTS, each once.

    Returns:
        [len(parts), H, W] bool; no pixel is in two of them, whichever are asked for.
    """
    if not parts:
        return np.zeros((0, *image.shape), bool)
    breast = breast_mask(image)
    skin = _skin(breast)
    muscle = _muscle(image, breast)
    triangle = triangle_mask(muscle, image.shape) & breast & ~skin
    found = {SKIN: skin, PECTORAL_MUSCLE: triangle}
    above = np.arange(len(image))[:, None] < _tail_end(breast)
    found[AXILLARY_TAIL] = breast & above & ~triangle & ~skin & muscle.present
    return np.stack([found[part] for part in parts])


def _skin(breast: ndarray) -> ndarray:
    """[H, W] bool, pixels of the breast within the band."""
    # Dark corners between breast and chest wall are no air in front of it.
    solid = np.logical_or.accumulate(breast, axis=1)
    # The border of the picture cuts the breast, it has no skin there.
    depth = np.asarray(ndimage.distance_transform_edt(np.pad(solid, 1, mode="edge")))[1:-1, 1:-1]
    return breast & (depth <= max(1, round(SKIN_WIDTH * breast.shape[1]))) & ~solid.all()


def _muscle(image: ndarray, breast: ndarray) -> Pectoral:
    found = pectoral(image, breast)
    return found if found.area >= SLIVER or found.contrast > CLEAR else Pectoral(0.0, 0.0, 0.0)


def _tail_end(breast: ndarray) -> float:
    """Row at which the axillary tail ends; 0 without a breast."""
    rows, columns = np.nonzero(breast)
    if not len(rows):
        return 0.0
    level = rows[columns <= columns.min() + FOREMOST * breast.shape[1]].mean()
    return float(rows.min() + TAIL * (level - rows.min()))
