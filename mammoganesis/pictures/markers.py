"""What lies beside a breast and is none of it: burned-in letters, stickers, specks of dust. Pure functions.

The breast is the largest object. What a window may have cut off from it stays: a nipple, bits of the skin line, islands
between skin and chest wall, and what lies at the chest wall, as the axilla does. So do letters that touch the breast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from mammoganesis.pictures.morphology import grown

SHARE = 0.20  # of the breast's area; a larger object is another part of it
BRIGHT = 100.0  # grey value that some pixel of a letter has
NEAR = 0.03  # of the height; tissue that has come off the breast lies so near to it
LINE = 0.015  # of the height; bright objects so near to each other are letters of one line
SMALLEST_SHARE = 1e-4  # of the image; smaller objects near the breast are bits of its skin line
WALL_SHARE = 0.3  # of the breast's height; at the chest wall a column has more of it
NIPPLE_HEIGHT = 0.12  # of the height; a nipple is lower,
NIPPLE_FILL = 0.6  # fills this share of its box,
NIPPLE_ASPECT = 3.0  # is at most so many times as high as wide or as wide as high,
NIPPLE_PLACE = 0.2  # and lies not in this share of the breast at either end of it
RIM = 250  # parts of the height; compression leaves a faint rim of one part around a letter


def label_components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Connected components (8 neighbours) of a boolean image.

    Returns:
        labels [H, W] int32 with 0 for background, and areas [components + 1] in pixels (areas[0] is 0).
    """
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)), output=np.int32)  # type: ignore[misc]
    return labels, np.bincount(labels[mask], minlength=count + 1)  # the mask alone: nothing of it has label 0


def remove_markers(values: np.ndarray, level: float) -> tuple[np.ndarray, int]:
    """Black out what lies beside the breast and is none of it.

    Args:
        values: [H, W] grey values.
        level: above it a pixel is tissue or part of a marker.

    Returns:
        values [H, W] of the same dtype, and the number of places where something bright was: a line of letters is one.
    """
    labels, areas = label_components(values > level)
    if len(areas) <= 2:
        return values, 0
    breast = int(areas.argmax())
    whole = labels == breast
    beside = _Pixels.of(labels, (labels > 0) & ~whole)
    bright = beside.objects_at(values[beside.rows, beside.columns] >= BRIGHT, areas)
    around = _around(whole, beside)
    near, wholly_near = beside.objects_at(around, areas), ~beside.objects_at(~around, areas)
    removed = (areas < SHARE * areas[breast]) & ~_tissue(whole, beside, areas)
    removed[0] = False
    ours = removed.copy()
    removed &= ~near | (bright & ~wholly_near & (areas >= SMALLEST_SHARE * values.size))
    removed &= ~(near & _nipples(labels, areas, breast, removed))
    letters = beside.mask(removed & bright & ~near)
    if letters.any():
        line = grown(letters, max(1, round(LINE * len(values))))
        removed |= ours & bright & near & beside.objects_at(line[beside.rows, beside.columns], areas)
    if not removed.any():
        return values, 0
    return _blackened(values, whole, beside, removed, bright)


@dataclass(frozen=True)
class _Pixels:
    """Pixels of objects: few, compared with the image, so that all questions are asked of them alone."""

    shape: tuple[int, ...]  # of the image
    rows: np.ndarray  # [N]
    columns: np.ndarray  # [N]
    numbers: np.ndarray  # [N], of their objects

    @classmethod
    def of(cls, labels: np.ndarray, mask: np.ndarray) -> _Pixels:
        rows, columns = np.nonzero(mask)
        return cls(labels.shape, rows, columns, labels[rows, columns])

    def objects_at(self, places: np.ndarray, areas: np.ndarray) -> np.ndarray:
        """Which objects have one of these pixels [N] boolean: [objects] boolean."""
        return np.bincount(self.numbers[places], minlength=len(areas)) > 0

    def mask(self, objects: np.ndarray) -> np.ndarray:
        """The pixels of some objects as a boolean image [H, W]."""
        mask, chosen = np.zeros(self.shape, bool), objects[self.numbers]
        mask[self.rows[chosen], self.columns[chosen]] = True
        return mask


def _around(whole: np.ndarray, beside: _Pixels) -> np.ndarray:
    """Which pixels lie near the breast, to a thousandth of the height. [N] boolean."""
    step = max(1, len(whole) // 1000)
    around = grown(whole[::step, ::step], max(1, round(NEAR * len(whole) / step)))
    return around[beside.rows // step, beside.columns // step]


def _blackened(
    values: np.ndarray, whole: np.ndarray, beside: _Pixels, removed: np.ndarray, bright: np.ndarray
) -> tuple[np.ndarray, int]:
    """The image without some objects and the rims around them, and the number of places where bright ones were."""
    radius, reach = max(1, len(values) // RIM), max(1, round(LINE * len(values)))
    gone = beside.mask(removed)
    box = _box(gone, 2 * max(radius, reach))
    kept = whole[box] | beside.mask(~removed)[box]
    black = gone[box] | (grown(gone[box], radius) & ~grown(kept, radius))
    values = values.copy()
    values[box][black] = 0
    places = label_components(grown(beside.mask(removed & bright)[box], reach))
    return values, len(places[1]) - 1


def _tissue(whole: np.ndarray, beside: _Pixels, areas: np.ndarray) -> np.ndarray:
    """Which objects lie between the breast and the chest wall, or at the chest wall: a window has cut them off."""
    columns = whole.sum(axis=0)
    there = np.flatnonzero(columns)
    outer = len(there) // 10 + 1
    if columns[there[:outer]].sum() < columns[there[-outer:]].sum():  # mirrored, it is to the left
        mirrored = replace(beside, columns=whole.shape[1] - 1 - beside.columns)
        return _tissue(whole[:, ::-1], mirrored, areas)
    wide = np.flatnonzero(columns >= WALL_SHARE * columns.max())
    edge, strip = int(there[0]), outer // 5 + 1
    reach = np.where(whole.any(axis=1), whole.shape[1] - 1 - whole[:, ::-1].argmax(axis=1), -1)
    inside = (beside.columns >= edge) & (beside.columns <= reach[beside.rows])
    at_wall = (beside.columns >= edge - strip) & (beside.columns < wide[0] + strip)
    within = np.bincount(beside.numbers[inside], minlength=len(areas))
    return beside.objects_at(at_wall, areas) | (within > areas / 2)


def _nipples(labels: np.ndarray, areas: np.ndarray, breast: int, asked: np.ndarray) -> np.ndarray:
    """Which of the objects that are asked for look like a nipple: a small blob before the middle of the breast."""
    found = np.zeros(len(areas), bool)
    boxes = ndimage.find_objects(labels)
    whole = boxes[breast - 1][0]
    margin = NIPPLE_PLACE * (whole.stop - whole.start)
    for number in np.flatnonzero(asked):
        rows, columns = boxes[number - 1]
        height, width = rows.stop - rows.start, columns.stop - columns.start
        middle = (rows.start + rows.stop) / 2
        found[number] = (
            height <= NIPPLE_HEIGHT * len(labels)
            and max(height, width) <= NIPPLE_ASPECT * min(height, width)
            and areas[number] >= NIPPLE_FILL * height * width
            and whole.start + margin <= middle <= whole.stop - margin
        )
    return found


def _box(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns of a boolean image that is not empty, with a margin around them."""
    ends = [np.flatnonzero(mask.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    rows, columns = (slice(max(0, int(first) - margin), int(last) + margin + 1) for first, last in ends)
    return rows, columns
