"""Directions of a drawn network whose components are known, and the command on the tiny bundle."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from mammoganesis.editing.labels import LabelMixture
from mammoganesis.editing.layers import StyleLayer
from mammoganesis.errors import ConfigurationError
from tests.places import TINY_BUNDLE
from training.cli import main
from training.evaluation.attributes import ATTRIBUTES, NAMES
from training.evaluation.directions import (
    Direction,
    Moves,
    Response,
    Spread,
    analyse,
    respond,
    spearman,
    sweep,
    useful_range,
)
from training.evaluation.proposals import propose

SIGMAS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)


class Drawn:
    """A network of three numbers per layer: width of the breast, brightness (falling), and one that does nothing.

    The first code drives the width, the second the brightness.
    """

    layers = (StyleLayer("b64.conv0", 3, 0), StyleLayer("b64.conv1", 3, 1))
    num_ws, z_dim, digest, mixture = 2, 3, "", LabelMixture.equal({})
    w_avg = np.zeros(3, dtype=np.float32)

    def mapping(self, z, c):
        return z

    def styles(self, ws):
        return ws.reshape(len(ws), -1)

    def render(self, styles):
        centre = (np.arange(64) + 0.5) / 64
        images = []
        for width, brightness in styles[:, [0, 4]]:
            inside = ((1 - centre[None]) / (0.5 + 0.08 * width)) ** 2 + ((centre[:, None] - 0.5) / 0.4) ** 2 < 1
            images.append(np.where(inside, 0.4 - 0.05 * brightness, 0.0))
        image = np.stack(images)[:, None].astype(np.float32) * 2 - 1
        return image, image


@pytest.fixture(scope="module")
def swept() -> tuple[np.ndarray, np.ndarray]:
    return sweep(Drawn(), np.eye(3), np.ones(3), Moves(SIGMAS, range(6), 0.5))


@pytest.fixture(scope="module")
def spread() -> Spread:
    random = np.random.default_rng(0)
    seeds = random.integers(10**6, size=60).tolist()
    values, _ = sweep(Drawn(), np.zeros((1, 3)), np.ones(1), Moves((0.0,), seeds, 1.0))
    return Spread.of(values[0, :, 0])


def by_name(direction: Direction) -> dict[str, Response]:
    return {response.attribute: response for response in direction.responses}


def test_known_components_are_told_from_one_another(swept, spread):
    size, brightness, nothing = (by_name(direction) for direction in analyse(swept[0], SIGMAS, spread))
    assert size["breast_area"].rho == size["breast_area"].monotone == 1.0
    assert abs(size["mean_intensity"].change) < 0.5  # of the rim's pixels only
    assert brightness["mean_intensity"].rho == pytest.approx(-1.0)
    assert brightness["breast_area"].rho == 0.0
    assert brightness["mean_intensity"].curve[0] == pytest.approx(0.4 + 0.15, abs=0.06)
    assert all(response.rho == 0 and response.change == 0 for response in nothing.values())
    assert size["pectoral_angle"].seeds == 0


def test_proposals_are_named_turned_and_bounded(swept, spread):
    directions = analyse(swept[0], SIGMAS, spread)
    entries = {entry["index"]: entry for entry in propose(directions, SIGMAS, (0, 2))}
    assert set(entries) == {0, 1}
    assert (entries[0]["name"], entries[0]["reversed"]) == ("size", False)
    assert (entries[1]["name"], entries[1]["reversed"]) == ("brightness", True)
    assert entries[1]["evidence"] == {"attribute": "mean_intensity", "spearman_rho": 1.0, "num_seeds": 6}
    assert (entries[0]["layer_start"], entries[0]["layer_end"]) == (0, 2)
    assert -3 <= entries[0]["sigmas_start"] < 0 < entries[0]["sigmas_end"] <= 3
    again = propose([directions[0], Direction(5, directions[0].responses, directions[0].implausible)], SIGMAS, (0, 2))
    assert [entry["name"] for entry in again] == ["size", "size-5"]


def test_an_edit_of_other_layers_does_nothing():
    values, images = sweep(Drawn(), np.eye(3)[:1], np.ones(1), Moves(SIGMAS, [1], 0.5, layers=(1, 2)))
    assert np.ptp(values[0, 0, :, NAMES.index("breast_area")]) == 0
    assert (images[0, 0] == images[0, 0, :1]).all()
    with pytest.raises(ConfigurationError, match="--layers is 1:3; it must be START:END"):
        sweep(Drawn(), np.eye(3), np.ones(3), Moves(SIGMAS, [1], 0.5, layers=(1, 3)))


def test_truncation_comes_before_the_edit():
    """psi 0 draws the mean image; the edit still goes its full length."""
    values, _ = sweep(Drawn(), np.eye(3)[:1], np.full(1, 0.5), Moves((0.0, 2.0), [3, 4], 0.0))
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


def test_mean_interval_and_monotone_share(spread):
    rising = np.linspace(0, 1, 7)
    bent = rising.copy()
    bent[3] = 0.9
    values = np.stack([rising] * 6 + [bent] * 3 + [rising[::-1]])
    found = respond(values, SIGMAS, 0, spread)
    rhos = [stats.spearmanr(SIGMAS, row).statistic for row in values]
    assert found.rho == pytest.approx(np.mean(rhos))
    assert found.low < found.rho < found.high
    assert found.monotone == 0.6
    assert found.seeds == 10


def test_implausible_images_lie_outside_of_the_samples():
    random = np.random.default_rng(4)
    values = np.zeros((500, len(ATTRIBUTES)))
    values[:, 0], values[:, 1] = random.normal(0.5, 0.1, 500), random.normal(0.5, 0.1, 500)
    values[:, NAMES.index("pectoral_angle")] = np.nan
    spread = Spread.of(values)
    assert (spread.distance(values) > spread.limit).mean() == pytest.approx(0.01, abs=0.002)
    far = values[:1].copy()
    far[0, 0] = 1.2
    assert spread.distance(far)[0] > spread.limit


@pytest.mark.parametrize(
    ("curve", "implausible", "expected"),
    [
        ((0, 1, 2, 3, 4, 5, 6), (0,) * 7, (-3, 3)),
        ((2, 1, 2, 3, 4, 5, 5), (0,) * 7, (-2, 2)),
        ((0, 1, 2, 3, 4, 5, 6), (0.5, 0.3, 0, 0, 0, 0.2, 0.3), (-1, 2)),
        ((6, 5, 4, 3, 2, 1, 0), (0, 0, 0, 0, 1, 0, 0), (-3, 0)),
    ],
)
def test_useful_range(curve, implausible, expected):
    rho = float(np.sign(curve[-1] - curve[0]))
    response = Response("breast_area", rho, rho, rho, 1.0, 1.0, 5, tuple(map(float, curve)))
    assert useful_range(Direction(0, (response,), implausible), response, SIGMAS) == expected


def test_command_on_a_bundle(tmp_path, monkeypatch):
    monkeypatch.setattr("training.evaluation.directions.REFERENCE_IMAGES", 12)
    arguments = [str(TINY_BUNDLE), "--components", str(TINY_BUNDLE / "components.npz"), "--out", str(tmp_path)]
    options = ["--top", "2", "--seeds", "2", "--sigmas", "-2,2", "--layers", "1:4", "--threads", "1"]
    result = CliRunner().invoke(main, ["evaluate", "directions", *arguments, *options])
    assert result.exit_code == 0, result.output
    document = json.loads((tmp_path / "directions.json").read_text())
    assert document["sigmas"] == [-2, 0, 2]
    assert (document["layer_start"], document["layer_end"]) == (1, 4)
    assert len(document["responses"]) == 2 * len(ATTRIBUTES)
    assert (tmp_path / "directions.md").read_text() in result.output
    for name in ("directions.png", "sheet.png"):
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
