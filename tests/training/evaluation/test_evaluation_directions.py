"""Directions of a drawn network whose components are known, and the command on the tiny bundle."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from mammoganesis.bundle.arrays import Components
from mammoganesis.errors import ConfigurationError
from mammoganesis.recipe.limits import Part
from tests.places import TINY_BUNDLE
from tests.support.drawn_network import Drawn
from training.cli import main
from training.evaluation.attributes import ATTRIBUTES, NAMES, SIDES
from training.evaluation.directions import (
    Effect,
    Moves,
    Response,
    analyse,
    respond,
    spearman,
    sweep,
    useful_range,
)
from training.evaluation.proposals import choose, entry
from training.evaluation.reference import Reference
from training.evaluation.study import Study
from training.export import card_results
from training.export.evaluations import read_evaluations

SIGMAS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)


MOVES = Moves(SIGMAS, range(6), 0.5)
COMPONENTS = [(Part(index, 0, 2),) for index in range(3)]


def found(deviations: float = 1.0) -> Components:
    """The axes of the drawn network."""
    return Components(
        components=np.eye(3, dtype=np.float32),
        deviations=np.full(3, deviations, np.float32),
        mean=np.zeros(3, np.float32),
        explained_variance_ratio=np.full(3, 1 / 3, np.float32),
    )


@pytest.fixture(scope="module")
def swept() -> tuple[np.ndarray, np.ndarray]:
    return sweep(Drawn(), found(), COMPONENTS, MOVES)


@pytest.fixture(scope="module")
def reference() -> Reference:
    random = np.random.default_rng(0)
    seeds = random.integers(10**6, size=60).tolist()
    values, _ = sweep(Drawn(), found(), COMPONENTS[:1], Moves((0.0,), seeds, 2.0))
    return Reference.of_values(values[0, :, 0], "drawings")


def by_name(effect: Effect) -> dict[str, Response]:
    return {response.attribute: response for response in effect.responses}


def test_known_components_are_told_from_one_another(swept, reference):
    size, brightness, nothing = map(by_name, analyse(swept[0], COMPONENTS, MOVES, reference))
    assert size["breast_area"].rho == size["breast_area"].monotone == 1.0
    assert abs(size["mean_intensity"].change) < 0.5  # of the rim's pixels only
    assert brightness["mean_intensity"].rho == pytest.approx(-1.0)
    assert brightness["breast_area"].rho == 0.0
    assert brightness["mean_intensity"].curve[0] == pytest.approx(0.4 + 0.15, abs=0.06)
    assert all(response.rho == 0 and response.change == 0 for response in nothing.values())
    assert size["pectoral_angle"].seeds == 0


def test_proposals_are_named_turned_and_bounded(swept, reference):
    study = Study(Drawn(), found(), reference, MOVES, top=3, combine=0, end_seeds=4)
    clear = study.clear(analyse(swept[0], COMPONENTS, MOVES, reference), swept[0])
    proposed = study.proposed(clear, ())
    entries = {one["index"]: one for one in (entry(name, judged) for name, judged in proposed.items())}
    assert set(entries) == {0, 1}
    assert (entries[0]["name"], entries[0]["reversed"]) == ("size", False)
    assert (entries[1]["name"], entries[1]["reversed"]) == ("brightness", True)
    assert entries[1]["evidence"] == {"attribute": "mean_intensity", "spearman_rho": 1.0, "num_seeds": 6}
    assert (entries[0]["layer_start"], entries[0]["layer_end"], entries[0]["further"]) == (0, 2, [])
    assert -3 <= entries[0]["sigmas_start"] < 0 < entries[0]["sigmas_end"] <= 3
    effects = {effect["attribute"]: effect for effect in entries[0]["side_effects"]}
    assert set(effects) == set(SIDES) - {"view_score"}, "nobody knows the views of drawings"
    assert effects["breast_area"]["at_start"] < 0 < effects["breast_area"]["at_end"]
    assert abs(effects["mean_intensity"]["at_end"]) < 0.3
    assert effects["breast_area"]["num_seeds"] == 4
    names = [name for name, _ in choose([*clear, dataclasses.replace(clear[0], direction=(Part(5, 0, 2),))])]
    assert names == ["size", "brightness", "size-5"]
    assert [name for name, _ in choose(clear, ["size"])] == ["size-0", "brightness"]


def test_an_edit_of_other_layers_does_nothing():
    values, images = sweep(Drawn(), found(), [(Part(0, 1, 2),)], Moves(SIGMAS, [1], 0.5))
    assert np.ptp(values[0, 0, :, NAMES.index("breast_area")]) == 0
    assert (images[0, 0] == images[0, 0, :1]).all()
    with pytest.raises(ConfigurationError, match="--layers is 1:3; it must be START:END"):
        Moves(SIGMAS, [1], 0.5, layers=(1, 3)).along_components(Drawn(), 3)


def test_truncation_comes_before_the_edit():
    """psi 0 draws the mean image; the edit still goes its full length."""
    values, _ = sweep(Drawn(), found(0.5), COMPONENTS[:1], Moves((0.0, 2.0), [3, 4], 0.0))
    areas = values[0, :, :, NAMES.index("breast_area")]
    np.testing.assert_array_equal(areas[0], areas[1])
    assert areas[0, 1] / areas[0, 0] == pytest.approx(0.58 / 0.5, abs=0.03)


def test_spearman_equals_scipy():
    random = np.random.default_rng(3)
    for _ in range(20):
        values = np.round(random.normal(size=7), 1)  # with ties
        assert spearman(values, SIGMAS, 0.0) == pytest.approx(stats.spearmanr(SIGMAS, values).statistic)
    assert spearman(np.linspace(0, 0.001, 7), SIGMAS, 0.01) == 0.0
    assert np.isnan(spearman(np.array([1.0, np.nan]), (0.0, 1.0), 0.0))


def test_mean_interval_and_monotone_share(reference):
    rising = np.linspace(0, 1, 7)
    bent = rising.copy()
    bent[3] = 0.9
    values = np.stack([rising] * 6 + [bent] * 3 + [rising[::-1]])
    answer = respond(values, SIGMAS, 0, reference)
    rhos = [stats.spearmanr(SIGMAS, row).statistic for row in values]
    assert answer.rho == pytest.approx(np.mean(rhos))
    assert answer.low < answer.rho < answer.high
    assert answer.monotone == 0.6
    assert answer.seeds == 10


def test_what_is_usual_lies_between_the_first_and_the_last_percentile():
    random = np.random.default_rng(4)
    values = np.zeros((500, len(ATTRIBUTES)))
    values[:, 0], values[:, NAMES.index("texture")] = random.normal(0.5, 0.1, 500), random.normal(0.5, 0.1, 500)
    values[:, NAMES.index("pectoral_angle")] = np.nan
    values[:, NAMES.index("view_score")] = np.nan
    reference = Reference.of_values(values, "numbers")
    low, high = np.percentile(values[:, 0], (1, 99))
    np.testing.assert_allclose((reference.low[0], reference.high[0]), (low - 0.01, high + 0.01))  # and the floor
    assert 0.02 <= reference.outside(values).mean() <= 0.04
    far = values[:1].copy()
    far[0, 0] = 1.2
    assert reference.outside(far)[0]
    other = values[:1].copy()
    other[0, NAMES.index("height")] = 9.0  # not among what is held
    assert reference.outside(other)[0] == reference.outside(values[:1])[0]


@pytest.mark.parametrize(
    ("curve", "outside", "expected"),
    [
        ((0, 1, 2, 3, 4, 5, 6), (0,) * 7, (-3, 3)),
        ((2, 1, 2, 3, 4, 5, 5), (0,) * 7, (-2, 2)),
        ((0, 1, 2, 3, 4, 5, 6), (0.5, 0.11, 0, 0, 0, 0.1, 0.3), (-1, 2)),
        ((6, 5, 4, 3, 2, 1, 0), (0, 0, 0, 0, 1, 0, 0), (-3, 0)),
    ],
)
def test_useful_range(curve, outside, expected):
    rho = float(np.sign(curve[-1] - curve[0]))
    response = Response("breast_area", rho, rho, rho, 1.0, 1.0, 5, tuple(map(float, curve)))
    assert useful_range(Effect((Part(0, 0, 2),), (response,), outside, outside), response, SIGMAS) == expected


def test_command_on_a_bundle(tmp_path, monkeypatch):
    monkeypatch.setattr("training.evaluation.reference.REFERENCE_IMAGES", 12)
    monkeypatch.setattr("training.evaluation.search.TRIED", 1)
    arguments = [str(TINY_BUNDLE), "--components", str(TINY_BUNDLE / "components.npz"), "--out", str(tmp_path)]
    options = ["--top", "2", "--seeds", "2", "--sigmas", "-2,2", "--layers", "1:4", "--threads", "1"]
    options += ["--combine", "1", "--end-seeds", "3"]
    result = CliRunner().invoke(main, ["evaluate", "directions", *arguments, *options])
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "directions.json").read_text())
    assert document["sigmas"] == [-2, 0, 2]
    assert (document["layer_start"], document["layer_end"]) == (1, 4)
    assert len(document["responses"]) == 2 * len(ATTRIBUTES)
    assert (tmp_path / "directions.md").read_text() in result.output
    results = json.loads((tmp_path / "results.json").read_text())
    assert {"contrast", "coarseness"} <= set(results["side_effects"]) == set(results["directions"])
    for name, row in results["side_effects"].items():
        assert set(row) == {*SIDES, results["directions"][name]["attribute"]} - {"view_score"}
        ends = results["at_ends"][name]
        assert all(
            row[attribute] == pytest.approx(ends[attribute][1] - ends[attribute][0], abs=2e-4) for attribute in row
        )
    card = card_results.results(read_evaluations([tmp_path], document["generator_digest"], pytest.fail))
    for name, row in results["side_effects"].items():
        [line] = [line for line in card.splitlines() if line.startswith(f"| {name} |")]
        assert all(f"| {value:+.2f} |" in line for value in row.values())
        assert line.endswith("| yes |" if results["directions"][name]["passes"] else "| no |")
    assert set(results["trade_offs"]) == set(SIDES) - {"view_score"}
    for name in ("directions.png", "sheet.png", "side_effects.png", "trade_off.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--layers", "3:9"], "--layers is 3:9; it must be START:END with 0 <= START < END <= 8"),
        (["--layers", "x"], "'x' is not START:END"),
        (["--sigmas", "0"], "--sigmas is 0; at least two values beside 0"),
        (["--sigmas", "-30,3"], "-30 is not between -20 and 20"),
    ],
)
def test_bad_input_is_named(tmp_path, extra, message):
    arguments = [str(TINY_BUNDLE), "--components", str(TINY_BUNDLE / "components.npz"), "--out", str(tmp_path)]
    result = CliRunner().invoke(main, ["evaluate", "directions", *arguments, *extra])
    assert result.exit_code != 0
    assert message in result.output
