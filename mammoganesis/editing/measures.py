"""What can be measured on a mammogram: pure functions of one image in the aligned pose.

Images are [H, W] floats from 0 (black) to 1 (white), H and W 16 or more, the chest wall at the right edge, the
background black. Nothing here is a clinical measure: the numbers tell images apart, and whether an edit changes what
its name says. Every function gives a finite number for every image, a blank one included, except angles, which are NaN
where no pectoral muscle is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoganesis.editing.segmentation import breast_mask

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]

SEEDS_BY = ("breast_area", "dense_share", "dense_spread", "mean_intensity", "pectoral_area", "texture")
"""Of all measures those by which seeds are found: one of each thing that a reader sees."""

TOP = 0.06  # share of the breast's rows that count as its upper end
GRID = 64  # the muscle is looked for at this height and width
BAND = 0.07  # width of the strips on both sides of the muscle's border, share of the height
OTSU_BINS = 256
PRESENT = 0.5  # pectoral_contrast above which a muscle counts as seen, see tests and `evaluate directions`
INSIDE = 0.9  # share of the muscle's triangle that must be tissue


@cache
def _lines(size: int) -> tuple[NDArray, NDArray, NDArray]:
    """Candidate borders of the muscle on a grid of size x size.

    Each runs from the upper edge, `width` left of the chest wall, to the chest wall, `height` below the upper edge
    (both as shares of the image). Returns widths [L], heights [L], strips inside and outside and triangles, [3, L,
    size * size], as weights that give means.
    """
    centre = (np.arange(size) + 0.5) / size
    from_wall, y = 1 - centre[None, :], centre[:, None]
    widths, heights, weights = [], [], []
    for width in np.arange(0.08, 0.62, 0.04):
        for height in np.arange(0.2, 1.3, 0.06):
            if not 12 <= np.degrees(np.arctan2(width, height)) <= 60:
                continue
            # Distance to the line, positive on the muscle's side.
            distance = (1 - from_wall / width - y / height) / np.hypot(1 / width, 1 / height)
            parts = [(distance > 0) & (distance < BAND), (distance < 0) & (distance > -BAND), distance > 0]
            if min(part.sum() for part in parts) < 4:
                continue
            widths.append(width)
            heights.append(height)
            weights.append([np.asarray(part).ravel() / part.sum() for part in parts])
    return np.array(widths), np.array(heights), np.array(weights).transpose(1, 0, 2)


@dataclass(frozen=True)
class Pectoral:
    """The triangle between the upper edge, the chest wall and a line, that looks most like a pectoral muscle."""

    contrast: float  # brightness step across its border over the scatter along it; above PRESENT: a muscle
    width: float  # along the upper edge, share of the image's width; 0 without a muscle
    height: float  # along the chest wall, share of the image's height; 0 without a muscle

    @property
    def present(self) -> bool:
        return self.contrast > PRESENT

    @property
    def angle(self) -> float:
        """Between the muscle's border and the chest wall, degrees; NaN without a muscle."""
        return float(np.degrees(np.arctan2(self.width, self.height))) if self.present else float("nan")

    @property
    def area(self) -> float:
        """Share of the image; 0 without a muscle."""
        if not self.present:
            return 0.0
        cut = max(0.0, 1 - 1 / self.height) * self.width * (self.height - 1) / 2  # below the lower edge
        return self.width * self.height / 2 - cut


