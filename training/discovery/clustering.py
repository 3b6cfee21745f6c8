"""Spherical k-means: clusters of directions, by cosine similarity.

Lloyd's iterations on unit vectors (Dhillon and Modha 2001): each row joins the centroid with the largest cosine, each
centroid becomes the normalised mean of its rows. Seeds come from k-means++ with the distance `1 - cosine`; the best
of several restarts wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoganesis.errors import ConfigurationError
from mammoganesis.terminal.progress import progress

MAX_ITERATIONS = 300

Rows = NDArray[np.float32]
Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Clustering:
    """Result of one clustering of M rows."""

    centroids: Rows  # [k, C] unit rows
    labels: Labels  # [M]
    similarity: float  # mean cosine between a row and its centroid
    iterations: int


def unit_rows(x: NDArray[np.floating]) -> Rows:
    """Rows of length 1; rows of zeros stay zero. [M, C] float32."""
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.maximum(norms, 1e-12), dtype=np.float32)


def assign(rows: Rows, centroids: Rows) -> tuple[Labels, NDArray[np.float32]]:
    """The most similar centroid of every row, the lower index on a tie: labels [M] and cosines [M]."""
    cosines = rows @ centroids.T
    labels = cosines.argmax(axis=1)
    return labels, np.take_along_axis(cosines, labels[:, None], axis=1)[:, 0]


def seed_centroids(rows: Rows, k: int, random: np.random.Generator) -> Rows:
    """k-means++ on the sphere: every next centroid is a row, drawn with probability proportional to `1 - cosine`."""
    chosen = [int(random.integers(len(rows)))]
    distance = np.full(len(rows), np.inf)
    for _ in range(1, k):
        distance = np.minimum(distance, np.maximum(1.0 - (rows @ rows[chosen[-1]]).astype(np.float64), 0.0))
        total = distance.sum()
        if total > 0:
            index = int(np.searchsorted(np.cumsum(distance), random.random() * total, side="right"))
            chosen.append(min(index, len(rows) - 1))
        else:  # fewer different rows than centroids
            chosen.append(int(random.integers(len(rows))))
    return rows[chosen].copy()


def lloyd(rows: Rows, centroids: Rows, max_iterations: int = MAX_ITERATIONS) -> Clustering:
    """Iterate from the given centroids until no label changes.

    A centroid that loses all its rows moves to the row that is least like its own centroid.
    """
    k = len(centroids)
    labels, cosines = assign(rows, centroids)
    iterations = 0
    while iterations < max_iterations:
        iterations += 1
        sums = np.zeros((k, rows.shape[1]))
        order = np.argsort(labels, kind="stable")
        starts = np.searchsorted(labels[order], np.arange(k))
        filled = np.unique(labels)
        sums[filled] = np.add.reduceat(rows[order].astype(np.float64), starts[filled], axis=0)
        worst = iter(np.argsort(cosines, kind="stable"))
        for empty in np.setdiff1d(np.arange(k), filled):
            sums[empty] = rows[next(worst)]
        centroids = unit_rows(sums)
        previous = labels
        labels, cosines = assign(rows, centroids)
        if np.array_equal(labels, previous):
            break
    return Clustering(centroids, labels, float(cosines.mean(dtype=np.float64)), iterations)


def spherical_kmeans(x: NDArray[np.floating], k: int, seed: int = 0, restarts: int = 10) -> Clustering:
    """The best of several seeded runs; clusters ordered by falling size.

    Args:
        x: [M, C]; rows are normalised here.
        k: clusters, 1 to M.
        seed: of the draws.
        restarts: independent runs, 1 or more.
    """
    if not 1 <= k <= len(x):
        raise ConfigurationError(f"--regions is {k}; it must lie between 1 and the number of rows, {len(x)}")
    if restarts < 1:
        raise ConfigurationError(f"--restarts is {restarts}; it must be 1 or more")
    rows = unit_rows(x)
    best: Clustering | None = None
    with progress(restarts, "clustering", "run") as bar:
        for stream in np.random.SeedSequence(seed).spawn(restarts):
            result = lloyd(rows, seed_centroids(rows, k, np.random.default_rng(stream)))
            if best is None or result.similarity > best.similarity:
                best = result
            bar.update()
    assert best is not None
    order = np.argsort(-np.bincount(best.labels, minlength=k), kind="stable")
    rank = np.argsort(order)
    return Clustering(best.centroids[order], rank[best.labels], best.similarity, best.iterations)
