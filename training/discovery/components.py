"""Principal components of W: exact, streaming, deterministic.

W has few dimensions (512), so the covariance of a million codes fits in memory: one pass adds it up in float64, one
eigendecomposition gives all components. GANSpace's incremental PCA approximates the same result and depends on the
batch size.

Of a conditional network the codes have labels as often as the training images have them, and the covariance is the
one within the labels, pooled: what the labels do is asked for with labels, and would else be the first component.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from mammoganesis.bundle.arrays import Components
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import MAX_SEED
from mammoganesis.terminal.progress import progress
from training.networks import Generator

DEFAULT_SAMPLES = 1_000_000
DEFAULT_COMPONENTS = 100
BATCH = 8192  # codes mapped at once


def find_components(
    generator: Generator,
    num_samples: int = DEFAULT_SAMPLES,
    num_components: int = DEFAULT_COMPONENTS,
    seed: int = 0,
    *,
    batch: int = BATCH,
) -> Components:
    """PCA of `mapping(z)`, without truncation, for z from `numpy.random.RandomState(seed)`; the i-th code has the
    labels of the i-th seed.

    Args:
        generator: in eval mode.
        num_samples: codes to draw, at least w_dim + 1, and of a conditional network one more for each further
            combination of labels.
        num_components: components to keep; w_dim where that is smaller.
        seed: 0 to 2^32-1.
        batch: codes mapped at once; changes the result by float32 rounding only.

    Raises:
        ConfigurationError: a value is outside its range.
    """
    w_dim, mixture = generator.config.w_dim, generator.config.mixture
    groups = len(mixture.counts)
    if num_samples < w_dim + groups:
        labels = f" and {groups} combinations of labels" if groups > 1 else ""
        raise ConfigurationError(f"--samples is {num_samples}; it must be more than w_dim, which is {w_dim}{labels}")
    if num_components < 1:
        raise ConfigurationError(f"--components is {num_components}; it must be 1 or more")
    if not 0 <= seed <= MAX_SEED:
        raise ConfigurationError(f"--seed is {seed}; it must lie between 0 and {MAX_SEED}")
    # Sums are taken around w_avg, close to the mean, so that little is lost when the mean is subtracted at the end.
    moments = Moments(generator.mapping.w_avg.double().cpu().numpy(), groups)
    with progress(num_samples, "components", "code") as bar:
        for w in _codes(generator, num_samples, seed, batch):
            moments.add(w, mixture.indices(range(moments.count, moments.count + len(w))))
            bar.update(len(w))
    return decompose(moments, min(num_components, w_dim), seed)


@torch.no_grad()
def _codes(generator: Generator, num_samples: int, seed: int, batch: int) -> Iterator[NDArray[np.float32]]:
    """The codes of the seed, [batch, w_dim] at a time."""
    random = np.random.RandomState(seed)
    for start in range(0, num_samples, batch):
        z = random.randn(min(batch, num_samples - start), generator.config.z_dim).astype(np.float32)
        c = generator.c_of_seeds(range(start, start + len(z)))
        yield generator.mapping(torch.from_numpy(z).to(generator.mapping.w_avg.device), c).cpu().numpy()


class Moments:
    """Mean and covariance of rows that arrive in parts; memory does not grow with their number.

    Rows may belong to groups, each with a mean of its own; the covariance is that of the distances to these means.
    """

    def __init__(self, shift: NDArray[np.float64], groups: int = 1) -> None:
        """`shift` [w_dim]: any point near the mean."""
        self.shift = shift
        self._counts = np.zeros(groups, np.int64)
        self._totals = np.zeros((groups, len(shift)))
        self._products = np.zeros((len(shift), len(shift)))

    def add(self, rows: NDArray[np.floating], groups: NDArray[np.intp] | None = None) -> None:
        """Rows [n, w_dim], n 1 or more, and the group of each [n]; None: the first."""
        centred = np.subtract(rows, self.shift, dtype=np.float64)
        groups = np.zeros(len(rows), np.intp) if groups is None else groups
        order = np.argsort(groups, kind="stable")
        found, starts = np.unique(groups[order], return_index=True)
        self._counts += np.bincount(groups, minlength=len(self._counts))
        self._totals[found] += np.add.reduceat(centred[order], starts, axis=0)
        self._products += centred.T @ centred  # NumPy sees a symmetric product here, at half the cost

    @property
    def count(self) -> int:
        """Rows so far."""
        return int(self._counts.sum())

    @property
    def mean(self) -> NDArray[np.float64]:
        """[w_dim] of all rows."""
        return self.shift + self._totals.sum(axis=0) / self.count

    @property
    def covariance(self) -> NDArray[np.float64]:
        """[w_dim, w_dim] within the groups, pooled, unbiased; one row more than there are groups is needed."""
        filled = self._counts > 0
        sums = self._totals[filled] / np.sqrt(self._counts[filled])[:, None]
        return (self._products - sums.T @ sums) / (self.count - int(filled.sum()))


def decompose(moments: Moments, keep: int, seed: int = 0) -> Components:
    """The `keep` components of largest variance; `seed` is noted in the result."""
    variances, vectors = np.linalg.eigh(moments.covariance)  # rising
    variances = np.maximum(variances[::-1], 0.0)
    rows = vectors.T[::-1][:keep]
    # The sign of an eigenvector is arbitrary; a fixed one keeps named edits the same from run to run.
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    rows = rows * np.where(largest < 0, -1.0, 1.0)
    return Components(
        components=np.ascontiguousarray(rows, dtype=np.float32),
        deviations=np.sqrt(variances[:keep]).astype(np.float32),
        mean=moments.mean.astype(np.float32),
        explained_variance_ratio=(variances[:keep] / max(variances.sum(), 1e-30)).astype(np.float32),
        num_samples=moments.count,
        seed=seed,
    )
