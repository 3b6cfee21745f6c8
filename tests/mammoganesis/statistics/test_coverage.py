"""Simulated studies: intervals cover as often as they say, and the equivalence test holds its level."""

import math

import numpy as np
import pytest
from scipy import stats

from mammoganesis.statistics import delong, obuchowski_rockette, ustatistic
from mammoganesis.statistics.equivalence import Margin, two_one_sided
from mammoganesis.statistics.obuchowski_rockette import one_treatment
from mammoganesis.statistics.roc import Placements, placements
from tests.support.roe_metz import Model, simulate

STUDIES = 2000
AT_CHANCE, MODERATE, FEW_READERS = Model(0.0), Model(0.75), Model(0.0, reader=0.05, readers=4)


def _covers(found: Placements, covariance: np.ndarray, true: float) -> np.ndarray:
    spread = one_treatment(found.auc, covariance)
    return np.abs(found.auc.mean(axis=-1) - true) <= stats.t.ppf(0.975, spread.df) * spread.random


def _equivalent(found: Placements, margin: Margin) -> float:
    spread = one_treatment(found.auc, obuchowski_rockette.jackknife(found))
    rows = zip(found.auc.mean(axis=-1).tolist(), spread.random.tolist(), spread.df.tolist(), strict=True)
    return float(np.mean([two_one_sided(*row, margin).equivalent for row in rows]))


def _at_margin(model: Model, margin: float) -> Model:
    distance = stats.norm.ppf(0.5 + margin) * math.sqrt(2 + 2 * model.reader)
    return Model(float(distance), model.case, model.reader, model.readers)


@pytest.mark.parametrize("model", [AT_CHANCE, MODERATE, FEW_READERS])
def test_three_hundred_studies_are_covered(model: Model) -> None:
    found = placements(*simulate(model, 300, 11))
    for covariance in (obuchowski_rockette.jackknife(found), delong.covariance(found)):
        assert 0.91 <= _covers(found, covariance, model.auc).mean() <= 0.985


def test_equivalence_is_found_rarely_at_the_margin_and_often_at_chance() -> None:
    at_margin = _equivalent(placements(*simulate(_at_margin(AT_CHANCE, 0.2), 300, 12)), Margin(0.2))
    assert at_margin <= 0.09
    assert _equivalent(placements(*simulate(AT_CHANCE, 300, 13)), Margin(0.2)) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("model", [AT_CHANCE, MODERATE, FEW_READERS])
def test_two_thousand_studies_are_covered(model: Model) -> None:
    negatives, positives = simulate(model, STUDIES, 21)
    found = placements(negatives, positives)
    truth = np.repeat([False, True], [model.negatives, model.positives])
    by_u, one_shot = [], []
    for n, p, k in zip(negatives, positives, range(STUDIES), strict=True):
        sums = ustatistic.sums(np.concatenate([n, p], axis=1), truth)
        by_u.append(_covers(placements(n, p), ustatistic.covariance(sums), model.auc))
        shot = ustatistic.one_shot(sums)
        assert shot is not None
        df = math.floor(ustatistic.freedom(max(shot.covariance, 0.0), shot.spread, shot.levels))
        half = stats.t.ppf(0.975, df) * math.sqrt(max(shot.covariance, 0.0))
        one_shot.append(abs(found.auc[k].mean() - model.auc) <= half)
    shares = {
        "jackknife": _covers(found, obuchowski_rockette.jackknife(found), model.auc).mean(),
        "delong": _covers(found, delong.covariance(found), model.auc).mean(),
        "ustatistic": np.mean(by_u),
        "one_shot": np.mean(one_shot),
    }
    assert all(0.93 <= share <= 0.97 for share in shares.values()), shares


@pytest.mark.slow
@pytest.mark.parametrize("model", [AT_CHANCE, FEW_READERS])
def test_two_thousand_studies_at_the_margin_hold_the_level_of_equivalence(model: Model) -> None:
    found = placements(*simulate(_at_margin(model, 0.1), STUDIES, 22))
    assert _equivalent(found, Margin(0.1)) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / STUDIES)
