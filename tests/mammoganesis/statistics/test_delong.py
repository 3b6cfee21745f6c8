"""DeLong's variances and tests: published numbers (pROC on aSAH), and the definition written out."""

import numpy as np
import pytest

from mammoganesis.statistics import delong
from mammoganesis.statistics.roc import Placements, placements
from tests.support.observer_data import bleeding


def _written_out(negatives: np.ndarray, positives: np.ndarray) -> float:
    success = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    return success.mean(axis=1).var(ddof=1) / len(positives) + success.mean(axis=0).var(ddof=1) / len(negatives)


def test_the_variance_is_the_definition() -> None:
    rng = np.random.default_rng(1)
    negatives, positives = np.round(rng.normal(0, 2, 30)), np.round(rng.normal(1, 2, 21))
    found = delong.estimate(placements(negatives, positives), 0.95)
    assert found is not None
    assert found.se**2 == pytest.approx(_written_out(negatives, positives), rel=1e-12)


def test_published_aucs_and_variances() -> None:
    markers = bleeding()
    found = {name: placements(*values) for name, values in markers.items()}
    assert [round(float(found[name].auc), 4) for name in ("wfns", "s100b", "ndka")] == [0.8237, 0.7314, 0.6120]
    together = delong.covariance(
        Placements(np.stack([of.positives for of in found.values()]), np.stack([of.negatives for of in found.values()]))
    )
    published = [0.00146991470882363, 0.00266868245717244, 0.0031908105493913]
    np.testing.assert_allclose(np.diag(together), published, rtol=1e-12)
    # pROC turns s100b and ndka the other way round, hence the signs
    np.testing.assert_allclose(
        [together[0, 2], together[2, 1], together[1, 0]],
        [-0.000532967856762438, -0.000756164938056579, 0.00119615567376754],
        rtol=1e-11,
    )


def test_published_interval() -> None:
    found = delong.estimate(placements(*bleeding()["ndka"]), 0.95)
    assert found is not None
    assert found.interval.low == pytest.approx(0.501244999271703, abs=1e-13)
    assert found.interval.high == pytest.approx(0.722670989888189, abs=1e-13)


@pytest.mark.parametrize(
    ("pair", "z", "p"),
    [
        (("wfns", "s100b"), 2.20898359144091, 0.0271757822291882),
        (("wfns", "ndka"), 2.79777591868904, 0.0051455797069098),
        (("ndka", "s100b"), -1.39077002573558, 0.164295175223054),
    ],
)
def test_published_paired_tests(pair: tuple[str, str], z: float, p: float) -> None:
    markers = bleeding()
    found = delong.paired(*(placements(*markers[name]) for name in pair))
    assert found.statistic == pytest.approx(z, rel=1e-12)
    assert found.p == pytest.approx(p, rel=1e-10)


def test_published_unpaired_test() -> None:
    markers = bleeding()
    found = delong.unpaired(placements(*markers["wfns"]), placements(*markers["s100b"]))
    assert found.statistic == pytest.approx(1.43490640926908, rel=1e-12)
    assert found.p == pytest.approx(0.152825378808796, rel=1e-10)


def test_the_difference_of_a_test_with_itself_is_nothing_the_other_way_round() -> None:
    rng = np.random.default_rng(2)
    one, two = (placements(rng.normal(size=20), rng.normal(1, 1, 25)) for _ in range(2))
    assert delong.paired(one, two).statistic == pytest.approx(-delong.paired(two, one).statistic)
    assert delong.paired(one, two).p == pytest.approx(delong.paired(two, one).p)


def test_one_case_of_a_class_has_no_variance() -> None:
    assert delong.estimate(placements(np.array([1.0]), np.array([2.0, 3.0])), 0.95) is None


def test_clusters_of_one_rating_are_delongs_and_copies_add_nothing() -> None:
    rng = np.random.default_rng(4)
    negatives, positives = rng.normal(size=30), rng.normal(0.7, 1, 25)
    once = placements(negatives, positives)
    alone = delong.estimate(once, 0.95)
    assert alone is not None
    numbers = (np.arange(25), np.arange(30))
    assert delong.clustered(once, numbers) == pytest.approx(alone.se**2, rel=1e-12)
    thrice = placements(np.tile(negatives, 3), np.tile(positives, 3))
    copied = (np.tile(numbers[0], 3), np.tile(numbers[1], 3))
    assert delong.clustered(thrice, copied) == pytest.approx(alone.se**2, rel=1e-12)
