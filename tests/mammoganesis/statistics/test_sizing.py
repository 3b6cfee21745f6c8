"""What a design is expected to give: a published power, simulated studies, and the smallest design that suffices."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from mammoganesis.errors import InvalidArgument
from mammoganesis.statistics import delong, equivalence, sizing
from mammoganesis.statistics.obuchowski_rockette import one_treatment
from mammoganesis.statistics.roc import placements
from mammoganesis.statistics.sizing import Design
from tests.support.roe_metz import Model, simulate

ONE_READER = Design(auc=0.73, readers=1, positives=41, negatives=72, reader_sd=0, correlation=0)


def test_the_published_power() -> None:
    """pROC's power.roc.test of 41 cases and 72 controls."""
    assert sizing.expect(ONE_READER).power_difference == pytest.approx(0.9897453, abs=5e-8)


@pytest.mark.parametrize("distance", [0.0, 0.5, 1.0])
def test_the_variance_is_about_that_of_simulated_readers(distance: float) -> None:
    negatives, positives = simulate(Model(distance, reader=0.0, readers=1, positives=60, negatives=40), 4000, 1)
    aucs = placements(negatives, positives).auc[:, 0]
    assert sizing.auc_variance(float(aucs.mean()), 60, 40) == pytest.approx(aucs.var(), rel=0.15)


def test_expected_power_and_width_are_those_of_simulated_studies() -> None:
    """Readers whose true AUCs spread by 0.07 or so read cases of which they share 0.6 of the variance."""
    model = Model(0.25, reader=0.06, readers=6, positives=60, negatives=60)
    negatives, positives = simulate(model, 1000, 2)
    found = placements(negatives, positives)
    covariance = delong.covariance(found)
    error = np.trace(covariance, axis1=1, axis2=2) / 6
    between = (found.auc.var(axis=1, ddof=1) - error + (covariance.sum(axis=(1, 2)) / 6 - error) / 5).mean()
    correlation = float(((covariance.sum(axis=(1, 2)) / 6 - error) / 5).mean() / error.mean())
    design = Design(model.auc, 6, 60, 60, float(np.sqrt(between)), correlation, margin=0.15)
    expected = sizing.expect(design)
    spread = one_treatment(found.auc, covariance)
    mean = found.auc.mean(axis=1)
    critical = stats.t.ppf(0.975, spread.df)
    assert expected.se == pytest.approx(float(mean.std()), rel=0.05)
    assert expected.half_width == pytest.approx(float(np.median(critical * spread.random)), rel=0.06)
    differs = np.abs(mean - 0.5) > critical * spread.random
    assert expected.power_difference == pytest.approx(float(differs.mean()), abs=0.06)
    margin = equivalence.Margin(0.15)
    equivalent = [
        equivalence.two_one_sided(*of, margin).equivalent
        for of in zip(mean.tolist(), spread.random.tolist(), spread.df.tolist(), strict=True)
    ]
    assert expected.power_equivalence == pytest.approx(float(np.mean(equivalent)), abs=0.05)


def test_more_readers_and_cases_never_hurt() -> None:
    design = Design(auc=0.6, readers=4, positives=50, negatives=50, margin=0.15)
    one = sizing.expect(design)
    readers = sizing.expect(dataclasses.replace(design, readers=8))
    cases = sizing.expect(dataclasses.replace(design, positives=100, negatives=100))
    for more in (readers, cases):
        assert more.se < one.se
        assert more.half_width < one.half_width
        assert more.power_difference > one.power_difference


def test_the_smallest_design_suffices_and_one_less_does_not() -> None:
    design = Design(auc=0.5, readers=4, positives=96, negatives=104, margin=0.1)

    def enough(found: sizing.Size) -> bool:
        return (found.power_equivalence or 0) >= 0.8

    readers = sizing.readers_for(design, enough)
    assert readers is not None
    assert enough(sizing.expect(dataclasses.replace(design, readers=readers)))
    assert not enough(sizing.expect(dataclasses.replace(design, readers=readers - 1)))
    cases = sizing.cases_for(dataclasses.replace(design, readers=10), enough)
    assert cases is not None
    positives, negatives = cases
    assert negatives / positives == pytest.approx(52 / 48, abs=0.02)
    assert enough(sizing.expect(dataclasses.replace(design, readers=10, positives=positives, negatives=negatives)))
    fewer = dataclasses.replace(design, readers=10, positives=positives - 2, negatives=round((positives - 2) * 52 / 48))
    assert not enough(sizing.expect(fewer))


def test_four_readers_of_the_papers_images_show_no_equivalence_within_a_tenth() -> None:
    found = sizing.expect(Design(auc=0.5, readers=4, positives=48, negatives=52, margin=0.1))
    assert found.power_equivalence is not None
    assert found.power_equivalence < 0.5


def test_no_number_of_cases_makes_up_for_few_readers() -> None:
    assert (
        sizing.cases_for(Design(0.5, 3, 50, 50, 0.1, margin=0.05), lambda of: (of.power_equivalence or 0) > 0.8) is None
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("auc", 1.2), ("readers", 0), ("positives", 1), ("correlation", -0.1), ("margin", 0.0), ("level", float("nan"))],
)
def test_what_is_not_allowed_is_named(field: str, value: float) -> None:
    with pytest.raises(InvalidArgument, match=field):
        dataclasses.replace(ONE_READER, **{field: value})


def test_one_reader_cannot_speak_for_readers_who_differ() -> None:
    with pytest.raises(InvalidArgument, match="readers"):
        sizing.expect(dataclasses.replace(ONE_READER, reader_sd=0.05))
