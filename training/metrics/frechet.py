"""Frechet distance between Gaussians fitted to two sets of feature vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def squared_distance(x: Matrix, y: Matrix) -> float:
    """`|mu - mu'|^2 + Tr(S + S' - 2 (S S')^(1/2))`, never below 0.

    Heusel et al. 2017 (arXiv:1706.08500); covariances are biased (1/N), as in NVIDIA's `fid50k_full`.
    With A and B the centred features over sqrt(N), Tr (S S')^(1/2) is the sum of the singular values of A B^T: exact,
    and cheap when there are fewer images than features. Otherwise it is taken from D x D eigenvalues.

    Args:
        x: [N, D] float64, N at least 2.
        y: [M, D] float64, M at least 2.
    """
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    a = (x - mean_x) / np.sqrt(len(x))
    b = (y - mean_y) / np.sqrt(len(y))
    traces = np.square(a).sum() + np.square(b).sum()
    distance = np.square(mean_x - mean_y).sum() + traces - 2 * _cross_trace(a, b)
    return float(max(distance, 0.0))


def _cross_trace(a: Matrix, b: Matrix) -> float:
    """Tr (A^T A B^T B)^(1/2)."""
    if min(len(a), len(b)) < a.shape[1]:
        return float(np.linalg.svd(a @ b.T, compute_uv=False).sum())
    values, vectors = np.linalg.eigh(a.T @ a)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(root @ (b.T @ b) @ root), 0.0)).sum())
