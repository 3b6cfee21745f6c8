"""Attributes of images by which directions are judged: what is measured (`mammoganesis.editing.measures`), and the view
score, which has to be fitted first (`training.evaluation.view`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.editing.measures import measure


@dataclass(frozen=True)
class Attribute:
    """One measured quantity."""

    name: str
    unit: str
    noun: str  # name of a direction along which it grows
    weight: float  # 0 to 1: how gladly a direction is named after it
    floor: float  # differences below it mean nothing


ATTRIBUTES = (
    Attribute("breast_area", "share of the image", "size", 1.0, 0.01),
    Attribute("height", "share of the image's height", "height", 0.6, 0.01),
    Attribute("width", "share of the image's width", "depth", 0.6, 0.01),
    Attribute("centroid_y", "share of the height, from the top", "descent", 0.6, 0.005),
    Attribute("top_width", "width of the upper end over the largest width", "view", 1.0, 0.02),
    Attribute("mean_intensity", "0 to 1, inside the breast", "brightness", 1.0, 0.005),
    Attribute("dense_share", "share of the breast without muscle, above its Otsu threshold", "density", 1.0, 0.01),
    Attribute("dense_spread", "distance of dense tissue from its centre over that of the breast", "scatter", 0.8, 0.01),
    Attribute("contrast", "standard deviation over mean inside the breast", "contrast", 0.8, 0.01),
    Attribute("texture", "root mean square of fine detail inside the breast", "texture", 0.8, 0.002),
    Attribute("pectoral_contrast", "step over scatter; above 0.5 a muscle is seen", "view", 1.0, 0.05),
    Attribute("pectoral_area", "share of the image", "view", 1.0, 0.005),
    Attribute("pectoral_angle", "degrees to the chest wall", "muscle-angle", 0.4, 1.0),
    Attribute("view_score", "-1: as CC views are in the mean, 1: as MLO views are", "view", 1.0, 0.05),
)
NAMES = tuple(attribute.name for attribute in ATTRIBUTES)
# What a direction must hold still unless it is what it moves: one measure of each thing that a reader sees.
SIDES = ("breast_area", "dense_share", "dense_spread", "mean_intensity", "pectoral_area", "view_score", "texture")


def measure_all(images: NDArray[np.floating]) -> NDArray[np.float64]:
    """Attributes of many images: [N, H, W], 0 to 1 -> [N, len(ATTRIBUTES)] in the order of NAMES."""
    rows = []
    for image in images:
        found = measure(image)
        rows.append([found.get(name, float("nan")) for name in NAMES])
    return np.array(rows, dtype=np.float64).reshape(-1, len(NAMES))
