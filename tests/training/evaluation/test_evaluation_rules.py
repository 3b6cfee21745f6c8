"""What keeps the rules, on attributes made for it; the view score; what is usual among real images."""

from __future__ import annotations

import numpy as np
import pytest

from mammoganesis.errors import ConfigurationError
from tests.support.measured_images import prepared
from training.evaluation import view
from training.evaluation.attributes import NAMES, measure_all
from training.evaluation.directions import Moves, flipped
from training.evaluation.reference import Reference, of_data
from training.evaluation.rules import judge, passes
from training.evaluation.view import FEATURES

SIGMAS = (-2.0, -1.0, 0.0, 1.0, 2.0)
SEEDS = 50
AREA, TEXTURE, MUSCLE, TOP = (NAMES.index(n) for n in ("breast_area", "texture", "pectoral_area", "top_width"))


@pytest.fixture(scope="module")
def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Attributes of 200 images, a third of them MLO: broad at the top, with a muscle."""
    random = np.random.default_rng(0)
    is_mlo = np.arange(200) % 3 == 0
    values = random.normal(0.5, 0.1, (200, len(NAMES)))
    values[:, TEXTURE] = random.normal(0.06, 0.015, 200)
    values[:, TOP] = random.normal(np.where(is_mlo, 0.6, 0.2), 0.08)
    values[:, MUSCLE] = np.where(is_mlo, 0.05, 0.0) + random.normal(0, 0.005, 200)
    values[:, NAMES.index("view_score")] = np.nan
    return values, is_mlo


@pytest.fixture(scope="module")
def reference(labelled) -> Reference:
    values, is_mlo = labelled
    return Reference.of_values(values, "numbers", view.fit(values, is_mlo))


def swept(reference: Reference, labelled, **changes: np.ndarray) -> np.ndarray:
    """Attributes [S, T, A] of CC images whose area grows by half a deviation a sigma; other attributes as given."""
    values, is_mlo = labelled
    plain = np.nan_to_num(values[~is_mlo]).mean(axis=0)
    rows = np.tile(plain, (SEEDS, len(SIGMAS), 1))
    rows[..., AREA] += 0.5 * reference.deviation[AREA] * np.array(SIGMAS)
    for name, change in changes.items():
        rows[..., NAMES.index(name)] += change
    return reference.complete(rows)


def failed(values: np.ndarray, reference: Reference, useful=(-2.0, 2.0), attribute="breast_area") -> dict:
    findings = judge(values, Moves(SIGMAS, range(SEEDS), 0.65), attribute, useful, reference)
    assert passes(findings) == all(finding.passed for finding in findings)
    return {(f.rule, f.attribute): f.value for f in findings if not f.passed}


def test_what_moves_its_attribute_alone_keeps_all_rules(reference, labelled):
    assert failed(swept(reference, labelled), reference) == {}


def test_another_attribute_may_move_less_than_a_third_as_much(reference, labelled):
    step = np.array(SIGMAS) * 0.5 * reference.deviation[TEXTURE]
    assert failed(swept(reference, labelled, texture=0.32 * step), reference) == {}
    found = failed(swept(reference, labelled, texture=-0.35 * step), reference)
    assert found == {("still", "texture"): pytest.approx(0.35)}


def test_what_only_a_few_images_of_one_view_lose_is_seen(reference, labelled):
    """Six MLO views whose muscle goes away: in the mean of fifty images that is little."""
    mlo = np.zeros((SEEDS, len(SIGMAS)))
    mlo[:6] = 1.0
    smaller = 0.05 * mlo - 0.006 * mlo * np.array(SIGMAS)
    few = swept(reference, labelled, top_width=0.4 * mlo, pectoral_area=smaller)
    found = failed(few, reference)
    assert set(found) == {("still", "pectoral_area"), ("still", "view_score")}, "the score looks at the muscle too"
    assert found["still", "pectoral_area"] == pytest.approx(0.024 / (2 * reference.deviation[MUSCLE]), rel=1e-3)
    four = swept(reference, labelled, top_width=0.4 * mlo, pectoral_area=smaller)
    four[4:6] = few[6:8]
    assert failed(four, reference) == {}, "of too few nobody is judged"


def test_one_of_fifty_may_become_the_other_view(reference, labelled):
    turned = np.zeros((SEEDS, len(SIGMAS)))
    turned[0, 3] = 1.0  # in the middle of the range, not at its ends: nothing else moves
    assert failed(swept(reference, labelled, pectoral_area=0.05 * turned, top_width=0.4 * turned), reference) == {}
    turned[1, 3] = 1.0
    found = failed(swept(reference, labelled, pectoral_area=0.05 * turned, top_width=0.4 * turned), reference)
    assert found == {("view", "view_score"): pytest.approx(0.04)}


def test_an_image_at_the_border_of_the_views_has_none_to_lose():
    score = np.array([[-0.2, 0.9], [-0.3, 0.2], [-0.3, 0.3], [0.9, -0.9], [0.9, 0.3]])
    values = np.zeros((5, 2, len(NAMES)))
    values[..., NAMES.index("view_score")] = score
    np.testing.assert_array_equal(flipped(values, 0)[:, 1], [False, False, True, True, False])
    assert not flipped(values, 0)[:, 0].any()


def test_the_attribute_must_follow_and_be_seen(reference, labelled):
    half = np.array(SIGMAS) * -0.3 * reference.deviation[AREA]
    found = failed(swept(reference, labelled, breast_area=half), reference)
    assert found == {("moves", "breast_area"): pytest.approx(0.8)}
    bent = np.zeros((SEEDS, len(SIGMAS)))
    bent[: SEEDS // 2, 1] = 2 * reference.deviation[AREA]  # of half the seeds one step goes the wrong way
    found = failed(swept(reference, labelled, breast_area=bent), reference)
    assert set(found) == {("monotone", "breast_area")}
    assert found["monotone", "breast_area"] < 0.9


def test_only_the_range_counts(reference, labelled):
    late = np.where(np.array(SIGMAS) > 1.5, 5 * reference.deviation[TEXTURE], 0.0)
    values = swept(reference, labelled, texture=late)
    assert set(failed(values, reference)) == {("range", "breast_area"), ("still", "texture")}
    assert failed(values, reference, useful=(-2.0, 1.0)) == {}
    assert set(failed(values, reference, useful=(0.0, 0.0))) == {("range", "breast_area")}


def test_without_views_nobody_is_judged_by_them(labelled):
    values, _ = labelled
    blind = Reference.of_values(values, "numbers")
    rules = {
        finding.rule
        for finding in judge(swept(blind, labelled), Moves(SIGMAS, range(50), 0.65), "breast_area", (-2, 2), blind)
    }
    assert rules == {"range", "moves", "monotone", "still"}


def test_the_view_score_is_minus_one_and_one_in_the_mean(labelled):
    values, is_mlo = labelled
    score = view.fit(values, is_mlo)
    assert score is not None
    found = score.into(values)[:, NAMES.index("view_score")]
    assert found[is_mlo].mean() == pytest.approx(1.0, abs=1e-6)
    assert found[~is_mlo].mean() == pytest.approx(-1.0, abs=1e-6)
    assert score.accuracy > 0.98
    assert score.images == 200
    lottery = view.fit(values, np.random.default_rng(5).random(200) < 0.5)
    assert lottery is not None
    assert lottery.accuracy < 0.65
    assert view.fit(values[:12], is_mlo[:12]) is None
    assert len(score.weights) == len(FEATURES)


def test_real_images_are_measured_at_the_networks_size(tmp_path):
    folder = prepared(tmp_path / "set", 24, 4)
    images = np.load(folder / "shard-00000.npy")[:24, 0] / 255
    found = of_data(folder, 16)
    values = measure_all(images)
    assert (found.images, found.of, found.view) == (24, "24 real images", None)
    np.testing.assert_allclose(found.mean[AREA], values[:, AREA].mean())
    with pytest.raises(ConfigurationError, match="--data: its images have 16 pixels; a multiple of the network's 32"):
        of_data(folder, 32)
