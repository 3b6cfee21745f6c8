"""Intervals over readers and cases, and tests of treatments: the published results of Van Dyke's and the FED data."""

import numpy as np
import pytest
from scipy import stats

from mammoganesis.statistics import delong, mrmc, obuchowski_rockette
from mammoganesis.statistics.results import Comparison, ComparisonTest, Mrmc, MrmcMethod, Statement
from mammoganesis.statistics.roc import placements
from tests.support.observer_data import observed


def _test(found: ComparisonTest | None) -> ComparisonTest:
    assert found is not None
    return found


def _method(found: MrmcMethod | None) -> MrmcMethod:
    assert found is not None
    return found


@pytest.fixture(scope="module")
def first_treatment() -> Mrmc:
    data = observed("vandyke.csv")
    return mrmc.analyse(data.ratings[0], data.truth, 0.95, None)


@pytest.fixture(scope="module")
def van_dyke() -> Comparison:
    data = observed("vandyke.csv")
    return mrmc.compare(("1", "2"), data.ratings, data.truth, 0.95)


def test_aucs_of_van_dyke() -> None:
    data = observed("vandyke.csv")
    found = placements(data.ratings[..., ~data.truth], data.ratings[..., data.truth]).auc
    published = [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ]
    np.testing.assert_allclose(found, published, atol=5e-9)
    np.testing.assert_allclose(found.mean(axis=1), [0.89703704, 0.94083736], atol=5e-9)
    np.testing.assert_allclose(found.var(axis=1, ddof=1), [0.00308263, 0.00130460], atol=5e-9)


@pytest.mark.parametrize(
    ("method", "se", "df", "interval"),
    [
        ("jackknife", (0.03317360, 5e-9), (12.74, 5e-3), (0.82522360, 0.96885048, 5e-9)),
        ("delong", (0.03307642, 5e-9), (12.59597, 5e-6), (0.8253461, 0.9687280, 5e-8)),
        ("ustatistic", (0.0330712, 5e-8), (12.58802, 5e-6), (0.8253526, 0.9687214, 5e-8)),
    ],
)
def test_the_interval_of_one_treatment(
    first_treatment: Mrmc, method: str, se: tuple, df: tuple, interval: tuple
) -> None:
    found = getattr(first_treatment, method).random_readers
    assert found.se == pytest.approx(se[0], abs=se[1])
    assert found.df == pytest.approx(df[0], abs=df[1])
    assert (found.interval.low, found.interval.high) == pytest.approx(interval[:2], abs=interval[2])


@pytest.mark.parametrize(
    ("method", "published", "digits"),
    [("jackknife", 0.00048396, 5e-9), ("delong", 0.0004775239, 5e-11), ("ustatistic", 0.0004771788, 5e-11)],
)
def test_the_covariance_of_two_readers(first_treatment: Mrmc, method: str, published: float, digits: float) -> None:
    found = getattr(first_treatment, method).random_readers
    data = observed("vandyke.csv")
    ms_r = placements(data.ratings[0][:, ~data.truth], data.ratings[0][:, data.truth]).auc.var(ddof=1)
    assert found.se**2 - ms_r / 5 == pytest.approx(published, abs=digits)


def test_the_interval_for_these_readers(first_treatment: Mrmc) -> None:
    found = _method(first_treatment.jackknife).fixed_readers
    assert found.se == pytest.approx(0.02428971, abs=5e-9)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.84943008, 0.94464399), abs=5e-9)


def test_components_of_van_dyke(van_dyke: Comparison) -> None:
    found = van_dyke.components
    assert found is not None
    values = (found.reader, found.treatment_by_reader, found.covariance_1, found.covariance_2, found.covariance_3)
    assert values == pytest.approx((0.00153500, 0.00020040, 0.00034661, 0.00034407, 0.00023903), abs=5e-9)
    assert found.error == pytest.approx(0.00080229, abs=5e-9)


