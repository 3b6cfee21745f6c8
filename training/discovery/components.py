"""Principal components of W: exact, streaming, deterministic.

W has few dimensions (512), so the covariance of a million codes fits in memory: one pass adds it up in float64, one
eigendecomposition gives all components. GANSpace's incremental PCA approximates the same result and depends on the
batch size.
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
    """PCA of `mapping(z)`, without truncation, for z from `numpy.random.RandomState(seed)`.

    Args:
        generator: in eval mode.
        num_samples: codes to draw, at least w_dim + 1.
        num_components: components to keep; w_dim where that is smaller.
        seed: 0 to 2^32-1.
        batch: codes mapped at once; changes the result by float32 rounding only.

    Raises:
        ConfigurationError: a value is outside its range.
    """
    w_dim = generator.config.w_dim
    if num_samples <= w_dim:
        raise ConfigurationError(f"--samples is {num_samples}; it must be more than w_dim, which is {w_dim}")
    if num_components < 1:
        raise ConfigurationError(f"--components is {num_components}; it must be 1 or more")
    if not 0 <= seed <= MAX_SEED:
        raise ConfigurationError(f"--seed is {seed}; it must lie between 0 and {MAX_SEED}")
    # Sums are taken around w_avg, close to the mean, so that little is lost when the mean is subtracted at the end.
    moments = Moments(generator.mapping.w_avg.double().cpu().numpy())
    with progress(num_samples, "components", "code") as bar:
        for w in _codes(generator, num_samples, seed, batch):
            moments.add(w)
            bar.update(len(w))
    return decompose(moments, min(num_components, w_dim), seed)


@torch.no_grad()
def _codes(generator: Generator, num_samples: int, seed: int, batch: int) -> Iterator[NDArray[np.float32]]:
    """The codes of the seed, [batch, w_dim] at a time; of a conditional network those without labels."""
    random = np.random.RandomState(seed)
    for start in range(0, num_samples, batch):
        z = random.randn(min(batch, num_samples - start), generator.config.z_dim).astype(np.float32)
        yield generator.mapping(torch.from_numpy(z).to(generator.mapping.w_avg.device)).cpu().numpy()


class Moments:
    """Mean and covariance of rows that arrive in parts; memory does not grow with their number."""

    def __init__(self, shift: NDArray[np.float64]) -> None:
        """`shift` [w_dim]: any point near the mean."""
        self.count = 0
        self.shift = shift
        self._total = np.zeros(len(shift))
        self._products = np.zeros((len(shift), len(shift)))

    def add(self, rows: NDArray[np.floating]) -> None:
        """Rows [n, w_dim], n 1 or more."""
        centred = np.subtract(rows, self.shift, dtype=np.float64)
        self.count += len(rows)
        self._total += centred.sum(axis=0)
        self._products += centred.T @ centred  # NumPy sees a symmetric product here, at half the cost

    @property
    def mean(self) -> NDArray[np.float64]:
        """[w_dim]"""
        return self.shift + self._total / self.count

    @property
    def covariance(self) -> NDArray[np.float64]:
        """[w_dim, w_dim], unbiased; two rows or more are needed."""
        offset = self._total / self.count
        return (self._products - self.count * np.outer(offset, offset)) / (self.count - 1)


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
