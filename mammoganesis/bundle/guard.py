"""What tells a copy of a training image: features of an image, held against those of the training images.

A bundle may hold a network guard.onnx, image [N, C, R, R] -> features [N, V, D], and the features of its training
images, guard.npz, [M, D]. Every row has length 1. The V rows of an image are views of it, moved a little each; a
training image is there in one view. The distance of two rows is sqrt(2 - 2 r), r their product: 0 for a copy, 1.41 for
nothing in common; that of an image is the least of all its views to all training images.

There are no images in the index, but it tells of them: who holds an image can find out whether it is one of them, and
who has other mammograms can compute a coarse likeness (docs/decisions/0073).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import ndarray

from mammoganesis.bundle.npz import Arrays
from mammoganesis.bundle.sessions import Session
from mammoganesis.bundle.v1.manifest_pb2 import BundleManifest
from mammoganesis.errors import BundleError

MAX_DISTANCE = 2**0.5  # of what has nothing in common
TOLERANCE = 1e-3  # of the numbers in a row, between two machines that compute in float32
_LENGTH_TOLERANCE = 5e-3  # of a row in float16
_GOLDEN_SEED = 0


@dataclass(frozen=True, eq=False)
class GuardIndex:
    """The training images, as far as a bundle knows them."""

    features: ndarray  # [M, D] float32, rows of length 1; kept in float16
    golden: ndarray  # [V, D] float32: the features of `golden_image`

    def arrays(self) -> dict[str, Any]:
        """What guard.npz holds."""
        return {"features": self.features.astype(np.float16), "golden": self.golden.astype(np.float32)}


def read_guard(arrays: Arrays, manifest: BundleManifest) -> GuardIndex:
    """guard.npz, judged."""
    said = manifest.guard
    index = GuardIndex(
        features=arrays.floats("features", [said.images, said.num_features], half=True),
        golden=arrays.floats("golden", [said.num_views, said.num_features]),
    )
    for name, rows in (("features", index.features), ("golden", index.golden)):
        lengths = np.linalg.norm(rows.astype(np.float64), axis=1)
        worst = int(np.abs(lengths - 1).argmax())
        if abs(lengths[worst] - 1) > _LENGTH_TOLERANCE:
            allowed = f"expected 1 within {_LENGTH_TOLERANCE:g}"
            raise arrays.fail(f"{name}[{worst}] has the length {lengths[worst]:.6g}; {allowed}")
    return index


def golden_image(shape: Sequence[int]) -> ndarray:
    """The image whose features a bundle tells: numbers from -1 to 1, [C, R, R] float32."""
    return np.random.RandomState(_GOLDEN_SEED).uniform(-1, 1, shape).astype(np.float32)


def least_distance(views: ndarray, features: ndarray) -> float:
    """Of the views [V, D] of an image to the nearest of rows [M, D], all of length 1: 0 to 2."""
    return float(np.sqrt(max(0.0, 2.0 - 2.0 * float((views @ features.T).max()))))


class Guard:
    """Tells which images are too near to a training image.

    Args:
        session: guard.onnx.
        index: of the same bundle.
        limit: distance below which an image is too near.
    """

    def __init__(self, session: Session, index: GuardIndex, limit: float) -> None:
        self._session, self._index, self.limit = session, index, limit

    def views(self, image: ndarray) -> ndarray:
        """Features [V, D] float32 of an image [C, R, R] float32, about -1 to 1. One image a call: the same bits
        whatever else is being computed."""
        feeds = {"image": np.ascontiguousarray(image, dtype=np.float32)[None]}
        return self._session.run(feeds, ["features"])[0][0]

    def distance(self, image: ndarray) -> float:
        """To the nearest training image."""
        return least_distance(self.views(image), self._index.features)

    def is_too_near(self, image: ndarray) -> bool:
        """Whether it is nearer to a training image than the limit."""
        return self.distance(image) < self.limit

    def check_golden(self) -> None:
        """Raises BundleError when the network computes something else here than where it was exported."""
        channels, height, width = self._session.inputs["image"]
        found = self.views(golden_image((channels, height, width)))
        difference = float(np.abs(found - self._index.golden).max())
        if not difference <= TOLERANCE:  # NaN compares false
            raise BundleError(
                self._session.path, f"features of the golden image differ by {difference:.3g}; allowed: {TOLERANCE:g}"
            )
