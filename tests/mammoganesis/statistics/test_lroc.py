"""LROC: hand-worked figures, the integral of the curve, and simulated studies that the intervals cover."""

import numpy as np
import pytest
from scipy import stats

from mammoganesis.statistics import lroc, obuchowski_rockette
from mammoganesis.statistics.obuchowski_rockette import one_treatment
from mammoganesis.statistics.readings import Reading, Readings, gather
from mammoganesis.statistics.roc import placements

NEGATIVES = (1.0, 2.0, 3.0)
POSITIVES = ((3.0, True), (2.0, True), (5.0, False))


def _readings(by_reader: dict[str, tuple[list[float], list[tuple[float, bool]]]]) -> tuple[Readings, np.ndarray]:
    rows, located = [], []
    for reader, (negatives, positives) in by_reader.items():
        for number, rating in enumerate(negatives):
            rows.append(Reading(reader, f"n{number}", False, rating))
            located.append(False)
        for number, (rating, found) in enumerate(positives):
            rows.append(Reading(reader, f"p{number}", True, rating))
            located.append(found)
    return gather(rows), np.array(located)


def test_three_of_each_by_hand() -> None:
    """Pairs of a located positive and a negative: 3 beats 1 and 2 and ties with 3, 2 beats 1 and ties with 2; the third
    positive, rated highest and not located, wins none. 2.5 + 1.5 of 9."""
    found = lroc.analyse(*_readings({"R1": (list(NEGATIVES), list(POSITIVES))}), level=0.95)
    assert found is not None
    (reader,) = found.readers
    assert reader.area == pytest.approx(4 / 9)
    assert (reader.located.count, reader.located.total) == (2, 3)
    assert reader.curve is not None
    assert reader.curve.false_positive == pytest.approx((0, 0, 1 / 3, 2 / 3, 1))
    assert reader.curve.true_positive == pytest.approx((0, 0, 1 / 3, 2 / 3, 2 / 3))
    # V10 is 2.5/3, 1.5/3, 0 and V01 2/3, 1.5/3, 0.5/3: DeLong's variance is S10/3 + S01/3.
    assert reader.se is not None
    spreads = np.var([5 / 6, 1 / 2, 0], ddof=1), np.var([2 / 3, 1 / 2, 1 / 6], ddof=1)
    assert reader.se**2 == pytest.approx(sum(spreads) / 3)
    assert (found.area, found.located) == (None, None)
    assert found.reason


def test_the_area_is_that_under_the_curve() -> None:
    generator = np.random.default_rng(5)
    for _ in range(20):
        rating = generator.integers(1, 7, 60).astype(float)
        truth, located = generator.random(60) < 0.4, generator.random(60) < 0.6
        corners = lroc.curve(rating, truth, located)
        ordered = lroc.ranked(rating, truth, located)
        area = float(placements(ordered[~truth], ordered[truth]).auc)
        assert np.trapezoid(corners.true_positive, corners.false_positive) == pytest.approx(area)
        assert corners.true_positive[-1] == pytest.approx((truth & located).sum() / truth.sum())


def test_all_located_is_the_roc_and_none_located_is_nothing() -> None:
    everything = [(rating, True) for rating, _ in POSITIVES]
    nothing = [(rating, False) for rating, _ in POSITIVES]
    for positives, area in ((everything, (2.5 + 1.5 + 3) / 9), (nothing, 0.0)):
        found = lroc.analyse(*_readings({"R1": (list(NEGATIVES), positives)}), level=0.95)
        assert found is not None
        assert found.readers[0].area == pytest.approx(area)


def test_the_mean_fraction_of_located_positives_is_the_readers_mean() -> None:
    generator = np.random.default_rng(6)
    readers = {}
    for number in range(3):
        positives = [(float(generator.integers(1, 7)), bool(generator.random() < 0.5)) for _ in range(12)]
        readers[f"R{number}"] = (generator.integers(1, 7, 10).astype(float).tolist(), positives)
    found = lroc.analyse(*_readings(readers), level=0.95)
    assert found is not None
    assert found.area is not None
    assert found.located is not None
    shares = [sum(met for _, met in positives) / 12 for _, positives in readers.values()]
    assert found.located.random_readers.value == pytest.approx(np.mean(shares))
    assert found.area.random_readers.value == pytest.approx(np.mean([each.area for each in found.readers]))
    assert found.area.method == "jackknife"


def test_one_class_alone_has_no_lroc() -> None:
    assert lroc.analyse(*_readings({"R1": (list(NEGATIVES), [])}), level=0.95) is None


def _covered(studies: int, seed: int) -> float:
    """How often the interval for new readers and cases holds the true area of simulated readers who locate a place
    with a probability that depends on the case and the reader, and rate as Roe and Metz (1997) let them."""
    generator = np.random.default_rng(seed)
    readers, cases, distance = 5, 50, 1.2
    case, own = 0.6, 0.4
    negatives = generator.normal(0, np.sqrt(case), (studies, 1, cases)) + generator.normal(
        0, np.sqrt(own), (studies, readers, cases)
    )
    positives = distance + generator.normal(0, np.sqrt(case), (studies, 1, cases))
    positives = positives + generator.normal(0, np.sqrt(own), (studies, readers, cases))
    found = generator.normal(0, 1, (studies, 1, cases)) + generator.normal(0, 0.2, (studies, readers, 1))
    found = found + generator.normal(0, 1, (studies, readers, cases)) > -0.8
    true = stats.norm.cdf(0.8 / np.sqrt(2.04)) * stats.norm.cdf(distance / np.sqrt(2))
    placed = placements(negatives, np.where(found, positives, -1e3))
    spread = one_treatment(placed.auc, obuchowski_rockette.jackknife(placed))
    half = stats.t.ppf(0.975, spread.df) * spread.random
    return float((np.abs(placed.auc.mean(axis=-1) - true) <= half).mean())


def test_three_hundred_simulated_studies_are_covered() -> None:
    assert 0.91 <= _covered(300, 31) <= 0.985


@pytest.mark.slow
def test_two_thousand_simulated_studies_are_covered() -> None:
    assert 0.93 <= _covered(2000, 32) <= 0.97
