"""FID, KID, precision and recall, density and coverage, FRD against other implementations and hand-made sets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import polynomial_kernel

from mammoganesis.errors import ConfigurationError
from training.metrics import bootstrap, density_coverage, frd, frechet, kid, precision_recall, registry

RANDOM = np.random.default_rng(0)


def gaussian(count: int, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """A sample whose mean and biased covariance are exactly these."""
    x = RANDOM.standard_normal((count, len(mean)))
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(x.T @ x / count)).T
    return x @ np.linalg.cholesky(covariance).T + mean


def reference_frechet(x: np.ndarray, y: np.ndarray) -> float:
    s, t = np.cov(x.T, bias=True), np.cov(y.T, bias=True)
    root = np.real(sqrtm(s @ t))  # type: ignore[call-overload]
    return float(np.square(x.mean(0) - y.mean(0)).sum() + np.trace(s + t - 2 * root))


def test_frechet_distance_of_diagonal_gaussians_is_the_closed_form():
    x = gaussian(50, np.array([0.0, 1.0, 2.0]), np.diag([1.0, 4.0, 9.0]))
    y = gaussian(40, np.array([1.0, 1.0, 0.0]), np.diag([4.0, 1.0, 9.0]))
    # |mu - mu'|^2 = 1 + 0 + 4; sum of (s - s')^2 = 1 + 1 + 0
    assert frechet.squared_distance(x, y) == pytest.approx(7.0, abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(200, 150), (9, 150), (200, 7), (5, 6)], ids=str)
def test_frechet_distance_equals_scipys_matrix_root(n, m):
    """Both ways of taking the trace: more and fewer images than features."""
    mix = RANDOM.standard_normal((12, 12))
    x, y = RANDOM.standard_normal((n, 12)) @ mix, RANDOM.standard_normal((m, 12)) + 0.5
    assert frechet.squared_distance(x, y) == pytest.approx(reference_frechet(x, y), rel=1e-5)


def test_frechet_distance_of_a_set_to_itself_is_zero_and_never_negative():
    for count in (5, 100):
        x = RANDOM.standard_normal((count, 20)) * 100
        assert 0.0 <= frechet.squared_distance(x, x) < 1e-8 * np.square(x).sum()


def reference_kid(x: np.ndarray, y: np.ndarray) -> float:
    xx, yy, xy = (polynomial_kernel(a, b, degree=3, coef0=1) for a, b in ((x, x), (y, y), (x, y)))  # gamma = 1 / D
    n, m = len(x), len(y)
    off = (xx.sum() - np.diag(xx).sum()) / (n * (n - 1)) + (yy.sum() - np.diag(yy).sum()) / (m * (m - 1))
    return float(off - 2 * xy.mean())


def test_kid_of_one_subset_equals_scikit_learns_kernel():
    x, y = RANDOM.standard_normal((30, 16)), RANDOM.standard_normal((30, 16)) * 1.5 + 0.3
    assert kid.compute(x, y, np.random.default_rng(0))["kid"] == pytest.approx(reference_kid(x, y), rel=1e-10)


def test_kid_of_unequal_sets_is_the_mean_over_subsets_and_near_the_whole():
    x, y = RANDOM.standard_normal((300, 4)), RANDOM.standard_normal((120, 4)) + 1.0
    value = kid.compute(x, y, np.random.default_rng(3))["kid"]
    assert value == kid.compute(x, y, np.random.default_rng(3))["kid"]
    assert value == pytest.approx(reference_kid(x, y), rel=0.1)


def test_kid_is_unbiased_where_fid_is_not():
    """Samples of one distribution: KID is 0 on average at any n, FID is not."""
    values = [(RANDOM.standard_normal((20, 8)), RANDOM.standard_normal((20, 8))) for _ in range(200)]
    kids = np.array([kid.unbiased(x, y) for x, y in values])
    assert abs(kids.mean()) < 4 * kids.std() / np.sqrt(len(kids))
    assert np.mean([frechet.squared_distance(x, y) for x, y in values]) > 0.5


def test_kids_bootstrap_has_the_mean_of_the_value_and_the_spread_of_fresh_samples():
    fresh = np.array(
        [kid.unbiased(RANDOM.standard_normal((60, 3)), RANDOM.standard_normal((60, 3)) + 1) for _ in range(300)]
    )
    x, y = RANDOM.standard_normal((60, 3)), RANDOM.standard_normal((60, 3)) + 1
    draws = kid.spread(x, y, np.arange(60), 400, np.random.default_rng(0))["kid"]
    assert draws.mean() == pytest.approx(kid.unbiased(x, y), abs=3 * draws.std() / 10)
    assert 0.5 < draws.std() / fresh.std() < 2.0


def test_precision_and_recall_of_a_hand_made_set():
    """On a line, k = 1: reals at 0, 1, 10, 11 have balls of radius 1; fakes at 0.5, 5, 5.2 have 4.5, 0.2 and 0.2."""
    reals = np.array([[0.0], [1.0], [10.0], [11.0]])
    fakes = np.array([[0.5], [5.0], [5.2]])
    precise, recalled = precision_recall.terms(fakes, reals, k=1)
    assert precise.tolist() == [True, False, False]
    assert recalled.tolist() == [True, True, False, False]


def test_density_and_coverage_of_a_hand_made_set():
    """k = 2: balls of radius 2, 1, 2 around 0, 1, 2 and of radius 9 around 10."""
    reals = np.array([[0.0], [1.0], [2.0], [10.0]])
    fakes = np.array([[0.5], [-0.5], [30.0]])
    density, covered = density_coverage.terms(fakes, reals, k=2)
    assert density.tolist() == [3 / 2, 1 / 2, 0.0]
    assert covered.tolist() == [True, True, True, False]
    density, covered = density_coverage.terms(np.array([[1.5], [-1.5]]), reals, k=2)
    assert density.tolist() == [4 / 2, 1 / 2]
    assert covered.tolist() == [True, True, True, True]


@pytest.mark.parametrize("k", [1, 3, 5])
def test_manifold_metrics_equal_loops_over_all_pairs(k):
    reals, fakes = RANDOM.standard_normal((40, 5)), RANDOM.standard_normal((33, 5)) * 1.2

    def radius(x: np.ndarray, i: int) -> float:
        return sorted(math.dist(x[i], other) for j, other in enumerate(x) if j != i)[k - 1]

    real_radii = [radius(reals, i) for i in range(len(reals))]
    fake_radii = [radius(fakes, i) for i in range(len(fakes))]
    distance = cdist(fakes, reals)
    precise, recalled = precision_recall.terms(fakes, reals, k)
    assert precise.tolist() == [any(distance[i, j] <= real_radii[j] for j in range(40)) for i in range(33)]
    assert recalled.tolist() == [any(distance[i, j] <= fake_radii[i] for i in range(33)) for j in range(40)]
    density, covered = density_coverage.terms(fakes, reals, k)
    assert density.tolist() == [sum(distance[i, j] < real_radii[j] for j in range(40)) / k for i in range(33)]
    assert covered.tolist() == [any(distance[i, j] < real_radii[j] for i in range(33)) for j in range(40)]


def test_manifold_metrics_of_equal_and_of_far_sets():
    x = RANDOM.standard_normal((30, 4))
    random = np.random.default_rng(0)
    assert precision_recall.compute(x, x, random) == {"precision": 1.0, "recall": 1.0}
    assert density_coverage.compute(x, x, random)["coverage"] == 1.0
    assert precision_recall.compute(x + 100, x, random) == {"precision": 0.0, "recall": 0.0}
    assert density_coverage.compute(x + 100, x, random) == {"density": 0.0, "coverage": 0.0}


def test_frd_is_the_log_of_the_distance_of_features_standardised_on_the_reals():
    reals = RANDOM.standard_normal((80, 6)) * [1, 10, 100, 1e-3, 5, 1] + [0, 3, -40, 0, 5, 1]
    fakes = RANDOM.standard_normal((60, 6)) * [2, 11, 90, 2e-3, 5, 1] + [1, 3, -40, 0, 5, 2]
    scaled = [(x - reals.mean(0)) / reals.std(0) for x in (fakes, reals)]
    value = frd.compute(fakes, reals, np.random.default_rng(0))["frd"]
    assert value == pytest.approx(math.log(reference_frechet(*scaled)), rel=1e-6)


def test_one_feature_that_hardly_varies_does_not_make_up_the_frd():
    """All features of the fakes are 5 % off: the one that varies by 0.01 % counts as much as the others, not more."""
    random, spread = np.random.default_rng(3), np.array([0.2] * 40 + [1e-4])
    units = 10.0 ** random.uniform(-3, 3, 41)  # and their units do not matter
    reals = (1 + random.standard_normal((200, 41)) * spread) * units
    fakes = reals * 1.05

    def squared(columns: slice, metric=lambda x, y: math.exp(frd.compute(x, y, random)["frd"])) -> float:
        return metric(fakes[:, columns], reals[:, columns])

    def without_floor(x, y):
        return reference_frechet(*((part - y.mean(0)) / y.std(0) for part in (x, y)))

    alone = slice(39, 41)  # and one of the others, which hardly counts
    assert squared(alone, without_floor) > 0.99 * squared(slice(None), without_floor)  # what it would be
    others, everything = squared(slice(40)), squared(slice(None))
    assert 1.2 * others < everything < 2.1 * others  # it counts, and as much as all others at most
    assert squared(slice(40), without_floor) == pytest.approx(others, rel=1e-6)  # features that vary keep their scale
    rescaled = frd.compute(fakes / units, reals / units, random)["frd"]
    assert rescaled == pytest.approx(math.log(everything), rel=1e-6)


def test_frd_of_reals_that_are_all_alike_is_finite():
    assert math.isfinite(frd.compute(RANDOM.standard_normal((9, 3)), np.ones((9, 3)), np.random.default_rng(0))["frd"])


def test_frd_leaves_out_features_that_are_constant_in_the_reals_and_is_finite_for_equal_sets():
    reals, fakes = RANDOM.standard_normal((40, 3)), RANDOM.standard_normal((40, 3))
    random = np.random.default_rng(0)
    constant = np.full((40, 1), 0.1 + 0.2)
    wider = frd.compute(np.c_[fakes, fakes[:, :1]], np.c_[reals, constant], random)
    assert wider == frd.compute(fakes, reals, random)
    assert math.isfinite(frd.compute(reals, reals, random)["frd"])


def test_bootstrap_interval_covers_the_mean_about_as_often_as_it_says():
    covered = []
    for _ in range(120):
        x = RANDOM.standard_normal(50)
        draws = bootstrap.mean_replicates(x, np.arange(50), 100, RANDOM)
        low, high = bootstrap.interval(float(x.mean()), draws)
        covered.append(low <= 0 <= high)
    assert 0.88 <= np.mean(covered) <= 0.99


def test_patients_are_resampled_whole_and_never_split_between_halves():
    groups = np.repeat(np.arange(20), [1, 2, 3, 4] * 5)
    drawn = np.bincount(bootstrap.resample(groups, np.random.default_rng(1)), minlength=len(groups))
    for group in range(20):
        assert len(set(drawn[groups == group])) == 1
    left, right = bootstrap.halves(groups, np.random.default_rng(2))
    assert sorted([*left, *right]) == list(range(len(groups)))
    assert not set(groups[left]) & set(groups[right])
    assert abs(len(left) - len(right)) <= 8


def test_the_interval_widens_when_images_of_a_patient_are_alike():
    patients = RANDOM.standard_normal(25)
    terms = np.repeat(patients, 4)
    whole = bootstrap.mean_replicates(terms, np.repeat(np.arange(25), 4), 300, RANDOM).std()
    single = bootstrap.mean_replicates(terms, np.arange(100), 300, RANDOM).std()
    assert whole > 1.5 * single


def test_the_registry_knows_every_metric_and_which_way_is_better():
    for name in registry.NAMES:
        metric = registry.load(name)
        assert metric.name == name
        assert metric.needs
        for result, way in metric.better.items():
            assert registry.better(result) == way
    assert registry.better("fid") == "lower"
    assert registry.better("recall") == "higher"
    assert registry.check(["kid", "fid", "kid"]) == ("kid", "fid")
    with pytest.raises(ConfigurationError, match=r"'inception'.*fid, kid"):
        registry.check(["inception"])
    with pytest.raises(ConfigurationError, match=r"'precision_recall'.*precision"):
        registry.better("precision_recall")
