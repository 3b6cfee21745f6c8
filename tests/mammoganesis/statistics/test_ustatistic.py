"""One-shot variances: against a sum over all pairs written out, simulation, and on partially crossed readings."""

import itertools

import numpy as np
import pytest

from mammoganesis.statistics import equivalence, mrmc, obuchowski_rockette, ustatistic
from mammoganesis.statistics.intervals import around
from mammoganesis.statistics.results import Statement
from mammoganesis.statistics.roc import placements
from tests.support.roe_metz import Model, simulate


def _ratings(seed: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.array([False] * 5 + [True] * 4)
    ratings = np.round(rng.normal(truth * 1.0, 1, (3, 9)) * 2)
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return ratings, truth


def _written_out(ratings: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean and unbiased variance: the squared mean less the mean product of successes that share nothing."""
    successes = {
        (r, i, j): float(np.sign(ratings[r, j] - ratings[r, i]) / 2 + 0.5)
        for r, i, j in itertools.product(range(len(ratings)), np.flatnonzero(~truth), np.flatnonzero(truth))
        if not np.isnan(ratings[r, i] + ratings[r, j])
    }
    mean = np.mean(list(successes.values()))
    counts, products = np.zeros(8), np.zeros(8)
    for (one, s), (two, t) in itertools.product(successes.items(), repeat=2):
        kind = (one[0] != two[0]) * 4 + (one[1] != two[1]) + 2 * (one[2] != two[2])
        counts[kind] += 1
        products[kind] += s * t
    moments = np.divide(products, counts, out=np.zeros(8), where=counts > 0)
    return float(mean), float(counts @ moments / counts.sum() - moments[7])


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_variance_is_the_sum_over_all_pairs(missing: float) -> None:
    ratings, truth = _ratings(1, missing)
    found = ustatistic.one_shot(ustatistic.sums(ratings, truth))
    assert found is not None
    assert (found.mean, found.covariance) == pytest.approx(_written_out(ratings, truth), rel=1e-10)


def test_blocks_of_cases_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ratings, truth = _ratings(2, 0.2)
    whole = ustatistic.sums(ratings, truth)
    monkeypatch.setattr(ustatistic, "BLOCK", 25)
    parts = ustatistic.sums(ratings, truth)
    np.testing.assert_allclose(parts.successes, whole.successes)
    np.testing.assert_allclose(parts.pairs, whole.pairs)


def test_crossed_readings_give_the_same_variance_by_obuchowski_and_rockette() -> None:
    model = Model(0.75, reader=0.2)
    (negatives,), (positives,) = simulate(model, 1, 3)
    truth = np.repeat([False, True], 50)
    sums = ustatistic.sums(np.concatenate([negatives, positives], axis=1), truth)
    found = ustatistic.one_shot(sums)
    spread = obuchowski_rockette.one_treatment(placements(negatives, positives).auc, ustatistic.covariance(sums))
    assert found is not None
    assert found.covariance == pytest.approx(float(spread.random) ** 2, rel=1e-9)
    assert found.fixed == pytest.approx(float(spread.fixed) ** 2, rel=1e-9)


def test_the_variance_is_unbiased_for_readers_with_cases_of_their_own() -> None:
    """Split plot: each reader has half of the cases; the mean of the estimates is the variance of the estimates."""
    model = Model(0.75, reader=0.05, readers=4, positives=16, negatives=16)
    truth = np.repeat([False, True], 16)
    means, variances = [], []
    for negatives, positives in zip(*simulate(model, 800, 4), strict=True):
        ratings = np.concatenate([negatives, positives], axis=1)
        ratings[:2, ::2], ratings[2:, 1::2] = np.nan, np.nan
        found = ustatistic.one_shot(ustatistic.sums(ratings, truth))
        assert found is not None
        means.append(found.mean)
        variances.append(found.covariance)
    assert np.mean(variances) == pytest.approx(np.var(means, ddof=1), rel=0.15)
    assert np.mean(means) == pytest.approx(model.auc, abs=0.01)


def test_equivalence_and_interval_have_the_same_degrees_of_freedom() -> None:
    """At half of 1 - level the interval of the two one-sided tests is the interval itself."""
    model = Model(0.3, reader=0.2, readers=4, positives=16, negatives=16)
    (negatives,), (positives,) = simulate(model, 1, 8)
    ratings = np.concatenate([negatives, positives], axis=1)
    ratings[0, 0] = np.nan
    found = mrmc.analyse(ratings, np.repeat([False, True], 16), 0.95, equivalence.Margin(0.1, alpha=0.025))
    assert found.one_shot is not None
    assert found.equivalence is not None
    random = found.one_shot.random_readers
    assert random.df != int(random.df)
    assert found.equivalence.interval.low == pytest.approx(random.interval.low, abs=1e-12)
    assert found.equivalence.interval.high == pytest.approx(random.interval.high, abs=1e-12)


def test_degrees_of_freedom_of_readers_alone_are_one_less() -> None:
    levels = np.array([4.0, 50, 50])
    assert ustatistic.freedom(0.04 * 3 / 9, np.array([0.03, 0, 0]), levels) == pytest.approx(
        (0.04 / 3) ** 2 * 27 / 0.03**2
    )
    assert ustatistic.freedom(1e-9, np.array([0.03, 0, 0]), levels) == 3  # never fewer


def test_the_published_interval_follows_from_auc_variance_and_df() -> None:
    """The iMRMC example; its readings are not those of imrmc_input.imrmc, whose AUCs are 0.7044 and 0.7585."""
    found = around(0.755513248, np.sqrt(0.0015808804), int(49.1763921), 0.95)
    assert (found.low, found.high) == pytest.approx((0.675611961, 0.835414534), abs=5e-9)


def test_a_comparison_of_partially_crossed_treatments_has_one_shot_differences_alone() -> None:
    rng = np.random.default_rng(8)
    truth = np.repeat([False, True], 20)
    ratings = rng.normal(truth * 1.0, 1, (2, 4, 40))
    whole = mrmc.compare(("a", "b"), ratings, truth, 0.95)
    ratings[0, 1, 3] = np.nan
    part = mrmc.compare(("a", "b"), ratings, truth, 0.95)
    assert part.random_readers_random_cases is None
    assert part.reason == Statement("compared.partly_crossed")
    assert part.one_shot[0].difference == pytest.approx(whole.one_shot[0].difference, abs=0.01)
    assert whole.random_readers_random_cases is not None
    assert whole.one_shot[0].difference == pytest.approx(
        whole.random_readers_random_cases.differences[0].difference, abs=1e-12
    )
