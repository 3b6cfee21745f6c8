"""Two one-sided tests against the interval that they are, and against Student's distribution."""

import math

import numpy as np
import pytest
from scipy import stats

from mammoganesis.statistics.equivalence import Margin, two_one_sided


@pytest.mark.parametrize("value", [0.38, 0.41, 0.5, 0.55, 0.58, 0.7])
@pytest.mark.parametrize("se", [0.01, 0.05])
@pytest.mark.parametrize("df", [3.0, 12.5, math.inf])
def test_equivalence_is_the_narrower_interval_inside_the_margin(value: float, se: float, df: float) -> None:
    found = two_one_sided(value, se, df, Margin(0.1))
    law = stats.norm() if math.isinf(df) else stats.t(df)
    low, high = value + law.ppf([0.05, 0.95]) * se
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high))
    assert found.equivalent == (low > 0.4 and high < 0.6)
    assert found.p == max(found.p_low, found.p_high)


def test_it_is_two_t_tests() -> None:
    values = np.array([0.47, 0.52, 0.55, 0.49, 0.51, 0.48])
    found = two_one_sided(values.mean(), float(stats.sem(values)), 5, Margin(0.1))
    assert found.p_low == pytest.approx(stats.ttest_1samp(values, 0.4, alternative="greater").pvalue)
    assert found.p_high == pytest.approx(stats.ttest_1samp(values, 0.6, alternative="less").pvalue)


def test_without_spread_the_value_decides() -> None:
    assert two_one_sided(0.55, 0.0, math.inf, Margin(0.1)).equivalent
    assert not two_one_sided(0.6, 0.0, math.inf, Margin(0.1)).equivalent


def test_the_papers_mean_shows_no_equivalence() -> None:
    """AUC 0.54 of four readers: the interval over readers is 0.29 to 0.78, as of a t test."""
    aucs = np.array([0.56, 0.74, 0.45, 0.39])
    found = two_one_sided(aucs.mean(), float(stats.sem(aucs)), 3, Margin(0.1))
    assert not found.equivalent
    whole = two_one_sided(aucs.mean(), float(stats.sem(aucs)), 3, Margin(0.1, alpha=0.025)).interval
    assert (round(whole.low, 2), round(whole.high, 2)) == (0.29, 0.78)
