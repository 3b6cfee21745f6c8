"""Principal components of W: exact, streaming, deterministic.

W has few dimensions (512), so the covariance of a million codes fits in memory: one pass adds it up in float64, one
eigendecomposition gives all components. GANSpace's incremental PCA approximates the same result and depends on the
batch size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from training.errors import ConfigurationError
from training.networks import Generator

DEFAULT_SAMPLES = 1_000_000
DEFAULT_COMPONENTS = 100
BATCH = 8192  # codes mapped at once


@dataclass(frozen=True)
class Components:
    """Directions in W by falling variance."""

    components: NDArray[np.float32]  # [K, w_dim], orthonormal rows; the entry of largest magnitude is positive
    deviations: NDArray[np.float32]  # [K], standard deviation of W along each, in units of w
    mean: NDArray[np.float32]  # [w_dim], mean of the sampled codes
    explained_variance_ratio: NDArray[np.float32]  # [K], share of the total variance
    num_samples: int
    seed: int

    def save(self, path: Path) -> None:
        """Write components.npz."""
        np.savez(
            path,
            components=self.components,
            deviations=self.deviations,
            mean=self.mean,
            explained_variance_ratio=self.explained_variance_ratio,
            num_samples=np.int64(self.num_samples),
            seed=np.int64(self.seed),
        )


def find_components(
    generator: Generator,
    num_samples: int = DEFAULT_SAMPLES,
    num_components: int = DEFAULT_COMPONENTS,
    seed: int = 0,
    *,
    batch: int = BATCH,
    progress: bool = True,
) -> Components:
    """PCA of `mapping(z)`, without truncation, for z from `numpy.random.RandomState(seed)`.

    Args:
        generator: in eval mode.
        num_samples: codes to draw, at least w_dim + 1.
        num_components: components to keep; w_dim where that is smaller.
        seed: 0 to 2^32-1.
        batch: codes mapped at once; changes the result by float32 rounding only.
        progress: show a bar.

    Raises:
        ConfigurationError: a value is outside its range.
    """
    w_dim = generator.config.w_dim
    if num_samples <= w_dim:
        raise ConfigurationError(f"samples is {num_samples}; it must be more than w_dim, which is {w_dim}")
    if num_components < 1:
        raise ConfigurationError(f"components is {num_components}; it must be 1 or more")
    if not 0 <= seed < 2**32:
        raise ConfigurationError(f"seed is {seed}; it must lie between 0 and 4294967295")
    mean, covariance = _moments(generator, num_samples, seed, batch, progress)
    return _decompose(mean, covariance, min(num_components, w_dim), num_samples, seed)


@torch.no_grad()
def _moments(
    generator: Generator, num_samples: int, seed: int, batch: int, progress: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean [w_dim] and unbiased covariance [w_dim, w_dim] of the codes, float64."""
    z_dim, w_dim = generator.config.z_dim, generator.config.w_dim
    random = np.random.RandomState(seed)
    # Sums are taken around w_avg, close to the mean, so that little is lost when the mean is subtracted at the end.
    shift = generator.mapping.w_avg.double().numpy()
    total, products = np.zeros(w_dim), np.zeros((w_dim, w_dim))
    with tqdm(total=num_samples, unit="code", unit_scale=True, desc="components", disable=not progress) as bar:
        for start in range(0, num_samples, batch):
            count = min(batch, num_samples - start)
            z = torch.from_numpy(random.randn(count, z_dim).astype(np.float32))
            w = generator.mapping(z).double().numpy() - shift
            total += w.sum(axis=0)
            products += w.T @ w
            bar.update(count)
    offset = total / num_samples
    covariance = (products - num_samples * np.outer(offset, offset)) / (num_samples - 1)
    return shift + offset, covariance


def _decompose(
    mean: NDArray[np.float64], covariance: NDArray[np.float64], keep: int, num_samples: int, seed: int
) -> Components:
    variances, vectors = np.linalg.eigh(covariance)  # rising
    variances = np.maximum(variances[::-1], 0.0)
    rows = vectors.T[::-1][:keep]
    # The sign of an eigenvector is arbitrary; a fixed one keeps named edits the same from run to run.
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    rows = rows * np.where(largest < 0, -1.0, 1.0)
    return Components(
        components=np.ascontiguousarray(rows, dtype=np.float32),
        deviations=np.sqrt(variances[:keep]).astype(np.float32),
        mean=mean.astype(np.float32),
        explained_variance_ratio=(variances[:keep] / max(variances.sum(), 1e-30)).astype(np.float32),
        num_samples=num_samples,
        seed=seed,
    )