def test_two_treatments_of_van_dyke(van_dyke: Comparison) -> None:
    random = _test(van_dyke.random_readers_random_cases)
    assert (random.kind, random.df_numerator) == ("F", 1)
    assert random.statistic == pytest.approx(4.46, abs=5e-3)
    assert random.df == pytest.approx(15.26, abs=5e-3)
    assert random.p == pytest.approx(0.0517, abs=5e-5)
    assert random.differences[0].p == pytest.approx(random.p)
    fixed_readers = _test(van_dyke.fixed_readers_random_cases)
    assert fixed_readers.statistic == pytest.approx(5.47595, abs=5e-6)
    assert fixed_readers.p == pytest.approx(0.0193, abs=5e-5)
    assert fixed_readers.df == 1
    fixed_cases = _test(van_dyke.random_readers_fixed_cases)
    assert fixed_cases.statistic == pytest.approx(8.70, abs=5e-3)
    assert (fixed_cases.df_numerator, fixed_cases.df) == (1, 4)
    assert fixed_cases.p == pytest.approx(0.0420, abs=5e-5)


def test_five_treatments_of_fed() -> None:
    data = observed("fedroc.csv")
    found = mrmc.compare(("1", "2", "3", "4", "5"), data.ratings, data.truth, 0.95)
    assert found.components is not None
    assert found.components.treatment_by_reader == pytest.approx(-0.00001093, abs=5e-9)
    random = _test(found.random_readers_random_cases)
    assert (random.statistic, random.df_numerator) == (pytest.approx(3.47, abs=5e-3), 4)
    assert (random.df, random.p) == (pytest.approx(16.80, abs=5e-3), pytest.approx(0.0305, abs=5e-5))
    assert len(random.differences) == 10
    fixed_readers = _test(found.fixed_readers_random_cases)
    assert fixed_readers.statistic == pytest.approx(13.60126, abs=5e-6)
    assert (fixed_readers.df, fixed_readers.p) == (4, pytest.approx(0.0087, abs=5e-5))
    first = _method(mrmc.analyse(data.ratings[0], data.truth, 0.95, None).jackknife).random_readers
    assert first.auc == pytest.approx(0.84516250, abs=5e-9)
    assert first.se == pytest.approx(0.02857824, abs=5e-9)
    assert first.df == pytest.approx(5.46, abs=5e-3)
    assert (first.interval.low, first.interval.high) == pytest.approx((0.77351391, 0.91681109), abs=5e-9)


def test_the_jackknife_leaves_out_each_case() -> None:
    rng = np.random.default_rng(6)
    negatives, positives = rng.normal(size=(3, 9)), rng.normal(1, 1, (3, 7))
    left_out = [placements(np.delete(negatives, k, 1), positives).auc for k in range(9)]
    left_out += [placements(negatives, np.delete(positives, k, 1)).auc for k in range(7)]
    expected = np.cov(np.array(left_out).T, ddof=1) * 15 * 15 / 16
    np.testing.assert_allclose(obuchowski_rockette.jackknife(placements(negatives, positives)), expected, rtol=1e-10)


def test_without_covariance_over_cases_it_is_a_t_test() -> None:
    aucs = np.array([0.56, 0.74, 0.45, 0.39])
    found = obuchowski_rockette.one_treatment(aucs, np.zeros((4, 4)))
    assert found.random == pytest.approx(stats.sem(aucs))
    assert found.df == 3


def test_readers_who_agree_fully_have_no_spread_of_their_own() -> None:
    rng = np.random.default_rng(7)
    one = placements(rng.normal(size=(1, 40)), rng.normal(1, 1, (1, 30)))
    alone = delong.covariance(one)[0, 0]
    found = obuchowski_rockette.one_treatment(np.full(3, one.auc[0]), np.full((3, 3), alone))
    assert found.random == pytest.approx(np.sqrt(alone))
    assert np.isinf(found.df)


def test_one_reader_or_one_case_says_why_there_is_nothing() -> None:
    ratings = np.array([[1.0, 2.0, 3.0, 4.0]])
    truth = np.array([False, True, False, True])
    assert mrmc.analyse(ratings, truth, 0.95, None).reason == Statement("mrmc.one_reader")
    single = mrmc.analyse(np.tile(ratings[:, :3], (2, 1)), truth[:3], 0.95, None)
    assert single.jackknife is None
    assert single.reason == mrmc.FEW_CASES