def pectoral(image: Image, mask: Mask | None = None) -> Pectoral:
    """Look for the muscle in the upper corner at the chest wall.

    Among straight borders the one with the largest step from the strip inside to the strip outside, in units of the
    scatter within both, is taken; its triangle must hold tissue only.
    """
    mask = breast_mask(image) if mask is None else mask
    size = min(GRID, *image.shape)
    zoom = (size / image.shape[0], size / image.shape[1])
    smooth = ndimage.gaussian_filter(image.astype(np.float64), sigma=(0.5 / zoom[0], 0.5 / zoom[1]))
    small, tissue = (
        np.asarray(ndimage.zoom(part, zoom, order=1, grid_mode=True, mode="nearest")).ravel()
        for part in (smooth, mask.astype(np.float64))
    )
    widths, heights, (inside, outside, triangle) = _lines(size)
    mean_in, mean_out = inside @ small, outside @ small
    scatter = (inside @ small**2 - mean_in**2) + (outside @ small**2 - mean_out**2)
    contrast = (mean_in - mean_out) / np.sqrt(np.maximum(scatter, 0) + 0.02**2)
    contrast[triangle @ tissue < INSIDE] = 0
    best = int(contrast.argmax())
    if contrast[best] <= 0:
        return Pectoral(0.0, 0.0, 0.0)
    return Pectoral(float(contrast[best]), float(widths[best]), float(heights[best]))


def triangle_mask(muscle: Pectoral, shape: tuple[int, ...]) -> Mask:
    """Pixels of the muscle's triangle: none without a muscle."""
    if not muscle.present:
        return np.zeros(shape, dtype=bool)
    y = (np.arange(shape[0])[:, None] + 0.5) / shape[0]
    from_wall = 1 - (np.arange(shape[1])[None, :] + 0.5) / shape[1]
    return np.asarray(from_wall / muscle.width + y / muscle.height < 1)


def measure(image: Image) -> dict[str, float]:
    """All measures of one image, by name. Shares are of the image or, of dense tissue, of the breast without muscle."""
    image = np.clip(np.nan_to_num(image.astype(np.float64)), 0, 1)
    mask = breast_mask(image)
    muscle = pectoral(image, mask)
    values = image[mask]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    extent = mask[rows].sum(axis=1)
    mean = float(values.mean()) if len(values) else 0.0
    tissue = mask & ~triangle_mask(muscle, image.shape)
    inner = np.asarray(ndimage.binary_erosion(mask, iterations=max(1, len(image) // 32)), dtype=bool)
    dense = image > dense_threshold(image[tissue])
    detail = image - ndimage.gaussian_filter(image, sigma=len(image) / 64)
    return {
        "breast_area": float(mask.mean()),
        "height": len(rows) / image.shape[0],
        "width": len(columns) / image.shape[1],
        "centroid_y": float((np.nonzero(mask)[0].mean() + 0.5) / len(image)) if len(rows) else 0.5,
        "top_width": float(extent[: max(1, round(TOP * len(extent)))].mean() / extent.max()) if len(rows) else 0.0,
        "mean_intensity": mean,
        "dense_share": dense_share(image[tissue]),
        "dense_spread": dense_spread(dense & tissue, tissue),
        "contrast": float(values.std() / mean) if mean > 0 else 0.0,
        "texture": float(np.sqrt(np.mean(np.square(detail[inner])))) if inner.any() else 0.0,
        "pectoral_contrast": muscle.contrast,
        "pectoral_area": muscle.area,
        "pectoral_angle": muscle.angle,
    }


def dense_threshold(values: NDArray[np.floating]) -> float:
    """The threshold that separates the values best (Otsu 1979, over 256 levels between the smallest and the largest);
    infinite where they hardly differ."""
    if len(values) < 2 or values.std() < 0.02:
        return float("inf")
    counts, edges = np.histogram(values, OTSU_BINS)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum(), (counts * centres).cumsum()
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * np.square(sums / below - (sums[-1] - sums) / above)
    return float(centres[np.nanargmax(between[:-1])])


def dense_share(values: NDArray[np.floating]) -> float:
    """Share of the values above their best threshold, 0 to 1; 0 where they hardly differ."""
    return float(np.mean(values > dense_threshold(values))) if len(values) else 0.0


def dense_spread(dense: Mask, tissue: Mask) -> float:
    """Root mean square distance of the dense pixels from their own centre, over that of all tissue from its: about 1
    where density lies all over the breast, towards 0 where it is one spot; 0 without any. Hardly follows the share."""
    if not dense.any():
        return 0.0
    spreads = [float(np.sqrt(np.var(np.argwhere(mask), axis=0).sum())) for mask in (dense, tissue)]
    return spreads[0] / max(spreads[1], 1.0)
