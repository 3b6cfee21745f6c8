"""Least squares on derivatives whose answer is known, and the search on a drawn network with mixed axes."""

from __future__ import annotations

import numpy as np
import pytest

from mammoganesis.bundle.arrays import Components
from mammoganesis.recipe.limits import Part
from tests.support.drawn_network import Drawn
from training.evaluation import search
from training.evaluation.attributes import SIDES
from training.evaluation.combinations import MOST, layer_ranges, terms, trade_off
from training.evaluation.directions import Moves, sweep
from training.evaluation.reference import Reference
from training.evaluation.study import Study

PARTS = terms(4, 4)  # one range of layers
AREA, TEXTURE = SIDES.index("breast_area"), SIDES.index("texture")


def slopes_of(*rows: dict[str, float], scatter: float = 0.01) -> np.ndarray:
    """Derivatives of so many parts on 200 seeds, [200, M, len(SIDES)]."""
    mean = np.array([[row.get(name, 0.0) for name in SIDES] for row in rows])
    return mean + scatter * np.random.default_rng(0).standard_normal((200, *mean.shape))


def test_what_moves_two_things_is_held_by_what_moves_the_other():
    """Part 0 moves area and texture, part 1 texture alone: their difference moves the area alone."""
    slopes = slopes_of({"breast_area": 1, "texture": 0.8}, {"texture": 1}, {}, {})
    found = trade_off(slopes, PARTS, "breast_area")
    first = {part.index: part.weight for part in found[0].direction}
    assert first == {0: 1.0, 1: pytest.approx(-0.8, abs=0.02)}
    assert found[0].side < 0.02
    assert found[0].movement == pytest.approx(1.0, abs=0.02)
    assert found[0].direction[0].weight == 1.0, "the largest comes first, and the attribute grows"


def test_side_effects_come_back_as_lambda_grows():
    """The part that would hold the texture still is unreliable: it is used less and less."""
    slopes = slopes_of({"breast_area": 1, "texture": 0.8}, {"texture": 1}, {}, {})
    slopes[:, 1, AREA] += 3 * (-1.0) ** np.arange(200)  # 0 in the mean
    sides = [one.side for one in trade_off(slopes, PARTS, "breast_area")]
    assert sides[0] < 0.3 < sides[-1]
    assert sides == pytest.approx(sorted(sides), abs=0.02)


def test_four_parts_at_most_and_none_for_what_nothing_moves():
    random = np.random.default_rng(2)
    slopes = random.standard_normal((50, 30, len(SIDES))) + random.standard_normal((30, len(SIDES)))
    parts = terms(10, 12)
    for one in trade_off(slopes, parts, "texture"):
        assert 1 <= len(one.direction) <= MOST == 4
        assert abs(one.direction[0].weight) == 1.0
        assert all(0.05 <= abs(part.weight) <= 1 for part in one.direction)
        places = [(part.index, part.layer_start) for part in one.direction]
        assert len(set(places)) == len(places)
    slopes[..., TEXTURE] = 0.0
    assert trade_off(slopes, parts, "texture") == []


@pytest.mark.parametrize(
    ("num_ws", "expected"),
    [(2, [(0, 2)]), (4, [(0, 4)]), (6, [(0, 4), (4, 6)]), (12, [(0, 4), (4, 8), (8, 12)])],
)
def test_ranges_of_layers(num_ws, expected):
    assert layer_ranges(num_ws) == expected


def test_the_search_takes_mixed_axes_apart(monkeypatch):
    """Components that each change size and brightness: alone they do both, combined they change the size."""
    mixed = np.array([[1, 1, 0], [1, -1, 0], [0, 0, np.sqrt(2)]], np.float32) / np.sqrt(2)
    found = Components(
        components=mixed,
        deviations=np.ones(3, np.float32),
        mean=np.zeros(3, np.float32),
        explained_variance_ratio=np.full(3, 1 / 3, np.float32),
    )
    network, seeds = Drawn(), np.random.default_rng(0).integers(10**6, size=40).tolist()
    values, _ = sweep(network, found, [(Part(0, 0, 2),)], Moves((0.0,), seeds, 2.0))
    reference = Reference.of_values(values[0, :, 0], "drawings")
    moves = Moves((-2.0, 0.0, 2.0), range(3), 0.3)
    monkeypatch.setattr(search, "TARGETS", ("breast_area",))
    study = Study(network, found, reference, moves, top=2, combine=2, end_seeds=3)
    effects, values, _ = study.components()
    clear = study.clear(effects, values)
    assert len(clear) == 2
    for one in clear:
        moved = {finding.attribute for finding in one.findings if finding.rule == "still" and not finding.passed}
        assert moved & {"breast_area", "mean_intensity"}
    combined, compromises = study.combinations()
    assert set(compromises) == {"breast_area"}
    assert all(one.combined for one in combined)
    proposed = study.proposed([*clear, *combined], ())
    size = proposed["size"]
    assert size.passes
    weights = {part.index: part.weight for part in size.direction}
    assert min(weights.values()) > 0.9, "the two components together are the width"
    ends = {effect.attribute: effect.ends for effect in size.effects}
    assert ends["breast_area"][0] < 0 <= ends["breast_area"][1]
    assert abs(ends["mean_intensity"][0]) < abs(ends["breast_area"][0]) / 3
    assert [one.combined for one in proposed.values()].count(True) == 1, "of combinations the best that passes"
