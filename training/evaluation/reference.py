"""What attributes are like in images that nobody edited: their spread, their range, and how a view is told.

Of a prepared set, real images; without one, untruncated samples of the network itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import ConfigurationError
from mammoganesis.terminal.progress import progress
from training.data.dataset import Dataset, label_fields_of
from training.evaluation import view
from training.evaluation.attributes import ATTRIBUTES, NAMES, SIDES, measure_all
from training.evaluation.network import BATCH, Network, codes

Floats = NDArray[np.float64]
REFERENCE_IMAGES = 300  # samples, where no real images are given
SEEDS_OF_REFERENCE = 1_000_000  # first seed of these samples: away from those that are edited
RANGE = (1.0, 99.0)  # percentiles between which an attribute counts as usual
_SIDES = [NAMES.index(name) for name in SIDES]


@dataclass(frozen=True)
class Reference:
    """Attributes over images that were not edited; A = len(ATTRIBUTES)."""

    mean: Floats  # [A]
    deviation: Floats  # [A], at least each attribute's floor
    low: Floats  # [A], 1st percentile, less the attribute's floor
    high: Floats  # [A], 99th percentile, and the floor
    view: view.ViewScore | None  # None: nobody knows the views of the images
    images: int
    of: str  # what the images are, for people

    @classmethod
    def of_values(cls, values: Floats, of: str, score: view.ViewScore | None = None) -> Reference:
        """Of measured images [N, A]. An attribute that was measured in none of them is unbounded."""
        values = values if score is None else score.into(values)
        floors = np.array([attribute.floor for attribute in ATTRIBUTES])
        count = values.shape[1]
        mean, deviation = np.zeros(count), np.zeros(count)
        low, high = np.full(count, -np.inf), np.full(count, np.inf)
        there = np.isfinite(values).any(axis=0)
        mean[there], deviation[there] = np.nanmean(values[:, there], 0), np.nanstd(values[:, there], 0)
        low[there], high[there] = np.nanpercentile(values[:, there], RANGE, axis=0)
        return cls(mean, np.maximum(deviation, floors), low - floors, high + floors, score, len(values), of)

    def complete(self, values: Floats) -> Floats:
        """Measured attributes [..., A] with the view score, where there is one."""
        return values if self.view is None else self.view.into(values)

    def outside(self, values: Floats) -> NDArray[np.bool_]:
        """Whether one of SIDES lies outside the usual range, [..., A] -> [...]."""
        sides = values[..., _SIDES]
        return np.asarray(((sides < self.low[_SIDES]) | (sides > self.high[_SIDES])).any(axis=-1))


def reference(network: Network, data: Path | None) -> Reference:
    """Of the training images of a prepared set, or of samples where none is given.

    Raises:
        DataError: it is no prepared set.
        ConfigurationError: its images are smaller than the network's, or no multiple of them.
    """
    if data is not None:
        return of_data(data, draw(network, codes(network, [0], 0.0)).shape[1])
    return of_samples(network)


def of_data(folder: Path, pixels: int) -> Reference:
    """Of the training images of a prepared set, averaged down to `pixels`; views by its label "view"."""
    fields = tuple((name, values) for name, values in label_fields_of(folder) if name == view.FIELD)
    dataset = Dataset(folder, "train", fields)
    if dataset.resolution % pixels:
        raise ConfigurationError(
            f"--data: its images have {dataset.resolution} pixels; a multiple of the network's {pixels} is needed"
        )
    times = dataset.resolution // pixels
    values = []
    with progress(len(dataset), "real images", "image") as bar:
        for first in range(0, len(dataset), BATCH):
            count = min(BATCH, len(dataset) - first)
            images = dataset.batch(first, count, 0).mean(axis=1) / 255
            values.append(measure_all(images.reshape(count, pixels, times, pixels, times).mean(axis=(2, 4))))
            bar.update(count)
    rows, score = np.concatenate(values), None
    known = dict(fields).get(view.FIELD, ())
    if {view.CC, view.MLO} <= set(known):
        labels = dataset.labels(0, len(dataset), 0)
        is_cc, is_mlo = (labels[:, known.index(value)] > 0 for value in (view.CC, view.MLO))
        score = view.fit(rows[is_cc | is_mlo], is_mlo[is_cc | is_mlo])
    return Reference.of_values(rows, f"{len(rows)} real images", score)


def of_samples(network: Network) -> Reference:
    """Of untruncated samples; views by the labels that they were asked with."""
    values, views = [], []
    with progress(REFERENCE_IMAGES, "untruncated images", "image") as bar:
        for first in range(0, REFERENCE_IMAGES, BATCH):
            count = min(BATCH, REFERENCE_IMAGES - first)
            seeds = range(SEEDS_OF_REFERENCE + first, SEEDS_OF_REFERENCE + first + count)
            values.append(measure_all(draw(network, codes(network, seeds, 1.0))))
            views += [network.mixture.labels_of_seed(seed).get(view.FIELD, "") for seed in seeds]
            bar.update(count)
    rows, known = np.concatenate(values), np.isin(views, (view.CC, view.MLO))
    score = view.fit(rows[known], np.array(views)[known] == view.MLO) if known.any() else None
    return Reference.of_values(rows, f"{len(rows)} untruncated samples", score)


def draw(network: Network, ws: NDArray) -> NDArray[np.float32]:
    """Images [N, H, W], 0 to 1, of codes [N, num_ws, w_dim]; colours are averaged."""
    parts = []
    for first in range(0, len(ws), BATCH):
        image, _ = network.render(network.styles(ws[first : first + BATCH]))
        parts.append(np.clip((image.mean(axis=1) + 1) / 2, 0, 1))
    return np.concatenate(parts)
