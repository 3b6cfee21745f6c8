"""Radiomic features of the breast: first order, grey-level co-occurrence, shape.

Definitions follow scikit-image (co-occurrence, regions) and the Image Biomarker Standardisation Initiative
(arXiv:1612.07003). PyRadiomics is not used: its releases do not build in a clean environment of a current Python.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from skimage.feature import graycomatrix, graycoprops
from skimage.measure import regionprops

from mammoganesis.pictures.breast import tissue_level
from mammoganesis.pictures.markers import label_components

NAME = "radiomics (first order, GLCM and shape of the breast; scikit-image)"
LEVELS = 32  # grey levels of the co-occurrence matrices: bins of 8 grey values
DISTANCES = (1, 2, 4)  # pixels
ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
PERCENTILES = (10, 25, 50, 75, 90)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "ASM", "correlation")
SMALLEST_MASK = 16  # pixels; an image with less tissue is measured as a whole
SHAPES = ("area", "eccentricity", "solidity", "extent", "perimeter", "axis_major_length", "axis_minor_length")

FIRST_ORDER_NAMES = ("mean", "deviation", "skewness", "kurtosis", "minimum", "maximum", "mean absolute deviation",
                     "robust range", "energy", "entropy", "uniformity",
                     *(f"percentile {p}" for p in PERCENTILES))  # fmt: skip
GLCM_NAMES = tuple(
    f"{name} at {distance}"
    for distance in DISTANCES
    for name in (*PROPERTIES, "entropy", "cluster shade", "cluster prominence", "joint maximum")
)
SHAPE_NAMES = (*SHAPES, "centroid row", "centroid column", "orientation")
NAMES = (*FIRST_ORDER_NAMES, *(f"glcm {n}" for n in GLCM_NAMES), *(f"shape {n}" for n in SHAPE_NAMES))


def breast_mask(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The largest object brighter than the background, [H, W]; the whole image where there is none."""
    labels, areas = label_components(image > tissue_level(image))
    mask = labels == int(areas.argmax()) if len(areas) > 1 else np.zeros(image.shape, bool)
    return mask if mask.sum() >= SMALLEST_MASK else np.ones(image.shape, bool)


def features(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[H, W] uint8 -> one value per entry of NAMES, float64. Lengths are in image sizes, so all lie in like ranges."""
    mask = breast_mask(image)
    return np.concatenate([_first_order(image, mask), _co_occurrence(image, mask), _shape(mask)])


def of_images(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[N, C, H, W] uint8 -> [N, len(NAMES)] float64; channels are averaged."""
    grey = np.rint(images.astype(np.float32).mean(axis=1)).astype(np.uint8)
    return np.stack([features(image) for image in grey])


def _entropy(shares: NDArray[np.float64]) -> float:
    """In bits."""
    positive = shares[shares > 0]
    return float(-(positive * np.log2(positive)).sum())


def _first_order(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    values = image[mask].astype(np.float64)
    deviation = values.std()
    histogram = np.bincount(image[mask].astype(np.int64) * LEVELS // 256, minlength=LEVELS) / len(values)
    low, high = np.percentile(values, [10, 90])
    flat = deviation < 1e-9  # higher moments of a constant are undefined; 0 stands for them
    return np.array(
        [
            values.mean(),
            deviation,
            0.0 if flat else stats.skew(values),
            0.0 if flat else stats.kurtosis(values),
            values.min(),
            values.max(),
            np.abs(values - values.mean()).mean(),
            high - low,
            np.square(values).mean(),
            _entropy(histogram),
            np.square(histogram).sum(),
            *np.percentile(values, PERCENTILES),
        ]
    )


def _co_occurrence(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Pairs with both pixels in the mask: everything else gets a level of its own, which is then cut away."""
    levels = np.where(mask, image.astype(np.int64) * LEVELS // 256 + 1, 0).astype(np.uint8)
    counts = graycomatrix(levels, DISTANCES, ANGLES, levels=LEVELS + 1, symmetric=True)[1:, 1:].astype(np.float64)
    matrices = counts.sum(axis=3, keepdims=True)  # all angles together: [levels, levels, distances, 1]
    matrices /= np.maximum(matrices.sum(axis=(0, 1), keepdims=True), 1.0)
    parts = [graycoprops(matrices, name)[:, 0] for name in PROPERTIES]
    rows, columns = np.indices((LEVELS, LEVELS)).astype(np.float64)
    others = []
    for index in range(len(DISTANCES)):
        shares = matrices[:, :, index, 0]
        offset = rows + columns - 2 * (rows * shares).sum()  # symmetric: both margins have this mean
        prominence = (offset**4 * shares).sum()
        others.append([_entropy(shares), (offset**3 * shares).sum(), prominence, shares.max()])
    return np.concatenate([np.stack(parts, axis=1), np.array(others)], axis=1).ravel()


def _shape(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    [region] = regionprops(mask.astype(np.uint8))
    size = float(max(mask.shape))
    unit = {"area": size**2, "perimeter": size, "axis_major_length": size, "axis_minor_length": size}
    values = [float(region[name]) / unit.get(name, 1.0) for name in SHAPES]
    row, column = region.centroid
    # Turned by half a circle an orientation is the same; the sine of twice the angle is continuous there.
    return np.array([*values, row / size, column / size, np.sin(2 * region.orientation)])
