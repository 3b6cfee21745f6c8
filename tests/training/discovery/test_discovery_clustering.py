"""Spherical k-means against a plain float64 implementation, loop by loop."""

from __future__ import annotations

import numpy as np
import pytest

from mammoganesis.errors import ConfigurationError
from training.discovery.clustering import assign, lloyd, seed_centroids, spherical_kmeans, unit_rows


def naive_lloyd(rows: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Lloyd's iterations on the sphere, float64, one row at a time."""
    rows, centroids = rows.astype(np.float64), centroids.astype(np.float64)
    labels: list[int] = []
    while True:
        new = [max(range(len(centroids)), key=lambda j: float(np.dot(row, centroids[j]))) for row in rows]
        if new == labels:
            return centroids, labels
        labels = new
        for j in range(len(centroids)):
            total = sum((row for row, label in zip(rows, labels, strict=True) if label == j), np.zeros(rows.shape[1]))
            centroids[j] = total / np.sqrt(np.dot(total, total))


def directions(
    seed: int = 0, per_cluster: int = 60, noise: float = 0.15, k: int = 5, channels: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of different lengths around k directions, and the direction of each."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.normal(size=(channels, k)))[0].T
    truth = np.repeat(np.arange(k), per_cluster)
    rows = centres[truth] + noise * random.normal(size=(len(truth), channels))
    return rows * random.uniform(0.1, 10, size=(len(truth), 1)), truth


def test_lloyd_equals_the_naive_implementation():
    random = np.random.default_rng(1)
    rows = unit_rows(random.normal(size=(300, 8)))
    start = seed_centroids(rows, 6, random)
    centroids, labels = naive_lloyd(rows, start)
    found = lloyd(rows, start)
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_allclose(found.centroids, centroids, atol=1e-5)
    assert found.similarity == pytest.approx(np.mean(np.sum(rows * centroids[labels], axis=1)), abs=1e-5)


def test_finds_the_directions_whatever_the_lengths():
    x, truth = directions()
    found = spherical_kmeans(x, 5, seed=0)
    pairs = {(int(a), int(b)) for a, b in zip(found.labels, truth, strict=True)}
    assert len(pairs) == 5  # one cluster per direction
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1.0, atol=1e-5)


def test_clusters_are_ordered_by_size_and_labels_fit_the_centroids():
    x, _ = directions(seed=2)
    x = np.concatenate([x, x[:60] * 2, x[60:90]])
    found = spherical_kmeans(x, 5, seed=4)
    sizes = np.bincount(found.labels, minlength=5)
    assert (np.diff(sizes) <= 0).all()
    np.testing.assert_array_equal(assign(unit_rows(x), found.centroids)[0], found.labels)


def test_restarts_give_the_best_run_and_seeds_repeat():
    x = np.random.default_rng(3).normal(size=(400, 10))
    rows = unit_rows(x)
    streams = np.random.SeedSequence(1).spawn(12)
    runs = [lloyd(rows, seed_centroids(rows, 8, np.random.default_rng(stream))).similarity for stream in streams]
    best = spherical_kmeans(x, 8, seed=1, restarts=12)
    assert best.similarity == max(runs) > min(runs)
    again = spherical_kmeans(x, 8, seed=1, restarts=12)
    np.testing.assert_array_equal(again.centroids, best.centroids)


def test_seeds_are_rows_spread_over_the_directions():
    x, truth = directions(per_cluster=40, noise=0.02)
    rows = unit_rows(x)
    hits = 0
    for seed in range(20):
        chosen = seed_centroids(rows, 5, np.random.default_rng(seed))
        indices = [int(np.flatnonzero((rows == row).all(axis=1))[0]) for row in chosen]
        hits += len({int(truth[index]) for index in indices}) == 5
    # Uniform draws hit all five directions in 5!/5^5 = 4 % of the cases.
    assert hits >= 18


def test_an_empty_cluster_gets_the_row_that_fits_worst():
    rows = unit_rows(np.array([[1, 0, 0], [1, 0.01, 0], [0, 1, 0], [0, 0.8, 0.3]]))
    found = lloyd(rows, unit_rows(np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0]])))
    assert set(found.labels.tolist()) == {0, 1, 2}


def test_fewer_different_rows_than_clusters_still_ends():
    rows = np.repeat(np.eye(3)[:2], 4, axis=0)
    found = spherical_kmeans(rows, 4, seed=0)
    assert np.isfinite(found.centroids).all()
    assert found.similarity == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("k", "restarts", "message"), [(0, 1, "--regions is 0"), (9, 1, "is 9"), (2, 0, "--restarts is 0")]
)
def test_bad_values_are_named(k, restarts, message):
    with pytest.raises(ConfigurationError, match=message):
        spherical_kmeans(np.eye(8), k, restarts=restarts)
