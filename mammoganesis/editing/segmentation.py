"""Which region every pixel belongs to: the clustered activations, brought to the image's size along its edges.

A region catalogue knows the directions of activations on a coarse grid. The scores of the regions there are made as
smooth as the image's size allows and then follow the edges of the image by a guided filter (He, Sun and Tang 2013,
"Guided image filtering"): within a small window each score is a linear function of the grey values, so that it steps
where they step. Regions of tissue end at the skin line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy import ndarray
from scipy import ndimage

TISSUE = 0.07  # smoothed intensity, 0 to 1, above which a pixel is breast; the background is below 0.03
SOFTNESS = 0.1  # difference of two cosines that makes one region e times as likely as the other
EDGE_VARIANCE = 0.004  # of the intensities, 0 to 1, in a window from which on their edges are followed


def cosines(features: ndarray, centroids: ndarray) -> ndarray:
    """How much the activations point along each region's direction.

    Args:
        features: [..., Cf, g, g] float32, activations of the clustered layer.
        centroids: [k, Cf] float32, unit rows.

    Returns:
        [..., k, g, g] float32, -1 to 1; 0 where all activations are 0.
    """
    length = np.linalg.norm(features, axis=-3, keepdims=True)
    unit = features / np.where(length > 0, length, 1)
    scores = centroids @ unit.reshape(*unit.shape[:-2], -1)
    return scores.reshape(*scores.shape[:-1], *features.shape[-2:])


def cells(features: ndarray, centroids: ndarray) -> ndarray:
    """Region of each cell of an image, or of several: the centroid of the largest cosine.

    Args:
        features: [..., Cf, g, g] float32, activations of the clustered layer.
        centroids: [k, Cf] float32, unit rows, k up to 255.

    Returns:
        labels, [..., g, g] uint8.
    """
    return cosines(features, centroids).argmax(axis=-3).astype(np.uint8)


def grey_values(image: ndarray) -> ndarray:
    """[C, H, W] float32, -1 (black) to 1 (white) -> [H, W] float64, 0 to 1."""
    return np.clip((image.mean(axis=0, dtype=np.float64) + 1) / 2, 0, 1)


def label_map(image: ndarray, features: ndarray, centroids: ndarray, background: Sequence[int] = ()) -> ndarray:
    """Region of each pixel of an image, of the clusters alone.

    Args:
        image: [C, H, W] float32, -1 (black) to 1 (white), H and W multiples of g.
        features: [Cf, g, g] float32, activations of the clustered layer.
        centroids: [k, Cf] float32, unit rows, k up to 255.
        background: regions that are not the breast. They get all pixels outside the breast, and none within. Empty, or
            all: the skin line is an edge like others.

    Returns:
        labels, [H, W] uint8.
    """
    grey = grey_values(image)
    scores = cosines(features, centroids).astype(np.float64)
    likely = np.exp((scores - scores.max(axis=0)) / SOFTNESS)
    likely /= likely.sum(axis=0)
    zoom = (grey.shape[0] / likely.shape[1], grey.shape[1] / likely.shape[2])
    smooth = np.stack([np.asarray(ndimage.zoom(row, zoom, order=1, grid_mode=True, mode="nearest")) for row in likely])
    followed = guided(grey, smooth, window=2 * max(1, round(zoom[0] / 2)) + 1)
    outside = np.isin(np.arange(len(followed)), background)
    if 0 < outside.sum() < len(outside):
        breast = breast_mask(grey)
        followed[outside[:, None, None] == breast] = -np.inf
    return followed.argmax(axis=0).astype(np.uint8)


def guided(guide: ndarray, maps: ndarray, window: int) -> ndarray:
    """Maps smoothed within windows, with their steps where the guide has its own (He et al. 2013, equations 5 to 8).

    Args:
        guide: [H, W] float64, 0 to 1.
        maps: [k, H, W] float64.
        window: width of the windows in pixels, odd.

    Returns:
        [k, H, W] float64. Maps that add up to 1 at each pixel do so afterwards.
    """

    def mean(values: ndarray) -> ndarray:
        return ndimage.uniform_filter(values, window, mode="nearest", axes=(-2, -1))

    guide_mean, maps_mean = mean(guide), mean(maps)
    variance = mean(guide * guide) - guide_mean**2
    slope = (mean(maps * guide) - maps_mean * guide_mean) / (variance + EDGE_VARIANCE)
    return mean(slope) * guide + mean(maps_mean - slope * guide_mean)


def breast_mask(image: ndarray) -> ndarray:
    """The largest connected bright area without holes, up to the chest wall; nothing where there is none.

    Args:
        image: [H, W] float, 0 (black) to 1 (white), the chest wall at the right edge.

    Returns:
        [H, W] bool.
    """
    smooth = ndimage.gaussian_filter(image.astype(np.float64), sigma=len(image) / 128)
    labels, count = ndimage.label(smooth > TISSUE)  # type: ignore[misc]
    if count == 0:
        return np.zeros(image.shape, dtype=bool)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    mask = labels == sizes.argmax()
    # Dark fat at the chest wall is a hole too: a column beyond the edge closes it.
    rows = np.flatnonzero(mask[:, -1])
    wall = np.zeros((len(mask), 1), dtype=bool)
    if len(rows):
        wall[rows[0] : rows[-1] + 1] = True
    return np.asarray(ndimage.binary_fill_holes(np.hstack([mask, wall])), dtype=bool)[:, :-1]
