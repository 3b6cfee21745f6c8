"""Does what was exported compute what was trained? Asked before a bundle is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.errors import TrainingError
from training.export import onnx_files
from training.export.golden import GoldenCases
from training.export.onnx_files import Array

LATENTS_FLOOR = 1e-4  # tolerances that other processors need at least, in w and styles
IMAGE_FLOOR = 2e-3  # and in image values, whose range is about -1 to 1: half of an 8-bit grey level
MARGIN = 10.0  # tolerance = this times the largest difference seen here, or the floor
LIMIT = 1e-3  # share of the largest magnitude; a greater difference is a fault of the export, not a rounding


class ExportError(TrainingError):
    """An exported graph does not compute what the trained network computes."""


@dataclass(frozen=True)
class Differences:
    """Largest absolute differences between PyTorch and ONNX Runtime."""

    latents: float  # in w and styles
    image: float

    @property
    def latents_tolerance(self) -> float:
        return _rounded(max(LATENTS_FLOOR, MARGIN * self.latents))

    @property
    def image_tolerance(self) -> float:
        return _rounded(max(IMAGE_FLOOR, MARGIN * self.image))


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")


def verify(models: Mapping[str, bytes], golden: GoldenCases, noise: Array) -> Differences:
    """Replay the golden cases in ONNX Runtime, as one batch and one by one.

    Args:
        models: ONNX bytes of "mapping", "affine" and "synthesis".
        golden: expected values, computed by PyTorch.
        noise: the constant maps [num_noise].

    Raises:
        ExportError: a value is off by more than rounding, or an image depends on the images beside it.
    """
    mapping, affine, synthesis = (onnx_files.session(models[name]) for name in ("mapping", "affine", "synthesis"))
    count = len(golden.seeds)
    w = onnx_files.run(mapping, z=golden.z)[0]
    styles = onnx_files.run(affine, ws=golden.ws)[0]
    noise_rows = np.repeat(noise[None], count, axis=0)
    images, features = onnx_files.run(synthesis, styles=styles, noise=noise_rows)
    for index in range(count):
        row = slice(index, index + 1)
        alone = [
            *onnx_files.run(mapping, z=golden.z[row]),
            *onnx_files.run(affine, ws=golden.ws[row]),
            *onnx_files.run(synthesis, styles=styles[row], noise=noise_rows[row]),
        ]
        for name, one, all_of_them in zip(
            ("w", "styles", "image", "features"), alone, (w, styles, images, features), strict=True
        ):
            if not np.array_equal(one, all_of_them[row]):
                raise ExportError(f"{name} of golden case {index} differs when it is computed in a batch of {count}")
    pairs = {"w": (w, golden.w), "styles": (styles, golden.styles), "image": (golden.crop(images), golden.image)}
    differences = {name: _difference(name, *pair) for name, pair in pairs.items()}
    return Differences(max(differences["w"], differences["styles"]), differences["image"])


def _difference(name: str, found: Array, expected: Array) -> float:
    if found.shape != expected.shape:
        raise ExportError(f"{name} has the shape {found.shape} in ONNX Runtime and {expected.shape} in PyTorch")
    difference = float(np.abs(found - expected).max())
    allowed = LIMIT * max(1.0, float(np.abs(expected).max()))
    if not difference <= allowed:
        raise ExportError(
            f"{name} differs by {difference:.3g} between ONNX Runtime and PyTorch; allowed: {allowed:.3g}"
        )
    return difference
